"""What the database knows of seats and students, as the columns that `referrals.rules.suitability` reads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, Q, QuerySet, TextField

from vacancies.full_text import French
from vacancies.mergers import stands, successors
from vacancies.models import Attendance, Campaign, Compatibility, Institution, Programme, Vacancy

from ..models import Answer, HealthRequest, Offer, Referral
from ..rules import suitability
from ..rules.states import HOLDING, TAKEN, OfferState
from ..rules.suitability import FIT, MODALITIES, Assessment, DeclineCause, Declined, Measures, Obstacle, Part, Profile, Seats

Value = TypeVar("Value")
NOWHERE = -1
"""The number of an institution, an académie or a region that no seat has."""
MET: dict[OfferState, Obstacle] = (
    dict.fromkeys(HOLDING | TAKEN, Obstacle.ON_ITS_WAY)
    | dict.fromkeys((OfferState.DECLINED, OfferState.EXPIRED, OfferState.LOST), Obstacle.PROPOSED)
    | {OfferState.REFUSED: Obstacle.SAID_NO, OfferState.UNANSWERED: Obstacle.SILENT}
)
"""What an earlier offer of a programme says against another one. One released, or taken back, says nothing."""


class Lexemes(Func):
    """The lexemes of a text column, each once."""

    function = "tsvector_to_array"
    output_field = ArrayField(TextField())

    def __init__(self, *columns: str) -> None:
        super().__init__(*columns)
        self.set_source_expressions([French(*columns)])


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Seats as columns, with the numbers that institutions, académies and regions bear there.

    rows: the number of the row of each vacancy. after: successors of institutions (code → code).
    """

    campaign: Campaign
    seats: Seats
    rows: Mapping[int, int]
    institutions: Mapping[str, int]
    academies: Mapping[str, int]
    regions: Mapping[str, int]
    after: Mapping[str, str]

    def institution(self, uai: str | None) -> int:
        """Return the number of the institution that stands today for ``uai``."""
        return NOWHERE if uai is None else self.institutions.get(stands(uai, self.after), NOWHERE)


PROGRAMME_COLUMNS = ("pk", "mention_id", "institution_id", "academy_id", "academy__region_id", "latitude", "longitude")
COLUMNS = ("pk", *(f"programme__{name}" for name in PROGRAMME_COLUMNS), "modality", "attendance", "free")


def ground_of(campaign: Campaign, vacancies: QuerySet[Vacancy], *, more: Sequence[tuple[Any, ...]] = ()) -> Ground:
    """Return ``vacancies`` of ``campaign`` as columns, in the order of their ids; ``more`` are rows of `COLUMNS` to add."""
    read = [*vacancies.order_by("pk").values_list(*COLUMNS), *more]
    pk, programme, mention, institution, academy, region, latitude, longitude, modality, attendance, free = (
        zip(*read, strict=True) if read else [()] * len(COLUMNS)
    )
    named = Programme.objects.filter(pk__in=set(programme)).annotate(words=Lexemes("mention__name", "track"))
    words_of = dict(named.values_list("pk", "words"))
    lexemes = [words_of[one] for one in programme]
    after = successors()
    standing = [stands(uai, after) for uai in institution]
    institutions, academies, regions = numbered(standing), numbered(academy), numbered(region)
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, row_words in enumerate(lexemes):
        for word in row_words:
            rows_of[word].append(row)
    seats = Seats(
        vacancy=_numbers(pk),
        programme=_numbers(programme),
        mention=_numbers(mention),
        institution=_numbers(institutions[uai] for uai in standing),
        academy=_numbers(academies[code] for code in academy),
        region=_numbers(regions[code] for code in region),
        latitude=_measures(latitude),
        longitude=_measures(longitude),
        modality=_numbers(MODALITIES.index(name) for name in modality),
        remote=np.array([name == Attendance.REMOTE for name in attendance], bool),
        free=_numbers(free),
        words={word: _numbers(found) for word, found in rows_of.items()},
        length=_numbers(map(len, lexemes)),
    )
    rows = {vacancy: row for row, vacancy in enumerate(pk)}
    return Ground(
        campaign=campaign,
        seats=seats,
        rows=rows,
        institutions=institutions,
        academies=academies,
        regions=regions,
        after=after,
    )


def numbered(codes: Iterable[str]) -> dict[str, int]:
    """Number the different codes, in their own order."""
    return {code: number for number, code in enumerate(sorted(set(codes)))}


def _numbers(values: Iterable[int]) -> suitability.Numbers:
    return np.fromiter(values, np.int64)


def _measures(values: Iterable[float | None]) -> Measures:
    return np.fromiter((np.nan if value is None else value for value in values), float)


class Fits:
    """What a mention of licence counts at each row, asked of the database once for each licence."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.programmes = Programme.objects.filter(pk__in=set(ground.seats.programme.tolist()))
        self.any_licence = self._rows(self.programmes.filter(any_licence=True))
        self.known: dict[int | None, Measures] = {}

    def of(self, licence: int | None) -> Measures:
        """Return the part of the licence; that of a licence the national list does not have, or the table, is unsaid."""
        if licence not in self.known:
            self.known[licence] = self._fit(licence)
        return self.known[licence]

    def _fit(self, licence: int | None) -> Measures:
        seats = self.ground.seats
        table = (
            Compatibility.objects.filter(campaign=self.ground.campaign, licence=licence)
            if licence
            else Compatibility.objects.none()
        )
        compatible = list(table.values_list("master", flat=True))
        fit = np.full(len(seats), FIT.outside if compatible else FIT.unsaid)
        fit[np.isin(seats.mention, compatible)] = FIT.compatible
        fit[self.any_licence] = FIT.any_licence
        if licence:
            fit[self._rows(self.programmes.filter(recommended=licence))] = FIT.recommended
        return fit

    def _rows(self, programmes: QuerySet[Programme]) -> suitability.Flags:
        return np.isin(self.ground.seats.programme, list(programmes.values_list("pk", flat=True)))


def _grouped(pairs: Iterable[tuple[int, Value]]) -> dict[int, list[Value]]:
    grouped: dict[int, list[Value]] = defaultdict(list)
    for key, value in pairs:
        grouped[key].append(value)
    return grouped


AT_ONCE = 2_000


def assessments(
    referrals: Iterable[Referral], ground: Ground, *, health: bool = True
) -> Iterator[tuple[Referral, Profile, Assessment]]:
    """Yield each referral with what it asks for and how the seats of ``ground`` suit it; a handful of questions for thousands.

    health: whether the health branch forgives refusals. Not on a page: one that lacks a refusal which everybody knows of would
    tell of the branch.
    """
    fits, measured = Fits(ground), Measured(ground)
    batch: list[Referral] = []
    for referral in referrals:
        batch.append(referral)
        if len(batch) == AT_ONCE:
            yield from _assessed(batch, ground, fits, measured, health)
            batch = []
    yield from _assessed(batch, ground, fits, measured, health)


class Measured(dict[tuple[float, float] | None, Measures]):
    """How far the seats of a ground are from each point, measured once for all who are there."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground

    def __missing__(self, point: tuple[float, float] | None) -> Measures:
        self[point] = km = suitability.kilometres(point, self.ground.seats)
        return km


def _assessed(
    referrals: list[Referral], ground: Ground, fits: Fits, measured: Measured, health: bool
) -> Iterator[tuple[Referral, Profile, Assessment]]:
    facts = Facts(referrals, ground, health=health)
    for referral in referrals:
        profile = facts.profile(referral, fits)
        yield referral, profile, suitability.assess(profile, ground.seats, km=measured[profile.point])


class Facts:
    """What the profiles of some referrals rest on, read for all of them together."""

    def __init__(self, referrals: list[Referral], ground: Ground, *, health: bool) -> None:
        self.ground = ground
        ids = [referral.pk for referral in referrals]
        self.wishes = _grouped(
            Referral.objects.filter(pk__in=ids, wishes__isnull=False).order_by("wishes__rank").values_list("pk", "wishes__mention")
        )
        self.academies = _grouped(
            Referral.wished_academies.through.objects.filter(referral__in=ids).values_list("referral", "academy")
        )
        self.words = dict(Referral.objects.filter(pk__in=ids).annotate(words=Lexemes("project")).values_list("pk", "words"))
        branch = HealthRequest.objects.filter(referral__in=ids, favourable=True, ended_at__isnull=True)
        self.health = set(branch.values_list("referral", flat=True)) if health else set()
        self.refused = self._refused(ids)
        self.offers: dict[int, list[Offer]] = defaultdict(list)
        for offer in Offer.objects.filter(referral__in=ids, state__in=MET).select_related("vacancy__programme").order_by("pk"):
            self.offers[offer.referral_id].append(offer)
        codes = {referral.licence_institution_id for referral in referrals}
        self.points = {
            uai: (latitude, longitude)
            for uai, latitude, longitude in Institution.objects.filter(pk__in=codes).values_list("pk", "latitude", "longitude")
            if latitude is not None and longitude is not None
        }

    def _refused(self, ids: list[int]) -> dict[int, set[tuple[int, int]]]:
        refused: dict[int, set[tuple[int, int]]] = defaultdict(set)
        said_no = Q(applications__answer__in=(Answer.EXPRESS, Answer.IMPLIED), applications__mention__isnull=False)
        found = Referral.objects.filter(said_no, pk__in=ids)
        for pk, uai, mention in found.values_list("pk", "applications__institution", "applications__mention"):
            refused[pk].add((self.ground.institution(uai), mention))
        return refused

    def profile(self, referral: Referral, fits: Fits) -> Profile:
        ground, rules = self.ground, referral.rules
        point = self.points.get(referral.licence_institution_id or "")
        forgiven = rules.refused_again or referral.pk in self.health
        offers = self.offers[referral.pk]
        return Profile(
            wishes=tuple(self.wishes.get(referral.pk, [])),
            academies=frozenset(ground.academies.get(code, NOWHERE) for code in self.academies.get(referral.pk, [])),
            region=None if rules.nationwide else ground.regions.get(referral.region_id or "", NOWHERE),
            point=point,
            mobility_km=referral.mobility_km,
            has_contract=referral.has_contract,
            words=frozenset(self.words[referral.pk]),
            fit=fits.of(referral.licence_mention_id),
            refused=frozenset() if forgiven else frozenset(self.refused[referral.pk]),
            met={offer.vacancy.programme_id: MET[OfferState(offer.state)] for offer in offers},
            declined=tuple(self._declined(offer) for offer in offers if offer.decline_cause),
            floor=rules.score_floor * 10,
        )

    def _declined(self, offer: Offer) -> Declined:
        programme = offer.vacancy.programme
        return Declined(
            cause=DeclineCause(offer.decline_cause),
            mention=programme.mention_id,
            institution=self.ground.institution(programme.institution_id),
            modality=MODALITIES.index(offer.vacancy.modality),
            km=offer.suits.get("km"),
        )


def assessed(referral: Referral, vacancies: QuerySet[Vacancy], *, health: bool = True) -> tuple[Ground, Profile, Assessment]:
    """Return how each of ``vacancies`` suits one student; ``health`` as `assessments` has it."""
    ground = ground_of(referral.campaign, vacancies)
    ((_, profile, assessment),) = assessments([referral], ground, health=health)
    return ground, profile, assessment


def suits_at(row: int, *, referral: Referral, ground: Ground, profile: Profile, assessment: Assessment) -> dict[str, Any]:
    """Return what is kept of how one seat suits the student, as `Offer.suits`."""
    return kept_suits(
        score=int(assessment.score[row]),
        parts={part: round(float(value[row]) * 1000) for part, value in assessment.parts.items()},
        km=float(assessment.km[row]),
        mention=int(ground.seats.mention[row]),
        wishes=profile.wishes,
        origin=ground.institution(referral.licence_institution_id) == ground.seats.institution[row],
    )


def kept_suits(
    *, score: int, parts: Mapping[Part, int], km: float, mention: int, wishes: tuple[int, ...], origin: bool
) -> dict[str, Any]:
    """Return `Offer.suits`: score and parts in thousandths, whole kilometres, rank of the wish from 1, whether at her origin."""
    return {
        "score": score,
        "parts": {str(part): value for part, value in parts.items()},
        "km": None if np.isnan(km) else round(km),
        "rank": wishes.index(mention) + 1 if mention in wishes else None,
        "origin": bool(origin),
    }


def in_perimeter(referrals: Collection[Referral]) -> Q:
    """Return the condition for vacancies with a seat left that the rules of one of ``referrals`` allow."""
    regions = {referral.region_id for referral in referrals if not referral.rules.nationwide}
    nationwide = any(referral.rules.nationwide for referral in referrals)
    return Q(free__gt=0) & (Q() if nationwide else Q(programme__academy__region__in=regions))
