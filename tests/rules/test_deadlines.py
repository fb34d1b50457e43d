"""When limits end: one line for each case, counted leaf by leaf on a calendar, readable by a lawyer; then what holds of all."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, count
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.rules.calendars import closed_in, legal_days
from referrals.rules.deadlines import End, end_of_limit, implied_refusal_on, months_later, start_of_filing_limit

ACADEMIES_CSV = Path(__file__).parents[2] / "vacancies/data/academies.csv"


class Place(NamedTuple):
    zone: ZoneInfo
    calendar: str


with ACADEMIES_CSV.open(encoding="utf-8") as rows:
    ACADEMIES = {row["name"]: Place(ZoneInfo(row["zone"]), row["calendar"]) for row in csv.DictReader(rows)}

PLAIN, FRANC = False, True

CASES = [
    # event, days, franc or not, académie, last day, first instant that is too late (UTC), why
    # The oracle, and the first campaign
    ("2012-03-01", 15, FRANC, "Paris", "Mon 2012-03-19", "2012-03-19T23:00", "Conseil d’État, 13 mai 2015, n° 368892: a Saturday"),
    ("2018-06-28", 15, PLAIN, "Paris", "Fri 2018-07-13", "2018-07-13T22:00", "an ordinary Friday"),
    ("2018-06-29", 15, PLAIN, "Paris", "Mon 2018-07-16", "2018-07-16T22:00", "14 July on a Saturday, then a Sunday"),
    ("2018-06-29", 15, FRANC, "Paris", "Mon 2018-07-16", "2018-07-16T22:00", "franc: from the 14th to Sunday the 15th"),
    ("2018-06-30", 15, PLAIN, "Paris", "Mon 2018-07-16", "2018-07-16T22:00", "Sunday 15 July"),
    ("2018-06-30", 15, FRANC, "Paris", "Mon 2018-07-16", "2018-07-16T22:00", "franc leads to a Monday"),
    ("2018-07-02", 15, PLAIN, "Paris", "Tue 2018-07-17", "2018-07-17T22:00", "the event of a Monday, an ordinary Tuesday"),
    ("2018-07-02", 15, FRANC, "Paris", "Wed 2018-07-18", "2018-07-18T22:00", "franc adds one day"),
    ("2018-07-05", 8, PLAIN, "Paris", "Fri 2018-07-13", "2018-07-13T22:00", "the eve of 14 July"),
    ("2018-07-05", 8, FRANC, "Paris", "Mon 2018-07-16", "2018-07-16T22:00", "franc: Saturday 14 July, then Sunday"),
    ("2018-07-06", 8, PLAIN, "Paris", "Mon 2018-07-16", "2018-07-16T22:00", "Saturday 14 July, then Sunday"),
    # 14 July on each day of the week
    ("2019-07-06", 8, PLAIN, "Lyon", "Mon 2019-07-15", "2019-07-15T22:00", "14 July on a Sunday"),
    ("2025-06-29", 15, PLAIN, "Lyon", "Tue 2025-07-15", "2025-07-15T22:00", "14 July on a Monday"),
    ("2026-06-29", 15, PLAIN, "Lyon", "Wed 2026-07-15", "2026-07-15T22:00", "14 July on a Tuesday"),
    ("2021-06-29", 15, PLAIN, "Lyon", "Thu 2021-07-15", "2021-07-15T22:00", "14 July on a Wednesday"),
    ("2022-06-29", 15, PLAIN, "Lyon", "Fri 2022-07-15", "2022-07-15T22:00", "14 July on a Thursday: the « pont » works"),
    ("2023-06-29", 15, PLAIN, "Lyon", "Mon 2023-07-17", "2023-07-17T22:00", "14 July on a Friday: three closed days"),
    ("2023-06-29", 15, FRANC, "Lyon", "Mon 2023-07-17", "2023-07-17T22:00", "franc: Saturday 15 July, then Sunday"),
    ("2026-06-28", 15, FRANC, "Lyon", "Wed 2026-07-15", "2026-07-15T22:00", "franc leads to 14 July"),
    # 15 August
    ("2026-07-30", 15, PLAIN, "Paris", "Fri 2026-08-14", "2026-08-14T22:00", "the eve of 15 August, a Friday"),
    ("2026-07-31", 15, PLAIN, "Paris", "Mon 2026-08-17", "2026-08-17T22:00", "15 August on a Saturday, then a Sunday"),
    ("2025-07-31", 15, PLAIN, "Paris", "Mon 2025-08-18", "2025-08-18T22:00", "15 August on a Friday: three closed days"),
    ("2022-07-31", 15, PLAIN, "Paris", "Tue 2022-08-16", "2022-08-16T22:00", "15 August on a Monday"),
    ("2022-07-29", 15, PLAIN, "Paris", "Tue 2022-08-16", "2022-08-16T22:00", "Saturday, Sunday, Monday 15 August"),
    ("2021-08-07", 8, PLAIN, "Paris", "Mon 2021-08-16", "2021-08-16T22:00", "15 August on a Sunday"),
    # 1 and 11 November
    ("2026-10-17", 15, PLAIN, "Paris", "Mon 2026-11-02", "2026-11-02T23:00", "1 November on a Sunday"),
    ("2025-10-17", 15, PLAIN, "Paris", "Mon 2025-11-03", "2025-11-03T23:00", "1 November on a Saturday, then a Sunday"),
    ("2024-10-17", 15, PLAIN, "Paris", "Mon 2024-11-04", "2024-11-04T23:00", "1 November on a Friday: three closed days"),
    ("2021-10-15", 15, PLAIN, "Paris", "Tue 2021-11-02", "2021-11-02T23:00", "Saturday, Sunday, Monday 1 November"),
    ("2026-10-27", 15, PLAIN, "Paris", "Thu 2026-11-12", "2026-11-12T23:00", "11 November on a Wednesday"),
    ("2024-11-03", 8, PLAIN, "Paris", "Tue 2024-11-12", "2024-11-12T23:00", "11 November on a Monday"),
    ("2019-11-01", 8, PLAIN, "Paris", "Tue 2019-11-12", "2019-11-12T23:00", "Saturday, Sunday, Monday 11 November"),
    ("2022-10-27", 15, PLAIN, "Paris", "Mon 2022-11-14", "2022-11-14T23:00", "11 November on a Friday"),
    ("2023-11-02", 8, FRANC, "Paris", "Mon 2023-11-13", "2023-11-13T23:00", "franc: Saturday 11 November, then Sunday"),
    # Christmas and the year’s end
    ("2020-12-10", 15, PLAIN, "Paris", "Mon 2020-12-28", "2020-12-28T23:00", "Christmas on a Friday: three closed days"),
    ("2025-12-10", 15, PLAIN, "Paris", "Fri 2025-12-26", "2025-12-26T23:00", "Christmas on a Thursday; the 26th works"),
    ("2025-12-10", 15, PLAIN, "Strasbourg", "Mon 2025-12-29", "2025-12-29T23:00", "Christmas, 26 December, Saturday, Sunday"),
    ("2025-12-11", 15, PLAIN, "Paris", "Fri 2025-12-26", "2025-12-26T23:00", "26 December works in most of France"),
    ("2025-12-11", 15, PLAIN, "Strasbourg", "Mon 2025-12-29", "2025-12-29T23:00", "26 December, Saturday, Sunday"),
    ("2025-12-11", 15, PLAIN, "Nancy-Metz", "Mon 2025-12-29", "2025-12-29T23:00", "as in Strasbourg, for its Moselle"),
    ("2026-12-11", 15, PLAIN, "Paris", "Mon 2026-12-28", "2026-12-28T23:00", "26 December is a Saturday"),
    ("2022-12-09", 15, PLAIN, "Paris", "Mon 2022-12-26", "2022-12-26T23:00", "Saturday, Sunday of Christmas"),
    ("2022-12-09", 15, PLAIN, "Strasbourg", "Tue 2022-12-27", "2022-12-27T23:00", "Saturday, Sunday of Christmas, 26 December"),
    ("2026-12-17", 15, PLAIN, "Paris", "Mon 2027-01-04", "2027-01-04T23:00", "1 January on a Friday: over the year’s end"),
    ("2027-12-17", 15, PLAIN, "Paris", "Mon 2028-01-03", "2028-01-03T23:00", "1 January on a Saturday"),
    ("2022-12-24", 8, PLAIN, "Paris", "Mon 2023-01-02", "2023-01-02T23:00", "1 January on a Sunday"),
    ("2023-12-24", 8, PLAIN, "Paris", "Tue 2024-01-02", "2024-01-02T23:00", "1 January on a Monday"),
    ("2024-12-16", 15, FRANC, "Paris", "Thu 2025-01-02", "2025-01-02T23:00", "franc leads to 1 January"),
    # Good Friday and Easter Monday
    ("2026-03-19", 15, PLAIN, "Paris", "Fri 2026-04-03", "2026-04-03T22:00", "Good Friday works in most of France"),
    ("2026-03-19", 15, PLAIN, "Reims", "Fri 2026-04-03", "2026-04-03T22:00", "and elsewhere in the region of Strasbourg"),
    ("2026-03-19", 15, PLAIN, "Strasbourg", "Tue 2026-04-07", "2026-04-07T22:00", "Good Friday, Saturday, Sunday, Easter Monday"),
    ("2026-03-19", 15, PLAIN, "Nancy-Metz", "Tue 2026-04-07", "2026-04-07T22:00", "as in Strasbourg, for its Moselle"),
    ("2026-03-18", 15, FRANC, "Nancy-Metz", "Tue 2026-04-07", "2026-04-07T22:00", "franc leads to Good Friday"),
    ("2026-03-18", 15, PLAIN, "Strasbourg", "Thu 2026-04-02", "2026-04-02T22:00", "the eve of Good Friday"),
    ("2024-03-14", 15, PLAIN, "Strasbourg", "Tue 2024-04-02", "2024-04-02T22:00", "Good Friday; the clocks change on Easter Day"),
    ("2024-03-14", 15, PLAIN, "Paris", "Fri 2024-03-29", "2024-03-29T23:00", "winter time still: 24:00 is 23:00 UTC"),
    ("2018-03-18", 15, PLAIN, "Paris", "Tue 2018-04-03", "2018-04-03T22:00", "Easter Monday"),
    ("2025-04-06", 15, PLAIN, "Paris", "Tue 2025-04-22", "2025-04-22T22:00", "Easter Monday"),
    ("2026-03-27", 8, PLAIN, "Paris", "Tue 2026-04-07", "2026-04-07T22:00", "Saturday, Easter Sunday, Easter Monday"),
    # May
    ("2026-04-16", 15, PLAIN, "Paris", "Mon 2026-05-04", "2026-05-04T22:00", "1 May on a Friday: three closed days"),
    ("2026-04-15", 15, FRANC, "Paris", "Mon 2026-05-04", "2026-05-04T22:00", "franc leads to 1 May"),
    ("2026-04-30", 8, PLAIN, "Paris", "Mon 2026-05-11", "2026-05-11T22:00", "8 May on a Friday: three closed days"),
    ("2026-04-29", 15, PLAIN, "Paris", "Fri 2026-05-15", "2026-05-15T22:00", "Ascension, a Thursday"),
    ("2026-04-30", 15, PLAIN, "Paris", "Fri 2026-05-15", "2026-05-15T22:00", "the « pont » of the Ascension works"),
    ("2026-05-01", 15, PLAIN, "Paris", "Mon 2026-05-18", "2026-05-18T22:00", "Saturday and Sunday after the Ascension"),
    ("2024-04-23", 15, PLAIN, "Paris", "Fri 2024-05-10", "2024-05-10T22:00", "8 May, then Ascension"),
    ("2018-04-30", 8, PLAIN, "Paris", "Wed 2018-05-09", "2018-05-09T22:00", "8 May on a Tuesday"),
    ("2018-04-30", 8, FRANC, "Paris", "Wed 2018-05-09", "2018-05-09T22:00", "franc leads to the day after 8 May"),
    ("2018-05-02", 8, PLAIN, "Paris", "Fri 2018-05-11", "2018-05-11T22:00", "Ascension"),
    ("2026-05-10", 15, PLAIN, "Paris", "Tue 2026-05-26", "2026-05-26T22:00", "Whit Monday"),
    ("2026-05-08", 15, PLAIN, "Paris", "Tue 2026-05-26", "2026-05-26T22:00", "Saturday, Whit Sunday, Whit Monday"),
    ("2021-05-16", 8, PLAIN, "Paris", "Tue 2021-05-25", "2021-05-25T22:00", "Whit Monday"),
    ("2026-05-09", 15, FRANC, "Corse", "Tue 2026-05-26", "2026-05-26T22:00", "franc leads to Whit Monday"),
    # 29 February
    ("2020-02-14", 15, PLAIN, "Paris", "Mon 2020-03-02", "2020-03-02T23:00", "29 February on a Saturday, then a Sunday"),
    ("2024-02-14", 15, PLAIN, "Paris", "Thu 2024-02-29", "2024-02-29T23:00", "29 February, a Thursday"),
    ("2024-02-13", 15, FRANC, "Paris", "Thu 2024-02-29", "2024-02-29T23:00", "franc leads to 29 February"),
    ("2028-02-21", 8, PLAIN, "Paris", "Tue 2028-02-29", "2028-02-29T23:00", "29 February, a Tuesday"),
    ("2026-02-14", 15, PLAIN, "Paris", "Mon 2026-03-02", "2026-03-02T23:00", "no 29 February: Sunday 1 March"),
    ("2024-02-29", 15, PLAIN, "Paris", "Fri 2024-03-15", "2024-03-15T23:00", "the event of 29 February"),
    ("2000-02-14", 15, PLAIN, "Paris", "Tue 2000-02-29", "2000-02-29T23:00", "2000 had a 29 February"),
    ("2100-02-14", 15, PLAIN, "Paris", "Mon 2100-03-01", "2100-03-01T23:00", "2100 will have none"),
    # The clocks change in France, on a Sunday at night; nowhere overseas
    ("2026-03-14", 15, PLAIN, "Paris", "Mon 2026-03-30", "2026-03-30T22:00", "Sunday 29 March, forward: 24:00 is 22:00 UTC"),
    ("2026-03-12", 15, PLAIN, "Paris", "Fri 2026-03-27", "2026-03-27T23:00", "the Friday before: 24:00 is 23:00 UTC"),
    ("2026-03-14", 15, PLAIN, "La Réunion", "Mon 2026-03-30", "2026-03-30T20:00", "the same Sunday without a change"),
    ("2026-10-10", 15, PLAIN, "Paris", "Mon 2026-10-26", "2026-10-26T23:00", "Sunday 25 October, back: 24:00 is 23:00 UTC"),
    ("2026-10-09", 15, PLAIN, "Paris", "Mon 2026-10-26", "2026-10-26T23:00", "Saturday 24, then the Sunday of the change"),
    ("2026-10-08", 15, PLAIN, "Paris", "Fri 2026-10-23", "2026-10-23T22:00", "the Friday before: 24:00 is 22:00 UTC"),
    ("2026-10-10", 15, PLAIN, "Mayotte", "Mon 2026-10-26", "2026-10-26T21:00", "the same Sunday without a change"),
    ("2018-03-17", 8, PLAIN, "Rennes", "Mon 2018-03-26", "2018-03-26T22:00", "Sunday 25 March 2018, forward"),
    ("2018-10-20", 8, PLAIN, "Rennes", "Mon 2018-10-29", "2018-10-29T23:00", "Sunday 28 October 2018, back"),
    # La Réunion (UTC+4): 20 December
    ("2026-07-06", 15, PLAIN, "La Réunion", "Tue 2026-07-21", "2026-07-21T20:00", "24:00 is 20:00 UTC"),
    ("2026-07-06", 15, FRANC, "La Réunion", "Wed 2026-07-22", "2026-07-22T20:00", "franc adds one day"),
    ("2025-12-04", 15, PLAIN, "La Réunion", "Fri 2025-12-19", "2025-12-19T20:00", "the eve of the abolition"),
    ("2025-12-05", 15, PLAIN, "La Réunion", "Mon 2025-12-22", "2025-12-22T20:00", "the abolition on a Saturday, then a Sunday"),
    ("2024-12-05", 15, PLAIN, "La Réunion", "Mon 2024-12-23", "2024-12-23T20:00", "the abolition on a Friday"),
    ("2024-12-05", 15, PLAIN, "Paris", "Fri 2024-12-20", "2024-12-20T23:00", "20 December works elsewhere"),
    # Mayotte (UTC+3): 27 April
    ("2026-07-06", 15, PLAIN, "Mayotte", "Tue 2026-07-21", "2026-07-21T21:00", "24:00 is 21:00 UTC"),
    ("2026-04-12", 15, PLAIN, "Mayotte", "Tue 2026-04-28", "2026-04-28T21:00", "the abolition on a Monday"),
    ("2029-04-12", 15, PLAIN, "Mayotte", "Mon 2029-04-30", "2029-04-30T21:00", "the abolition on a Friday"),
    ("2025-04-18", 8, PLAIN, "Mayotte", "Mon 2025-04-28", "2025-04-28T21:00", "Saturday, the abolition on a Sunday"),
    # Martinique (UTC−4): 22 May
    ("2026-07-06", 15, PLAIN, "Martinique", "Tue 2026-07-21", "2026-07-22T04:00", "21 July works: custom is not law"),
    ("2025-05-07", 15, PLAIN, "Martinique", "Fri 2025-05-23", "2025-05-24T04:00", "the abolition on a Thursday"),
    ("2026-05-07", 15, PLAIN, "Martinique", "Tue 2026-05-26", "2026-05-27T04:00", "the abolition, Saturday, Sunday, Whit Monday"),
    ("2026-05-06", 15, FRANC, "Martinique", "Tue 2026-05-26", "2026-05-27T04:00", "franc leads to the abolition"),
    # Guadeloupe (UTC−4): 27 May
    ("2026-07-06", 15, FRANC, "Guadeloupe", "Wed 2026-07-22", "2026-07-23T04:00", "24:00 is 04:00 UTC of the day after"),
    ("2026-05-12", 15, PLAIN, "Guadeloupe", "Thu 2026-05-28", "2026-05-29T04:00", "the abolition on a Wednesday"),
    ("2026-05-12", 15, FRANC, "Guadeloupe", "Thu 2026-05-28", "2026-05-29T04:00", "franc; 28 May closes Saint-Martin only"),
    ("2026-03-19", 15, PLAIN, "Guadeloupe", "Fri 2026-04-03", "2026-04-04T04:00", "Good Friday works: custom is not law"),
    # Guyane (UTC−3): 10 June
    ("2026-07-06", 8, PLAIN, "Guyane", "Wed 2026-07-15", "2026-07-16T03:00", "14 July; 24:00 is 03:00 UTC of the day after"),
    ("2026-05-26", 15, PLAIN, "Guyane", "Thu 2026-06-11", "2026-06-12T03:00", "the abolition on a Wednesday"),
    ("2022-06-02", 8, PLAIN, "Guyane", "Mon 2022-06-13", "2022-06-14T03:00", "the abolition on a Friday"),
    ("2019-05-26", 15, PLAIN, "Guyane", "Tue 2019-06-11", "2019-06-12T03:00", "the abolition on Whit Monday: one day, once"),
    # Nouvelle-Calédonie (UTC+11): 24 September
    ("2026-07-06", 15, PLAIN, "Nouvelle-Calédonie", "Tue 2026-07-21", "2026-07-21T13:00", "24:00 is 13:00 UTC"),
    ("2026-09-09", 15, PLAIN, "Nouvelle-Calédonie", "Fri 2026-09-25", "2026-09-25T13:00", "the citizenship, on a Thursday"),
    ("2021-09-09", 15, PLAIN, "Nouvelle-Calédonie", "Mon 2021-09-27", "2021-09-27T13:00", "the citizenship, on a Friday"),
    ("2026-03-19", 15, PLAIN, "Nouvelle-Calédonie", "Fri 2026-04-03", "2026-04-03T13:00", "Good Friday works"),
    ("2026-12-17", 15, PLAIN, "Nouvelle-Calédonie", "Mon 2027-01-04", "2027-01-04T13:00", "1 January on a Friday"),
    # Polynésie française (UTC−10): 5 March, Good Friday, 29 June until 2025, 20 November since
    ("2026-07-06", 15, PLAIN, "Polynésie française", "Tue 2026-07-21", "2026-07-22T10:00", "24:00 is 10:00 UTC the day after"),
    ("2026-02-18", 15, PLAIN, "Polynésie française", "Fri 2026-03-06", "2026-03-07T10:00", "arrival of the Gospel, a Thursday"),
    ("2021-02-25", 8, PLAIN, "Polynésie française", "Mon 2021-03-08", "2021-03-09T10:00", "arrival of the Gospel, a Friday"),
    ("2026-03-19", 15, PLAIN, "Polynésie française", "Tue 2026-04-07", "2026-04-08T10:00", "Good Friday to Easter Monday"),
    ("2020-06-14", 15, PLAIN, "Polynésie française", "Tue 2020-06-30", "2020-07-01T10:00", "the autonomy, a Monday"),
    ("2024-06-14", 15, PLAIN, "Polynésie française", "Mon 2024-07-01", "2024-07-02T10:00", "the autonomy on a Saturday"),
    ("2025-06-14", 15, PLAIN, "Polynésie française", "Mon 2025-06-30", "2025-07-01T10:00", "the last autonomy, a Sunday"),
    ("2026-06-14", 15, PLAIN, "Polynésie française", "Mon 2026-06-29", "2026-06-30T10:00", "29 June works again"),
    ("2024-11-05", 15, PLAIN, "Polynésie française", "Wed 2024-11-20", "2024-11-21T10:00", "20 November works before Matari’i"),
    ("2025-11-05", 15, PLAIN, "Polynésie française", "Fri 2025-11-21", "2025-11-22T10:00", "Matari’i in 2025: in doubt, closed"),
    ("2026-11-05", 15, PLAIN, "Polynésie française", "Mon 2026-11-23", "2026-11-24T10:00", "Matari’i on a Friday"),
    ("2026-11-04", 15, FRANC, "Polynésie française", "Mon 2026-11-23", "2026-11-24T10:00", "franc leads to Matari’i"),
]


def end(start: date, *, days: int, franc: bool, place: Place) -> End:
    return end_of_limit(start=start, days=days, franc=franc, zone=place.zone, closed=closed_in(place.calendar))


@pytest.mark.parametrize(("event", "days", "franc", "academy", "last_day", "ends_at", "why"), CASES)
def test_limits_worked_out_by_hand(event, days, franc, academy, last_day, ends_at, why):
    ended = end(date.fromisoformat(event), days=days, franc=franc, place=ACADEMIES[academy])
    assert (f"{ended.last_day:%a %Y-%m-%d}", f"{ended.ends_at:%Y-%m-%dT%H:%M}") == (last_day, ends_at), why


def test_no_case_is_written_twice():
    assert len({case[:4] for case in CASES}) == len(CASES)


def test_every_territory_has_its_cases():
    assert {ACADEMIES[case[3]] for case in CASES} == set(ACADEMIES.values())


@pytest.mark.parametrize(
    ("event", "franc", "academy", "skipped"),
    [
        ("2018-06-28", PLAIN, "Paris", []),
        ("2018-06-29", PLAIN, "Paris", [("2018-07-14", "fête nationale"), ("2018-07-15", "dimanche")]),
        ("2018-06-29", FRANC, "Paris", [("2018-07-15", "dimanche")]),
        (
            "2026-05-07",
            PLAIN,
            "Martinique",
            [
                ("2026-05-22", "abolition de l’esclavage"),
                ("2026-05-23", "samedi"),
                ("2026-05-24", "dimanche"),
                ("2026-05-25", "lundi de Pentecôte"),
            ],
        ),
        (
            "2026-03-19",
            PLAIN,
            "Nancy-Metz",
            [
                ("2026-04-03", "Vendredi saint (droit local)"),
                ("2026-04-04", "samedi"),
                ("2026-04-05", "dimanche"),
                ("2026-04-06", "lundi de Pâques"),
            ],
        ),
    ],
)
def test_each_skipped_day_has_its_reason(event, franc, academy, skipped):
    ended = end(date.fromisoformat(event), days=15, franc=franc, place=ACADEMIES[academy])
    assert [(day.isoformat(), why) for day, why in ended.skipped] == skipped


starts = st.dates(date(2018, 1, 1), date(2030, 12, 31))
lengths = st.integers(0, 60)
places = st.sampled_from(sorted(set(ACADEMIES.values()), key=str))


@given(starts, lengths, st.booleans(), places)
def test_a_limit_never_ends_on_a_closed_day(start, days, franc, place):
    assert closed_in(place.calendar)(end(start, days=days, franc=franc, place=place).last_day) is None


@given(starts, lengths, st.booleans(), places)
def test_every_skipped_day_is_closed_and_none_is_left_out(start, days, franc, place):
    ended = end(start, days=days, franc=franc, place=place)
    first = start + timedelta(days=days + franc)
    skipped = [first + timedelta(days=n) for n in range((ended.last_day - first).days)]
    assert ended.skipped == tuple((day, closed_in(place.calendar)(day)) for day in skipped)


@given(starts, st.integers(0, 400), lengths, st.booleans(), places)
def test_a_later_event_never_gives_an_earlier_end(start, gap, days, franc, place):
    later = end(start + timedelta(days=gap), days=days, franc=franc, place=place)
    assert later.ends_at >= end(start, days=days, franc=franc, place=place).ends_at


@given(starts, lengths, places)
def test_franc_never_ends_earlier(start, days, place):
    franc, plain = (end(start, days=days, franc=franc, place=place) for franc in (True, False))
    assert franc.ends_at >= plain.ends_at


@given(starts, lengths, places)
def test_franc_is_one_day_more(start, days, place):
    franc = end(start, days=days, franc=True, place=place)
    longer = end(start, days=days + 1, franc=False, place=place)
    assert franc == longer


@given(starts, lengths, st.booleans(), places)
def test_the_same_calendar_further_west_never_ends_earlier(start, days, franc, place):
    zones = {zone for zone, _ in ACADEMIES.values()}
    ends = {zone: end(start, days=days, franc=franc, place=Place(zone, place.calendar)) for zone in zones}
    from_the_east = sorted(zones, key=lambda zone: ends[zone].ends_at.astimezone(zone).utcoffset(), reverse=True)
    assert len(from_the_east) == 8
    for east, west in combinations(from_the_east, 2):
        assert ends[west].last_day == ends[east].last_day
        assert ends[west].ends_at >= ends[east].ends_at, f"{west} before {east}"


def by_leaves_and_clock(start: date, *, days: int, franc: bool, place: Place) -> tuple[date, datetime]:
    """Tear off one leaf of the calendar for each day, then watch the clock by quarters of an hour until the last day is over."""
    leaves = (start + timedelta(days=n) for n in count())
    leaf = next(leaves)
    for _ in range(days):
        leaf = next(leaves)
    if franc:
        leaf = next(leaves)
    while leaf.isoweekday() in (6, 7) or leaf in legal_days(place.calendar, leaf.year):
        leaf = next(leaves)
    tick = datetime.combine(leaf, time(), UTC)
    while tick.astimezone(place.zone).date() <= leaf:
        tick += timedelta(minutes=15)
    return leaf, tick


@given(starts, lengths, st.booleans(), places)
def test_counting_by_leaves_and_clock_gives_the_same_end(start, days, franc, place):
    ended = end(start, days=days, franc=franc, place=place)
    assert (ended.last_day, ended.ends_at) == by_leaves_and_clock(start, days=days, franc=franc, place=place)


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


def test_or_after_the_months_that_the_rules_of_a_campaign_say():
    assert implied_refusal_on(applied_on=date(2026, 3, 1), months=2) == date(2026, 5, 1)
    assert implied_refusal_on(applied_on=date(2025, 12, 31), months=2) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-01-31", 0, "2026-01-31"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-08-31", 4, "2026-12-31"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-01-15", 120, "2036-01-15"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(day, months, later):
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)
