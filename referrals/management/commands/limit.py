"""Explain when a time limit ends, to whoever is asked why. Reads the project's own table of académies, no database."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referrals.rules.calendars import closed_in
from referrals.rules.deadlines import End, end_of_limit
from referrals.templatetags.instants import PARIS, clock, day, in_zone
from vacancies.imports.places import DATA
from vacancies.imports.reading import Row, read
from vacancies.models import Academy
from vacancies.names import normalise

ACADEMIES = DATA / "academies.csv"
LONGEST_DAYS = 3660
YEARS = range(1986, 2201)
"""Earlier, some of today's legal days were not: 8 May before 1982, the abolitions before 1984, the autonomy before 1985."""


class Command(BaseCommand):
    help = (
        "Explique la fin d’un délai : ce qui le fait courir, les jours sautés et pourquoi, son dernier jour et son dernier instant."
    )
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("--start", metavar="AAAA-MM-JJ", help="jour de l’événement qui fait courir le délai")
        parser.add_argument("--days", metavar="JOURS", help="nombre de jours du délai")
        parser.add_argument("--academy", metavar="ACADÉMIE", help="code (A15) ou nom (Strasbourg)")
        parser.add_argument("--franc", action="store_true", help="délai franc : le jour de l’échéance ne compte pas non plus")
        parser.add_argument("--json", action="store_true", help="pour un programme plutôt que pour une personne")

    def handle(self, *args, franc: bool, **options) -> None:
        if missing := [f"--{name}" for name in ("start", "days", "academy") if options[name] is None]:
            raise CommandError(f"Il manque {', '.join(missing)}.")
        start, days, academy = start_of(options["start"]), days_of(options["days"]), academy_of(options["academy"])
        end = end_of_limit(start=start, days=days, franc=franc, zone=academy.tz, closed=closed_in(academy.calendar))
        if options["json"]:
            answer = facts(start=start, days=days, franc=franc, academy=academy, end=end)
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(words(start=start, days=days, franc=franc, academy=academy, end=end)))


def words(*, start: date, days: int, franc: bool, academy: Academy, end: End) -> list[str]:
    """Return the lines that explain ``end``, in the order in which one counts."""
    unit = "jour" if days < 2 else "jours"
    term = start + timedelta(days=days)
    last_moment = (end.ends_at - timedelta(seconds=1)).astimezone(academy.tz)
    return [
        f"Délai de {days} {unit}{' (franc)' if franc else ''}, académie : {academy.name} ({academy.code}).",
        f"Il court à compter de l’événement du {day(start)} ; ce jour ne compte pas.",
        f"Échéance, {days} {unit} plus tard : {day(term)}.",
        *([f"Délai franc : l’échéance ne compte pas non plus, d’où le {day(term + timedelta(days=1))}."] if franc else []),
        *([f"Jour sauté : {day(skipped)} ({why})." for skipped, why in end.skipped] or ["Aucun jour sauté."]),
        f"Dernier jour : {day(end.last_day)}, jusqu’à 24 h 00 ({clock(last_moment)}).",
        f"Le même instant en temps universel : {universal(end.ends_at)}.",
        *([f"Le même instant à Paris : {in_zone(end.ends_at, PARIS)}."] if academy.zone != PARIS else []),
    ]


def universal(instant: datetime) -> str:
    """Return « lundi 16 juillet 2018 à 22 h 00 (UTC) »."""
    there = instant.astimezone(UTC)
    return f"{day(there.date())} à {there.hour} h {there.minute:02d} (UTC)"


def facts(*, start: date, days: int, franc: bool, academy: Academy, end: End) -> dict[str, Any]:
    """Return the limit and its end for a program; ``ends_at`` is the first instant that is too late."""
    return {
        "start": start.isoformat(),
        "days": days,
        "franc": franc,
        "academy": academy.code,
        "zone": academy.zone,
        "last_day": end.last_day.isoformat(),
        "ends_at": f"{end.ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "because": [{"day": skipped.isoformat(), "why": why} for skipped, why in end.skipped],
    }


def start_of(text: str) -> date:
    """Read the day of the event. Raises CommandError, also for a year whose legal days the calendars do not give."""
    try:
        start = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"« {text} » n’est pas une date : AAAA-MM-JJ, par exemple 2018-06-29.") from None
    if start.year not in YEARS:
        raise CommandError(f"Les jours fériés ne sont connus que de {YEARS[0]} à {YEARS[-1]} ; l’événement est de {start.year}.")
    return start


def days_of(text: str) -> int:
    """Read the number of days. Raises CommandError."""
    try:
        days = int(text)
    except ValueError:
        raise CommandError(f"« {text} » n’est pas un nombre de jours.") from None
    if not 0 <= days <= LONGEST_DAYS:
        raise CommandError(f"Un délai compte de 0 à {LONGEST_DAYS} jours, et non {days}.")
    return days


def academy_of(text: str) -> Academy:
    """Return the académie of that code or name, blind to case and accents. Raises CommandError, which lists them all."""
    wanted, known = normalise(text), academies()
    for academy in known:
        if wanted in (normalise(academy.code), normalise(academy.name)):
            return academy
    listed = ", ".join(f"{academy.name} ({academy.code})" for academy in known)
    raise CommandError(f"Académie inconnue : « {text} ». Les académies connues : {listed}.")


def academies() -> list[Academy]:
    """Return the académies of the project's table, in its order; none of them comes from a database."""
    columns = {name: name for name in ("code", "name", "zone", "calendar")}
    return [Academy(**row.cells) for row in read(ACADEMIES, columns=columns) if isinstance(row, Row)]
