"""The legal days of each territory, against three published packages; every difference is listed here and explained."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import holidays
import pytest
from dateutil.easter import easter as dateutil_easter
from jours_feries_france import JoursFeries
from workalendar.europe.france import France, FranceAlsaceMoselle

from referrals.rules.calendars import OF_A_CALENDAR, closed_in, easter, legal_days

ACADEMIES = Path(__file__).parents[2] / "vacancies/data/academies.csv"
YEARS = range(2018, 2031)

HOLIDAYS = {
    "metropole": [None],
    "alsace-moselle": ["57", "6AE"],  # Moselle, Alsace
    "guadeloupe": ["971"],
    "guyane": ["973"],
    "martinique": ["972"],
    "la-reunion": ["974"],
    "mayotte": ["976"],
    "nouvelle-caledonie": ["NC"],
    "polynesie": ["PF"],
}
JOURS_FERIES = {
    "metropole": "Métropole",
    "alsace-moselle": "Alsace-Moselle",
    "guadeloupe": "Guadeloupe",
    "guyane": "Guyane",
    "martinique": "Martinique",
    "la-reunion": "La Réunion",
    "mayotte": "Mayotte",
    "nouvelle-caledonie": "Nouvelle-Calédonie",
    "polynesie": "Polynésie Française",
}
WORKALENDAR = {"metropole": France, "alsace-moselle": FranceAlsaceMoselle}

PACKAGES: dict[str, tuple[list[str], Callable[[str, int], set[date]]]] = {
    "holidays": (
        list(HOLIDAYS),
        lambda calendar, year: {day for part in HOLIDAYS[calendar] for day in holidays.France(subdiv=part, years=year)},
    ),
    "jours-feries-france": (
        list(JOURS_FERIES),
        lambda calendar, year: set(JoursFeries.for_year(year, zone=JOURS_FERIES[calendar]).values()),
    ),
    "workalendar": (list(WORKALENDAR), lambda calendar, year: {day for day, _ in WORKALENDAR[calendar]().holidays(year)}),
}
"""Each package: the calendars of ours that it knows, and what it says of one in a year."""

OURS, THEIRS = "we alone", "they alone"
GOOD_FRIDAY, MID_LENT = -2, -24
"""Days after Easter Sunday."""


class Difference(NamedTuple):
    package: str
    calendar: str
    first: int
    last: int
    day: tuple[int, int] | int
    side: str
    why: str

    def days(self) -> set[tuple[str, str, date, str]]:
        """Return one line for each year of the difference."""
        years = range(self.first, self.last + 1)
        if isinstance(self.day, int):
            dates = [easter(year) + timedelta(days=self.day) for year in years]
        else:
            dates = [date(year, *self.day) for year in years]
        return {(self.package, self.calendar, day, self.side) for day in dates}


DIFFERENCES = [
    Difference("holidays", "guadeloupe", 2018, 2030, MID_LENT, THEIRS, "custom; not in L. 3133-1 nor L. 3422-2"),
    Difference("holidays", "guadeloupe", 2018, 2030, GOOD_FRIDAY, THEIRS, "custom; the law has it in Alsace-Moselle alone"),
    Difference("holidays", "guadeloupe", 2018, 2030, (7, 21), THEIRS, "Victor Schœlcher, custom; not in L. 3422-2"),
    Difference("holidays", "martinique", 2018, 2030, (7, 21), THEIRS, "Victor Schœlcher, custom; not in L. 3422-2"),
    Difference("holidays", "polynesie", 2025, 2025, (6, 29), OURS, "repealed by a law adopted on 6 May 2025; a Sunday anyway"),
    Difference("jours-feries-france", "nouvelle-caledonie", 2018, 2030, (9, 24), OURS, "it knows the name of the territory only"),
    Difference("jours-feries-france", "polynesie", 2018, 2030, (3, 5), OURS, "it knows the name of the territory only"),
    Difference("jours-feries-france", "polynesie", 2018, 2030, GOOD_FRIDAY, OURS, "it knows the name of the territory only"),
    Difference("jours-feries-france", "polynesie", 2018, 2025, (6, 29), OURS, "it knows the name of the territory only"),
    Difference("jours-feries-france", "polynesie", 2025, 2030, (11, 20), OURS, "it knows the name of the territory only"),
]


def test_every_difference_with_the_packages_is_explained_and_every_explanation_still_holds():
    found = {
        (package, calendar, day, OURS if day in legal_days(calendar, year) else THEIRS)
        for package, (calendars, days_of) in PACKAGES.items()
        for calendar in calendars
        for year in YEARS
        for day in set(legal_days(calendar, year)) ^ days_of(calendar, year)
    }
    assert found == set().union(*(difference.days() for difference in DIFFERENCES))


WITHOUT_ACADEMIE = {
    "Saint-Barthélémy",
    "Saint-Martin",  # both in the académie of Guadeloupe; no licence is awarded there
    "Saint-Pierre-et-Miquelon",  # in the académie of Normandie; no day of its own
    "Wallis-et-Futuna",
    *("BL", "MF", "PM", "TF", "WF"),  # the same four and the Terres australes, for `holidays`
    *("Zone A", "Zone B", "Zone C"),  # of the school year
}


def test_no_territory_that_a_package_knows_is_overlooked():
    known = {*JoursFeries.ZONES, *holidays.France.subdivisions}
    compared = {*JOURS_FERIES.values(), *(part for parts in HOLIDAYS.values() for part in parts if part)}
    assert known == compared | WITHOUT_ACADEMIE


def test_every_academie_has_a_calendar_and_every_calendar_an_academie():
    with ACADEMIES.open(encoding="utf-8") as rows:
        assert {row["calendar"] for row in csv.DictReader(rows)} == set(OF_A_CALENDAR)


BEYOND_THE_ELEVEN = {
    "metropole": {},
    "alsace-moselle": {"2026-04-03": "Vendredi saint (droit local)", "2026-12-26": "saint Étienne (droit local)"},
    "guadeloupe": {"2026-05-27": "abolition de l’esclavage"},
    "guyane": {"2026-06-10": "abolition de l’esclavage"},
    "martinique": {"2026-05-22": "abolition de l’esclavage"},
    "la-reunion": {"2026-12-20": "abolition de l’esclavage"},
    "mayotte": {"2026-04-27": "abolition de l’esclavage"},
    "nouvelle-caledonie": {"2026-09-24": "fête de la citoyenneté"},
    "polynesie": {"2026-03-05": "arrivée de l’Évangile", "2026-04-03": "Vendredi saint", "2026-11-20": "Matari’i i ni’a"},
}


def test_the_eleven_days_of_everywhere():
    assert {day.isoformat(): name for day, name in sorted(legal_days("metropole", 2026).items())} == {
        "2026-01-01": "jour de l’An",
        "2026-04-06": "lundi de Pâques",
        "2026-05-01": "fête du Travail",
        "2026-05-08": "victoire de 1945",
        "2026-05-14": "Ascension",
        "2026-05-25": "lundi de Pentecôte",
        "2026-07-14": "fête nationale",
        "2026-08-15": "Assomption",
        "2026-11-01": "Toussaint",
        "2026-11-11": "armistice de 1918",
        "2026-12-25": "Noël",
    }


def test_what_each_territory_adds_to_the_eleven():
    everywhere = legal_days("metropole", 2026)
    added = {
        calendar: {day.isoformat(): name for day, name in legal_days(calendar, 2026).items() if day not in everywhere}
        for calendar in OF_A_CALENDAR
    }
    assert added == BEYOND_THE_ELEVEN
    assert all(everywhere.items() <= legal_days(calendar, 2026).items() for calendar in OF_A_CALENDAR)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2018, ["fête de l’autonomie"]),
        (2024, ["fête de l’autonomie"]),
        (2025, ["fête de l’autonomie", "Matari’i i ni’a"]),
        (2026, ["Matari’i i ni’a"]),
        (2030, ["Matari’i i ni’a"]),
    ],
)
def test_in_polynesie_matarii_takes_the_place_of_the_autonomy(year, days):
    names = {date(year, 6, 29): "fête de l’autonomie", date(year, 11, 20): "Matari’i i ni’a"}
    assert [name for day, name in names.items() if legal_days("polynesie", year).get(day) == name] == days


def test_nancy_metz_keeps_the_days_of_its_moselle():
    with ACADEMIES.open(encoding="utf-8") as rows:
        calendars = {row["name"]: row["calendar"] for row in csv.DictReader(rows)}
    assert [name for name, calendar in calendars.items() if calendar == "alsace-moselle"] == ["Nancy-Metz", "Strasbourg"]


@pytest.mark.parametrize(
    ("day", "calendar", "why"),
    [
        ("2026-07-13", "metropole", None),
        ("2026-07-14", "metropole", "fête nationale"),
        ("2026-07-18", "metropole", "samedi"),
        ("2026-07-19", "metropole", "dimanche"),
        ("2026-08-15", "metropole", "Assomption"),  # a Saturday: the law's name says more
        ("2026-05-15", "metropole", None),  # the « pont » of the Ascension
        ("2026-05-22", "martinique", "abolition de l’esclavage"),
        ("2026-05-22", "guadeloupe", None),
        ("2026-07-21", "martinique", None),
        ("2026-04-03", "guadeloupe", None),
    ],
)
def test_why_a_day_is_closed(day, calendar, why):
    assert closed_in(calendar)(date.fromisoformat(day)) == why


def test_an_unknown_calendar_has_no_days():
    with pytest.raises(KeyError):
        legal_days("moselle", 2026)


@pytest.mark.parametrize(
    "sunday",
    [
        *("1818-03-22", "1886-04-25", "1900-04-15", "1943-04-25", "1954-04-18", "1981-04-19"),
        *("1999-04-04", "2000-04-23", "2008-03-23", "2011-04-24", "2018-04-01", "2019-04-21"),
        *("2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25", "2049-04-18", "2076-04-19"),
        *("2099-04-12", "2100-03-28", "2101-04-17", "2200-04-06", "2285-03-22", "2400-04-16"),
    ],
)
def test_easter_of_years_that_anybody_can_look_up(sunday):
    """The earliest and the latest dates, the exceptions of 1954, 1981, 2049 and 2076, and centuries with and without a leap day."""
    day = date.fromisoformat(sunday)
    assert (easter(day.year), day.strftime("%A")) == (day, "Sunday")


def test_easter_over_three_centuries():
    years = range(1886, 2186)
    assert [easter(year) for year in years] == [JoursFeries.paques(year) for year in years]


def test_easter_of_every_gregorian_year_another_algorithm_knows():
    years = range(1583, 4100)
    assert [easter(year) for year in years] == [dateutil_easter(year) for year in years]
