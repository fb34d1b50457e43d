"""Trying what no browser sends: nasty words, and a try that leaves no trace behind and tells what an answer should not hold.

`FUZZ=100000` tries as many; `FUZZ_SEED=9` tries others. Both are printed, so that what failed can be tried again.
"""

import io
import logging
import os
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from random import Random
from typing import Any
from zipfile import ZipFile, is_zipfile

from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import connection
from django.http.response import HttpResponseBase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.factories import pdf

from .world import CANARY

SEED = int(os.environ.get("FUZZ_SEED", "8"))
TRIES = int(os.environ.get("FUZZ", "10000"))
"""In all tests of this folder together."""


def as_many(share: float) -> settings:
    """Hypothesis's settings for ``share`` of all tries: the same ones each time, and no clock."""
    return settings(
        max_examples=max(1, round(TRIES * share)),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


# Nasty words


NASTY = [
    "",
    " ",
    "\0",
    "a\0b",
    "\x00" * 9,
    "\x1b[31m",
    "\r\nX-Injected: yes",
    "\n" * 50,
    "\t",
    "\ufeff",
    "\u202e\u2066אבג",
    "\ud800",
    "e\u0301" * 60,
    "Z\u0336\u0353\u0349" * 40,
    "👩🏽‍🎓" * 20,
    "ﷺ" * 200,
    "İıſß",
    "①②③",
    "٣",
    "𝟙",
    "½",
    "A" * 300,
    "é" * 10_001,
    "x" * 100_000,
    "'",
    '"',
    "''--",
    "' OR 1=1 --",
    "'; DROP TABLE referrals_user; --",
    "\\",
    "%",
    "%s%s%n",
    "%(name)s",
    "{0.__class__}",
    "{{ 7*7 }}",
    "{% debug %}",
    "${7*7}",
    "'\"><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "data:text/html,<b>x",
    "//ailleurs.exemple/",
    "../../../../etc/passwd",
    "..%2f..%2f",
    "/etc/passwd",
    "C:\\con",
    "file:///etc/passwd",
    "|id",
    "`id`",
    "$(id)",
    "; sleep 9",
    "\\x41",
    "0",
    "-1",
    "1",
    "00",
    "+1",
    "1.5",
    "1e9",
    "1e400",
    "NaN",
    "Infinity",
    "-0",
    "0x10",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 400,
    "1_000",
    "1 000",
    "1,5",
    "²",
    "true",
    "None",
    "null",
    "undefined",
    "[]",
    "{}",
    "0000-00-00",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "2026-06-22",
    "22/06/2026",
    "31/12/9999",
    "2026-W26",
    "2026-06-22T10:00",
    "2026-06-22T10:00:60",
    "24:00",
    "10:00:00.0000001",
    "1970-01-01T00:00:00+99:99",
    "a@b",
    "a@b.fr\nBcc: c@d.fr",
    "a@" + "b" * 300 + ".fr",
    "é@exemple.fr",
    "@",
    "00000000-0000-4000-8000-000000000000",
    "not-a-uuid",
    "x;y=z",
    "=cmd|'/c calc'!A1",
    "@SUM(1)",
    "a=b&c=d",
    "a;b",
    "[object Object]",
    "\u2028",
    "../",
    "~",
    "*",
    "?",
    "#",
    "&amp;",
    "&#0;",
    "<!--",
    "]]>",
]
words = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=30),
    st.integers().map(str),
    st.dates().map(str),
    st.uuids().map(str),
    st.decimals().map(str),
)
NAMES = [
    "q",
    "page",
    "p",
    "o",
    "e",
    "tri",
    "sort",
    "by",
    "par",
    "group",
    "region",
    "academie",
    "campagne",
    "campaign",
    "etat",
    "suivi",
    "pile",
    "attente",
    "echeance",
    "age",
    "semaine",
    "voir",
    "text",
    "texte",
    "document",
    "user",
    "next",
    "dit",
    "de",
    "comme",
    "to",
    "code",
    "programme",
    "impossible",
    "_popup",
    "_to_field",
    "_changelist_filters",
    "field_name",
    "app_label",
    "model_name",
    "term",
    "id",
    "id__in",
    "id__exact",
    "student__email",
    "student__password__startswith",
    "referral__key",
    "town",
    "mention",
    "modality",
    "format",
    "language",
    "action",
    "all",
    "name",
    "é",
    "",
    "a" * 300,
    "csrfmiddlewaretoken",
]
"""Of parameters that some page reads, and of some that none should."""
FILES = [
    ("releve.pdf", pdf(), "application/pdf"),
    ("vide.pdf", b"", "application/pdf"),
    ("casse.pdf", b"%PDF-1.7\n\xff\xfe", "application/pdf"),
    ("page.html", b"<script>alert(1)</script>", "text/html"),
    ("dessin.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"),
    ("lot.zip", b"PK\x03\x04" + b"\0" * 40, "application/zip"),
    ("../../x.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "image/png"),
    ("a\r\nb.csv", b"uai;places\n\xff\xfe;x\n", "text/csv"),
    ("nom" * 200 + ".jpg", b"\xff\xd8\xff\xe0" + b"x" * 400, "image/jpeg"),
    ("tableur.xlsx", b"PK\x05\x06" + b"\0" * 18, "application/octet-stream"),
    ("n\u202efdp.exe", b"MZ" + b"\0" * 64, "application/pdf"),
]


def file_from(kind: tuple[str, bytes, str]) -> io.BytesIO:
    name, content, content_type = kind
    file = io.BytesIO(content)
    file.name = name
    file.content_type = content_type  # type: ignore[attr-defined]
    return file


def word(chance: Random) -> str:
    """A nasty word, mostly from the list; else one nobody thought of."""
    turn = chance.random()
    if turn < 0.7:
        return chance.choice(NASTY)
    if turn < 0.8:
        return str(chance.randint(-(10**12), 10**12))
    return "".join(chr(chance.choice((chance.randrange(32, 127), chance.randrange(0x110000)))) for _ in range(chance.randrange(12)))


# A try


class Heard:
    """What went wrong in one try: the exception of a view, where it came from."""

    def __init__(self) -> None:
        self.error = ""

    def __call__(self, sender: Any, request: Any = None, **_: Any) -> None:
        lines = traceback.format_exc().strip().splitlines()
        ours = [line.strip() for line in lines if 'File "' in line and "/.venv/" not in line and "/tests/" not in line]
        self.error = f"{lines[-1][:200]} | {ours[-1] if ours else lines[-3].strip()}"


@contextmanager
def leaving_no_trace() -> Iterator[Heard]:
    """Undo what is done inside, whatever became of the transaction; hear what a view raised."""
    heard = Heard()
    got_request_exception.connect(heard)
    savepoint = connection.savepoint()
    try:
        yield heard
    finally:
        got_request_exception.disconnect(heard)
        connection.needs_rollback = False
        connection.savepoint_rollback(savepoint)
        cache.clear()


INSIDE = re.compile(
    r"Traceback \(most recent call last\)|File \"/|django\.db\.|psycopg\.|SELECT .+ FROM \"|/site-packages/|<class '"
)
"""What only our own machine should see."""


def content_of(response: HttpResponseBase) -> str:
    """Return everything an answer says, its headers too; of an archive, what it holds."""
    content = response.getvalue()  # type: ignore[attr-defined]
    if content.startswith(b"PK") and is_zipfile(BytesIO(content)):
        with ZipFile(BytesIO(content)) as archive:
            content += b"".join(archive.read(name) for name in archive.namelist())
    return str(response.headers) + content.decode(errors="replace")


class Wrong(dict):
    """What no answer may be: what happened → the first request that it happened to."""

    def judge(self, asked: object, response: HttpResponseBase, heard: Heard, *, knows_her: bool) -> None:
        if response.status_code >= 500 or heard.error:
            self.setdefault(f"{response.status_code}: {heard.error}", asked)
        said = content_of(response)
        if found := INSIDE.search(said):
            self.setdefault(f"tells of our insides: {found[0]}", asked)
        if not knows_her:
            for what, words in CANARY.items():
                if words in said:
                    self.setdefault(f"tells her {what}", asked)

    def __str__(self) -> str:
        return "\n".join(f"{what}\n    {str(asked)[:600]}" for what, asked in self.items())


def quiet(caplog: Any) -> None:
    """Thousands of refusals would spend their time on telling it."""
    for name in ("django.template", "django.request", "django.security", "config.requests", "config.security"):
        caplog.set_level(logging.CRITICAL, logger=name)
