"""Every public, account and student page, in every state of a referral that opens it, in both looks, at three widths.

Pages are found through the addresses of the site: one that nobody here puts in a state fails. Two pages of the same make (the same
elements in the same order) are looked at once.
"""

import logging
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page

from referrals import procedure
from referrals.models import DocumentKind
from referrals.rules.states import State
from tests import factories
from tests.benchmarks.weights import LOOKS, production, visitor_of
from tests.browser.conftest import AXE
from tests.factories import signed_in
from tests.story import LEAD_TO, Story, in_state

OUTLINES = Path(__file__).parent / "outlines.txt"
"""What each page is made of. With `WRITE_OUTLINES=yes` in the environment this test writes it anew: read the difference."""

READER = Path(__file__).parent / "outline.js"

PHONE, WIDER = 360, (768, 1280)
ROOMS = {"", "vacancies", "student"}
"""Namespaces of what anybody or a student opens; office, institutions and advisers are walked through elsewhere."""
ELSEWHERE = {"answer_by_link", "health", "account_confirm_email", "account_reset_password_from_key", "account_confirm_login_code"}
"""Not a student's; not for people; only a mail's links lead there, and tests of theirs follow them; not in use."""
NO_PAGES = {
    "after_login", "document", "calendar_feed", "language", "account_inactive", "statistics_csv", "statistics_json",
    "vacancies:csv", "vacancies:json", "student:start", "student:suggest", "student:found_on", "student:remove_licence",
    "student:remove_application", "student:remove_begun_application", "student:remove_document", "student:document_page",
    "student:receive", "student:receive_part", "student:supply", "student:end_mandate", "student:share_draft", "student:end_health",
    "student:limits_file", "student:limit_file", "student:case_file", "student:export",
    "student:erase_me", "original", "robots_txt", "security_txt", "openid_connect_login", "openid_connect_callback",
}  # fmt: skip
"""Addresses that answer with no page: they take what is posted, lead on, or send a file."""
ON_THE_WAY = {
    "invitation", "socialaccount_signup", "mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
    "mfa_login_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_download_recovery_codes",
}  # fmt: skip
"""Pages of somebody who is signing in, or has a second factor: `tests/browser/test_accounts.py` looks at those."""


ASKED = {
    "diploma": "national",
    "status": "obtained",
    "licence_day": "12/06/2026",
    "applications": "5",
    "refusals": "5",
    "last_refusal_on": "10/06/2026",
    "silent": "0",
    "waiting": "no",
    "admitted": "no",
    "mentions": "2",
    "institutions": "2",
}
"""What somebody answers who wonders whether she may."""


class Found(NamedTuple):
    """A page, and the session in which it opens."""

    name: str
    state: str
    path: str
    session: str


def routes(resolver=None, namespace: str = "", above: frozenset[str] = frozenset()) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the name of each address of the `ROOMS`, and what it is made with."""
    for pattern in (resolver or get_resolver()).url_patterns:
        made_with = above | set(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver) and (pattern.namespace or namespace) in ROOMS:
            yield from routes(pattern, pattern.namespace or namespace, made_with)
        elif isinstance(pattern, URLPattern) and pattern.name not in ELSEWHERE:
            yield f"{namespace}:{pattern.name}".lstrip(":"), made_with


def talked() -> Story:
    """Three offers; she wrote and was answered with a file, somebody may speak for her, her adviser sees what she may show."""
    story = Story()
    story.offered()
    story.followed()
    procedure.write_to_office(story.id, text="Puis-je ajouter un vœu ?", by=story.her, at=story.later(hours=1).at)
    files = {"uploads": [factories.upload("une-piece-jointe-au-nom-si-long-qu-il-ne-tiendrait-pas-sur-un-telephone.pdf")]}
    procedure.write_to_student(story.id, text="Oui.", **files, by=story.office, at=story.later(hours=1).at)
    procedure.give_mandate(story.id, name="Pascale Fictif", by=story.her, at=story.at)
    procedure.set_adviser_consent(story.id, consent=True, documents=True, offers=True, by=story.her, at=story.at)
    return story


def asked() -> Client:
    """Somebody who has asked whether she may refer the matter."""
    client = Client()
    client.post(reverse("may_i_refer"), ASKED | {"academy": factories.academy().pk})
    return client


def session_in(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value if settings.SESSION_COOKIE_NAME in client.cookies else ""


def given(story: Story) -> dict[str, list[object]]:
    """Return the values that a student's addresses are made with in her referral."""
    referral = story.referral
    return {
        "key": [referral.key],
        "document": [document.key for document in referral.documents.order_by("pk")[:1]],
        "offer": [offer.key for offer in referral.offers.filter(sent_at__isnull=False).order_by("pk")[:1]],
        "pk": [application.pk for application in referral.applications.order_by("pk")[:1]],
        "begun": list(referral.begun_applications.values_list("key", flat=True)),
    }


def opened() -> Iterator[Found]:
    """Yield every page of the `ROOMS` in every state that opens it, each make once."""
    makes: set[tuple[str, ...]] = set()
    stories = {state.value: in_state(state) for state in LEAD_TO} | {"talked": talked()}
    drafting = stories[State.DRAFT]
    procedure.begin_application(drafting.id, answers={"mention": "Archives"}, by=drafting.her, at=drafting.at)
    clients = {"stranger": Client(), "newcomer": signed_in(factories.UserFactory()), "asked": asked()}
    forgetful = factories.UserFactory()
    forgetful.set_unusable_password()
    forgetful.save()
    clients["without a password"] = signed_in(forgetful)
    clients |= {state: signed_in(story.student) for state, story in stories.items()}
    letter = stories[State.FILED].referral.documents.get(kind=DocumentKind.RECEIPT)
    for state, client in clients.items():
        known = {"code": [letter.code]} | (given(stories[state]) if state in stories else {})
        for name, made_with in routes():
            if state in stories and name.startswith("account_"):
                continue  # whoever has a referral reads them as a newcomer does
            if name in NO_PAGES or not all(known.get(parameter) for parameter in made_with):
                continue
            path = reverse(name, kwargs={parameter: known[parameter][0] for parameter in made_with})
            answer = client.get(path)
            if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
                continue
            make = (name, *re.findall(r"<(/?\w+)", answer.content.decode().partition("<main")[2]))
            if make not in makes:
                makes.add(make)
                yield Found(name, state, path, session_in(client))
    yield Found("404", "stranger", "/rien-ici/", "")


LANDMARKS = {"header", "main", "footer", "nav: Menu principal", "nav: Accès rapide"}


def outline_of(page: Page) -> list[str]:
    """Return landmarks, headings, fields and live regions of ``page``, as they come; numbers left out."""
    parts = [line.partition(": ") for line in page.evaluate(READER.read_text())]
    return [f"{kind}{colon}{re.sub(r'[0-9]+(?:-[0-9]+-[A-Z])?', '#', said)}" for kind, colon, said in parts]


def flaws_of(outline: list[str]) -> Iterator[str]:
    """Yield what is wrong with an outline, whatever the page."""
    levels = [int(found[1]) for line in outline if (found := re.match(r"\s*h(\d):", line))]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"headings {levels}"
    yield from (f"from h{above} to h{below}" for above, below in pairwise(levels) if below > above + 1)
    yield from (f"no {landmark}" for landmark in sorted(LANDMARKS - set(outline)))
    yield from (line for line in outline if "WITHOUT A NAME" in line)


def looked_at(page: Page, found: Found, *, look: str) -> Iterator[str]:
    """Yield what is wrong with the open page in a browser of each width."""
    for width in (PHONE, *WIDER):
        page.set_viewport_size({"width": width, "height": 800})
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            yield f"{wider} px stick out at {width}"
        if width == PHONE:
            rules = Axe().run(page, options=AXE).response["violations"]
            yield from (f"{rule['id']}, {rule['nodes'][0]['target']}" for rule in rules)
        if folder := os.environ.get("LOOK_AT"):
            name = f"{found.name}-{found.state}-{look}-{width}".replace(":", "-")
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_every_page_in_every_state(transactional_db, browser, collected, caplog):
    caplog.set_level(logging.WARNING, logger="django.template")  # writing down what each page lacks would take minutes
    pages = list(opened())
    assert {name for name, _ in routes()} - {found.name for found in pages} == NO_PAGES | ON_THE_WAY
    outlines: dict[str, list[str]] = {}
    flaws: list[str] = []
    for look in LOOKS:
        names: set[str] = set()
        with production(collected, look=look) as address:
            visitors = {}
            for found in pages:
                if look == "State" and found.name in names:
                    continue  # the looks share their pages: another state shows nothing that a look changes
                names.add(found.name)
                if found.session not in visitors:
                    visitors[found.session] = visitor_of(browser, address, found.session).new_page()
                page = visitors[found.session]
                page.set_viewport_size({"width": PHONE, "height": 800})
                page.goto(found.path)
                flaws += [f"{look}, {found.name} ({found.state}): {flaw}" for flaw in looked_at(page, found, look=look)]
                if look == "neutral":
                    outline = outline_of(page)
                    flaws += [f"{found.name} ({found.state}): {flaw}" for flaw in flaws_of(outline)]
                    outlines[f"{found.name} ({found.state})"] = outline
            for page in visitors.values():
                page.context.close()
    written = "\n\n".join("\n    ".join([name, *outline]) for name, outline in outlines.items()) + "\n"
    if os.environ.get("WRITE_OUTLINES"):
        OUTLINES.write_text(written)
    assert flaws == []
    assert written == OUTLINES.read_text()
