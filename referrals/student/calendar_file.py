"""Her limits as a calendar file (RFC 5545). It says nothing of who she is: it may lie on a shared phone or on others' servers."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid5

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from ..models import Limit, LimitKind, LimitStatus

CONTENT_TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75
"""Octets of one line, its end not counted; what is longer is folded."""
SHOWN_FOR = timedelta(hours=1)
"""A limit is an instant: the event is the hour before it, so that it stands on the last day and not on the one after."""
ALARMS = ("-P2D", "-PT3H")
ZONE = (
    *("BEGIN:VTIMEZONE", "TZID:UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
    *("TZOFFSETFROM:+0000", "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE"),
)
"""A calendar must hold something (3.4), also while no limit runs."""
SUMMARIES = {
    LimitKind.FILING: gettext_lazy("Saisine : dernier jour pour déposer"),
    LimitKind.SUPPLY: gettext_lazy("Saisine : dernier jour pour envoyer les documents"),
    LimitKind.ANSWER: gettext_lazy("Saisine : dernier jour pour répondre"),
}


def calendar(limits: Iterable[Limit], *, at: datetime, only: int | None = None) -> bytes:
    """Return the calendar of those of ``limits`` that run at ``at``; of the one whose pk is ``only``, where given.

    limits: all that her referrals ever had, with their referral and offer. A limit that takes another's place has its UID and a
    higher SEQUENCE, so that a calendar moves the event it knows; one that has ended is there no more.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Saisine du recteur//FR", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{_escaped(gettext('Saisine du recteur'))}", "REFRESH-INTERVAL;VALUE=DURATION:PT6H"]
    lines += ["X-PUBLISHED-TTL:PT6H", *ZONE]
    before: Counter[tuple[int, str, int | None]] = Counter()
    for limit in sorted(limits, key=lambda limit: limit.pk):
        place = (limit.referral_id, limit.kind, limit.offer_id)
        if limit.status == LimitStatus.LIVE and limit.ends_at > at and only in (None, limit.pk):
            lines += _event(limit, sequence=before[place])
        before[place] += 1
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(limit: Limit, *, sequence: int) -> Iterator[str]:
    place = f"{limit.kind} {limit.offer.key if limit.offer else ''}"
    summary = _escaped(str(SUMMARIES[LimitKind(limit.kind)]))
    address = f"{settings.SITE_URL}{reverse('student:home')}"
    yield "BEGIN:VEVENT"
    yield f"UID:{uuid5(limit.referral.key, place)}"
    yield f"SEQUENCE:{sequence}"
    yield f"DTSTAMP:{_instant(limit.created_at)}"
    yield f"DTSTART:{_instant(limit.ends_at - SHOWN_FOR)}"
    yield f"DTEND:{_instant(limit.ends_at)}"
    yield f"SUMMARY:{summary}"
    told = gettext("Connectez-vous pour lire ce délai : %(address)s") % {"address": address}
    yield f"DESCRIPTION:{_escaped(told)}"
    yield f"URL:{address}"
    yield "CLASS:PRIVATE"
    yield "TRANSP:TRANSPARENT"
    for trigger in ALARMS:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{trigger}", f"DESCRIPTION:{summary}", "END:VALARM")
    yield "END:VEVENT"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """Escape a TEXT value (3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """End a content line, folded where it is longer than allowed; a character is never cut in two (3.1)."""
    folded, length = b"", 0
    for character in line:
        octets = character.encode()
        if length + len(octets) > LONGEST_LINE:
            folded, length = folded + b"\r\n ", 1
        folded, length = folded + octets, length + len(octets)
    return folded + b"\r\n"
