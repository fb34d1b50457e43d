"""Who asks for what, and what she is answered, to the letter but for what each answer draws anew."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from django.db import connection
from django.test import Client

from referrals.models import DocumentReading, User
from tests import factories

from .doors import Door, absent, of
from .world import Side, Told

CASES_OF = {"student": ("case",), "drafter": ("draft",), "silent": ("silent",), "adviser": ("case", "draft")}
"""Whose cases a person of here may see something of; the office's people, the first."""
AT_HOME = ("institution", "caseworker", "head", "medical", "administrator")
FOREIGN = {
    "student": ("abroad", "silent"),
    "drafter": ("case",),
    "silent": ("case",),
    "adviser": ("silent",),
    **dict.fromkeys(AT_HOME, ("abroad",)),
}
"""What each is walked past that is not hers; who is nobody, or nobody any more, past the case of here."""
OWN_KINDS = ("", "case", "draft", "silent")
"""What stands in an address that is nobody's, or may be hers."""


class Answer(NamedTuple):
    """headers, body: without what is drawn anew, and without what was asked for. is_file: something leaves that is no page.
    is_read: a reading of a document was kept.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    is_file: bool
    is_read: bool


class Walker:
    """One person at one browser. What she asks for changes nothing: it is taken back."""

    def __init__(self, user: User | None, *, is_active: bool = True) -> None:
        self.client = factories.signed_in(user) if user else Client()
        self.client.raise_request_exception = False
        self.cookies = self.client.cookies.output(header="")
        self.asked = 0
        self.read = set(DocumentReading.objects.values_list("pk", flat=True))
        if user and not is_active:
            User.objects.filter(pk=user.pk).update(is_active=False)

    def ask(self, method: str, address: str, data: Any = None) -> Answer:
        before = connection.savepoint()
        self.client.cookies = SimpleCookie(self.cookies)
        self.asked += 1
        try:
            response = getattr(self.client, method.lower())(address, data or {})
            is_file = response.status_code == 200 and not response["Content-Type"].startswith(PAGES)
            is_read = is_file and DocumentReading.objects.exclude(pk__in=self.read).exists()
            return Answer(response.status_code, *_told(response, address), is_file, is_read)
        finally:
            connection.savepoint_rollback(before)


DRAWN_ANEW = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|(?<=value=")[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}(?=")|filters/\d+/delete'
)
"""Tokens against forgery and against sending twice, and the number of the filter that the request itself has kept."""


OF_THE_REQUEST = ("Content-Length", "X-Request-ID")
PAGES = ("text/html", "application/json", "text/javascript", "text/plain", "text/calendar")


def _told(response: Any, address: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return the headers and the body, without what would differ between two addresses alike."""
    path = address.partition("?")[0]
    asked = [address, quote(address), quote(address, safe=""), quote_plus(address), path, quote(path, safe="")]
    parts = {part for part in path.split("/") if any(sign.isdigit() for sign in part)}

    def without(text: str) -> str:
        for shape in dict.fromkeys(asked):
            text = text.replace(shape, "ADDRESS")
        return DRAWN_ANEW.sub("", text)

    def led(text: str) -> str:
        return "/".join("ASKED" if part in parts else part for part in without(text).split("/"))

    headers = sorted((name, led(value) if name == "Location" else without(value)) for name, value in response.headers.items())
    body = response.getvalue().decode("utf-8", errors="replace")
    return tuple(header for header in headers if header[0] not in OF_THE_REQUEST), without(body)


class Filled(NamedTuple):
    """What stands in an address. kind: « case », « draft » and « silent » of here, « abroad », « absent », or nothing at all."""

    kind: str
    address: str


def filled(door: Door, world: Told, who: str) -> Iterator[Filled]:
    """Yield the addresses of ``door`` at which ``who`` knocks: hers, somebody else's, one of what does not exist."""
    if not door.objects:
        yield Filled("", door.address(absent(door)))
        return
    own = CASES_OF.get(who, ("case",) if who in AT_HOME else ())
    for kind in dict.fromkeys([*own, *FOREIGN.get(who, ("case",))]):
        side, case = (world.elsewhere, "case") if kind == "abroad" else (world.here, kind)
        what = of(side, door, case)
        if what is not None:
            yield Filled(kind, door.address(what))
    yield Filled("absent", door.address(absent(door)))
    yield from _mixed(door, world.here, world.elsewhere, own)


def _mixed(door: Door, here: Side, elsewhere: Side, own: tuple[str, ...]) -> Iterator[Filled]:
    """Yield what is hers with, in it, what is not: of somebody else, and of nobody."""
    mine, theirs = (of(here, door, own[0]) if own else None), of(elsewhere, door)
    if len(door.objects) > 1 and mine and theirs:
        last = door.objects[-1]
        yield Filled("theirs in hers", door.address(mine | {last: theirs[last]}))
        yield Filled("none in hers", door.address(mine | {last: absent(door)[last]}))
