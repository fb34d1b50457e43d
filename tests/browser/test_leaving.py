"""The browser asks before what she typed, or a draft near its limit, is left behind; and never otherwise."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.models import Limit
from tests.browser.conftest import Person
from tests.factories import PASSWORD
from tests.story import Story


class Asked:
    """She answers each question of her browser with « leave », and they are counted."""

    def __init__(self, person: Person) -> None:
        self.page, self.questions = person.page, 0
        self.page.on("dialog", self._leaves)

    def _leaves(self, dialog) -> None:
        assert dialog.type == "beforeunload"
        self.questions += 1
        dialog.accept()

    def when(self, act) -> int:
        """Return how often the browser asked meanwhile."""
        before = self.questions
        act()
        self.page.wait_for_load_state("load")
        return self.questions - before


@pytest.fixture
def her(somebody) -> Person:
    return somebody()


def test_a_draft_that_lacks_only_its_filing_is_not_left_unasked_near_its_limit(transactional_db, her):
    now = timezone.now()
    story = Story(at=now - timedelta(days=10)).draft()
    type(story.campaign).objects.update(opens_on=(now - timedelta(days=20)).date(), search_until=(now + timedelta(days=200)).date())
    her.signs_in(story.student.email, PASSWORD)
    asked, draft = Asked(her), reverse("student:referral", args=[story.referral.key])
    leaves = lambda: her.page.goto("about:blank")  # noqa: E731

    def looks_at_the_draft() -> None:
        her.goes_to(draft)
        her.page.locator("main h1").click()  # a browser asks nothing on a page that was not touched

    Limit.objects.filter(referral=story.id).update(ends_at=now + timedelta(days=10))
    looks_at_the_draft()
    assert asked.when(leaves) == 0
    Limit.objects.filter(referral=story.id).update(ends_at=now + timedelta(days=2))
    looks_at_the_draft()
    assert asked.when(leaves) == 1
    looks_at_the_draft()
    assert asked.when(lambda: her.clicks("Vérifier et déposer", role="link")) == 0
    her.page.locator("main h1").first.click()
    assert asked.when(lambda: her.clicks("Se déconnecter")) == 0
    her.reads("Votre saisine n’est pas déposée")


def test_a_message_that_was_typed_is_not_left_unasked(transactional_db, her):
    story = Story(at=timezone.now() - timedelta(days=1)).filed()
    her.signs_in(story.student.email, PASSWORD)
    asked, written = Asked(her), reverse("student:messages", args=[story.referral.key])
    her.goes_to(written)
    her.page.locator("[name=text]").click()
    assert asked.when(lambda: her.clicks("Revenir à ma saisine", role="link")) == 0
    her.goes_to(written)
    her.page.locator("[name=text]").type("Bonjour")
    assert asked.when(lambda: her.clicks("Revenir à ma saisine", role="link")) == 1
    her.goes_to(written)
    her.page.locator("[name=text]").type("Bonjour")
    assert asked.when(lambda: her.clicks("Envoyer ce message")) == 0
    her.reads("Message envoyé")
