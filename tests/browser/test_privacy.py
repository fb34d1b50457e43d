"""The pages about personal data, on a phone and at a desk: axe-core finds nothing, nothing sticks out."""

import os
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from referrals.models import ErasureRun, LegalHold, Role
from tests import factories
from tests.browser.conftest import Person
from tests.factories import instant
from tests.office.pages import file_of
from tests.story import Story

SIZES = {360: 640, 1280: 800}


def enters(person: Person, user) -> None:
    """As ``user``, who has signed in already."""
    value = factories.signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    person.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "domain": "127.0.0.1", "path": "/"}])


def looked_at(person: Person, path: str, name: str) -> list[str]:
    """Look at a page at both sizes; return how much sticks out."""
    flaws = []
    for width, height in SIZES.items():
        person.page.set_viewport_size({"width": width, "height": height})
        person.goes_to(path)
        wider = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        flaws += [f"{path} at {width} px: {wider} px stick out"] if wider > 0 else []
        if folder := os.environ.get("KEEP_PICTURES"):
            person.page.screenshot(path=Path(folder) / f"{name}_{width}.png", full_page=True)
    return flaws


@pytest.fixture
def story(transactional_db) -> Story:
    return Story().filed()


def test_the_public_page_and_her_own(story, somebody):
    person = somebody()
    flaws = looked_at(person, "/donnees-personnelles/", "public")
    enters(person, story.student)
    flaws += looked_at(person, reverse("student:my_data"), "my_data_filed")
    drafting = Story().draft()
    enters(person, drafting.student)
    flaws += looked_at(person, reverse("student:my_data"), "my_data_draft")
    assert flaws == []


def test_the_offices_pages(story, somebody):
    LegalHold.objects.create(
        referral=story.referral, ground="Recours.", until=date(2099, 12, 31), by_name="Dominique Exemple", set_at=story.at
    )
    counts = {"case": {"2026": 3}, "account": {"-": 2}}
    ErasureRun.objects.create(began_at=instant("2026-11-01 01:30"), ended_at=instant("2026-11-01 01:31"), counts=counts)
    other = Story().filed()
    type(other.referral).objects.filter(pk=other.id).update(erased_at=other.at)
    administrator = factories.post(Role.ADMINISTRATOR)
    person = somebody()
    person.goes_to("/")
    enters(person, story.signer)
    flaws = looked_at(person, file_of(story.referral), "file_held")
    flaws += looked_at(person, file_of(other.referral), "file_erased")
    enters(person, administrator)
    flaws += looked_at(person, reverse("admin:referrals_legalhold_retention"), "retention")
    assert flaws == []
