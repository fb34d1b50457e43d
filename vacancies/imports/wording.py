"""One difference of an import in words: each field under its French label, before and after, codes by what they stand for."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from ..models import Academy, Attendance, Difference, Institution, Language
from .kinds import READERS

FIGURES = {
    "capacity": "places",
    "candidates": "candidats",
    "proposals": "propositions",
    "accepted": "acceptées",
    "last_rank": "dernier appelé",
}
"""Figures of a past intake, as `vacancies.imports.mon_master` reads them."""
NOTHING = "vide"
EMPTY: tuple[Any, ...] = (None, "", [], {})


class Said(NamedTuple):
    """A field: its label, what it was and what it becomes; ``before`` is empty where only ``after`` says something."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.label} : {self.before} → {self.after}" if self.before else f"{self.label} : {self.after}"


class Wording:
    """Says the differences of one kind of file. Names of institutions and académies are fetched once."""

    def __init__(self, kind: str) -> None:
        self._labels, self._usual = READERS[kind].labels, READERS[kind].usual

    @cached_property
    def _academies(self) -> dict[str, str]:
        return dict(Academy.objects.values_list("pk", "name"))

    @cached_property
    def _institutions(self) -> dict[str, str]:
        return dict(Institution.objects.values_list("pk", "name"))

    def fields(self, difference: Difference) -> list[Said]:
        """Return what an addition brings that does not go without saying, or what a change or a withdrawal changes.

        Nothing for what goes as a whole.
        """
        before, after = difference.before, difference.after
        if after is None:
            return []
        if before is None:
            brings = {name: value for name, value in after.items() if value not in EMPTY and value is not False}
            return [
                Said(label, "", self._value(name, brings[name]))
                for name, label in self._labels.items()
                if name in brings and brings[name] != self._usual.get(name)
            ]
        return [
            self._changed(name, label, before.get(name), after.get(name))
            for name, label in self._labels.items()
            if before.get(name) != after.get(name)
        ]

    def _changed(self, name: str, label: str, before: Any, after: Any) -> Said:
        if isinstance(before, list) and isinstance(after, list):
            more = [f"+ {value}" for value in after if value not in before]
            less = [f"− {value}" for value in before if value not in after]
            return Said(label, "", " ; ".join([*more, *less]) or "dans un autre ordre")
        if isinstance(before, dict) and isinstance(after, dict):
            differ = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
            before = {key: before[key] for key in differ if key in before}
            after = {key: after[key] for key in differ if key in after}
        return Said(label, self._value(name, before), self._value(name, after))

    def _value(self, name: str, value: Any) -> str:
        if value in EMPTY:
            return NOTHING
        match name:
            case "academy_id":
                return self._academies.get(value, value)
            case "institution":
                return self._institutions.get(value, value)
            case "language":
                return str(dict(Language.choices).get(value, value))
            case "attendance":
                return str(dict(Attendance.choices).get(value, value))
            case "valid_until":
                return f"{date.fromisoformat(value):%d/%m/%Y}"
            case "intakes":
                return " ; ".join(f"{year} : {_figures(value[year])}" for year in sorted(value))
        if isinstance(value, bool):
            return "oui" if value else "non"
        return " ; ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _figures(intake: dict[str, int | None]) -> str:
    return ", ".join(f"{intake[name]} {label}" for name, label in FIGURES.items() if intake.get(name) is not None) or NOTHING


LABELS = ("sort", "ligne", "objet", "détail", "colonne", "raison", "candidats")


def lines(kind: str, differences: Iterable[Difference]) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of `LABELS` for each difference."""
    wording = Wording(kind)
    for row in differences:
        detail = " | ".join(str(said) for said in wording.fields(row))
        yield row.get_outcome_display(), row.line, row.label, detail, row.column, row.reason, " ; ".join(row.candidates)
