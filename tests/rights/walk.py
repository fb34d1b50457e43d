"""Who asks for what, and what she is answered, to the letter but for what each answer draws anew."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpResponseBase
from django.test import RequestFactory
from django.test.client import ClientHandler

from referrals.models import DocumentReading, User
from tests import factories

from .doors import Door, absent, of
from .world import Side, Told, undone

AT_HOME = ("institution", "caseworker", "head", "medical")
CASES_OF = {
    "student": ("case",),
    "drafter": ("draft",),
    "silent": ("silent",),
    "adviser": ("case", "draft"),
    **dict.fromkeys(AT_HOME, ("case",)),
    "administrator": ("case", "abroad"),
}
"""Whose cases each may see something of."""
FOREIGN = {
    "student": ("abroad", "silent"),
    "drafter": ("case",),
    "silent": ("case",),
    "adviser": ("silent",),
    **dict.fromkeys(AT_HOME, ("abroad",)),
    "administrator": (),
}
"""What each is walked past that is not hers; who is nobody, or nobody any more, past the case of here."""
OWN_KINDS = ("", "case", "draft", "silent")
"""What stands in an address that is nobody's, or may be somebody's of here."""


class Answer(NamedTuple):
    """What one address answers. said: the messages her next page will show. is_file: something leaves that is no page.
    is_read: a reading of a document was kept.
    """

    status: int
    address: str
    headers: tuple[tuple[str, str], ...]
    content: bytes
    said: str
    is_file: bool
    is_read: bool

    @property
    def leads_to(self) -> str:
        return dict(self.headers).get("Location", "")

    def as_told(self) -> list[object]:
        """Return all of it, line by line, without what is drawn anew, and what would differ between two addresses alike."""
        address, path = self.address, self.address.partition("?")[0]
        asked = [address, quote(address), quote(address, safe=""), quote_plus(address), path, quote(path, safe="")]
        parts = {part for part in path.split("/") if any(sign.isdigit() for sign in part)}

        def without(text: str) -> str:
            for shape in dict.fromkeys(asked):
                text = text.replace(shape, "ADDRESS")
            return DRAWN_ANEW.sub("", text)

        def led(text: str) -> str:
            return "/".join("ASKED" if part in parts else part for part in without(text).split("/"))

        told = [(name, led(value) if name == "Location" else without(value)) for name, value in self.headers]
        told = sorted(header for header in told if header[0] not in OF_THE_REQUEST)
        return [self.status, *told, without(self.said), *without(self.content.decode("utf-8", errors="replace")).split("\n")]


DRAWN_ANEW = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|(?<=value=")[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}(?=")|filters/\d+/delete'
    r"|(?<=<strong>)[0-9a-f]{12}(?=</strong>)"
)
"""Tokens against forgery and against sending twice, the number of the filter that the request itself has kept, and the reference
of a request that was refused.
"""
MESSAGES = SessionStorage.session_key
OF_THE_REQUEST = ("Content-Length", "X-Request-ID")
PAGES = ("text/html", "application/json", "text/javascript", "text/plain", "text/calendar")


class Browser(RequestFactory):
    """Asks, and keeps nothing: no cookie it is given, and, unlike the test client, no copy of what each template was given."""

    def __init__(self, cookies: SimpleCookie) -> None:
        super().__init__()
        self.cookies = cookies
        self.handler = ClientHandler(enforce_csrf_checks=False)

    def request(self, **request: Any) -> HttpResponseBase:
        return self.handler(self._base_environ(**request))


class Walker:
    """One person at one browser. What she asks for changes nothing: it is taken back."""

    def __init__(self, user: User | None, *, is_active: bool = True) -> None:
        self.browser = Browser(factories.signed_in(user).cookies if user else SimpleCookie())
        self.asked = 0
        self.read = set(DocumentReading.objects.values_list("pk", flat=True))
        if user and not is_active:
            User.objects.filter(pk=user.pk).update(is_active=False)

    def ask(self, method: str, address: str) -> Answer:
        self.asked += 1
        with undone():
            response = getattr(self.browser, method.lower())(address)
            content, said = response.getvalue(), response.wsgi_request.session.get(MESSAGES, "")
            is_file = response.status_code == 200 and not response["Content-Type"].startswith(PAGES)
            is_read = is_file and DocumentReading.objects.exclude(pk__in=self.read).exists()
            return Answer(response.status_code, address, tuple(response.items()), content, said, is_file, is_read)


class Filled(NamedTuple):
    """What stands in an address. kind: « case », « draft » and « silent » of here, « abroad », « absent », or nothing at all."""

    kind: str
    address: str


def filled(door: Door, world: Told, who: str) -> Iterator[Filled]:
    """Yield the addresses of ``door`` at which ``who`` knocks: hers, somebody else's, one of what does not exist."""
    if not door.objects:
        yield Filled("", door.address(absent(door)))
        return
    own = CASES_OF.get(who, ())
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
