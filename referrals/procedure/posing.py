"""The problem of a region, as it stands in the database: who waits for how many offers, which seats are left, which pairs suit."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

import numpy as np
from django.db.models import Count, F, Q, QuerySet
from numpy.typing import NDArray

from vacancies.mergers import stands, successors
from vacancies.models import AcademicRegion, Attendance, Campaign, Programme, Vacancy

from ..models import Offer, Referral
from ..rules.matching.problem import Integers, Problem
from ..rules.states import ASKED, COUNTED, State
from ..rules.suitability import WEIGHTS, Assessment, Numbers, Obstacle, Part
from .suiting import NOWHERE, PROGRAMME_COLUMNS, Ground, assessments, ground_of, in_perimeter, kept_suits

AWAITING = (State.ADMISSIBLE, State.COMMISSION)
"""Whom seats are looked for: admissible, and the search is not over."""
EVERY = 100
"""After so many students one hears how far it is."""
PARTS = tuple(Part)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Progress = Callable[[str, int, int], None]
"""Called with the name of a phase, how much of it is done, and of how much."""


class Hypothetical(TypedDict):
    """Seats that do not exist: so many more of a programme, in a modality."""

    programme: int
    modality: str
    seats: int


def awaiting(campaign: Campaign, region: AcademicRegion) -> QuerySet[Referral]:
    """Return the region's referrals that wait for offers; ``in_hand``: how many each has, those being asked included."""
    counted = Count("offers", filter=Q(offers__state__in=COUNTED, offers__sent_at__isnull=False))
    asked = Count("offers", filter=Q(offers__state__in=ASKED))
    waiting = Referral.objects.filter(campaign=campaign, region=region, state__in=AWAITING, search_ended_at__isnull=True)
    with_offers = waiting.annotate(in_hand=counted + asked).filter(in_hand__lt=F("rules__offers_required"))
    return with_offers.select_related("rules", "region").order_by("pk")


@dataclass(frozen=True, kw_only=True)
class Posed:
    """A problem, and what stands behind its rows.

    parts: thousandths, a column for each of `PARTS`, a row for each pair. at_origin: how many students have an offer at their
    origin in hand. region: the number of their own among the seats, or NOWHERE. ruled_out: of each student, how many seats each
    obstacle keeps from her, the first of a seat alone counting.
    """

    problem: Problem
    ground: Ground
    referrals: list[Referral]
    wishes: list[tuple[int, ...]]
    licence_at: list[int]
    at_origin: int
    region: int
    parts: NDArray[np.int16]
    km: NDArray[np.float32]
    ruled_out: list[Counter[Obstacle]]

    def suits(self, pair: int) -> dict[str, Any]:
        """Return what is kept of the suitability of a pair, as `Offer.suits`."""
        student, row = int(self.problem.pair_student[pair]), int(self.problem.pair_vacancy[pair])
        return kept_suits(
            score=int(self.problem.score[pair]),
            parts=dict(zip(PARTS, self.parts[pair].tolist(), strict=True)),
            km=float(self.km[pair]),
            mention=int(self.ground.seats.mention[row]),
            wishes=self.wishes[student],
            origin=self.licence_at[student] == self.ground.seats.institution[row],
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """What the run was made with, beside its input."""
        floors = sorted({referral.rules.score_floor for referral in self.referrals})
        return {
            "offers_required": self.problem.offers_required,
            "max_per_institution": self.problem.max_per_institution,
            "score_floors": floors,
            "weights": {str(part): weight for part, weight in WEIGHTS.items()},
            "rules": sorted({str(referral.rules_id) for referral in self.referrals}),
        }


def pose(campaign: Campaign, region: AcademicRegion, hypothetical: Sequence[Hypothetical], *, progress: Progress) -> Posed:
    """Return the problem of ``region`` as it stands now, with the seats that ``hypothetical`` adds."""
    progress("lecture", 0, 1)
    referrals = list(awaiting(campaign, region))
    vacancies = Vacancy.objects.filter(in_perimeter(referrals), campaign=campaign)
    ground = ground_of(campaign, vacancies, more=rows_of(hypothetical))
    wishes, students, found, scores, parts, km, ruled_out = [], [], [], [], [], [], []
    for number, (_, profile, assessment) in enumerate(assessments(referrals, ground)):
        if number % EVERY == 0:
            progress("convenance", number, len(referrals))
        rows = np.flatnonzero(assessment.possible)
        wishes.append(profile.wishes)
        students.append(np.full(len(rows), number))
        found.append(rows)
        scores.append(assessment.score[rows])
        parts.append(np.rint(np.stack([assessment.parts[part][rows] for part in PARTS], axis=1) * 1000).astype(np.int16))
        km.append(assessment.km[rows].astype(np.float32))
        ruled_out.append(_ruled_out(assessment, ground.seats.free))
    pairs = (_joined(students), _joined(found), _joined(scores))
    in_hand = _in_hand(referrals)
    origins = [stands(referral.licence_institution_id or "", ground.after) for referral in referrals]
    return Posed(
        problem=_problem(region, referrals, ground, pairs, in_hand, origins),
        ground=ground,
        referrals=referrals,
        wishes=wishes,
        licence_at=[ground.institution(referral.licence_institution_id) for referral in referrals],
        at_origin=sum((place, origin) in in_hand for place, origin in enumerate(origins)),
        region=ground.regions.get(region.pk, NOWHERE),
        parts=np.concatenate([np.empty((0, len(PARTS)), np.int16), *parts]),
        km=np.concatenate([np.empty(0, np.float32), *km]),
        ruled_out=ruled_out,
    )


def _joined(arrays: list[Integers]) -> Integers:
    return np.concatenate([np.empty(0, np.int64), *arrays])


def _ruled_out(assessment: Assessment, free: Numbers) -> Counter[Obstacle]:
    """Count the free seats by the first obstacle of each."""
    left, counted = free.copy(), Counter[Obstacle]()
    for obstacle, flags in assessment.obstacles.items():
        if seats := int(left[flags].sum()):
            counted[obstacle] = seats
            left[flags] = 0
    return counted


def rows_of(hypothetical: Sequence[Hypothetical]) -> list[tuple[Any, ...]]:
    """Return the seats that do not exist as `ground_of` reads rows; minus the rank of a line, from 1, stands for a vacancy's id."""
    ids = [one["programme"] for one in hypothetical]
    known = {row[0]: row for row in Programme.objects.filter(pk__in=ids).values_list(*PROGRAMME_COLUMNS)}
    return [
        (-rank, *known[one["programme"]], one["modality"], Attendance.ON_SITE, one["seats"])
        for rank, one in enumerate(hypothetical, 1)
    ]


def _problem(
    region: AcademicRegion,
    referrals: list[Referral],
    ground: Ground,
    pairs: tuple[Integers, Integers, Integers],
    in_hand: Counter[tuple[int, str]],
    origins: list[str],
) -> Problem:
    seats = ground.seats
    programmes, programme = np.unique(seats.programme, return_inverse=True)
    required = max((referral.rules.offers_required for referral in referrals), default=1)
    bounds = [referral.rules.max_per_institution for referral in referrals]
    origin = [NOWHERE if (place, uai) in in_hand else ground.institution(uai) for place, uai in enumerate(origins)]
    held = {(place, ground.institutions[uai]): offers for (place, uai), offers in in_hand.items() if uai in ground.institutions}
    return Problem(
        offers_required=required,
        max_per_institution=None if region.single_university or not bounds else max(bounds),
        institutions=tuple(ground.institutions),
        programmes=tuple(map(str, programmes.tolist())),
        students=tuple(str(referral.pk) for referral in referrals),
        waiting_since=_integers([_microseconds(referral.filed_at) for referral in referrals]),
        needed=_integers([referral.rules.offers_required - referral.in_hand for referral in referrals]),  # type: ignore[attr-defined]
        origin=_integers(origin),
        vacancies=tuple(map(str, seats.vacancy.tolist())),
        institution=seats.institution,
        programme=programme.astype(np.int64),
        free=seats.free,
        pair_student=pairs[0],
        pair_vacancy=pairs[1],
        score=pairs[2],
        held_student=_integers([student for student, _ in held]),
        held_institution=_integers([institution for _, institution in held]),
        held_offers=_integers(list(held.values())),
    )


def _microseconds(instant: datetime | None) -> int:
    assert instant is not None, "who waits has filed"
    return (instant - EPOCH) // timedelta(microseconds=1)


def _integers(values: list[int]) -> Integers:
    return np.array(values, np.int64)


def _in_hand(referrals: list[Referral]) -> Counter[tuple[int, str]]:
    """Return how many offers each student, by her place, has in hand of each institution that stands today."""
    number = {referral.pk: place for place, referral in enumerate(referrals)}
    offers = Offer.objects.filter(Q(state__in=ASKED) | Q(state__in=COUNTED, sent_at__isnull=False), referral__in=number)
    after = successors()
    return Counter(
        (number[referral], stands(uai, after))
        for referral, uai in offers.values_list("referral", "vacancy__programme__institution")
    )
