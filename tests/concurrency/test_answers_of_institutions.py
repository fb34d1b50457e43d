"""Two answers of one institution at the same instant: one stands, the other is told. Then the same without the lock."""

from functools import partial
from threading import Barrier

import pytest

from referrals import procedure
from referrals.institution.answers import No, Yes, give
from referrals.invariants import breaches
from referrals.models import Channel, Offer, Referral, Role
from referrals.procedure import By, Refused
from referrals.rules.states import OfferState
from tests import factories
from tests.concurrency.at_once import PATIENCE, at_once
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)

YES = {"agreed_by": "Alix Exemple", "agreed_as": "présidente"}
NO = {"reason": "Complet."}


@pytest.fixture
def story() -> Story:
    story = Story()
    story.admissible()
    return story


@pytest.fixture
def offer(story) -> Offer:
    return story.consulting()


def answer(story: Story, offer: Offer, form, name: str):
    """A colleague of that name gives the answer, having opened the page a while ago."""
    by = By.institution(factories.post(Role.INSTITUTION, institution=story.institution, name=name))
    opened = Offer.objects.select_related("referral__licence_academy", "vacancy__programme__academy").get(pk=offer.pk)
    assert form.is_valid(), form.errors
    return partial(give, form, opened, by=by, at=story.at, through=Channel.PORTAL)


def told(outcomes: list[object]) -> list[str]:
    return [outcome.sentence for outcome in outcomes if isinstance(outcome, Refused)]


def answers_on_record(story: Story) -> int:
    return story.referral.events.filter(kind__in=("record_agreement", "record_refusal")).count()


def test_a_yes_against_a_no(story, offer):
    outcomes = at_once(answer(story, offer, Yes(YES), "Alix Exemple"), answer(story, offer, No(NO), "Sacha Exemple"))
    offer.refresh_from_db()
    offer.vacancy.refresh_from_db()
    stands = {
        OfferState.AGREED: ("Cette demande a déjà une réponse : accord donné par Alix Exemple, présidente.", 1),
        OfferState.REFUSED: ("Cette demande a déjà une réponse : votre établissement a refusé.", 0),
    }
    assert (told(outcomes), offer.vacancy.held) == ([stands[OfferState(offer.state)][0]], stands[OfferState(offer.state)][1])
    assert answers_on_record(story) == 1
    assert breaches(at=story.at) == []


def test_the_same_yes_twice_is_one(story, offer):
    outcomes = at_once(*[answer(story, offer, Yes(YES), name) for name in ("Alix Exemple", "Sacha Exemple")])
    assert told(outcomes) == []
    assert answers_on_record(story) == 1


def test_a_yes_against_the_students_withdrawal(story, offer):
    withdrawing = partial(procedure.withdraw, story.id, reason="", by=story.her, at=story.at)
    agreeing = answer(story, offer, Yes(YES), "Alix Exemple")
    at_once(agreeing, withdrawing)
    offer.refresh_from_db()
    offer.vacancy.refresh_from_db()
    assert (offer.state, offer.vacancy.held) == (OfferState.RELEASED, 0)
    assert breaches(at=story.at) == []


def test_control_without_the_lock_both_answers_pass_the_guard(story, offer, monkeypatch):
    both_have_read, both_have_read_their_offer = Barrier(2, timeout=PATIENCE), Barrier(2, timeout=PATIENCE)

    def merely_read(referral_id: int) -> Referral:
        referral = Referral.objects.select_related("campaign", "rules", "licence_academy", "student").get(pk=referral_id)
        both_have_read.wait()
        return referral

    def merely_read_offer(referral: Referral, offer_id: int) -> Offer:
        found = referral.offers.select_related("vacancy__programme__academy").get(pk=offer_id)
        both_have_read_their_offer.wait()
        return found

    calls = [answer(story, offer, Yes(YES), "Alix Exemple"), answer(story, offer, No(NO), "Sacha Exemple")]
    monkeypatch.setattr(procedure.moving, "locked", merely_read)
    monkeypatch.setattr(procedure.moving, "_offer_of", merely_read_offer)
    assert told(at_once(*calls)) == []  # a constraint of the history may stop one of them: both had passed the guard
