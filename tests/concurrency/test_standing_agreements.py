"""Two students at the same instant, and one place left in a standing agreement: one is agreed, the other is asked for."""

from functools import partial
from threading import Barrier

import pytest
from django.db.models import QuerySet

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Offer
from tests.concurrency.at_once import PATIENCE, at_once
from tests.procedure.test_consultations import standing
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def both():
    """Two seats, and an agreement for one."""
    stories = Story().admissible(), Story().admissible()
    vacancy = stories[0].vacancy(seats=2)
    standing(stories[0], vacancy)
    return [
        partial(procedure.consult, story.id, vacancy_id=vacancy.pk, by=story.office, at=story.at) for story in stories
    ], stories[0]


def states() -> list[str]:
    return sorted(Offer.objects.values_list("state", flat=True))


def test_the_agreement_bears_no_more_than_it_says(both):
    consulting, story = both
    at_once(*consulting)
    assert (states(), breaches(at=story.at)) == (["agreed", "consulting"], [])


def test_control_without_the_lock_it_bears_both(both, monkeypatch):
    """Both count before either has saved."""
    consulting, story = both
    counted, hold = Barrier(2, timeout=PATIENCE), procedure.offers._hold

    def meeting(step):
        counted.wait()
        return hold(step)

    real = QuerySet.select_for_update

    def no_lock(self, *args, **kwargs):
        return self if self.model.__name__ == "StandingAgreement" else real(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", no_lock)
    monkeypatch.setattr(procedure.offers, "_hold", meeting)
    at_once(*consulting)
    assert states() == ["agreed", "agreed"]
    assert [name for name, _ in breaches(at=story.at)] == ["no_standing_agreement_bears_more_offers_than_its_seats"]
