"""Days in words, in the language spoken; in French the first of a month is an ordinal."""

from datetime import date, datetime

from django import template
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext

register = template.Library()


@register.filter
def in_full(value: date) -> str:
    """Return « 21 juillet 2026 », « 1er juillet 2026 », “1 July 2026”; of an instant, its day on the reader's clock."""
    day = localdate(value) if isinstance(value, datetime) else value
    return f"{gettext('1er') if day.day == 1 else day.day} {date_format(day, 'F Y')}"
