"""The seats for one student: narrowed as the caseworker asks, the most suitable first, each with what speaks for and against it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django import forms
from django.db.models import Count, F, Q, QuerySet
from django.utils.timezone import localdate

from vacancies.mergers import stands
from vacancies.models import Academy, Attendance, Language, Modality, Vacancy
from vacancies.search import containing
from vacancies.words import having, resembling, significant

from ...models import Post, Referral, Role, StandingAgreement
from ...procedure.suiting import Ground, assessed, in_perimeter, suits_at
from ...rules.states import HOLDING, TAKEN, OfferState
from ...rules.suitability import ABSOLUTE, Assessment, Profile
from ...wording import OFFER_STATES
from ...wording_matching import OBSTACLES
from ..words import PartShown, parts_of

SHOWN = ("programme__mention", "programme__institution", "programme__academy")


class SeatFilter(forms.Form):
    """What narrows the list. A value that cannot be used is said and left out; the others still count."""

    text = forms.CharField(label="Mention, parcours ou établissement", required=False, max_length=200)
    town = forms.CharField(label="Ville", required=False, max_length=80)
    academy = forms.ModelChoiceField(Academy.objects.none(), label="Académie", required=False, empty_label="Toutes")
    max_km = forms.IntegerField(label="À moins de (km)", required=False, min_value=1, max_value=20_000)
    modality = forms.ChoiceField(label="Modalité", required=False, choices=[("", "Toutes"), *Modality.choices])
    wished = forms.BooleanField(label="Seulement ses vœux de mention", required=False)
    impossible = forms.BooleanField(label="Aussi les places écartées, avec les raisons", required=False)

    def __init__(self, *args: Any, referral: Referral, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        academies = Academy.objects.all()
        field = self.fields["academy"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = academies if referral.rules.nationwide else academies.filter(region=referral.region)
        if not is_measured(referral):
            del self.fields["max_km"]  # no point to measure from


def is_measured(referral: Referral) -> bool:
    """Whether it is known whence distances are measured: the institution of the licence; nobody knows where the student lives."""
    institution = referral.licence_institution
    return institution is not None and institution.latitude is not None and institution.longitude is not None


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search finds. rows: of the ground, in order. possible, impossible: how many seats of each, shown or not.

    exact: whether the seats have the words of the search themselves; else they have what resembles them.
    """

    referral: Referral
    ground: Ground
    profile: Profile
    assessment: Assessment
    rows: list[int]
    possible: int
    impossible: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class SeatShown:
    """One seat as the caseworker reads it.

    score: out of 100. obstacles: why no machine would propose it. barred: whether nobody may. asked_for: the words and the badge of
    this student's live offer of the programme. standing: an agreement given beforehand covers her. reachable: whether a mail asks
    somebody. reason: what was typed for it.
    """

    seat: Vacancy
    score: float
    parts: list[PartShown]
    km: int | None
    origin: bool
    obstacles: list[str]
    barred: bool
    asked_for: tuple[str, str] | None
    standing: bool
    reachable: bool
    to_confirm: bool
    particulars: list[str]
    reason: str


def find(referral: Referral, asked: dict[str, Any]) -> Found:
    """Return the free seats of the perimeter that ``asked`` leaves, ranked; the impossible ones, where asked for, come last."""
    vacancies, exact = narrowed(Vacancy.objects.filter(in_perimeter([referral]), campaign=referral.campaign), referral, asked)
    ground, profile, assessment = assessed(referral, vacancies, health=False)
    seats, possible = ground.seats, assessment.possible
    within = np.ones(len(seats), bool)
    if max_km := asked.get("max_km"):
        within = (assessment.km <= max_km) | seats.remote
    shown = within if asked.get("impossible") else within & possible
    order = np.lexsort((seats.vacancy, seats.mention, seats.institution, -assessment.score, ~possible))
    return Found(
        referral=referral,
        ground=ground,
        profile=profile,
        assessment=assessment,
        rows=order[shown[order]].tolist(),
        possible=int(np.count_nonzero(within & possible)),
        impossible=int(np.count_nonzero(within & ~possible)),
        exact=exact,
    )


def narrowed(vacancies: QuerySet[Vacancy], referral: Referral, asked: dict[str, Any]) -> tuple[QuerySet[Vacancy], bool]:
    """Return those of ``vacancies`` that ``asked`` leaves, and whether they have its words themselves."""
    if town := asked.get("town"):
        vacancies = vacancies.filter(containing(town, others=["programme__town"]))
    if academy := asked.get("academy"):
        vacancies = vacancies.filter(programme__academy=academy)
    if modality := asked.get("modality"):
        vacancies = vacancies.filter(modality=modality)
    if asked.get("wished"):
        vacancies = vacancies.filter(programme__mention__in=referral.wishes.values("mention"))
    words = significant(asked.get("text", ""))
    if not words:
        return vacancies, True
    exactly = vacancies.filter(having(words).programmes)
    if exactly.exists() or not (close := resembling(words)):
        return exactly, True
    return vacancies.filter(close.programmes), False


def shown(rows: Iterable[int], found: Found, *, at: datetime, typed: dict[int, str]) -> list[SeatShown]:
    """Return the seats of these rows in order, each with what the caseworker should know of it; ``typed``: vacancy → reason."""
    keys = {row: int(found.ground.seats.vacancy[row]) for row in rows}
    seats = Vacancy.objects.select_related(*SHOWN).in_bulk(keys.values())
    live = dict(found.referral.offers.filter(state__in=HOLDING | TAKEN).values_list("vacancy__programme", "state"))
    standing = covered(seats.values(), found.referral, at=at)
    reachable = answering(seats.values(), found.ground, at=at)
    listed = []
    for row, key in keys.items():
        if key not in seats:
            continue
        seat, obstacles = seats[key], found.assessment.obstacles_at(row)
        suits = suits_at(row, referral=found.referral, ground=found.ground, profile=found.profile, assessment=found.assessment)
        state = live.get(seat.programme_id)
        listed.append(
            SeatShown(
                seat=seat,
                score=suits["score"] / 10,
                parts=parts_of(suits, seat),
                km=suits["km"],
                origin=suits["origin"],
                obstacles=[OBSTACLES[obstacle] for obstacle in obstacles],
                barred=not ABSOLUTE.isdisjoint(obstacles),
                asked_for=OFFER_STATES[OfferState(state)] if state else None,
                standing=key in standing,
                reachable=key in reachable,
                to_confirm=seat.is_stale(on=at.astimezone(seat.programme.academy.tz).date()),
                particulars=particulars(seat),
                reason=typed.get(key, ""),
            )
        )
    return listed


def covered(seats: Collection[Vacancy], referral: Referral, *, at: datetime) -> set[int]:
    """Return the keys of those for which a standing agreement covers the student and has a seat left, as `consult` would ask."""
    today = {seat.pk: at.astimezone(seat.programme.academy.tz).date() for seat in seats}
    licence = Q(licences__isnull=True) | Q(licences=referral.licence_mention_id)
    resting = Count("offers", filter=Q(offers__state__in=HOLDING | TAKEN), distinct=True)
    agreements = StandingAgreement.objects.filter(licence, vacancy__in=today, ended_at__isnull=True)
    left = agreements.annotate(resting=resting).filter(resting__lt=F("seats")).values_list("vacancy", "agreed_on", "until")
    return {vacancy for vacancy, start, until in left if start <= today[vacancy] <= until}


def answering(seats: Iterable[Vacancy], ground: Ground, *, at: datetime) -> set[int]:
    """Return the keys of those of which a mail asks somebody: the contact, or else an account of the institution."""
    posts = Post.objects.on(localdate(at)).filter(role=Role.INSTITUTION, user__is_active=True)
    held = {stands(uai, ground.after) for uai in posts.values_list("institution", flat=True)}
    return {seat.pk for seat in seats if seat.contact_email or stands(seat.programme.institution_id, ground.after) in held}


def particulars(seat: Vacancy) -> list[str]:
    """Return what is unusual about a seat: neither initial training, nor on the spot, nor in French."""
    unusual = []
    if seat.modality != Modality.INITIAL:
        unusual.append(seat.get_modality_display())
    if seat.attendance != Attendance.ON_SITE:
        unusual.append(seat.get_attendance_display())
    if seat.language != Language.FRENCH:
        unusual.append(f"langue : {seat.get_language_display()}")
    return unusual
