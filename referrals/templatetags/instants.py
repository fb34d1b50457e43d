"""Instants in words: the day, the hour and whose clock it is. A limit ends at 24:00 of its last day, in its own zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from ..models import Limit, Referral

register = template.Library()

CLOCKS = {
    "Europe/Paris": gettext_noop("heure de Paris"),
    "Indian/Reunion": gettext_noop("heure de La Réunion"),
    "Indian/Mayotte": gettext_noop("heure de Mayotte"),
    "America/Martinique": gettext_noop("heure de la Martinique"),
    "America/Guadeloupe": gettext_noop("heure de la Guadeloupe"),
    "America/Cayenne": gettext_noop("heure de la Guyane"),
    "Pacific/Noumea": gettext_noop("heure de la Nouvelle-Calédonie"),
    "Pacific/Tahiti": gettext_noop("heure de la Polynésie française"),
}
"""What the clock of each zone of `vacancies/data/academies.csv` is called."""
PARIS = "Europe/Paris"


@register.filter
def day(value: date) -> str:
    """Return « mardi 21 juillet 2026 », « mercredi 1er juillet 2026 »; “Tuesday 21 July 2026”."""
    ordinal = gettext("1er") if value.day == 1 else str(value.day)
    return f"{date_format(value, 'l')} {ordinal} {date_format(value, 'F Y')}"


@register.filter
def in_zone(value: datetime, zone: str) -> str:
    """Return « lundi 6 juillet 2026 à 10 h 05 (heure de Paris, UTC+2) »; “Monday 6 July 2026 at 10:05 (Paris time, UTC+2)”."""
    local = value.astimezone(ZoneInfo(zone))
    return _at(local.date(), hour=local.hour, minute=local.minute, read_on=local)


@register.filter
def end(limit: Limit) -> str:
    """Return the last instant in time of a limit: « mardi 21 juillet 2026 à 24 h 00 (heure de La Réunion, UTC+4) »."""
    last_moment = (limit.ends_at - timedelta(seconds=1)).astimezone(ZoneInfo(limit.zone))
    return _at(limit.last_day, hour=24, minute=0, read_on=last_moment)


@register.filter
def before(value: datetime, zone: str) -> str:
    """Return ``value``, the first instant that is too late, as `in_zone` does; at midnight, as 24:00 of the day that ends."""
    local = value.astimezone(ZoneInfo(zone))
    if local.time() != time():
        return in_zone(value, zone)
    last_moment = (value - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    return _at(last_moment.date(), hour=24, minute=0, read_on=last_moment)


@register.filter
def zone_of(referral: Referral) -> str:
    """Return the time zone of the referral's académie; Paris while none is known."""
    return referral.licence_academy.zone if referral.licence_academy else PARIS


@register.filter
def rolled_over(limit: Limit) -> str:
    """Return why a limit ends later than counted: « samedi 4 juillet 2026 (samedi), … »; empty when it does not."""
    return ", ".join(f"{day(date.fromisoformat(skipped))} ({gettext(why)})" for skipped, why in limit.skipped)


def _at(on: date, *, hour: int, minute: int, read_on: datetime) -> str:
    said = {"day": day(on), "hour": hour, "minute": f"{minute:02d}", "clock": clock(read_on)}
    return gettext("%(day)s à %(hour)s h %(minute)s (%(clock)s)") % said


def clock(local: datetime) -> str:
    """Return whose clock ``local`` is read on, and how far it is from UTC: « heure de Paris, UTC+2 »."""
    zone = str(local.tzinfo)
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    # The sign of mathematics, not a hyphen: a reader and a screen reader both say « moins ».
    offset = f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
    named = gettext(CLOCKS[zone]) if zone in CLOCKS else gettext("heure de %(zone)s") % {"zone": zone}
    return f"{named}, {offset}"
