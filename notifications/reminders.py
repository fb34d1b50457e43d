"""Reminders: seven days before the end of a limit, two days before, and on its last day, in the daytime of the académie."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from referrals.models import Limit, LimitKind
from referrals.procedure.filing import missing_to_file
from referrals.rules.states import State

from . import facts, outbox
from .models import Audience, Message
from .writing import compose

DAYS_BEFORE = (0, 2, 7)
FROM_HOUR, TO_HOUR = 8, 20
"""Local hours between which somebody is written to; the second one excluded."""
TEMPLATES = {
    LimitKind.ANSWER: "reminder_answer",
    LimitKind.SUPPLY: "reminder_supply",
    LimitKind.FILING: "reminder_filing",
}


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
        if is_daytime(limit, at=at) and mark(limit, at=at) is not None
    }
    written = set(Message.objects.filter(key__in=due).values_list("key", flat=True))
    return [limit for key, limit in due.items() if key not in written]


def is_daytime(limit: Limit, *, at: datetime) -> bool:
    return FROM_HOUR <= at.astimezone(ZoneInfo(limit.zone)).hour < TO_HOUR


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
    offers = facts.offers_under(limit) if limit.kind == LimitKind.ANSWER else []
    if limit.kind == LimitKind.ANSWER and not offers:
        return  # every offer under this limit has its answer
    zone = ZoneInfo(limit.zone)
    known = facts.about(limit.referral) | {
        "limit": limit,
        "offers": offers,
        "days": days_left(limit, at=at),
        "missing": missing_to_file(limit.referral) if limit.kind == LimitKind.FILING else [],
    }
    words = compose(TEMPLATES[LimitKind(limit.kind)], known)
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    with transaction.atomic():
        outbox.post(
            [
                Message(
                    key=_key(limit, at=at),
                    template=TEMPLATES[LimitKind(limit.kind)],
                    referral=limit.referral,
                    audience=Audience.STUDENT,
                    to=limit.referral.student.email,
                    subject=words.subject,
                    text=words.text,
                    html=words.html,
                    created_at=at,
                    next_attempt_at=at,
                    not_after=datetime.combine(tomorrow, time(), zone),
                )
            ]
        )


def _key(limit: Limit, *, at: datetime) -> str:
    return f"reminder:{limit.pk}:{mark(limit, at=at)}"
