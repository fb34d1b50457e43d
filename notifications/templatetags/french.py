"""Numbers in words, days and sizes in the language spoken; for French, elision and the no-break spaces its typography asks for."""

from datetime import date

from django import template
from django.template.defaultfilters import stringfilter
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop

from referrals.typesetting import NBSP, unbroken

register = template.Library()

NUMBERS = (
    gettext_noop("zéro"),
    gettext_noop("une"),
    gettext_noop("deux"),
    gettext_noop("trois"),
    gettext_noop("quatre"),
    gettext_noop("cinq"),
    gettext_noop("six"),
    gettext_noop("sept"),
    gettext_noop("huit"),
    gettext_noop("neuf"),
    gettext_noop("dix"),
)
"""Feminine: what is counted is a *proposition*."""
VOWELS = "AÀÂEÉÈÊIÎOÔUÛYaàâeéèêiîoôuûy"


@register.filter
def short_day(value: date) -> str:
    """21 juillet; 1er août; 1 August."""
    return f"{gettext('1er') if value.day == 1 else value.day} {date_format(value, 'F')}"


@register.filter
def iso(value: str) -> date:
    """Return the day that a frozen letter or an event holds as text."""
    return date.fromisoformat(value)


@register.filter
def in_words(number: int) -> str:
    """Return « trois », “three”; digits above ten."""
    return gettext(NUMBERS[number]) if number < len(NUMBERS) else str(number)


@register.filter
@stringfilter
def of(name: str) -> str:
    """Return « de Lyon », « d’Aix-Marseille »."""
    return f"d’{name}" if name[:1] in VOWELS else f"de {name}"


@register.filter
def file_size(octets: int) -> str:
    """Return « 12 octets », « 850 Ko », « 1,2 Mo »; “12 bytes”, “850 KB”, “1.2 MB”."""
    number, unit = str(octets), gettext("octets")
    if octets >= 1_000_000:
        number, unit = number_format(octets / 1_000_000, 1), gettext("Mo")
    elif octets >= 1000:
        number, unit = str(round(octets / 1000)), gettext("Ko")
    return f"{number}{NBSP}{unit}"


@register.filter(is_safe=True)
def typeset(text: str) -> str | SafeString:
    """Make every space at which a line may not end a no-break one."""
    spaced = unbroken(text)
    return mark_safe(spaced) if isinstance(text, SafeString) else spaced  # noqa: S308 - as safe as it came
