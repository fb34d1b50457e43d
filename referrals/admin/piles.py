"""What waits in the office, in piles: the counts of the first page and a filter of the queue read the same table."""

from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from ..models import Limit, LimitKind, Offer, Referral, User
from ..rules.states import OPEN, OfferState, State


class Pile(NamedTuple):
    label: str
    holds: Q


class CountedPile(NamedTuple):
    label: str
    files: int
    query: str


def _with_an_offer(state: OfferState) -> Q:
    return Q(Exists(Offer.objects.filter(referral=OuterRef("pk"), state=state)))


def _untold_limits() -> QuerySet[Limit]:
    return Limit.objects.live().filter(referral=OuterRef("pk"), told_at__isnull=True).exclude(kind=LimitKind.FILING)


PILES: dict[str, Pile] = {
    "examiner": Pile("À examiner", Q(state=State.FILED)),
    "documents": Pile("Documents attendus", Q(state__in=(State.INCOMPLETE, State.AWAITING_LICENCE))),
    "places": Pile("Recherche de places en cours", Q(state=State.ADMISSIBLE)),
    "consultations": Pile("Établissements consultés, réponse attendue", _with_an_offer(OfferState.CONSULTING)),
    "envoyer": Pile("Accords à envoyer à l’étudiant", _with_an_offer(OfferState.AGREED)),
    "reponses": Pile("Propositions en attente de réponse", _with_an_offer(OfferState.SENT)),
    "non-annonces": Pile("Délais que l’étudiant ignore : courriel non parti", Q(Exists(_untold_limits()))),
    "epuisees": Pile("Propositions épuisées", Q(state=State.EXHAUSTED)),
}
"""Key in the address → what the pile holds."""


def mine(user: User) -> Q:
    """The open files that ``user`` follows."""
    return Q(assigned_to=user, state__in=OPEN)


def counted_piles(user: User) -> list[CountedPile]:
    """Return every pile of ``user``'s office with its number of files and the queue's query for it; her own files come first."""
    counts = Referral.objects.of_office(user).aggregate(
        mes_dossiers=Count("pk", filter=mine(user)), **{key: Count("pk", filter=pile.holds) for key, pile in PILES.items()}
    )
    own = CountedPile("Mes dossiers en cours", counts["mes_dossiers"], "suivi=moi")
    return [own, *(CountedPile(pile.label, counts[key], f"pile={key}") for key, pile in PILES.items())]
