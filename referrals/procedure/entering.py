"""A request that reached the rectorate otherwise: entered for a student who wrote, came, or cannot use the portal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError

from vacancies.models import Campaign

from ..documents.uploads import Upload
from ..models import Application, Arrival, CampaignRules, DocumentKind, EventKind, Referral, User, Wish
from ..models.people import NOWHERE
from ..rules.states import LIVE, Action
from .drafts import DRAFT_FACTS
from .facts import with_the_silence_dated
from .filing import filed, keep
from .limits import refresh_filing_limit
from .moving import By, Refused, moving_locked, record, transacting

ALREADY = "Cet étudiant a déjà une saisine dans cette campagne : {number}."


def enter(
    *,
    campaign: Campaign,
    email: str,
    phone: str,
    facts: Mapping[str, Any],
    applications: Sequence[Mapping[str, Any]],
    wishes: Sequence[Any],
    transcript: Upload,
    provisional: bool,
    through: Arrival,
    arrived_at: datetime,
    by: By,
    at: datetime,
    wished_academies: Sequence[Any] = (),
    key: UUID | None = None,
) -> Referral:
    """Enter and file, in the student's name, a request that arrived at ``arrived_at``: that is its date of filing.

    email: empty for who has none; her mails then wait to be handed to her otherwise. facts: column → value, as she would write
    them. key: of the referral to be; the same one entered again by the same person is a second click, and gives the first result.
    An account that has this address is hers; else one is made, and she chooses a password when she likes.
    Raises Refused: something is missing, it arrived in the future or before the platform opened, she has a referral already, or
    another region is competent (CRPA, art. L. 114-2: it is passed on as it is).
    """
    if strangers := facts.keys() - DRAFT_FACTS:
        raise ValueError(f"not of a request: {sorted(strangers)}")
    key = key or uuid4()
    if done := _entered(key, by=by):
        return done
    if arrived_at > at:
        raise Refused("arrives_later", "La date d’arrivée est dans l’avenir.")
    academy = facts["licence_academy"]
    if not (by.scope.nation or academy.region_id in by.scope.regions):
        raise Refused(
            "not_of_the_region",
            f"La licence relève de la région académique {academy.region.name} : transmettez-lui la demande.",
            "CRPA, art. L. 114-2",
        )
    rules = CampaignRules.objects.filter(campaign=campaign).order_by("-version").first()
    if rules is None:
        raise Refused("no_rules", "Cette campagne n’est pas encore ouverte.")
    try:
        with transacting():
            student = _account(email or f"{key.hex}@{NOWHERE}", phone, name=f"{facts['first_names']} {facts['birth_name']}")
            begun = Referral(key=key, student=student, campaign=campaign, rules=rules, created_at=at)
            referral = _written(begun, facts, by=by, through=through)
            _add_to(referral, applications, wishes, wished_academies)
            record(referral, kind=EventKind.START, by=by, at=at)
            keep(referral, kind=_transcript_kind(provisional), upload=transcript, at=arrived_at)
            referral.save()
            refresh_filing_limit(referral, at=at)
            with moving_locked(Action.FILE, referral=referral, by=by, at=at) as step:
                filed(step, filed_at=arrived_at)
                step.payload |= {"arrived_at": arrived_at.isoformat(), "arrived_through": through}
    except IntegrityError:
        if done := _entered(key, by=by):  # two clicks at once: the first one has won
            return done
        live = Referral.objects.filter(student__email=email.lower(), campaign=campaign, state__in=LIVE).first()
        if live is None:
            raise
        raise Refused("another_live", ALREADY.format(number=live.number or "un brouillon, non déposé")) from None
    return referral


def _entered(key: UUID, *, by: By) -> Referral | None:
    return Referral.objects.filter(key=key, entered_by=by.user_id).first()


def _account(email: str, phone: str, *, name: str) -> User:
    """Return the student's account: the one of this address, or a new one without a password."""
    address = email.strip().lower()
    student = User.objects.filter(email=address).first()
    if student is None:
        student = User.objects.create_user(address, name=name, phone=phone)
    elif not student.is_student:
        raise Refused("of_an_office", "Cette adresse est celle d’un agent, pas d’un étudiant.")
    return student


def _written(referral: Referral, facts: Mapping[str, Any], *, by: By, through: Arrival) -> Referral:
    for name, value in facts.items():
        setattr(referral, name, value)
    assert referral.licence_academy is not None
    referral.region = referral.licence_academy.region
    referral.entered_by_id, referral.arrived_through = by.user_id, through
    referral.save(force_insert=True)
    return referral


def _add_to(
    referral: Referral, applications: Sequence[Mapping[str, Any]], wishes: Sequence[Any], wished_academies: Sequence[Any]
) -> None:
    for answers in applications:
        application = Application(referral=referral)
        for name, value in with_the_silence_dated(dict(answers), of=application, rules=referral.rules).items():
            setattr(application, name, value)
        application.save()
    Wish.objects.bulk_create(Wish(referral=referral, rank=rank, mention=mention) for rank, mention in enumerate(wishes, 1))
    referral.wished_academies.set(wished_academies)


def _transcript_kind(provisional: bool) -> DocumentKind:
    return DocumentKind.PROVISIONAL_TRANSCRIPT if provisional else DocumentKind.TRANSCRIPT
