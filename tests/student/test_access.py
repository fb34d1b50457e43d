"""Whose pages they are: strangers sign in, everybody else finds nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals.models import Offer, Role
from referrals.rules.states import State
from tests import factories
from tests.story import Story, in_state
from tests.student.conftest import Browser

pytestmark = pytest.mark.django_db

PAGES = [
    "referral",
    "identity",
    "licence",
    "licence_place",
    "licence_day",
    "licences",
    "add_licence",
    "applications",
    "add_application",
    "project",
    "wishes",
    "mobility",
    "documents",
    "check",
    "add_document",
    "supply",
    "prove_licence",
    "consent",
    "share_draft",
    "messages",
    "mandate",
    "end_mandate",
    "withdraw",
    "offers",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_signs_in_and_another_student_finds_nothing(story, other, page):
    story.filed()
    address = reverse(f"student:{page}", args=[story.referral.key])
    stranger, another = Browser(None, story.referral), Browser(other, story.referral)
    for browser, expected in ((stranger, f"/compte/login/?next={address}"), (another, None)):
        for response in (browser.get(page), browser.post(page)):
            assert response.status_code == (302 if expected else 404)
            assert getattr(response, "url", None) == expected


@pytest.mark.parametrize("page", PAGES)
def test_the_office_and_advisers_act_elsewhere(story, page):
    story.filed(adviser_consent=True)
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    for user in (story.caseworker, adviser):
        assert Browser(user, story.referral).get(page).status_code == 404
        assert Browser(user, story.referral).post(page).status_code == 404


@pytest.mark.parametrize("page", ["accept", "decline"])
def test_anothers_offer_is_not_found(story, other, page):
    offer = story.offered()[0]
    assert Browser(other, story.referral).post(page, offer=offer.key).status_code == 404
    offer.refresh_from_db()
    assert offer.state == "sent"


def test_an_offer_of_another_referral_is_not_found(story):
    offer = story.offered()[0]
    mine = Story()
    mine.offered()
    browser = Browser(mine.student, mine.referral)
    assert browser.get("accept", offer=offer.key).status_code == 404
    assert browser.post("accept", offer=offer.key).status_code == 404


def test_an_offer_not_yet_sent_is_not_found(story):
    story.admissible()
    offer: Offer = story.consulting()
    browser = Browser(story.student, story.referral)
    assert browser.get("accept", offer=offer.key).status_code == 404
    assert browser.get("offers").context["offers"] == []


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_page(state):
    story = in_state(state)
    response = Browser(story.student, story.referral).get("referral")
    assert response.status_code == 200


def test_a_refusal_of_another_draft_is_not_found(her, other):
    mine = Story()
    mine.draft()
    theirs = her.referral.applications.get()
    browser = Browser(mine.student, mine.referral)
    assert browser.get("application", pk=theirs.pk).status_code == 404
    browser.post("remove_application", pk=theirs.pk)
    assert her.referral.applications.count() == 1


def test_the_pages_cost_the_same_queries_however_long_the_lists(story):
    story.admissible()
    browser = Browser(story.student, story.referral)
    counts = []
    for _ in range(2):
        story.sent()
        browser.get("offers")
        for page in ("offers", "referral"):
            with CaptureQueriesContext(connection) as captured:
                browser.get(page)
            counts.append(len(captured))
    assert counts[:2] == counts[2:]
