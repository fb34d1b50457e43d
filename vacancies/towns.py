"""Which town a reader names, and where it lies: as far as the catalogue and the register know towns."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from math import cos, hypot, radians

from django.db.models import Aggregate, Count, FloatField

from .imports.places import KM_IN_A_DEGREE, town_key
from .imports.values import Point
from .models import Institution, Programme
from .names import normalise

SAME_TOWN_KM = 50
"""Points of one name that lie farther apart are two towns: Saint-Denis is also in La Réunion."""


class Median(Aggregate):
    """The value in the middle. A wrong point moves it little."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, kw_only=True)
class Town:
    """A town that is known.

    spellings: how rows write it. points: where it lies, most programmes first; several for homonyms, none where nobody says.
    """

    name: str
    spellings: tuple[str, ...]
    points: tuple[Point, ...]


class Towns:
    """The towns of the catalogue and of the register: two queries."""

    def __init__(self) -> None:
        named = {*Programme.objects.order_by().values_list("town", flat=True).distinct()}
        named |= {*Institution.objects.order_by().values_list("town", flat=True).distinct()}
        self.spellings = sorted(named - {""}, key=lambda name: (normalise(name), name))
        self._names = {town_key(name): name for name in sorted(self.spellings, key=len, reverse=True)}

    @property
    def names(self) -> list[str]:
        """Each town once, as it is written shortest: without the number of a district or of a post office."""
        return sorted(self._names.values(), key=normalise)

    def find(self, text: str) -> Town | None:
        """Return the town that is called ``text``, blind to case, accents, hyphens and « St »; None where none is."""
        wanted = town_key(text)
        if wanted not in self._names:
            return None
        spellings = tuple(name for name in self.spellings if town_key(name) == wanted)
        return Town(name=self._names[wanted], spellings=spellings, points=_points(spellings))

    def containing(self, text: str) -> list[str]:
        """Return the spellings of the towns that have every word of ``text`` somewhere in their name; none where it has no word."""
        words = town_key(text).split()
        return [name for name in self.spellings if words and all(word in town_key(name) for word in words)]

    def like(self, text: str) -> str:
        """Return the town that was probably meant by a name nobody knows, or nothing."""
        return next((self._names[key] for key in get_close_matches(town_key(text), self._names, n=1, cutoff=0.75)), "")


def _points(spellings: Iterable[str]) -> tuple[Point, ...]:
    """Return a point for each académie that has a town of the name, but one where they are the same town."""
    found: list[Point] = []
    for model in (Programme, Institution):
        placed = model.objects.filter(town__in=spellings, latitude__isnull=False, longitude__isnull=False).order_by()
        by_academy = placed.values("academy").annotate(rows=Count("pk"), north=Median("latitude"), east=Median("longitude"))
        for north, east in by_academy.order_by("-rows", "academy").values_list("north", "east"):
            if all(_km((north, east), other) > SAME_TOWN_KM for other in found):
                found.append((north, east))
        if found:
            break
    return tuple(found)


def _km(one: Point, other: Point) -> float:
    east = (one[1] - other[1]) * cos(radians(one[0]))
    return KM_IN_A_DEGREE * hypot(one[0] - other[0], east)


def box(point: Point, km: float) -> tuple[Point, Point]:
    """Return the south-western and the north-eastern corner of a rectangle that holds all within ``km`` of ``point``."""
    north = km / KM_IN_A_DEGREE * 1.01
    east = north / max(cos(radians(min(abs(point[0]) + north, 89))), 0.01)
    return (point[0] - north, point[1] - east), (point[0] + north, point[1] + east)
