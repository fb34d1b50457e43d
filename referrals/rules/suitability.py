"""How well a seat suits a student, in named parts, and what stands in the way of proposing it. Pure: columns in, columns out.

The office's search for one student, the drafts of a whole region and the check of every consultation ask the same function.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Measures = NDArray[np.float64]
Flags = NDArray[np.bool_]

EARTH_RADIUS_KM = 6371.0088
REACH_KM = 500
"""How far a student is taken to move where she does not say: the distance at which its part of the score is nought."""
UNKNOWN = 0.5
"""What a part counts where nothing is known: neither for nor against."""


class Part(StrEnum):
    """What the score is made of."""

    MENTION = "mention"
    LICENCE = "licence"
    ACADEMY = "academy"
    DISTANCE = "distance"
    MODALITY = "modality"
    KEYWORDS = "keywords"


WEIGHTS: dict[Part, int] = {
    Part.MENTION: 400,
    Part.LICENCE: 250,
    Part.ACADEMY: 100,
    Part.DISTANCE: 100,
    Part.MODALITY: 50,
    Part.KEYWORDS: 100,
}
"""In thousandths of the score: offers follow from the student's path and project first (note of 27 June 2018)."""


class Fit(NamedTuple):
    """What the part of the licence counts."""

    recommended: float = 1.0
    any_licence: float = 0.9
    compatible: float = 0.7
    unsaid: float = UNKNOWN
    outside: float = 0.0


FIT = Fit()
WISH_FIRST, WISH_STEP, WISH_LEAST = 1.0, 0.1, 0.6
"""The first mention wished counts in full, each next one a tenth less, the last ones all the same."""
MODALITIES = ("initial", "continuing", "apprenticeship")
"""By their numbers in `Seats`."""
BY_MODALITY = np.array([1.0, UNKNOWN, 1.0])
"""What each counts; apprenticeship for who has a contract, nobody else."""
APPRENTICESHIP = MODALITIES.index("apprenticeship")


class Obstacle(StrEnum):
    """Why a machine never proposes a seat, in the order in which they are told."""

    OUTSIDE_PERIMETER = "outside_perimeter"
    ON_ITS_WAY = "on_its_way"
    PROPOSED = "proposed"
    REFUSED = "refused"
    SAID_NO = "said_no"
    SILENT = "silent"
    OUTSIDE_TABLE = "outside_table"
    NO_CONTRACT = "no_contract"
    TOO_FAR = "too_far"
    DECLINED_FOR = "declined_for"
    BELOW_FLOOR = "below_floor"


ABSOLUTE = frozenset({Obstacle.OUTSIDE_PERIMETER, Obstacle.ON_ITS_WAY})
"""Nobody passes over these; over the others a person does, with a reason."""


class DeclineCause(StrEnum):
    """Why a student declines an offer, as far as it says something of other seats."""

    DISTANCE = "distance"
    MENTION = "mention"
    INSTITUTION = "institution"
    MODALITY = "modality"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Declined:
    """An offer she declined for a cause, and what of it the cause speaks of. km: None where it is unknown."""

    cause: DeclineCause
    mention: int
    institution: int
    modality: int
    km: float | None


@dataclass(frozen=True, kw_only=True)
class Seats:
    """Vacancies as columns, a row for each. Institutions, académies and regions are numbered by who fills the columns.

    institution: the one that stands today. latitude, longitude: degrees, NaN where unknown. modality: its place in `MODALITIES`.
    remote: taught at a distance, so that no distance counts. words: each lexeme of a mention or a track → the rows that have it;
    length: how many different ones a row has.
    """

    vacancy: Numbers
    programme: Numbers
    mention: Numbers
    institution: Numbers
    academy: Numbers
    region: Numbers
    latitude: Measures
    longitude: Measures
    modality: Numbers
    remote: Flags
    free: Numbers
    words: Mapping[str, Numbers]
    length: Numbers

    def __len__(self) -> int:
        return len(self.vacancy)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a student asks for, and what has become of it so far.

    region: where the seats must be; None for the whole nation. point: whence distances are measured (latitude, longitude in
    degrees). mobility_km: how far she would move; None where she does not say, or would anywhere. fit: what her licence counts
    at each row of the seats (see `Fit`). refused: institution and mention of the applications that were refused, where such a
    refusal counts. met: programmes already asked or proposed for her, and what came of it. floor: thousandths of the score.
    """

    wishes: tuple[int, ...]
    academies: frozenset[int]
    region: int | None
    point: tuple[float, float] | None
    mobility_km: int | None
    has_contract: bool
    words: frozenset[str]
    fit: Measures
    refused: frozenset[tuple[int, int]]
    met: Mapping[int, Obstacle]
    declined: tuple[Declined, ...]
    floor: int


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What `assess` finds, row by row of the seats. score: thousandths. km: NaN where unknown."""

    parts: Mapping[Part, Measures]
    score: Numbers
    km: Measures
    obstacles: Mapping[Obstacle, Flags]

    @property
    def possible(self) -> Flags:
        return ~np.logical_or.reduce(list(self.obstacles.values()))

    def obstacles_at(self, row: int) -> list[Obstacle]:
        return [obstacle for obstacle, flags in self.obstacles.items() if flags[row]]


def assess(profile: Profile, seats: Seats, *, km: Measures | None = None) -> Assessment:
    """Return how well each seat suits the student and what stands in its way.

    km: the `kilometres` of the seats from her point, where they are known already: thousands of students share a point.
    """
    km = kilometres(profile.point, seats) if km is None else km
    parts = {
        Part.MENTION: _mention(profile, seats),
        Part.LICENCE: profile.fit,
        Part.ACADEMY: _academy(profile, seats),
        Part.DISTANCE: _distance(profile, seats, km),
        Part.MODALITY: BY_MODALITY[seats.modality],
        Part.KEYWORDS: _keywords(profile, seats),
    }
    score = np.rint(sum(WEIGHTS[part] * value for part, value in parts.items())).astype(np.int64)
    return Assessment(parts=parts, score=score, km=km, obstacles=_obstacles(profile, seats, km, score))


def kilometres(point: tuple[float, float] | None, seats: Seats) -> Measures:
    """Return the great-circle distance of each seat from ``point``; NaN where either is unknown."""
    return np.full(len(seats), np.nan) if point is None else great_circle(point, seats.latitude, seats.longitude)


def great_circle(point: tuple[float, float], latitude: Any, longitude: Any) -> Any:
    """Return the kilometres between ``point`` (latitude, longitude) and others, all in degrees, on a spherical Earth."""
    here, there = np.radians(point[0]), np.radians(latitude)
    north, east = (there - here) / 2, np.radians(longitude - point[1]) / 2
    chord = np.sin(north) ** 2 + np.cos(here) * np.cos(there) * np.sin(east) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))


def _mention(profile: Profile, seats: Seats) -> Measures:
    if not profile.wishes:
        return np.full(len(seats), UNKNOWN)
    part = np.zeros(len(seats))
    for rank, mention in enumerate(profile.wishes):
        part[seats.mention == mention] = max(WISH_FIRST - rank * WISH_STEP, WISH_LEAST)
    return part


def _academy(profile: Profile, seats: Seats) -> Measures:
    if not profile.academies:
        return np.full(len(seats), UNKNOWN)
    return np.isin(seats.academy, sorted(profile.academies)).astype(float)


def _distance(profile: Profile, seats: Seats, km: Measures) -> Measures:
    near = np.clip(1 - km / (profile.mobility_km or REACH_KM), 0, 1)
    return np.where(seats.remote, 1.0, np.where(np.isnan(km), UNKNOWN, near))


def _keywords(profile: Profile, seats: Seats) -> Measures:
    """The share of the words of the mention and the track that her project has."""
    found = np.zeros(len(seats))
    for word in sorted(profile.words & seats.words.keys()):
        found[seats.words[word]] += 1
    return found / np.maximum(seats.length, 1)


def _obstacles(profile: Profile, seats: Seats, km: Measures, score: Numbers) -> dict[Obstacle, Flags]:
    met = {
        obstacle: np.isin(seats.programme, [programme for programme, what in profile.met.items() if what == obstacle])
        for obstacle in (Obstacle.ON_ITS_WAY, Obstacle.PROPOSED, Obstacle.SAID_NO, Obstacle.SILENT)
    }
    refused = np.zeros(len(seats), bool)
    for institution, mention in sorted(profile.refused):
        refused |= (seats.institution == institution) & (seats.mention == mention)
    found = met | {
        Obstacle.OUTSIDE_PERIMETER: np.full(len(seats), False) if profile.region is None else seats.region != profile.region,
        Obstacle.REFUSED: refused,
        Obstacle.OUTSIDE_TABLE: profile.fit == FIT.outside,
        Obstacle.NO_CONTRACT: (seats.modality == APPRENTICESHIP) & (not profile.has_contract),
        Obstacle.TOO_FAR: _too_far(profile, seats, km),
        Obstacle.DECLINED_FOR: _declined_for(profile, seats, km),
        Obstacle.BELOW_FLOOR: score < profile.floor,
    }
    return {obstacle: found[obstacle] for obstacle in Obstacle}


def _too_far(profile: Profile, seats: Seats, km: Measures) -> Flags:
    """Farther than she would move; an académie she names is never too far, nor a seat taught at a distance."""
    if profile.mobility_km is None:
        return np.zeros(len(seats), bool)
    named = np.isin(seats.academy, sorted(profile.academies))
    return (km > profile.mobility_km) & ~named & ~seats.remote


def _declined_for(profile: Profile, seats: Seats, km: Measures) -> Flags:
    against = np.zeros(len(seats), bool)
    for declined in profile.declined:
        match declined.cause:
            case DeclineCause.DISTANCE if declined.km is not None:
                against |= (km >= declined.km) & ~seats.remote
            case DeclineCause.MENTION:
                against |= seats.mention == declined.mention
            case DeclineCause.INSTITUTION:
                against |= seats.institution == declined.institution
            case DeclineCause.MODALITY:
                against |= seats.modality == declined.modality
    return against
