"""Reminders, in the daytime of the académie: seven days before the end of a limit, two days before, and on its last day; and of a
licence whose day has passed, the day after and a week later.
"""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from referrals.language import Language
from referrals.models import Limit, LimitKind, Referral
from referrals.procedure.facts import missing_to_file
from referrals.rules.states import State

from . import facts, outbox
from .models import Audience, Message
from .writing import compose

DAYS_BEFORE = (0, 2, 7)
DAYS_AFTER = (8, 1)
"""After the day on which the licence was expected; then the office's own pile takes over."""
FROM_HOUR, TO_HOUR = 8, 20
"""Local hours between which somebody is written to; the second one excluded."""
TEMPLATES = {
    LimitKind.ANSWER: "reminder_answer",
    LimitKind.SUPPLY: "reminder_supply",
    LimitKind.FILING: "reminder_filing",
}
AWAITED = "reminder_licence"


def near(*, at: datetime) -> list[Limit]:
    """Return the limits of which a reminder is due at ``at`` and not yet written.

    A limit of which the student has not been told yet will move: its own mail has to leave first. Filing limits are told on
    the page of the draft, and no mail announces them.
    """
    soon = at + timedelta(days=max(DAYS_BEFORE) + 1)
    told = Q(kind=LimitKind.FILING, referral__state=State.DRAFT) | Q(
        kind__in=(LimitKind.ANSWER, LimitKind.SUPPLY), told_at__isnull=False
    )
    running = Limit.objects.live().filter(told, ends_at__gt=at, ends_at__lte=soon).order_by("ends_at", "pk")
    due = {
        _key(limit, at=at): limit
        for limit in running.select_related("referral__student", "referral__licence_academy__region")
        if is_daytime(ZoneInfo(limit.zone), at=at) and mark(limit, at=at) is not None
    }
    written = set(Message.objects.filter(key__in=due).values_list("key", flat=True))
    return [limit for key, limit in due.items() if key not in written]


def is_daytime(zone: ZoneInfo, *, at: datetime) -> bool:
    return FROM_HOUR <= at.astimezone(zone).hour < TO_HOUR


def days_left(limit: Limit, *, at: datetime) -> int:
    """Return how many days separate ``at`` from the last day, in the calendar of the académie."""
    return (limit.last_day - at.astimezone(ZoneInfo(limit.zone)).date()).days


def mark(limit: Limit, *, at: datetime) -> int | None:
    """Return which of `DAYS_BEFORE` is due: the nearest one reached, however many runs were missed before it.

    None while all are still to come, and where the mark was already past when the limit was computed: who has just been
    told needs no reminder.
    """
    left = days_left(limit, at=at)
    reached = next((days for days in DAYS_BEFORE if left <= days), None)
    if reached is None:
        return None
    computed_on = limit.created_at.astimezone(ZoneInfo(limit.zone)).date()
    return reached if limit.last_day - timedelta(days=reached) > computed_on else None


def remind(limit: Limit, *, at: datetime) -> None:
    """Write the reminder that is due; a second call writes no second one. It is stale when the local day is over."""
    offers = facts.offers_under([limit])[limit.pk] if limit.kind == LimitKind.ANSWER else []
    if limit.kind == LimitKind.ANSWER and not offers:
        return  # every offer under this limit has its answer
    zone = ZoneInfo(limit.zone)
    known = facts.about(limit.referral) | {
        "limit": limit,
        "offers": offers,
        "days": days_left(limit, at=at),
        "missing": lambda: missing_to_file(limit.referral) if limit.kind == LimitKind.FILING else [],
    }
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    _post(
        limit.referral,
        key=_key(limit, at=at),
        template=TEMPLATES[LimitKind(limit.kind)],
        known=known,
        at=at,
        not_after=datetime.combine(tomorrow, time(), zone),
    )


def _key(limit: Limit, *, at: datetime) -> str:
    return f"reminder:{limit.pk}:{mark(limit, at=at)}"


def awaited(*, at: datetime) -> list[Referral]:
    """Return the referrals of which a reminder of the awaited licence is due at ``at`` and not yet written.

    None once the student has said that the jury failed her: a caseworker sees to it.
    """
    passed = Referral.objects.filter(
        state=State.AWAITING_LICENCE, licence_failed_at__isnull=True, licence_expected_on__lte=(at + timedelta(days=1)).date()
    )
    due = {
        _licence_key(referral, at=at): referral
        for referral in passed.select_related("student", "licence_academy__region").order_by("pk")
        if is_daytime(referral.licence_academy.tz, at=at) and licence_mark(referral, at=at) is not None
    }
    written = set(Message.objects.filter(key__in=due).values_list("key", flat=True))
    return [referral for key, referral in due.items() if key not in written]


def licence_mark(referral: Referral, *, at: datetime) -> int | None:
    """Return which of `DAYS_AFTER` is due, in the calendar of the académie: the latest one reached; None before them all."""
    since = (at.astimezone(referral.licence_academy.tz).date() - referral.licence_expected_on).days
    return next((days for days in DAYS_AFTER if since >= days), None)


def remind_of_licence(referral: Referral, *, at: datetime) -> None:
    """Ask what became of the awaited licence; a second call writes no second mail. It is stale when the next one is due."""
    mark = licence_mark(referral, at=at)
    _post(
        referral,
        key=_licence_key(referral, at=at),
        template=AWAITED,
        known=facts.about(referral) | {"days": mark},
        at=at,
        not_after=at + timedelta(days=DAYS_AFTER[0] - DAYS_AFTER[1]),
    )


def _licence_key(referral: Referral, *, at: datetime) -> str:
    """One reminder for each mark of each expected day: who is given another day is reminded of that one anew."""
    return f"reminder:licence:{referral.pk}:{referral.licence_expected_on}:{licence_mark(referral, at=at)}"


def _post(referral: Referral, *, key: str, template: str, known: dict[str, Any], at: datetime, not_after: datetime) -> None:
    words = compose(template, known, language=Language(referral.student.language))
    with transaction.atomic():
        outbox.post(
            [
                Message(
                    key=key,
                    template=template,
                    referral=referral,
                    audience=Audience.STUDENT,
                    to=referral.student.email,
                    subject=words.subject,
                    text=words.text,
                    html=words.html,
                    language=words.language,
                    created_at=at,
                    next_attempt_at=at,
                    not_after=not_after,
                )
            ]
        )
