"""Instants in words: the day, the hour and whose clock it is. A limit ends at 24:00 of its last day, in its own zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format

from ..models import Limit, Referral

register = template.Library()

CLOCKS = {
    "Europe/Paris": "heure de Paris",
    "Indian/Reunion": "heure de La Réunion",
    "Indian/Mayotte": "heure de Mayotte",
    "America/Martinique": "heure de la Martinique",
    "America/Guadeloupe": "heure de la Guadeloupe",
    "America/Cayenne": "heure de la Guyane",
    "Pacific/Noumea": "heure de la Nouvelle-Calédonie",
    "Pacific/Tahiti": "heure de la Polynésie française",
}
"""What the clock of each zone of `vacancies/data/academies.csv` is called."""
PARIS = "Europe/Paris"


@register.filter
def day(value: date) -> str:
    """Return « mardi 21 juillet 2026 », « mercredi 1er juillet 2026 »."""
    ordinal = "1er" if value.day == 1 else str(value.day)
    return f"{date_format(value, 'l')} {ordinal} {date_format(value, 'F Y')}"


@register.filter
def in_zone(value: datetime, zone: str) -> str:
    """Return « lundi 6 juillet 2026 à 10 h 05 (heure de Paris, UTC+2) »."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local.date())} à {local.hour} h {local.minute:02d} ({clock(local)})"


@register.filter
def end(limit: Limit) -> str:
    """Return the last instant in time of a limit: « mardi 21 juillet 2026 à 24 h 00 (heure de La Réunion, UTC+4) »."""
    last_moment = (limit.ends_at - timedelta(seconds=1)).astimezone(ZoneInfo(limit.zone))
    return f"{day(limit.last_day)} à 24 h 00 ({clock(last_moment)})"


@register.filter
def before(value: datetime, zone: str) -> str:
    """Return ``value``, the first instant that is too late, as `in_zone` does; at midnight, as 24:00 of the day that ends."""
    local = value.astimezone(ZoneInfo(zone))
    if local.time() != time():
        return in_zone(value, zone)
    last_moment = (value - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    return f"{day(last_moment.date())} à 24 h 00 ({clock(last_moment)})"


@register.filter
def zone_of(referral: Referral) -> str:
    """Return the time zone of the referral's académie; Paris while none is known."""
    return referral.licence_academy.zone if referral.licence_academy else PARIS


@register.filter
def rolled_over(limit: Limit) -> str:
    """Return why a limit ends later than counted: « samedi 4 juillet 2026 (samedi), … »; empty when it does not."""
    return ", ".join(f"{day(date.fromisoformat(skipped))} ({why})" for skipped, why in limit.skipped)


def clock(local: datetime) -> str:
    """Return whose clock ``local`` is read on, and how far it is from UTC: « heure de Paris, UTC+2 »."""
    zone = str(local.tzinfo)
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    # The sign of mathematics, not a hyphen: a reader and a screen reader both say « moins ».
    offset = f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
    return f"{CLOCKS.get(zone, f'heure de {zone}')}, {offset}"
