"""Every page of the office that the demonstration leads to: axe-core finds nothing, nothing sticks out, at a desk, on a tablet."""

from collections import deque
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import resolve

from referrals.management.commands.demo import PASSWORD
from tests.browser.conftest import AXE, Person
from vacancies.imports.reference import load_reference

DESK, TABLET = {"width": 1280, "height": 800}, {"width": 820, "height": 1180}
FILES = (".pdf", ".zip", ".csv", ".ods", ".xlsx", ".json", ".png")
STAFF = {
    "cheffe@rectorat.example": 40,
    "nationale@ministere.example": 40,
    "medecin@rectorat.example": 4,
}
"""Who walks through the office → how many different pages there are for her at least."""


@pytest.fixture
def demonstration(transactional_db) -> None:
    load_reference()
    call_command("demo", verbosity=0)


def kind_of(path: str) -> str:
    """Return which of the site's pages an address is: two files of the queue are one page."""
    match = resolve(path)
    return f"{match.view_name} {match.kwargs.get('action', '')}"


def leads_to(person: Person) -> list[str]:
    links = person.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    paths = [urlsplit(link).path for link in links if urlsplit(link).netloc == urlsplit(person.page.url).netloc]
    return [path for path in paths if path.startswith("/bureau/") and not path.endswith(FILES) and "logout" not in path]


def flaws_of(person: Person, path: str) -> list[str]:
    """Return what is wrong with the page at a desk's and at a tablet's width."""
    flaws = []
    for size in (DESK, TABLET):
        person.page.set_viewport_size(size)
        person.page.goto(path)
        found = Axe().run(person.page, options=AXE).response["violations"]
        flaws += [f"{path} at {size['width']} px: {rule['id']}, {rule['nodes'][0]['target']}" for rule in found]
        wider = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        flaws += [f"{path} at {size['width']} px: {wider} px stick out"] if wider > 0 else []
    flaws += [f"{path}: {complaint}" for complaint in person.complaints]
    person.complaints.clear()
    return flaws


def walk(person: Person) -> tuple[set[str], list[str]]:
    """Go wherever links lead from the office's first page; return the different pages there are, and what is wrong with them."""
    seen: set[str] = set()
    flaws: list[str] = []
    waiting = deque(["/bureau/"])
    while waiting:
        path = waiting.popleft()
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        answer = person.page.request.head(path)
        if answer.status != 200:
            flaws.append(f"{path}: {answer.status}, though a page leads there")
        elif "text/html" in answer.headers["content-type"]:
            flaws += flaws_of(person, path)
            waiting.extend(leads_to(person))
    return seen, flaws


def test_every_page_of_the_office(demonstration, browser, site):
    """One demonstration for all who walk through it: to play it takes long, and looking changes nothing."""
    flaws: list[str] = []
    for email, least in STAFF.items():
        person = Person(browser, site.address)
        person.signs_in(email, PASSWORD)
        seen, found = walk(person)
        flaws += [f"{email}: {flaw}" for flaw in found]
        flaws += [f"{email}: {len(seen)} pages, of {least} at least"] if len(seen) < least else []
    assert flaws == []
