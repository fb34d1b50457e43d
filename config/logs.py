"""How a line of the log is written: as JSON, and without personal data.

Our own loggers say what they choose to say; of the words that a library fills its messages with, numbers alone are kept. Of an
error stays what it is and where it happened, never its text: databases and parsers like to quote what somebody typed. What looks
like an address, a number of a student or a secret is blotted out of everything, whoever wrote it.
"""

import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from pythonjsonlogger.json import JsonFormatter

reference: ContextVar[str] = ContextVar("reference", default="")
"""Of the request, or the task, that is being served: every line written meanwhile bears it."""

OUR_OWN = ("config", "notifications", "referrals", "vacancies", "celery.beat")
"""Loggers whose words are ours, or come from our timetable alone."""

BLOTTED = (
    (re.compile(r"[^\s<>\"'(,;:=]+@[^\s<>\"'),;:]+"), "[adresse]"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"), "[ip]"),
    (re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])|(?<![\w:])::[0-9a-fA-F:]*"), "[ip]"),
    (re.compile(r"\b\d{9,10}[A-Z]{1,2}\b|\b\d{10}[A-Za-z]\b"), "[ine]"),
    (re.compile(r"(?<!\d)(?:\+33|0)\s?\d(?:[\s.]?\d{2}){4}(?!\d)"), "[téléphone]"),
    (re.compile(r"\?\S+"), "?[…]"),
    (re.compile(r"\b[A-Za-z0-9_-]{43,}(?:[:.][A-Za-z0-9_-]+)*"), "[secret]"),
)
"""Pattern → what stands in its place. A digest of a chain (64 hexadecimal digits) is no secret: see `blotted`."""
DIGEST = re.compile(r"[0-9a-f]{64}\b")


def blotted(text: str) -> str:
    """Return ``text`` without what looks like an address, a telephone, an INE, a query or a token."""
    for pattern, stand_in in BLOTTED:
        text = pattern.sub(lambda found, put=stand_in: found[0] if DIGEST.fullmatch(found[0]) else put, text)
    return text


def pseudonym(of: object, *, at: datetime | None = None) -> str:
    """Return what stands for somebody, or for an address of the network, in the logs of one day, and cannot be turned back."""
    day = (at or datetime.now(UTC)).date()
    return salted_hmac("config.logs", f"{day}:{of}", algorithm="sha256").hexdigest()[:16]


EVERY_RECORD_HAS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class Line(JsonFormatter):
    """A record as one line of JSON."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        said = {name: value for name, value in record.__dict__.items() if name not in EVERY_RECORD_HAS}
        log_data |= {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": blotted(_words(record)),
            "reference": reference.get(),
        }
        if record.name.startswith(OUR_OWN):
            log_data |= {name: blotted(value) if isinstance(value, str) else value for name, value in said.items()}
        if record.exc_info and record.exc_info[1]:
            log_data["error"] = _told(record.exc_info[1])


def _words(record: logging.LogRecord) -> str:
    if record.name.startswith("django.security"):
        return record.name  # DisallowedHost, TooManyFieldsSent…: its message quotes what came
    if record.name.startswith(OUR_OWN):
        return record.getMessage()
    arguments = record.args
    kept = {k: _number(v) for k, v in arguments.items()} if isinstance(arguments, dict) else tuple(map(_number, arguments or ()))
    try:
        return str(record.msg) % kept if kept else str(record.msg)
    except (TypeError, ValueError):  # %d of a word: the pattern alone says enough
        return str(record.msg)


def _number(value: object) -> object:
    return value if isinstance(value, int | float) else "…"


def _told(error: BaseException) -> dict[str, Any]:
    """What an error is, what caused it, and where: files, lines and functions, but no word it was given."""
    told: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "where": [f"{_path(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)],
    }
    if constraint := getattr(getattr(error, "diag", None), "constraint_name", None):
        told["constraint"] = constraint
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told | ({"cause": _told(cause)} if cause else {})


def _path(name: str) -> str:
    return name.removeprefix(f"{settings.BASE_DIR}/").rpartition("site-packages/")[2]
