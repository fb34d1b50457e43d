"""A licence still to come: the referral waits, and nothing is ever refused by itself."""

from datetime import date

import pytest

from referrals import procedure
from referrals.procedure import Refused
from referrals.rules.states import State
from tests import factories
from tests.story import Story

pytestmark = pytest.mark.django_db


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        verb(*args, **kwargs)
    return caught.value.code


def waiting() -> Story:
    """Filed on 20 June with a provisional transcript, the jury expected on 10 July."""
    return Story().filed(expected=True)


def test_the_proof_makes_it_examinable_and_the_filing_date_stands():
    story = waiting()
    filed_at = story.referral.filed_at
    procedure.prove_licence(
        story.id, licence_on=date(2026, 7, 10), upload=factories.upload(), by=story.her, at=story.later(days=21).at
    )
    assert (story.referral.state, story.referral.filed_at, story.referral.licence_on) == (State.FILED, filed_at, date(2026, 7, 10))


def test_the_resit_session_moves_the_expected_day():
    story = waiting()
    procedure.postpone_licence(story.id, expected_on=date(2026, 9, 4), note="Rattrapage.", by=story.her, at=story.at)
    assert (story.referral.state, story.referral.licence_expected_on) == (State.AWAITING_LICENCE, date(2026, 9, 4))
    assert (
        refused(procedure.postpone_licence, story.id, expected_on=date(2026, 6, 19), note="", by=story.her, at=story.at)
        == "expected_in_the_past"
    )


def test_a_failure_is_somebodys_task_today_and_no_refusal():
    story = waiting()
    procedure.report_failure(story.id, note="Deux matières manquent.", by=story.her, at=story.later(days=20).at)
    referral = story.referral
    assert (referral.state, referral.licence_failed_at, referral.due_on) == (State.AWAITING_LICENCE, story.at, date(2026, 7, 10))


def test_a_resit_after_a_failure_takes_the_failure_away():
    story = waiting()
    procedure.report_failure(story.id, note="", by=story.her, at=story.at)
    procedure.postpone_licence(story.id, expected_on=date(2026, 9, 4), note="", by=story.her, at=story.at)
    assert story.referral.licence_failed_at is None


def test_the_office_may_decide_on_a_licence_that_did_not_come_and_go_back_on_it():
    story = waiting()
    procedure.declare_inadmissible(
        story.id, law="Une licence est exigée.", facts="Échec au jury.", late=False, by=story.signing, at=story.at
    )
    assert story.referral.state == State.INADMISSIBLE
    procedure.withdraw_decision(story.id, ground="Rattrapage.", due_on=story.due_on, by=story.office, at=story.at)
    assert (story.referral.state, story.referral.due_on) == (State.AWAITING_LICENCE, story.due_on)
