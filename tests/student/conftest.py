"""A student at her browser, on the day the stories are told."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from referrals import procedure
from referrals.models import Referral, User
from tests import factories
from tests.story import FILED_AT, Story

PAGES = {"licence": ("licence", "licence_place", "licence_day"), "project": ("project", "wishes", "mobility")}
"""Steps of more than one page with questions."""


class Browser:
    """One person's browser, on the pages of one referral."""

    def __init__(self, user: User | None, referral: Referral) -> None:
        self.client = Client()
        self.referral = referral
        if user:
            self.client.force_login(user)

    def address(self, page: str, **more) -> str:
        return reverse(f"student:{page}", kwargs={"key": self.referral.key, **more})

    def get(self, page: str, **more):
        return self.client.get(self.address(page, **more))

    def post(self, page: str, data: dict | None = None, **more):
        return self.client.post(self.address(page, **more), data or {})

    def answers(self, step: str, data: dict):
        """Send the answers of a step, page after page, until one has an error; return what the last page said."""
        for page in PAGES[step]:
            response = self.post(page, data)
            if response.status_code != 302:
                break
        return response


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(FILED_AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def story(db) -> Story:
    return Story()


@pytest.fixture
def her(story) -> Browser:
    """She, with everything written and nothing filed."""
    return Browser(story.draft().student, story.referral)


@pytest.fixture
def blank(story) -> Browser:
    """She, with a draft just begun."""
    referral = procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at)
    return Browser(story.student, referral)


@pytest.fixture
def other(db) -> User:
    return factories.UserFactory()
