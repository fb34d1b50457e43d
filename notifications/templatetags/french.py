"""French for mails and letters: numbers in words, elision, sizes, and the no-break spaces its typography asks for."""

import re
from datetime import date

from django import template
from django.template.defaultfilters import stringfilter
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

NBSP = "\N{NO-BREAK SPACE}"
NUMBERS = ("zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")
"""Feminine: what is counted is a *proposition*."""
MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
VOWELS = "AÀÂEÉÈÊIÎOÔUÛYaàâeéèêiîoôuûy"
NEVER_BROKEN = re.compile(
    r" (?=[:;?!»])"  # before these signs
    r"|(?<=«) "
    rf"|(?<=[0-9]) (?=(?:{MONTHS})\b)|(?<=\b1er) (?=(?:{MONTHS})\b)"
    r"|(?<=[0-9]) (?=h\b)|(?<=[0-9] h) (?=[0-9])|(?<=\bà) (?=[0-9])"
    r"|(?<=\bn°) (?=\w)|(?<=\bart\.) (?=[A-Z])|(?<=\b[LRD]\.) (?=[0-9])"
)
"""Spaces at which a line may not end."""


@register.filter
def short_day(value: date) -> str:
    """21 juillet; 1er août."""
    return f"{'1er' if value.day == 1 else value.day} {date_format(value, 'F')}"


@register.filter
def iso(value: str) -> date:
    """Return the day that a frozen letter or an event holds as text."""
    return date.fromisoformat(value)


@register.filter
def in_words(number: int) -> str:
    """Return « trois »; digits above ten."""
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


@register.filter
@stringfilter
def of(name: str) -> str:
    """Return « de Lyon », « d’Aix-Marseille »."""
    return f"d’{name}" if name[:1] in VOWELS else f"de {name}"


@register.filter
def file_size(octets: int) -> str:
    """Return « 12 octets », « 850 Ko », « 1,2 Mo »."""
    if octets < 1000:
        return f"{octets}{NBSP}octets"
    if octets < 1_000_000:
        return f"{round(octets / 1000)}{NBSP}Ko"
    return f"{octets / 1_000_000:.1f}{NBSP}Mo".replace(".", ",")


@register.filter(is_safe=True)
def typeset(text: str) -> str | SafeString:
    """Make every space at which a line may not end a no-break one."""
    spaced = NEVER_BROKEN.sub(NBSP, text)
    return mark_safe(spaced) if isinstance(text, SafeString) else spaced  # noqa: S308 - as safe as it came
