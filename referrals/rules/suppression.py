"""Which cells of a public table stay hidden, so that nobody finds a small number, not by subtraction either. Pure.

A table counts persons: leaf rows by categories that part each row's total, groups of leaves (an académie in its region), and above
them all the totals of the nation by category, which are always published. A cell below `LEAST`, zero among them, is hidden; then
others are, until every hidden cell has an alibi: another table of whole numbers that agrees with all that is published, in which
that cell differs by `LEAST` at least. So whoever knows everything published, and which rows exist, is left with a range at least
that wide for each hidden cell, which reaches up to `LEAST`: she can neither find its number nor be sure that it is a small one.

An alibi moves persons between two categories of a row, or into it from others, and the reverse in other rows: so neither the
nation's totals nor anything published changes (the hypercube method of R. D. Repsilber, here with several rows for one corner).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

LEAST = 5
"""The smallest number of persons that is published, and the width of the range that hides one that is not."""
TOTAL = -1
"""The column of a row's total; the categories count from 0."""

Cell = tuple[str, int]
"""A row, leaf or group, and a column."""
Change = dict[Cell, int]


@dataclass(frozen=True, kw_only=True)
class Table:
    """leaves: row → persons in each category; nobody's row is not one. groups: leaf → the group it is in, where there are groups.

    The names of rows and groups differ.
    """

    leaves: Mapping[str, tuple[int, ...]]
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> range:
        return range(len(next(iter(self.leaves.values()), ())))

    def cells(self) -> dict[Cell, int]:
        """Return every cell below the nation, with its number."""
        numbers: dict[Cell, int] = defaultdict(int)
        for leaf, counts in self.leaves.items():
            for row in filter(None, (leaf, self.groups.get(leaf))):
                for column, count in enumerate(counts):
                    numbers[row, column] += count
                    numbers[row, TOTAL] += count
        return dict(numbers)


def hidden(table: Table) -> frozenset[Cell] | None:
    """Return the cells of ``table`` not to publish; None where it cannot be published at all.

    The nation's categories must not be small themselves: `merged` sees to it.
    """
    return _Hiding(table).cells()


def merged(totals: Iterable[int]) -> list[list[int]]:
    """Return which neighbouring categories to publish as one, so that none of the nation's totals is small; none where all are.

    >>> merged([40, 2, 0, 60, 3])
    [[0], [1, 2, 3, 4]]
    """
    numbers = list(totals)
    parts: list[list[int]] = [[]]
    for place in range(len(numbers)):
        parts[-1].append(place)
        if sum(numbers[one] for one in parts[-1]) >= LEAST and _enough(numbers[place + 1 :]):
            parts.append([])
    return parts if sum(numbers) >= LEAST else []


def _enough(numbers: list[int]) -> bool:
    return sum(numbers) >= LEAST


class _Hiding:
    """Hides what is small, then looks for an alibi for each hidden cell, and hides what the alibi changes."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.numbers = table.cells()
        self.hidden = {cell for cell, number in self.numbers.items() if number < LEAST}
        self.excused: set[Cell] = set()

    def cells(self) -> frozenset[Cell] | None:
        """The greatest first: their alibis serve others. Whatever an alibi hides needs one in its turn."""
        while waiting := self.hidden - self.excused:
            cell = min(waiting, key=lambda one: (-self.numbers[one], one))
            alibi = self._cheapest(cell)
            if alibi is None:
                return None
            self.hidden |= alibi.keys()
            self.excused |= {one for one, by in alibi.items() if abs(by) >= LEAST}
        return frozenset(self.hidden)

    def _cheapest(self, cell: Cell) -> Change | None:
        """Return the alibi for ``cell`` that hides the fewest persons besides those hidden already."""
        best: tuple[int, Change] | None = None
        for leaf_changes in self._alibis(cell):
            change = self._everywhere(leaf_changes)
            if abs(change.get(cell, 0)) < LEAST or not self._possible(change):
                continue
            price = self._price(change)
            if best is None or price < best[0]:
                best = price, change
            if price == 0:
                break
        return best and best[1]

    def _alibis(self, cell: Cell) -> Iterator[Change]:
        """Yield changes of leaves that would move ``cell`` up, then down."""
        row, column = cell
        for leaf in [row] if row in self.table.leaves else [one for one, group in self.table.groups.items() if group == row]:
            for more in self.table.columns if column == TOTAL else [column]:
                for less in [None, *(one for one in self.table.columns if one != more)]:
                    if column == TOTAL and less is not None:
                        continue
                    for gains, loses in ((more, less), (less, more)):
                        yield from self._with_partners(row, leaf, gains, loses)

    def _with_partners(self, row: str, leaf: str, gains: int | None, loses: int | None) -> Iterator[Change]:
        """Yield changes in which ``leaf`` gains `LEAST` in one category and loses them in another, and other rows do the reverse.

        None instead of a category: the persons come from, or go to, the other rows.
        """
        own = _moved(leaf, gains, loses, LEAST)
        if any(self.numbers[cell] + by < 0 for cell, by in own.items()):
            return
        partners = []
        for other in self.table.leaves:
            if other == leaf or (row not in self.table.leaves and self.table.groups[other] == row):
                continue
            room = self._room(other, gains, loses)
            if room:
                partners.append((self._price(self._everywhere(own | _moved(other, loses, gains, room))), -room, other, room))
        for _, _, other, room in sorted(partners):
            if room == LEAST:
                yield own | _moved(other, loses, gains, LEAST)
                break
        change, needed = own, LEAST
        for _, _, other, room in sorted(partners, key=lambda one: (one[0] / one[3], one[2])):
            taken = min(room, needed)
            change, needed = change | _moved(other, loses, gains, taken), needed - taken
            if not needed:
                yield change
                return

    def _room(self, row: str, loses: int | None, gains: int | None) -> int:
        """Return how many persons, up to `LEAST`, ``row`` can lose in one category and gain in another; somebody stays in it."""
        if loses is None:
            return LEAST
        left = self.numbers[row, TOTAL] - 1 if gains is None else LEAST
        return min(LEAST, self.numbers[row, loses], left)

    def _everywhere(self, leaf_changes: Change) -> Change:
        """Return the change with what it does to the totals of rows and to groups; what stays as it was is left out."""
        change: Change = defaultdict(int)
        for (leaf, column), by in leaf_changes.items():
            for row in filter(None, (leaf, self.table.groups.get(leaf))):
                change[row, column] += by
                change[row, TOTAL] += by
        return {cell: by for cell, by in change.items() if by}

    def _possible(self, change: Change) -> bool:
        """Nobody is missing anywhere, and a row that exists has somebody in it."""
        return all(self.numbers[cell] + by >= (1 if cell[1] == TOTAL else 0) for cell, by in change.items())

    def _price(self, change: Change) -> int:
        return sum(self.numbers[cell] + 1 for cell in change if cell not in self.hidden)


def _moved(row: str, gains: int | None, loses: int | None, by: int) -> Change:
    moved = {}
    if gains is not None:
        moved[row, gains] = by
    if loses is not None:
        moved[row, loses] = -by
    return moved
