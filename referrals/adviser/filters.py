"""What an adviser asks of her lists: a name or a number, where the file stands, what is due, which licence, which campaign."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from dsfr.forms import DsfrBaseForm

from vacancies.names import normalise

from ..models import Referral
from ..models.referral import WORDS
from ..rules.states import ENROLLING, EXAMINED, State

SOON = timedelta(days=7)
WORDS_AT_MOST = 5

GROUPS: dict[str, tuple[str, Collection[State]]] = {
    "examen": ("À l’examen", EXAMINED),
    "recherche": ("Recherche en cours", (State.ADMISSIBLE, State.COMMISSION, State.EXHAUSTED)),
    "reponse": ("En attente de la réponse de l’étudiant", (State.OFFERED,)),
    "acceptee": ("Proposition acceptée", ENROLLING),
    "terminee": ("Terminée", (State.INADMISSIBLE, State.WITHDRAWN, State.CLOSED, State.MERGED)),
}
"""How an adviser groups the states of a filed referral: key in the address → label and states."""

STATE_GROUPS = [("", "Tous"), *((key, label) for key, (label, _) in GROUPS.items())]


class FollowedFilter(DsfrBaseForm):
    """The search of the followed referrals. campaigns, mentions: theirs, as (id, name) each; they are the choices."""

    q = forms.CharField(label="Nom ou numéro", max_length=100, required=False)
    etat = forms.ChoiceField(label="État", required=False, choices=STATE_GROUPS)
    mention = forms.ChoiceField(label="Mention de licence", required=False)
    campagne = forms.ChoiceField(label="Campagne", required=False)
    attend = forms.BooleanField(label="L’étudiant a quelque chose à faire", required=False)
    bientot = forms.BooleanField(label="Échéance de l’étudiant dans les 7 jours", required=False)

    def __init__(self, data: Any, *, campaigns: Iterable[tuple[Any, str]], mentions: Iterable[tuple[Any, str]]) -> None:
        super().__init__(data)
        for field in self.fields.values():
            field.asked = True  # in a search it goes without saying that one may leave a field empty
        self.fields["campagne"].choices = [("", "Toutes"), *((str(pk), name) for pk, name in campaigns)]
        self.fields["mention"].choices = [("", "Toutes"), *((str(pk), name) for pk, name in mentions)]

    def filter(self, referrals: QuerySet[Referral], *, at: datetime) -> QuerySet[Referral]:
        """Return those of ``referrals``, annotated by `with_what_is_owed`, that the reader asks for; a choice that does not exist
        narrows nothing, and its field says so.
        """
        self.full_clean()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        narrowing = {
            "q": lambda text: having_words(text),
            "etat": lambda key: Q(state__in=GROUPS[key][1]),
            "mention": lambda pk: Q(licence_mention=pk),
            "campagne": lambda pk: Q(campaign=pk),
            "attend": lambda _: ~Q(owed=""),
            "bientot": lambda _: Q(owed_at__lte=at + SOON),
        }
        wanted = Q()
        for name, value in asked.items():
            wanted &= narrowing[name](value)
        return referrals.alias(words=WORDS).filter(wanted)

    @property
    def narrows(self) -> bool:
        """Whether more than the search box was used."""
        return any(value for name, value in self.cleaned_data.items() if name != "q")


def having_words(text: str) -> Q:
    """Return what a referral whose ``words`` hold every word of ``text`` meets, in any order, blind to case and accents."""
    wanted = Q()
    for word in text.split()[:WORDS_AT_MOST]:
        if name := normalise(word):
            wanted &= Q(words__contains=name)
    return wanted
