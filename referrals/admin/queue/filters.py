"""What narrows the queue, each by a parameter of its address, and how its words are searched.

`pile` a key of `PILES` · `suivi` moi, personne, remplace, or the id of a colleague · `attente` etudiant,
rectorat or etablissement · `echeance` retard, aujourdhui or semaine · `age` moins-15, 15-30 or plus-30 (days since it was filed) ·
`semaine` a Monday, for the week it was filed in · `etat` a state · `academie` an académie's code · `campagne` a campaign's code ·
`q` words. A value that means nothing to this person narrows nothing, and the page shows the filter as unset.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import DateTimeField, ExpressionWrapper, F, Func, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from vacancies.models import Academy, Campaign
from vacancies.names import normalise

from ...models import Post, Referral, User
from ...models.people import ACTOR_OF_ROLE
from ...models.referral import WORDS
from ...rules.follow_up import Holder
from ...rules.states import FILED_ONCE
from ..request import OfficeRequest
from ..words import LABELS
from .piles import AGES, filed_in_week, mine, piles_of, stood_in_for, today_in

ORDER = (F("next_at").asc(nulls_last=True), "filed_at", "pk")
"""What falls due first, then the oldest: as the indexes of the table have it."""
WHOLE_NUMBER = re.compile(r".+-\d{6,}-[A-Z]", re.IGNORECASE)
"""A referral's number in full: it has an index of its own, and what nearly every number begins with need not be looked for."""
LONGEST_DAY = timedelta(hours=25)
"""A day on which the clock goes back."""


class Option(NamedTuple):
    """One value of a filter: what the reader calls it, and the files it leaves."""

    label: str
    holds: Q


class OfficeFilter(admin.SimpleListFilter):
    """A filter that is a table of options, made once for the page."""

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        raise NotImplementedError

    def lookups(self, request: OfficeRequest, model_admin: Any) -> list[tuple[str, str]]:  # type: ignore[override]
        self.known = self.options(request.user, request.at)
        return [(key, option.label) for key, option in self.known.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        option = self.known.get(self.value() or "")
        return queryset.filter(option.holds) if option else queryset


class PileFilter(OfficeFilter):
    title = "ce qui attend"
    parameter_name = "pile"

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        return {key: Option(pile.label, pile.holds(user, at)) for key, pile in piles_of(user).items()}


class FollowedFilter(OfficeFilter):
    title = "suivi"
    parameter_name = "suivi"

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        return {
            "moi": Option("mes dossiers en cours", mine(user)),
            "personne": Option("dossiers non attribués", Q(assigned_to__isnull=True)),
            "remplace": Option("de qui je remplace", stood_in_for(user, at)),
        } | {
            str(colleague.pk): Option(f"dossiers de {colleague}", mine(colleague))
            for colleague in colleagues_in(user.scope.regions, at=at)
            if colleague != user
        }


def colleagues_in(regions: Iterable[str], *, at: datetime) -> QuerySet[User]:
    """Return those who act in one of these offices that day, by name."""
    posts = Post.objects.on(timezone.localdate(at)).filter(role__in=ACTOR_OF_ROLE, regions__in=regions)
    return User.objects.filter(is_active=True, pk__in=posts.values("user")).order_by("name", "email")


class HolderFilter(OfficeFilter):
    title = "en attente de"
    parameter_name = "attente"

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        return {
            "etudiant": Option("l’étudiant", Q(holder=Holder.STUDENT)),
            "etablissement": Option("l’établissement", Q(holder=Holder.INSTITUTION)),
            "rectorat": Option("le rectorat", Q(holder=Holder.OFFICE)),
        }


class DueFilter(OfficeFilter):
    title = "échéance"
    parameter_name = "echeance"

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        return {
            "retard": Option("dépassée", Q(next_at__lte=at)),
            "aujourdhui": Option("aujourd’hui", due_within(at, days=1)),
            "semaine": Option("d’ici sept jours", due_within(at, days=7)),
        }


def due_within(at: datetime, *, days: int) -> Q:
    """The files due, and not late, before ``days`` days are over, today being the first: days of the académie of each.

    The plain bound says no more than the other, but an index knows it.
    """
    over = ExpressionWrapper(today_in("licence_academy__zone", at) + timedelta(days=days), output_field=DateTimeField())
    midnight = Func(F("licence_academy__zone"), over, function="timezone", output_field=DateTimeField())
    return Q(next_at__gt=at, next_at__lte=at + days * LONGEST_DAY) & Q(next_at__lte=midnight)


class AgeFilter(OfficeFilter):
    title = "déposée depuis"
    parameter_name = "age"

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        return {key: Option(age.label, age.holds(at)) for key, age in AGES.items()}


class StateFilter(OfficeFilter):
    title = "état"
    parameter_name = "etat"

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        return {state.value: Option(label, Q(state=state)) for state, label in LABELS.items() if state in FILED_ONCE}


class AcademyFilter(OfficeFilter):
    title = "académie"
    parameter_name = "academie"

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        scope = user.scope
        academies = Academy.objects.all() if scope.nation else Academy.objects.filter(region__in=scope.regions)
        return {code: Option(name, Q(licence_academy=code)) for code, name in academies.values_list("code", "name")}


class CampaignFilter(OfficeFilter):
    title = "campagne"
    parameter_name = "campagne"

    @staticmethod
    def options(user: User, at: datetime) -> dict[str, Option]:
        campaigns = Campaign.objects.order_by("-opens_on").values_list("code", "name")
        return {code: Option(name, Q(campaign=code)) for code, name in campaigns}


class WeekFilter(admin.SimpleListFilter):
    """Where a link asks for one week: nobody chooses it from a list."""

    title = "semaine du dépôt"
    parameter_name = "semaine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = self.value()
        if not asked:
            return []
        try:
            self.monday: date | None = date.fromisoformat(asked)
        except ValueError:
            self.monday = None
        return [(asked, f"du {self.monday:%d/%m/%Y}" if self.monday else "inconnue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return queryset.filter(filed_in_week(self.monday)) if self.monday else queryset.none()


FILTERS = (PileFilter, FollowedFilter, HolderFilter, DueFilter, AgeFilter, StateFilter, AcademyFilter, CampaignFilter, WeekFilter)
PARAMETERS = ("q", *(one.parameter_name for one in FILTERS), "o")
"""What an address of the queue may say, but for the page."""


def searched(referrals: QuerySet[Referral], text: str) -> QuerySet[Referral]:
    """Return those that have every word of ``text``, in any order: in a name, the INE or the number; with an @, in the address."""
    words = text.split()
    for word in words:
        if "@" in word:
            referrals = referrals.filter(student__in=User.objects.filter(email__contains=word.lower()))
        elif WHOLE_NUMBER.fullmatch(word):
            referrals = referrals.filter(number__in={word, word.upper(), word.lower()})
        elif name := normalise(word):
            referrals = referrals.alias(words=WORDS).filter(_having(name))
        elif len(words) == 1:
            return referrals.none()  # nothing but punctuation
    return referrals


def _having(name: str) -> Q:
    """A part of a word; of one or two letters, the whole word, else nearly every file would have it."""
    if len(name) > 2:
        return Q(words__contains=name)
    return Q(words__startswith=f"{name} ") | Q(words__contains=f" {name} ")
