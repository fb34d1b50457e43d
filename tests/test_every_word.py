"""Every word that a student or the public may read passes through the catalogue: a made-up language marks what it translates.

What is left unmarked must be somebody's own words, a name, a number, or be said to be French in the page itself.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import translation

from referrals.models import Event
from referrals.rules.states import State
from tests.story import FILED_AT, Story, in_state

pytestmark = pytest.mark.django_db

OPEN, CLOSE = "⟦", "⟧"
MARKED = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
SAID_ASIDE = {"script", "style", "textarea", "code"}
SPOKEN = {"alt", "aria-label", "title", "placeholder", "data-own"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@pytest.fixture(autouse=True)
def made_up_language(monkeypatch):
    """Let the catalogues answer with the words they are asked for, between marks."""

    def one(words: str) -> str:
        return f"{OPEN}{words}{CLOSE}" if words.strip() else words

    def many(singular: str, plural: str, number: int) -> str:
        return one(singular if number == 1 else plural)

    monkeypatch.setattr(translation._trans, "gettext", one, raising=False)
    monkeypatch.setattr(translation._trans, "pgettext", lambda context, words: one(words), raising=False)
    monkeypatch.setattr(translation._trans, "ngettext", many, raising=False)
    monkeypatch.setattr(translation._trans, "npgettext", lambda context, *words: many(*words), raising=False)


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(FILED_AT, tick=False):
        yield


class Reader(HTMLParser):
    """Hears what a page says, but for what it declares to be French, and what somebody is to type or a machine to read."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.heard: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        aside = tag in SAID_ASIDE or (known.get("lang") in ("fr", "en") and tag != "html")
        if not self._aside() and not aside:
            self.heard += [value for name, value in attrs if name in SPOKEN and value]
        if tag not in VOID:
            self.open.append((tag, aside))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._aside():
            self.heard.append(" ".join(data.split()))

    def _aside(self) -> bool:
        return any(aside for _, aside in self.open)


def somebodys_own() -> list[str]:
    """Return names and words of the database: people's, places', programmes', what was typed; the longest first."""
    places = list(apps.get_app_config("vacancies").get_models())
    people = [apps.get_model("referrals", name) for name in PERSONAL]
    rows = [row for model in (*places, *people) for row in model._default_manager.all()]
    words = {str(row) for row in rows if type(row) in places} | {text for row in rows for text in _texts_of(row)}
    return sorted((word for word in words if len(word) > 2), key=len, reverse=True)


def _texts_of(row: models.Model) -> Iterator[str]:
    return (str(getattr(row, column.attname)) for column in row._meta.concrete_fields if isinstance(column, TEXTS))


TEXTS = (models.CharField, models.TextField)
PERSONAL = ("User", "Referral", "Application", "OtherLicence", "CampaignRules")


def unsaid(page: str) -> list[str]:
    """Return what a page says that no catalogue was asked for."""
    reader = Reader()
    reader.feed(page)
    left = "\n".join(reader.heard)  # a message may hold tags of its own
    while left != (fewer := MARKED.sub(" ", left)):
        left = fewer
    for word in [*somebodys_own(), *Event.objects.exclude(note="").values_list("note", flat=True), *NAMES]:
        left = left.replace(word, " ")
    return [line for line in left.splitlines() if re.search(r"[^\W\d_]{2,}", line)]


NAMES = [
    "releve.pdf", "PDF", "Licence Ouverte 2.0", "info.gouv.fr", "service-public.gouv.fr", "legifrance.gouv.fr", "data.gouv.fr",
    "cvec.etudiant.gouv.fr", "defenseurdesdroits.fr",
]  # fmt: skip
"""Files of the sample, and what has no other name in any language."""

PUBLIC = [
    "home", "legal", "accessibility", "rules", "may_i_refer", "statistics", "vacancies:list", "contacts", "dates", "questions",
    "verify", "account_login", "account_signup", "account_reset_password", "account_reset_password_done",
]  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_pages_of_the_public(client, name):
    story = Story()
    story.vacancy(seats=3)
    assert unsaid(client.get(reverse(name)).content.decode()) == []


def her(story: Story) -> Client:
    client = Client()
    client.force_login(story.student)
    return client


OF_A_DRAFT = ["referral", "identity", "licence", "licence_place", "licence_day", "licences", "add_licence", "applications",
              "add_application", "paste", "proofs", "project", "wishes", "mobility", "documents",
              "check", "health", "rules"]  # fmt: skip


@pytest.mark.parametrize("name", OF_A_DRAFT)
def test_pages_of_a_draft(name):
    story = Story().draft()
    address = reverse(f"student:{name}", args=[story.referral.key])
    assert unsaid(her(story).get(address).content.decode()) == []


@pytest.mark.parametrize("name", ["student:home", "student:calendar", "account_email", "account_change_password"])
def test_pages_of_an_account(name):
    story = Story().draft()
    assert unsaid(her(story).get(reverse(name)).content.decode()) == []


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_the_page_of_a_case(state):
    story = in_state(state)
    address = reverse("student:referral", args=[story.referral.key])
    assert unsaid(her(story).get(address).content.decode()) == []


OF_A_CASE = ["add_document", "messages", "mandate", "consent", "health", "rules", "case_export", "readings", "withdraw", "offers"]


@pytest.mark.parametrize("name", OF_A_CASE)
def test_pages_of_a_case(name):
    story = in_state(State.OFFERED)
    address = reverse(f"student:{name}", args=[story.referral.key])
    assert unsaid(her(story).get(address).content.decode()) == []


@pytest.mark.parametrize("name", ["accept", "decline"])
def test_pages_of_an_offer(name):
    story = in_state(State.OFFERED)
    address = reverse(f"student:{name}", args=[story.referral.key, story.referral.offers.first().key])
    assert unsaid(her(story).get(address).content.decode()) == []


@pytest.mark.parametrize("name", ["prove_licence", "postpone_licence", "report_failure"])
def test_pages_of_an_awaited_licence(name):
    story = in_state(State.AWAITING_LICENCE)
    address = reverse(f"student:{name}", args=[story.referral.key])
    assert unsaid(her(story).get(address).content.decode()) == []


# What is said when something is wrong


@pytest.mark.parametrize("name", ["may_i_refer", "account_login", "account_signup", "account_reset_password", "verify"])
def test_forms_of_the_public_sent_empty(client, name):
    Story()
    assert unsaid(client.post(reverse(name), {}).content.decode()) == []


@pytest.mark.parametrize("name", ["add_application", "add_licence", "project", "paste", "documents"])
def test_forms_of_a_draft_sent_empty(name):
    story = Story().draft()
    answer = her(story).post(reverse(f"student:{name}", args=[story.referral.key]), {}, follow=True)
    assert unsaid(answer.content.decode()) == []


def test_days_that_cannot_be():
    story = Story().draft()
    address = reverse("student:identity", args=[story.referral.key])
    for day in ("31/02/2004", "01/01/2100"):
        assert unsaid(her(story).post(address, {"birth_date": day, "ine": "?"}).content.decode()) == []


def test_what_stands_against_a_referral():
    """Missing facts, reasons with their sources and cures, and the refusal of the button."""
    story = Story(min_applications=5, min_mentions=2, silence="refused", waiting_list="blocks").draft(
        first_names="", diploma="foreign"
    )
    address = reverse("student:check", args=[story.referral.key])
    assert unsaid(her(story).get(address).content.decode()) == []
    assert unsaid(her(story).post(address, {}, follow=True).content.decode()) == []


def test_an_answer_that_comes_too_late():
    story = in_state(State.OFFERED)
    limit = story.told().limit()
    with time_machine.travel(limit.ends_at, tick=False):
        offer = story.referral.offers.first()
        answer = her(story).post(reverse("student:accept", args=[story.referral.key, offer.key]), {}, follow=True)
        assert unsaid(answer.content.decode()) == []


def test_a_page_that_does_not_exist(client):
    assert unsaid(client.get("/nulle-part/").content.decode()) == []
