"""When limits end: one line for each case, worked out by hand on a calendar, readable by a lawyer."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.rules.calendars import OF_A_CALENDAR, closed_in, easter, legal_days
from referrals.rules.deadlines import end_of_limit, implied_refusal_on, start_of_filing_limit

ZONES = {
    "metropole": "Europe/Paris",
    "alsace-moselle": "Europe/Paris",
    "la-reunion": "Indian/Reunion",
    "mayotte": "Indian/Mayotte",
    "martinique": "America/Martinique",
    "guadeloupe": "America/Guadeloupe",
    "guyane": "America/Cayenne",
    "nouvelle-caledonie": "Pacific/Noumea",
    "polynesie": "Pacific/Tahiti",
}

CASES = [
    # event, days, franc, calendar, last day, ends at (UTC), why
    (
        "2012-03-01",
        15,
        True,
        "metropole",
        "2012-03-19",
        "2012-03-19T23:00",
        "Conseil d’État, 13 mai 2015, n° 368892: the 17th is a Saturday",
    ),
    ("2018-06-28", 15, False, "metropole", "2018-07-13", "2018-07-13T22:00", "an ordinary Friday"),
    ("2018-06-29", 15, False, "metropole", "2018-07-16", "2018-07-16T22:00", "14 July is a Saturday and a holiday, then a Sunday"),
    ("2018-06-29", 15, True, "metropole", "2018-07-16", "2018-07-16T22:00", "franc: the 15th is a Sunday"),
    ("2018-07-02", 15, False, "metropole", "2018-07-17", "2018-07-17T22:00", "the event of a Monday ends on a Tuesday"),
    ("2018-07-02", 15, True, "metropole", "2018-07-18", "2018-07-18T22:00", "franc adds one day"),
    ("2026-07-06", 15, False, "la-reunion", "2026-07-21", "2026-07-21T20:00", "24:00 in La Réunion is 20:00 UTC"),
    ("2026-07-06", 15, True, "la-reunion", "2026-07-22", "2026-07-22T20:00", "franc"),
    ("2026-07-06", 15, False, "martinique", "2026-07-21", "2026-07-22T04:00", "24:00 in Martinique is 04:00 UTC the day after"),
    ("2026-07-06", 15, False, "nouvelle-caledonie", "2026-07-21", "2026-07-21T13:00", "UTC+11"),
    ("2026-07-06", 15, False, "polynesie", "2026-07-21", "2026-07-22T10:00", "UTC−10"),
    ("2026-07-30", 15, False, "metropole", "2026-08-14", "2026-08-14T22:00", "the eve of 15 August, a Friday"),
    ("2026-07-31", 15, False, "metropole", "2026-08-17", "2026-08-17T22:00", "15 August is a Saturday, then a Sunday"),
    (
        "2026-10-10",
        15,
        False,
        "metropole",
        "2026-10-26",
        "2026-10-26T23:00",
        "Sunday 25 October, the night the clocks go back: 24:00 is 23:00 UTC",
    ),
    ("2026-10-09", 15, False, "metropole", "2026-10-26", "2026-10-26T23:00", "Saturday 24, then the Sunday of the clock change"),
    ("2026-03-14", 15, False, "metropole", "2026-03-30", "2026-03-30T22:00", "Sunday 29 March, the night the clocks go forward"),
    ("2026-10-17", 15, False, "metropole", "2026-11-02", "2026-11-02T23:00", "1 November is a Sunday: the Monday after"),
    ("2026-10-27", 15, False, "metropole", "2026-11-12", "2026-11-12T23:00", "11 November is a Wednesday"),
    ("2026-12-11", 15, False, "metropole", "2026-12-28", "2026-12-28T23:00", "26 December is a Saturday"),
    ("2025-12-11", 15, False, "metropole", "2025-12-26", "2025-12-26T23:00", "26 December 2025, a Friday, works in most of France"),
    (
        "2025-12-11",
        15,
        False,
        "alsace-moselle",
        "2025-12-29",
        "2025-12-29T23:00",
        "26 December is closed in Alsace: Saturday, Sunday, Monday",
    ),
    ("2026-03-19", 15, False, "metropole", "2026-04-03", "2026-04-03T22:00", "Good Friday works in most of France"),
    ("2026-03-19", 15, False, "alsace-moselle", "2026-04-07", "2026-04-07T22:00", "Good Friday, weekend, Easter Monday"),
    ("2024-02-14", 15, False, "metropole", "2024-02-29", "2024-02-29T23:00", "29 February exists in 2024"),
    ("2026-02-14", 15, False, "metropole", "2026-03-02", "2026-03-02T23:00", "in 2026 it does not: Sunday 1 March"),
    ("2026-05-07", 15, False, "martinique", "2026-05-26", "2026-05-27T04:00", "22 May, abolition, then weekend and Whit Monday"),
    ("2026-05-12", 15, False, "guadeloupe", "2026-05-28", "2026-05-29T04:00", "27 May, abolition in Guadeloupe"),
    ("2026-05-26", 15, False, "guyane", "2026-06-11", "2026-06-12T03:00", "10 June, abolition in Guyane"),
    ("2025-12-04", 15, False, "la-reunion", "2025-12-19", "2025-12-19T20:00", "the eve of the abolition in La Réunion"),
    (
        "2025-12-05",
        15,
        False,
        "la-reunion",
        "2025-12-22",
        "2025-12-22T20:00",
        "20 December is a Saturday and the abolition, then a Sunday",
    ),
    ("2026-04-12", 15, False, "mayotte", "2026-04-28", "2026-04-28T21:00", "27 April, abolition in Mayotte; UTC+3"),
    (
        "2026-11-05",
        15,
        False,
        "polynesie",
        "2026-11-23",
        "2026-11-24T10:00",
        "20 November, Matari’i since 2025, a Friday: then the weekend",
    ),
    (
        "2024-06-14",
        15,
        False,
        "polynesie",
        "2024-07-01",
        "2024-07-02T10:00",
        "29 June 2024, a Saturday and the autonomy, then a Sunday",
    ),
    ("2026-12-17", 15, False, "metropole", "2027-01-04", "2027-01-04T23:00", "1 January is a Friday: over the year’s end"),
]


@pytest.mark.parametrize(("event", "days", "franc", "calendar", "last_day", "ends_at", "why"), CASES)
def test_limits_worked_out_by_hand(event, days, franc, calendar, last_day, ends_at, why):
    end = end_of_limit(
        start=date.fromisoformat(event), days=days, franc=franc, zone=ZoneInfo(ZONES[calendar]), closed=closed_in(calendar)
    )
    assert (end.last_day, end.ends_at) == (date.fromisoformat(last_day), datetime.fromisoformat(ends_at).replace(tzinfo=UTC)), why


def test_each_skipped_day_has_its_reason():
    end = end_of_limit(start=date(2018, 6, 29), days=15, franc=False, zone=ZoneInfo("Europe/Paris"), closed=closed_in("metropole"))
    assert end.skipped == ((date(2018, 7, 14), "fête nationale"), (date(2018, 7, 15), "dimanche"))


days_of_the_procedure = st.dates(date(2018, 1, 1), date(2030, 12, 31))
calendars = st.sampled_from(sorted(OF_A_CALENDAR))


def end(start, *, days=15, franc=False, calendar="metropole", zone=None):
    return end_of_limit(start=start, days=days, franc=franc, zone=ZoneInfo(zone or ZONES[calendar]), closed=closed_in(calendar))


@given(days_of_the_procedure, st.integers(1, 60), st.booleans(), calendars)
def test_a_limit_never_ends_on_a_closed_day(start, days, franc, calendar):
    assert closed_in(calendar)(end(start, days=days, franc=franc, calendar=calendar).last_day) is None


@given(days_of_the_procedure, st.integers(1, 400), calendars)
def test_a_later_event_never_gives_an_earlier_end(start, gap, calendar):
    assert end(start + timedelta(days=gap), calendar=calendar).ends_at >= end(start, calendar=calendar).ends_at


@given(days_of_the_procedure)
def test_further_west_never_ends_earlier(start):
    east, west = (end(start, zone=zone).ends_at for zone in ("Indian/Reunion", "America/Martinique"))
    assert west >= east


@given(days_of_the_procedure, st.integers(1, 60), st.booleans(), calendars)
def test_counting_day_by_day_gives_the_same_end(start, days, franc, calendar):
    closed, day = closed_in(calendar), start
    for _ in range(days + (1 if franc else 0)):
        day += timedelta(days=1)
    while closed(day) is not None:
        day += timedelta(days=1)
    assert end(start, days=days, franc=franc, calendar=calendar).last_day == day


@pytest.mark.parametrize("year", range(2018, 2031))
def test_legal_days_of_the_metropole_are_those_of_the_holidays_package(year):
    assert set(legal_days("metropole", year)) == set(holidays.France(years=year))


@pytest.mark.parametrize("year", range(2018, 2031))
def test_legal_days_of_alsace_are_those_of_the_holidays_package(year):
    assert set(legal_days("alsace-moselle", year)) == set(holidays.France(subdiv="6AE", years=year))


def test_easter_of_years_that_anybody_can_look_up():
    assert [easter(year) for year in (2018, 2019, 2024, 2025, 2026)] == [
        date(2018, 4, 1),
        date(2019, 4, 21),
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
    ]


def test_the_filing_limit_starts_with_the_latest_event():
    opening = date(2026, 6, 15)
    assert start_of_filing_limit(licence=date(2026, 6, 20), last_refusal=date(2026, 6, 10), opening=opening) == date(2026, 6, 20)
    assert start_of_filing_limit(licence=date(2026, 6, 1), last_refusal=date(2026, 7, 1), opening=opening) == date(2026, 7, 1)
    assert start_of_filing_limit(licence=date(2025, 6, 1), last_refusal=None, opening=opening) == opening


@pytest.mark.parametrize(
    ("applied_on", "refused_on"),
    [("2026-03-01", "2026-07-01"), ("2026-02-28", "2026-06-28"), ("2025-10-31", "2026-02-28"), ("2023-10-31", "2024-02-29")],
)
def test_an_application_nobody_answered_counts_as_refused_after_four_months(applied_on, refused_on):
    assert implied_refusal_on(applied_on=date.fromisoformat(applied_on)) == date.fromisoformat(refused_on)
