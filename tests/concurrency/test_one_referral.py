"""Two acts on one referral at the same instant: one happens, the other is told so. Then the same without the lock."""

from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import DatabaseError

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Limit, LimitKind, Offer, Referral
from referrals.procedure import CLOCK, Refused
from referrals.rules.states import OfferState, State
from tests.concurrency.at_once import PATIENCE, at_once
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def take_the_lock_away(monkeypatch):
    """Return the switch that turns the guard off: both then read the referral before either writes."""
    both_have_read, both_have_read_their_offer = Barrier(2, timeout=PATIENCE), Barrier(2, timeout=PATIENCE)

    def merely_read(referral_id: int) -> Referral:
        referral = Referral.objects.select_related("campaign", "rules", "licence_academy", "student").get(pk=referral_id)
        both_have_read.wait()
        return referral

    def merely_read_offer(referral: Referral, offer_id: int) -> Offer:
        offer = referral.offers.select_related("vacancy").get(pk=offer_id)
        both_have_read_their_offer.wait()
        return offer

    def switch(*, both_name_an_offer: bool = True) -> None:
        monkeypatch.setattr(procedure.moving, "locked", merely_read)
        if both_name_an_offer:
            monkeypatch.setattr(procedure.moving, "_offer_of", merely_read_offer)

    return switch


def accept(story, offer, *, at=None):
    return partial(procedure.accept, story.id, offer_id=offer.pk, by=story.her, at=at or story.at)


def states(story):
    return sorted(story.referral.offers.values_list("state", flat=True))


def refusals(outcomes):
    return sorted(outcome.code for outcome in outcomes if isinstance(outcome, Refused))


def stopped_by_the_database(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, DatabaseError)]


def test_two_acceptances_of_two_offers(story):
    first, second, _ = story.offered()
    story.told()
    outcomes = at_once(accept(story, first), accept(story, second))
    assert refusals(outcomes) == ["wrong_state"]
    assert (states(story), story.referral.state) == (["accepted", "released", "released"], State.ACCEPTED)
    assert breaches(at=story.at) == []


def test_control_without_the_lock_both_acceptances_pass_the_guard(story, take_the_lock_away):
    first, second, _ = story.offered()
    story.told()
    take_the_lock_away()
    outcomes = at_once(accept(story, first), accept(story, second))
    assert refusals(outcomes) == []
    assert len(stopped_by_the_database(outcomes)) == 1  # a constraint or a deadlock: both had passed the guard


def test_the_same_acceptance_twice_is_one(story):
    offer, *_ = story.offered()
    assert at_once(accept(story, offer), accept(story, offer)) == [None, None]
    assert story.referral.events.filter(kind="accept").count() == 1
    assert breaches(at=story.at) == []


def at_the_limit(story):
    """An acceptance that arrived a second before the end, and the sweep, at the same moment."""
    offer, *_ = story.offered()
    limit = story.told().limit()
    accepting = accept(story, offer, at=limit.ends_at - timedelta(seconds=1))
    return accepting, partial(procedure.expire, limit.pk, by=CLOCK, at=limit.ends_at + timedelta(minutes=2))


def test_acceptance_against_expiry_at_the_limit(story):
    accepting, expiring = at_the_limit(story)
    outcomes = at_once(accepting, expiring)
    assert len(refusals(outcomes)) == 1
    assert (story.referral.state, states(story)) in [
        (State.ACCEPTED, ["accepted", "released", "released"]),
        (State.EXHAUSTED, ["expired", "expired", "expired"]),
    ]
    assert breaches(at=story.at) == []


def test_control_without_the_lock_acceptance_and_expiry_both_pass(story, take_the_lock_away):
    accepting, expiring = at_the_limit(story)
    take_the_lock_away(both_name_an_offer=False)
    outcomes = at_once(accepting, expiring)
    assert refusals(outcomes) == []


def test_acceptance_against_retraction(story):
    """Whoever comes first: an accepted offer can be taken back, one that was taken back cannot be accepted."""
    offer, *_ = story.offered()
    retracting = partial(procedure.retract_offer, story.id, offer_id=offer.pk, ground="Erreur.", by=story.office, at=story.at)
    outcomes = at_once(accept(story, offer), retracting)
    offer.refresh_from_db()
    assert (story.referral.state, offer.state) == (State.ADMISSIBLE, OfferState.RETRACTED)
    accepted = story.referral.events.filter(kind="accept").count()
    assert refusals(outcomes) == ([] if accepted else ["wrong_state"])
    assert breaches(at=story.at) == []


def withdraw(story: Story):
    return partial(procedure.withdraw, story.id, reason="", by=story.her, at=story.at)


def test_acceptance_against_withdrawal(story):
    """On two screens: one of them comes too late."""
    offer, *_ = story.offered()
    outcomes = at_once(accept(story, offer), withdraw(story))
    assert refusals(outcomes) == ["wrong_state"]
    offer.refresh_from_db()
    assert (story.referral.state, offer.state) in [
        (State.ACCEPTED, OfferState.ACCEPTED),
        (State.WITHDRAWN, OfferState.RELEASED),
    ]
    assert breaches(at=story.at) == []


def test_control_without_the_lock_acceptance_and_withdrawal_both_pass(story, take_the_lock_away):
    offer, *_ = story.offered()
    take_the_lock_away()
    assert refusals(at_once(accept(story, offer), withdraw(story))) == []


def test_two_starts_make_one_draft(story):
    start = partial(procedure.start_draft, student=story.student, campaign=story.campaign, at=story.at)
    first, second = at_once(start, start)
    assert first == second
    assert Referral.objects.count() == 1


def test_two_filings_make_one_number_and_one_receipt(story):
    story.draft()
    filing = partial(procedure.file, story.id, by=story.her, at=story.at)
    assert at_once(filing, filing) == [None, None]
    assert story.referral.documents.filter(kind="receipt").count() == 1
    assert story.referral.events.filter(kind="file").count() == 1


def test_the_sweep_in_two_places_expires_once(story):
    story.offered()
    limit = story.told().limit()
    expiring = partial(procedure.expire, limit.pk, by=CLOCK, at=limit.ends_at)
    assert at_once(expiring, expiring) == [None, None]
    assert story.referral.events.filter(kind="expire").count() == 1
    assert Limit.objects.filter(kind=LimitKind.ANSWER).get().status == "over"
