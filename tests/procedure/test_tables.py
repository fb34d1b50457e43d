"""Every (state × action) pair, for the referral and for the offer: what the tables allow happens, nothing else does."""

import pytest

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Channel, DocumentKind, Limit, LimitKind, Offer
from referrals.procedure import CLOCK, Refused
from referrals.rules.states import HOLDING, MOVES, OFFER_MOVES, OFFICE, ONCE, OPEN, Action, OfferState, State
from tests import factories
from tests.story import Story, in_state, offer_in
from vacancies import seats

pytestmark = pytest.mark.django_db


def with_offer(verb, **words):
    return lambda story, offer: verb(story.id, offer_id=offer.pk, by=story.office, at=story.at, **words)


def agree(story, offer):
    story.agree(offer)


def expire(story, offer):
    limit = Limit.objects.filter(referral=story.id, kind=LimitKind.ANSWER).last()
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)


def lapse_request(story, offer):
    story.told()
    limit = Limit.objects.filter(referral=story.id, kind=LimitKind.SUPPLY).last()
    procedure.lapse_request(limit.pk, by=CLOCK, at=limit.ends_at)


def supply(story, offer):
    story.later(minutes=1)
    if story.referral.state in OPEN:
        procedure.add_document(story.id, kind=DocumentKind.OTHER, upload=factories.upload(), by=story.her, at=story.at)
    procedure.supply_documents(story.id, by=story.her, at=story.at)


def other_region(story):
    return factories.academy("La Réunion").region


VERBS = {
    Action.FILE: lambda s, o: procedure.file(s.id, by=s.her, at=s.at),
    Action.PROVE_LICENCE: lambda s, o: procedure.prove_licence(
        s.id, licence_on=s.at.date(), upload=factories.upload(), by=s.her, at=s.at
    ),
    Action.ADD_DOCUMENT: lambda s, o: procedure.add_document(
        s.id, kind=DocumentKind.OTHER, upload=factories.upload(), by=s.her, at=s.at
    ),
    Action.REQUEST_DOCUMENTS: lambda s, o: procedure.request_documents(s.id, wanted="Le relevé.", days=10, by=s.office, at=s.at),
    Action.SUPPLY_DOCUMENTS: supply,
    Action.RESUME: lambda s, o: procedure.resume(s.id, note="", by=s.office, at=s.at),
    Action.LAPSE_REQUEST: lapse_request,
    Action.ASSIGN: lambda s, o: procedure.assign(s.id, to=s.caseworker, by=s.office, at=s.at),
    Action.DECLARE_ADMISSIBLE: lambda s, o: procedure.declare_admissible(s.id, note="", by=s.office, at=s.at),
    Action.DECLARE_INADMISSIBLE: lambda s, o: procedure.declare_inadmissible(s.id, reasons="Motif.", by=s.office, at=s.at),
    Action.WITHDRAW_DECISION: lambda s, o: procedure.withdraw_decision(s.id, ground="Erreur.", by=s.office, at=s.at),
    Action.CONSULT: lambda s, o: procedure.consult(s.id, vacancy_id=s.vacancy().pk, by=s.office, at=s.at),
    Action.RECORD_AGREEMENT: agree,
    Action.RECORD_REFUSAL: with_offer(procedure.record_refusal, reason="Complet."),
    Action.LAPSE_CONSULTATION: lambda s, o: procedure.lapse_consultation(s.id, offer_id=o.pk, by=CLOCK, at=o.held_until),
    Action.SEND_OFFER: with_offer(procedure.send_offer, message=""),
    Action.RETRACT_OFFER: with_offer(procedure.retract_offer, ground="Erreur."),
    Action.END_SEARCH: lambda s, o: procedure.end_search(s.id, reason="Plus de place.", by=s.office, at=s.at),
    Action.ACCEPT: lambda s, o: procedure.accept(s.id, offer_id=o.pk, by=s.her, at=s.at),
    Action.DECLINE: lambda s, o: procedure.decline(s.id, offer_id=o.pk, reason="", by=s.her, at=s.at),
    Action.EXPIRE: expire,
    Action.WITHDRAW: lambda s, o: procedure.withdraw(s.id, reason="", by=s.her, at=s.at),
    Action.SET_ADVISER_CONSENT: lambda s, o: procedure.set_adviser_consent(s.id, consent=True, by=s.her, at=s.at),
    Action.CORRECT_FACTS: lambda s, o: procedure.correct_facts(
        s.id, facts={"birth_name": "Autre"}, ground="Erreur.", by=s.office, at=s.at
    ),
    Action.TRANSFER: lambda s, o: procedure.transfer(s.id, region=other_region(s), ground="Compétence.", by=s.office, at=s.at),
    Action.REOPEN: lambda s, o: procedure.reopen(s.id, ground="Erreur.", by=s.office, at=s.at),
    Action.CLOSE: lambda s, o: procedure.close(s.id, reasons="Motif.", by=s.office, at=s.at),
}
"""How a test does each action."""


ON_THE_REFERRAL = [action for action in Action if action not in OFFER_MOVES]
ON_AN_OFFER = [action for action in OFFER_MOVES if action != Action.EXPIRE]
"""EXPIRE names a limit, not an offer: `test_clock` holds it against every state."""


def test_every_action_has_a_row_and_a_verb():
    assert set(MOVES) == set(Action) == set(VERBS)


@pytest.mark.parametrize("action", ON_THE_REFERRAL)
@pytest.mark.parametrize("state", State)
def test_a_referral_moves_as_its_table_says(state, action):
    story = in_state(state)
    if action == Action.LAPSE_REQUEST and state != State.INCOMPLETE:
        assert not Limit.objects.filter(referral=story.id, kind=LimitKind.SUPPLY).exists()  # nothing there that could lapse
        return
    done_before = story.referral.events.filter(kind=action).count()
    move = MOVES[action]
    if state in move.sources:
        VERBS[action](story, None)
        assert story.referral.state in move.leads[state]
        assert story.referral.events.filter(kind=action).count() == done_before + 1
    elif action in ONCE and state in move.targets:
        VERBS[action](story, None)
        assert (story.referral.state, story.referral.events.filter(kind=action).count()) == (state, done_before)
    else:
        with pytest.raises(Refused) as refused:
            VERBS[action](story, None)
        assert refused.value.code == ("not_yours" if state == State.DRAFT and move.actors == OFFICE else "wrong_state")
        assert (story.referral.state, story.referral.events.filter(kind=action).count()) == (state, done_before)


def planted(story: Story, state: OfferState) -> Offer:
    """Return an offer in ``state`` written past the verbs: the guard must hold even where no verb could have led."""
    vacancy = story.vacancy()
    offer = Offer(referral=story.referral, vacancy=vacancy, state=state, consulted_at=story.at, held_until=story.at)
    offer.agreed_by, offer.agreed_as, offer.agreed_on, offer.agreed_through = "Nom", "présidente", story.at.date(), Channel.MAIL
    offer.sent_at = offer.answered_at = story.at
    offer.save()
    if state in HOLDING:
        seats.hold(vacancy_id=vacancy.pk, holder=offer.hold, by="exemple", at=story.at)
    return offer


@pytest.mark.parametrize("action", ON_AN_OFFER)
@pytest.mark.parametrize("state", State)
def test_offers_move_only_while_the_referral_is_where_its_table_says(state, action):
    story = in_state(state)
    before = sorted(OFFER_MOVES[action].sources)[0]
    offer = planted(story, before)
    if state in MOVES[action].sources:
        VERBS[action](story, offer)
        offer.refresh_from_db()
        assert offer.state in OFFER_MOVES[action].targets
    else:
        with pytest.raises(Refused) as refused:
            VERBS[action](story, offer)
        offer.refresh_from_db()
        assert refused.value.code == ("not_yours" if state == State.DRAFT and MOVES[action].actors == OFFICE else "wrong_state")
        assert (offer.state, story.referral.state) == (before, state)


@pytest.mark.parametrize("action", ON_AN_OFFER)
@pytest.mark.parametrize("state", OfferState)
def test_an_offer_moves_as_its_table_says(state, action):
    story = Story()
    story.admissible()
    offer, move = planted(story, state), OFFER_MOVES[action]
    if state in move.sources:
        VERBS[action](story, offer)
        offer.refresh_from_db()
        assert offer.state in move.targets
    elif action in ONCE and state in move.targets:
        VERBS[action](story, offer)
        offer.refresh_from_db()
        assert (offer.state, story.referral.state) == (state, State.ADMISSIBLE)
    else:
        with pytest.raises(Refused) as refused:
            VERBS[action](story, offer)
        offer.refresh_from_db()
        assert (refused.value.code, offer.state) == ("wrong_state", state)


@pytest.mark.parametrize("state", OfferState)
def test_every_offer_state_is_reached_by_the_verbs(state):
    story, offer = offer_in(state)
    assert offer.state == state
    assert breaches(at=story.at) == []


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_by_the_verbs_and_breaks_no_invariant(state):
    story = in_state(state)
    assert breaches(at=story.at) == []
