"""`manage.py limit`: the words for a person, the JSON for a program, the refusals, and no need of a database."""

import json
import os
import subprocess
import sys
from datetime import date
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from referrals.management.commands.limit import LONGEST_DAYS, academies, academy_of, words
from referrals.rules.calendars import closed_in
from referrals.rules.deadlines import end_of_limit


def explained(start: str, *, days: int = 15, franc: bool = False, academy: str) -> list[str]:
    place, event = academy_of(academy), date.fromisoformat(start)
    end = end_of_limit(start=event, days=days, franc=franc, zone=place.tz, closed=closed_in(place.calendar))
    return words(start=event, days=days, franc=franc, academy=place, end=end)


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("limit", *arguments, stdout=out)
    return out.getvalue()


def test_a_limit_that_rolls_over():
    assert explained("2018-06-29", academy="A15") == [
        "Délai de 15 jours, académie : Strasbourg (A15).",
        "Il court à compter de l’événement du vendredi 29 juin 2018 ; ce jour ne compte pas.",
        "Échéance, 15 jours plus tard : samedi 14 juillet 2018.",
        "Jour sauté : samedi 14 juillet 2018 (fête nationale).",
        "Jour sauté : dimanche 15 juillet 2018 (dimanche).",
        "Dernier jour : lundi 16 juillet 2018, jusqu’à 24 h 00 (heure de Paris, UTC+2).",
        "Le même instant en temps universel : lundi 16 juillet 2018 à 22 h 00 (UTC).",
    ]


def test_a_franc_limit():
    assert explained("2012-03-01", franc=True, academy="Paris") == [
        "Délai de 15 jours (franc), académie : Paris (A01).",
        "Il court à compter de l’événement du jeudi 1er mars 2012 ; ce jour ne compte pas.",
        "Échéance, 15 jours plus tard : vendredi 16 mars 2012.",
        "Délai franc : l’échéance ne compte pas non plus, d’où le samedi 17 mars 2012.",
        "Jour sauté : samedi 17 mars 2012 (samedi).",
        "Jour sauté : dimanche 18 mars 2012 (dimanche).",
        "Dernier jour : lundi 19 mars 2012, jusqu’à 24 h 00 (heure de Paris, UTC+1).",
        "Le même instant en temps universel : lundi 19 mars 2012 à 23 h 00 (UTC).",
    ]


def test_a_limit_overseas_is_also_told_in_the_time_of_paris():
    assert explained("2026-11-05", academy="polynesie francaise") == [
        "Délai de 15 jours, académie : Polynésie française (A41).",
        "Il court à compter de l’événement du jeudi 5 novembre 2026 ; ce jour ne compte pas.",
        "Échéance, 15 jours plus tard : vendredi 20 novembre 2026.",
        "Jour sauté : vendredi 20 novembre 2026 (Matari’i i ni’a).",
        "Jour sauté : samedi 21 novembre 2026 (samedi).",
        "Jour sauté : dimanche 22 novembre 2026 (dimanche).",
        "Dernier jour : lundi 23 novembre 2026, jusqu’à 24 h 00 (heure de la Polynésie française, UTC−10).",
        "Le même instant en temps universel : mardi 24 novembre 2026 à 10 h 00 (UTC).",
        "Le même instant à Paris : mardi 24 novembre 2026 à 11 h 00 (heure de Paris, UTC+1).",
    ]


def test_a_limit_that_skips_no_day():
    assert explained("2026-07-06", days=1, franc=True, academy="la reunion") == [
        "Délai de 1 jour (franc), académie : La Réunion (A28).",
        "Il court à compter de l’événement du lundi 6 juillet 2026 ; ce jour ne compte pas.",
        "Échéance, 1 jour plus tard : mardi 7 juillet 2026.",
        "Délai franc : l’échéance ne compte pas non plus, d’où le mercredi 8 juillet 2026.",
        "Aucun jour sauté.",
        "Dernier jour : mercredi 8 juillet 2026, jusqu’à 24 h 00 (heure de La Réunion, UTC+4).",
        "Le même instant en temps universel : mercredi 8 juillet 2026 à 20 h 00 (UTC).",
        "Le même instant à Paris : mercredi 8 juillet 2026 à 22 h 00 (heure de Paris, UTC+2).",
    ]


def test_the_command_prints_the_words():
    assert printed("--start", "2018-06-29", "--days", "15", "--academy", "A15").splitlines() == explained(
        "2018-06-29", academy="A15"
    )


def test_json():
    written = json.loads(printed("--start", "2018-06-29", "--days", "15", "--academy", "strasbourg", "--json"))
    assert written == {
        "start": "2018-06-29",
        "days": 15,
        "franc": False,
        "academy": "A15",
        "zone": "Europe/Paris",
        "last_day": "2018-07-16",
        "ends_at": "2018-07-16T22:00:00Z",
        "because": [{"day": "2018-07-14", "why": "fête nationale"}, {"day": "2018-07-15", "why": "dimanche"}],
    }
    assert list(written) == ["start", "days", "franc", "academy", "zone", "last_day", "ends_at", "because"]


def test_json_of_a_limit_that_skips_no_day():
    assert json.loads(printed("--start", "2026-07-06", "--days", "8", "--franc", "--academy", "a31", "--json")) == {
        "start": "2026-07-06",
        "days": 8,
        "franc": True,
        "academy": "A31",
        "zone": "America/Martinique",
        "last_day": "2026-07-15",
        "ends_at": "2026-07-16T04:00:00Z",
        "because": [],
    }


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("A15", "A15"),
        ("a15", "A15"),
        (" Strasbourg ", "A15"),
        ("STRASBOURG", "A15"),
        ("la reunion", "A28"),
        ("La Réunion", "A28"),
        ("nancy metz", "A12"),
        ("orleans-tours", "A18"),
        ("nouvelle caledonie", "A40"),
    ],
)
def test_an_academie_by_its_code_or_its_name(said, code):
    assert academy_of(said).code == code


def test_the_academies_are_those_of_the_table():
    assert len(academies()) == 32
    assert {academy.pk for academy in academies()} == {academy_of(academy.name).code for academy in academies()}


@pytest.mark.parametrize(
    ("start", "days", "academy", "refusal"),
    [
        ("29/06/2018", "15", "A15", "« 29/06/2018 » n’est pas une date : AAAA-MM-JJ, par exemple 2018-06-29."),
        ("2026-02-29", "15", "A15", "« 2026-02-29 » n’est pas une date : AAAA-MM-JJ, par exemple 2018-06-29."),
        ("1985-12-31", "15", "A15", "Les jours fériés ne sont connus que de 1986 à 2200 ; l’événement est de 1985."),
        ("9999-12-31", "15", "A15", "Les jours fériés ne sont connus que de 1986 à 2200 ; l’événement est de 9999."),
        ("2018-06-29", "quinze", "A15", "« quinze » n’est pas un nombre de jours."),
        ("2018-06-29", "1.5", "A15", "« 1.5 » n’est pas un nombre de jours."),
        ("2018-06-29", "-1", "A15", "Un délai compte de 0 à 3660 jours, et non -1."),
        ("2018-06-29", "3661", "A15", "Un délai compte de 0 à 3660 jours, et non 3661."),
    ],
)
def test_refusals(start, days, academy, refusal):
    with pytest.raises(CommandError) as refused:
        printed("--start", start, "--days", days, "--academy", academy)
    assert str(refused.value) == refusal


def test_an_unknown_academie_is_told_the_known_ones():
    with pytest.raises(CommandError) as refused:
        printed("--start", "2018-06-29", "--days", "15", "--academy", "Metz")
    said, listed = str(refused.value).split(" Les académies connues : ")
    assert said == "Académie inconnue : « Metz »."
    assert listed.rstrip(".").split(", ") == [f"{academy.name} ({academy.code})" for academy in academies()]


def test_what_is_missing_is_named():
    with pytest.raises(CommandError, match=r"^Il manque --start, --academy\.$"):
        printed("--days", "15")


def test_the_shortest_and_the_longest():
    for days in (0, LONGEST_DAYS):
        assert json.loads(printed("--start", "2200-12-31", "--days", str(days), "--academy", "A01", "--json"))["days"] == days


def test_a_bare_shell_is_enough():
    command = [sys.executable, "manage.py", "limit", "--start", "2018-06-29", "--days", "15", "--academy", "A15"]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, env={"PATH": os.environ["PATH"]}, capture_output=True, check=False)
    assert (ended.stdout.decode().splitlines(), ended.stderr.decode(), ended.returncode) == (
        explained("2018-06-29", academy="A15"),
        "",
        0,
    )
