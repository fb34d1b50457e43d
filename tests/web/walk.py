"""Walking through the site: every address there is, filled in; and every form that a page holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import urljoin

from django.urls import URLPattern, URLResolver, get_resolver

from .world import World

GAP = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>|\(\?P<(?P<named>\w+)>[^)]*\)")
SLUGS = {
    "key": "assign",
    "edition": "internal",
    "form": "pdf",
    "shape": "csv",
    "modality": "initial",
    "kind": "institution",
    "app_label": "referrals",
    "uidb36": "1",
    "token": "x",
    "code": "x",
}
"""What fills a gap of words, by its name, where nothing of the world does."""


class Address(NamedTuple):
    """route: as the resolver writes it. name: as a view is called."""

    route: str
    name: str
    exempt: bool

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """Return (converter, name) of each."""
        return [(found["converter"] or "", found["name"] or found["named"]) for found in GAP.finditer(self.route)]

    def filled(self, values: list[Any]) -> str:
        waiting = iter(values)
        path = GAP.sub(lambda _: str(next(waiting)), self.route)
        return "/" + re.sub(r"\\Z|[\^$]|\\(?=[./-])", "", path)


def addresses() -> list[Address]:
    """Return every address of the site, in the resolver's order, each route once."""
    found: dict[str, Address] = {}
    for pattern, route, space in _patterns(get_resolver(), "", ""):
        name = f"{space}{pattern.name or route}"
        found.setdefault(route, Address(route, name, getattr(pattern.callback, "csrf_exempt", False)))
    return list(found.values())


def _patterns(resolver: URLResolver, prefix: str, space: str) -> Iterator[tuple[URLPattern, str, str]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, route, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield pattern, route, space


def candidates(world: World, address: Address, converter: str, name: str) -> list[Any]:
    """Return what may fill a gap of an address, so that a page answers."""
    if name in world.ids:
        return world.ids[name]
    if (name == "key" and "ma-saisine" in address.route) or (name == "key" and "suivi" in address.route):
        return world.ids["referral"]
    if converter == "uuid":
        return world.ids["uuid"]
    if converter == "int" or name in ("object_id", "pk"):
        return [*world.ids["int"], *world.ids["uai"]] if converter == "path" else world.ids["int"]
    return [SLUGS.get(name, "x")]


@dataclass
class Form:
    """A form of a page, as a browser would send it."""

    page: str
    action: str
    method: str
    fields: dict[str, list[str]]
    kinds: dict[str, str]
    choices: dict[str, list[str]]

    @property
    def shape(self) -> tuple[str, ...]:
        """What makes two forms the same: numbers and keys of an address apart."""
        where = re.sub(r"[0-9a-f-]{36}|\d+", "…", self.action.partition("?")[0])
        return (where, self.method, *sorted(self.kinds))


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found = page, []
        self._form: Form | None = None
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        if tag == "form":
            action = urljoin(self.page, said.get("action") or self.page)
            self._form = Form(self.page, action, said.get("method", "get").lower(), {}, {}, {})
            self.found.append(self._form)
        elif self._form and tag in ("input", "select", "textarea", "button") and said.get("name"):
            self._take(tag, said)
        elif self._form and tag == "option" and self._select:
            self._form.choices[self._select].append(said.get("value", ""))
            if "selected" in said:
                self._form.fields[self._select].append(said.get("value", ""))

    def _take(self, tag: str, said: dict[str, str]) -> None:
        form, name = self._form, said["name"]
        assert form is not None
        kind = said.get("type", "text") if tag == "input" else tag
        form.kinds.setdefault(name, kind)
        values = form.fields.setdefault(name, [])
        if tag == "select":
            self._select = name
            form.choices.setdefault(name, [])
        elif tag == "textarea":
            self._area = name
        elif kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(said.get("value", "on"))
            if "checked" in said:
                values.append(said.get("value", "on"))
        elif (kind != "file" and tag != "button") or (tag == "button" and not values):
            values.append(said.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._form and self._area and data.strip():
            self._form.fields[self._area].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


def forms_of(page: str, content: str) -> list[Form]:
    reader = Forms(page)
    reader.feed(content)
    return reader.found
