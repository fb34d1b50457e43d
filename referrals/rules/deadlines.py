"""When a time limit ends. Pure: dates in, instant out; the calendar is an argument."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True)
class End:
    """The end of a limit.

    last_day: last calendar day on which the act is in time, in the académie's own calendar.
    ends_at: first instant that is too late (UTC).
    skipped: days the limit rolled over, in order, each with its reason.
    """

    last_day: date
    ends_at: datetime
    skipped: tuple[tuple[date, str], ...]


def end_of_limit(*, start: date, days: int, franc: bool, zone: ZoneInfo, closed: Callable[[date], str | None]) -> End:
    """Return when a limit of ``days`` days that starts with the event of ``start`` ends.

    The day of the event does not count; with a *délai franc* the last day does not count either;
    a limit that would end on a day for which ``closed`` gives a reason runs to the end of the next open one.
    Oracle: Conseil d’État, 13 May 2015, n° 368892.
    """
    day = start + timedelta(days=days + franc)
    skipped = []
    while reason := closed(day):
        skipped.append((day, reason))
        day += timedelta(days=1)
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return End(last_day=day, ends_at=midnight.astimezone(UTC), skipped=tuple(skipped))


def start_of_filing_limit(*, licence: date | None, last_refusal: date | None, opening: date) -> date:
    """Return the event that starts the filing limit: the latest of the licence, the last refusal and the opening.

    A licence still to come and refusals not yet known start nothing: the limit can only move later with them.
    """
    return max(day for day in (licence, last_refusal, opening) if day)


def months_later(day: date, months: int) -> date:
    """Return the same day ``months`` later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


IMPLIED_REFUSAL_MONTHS = 4
"""Décret 2023-179: off the platform, four months of silence refuse an application. Where earlier texts say less, the later date."""


def implied_refusal_on(*, applied_on: date, months: int = IMPLIED_REFUSAL_MONTHS) -> date:
    """Return the day on which an application that nobody answered for ``months`` months counts as refused."""
    return months_later(applied_on, months)


def end_of_working_days(*, start: date, days: int, zone: ZoneInfo, closed: Callable[[date], str | None]) -> datetime:
    """Return the end (UTC, first instant that is too late) of the ``days``-th working day after ``start``, which does not count."""
    day = start
    for _ in range(days):
        day += timedelta(days=1)
        while closed(day):
            day += timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
