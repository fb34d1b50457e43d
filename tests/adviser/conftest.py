"""An adviser at her browser, on the day the stories are told."""

import pytest
import time_machine

from referrals.models import Role
from tests import factories
from tests.story import FILED_AT, Story


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(FILED_AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def story(db) -> Story:
    """A student of a university, with nothing begun."""
    return Story()


@pytest.fixture
def adviser(story):
    return factories.post(Role.ADVISER, institution=story.institution, name="Claude Exemple")


def another(story: Story) -> Story:
    """Another student of the same university."""
    second = Story()
    second.institution = story.institution
    return second
