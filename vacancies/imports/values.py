"""The values of a cell: present, short enough, a number, a point on Earth. Whatever is not raises LineRefused."""

import re
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

from ..names import normalise
from .report import LineRefused

POINT = re.compile(r"(?P<latitude>-?\d{1,2}(\.\d+)?)\s*,\s*(?P<longitude>-?\d{1,3}(\.\d+)?)")
WEB = URLValidator(schemes=["http", "https"])
WHOLE = re.compile(r"(?P<number>\d{1,6})([.,]0+)?")

Point = tuple[float, float]
"""Latitude and longitude, in degrees."""


def required(cells: dict[str, str], field: str, *, columns: dict[str, str]) -> str:
    if not normalise(cells[field]):
        raise LineRefused("valeur absente", column=columns[field])
    return cells[field]


def longest(model: type[models.Model], field: str) -> int:
    """Return how many characters the field of the model holds; for a list, each of its values."""
    found = model._meta.get_field(field)
    assert isinstance(found, models.Field)
    most = getattr(found, "base_field", found).max_length
    assert most is not None, f"{field} has no longest value"
    return most


def fitting(value: str, *, model: type[models.Model], field: str, column: str) -> str:
    """Return ``value`` where the field of the model is long enough for it. Raises LineRefused."""
    if len(value) > (most := longest(model, field)):
        raise LineRefused(f"{len(value)} caractères, au plus {most}", column=column)
    return value


def web_address(value: str, *, model: type[models.Model], field: str, column: str) -> str:
    """Return ``value``, empty or an address of the web that the field of the model is long enough for. Raises LineRefused."""
    try:
        if value:
            WEB(value)
    except ValidationError:
        raise LineRefused(f"adresse illisible : « {value} »", column=column) from None
    return fitting(value, model=model, field=field, column=column)


def whole_number(text: str, *, column: str) -> int | None:
    """Return the number of ``text``, which a spreadsheet may have written ``30.0``; None for an empty cell."""
    if not text:
        return None
    match = WHOLE.fullmatch(text)
    if not match:
        raise LineRefused(f"nombre illisible : « {text} »", column=column)
    return int(match["number"])


def day(text: str, *, column: str) -> date | None:
    """Return the day of ``text``, as ``2026-10-31`` or ``31/10/2026``; None for an empty cell."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    if text:
        raise LineRefused(f"date illisible : « {text} » ; écrivez 31/10/2026", column=column)
    return None


def point(text: str, *, column: str) -> Point | None:
    """Return the point of ``text``; None for an empty cell and for ``0,0``, which in these files says *unknown*."""
    if not text:
        return None
    match = POINT.fullmatch(text)
    if not match:
        raise LineRefused(f"coordonnées illisibles : « {text} »", column=column)
    latitude, longitude = float(match["latitude"]), float(match["longitude"])
    return (latitude, longitude) if (latitude, longitude) != (0, 0) else None
