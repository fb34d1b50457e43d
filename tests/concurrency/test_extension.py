"""An extension while somebody else acts on a file within its reach: either comes first, and nothing is half done."""

from functools import partial

import pytest

from notifications.models import Message
from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Extension, LimitKind, LimitStatus, Offer
from referrals.procedure import CLOCK, extensions
from referrals.rules.states import OfferState, State
from tests.concurrency.at_once import at_once
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = {"days": 10, "ground": "Cyclone.", "source": "Arrêté du 16 juillet 2026"}


@pytest.fixture
def story():
    return Story()


def order(story, **reach) -> Extension:
    reach = reach or {"academy": story.academy}
    return procedure.order_extension(campaign=story.campaign, by=story.signing, at=story.at, **WORDS, **reach)


def applying(story, extension):
    return partial(procedure.apply_extension, extension.pk, by=story.signing, at=story.at)


def accepting(story, offer):
    return partial(procedure.accept, story.id, offer_id=offer.pk, by=story.her, at=story.at)


def statuses(story) -> list[str]:
    return list(story.referral.limits.filter(kind=LimitKind.ANSWER).values_list("status", flat=True))


def test_a_student_who_accepts_meanwhile_has_accepted_under_one_limit_or_the_other(story):
    offer, *_ = story.offered()
    story.told()
    extension = order(story)
    assert at_once(accepting(story, offer), applying(story, extension)) == [None, None]
    extension.refresh_from_db()
    assert story.referral.state == State.ACCEPTED
    assert (statuses(story), extension.report["moved"]) in [
        ([LimitStatus.MET], {}),
        ([LimitStatus.SUPERSEDED, LimitStatus.MET], {"answer": 1}),
    ]
    assert breaches(at=story.at) == []


def test_control_without_the_lock_an_accepted_file_gets_a_clock_that_runs(story, monkeypatch):
    offer, *_ = story.offered()
    story.told()
    extension = order(story)
    by = story.signing
    prolonged = extensions._prolonged

    def lock_nothing(extension):
        return list(extensions._within(extension).values_list("pk", flat=True))

    def read_then_be_overtaken(limit, extension, *, at):
        """She accepts, on a connection of her own, between what the extension has read and what it writes."""
        at_once(accepting(story, offer))
        return prolonged(limit, extension, at=at)

    monkeypatch.setattr(extensions, "_lock", lock_nothing)
    monkeypatch.setattr(extensions, "_prolonged", read_then_be_overtaken)
    procedure.apply_extension(extension.pk, by=by, at=story.at)
    assert (story.referral.state, statuses(story)) == (State.ACCEPTED, [LimitStatus.SUPERSEDED, LimitStatus.LIVE])
    assert ("ended_referrals_hold_nothing_and_wait_for_nothing", f"referral {story.id}") in breaches(at=story.at)


def test_the_sweep_that_expires_meanwhile_takes_nothing_from_her(story):
    story.offered()
    limit = story.told().limit()
    story.at = limit.ends_at
    extension = order(story, academy=story.academy, expired_since=limit.last_day)
    by = story.signing
    outcomes = at_once(
        partial(procedure.expire, limit.pk, by=CLOCK, at=story.at),
        partial(procedure.apply_extension, extension.pk, by=by, at=story.at),
    )
    assert outcomes[1] is None
    extension.refresh_from_db()
    assert (extension.report["moved"], extension.report["reopened"]) in [({"answer": 1}, 0), ({}, 1)]
    assert (story.referral.state, story.limit().days) == (State.OFFERED, 25)
    assert set(story.referral.offers.values_list("state", flat=True)) == {OfferState.SENT}
    assert breaches(at=story.at) == []


def test_applied_in_two_places_at_once_it_is_applied_once(story):
    story.offered()
    extension = order(story)
    assert at_once(applying(story, extension), applying(story, extension)) == [None, None]
    assert (story.limit().days, Message.objects.filter(template="limit_extended").count()) == (25, 1)
    assert breaches(at=story.at) == []


def test_two_acts_over_the_same_files_add_up_and_do_not_block_each_other(story):
    stories = [story, *(Story() for _ in range(4))]
    for one in stories:
        one.offered()
    narrow, wide = order(story), order(story, region=story.academy.region)
    assert at_once(applying(story, narrow), applying(story, wide)) == [None, None]
    assert [one.limit().days for one in stories] == [35] * 5
    assert breaches(at=story.at) == []


def test_a_seat_consulted_for_somebody_else_meanwhile_is_not_given_twice(story):
    offers = story.offered()
    limit = story.told().limit()
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    other = Story()
    other.admissible().followed()
    story.at = other.at = limit.ends_at
    extension = order(story, academy=story.academy, expired_since=limit.last_day)
    by, office = story.signing, other.office
    at_once(
        partial(procedure.apply_extension, extension.pk, by=by, at=story.at),
        partial(procedure.consult, other.id, vacancy_id=offers[0].vacancy_id, by=office, at=story.at),
    )
    extension.refresh_from_db()
    held = sorted(Offer.objects.filter(vacancy=offers[0].vacancy).values_list("state", flat=True))
    assert (held, extension.report["gone"]) in [(["sent"], []), (["consulting", "expired"], [offers[0].pk])]
    assert breaches(at=story.at) == []
