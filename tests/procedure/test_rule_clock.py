"""The answer clock of each rule set, and two campaigns side by side."""

from datetime import date

import pytest

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Limit, LimitKind, LimitStatus
from referrals.procedure import CLOCK, Refused
from referrals.rules.rule_sets import AnswerClock
from referrals.rules.states import OfferState, State
from tests.factories import instant
from tests.story import Story

pytestmark = pytest.mark.django_db

EACH = {"answer_clock": AnswerClock.EACH_OFFER, "answer_days": 8}


def each_offer(**options) -> Story:
    """A story under the rules of 2023: eight days for each offer, from the day it was sent."""
    return Story(at=instant("2026-07-06 10:00"), **EACH, **options)


def test_each_offer_has_its_own_clock_from_the_first():
    story = each_offer()
    (first,) = story.offered(1)
    story.told()
    assert (story.limit(), story.limit(offer=first).last_day, story.referral.state) == (None, date(2026, 7, 15), State.ADMISSIBLE)
    second = story.later(days=2).sent()
    third = story.told().later(days=1).sent()
    assert [story.limit(offer=offer).last_day for offer in (first, second, third)] == [
        date(2026, 7, 15),  # the 14th, day 8, is a holiday
        date(2026, 7, 16),
        date(2026, 7, 17),
    ]
    assert (story.limit(), story.referral.state) == (None, State.OFFERED)
    assert breaches(at=story.at) == []


def test_an_offer_nobody_answered_ends_alone_and_the_search_goes_on():
    story = each_offer()
    (first,) = story.offered(1)
    own = story.told().limit(offer=first)
    procedure.expire(own.pk, by=CLOCK, at=own.ends_at)
    first.refresh_from_db()
    assert (first.state, story.referral.state) == (OfferState.EXPIRED, State.ADMISSIBLE)
    story.later(days=10).sent()
    story.sent()
    assert (story.referral.state, story.referral.offers.counted().count()) == (State.OFFERED, 3)  # a lapsed offer was made
    assert breaches(at=story.at) == []


def test_the_last_of_the_three_to_end_exhausts_the_file():
    story = each_offer()
    offers = story.offered()
    for offer in offers:
        own = story.told().limit(offer=offer)
        procedure.expire(own.pk, by=CLOCK, at=own.ends_at)
    assert story.referral.state == State.EXHAUSTED
    assert Limit.objects.live().filter(referral=story.id).count() == 0


def test_retracting_one_of_three_takes_the_search_up_again_and_leaves_the_other_clocks():
    story = each_offer()
    first, second, third = story.offered()
    procedure.retract_offer(story.id, offer_id=third.pk, ground="Erreur.", by=story.office, at=story.at)
    assert story.referral.state == State.ADMISSIBLE
    assert [story.limit(offer=offer) is not None for offer in (first, second, third)] == [True, True, False]
    assert breaches(at=story.at) == []


def test_ending_the_search_starts_no_second_clock():
    story = each_offer()
    (offer,) = story.offered(1)
    procedure.end_search(story.id, reason="Plus de place.", by=story.office, at=story.at)
    assert (story.referral.state, story.limit(), story.limit(offer=offer).last_day) == (State.OFFERED, None, date(2026, 7, 15))
    assert breaches(at=story.at) == []


def test_an_old_case_keeps_the_rules_it_was_filed_under():
    story = Story(at=instant("2026-07-06 10:00"))
    story.admissible()
    story.campaign.rules.create(version=2, franc=False, **EACH)
    for _ in range(3):
        story.sent()
    assert (story.limit().days, story.limit().last_day, story.referral.rules.version) == (15, date(2026, 7, 21), 1)


def test_a_limit_she_was_never_told_of_does_not_run_against_her():
    story = Story(at=instant("2026-07-06 10:00"))
    offer, *_ = story.offered()
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=instant("2026-08-30 10:00"))
    assert story.referral.state == State.ACCEPTED


def test_once_told_the_last_instant_in_time_is_the_one_before_midnight():
    for at, allowed in (("2026-07-21 23:59:59.999999", True), ("2026-07-22 00:00", False)):
        story = Story(at=instant("2026-07-06 10:00"))
        offer, *_ = story.offered()
        story.told()
        if allowed:
            procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=instant(at))
        else:
            with pytest.raises(Refused) as refused:
                procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=instant(at))
            assert refused.value.code == "too_late"


def test_a_proved_failure_to_tell_starts_the_limit_again():
    """The mail of 6 July bounced; she was reached by telephone on the 10th, and that is put on record on the 13th."""
    story = Story(at=instant("2026-07-06 10:00"))
    story.offered()
    former = story.told().limit()
    story.at = instant("2026-07-13 09:00")
    procedure.restart_limit(
        story.id, limit_id=former.pk, start=date(2026, 7, 10), ground="Courriel revenu.", by=story.office, at=story.at
    )
    former.refresh_from_db()
    limit = story.limit()
    assert (former.status, limit.start, limit.last_day, limit.supersedes) == (
        LimitStatus.SUPERSEDED,
        date(2026, 7, 10),
        date(2026, 7, 27),  # day 15 is Saturday 25 July
        former,
    )
    assert limit.told_at == story.at
    assert story.referral.events.of_case().get(kind="restart_limit").note == "Courriel revenu."


@pytest.mark.parametrize(
    ("start", "code"), [("2026-07-06", "not_later"), ("2026-07-01", "not_later"), ("2026-07-14", "start_to_come")]
)
def test_a_limit_starts_again_later_and_never_in_the_future(start, code):
    story = Story(at=instant("2026-07-06 10:00"))
    story.offered()
    limit = story.told().limit()
    with pytest.raises(Refused) as refused:
        procedure.restart_limit(
            story.id,
            limit_id=limit.pk,
            start=date.fromisoformat(start),
            ground="Erreur.",
            by=story.office,
            at=instant("2026-07-13 09:00"),
        )
    assert (refused.value.code, story.limit()) == (code, limit)


def test_the_commissions_offers_start_the_clock():
    story = Story(at=instant("2026-09-07 10:00"))
    story.offered(1)
    procedure.refer_to_commission(story.id, note="", by=story.office, at=story.at)
    assert (story.referral.state, story.limit()) == (State.COMMISSION, None)
    story.later(days=3).sent()
    assert (story.referral.state, story.limit(LimitKind.ANSWER).last_day) == (State.OFFERED, date(2026, 9, 25))
    assert breaches(at=story.at) == []


def test_rules_without_a_commission_refer_nothing_to_it():
    story = Story()
    story.admissible()
    story.rules = story.campaign.rules.create(version=2, commission=False, franc=False)
    type(story.referral).objects.filter(pk=story.id).update(rules=story.rules)
    with pytest.raises(Refused) as refused:
        procedure.refer_to_commission(story.id, note="", by=story.office, at=story.at)
    assert refused.value.code == "no_commission"
