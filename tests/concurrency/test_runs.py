"""Runs, and what comes of their drafts, while others act on the same students and seats."""

from functools import partial

import pytest

from referrals import procedure, tasks
from referrals.invariants import breaches
from referrals.models import Draft, DraftState, MatchingRun, Offer, RunState
from referrals.procedure import Refused, drafting, offers, runs
from referrals.rules.states import OfferState, State
from tests.concurrency.at_once import at_once
from tests.matching_story import elsewhere, ordered, ran, to_consult, waiting
from vacancies import seats

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story():
    return waiting()


def states() -> list[str]:
    return sorted(Draft.objects.values_list("state", flat=True))


def order(story):
    return partial(procedure.order_run, campaign=story.campaign, region=story.academy.region, by=story.office, at=story.at)


def test_ordered_twice_at_once_it_is_one(story):
    outcomes = at_once(order(story), order(story))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["MatchingRun", "Refused"]
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Refused)] == ["under_way"]
    assert MatchingRun.objects.count() == 1


def test_done_by_two_workers_at_once_it_is_done_once(story):
    elsewhere(story)
    run = ordered(story)
    do = partial(procedure.execute_run, run.pk, at=story.at)
    assert at_once(do, do) == [None, None]
    run.refresh_from_db()
    assert (run.state, run.attempts, run.drafts.count()) == (RunState.READY, 1, 1)


def test_two_regions_that_want_the_same_last_seat_one_consults_it_the_other_loses_it():
    here, there = waiting(nationwide=True), waiting(academy="Strasbourg", nationwide=True)
    vacancy = elsewhere(here)
    first, second = ran(here), ran(there)
    assert [list(run.drafts.values_list("vacancy", flat=True)) for run in (first, second)] == [[vacancy.pk]] * 2
    ids = [*to_consult(here, first), *to_consult(there, second)]
    outcomes = at_once(*(partial(procedure.consult_draft, pk, at=here.at) for pk in ids))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Offer"]
    assert states() == [DraftState.CONSULTED, DraftState.LOST]
    assert Draft.objects.get(state=DraftState.LOST).reason == "Il ne reste plus de place dans cette formation."
    assert Offer.objects.filter(vacancy=vacancy).count() == 1
    assert breaches(at=here.at) == []


def test_two_workers_with_the_same_drafts_make_one_offer_of_each(story):
    for _ in range(3):
        elsewhere(story, seats=4)
    ids = to_consult(story, ran(story))
    assert len(ids) == 3
    consulting = [partial(procedure.consult_draft, pk, at=story.at) for pk in ids]
    outcomes = at_once(*consulting, *consulting)
    assert outcomes[:3] == outcomes[3:]
    assert (story.referral.offers.count(), states()) == (3, [DraftState.CONSULTED] * 3)
    assert breaches(at=story.at) == []


def test_two_sweeps_at_once_do_as_much_as_one(story):
    for _ in range(3):
        elsewhere(story, seats=4)
    to_consult(story, ran(story))
    assert at_once(tasks.consult_drafts, tasks.consult_drafts) == [None, None]
    assert (story.referral.offers.count(), states()) == (3, [DraftState.CONSULTED] * 3)


def test_control_without_the_check_of_the_draft_a_repeated_consultation_makes_a_second_offer(story, monkeypatch):
    """The institution has said no to the first: only the draft's own state keeps a late worker from asking it again."""
    elsewhere(story)
    (pk,) = to_consult(story, ran(story))
    offer = procedure.consult_draft(pk, at=story.at)
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=story.office, at=story.at)

    def without_its_draft(referral_id, *, draft_id, reason, **words):
        return offers.consult(referral_id, reason="comme avant", **words)

    assert procedure.consult_draft(pk, at=story.at) == offer
    monkeypatch.setattr(drafting, "consult", without_its_draft)
    second = procedure.consult_draft(pk, at=story.at)
    assert second is not None
    assert (second.pk == offer.pk, story.referral.offers.count()) == (False, 2)


def test_a_run_while_an_offer_is_accepted_drafts_for_her_or_not_and_consults_nothing_then(story):
    offer = story.sent()
    elsewhere(story, seats=2)
    run = ordered(story)
    accept = partial(procedure.accept, story.id, offer_id=offer.pk, by=story.her, at=story.at)
    assert at_once(partial(procedure.execute_run, run.pk, at=story.at), accept) == [None, None]
    run.refresh_from_db()
    assert (run.state, story.referral.state) == (RunState.READY, State.ACCEPTED)
    found = run.drafts.count()
    assert found in (0, 1)
    for pk in to_consult(story, run):
        assert procedure.consult_draft(pk, at=story.at) is None
    assert states() == [DraftState.LOST] * found
    assert [one.state for one in story.referral.offers.all()] == [OfferState.ACCEPTED]
    assert breaches(at=story.at) == []


def test_accepted_between_the_reading_and_the_writing_of_a_run_the_draft_is_lost(story, monkeypatch):
    offer = story.sent()
    elsewhere(story, seats=2)
    run = ordered(story)
    pose = runs.pose

    def overtaken(*arguments, **words):
        posed = pose(*arguments, **words)
        assert at_once(partial(procedure.accept, story.id, offer_id=offer.pk, by=story.her, at=story.at)) == [None]
        return posed

    monkeypatch.setattr(runs, "pose", overtaken)
    procedure.execute_run(run.pk, at=story.at)
    (pk,) = to_consult(story, run)
    assert procedure.consult_draft(pk, at=story.at) is None
    lost = Draft.objects.get()
    assert (lost.state, lost.reason) == (
        DraftState.LOST,
        "Cette action n’est plus possible dans l’état actuel du dossier.",
    )


def test_a_seat_withdrawn_while_its_institution_is_consulted_is_held_or_lost(story):
    vacancy = elsewhere(story)
    (pk,) = to_consult(story, ran(story))
    consulted, declared = at_once(
        partial(procedure.consult_draft, pk, at=story.at),
        partial(seats.declare, vacancy_id=vacancy.pk, seats=0, by="x", at=story.at),
    )
    vacancy.refresh_from_db()
    outcome = (type(consulted).__name__, type(declared).__name__, vacancy.declared, vacancy.held)
    assert outcome[0] in ("Offer", "NoneType")
    assert (vacancy.declared, vacancy.held, states()) == (
        (1, 1, [DraftState.CONSULTED]) if consulted else (0, 0, [DraftState.LOST])
    )
    assert breaches(at=story.at) == []


def test_a_seat_withdrawn_between_run_and_consultation_is_reported_never_held(story):
    kept, withdrawn = elsewhere(story), elsewhere(story)
    ids = to_consult(story, ran(story))
    seats.declare(vacancy_id=withdrawn.pk, seats=0, by="x", at=story.at)
    at_once(*(partial(procedure.consult_draft, pk, at=story.at) for pk in ids))
    assert dict(Draft.objects.values_list("vacancy", "state")) == {
        kept.pk: DraftState.CONSULTED,
        withdrawn.pk: DraftState.LOST,
    }
    assert breaches(at=story.at) == []
