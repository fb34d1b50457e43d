"""Labels and lines: what every shape of file comes down to before it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from ..names import normalise
from .report import FileRefused, LineRefused

MOST_ROWS = 200_000
HEADER_WITHIN = 10
"""Lines among which the labels are looked for: a title and a blank line may stand above."""


class Column(str):
    """The label of a column, as messages name it.

    aliases: what other editions of the file call it. optional: the file may lack it; its cells are then empty.
    """

    aliases: tuple[str, ...]
    optional: bool

    def __new__(cls, label: str, *aliases: str, optional: bool = False) -> Self:
        column = super().__new__(cls, label)
        column.aliases = aliases
        column.optional = optional
        return column


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a shape makes of a file: its labels, and each line below them with its number; a line that is none is its refusal."""

    labels: list[str]
    rows: Iterable[tuple[int, list[str] | LineRefused]]


class Header:
    """The columns a reader wants, looked for among the labels of a line."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._columns = {field: label if isinstance(label, Column) else Column(label) for field, label in columns.items()}

    def missing(self, labels: list[str]) -> list[str]:
        """Return the required columns that ``labels`` lack."""
        places = self.places(labels)
        return [column for field, column in self._columns.items() if field not in places and not column.optional]

    def places(self, labels: list[str]) -> dict[str, int]:
        """Return where each field is, of those that are there."""
        known = [normalise(label) for label in labels]
        places = {}
        for field, column in self._columns.items():
            for name in map(normalise, (column, *column.aliases)):
                if name in known:
                    places[field] = known.index(name)
                    break
        return places

    def least(self, labels: list[str]) -> int:
        """Return how many cells a line must have: a spreadsheet leaves out the last ones when they are empty and optional."""
        optional = {place for field, place in self.places(labels).items() if self._columns[field].optional}
        return next((place + 1 for place in reversed(range(len(labels))) if place not in optional), 0)

    def find(self, lines: Iterable[list[str]]) -> int:
        """Return the place, among the first of ``lines``, of the one that has the labels. Raises FileRefused."""
        nearest: list[str] | None = None
        for place, labels in enumerate(lines):
            if place == HEADER_WITHIN:
                break
            missing = self.missing(labels)
            if not missing:
                return place
            if nearest is None or len(missing) < len(nearest):
                nearest = missing
        if nearest is None:
            raise FileRefused("le fichier est vide")
        raise FileRefused("colonne absente : " + ", ".join(f"« {label} »" for label in nearest))
