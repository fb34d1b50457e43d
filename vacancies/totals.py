"""How many seats are free in each académie: as figures, and as a picture of one tile for each académie."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Count, Sum
from django.utils.translation import gettext

from .imports.places import DATA
from .models import Academy, Campaign
from .names import normalise

TILES = DATA / "tiles.csv"
SHADES = (1, 50, 200, 500)
"""The least seats of each shade but the first, which is for none. The same every year, so that two pictures compare."""
STEP, SIZE = 55, 52
"""From one tile to the next, and across one, in units of the picture: pixels on a narrow telephone."""
FIRST_ROW_OVERSEAS = 7
GAP = 22
"""What parts the tiles overseas from the others: room for their title."""


class Tile(NamedTuple):
    """Where an académie stands in the picture, and the name that fits in."""

    column: int
    row: int
    label: str

    @property
    def x(self) -> int:
        return self.column * STEP + 1

    @property
    def y(self) -> int:
        return self.row * STEP + 1 + (GAP if self.row >= FIRST_ROW_OVERSEAS else 0)


@dataclass(frozen=True, kw_only=True)
class Total:
    """vacancies: how many have a free seat; seats: how many seats are free; tile: None for an académie that tiles.csv lacks."""

    academy: Academy
    vacancies: int
    seats: int
    tile: Tile | None

    @property
    def shade(self) -> int:
        """0 for no seat, to 4."""
        return sum(self.seats >= least for least in SHADES)


@cache
def tiles() -> dict[str, Tile]:
    """Return the tile of each académie by its code."""
    with TILES.open(encoding="utf-8", newline="") as file:
        return {line["academy"]: Tile(int(line["column"]), int(line["row"]), line["label"]) for line in csv.DictReader(file)}


def totals(campaign: Campaign, academies: Iterable[Academy]) -> list[Total]:
    """Return the totals of each of ``academies``, by name; one query."""
    free = campaign.vacancies.filter(free__gt=0).order_by()
    counted = free.values_list("programme__academy").annotate(vacancies=Count("pk"), seats=Sum("free"))
    by_code = {code: (vacancies, seats) for code, vacancies, seats in counted}
    return [
        Total(academy=academy, vacancies=vacancies, seats=seats, tile=tiles().get(academy.pk))
        for academy in sorted(academies, key=lambda academy: normalise(academy.name))
        for vacancies, seats in [by_code.get(academy.pk, (0, 0))]
    ]


def legend() -> list[tuple[int, str]]:
    """Return each shade with what it stands for."""
    between = [gettext("%(least)s à %(most)s") % {"least": least, "most": above - 1} for least, above in pairwise(SHADES)]
    return list(enumerate([gettext("aucune"), *between, gettext("%(least)s et plus") % {"least": SHADES[-1]}]))


PICTURE = {
    "width": 6 * STEP,
    "height": (FIRST_ROW_OVERSEAS + 2) * STEP + GAP,
    "size": SIZE,
    "overseas": FIRST_ROW_OVERSEAS * STEP + GAP - 6,
}
"""Its measures; overseas: the line on which their title stands."""
