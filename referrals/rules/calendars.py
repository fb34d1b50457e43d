"""Which days are closed: Saturdays, Sundays and the legal days of each territory. Pure.

Code du travail, art. L. 3133-1 (the eleven days of everywhere), L. 3134-13 (Alsace-Moselle), L. 3422-2 (the commemoration
of the abolition of slavery, by territory). Nouvelle-Calédonie and Polynésie française have codes of their own, which keep
the eleven days and add theirs. Days that only custom keeps (mi-carême, Good Friday in the Antilles, 21 July, the Muslim
feasts of Mayotte, the « ponts » of administrations) are working days here.

An académie has one calendar, and it never costs a student a day. So Nancy-Metz has that of Alsace-Moselle: its Moselle
keeps Good Friday and 26 December, its three other départements do not, and a limit does not ask in which of them the
licence was obtained. Good Friday counts there though the law keeps it only in communes with a Protestant or a shared church.
Saint-Martin (28 May) and Saint-Barthélemy (9 October), where no licence is awarded, follow Guadeloupe.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

EVERYWHERE = {
    (1, 1): "jour de l’An",
    (5, 1): "fête du Travail",
    (5, 8): "victoire de 1945",
    (7, 14): "fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "armistice de 1918",
    (12, 25): "Noël",
}
AFTER_EASTER = {1: "lundi de Pâques", 39: "Ascension", 50: "lundi de Pentecôte"}

OF_A_CALENDAR: dict[str, dict[tuple[int, int], str]] = {
    "metropole": {},
    "alsace-moselle": {(12, 26): "saint Étienne (droit local)"},
    "guadeloupe": {(5, 27): "abolition de l’esclavage"},
    "guyane": {(6, 10): "abolition de l’esclavage"},
    "martinique": {(5, 22): "abolition de l’esclavage"},
    "la-reunion": {(12, 20): "abolition de l’esclavage"},
    "mayotte": {(4, 27): "abolition de l’esclavage"},
    "nouvelle-caledonie": {(9, 24): "fête de la citoyenneté"},
    "polynesie": {(3, 5): "arrivée de l’Évangile"},
}
FROM_YEAR_TO_YEAR: dict[str, list[tuple[int, int, tuple[int, int], str]]] = {
    # The loi du pays adopted on 6 May 2025 puts Matari’i in the place of the autonomy. From that November or only from 2026?
    # In doubt both count in 2025, in the student's favour.
    "polynesie": [(1985, 2025, (6, 29), "fête de l’autonomie"), (2025, 9999, (11, 20), "Matari’i i ni’a")],
}
"""Days of a calendar that were not, or are no longer, of every year: first year, last year, month and day, name."""
OF_A_CALENDAR_AFTER_EASTER: dict[str, dict[int, str]] = {
    "alsace-moselle": {-2: "Vendredi saint (droit local)"},
    "polynesie": {-2: "Vendredi saint"},
}


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the method of Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * weekday) // 433
    month = (h + weekday - 7 * m + 90) // 25
    return date(year, month, (h + weekday - 7 * m + 33 * month + 19) % 32)


@cache
def legal_days(calendar: str, year: int) -> dict[date, str]:
    """Return the legal days of ``calendar`` in ``year``, each with its name.

    Raises KeyError for a calendar that does not exist.
    """
    passing = {day: name for first, last, day, name in FROM_YEAR_TO_YEAR.get(calendar, []) if first <= year <= last}
    fixed = EVERYWHERE | OF_A_CALENDAR[calendar] | passing
    movable = AFTER_EASTER | OF_A_CALENDAR_AFTER_EASTER.get(calendar, {})
    sunday = easter(year)
    return {date(year, month, day): name for (month, day), name in fixed.items()} | {
        sunday + timedelta(days=days): name for days, name in movable.items()
    }


def closed_in(calendar: str) -> Callable[[date], str | None]:
    """Return the function that says why a day is closed under ``calendar``, or None when it is open."""

    def closed(day: date) -> str | None:
        if name := legal_days(calendar, day.year).get(day):
            return name
        return {5: "samedi", 6: "dimanche"}.get(day.weekday())

    return closed
