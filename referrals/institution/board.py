"""The list of an institution's programmes: what each has declared, what is asked of her, and the totals above."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from vacancies.models import Campaign, Modality, Programme, Vacancy
from vacancies.search import containing

from .declaring import seen_of
from .forms import RowForm, Show

SLUGS = {Modality.INITIAL: "initiale", Modality.CONTINUING: "continue", Modality.APPRENTICESHIP: "apprentissage"}
"""How an address names a modality."""
NEVER, STALE, FULL = ("jamais déclarée", "new"), ("à confirmer", "warning"), ("complet", "info")
"""Marks: their words and their badge."""


@dataclass(kw_only=True, repr=False)
class Row:
    """One programme in one modality. form: what she typed there, with its errors."""

    programme: Programme
    modality: Modality
    vacancy: Vacancy | None
    mark: tuple[str, str] | None
    form: RowForm | None = None

    @property
    def anchor(self) -> str:
        return f"p{self.programme.pk}-{self.slug}"

    @property
    def slug(self) -> str:
        return SLUGS[self.modality]

    @property
    def is_declared(self) -> bool:
        return self.vacancy is not None and self.vacancy.declared_on is not None

    @property
    def seen(self) -> str:
        return seen_of(self.vacancy)

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return self.form["seats"].value() if self.form else self.seen

    @property
    def sent_back(self) -> str:
        """What the field says that she saw."""
        return self.form["seen"].value() if self.form else self.seen

    @property
    def errors(self) -> list[str]:
        return [error for errors in self.form.errors.values() for error in errors] if self.form else []


@dataclass(kw_only=True, repr=False)
class Entry:
    """A programme and its rows."""

    programme: Programme
    rows: list[Row] = field(default_factory=list)


def matching(programmes: QuerySet[Programme], campaign: Campaign, *, text: str, show: str, on: date) -> QuerySet[Programme]:
    """Return those of ``programmes`` that she looks for, by mention, track and place."""
    words = containing(text, mention="mention__normalised", others=("track", "institution__name", "site", "town", "ifc"))
    of_each = Vacancy.objects.filter(campaign=campaign, programme=OuterRef("pk"))
    shown = {
        Show.TO_CONFIRM: Q(Exists(of_each.stale(on=on))),
        Show.NEVER: ~Q(Exists(of_each.filter(declared_on__isnull=False))),
        Show.FREE: Q(Exists(of_each.filter(free__gt=0))),
        Show.COMMITTED: Q(Exists(of_each.filter(Q(held__gt=0) | Q(taken__gt=0)))),
    }
    found = programmes.filter(words, shown[Show(show)] if show else Q())
    return found.select_related("mention", "institution").order_by("mention__normalised", "track", "town", "pk")


def entries(programmes: Iterable[Programme], campaign: Campaign, *, on: date) -> list[Entry]:
    """Return the rows of ``programmes``; one without a declaration has one row, to be declared."""
    standing: dict[int, list[Vacancy]] = defaultdict(list)
    programmes = list(programmes)
    for vacancy in Vacancy.objects.filter(campaign=campaign, programme__in=programmes).order_by("pk"):
        standing[vacancy.programme_id].append(vacancy)
    return [
        Entry(
            programme=programme,
            rows=[
                Row(programme=programme, modality=Modality(vacancy.modality), vacancy=vacancy, mark=mark_of(vacancy, on=on))
                for vacancy in standing[programme.pk]
            ]
            or [Row(programme=programme, modality=Modality.INITIAL, vacancy=None, mark=NEVER)],
        )
        for programme in programmes
    ]


def mark_of(vacancy: Vacancy | None, *, on: date) -> tuple[str, str] | None:
    """Return what is to be said of a vacancy at a glance."""
    if vacancy is None or vacancy.declared_on is None:
        return NEVER
    if vacancy.is_stale(on=on):
        return STALE
    return None if vacancy.free else FULL


def totals(programmes: QuerySet[Programme], vacancies: QuerySet[Vacancy], *, on: date) -> dict[str, Any]:
    """Return how many of ``programmes`` are declared, how many of ``vacancies`` are to be confirmed, and their seats."""
    declared = Q(pk__in=vacancies.filter(declared_on__isnull=False).values("programme"))
    counted = programmes.aggregate(programmes=Count("pk"), declared=Count("pk", filter=declared))
    seats = vacancies.aggregate(free=Sum("free", default=0), held=Sum("held", default=0), taken=Sum("taken", default=0))
    return counted | seats | {"stale": vacancies.stale(on=on).count()}
