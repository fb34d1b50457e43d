"""A day in the office, scripted: ten files of each kind treated in Chromium, in front of gunicorn; clicks and seconds for each.

Seconds are the machine's, from the click that opens the list to the page that says it is done: nobody reads or thinks. A text is
filled in at once. A list is opened by its saved filter, which is one click.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from referrals import procedure
from referrals.rules.states import Action, State
from tests import factories
from tests.processes import environment, free_port, mailbox, web, worker
from tests.story import LEAD_TO, Story

SCRATCH = "banc_jour"
TEN = 10
QUEUE = "/bureau/referrals/referral/"
SAID = {
    Action.REQUEST_DOCUMENTS: {"wanted": "Le relevé complet, lisible.", "days": "15"},
    Action.WRITE_TO_STUDENT: {"text": "Bonjour, votre dossier est complet."},
    Action.RECORD_CONTACT: {"note": "Rappelée : dossier complet."},
    Action.CLOSE: {"law": "Aucune place vacante ne convient.", "facts": "Trois établissements ont refusé."},
    Action.CONSULT: {"reason": "Des places s’y sont libérées."},
}
"""What is written in the form of an act, where it asks for it."""


class Hand:
    """The mouse of a caseworker; it counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def opens(self, address: str) -> None:
        self.clicks += 1
        self.page.goto(address)

    def clicks_on(self, selector: str) -> None:
        self.clicks += 1
        self.page.locator(selector).first.click()

    def leaves_by(self, selector: str) -> None:
        """Click what leads to another page, and see it."""
        with self.page.expect_navigation():
            self.clicks_on(selector)

    def goes_to(self, address: str) -> None:
        """Click the link that leads there, having opened what it is put away in."""
        link = f'a[href^="{address}"]:visible'
        if not self.page.locator(link).count():
            self.clicks_on("details.put-away > summary")
        self.leaves_by(link)

    def fills(self, words: dict[str, str]) -> None:
        for name, text in words.items():
            field = self.page.locator(f"main [name={name}], #content [name={name}]").first
            if field.count():
                field.fill(text)


class Kind(NamedTuple):
    """name: of the files, to find them by. leads: how such a file came about. treats: what is done to one, or to all at once."""

    label: str
    name: str
    leads: Callable[[Story], object]
    treats: Callable[[Hand, Story], None]
    at_once: bool = False


def by_act(action: Action) -> Callable[[Hand, Story], None]:
    """Open the file from the list, choose the act, fill its form, do it."""

    def treat(hand: Hand, story: Story) -> None:
        hand.goes_to(f"{QUEUE}{story.id}/change/")
        offer = story.referral.offers.first() if action == Action.SEND_OFFER else None
        hand.goes_to(f"{QUEUE}{story.id}/{f'offers/{offer.pk}/' if offer else ''}{action}/")
        hand.fills(SAID.get(action, {}))
        submit = "form.deed input.default" if action != Action.CONSULT else "form button[type=submit]:has-text('Consulter')"
        hand.leaves_by(submit)

    return treat


def declare_many(hand: Hand, story: Story) -> None:
    hand.clicks_on("input[name=which][value=page]")
    hand.leaves_by(f"button[formaction*='bulk/{Action.DECLARE_ADMISSIBLE}/']")
    hand.leaves_by("form.deed input.default")


def send_many(hand: Hand, story: Story) -> None:
    hand.opens(f"{QUEUE}to-send/")
    hand.leaves_by("input[name=all]")


def agreed(story: Story) -> None:
    story.admissible()
    story.agree(story.consulting())


def asked(story: Story) -> None:
    story.filed()
    procedure.write_to_office(story.id, text="Avez-vous tout reçu ?", uploads=(), by=story.her, at=story.at)


KINDS = (
    Kind("declare admissible", "Examen", Story.filed, by_act(Action.DECLARE_ADMISSIBLE)),
    Kind("declare admissible, ten at once", "Ensemble", Story.filed, declare_many, at_once=True),
    Kind("request documents", "Relevé", Story.filed, by_act(Action.REQUEST_DOCUMENTS)),
    Kind("consult the best seat", "Recherche", Story.admissible, by_act(Action.CONSULT)),
    Kind("send an offer", "Proposition", agreed, by_act(Action.SEND_OFFER)),
    Kind("send offers, all at once", "Envoi", agreed, send_many, at_once=True),
    Kind("answer a message", "Question", asked, by_act(Action.WRITE_TO_STUDENT)),
    Kind("close", "Clôture", LEAD_TO[State.ADMISSIBLE], by_act(Action.CLOSE)),
)


def main(folder: Path) -> None:
    """Print the table; in a database of its own, where web and worker see what is written."""
    former = connection.settings_dict["NAME"]
    connection.settings_dict.setdefault("TEST", {})["NAME"] = SCRATCH
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        files = {kind: list(stories_of(kind)) for kind in KINDS}
        office = next(iter(files.values()))[0].signer
        print(f"\n{'a day in the office, for each file':44}{'clicks':>10}{'seconds':>10}", flush=True)
        with signed_in(office.email, folder) as page:
            for kind, stories in files.items():
                clicks, seconds = treated(kind, stories, page)
                print(f"{kind.label:44}{clicks / TEN:>10.1f}{seconds / TEN:>10.2f}", flush=True)
    finally:
        connection.close()
        with connection.creation._nodb_cursor() as cursor:  # the web that was stopped may hold a connection for a moment
            cursor.execute(f"DROP DATABASE {SCRATCH} WITH (FORCE)")
        connection.settings_dict["NAME"] = former


def stories_of(kind: Kind) -> Iterator[Story]:
    """Ten files of one office, each as ``kind`` has them."""
    for rank in range(TEN):
        story = Story(at=timezone.now())
        story.__dict__ |= _one_office(story)
        story.draft = lambda story=story, rank=rank, **facts: Story.draft(  # type: ignore[method-assign]
            story, birth_name=f"{kind.name} {'ABCDEFGHIJ'[rank]}", **facts
        )
        kind.leads(story)
        if kind.name == "Recherche":
            story.vacancy(seats=TEN)
        yield story


OFFICE: dict[str, object] = {}


def _one_office(story: Story) -> dict[str, object]:
    if not OFFICE:
        OFFICE.update(signer=story.signer, caseworker=story.caseworker)
    return OFFICE


@contextmanager
def signed_in(email: str, folder: Path) -> Iterator[Page]:
    """Gunicorn, a worker, and Chromium where somebody has signed in."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread
    port = free_port()
    with mailbox() as box, sync_playwright() as playwright:
        env = environment(mail_port=box.port, site_url=f"http://127.0.0.1:{port}")
        with worker(env=env, log=folder / "day-worker.log"), web(env=env, log=folder / "day-web.log", port=port) as site:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_context(base_url=site, locale="fr-FR").new_page()
            page.goto("/compte/login/")
            page.locator("[name=login]").fill(email)
            page.locator("[name=password]").fill(factories.PASSWORD)
            page.locator("main form button[type=submit]").first.click()
            connection.close()  # it is another one beside Playwright's loop, and may be open on the database of what ran before
            yield page
            connection.close()
            browser.close()


def treated(kind: Kind, stories: list[Story], page: Page) -> tuple[int, float]:
    """Treat them; return the clicks and the seconds. Raises AssertionError where a file has not moved."""
    hand = Hand(page)
    before = [story.referral.events.count() for story in stories]
    start = perf_counter()
    for story in stories[:1] if kind.at_once else stories:
        hand.opens(f"{QUEUE}?q={kind.name}")
        kind.treats(hand, story)
    seconds = perf_counter() - start
    left = [story.referral.number for story, events in zip(stories, before, strict=True) if story.referral.events.count() == events]
    assert left == [], (kind.label, left, page.url, page.locator("main").inner_text()[:500])
    return hand.clicks, seconds
