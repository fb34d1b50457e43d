"""In which town a programme is taught, in which académie that is, and where on the map."""

import re
from collections import defaultdict
from dataclasses import dataclass
from math import cos, hypot, radians
from pathlib import Path
from statistics import median

from ..models import Academy, Institution
from ..names import normalise
from .reading import Row, read
from .report import LineRefused
from .values import Point

DATA = Path(__file__).resolve().parents[1] / "data"
TOWNS = DATA / "towns.csv"
BOUNDS = DATA / "bounds.csv"

FARTHEST_FROM_TOWN_KM = 30
"""A site may be out of town; farther, somebody has mistaken a sign, a digit or the place."""
KM_IN_A_DEGREE = 111.2

POSTAL_TAIL = re.compile(r"\s+(cedex\b.*|\d+(e|er|eme)?)$", re.IGNORECASE)
SAINT = re.compile(r"\bs(t|te)\b")
SMALL_WORDS = frozenset(["d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "lès", "sous", "sur"])
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A town as it is written in France; its académie; whether it is abroad, out of every académie."""

    town: str
    academy: Academy
    abroad: bool = False


@dataclass(frozen=True, kw_only=True)
class Box:
    """The rectangle around a territory, in degrees."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, place: Point) -> bool:
        return self.south <= place[0] <= self.north and self.west <= place[1] <= self.east


class Places:
    """What is known of towns: those of the register, and those of towns.csv, which decide first.

    An institution teaches in other académies than its own. A town says so where it is known in one académie only, or in
    one only of the institution's own region; else the institution's académie stands.
    """

    def __init__(self) -> None:
        self._by_code = academies = {academy.code: academy for academy in Academy.objects.select_related("region")}
        self._spelling: dict[str, str] = {}
        self._academies: dict[str, set[Academy]] = defaultdict(set)
        self._points: dict[tuple[str, Academy], list[Point]] = defaultdict(list)
        for institution in Institution.objects.exclude(town=""):
            key, academy = town_key(institution.town), academies[institution.academy_id]
            self._spelling[key] = POSTAL_TAIL.sub("", institution.town)
            self._academies[key].add(academy)
            if institution.latitude is not None and institution.longitude is not None:
                self._points[key, academy].append((institution.latitude, institution.longitude))
        self._abroad: set[str] = set()
        for cells in _rows(TOWNS, "town", "academy"):
            key = town_key(cells["town"])
            self._spelling[key] = cells["town"]
            self._academies[key] = {academies[cells["academy"]]} if cells["academy"] else set()
            if not cells["academy"]:
                self._abroad.add(key)
        self._boxes = {
            cells["zone"]: Box(**{side: float(cells[side]) for side in ("south", "north", "west", "east")})
            for cells in _rows(BOUNDS, "zone", "south", "north", "west", "east")
        }

    def place(self, town: str, *, institution: Institution, academy: str = "") -> Place:
        """Return where ``institution`` teaches when it teaches in ``town``; its académie is its own for a town abroad.

        academy: the code of the town's académie, where the file gives it.
        """
        key = town_key(town)
        spelling = self._spelling.get(key) or _capitalised(POSTAL_TAIL.sub("", town))
        known = self._academies.get(key, set())
        if academy in self._by_code:
            return Place(town=spelling, academy=self._by_code[academy])
        own = institution.academy
        if own not in known:
            in_its_region = {academy for academy in known if academy.region_id == own.region_id}
            for choice in (known, in_its_region):
                if len(choice) == 1:
                    return Place(town=spelling, academy=next(iter(choice)))
        return Place(town=spelling, academy=own, abroad=key in self._abroad)

    def on_the_map(self, point: Point | None, *, place: Place, column: str) -> Point | None:
        """Return ``point`` if it is where the place is, or its two halves exchanged if that is; without a point, the town's.

        Raises LineRefused for a point out of the académie's territory, or far from a town that is known.
        """
        middle = self.middle(place)
        if point is None:
            return middle
        box = self._boxes.get(place.academy.zone)
        in_territory = [candidate for candidate in (point, point[::-1]) if box is None or box.holds(candidate)]
        if not in_territory:
            raise LineRefused(f"coordonnées hors du territoire de l’académie ({place.academy})", column=column)
        if middle and (away := round(kilometres(in_territory[0], middle))) > FARTHEST_FROM_TOWN_KM:
            raise LineRefused(f"coordonnées à {away} km de {place.town}", column=column)
        return in_territory[0]

    def middle(self, place: Place) -> Point | None:
        """Return the median of the town’s institutions in the register (a few are misplaced there); None where it has none."""
        points = self._points.get((town_key(place.town), place.academy))
        if not points:
            return None
        return median(latitude for latitude, _ in points), median(longitude for _, longitude in points)


def kilometres(one: Point, other: Point) -> float:
    """Return the distance on a plane through both: good to a few per cent, as much as it takes to doubt a point."""
    north = one[0] - other[0]
    east = (one[1] - other[1]) * cos(radians((one[0] + other[0]) / 2))
    return hypot(north, east) * KM_IN_A_DEGREE


def town_key(town: str) -> str:
    """Return what two spellings of one town share.

    >>> town_key("ST MARTIN D HERES CEDEX 09") == town_key("Saint-Martin-d'Hères")
    True
    """
    return SAINT.sub(r"sain\1", POSTAL_TAIL.sub("", normalise(town)))


def _capitalised(town: str) -> str:
    """Write a town that came in capitals as one writes a name; another as it came."""
    if not town.isupper():
        return town
    small = [word.casefold() for word in WORD.findall(town)]
    words = iter(word if place and word in SMALL_WORDS else word.capitalize() for place, word in enumerate(small))
    return WORD.sub(lambda _: next(words), town)


def _rows(path: Path, *columns: str) -> list[dict[str, str]]:
    return [row.cells for row in read(path, columns={column: column for column in columns}) if isinstance(row, Row)]
