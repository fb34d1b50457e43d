"""Who holds a file, and when its next step is due. Pure.

Every file that is followed has both: what the office owes by a day of its own, what the law gives a limit, what an institution was
given a seat for. The nearest of them is the file's next date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .states import FOLLOWED, State


class Holder(StrEnum):
    """Who has to act."""

    STUDENT = "student"
    OFFICE = "office"
    INSTITUTION = "institution"
    NOBODY = ""


class Due(StrEnum):
    """What is due on a file's next date."""

    ANSWER = "answer"
    SUPPLY = "supply"
    SEAT = "seat"
    LICENCE = "licence"
    ENROLMENT = "enrolment"
    OFFICE = "office"
    NOTHING = ""


OFFICE_OWES: dict[State, str] = {
    State.FILED: "examination_days",
    State.ADMISSIBLE: "search_days",
    State.COMMISSION: "search_days",
    State.EXHAUSTED: "examination_days",
    State.NOT_ENROLLED: "examination_days",
}
"""Where the office itself owes the next step → the rule that says within how many days."""

HELD_BY: dict[State, Holder] = {
    State.AWAITING_LICENCE: Holder.STUDENT,
    State.FILED: Holder.OFFICE,
    State.INCOMPLETE: Holder.STUDENT,
    State.ADMISSIBLE: Holder.OFFICE,
    State.OFFERED: Holder.STUDENT,
    State.EXHAUSTED: Holder.OFFICE,
    State.COMMISSION: Holder.OFFICE,
    State.ACCEPTED: Holder.INSTITUTION,
    State.NOT_ENROLLED: Holder.OFFICE,
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a file stands.

    due_on: the day the office has set, in the académie's zone. limits: the ends of those that run, each with its kind, « answer »
    or « supply ». held_until: of the seats whose institutions are being asked. agreed: one of them has agreed, and the offer is to
    be sent. licence_failed: she said that the jury failed her. prepared: a decision waits for a signature.
    """

    state: State
    zone: ZoneInfo
    due_on: date | None = None
    licence_expected_on: date | None = None
    licence_failed: bool = False
    prepared: bool = False
    limits: Sequence[tuple[str, datetime]] = ()
    held_until: Sequence[datetime] = ()
    agreed: bool = False


class Next(NamedTuple):
    """at: the first instant that is too late; None where nothing is due."""

    holder: Holder
    at: datetime | None
    what: Due


NOTHING_DUE = Next(Holder.NOBODY, None, Due.NOTHING)


def next_step(standing: Standing) -> Next:
    """Return who holds the file, and its next date."""
    if standing.state not in FOLLOWED:
        return NOTHING_DUE
    at, what = min(_dates(standing), default=(None, Due.NOTHING))
    return Next(_holder(standing), at, what)


def _holder(standing: Standing) -> Holder:
    if standing.agreed or standing.prepared or standing.licence_failed:
        return Holder.OFFICE
    asked = standing.held_until and HELD_BY[standing.state] == Holder.OFFICE
    return Holder.INSTITUTION if asked else HELD_BY[standing.state]


def _dates(standing: Standing) -> list[tuple[datetime, Due]]:
    dates = [(ends_at, Due(kind)) for kind, ends_at in standing.limits if kind in (Due.ANSWER, Due.SUPPLY)]
    dates += [(until, Due.SEAT) for until in standing.held_until]
    if standing.due_on:
        owed = Due.ENROLMENT if standing.state == State.ACCEPTED else Due.OFFICE
        dates.append((_day_over(standing.due_on, standing.zone), owed))
    if standing.state == State.AWAITING_LICENCE and standing.licence_expected_on:
        dates.append((_day_over(standing.licence_expected_on, standing.zone), Due.LICENCE))
    return dates


def _day_over(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant after ``day`` in ``zone``; the clock may change that night, and midnight is midnight."""
    return datetime.combine(day + timedelta(days=1), time(), zone)
