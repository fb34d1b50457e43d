"""The variables of a standard text: names in braces, filled from a referral when somebody starts to write from it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.timezone import localtime

from .models import Referral

NAMED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Written:
    """Of which referral, by whom, on which day of its académie."""

    referral: Referral
    by_name: str
    on: date

    @property
    def zone(self) -> ZoneInfo | None:
        return self.referral.licence_academy and self.referral.licence_academy.tz


def _day(day: date | None) -> str:
    if day is None:
        return ""
    ordinal = "1er" if day.day == 1 else str(day.day)
    return f"{ordinal} {date_format(day, 'F Y')}"


VARIABLES: dict[str, Callable[[Written], str]] = {
    "prénom": lambda written: written.referral.first_names,
    "nom": lambda written: written.referral.usage_name or written.referral.birth_name,
    "numéro": lambda written: written.referral.number or "",
    "mention_licence": lambda written: written.referral.licence_name,
    "établissement": lambda written: str(written.referral.licence_institution or ""),
    "région": lambda written: str(written.referral.region or ""),
    "campagne": lambda written: str(written.referral.campaign),
    "déposée_le": lambda written: _day(written.referral.filed_at and localtime(written.referral.filed_at, written.zone).date()),
    "aujourd’hui": lambda written: _day(written.on),
    "gestionnaire": lambda written: written.by_name,
}
"""Name → what stands in its place."""
SPELT_ALIKE = str.maketrans({"'": "’"})


def unknown_in(text: str) -> list[str]:
    """Return the names in braces that no variable bears, in their order."""
    return [name for name in NAMED.findall(text) if _bare(name) not in VARIABLES]


def fill(text: str, written: Written) -> str:
    """Return ``text`` with its variables filled; what they bring in is text, and is not filled again."""
    return NAMED.sub(lambda found: VARIABLES[_bare(found[1])](written) if _bare(found[1]) in VARIABLES else found[0], text)


def _bare(name: str) -> str:
    return name.strip().translate(SPELT_ALIKE)
