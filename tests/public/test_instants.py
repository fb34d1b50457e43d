"""Instants in words."""

from datetime import date

import pytest

from referrals.models import Limit
from referrals.templatetags.instants import day, end, in_zone, rolled_over
from tests.factories import instant


@pytest.mark.parametrize(
    ("zone", "ends", "words"),
    [
        ("Indian/Reunion", "2026-07-22 00:00 Indian/Reunion", "mardi 21 juillet 2026 à 24 h 00 (heure de La Réunion, UTC+4)"),
        ("Europe/Paris", "2026-07-22 00:00 Europe/Paris", "mardi 21 juillet 2026 à 24 h 00 (heure de Paris, UTC+2)"),
        (
            "Pacific/Tahiti",
            "2026-07-22 00:00 Pacific/Tahiti",
            "mardi 21 juillet 2026 à 24 h 00 (heure de la Polynésie française, UTC−10)",
        ),
    ],
)
def test_a_limit_ends_at_midnight_of_its_own_zone(zone, ends, words):
    assert end(Limit(last_day=date(2026, 7, 21), ends_at=instant(ends), zone=zone)) == words


def test_the_clock_is_the_one_of_the_last_moment():
    """Paris goes back to winter time in the night that follows the last day."""
    limit = Limit(last_day=date(2026, 10, 24), ends_at=instant("2026-10-25 00:00 Europe/Paris"), zone="Europe/Paris")
    assert end(limit) == "samedi 24 octobre 2026 à 24 h 00 (heure de Paris, UTC+2)"


def test_an_instant_is_read_on_the_academies_clock():
    assert in_zone(instant("2026-07-06 10:05"), "Europe/Paris") == "lundi 6 juillet 2026 à 10 h 05 (heure de Paris, UTC+2)"
    assert (
        in_zone(instant("2026-07-06 22:05"), "Pacific/Noumea")
        == "mardi 7 juillet 2026 à 7 h 05 (heure de la Nouvelle-Calédonie, UTC+11)"
    )
    assert (
        in_zone(instant("2026-07-06 10:00"), "Asia/Kolkata") == "lundi 6 juillet 2026 à 13 h 30 (heure de Asia/Kolkata, UTC+5:30)"
    )


def test_the_first_of_a_month_is_first():
    assert day(date(2026, 7, 1)) == "mercredi 1er juillet 2026"


def test_days_rolled_over_are_named_with_their_reason():
    limit = Limit(skipped=[["2026-07-14", "fête nationale"], ["2026-07-18", "samedi"]])
    assert rolled_over(limit) == "mardi 14 juillet 2026 (fête nationale), samedi 18 juillet 2026 (samedi)"
