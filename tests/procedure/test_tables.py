"""Every (state × action) pair, for the referral and for the offer: what the tables allow happens, nothing else does."""

from datetime import date

import pytest

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import (
    CampaignRules,
    Channel,
    CommissionCase,
    CommissionSession,
    Decision,
    DocumentKind,
    Limit,
    LimitKind,
    Offer,
    OtherLicence,
    Referral,
    Role,
    User,
)
from referrals.procedure import CLOCK, By, Refused
from referrals.procedure.limits import start_limit
from referrals.rules.states import CLOCK as CLOCKS
from referrals.rules.states import (
    ENROLLING,
    HOLDING,
    INSTITUTION,
    MOVES,
    OFFER_MOVES,
    OFFICE,
    ONCE,
    OPEN,
    TAKEN,
    Action,
    OfferState,
    State,
)
from referrals.wording_points import POINTS
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


def choose_licence(story, offer):
    facts = {"institution": story.institution, "academy": story.academy, "title": "Licence de lettres", "on": date(2026, 6, 1)}
    other = OtherLicence.objects.create(referral=story.referral, **facts)
    procedure.choose_licence(story.id, other_licence_id=other.pk, ground="Autre diplôme.", by=story.office, at=story.at)


def escalate(story, offer):
    story.signer  # noqa: B018 - the region has its head
    more_are_due = CampaignRules.objects.create(campaign=story.campaign, version=2, offers_required=9, created_at=story.at)
    Referral.objects.filter(pk=story.id).update(rules=more_are_due)
    procedure.escalate(story.id, by=CLOCK, at=story.at)


def restart_limit(story, offer):
    live = story.referral.limits.live().exclude(kind=LimitKind.FILING).last()
    if live is None:  # under rules where each offer has its own, one may run in every state of the search
        live = start_limit(story.referral, kind=LimitKind.ANSWER, start=story.at.date(), days=8, rule="Réponse", at=story.at)
    story.later(days=1)
    procedure.restart_limit(story.id, limit_id=live.pk, start=story.at.date(), ground="Panne.", by=story.office, at=story.at)


def _another(story):
    """Another referral of the same person, under another account."""
    other = Story()
    other.filed()
    return other


def absorb(story, offer):
    procedure.merge(story.id, other_id=_another(story).id, ground="Deux comptes.", by=story.office, at=story.at)


def merge(story, offer):
    for held in story.referral.offers.holding():
        procedure.retract_offer(story.id, offer_id=held.pk, ground="", by=story.office, at=story.at)
    procedure.merge(_another(story).id, other_id=story.id, ground="Deux comptes.", by=story.office, at=story.at)


def minutes(story, offer):
    session = CommissionSession.objects.create(
        campaign=story.campaign, region=story.academy.region, held_at=story.at, place="Rectorat", members="Nom", created_at=story.at
    )
    case = CommissionCase.objects.create(session=session, referral=story.referral, rank=1)
    procedure.record_minutes(case.pk, decision=Decision.NONE, minutes="Aucune place.", by=story.office, at=story.at)


def thaw(story, offer):
    User.objects.filter(pk=story.student.pk).update(is_active=False)
    procedure.thaw_account(story.id, ground="Identité vérifiée.", by=story.office, at=story.at)


def adviser(story):
    """An adviser of the university, whom the student lets follow her."""
    Referral.objects.filter(pk=story.id).update(adviser_consent=True, shares_draft=True)
    return By.adviser(factories.post(Role.ADVISER, institution=story.institution))


def end_mandate(story, offer):
    Referral.objects.filter(pk=story.id).update(mandated="Un proche")
    procedure.end_mandate(story.id, by=story.her, at=story.at)


VERBS = {
    Action.FILE: lambda s, o: procedure.file(s.id, by=s.her, at=s.at),
    Action.PROVE_LICENCE: lambda s, o: procedure.prove_licence(
        s.id, licence_on=s.at.date(), upload=factories.upload(), by=s.her, at=s.at
    ),
    Action.ADD_DOCUMENT: lambda s, o: procedure.add_document(
        s.id, kind=DocumentKind.OTHER, upload=factories.upload(), by=s.her, at=s.at
    ),
    Action.POSTPONE_LICENCE: lambda s, o: procedure.postpone_licence(s.id, expected_on=s.due_on, note="", by=s.her, at=s.at),
    Action.REPORT_FAILURE: lambda s, o: procedure.report_failure(s.id, note="", by=s.her, at=s.at),
    Action.CHOOSE_LICENCE: choose_licence,
    Action.REQUEST_DOCUMENTS: lambda s, o: procedure.request_documents(s.id, wanted="Le relevé.", days=10, by=s.office, at=s.at),
    Action.SUPPLY_DOCUMENTS: supply,
    Action.RESUME: lambda s, o: procedure.resume(s.id, note="", by=s.office, at=s.at),
    Action.LAPSE_REQUEST: lapse_request,
    Action.ASSIGN: lambda s, o: procedure.assign(s.id, to=s.caseworker, by=s.office, at=s.at),
    Action.DECLARE_ADMISSIBLE: lambda s, o: procedure.declare_admissible(s.id, note="", by=s.office, at=s.at),
    Action.PREPARE_DECISION: lambda s, o: procedure.prepare_decision(
        s.id, action=Action.CLOSE, law="Droit.", facts="Fait.", by=s.office, at=s.at
    ),
    Action.DECLARE_INADMISSIBLE: lambda s, o: procedure.declare_inadmissible(
        s.id, law="Droit.", facts="Fait.", late=False, by=s.signing, at=s.at
    ),
    Action.WITHDRAW_DECISION: lambda s, o: procedure.withdraw_decision(
        s.id, ground="Erreur.", due_on=s.due_on, by=s.office, at=s.at
    ),
    Action.CONSULT: lambda s, o: procedure.consult(s.id, vacancy_id=s.vacancy().pk, by=s.office, at=s.at),
    Action.RECORD_AGREEMENT: agree,
    Action.RECORD_REFUSAL: with_offer(procedure.record_refusal, reason="Complet."),
    Action.RECORD_CONDITION: with_offer(procedure.record_condition, condition="S’il réussit un test."),
    Action.DELEGATE: lambda s, o: procedure.delegate(
        s.id, offer_id=o.pk, to="masters@universite.exemple", by=By.by_link(o, to="direction@universite.exemple"), at=s.at
    ),
    Action.LAPSE_CONSULTATION: lambda s, o: procedure.lapse_consultation(s.id, offer_id=o.pk, by=CLOCK, at=o.held_until),
    Action.SEND_OFFER: with_offer(procedure.send_offer, message=""),
    Action.RETRACT_OFFER: with_offer(procedure.retract_offer, ground="Erreur."),
    Action.END_SEARCH: lambda s, o: procedure.end_search(s.id, reason="Plus de place.", by=s.office, at=s.at),
    Action.ESCALATE: escalate,
    Action.REFER_TO_COMMISSION: lambda s, o: procedure.refer_to_commission(s.id, note="", by=s.office, at=s.at),
    Action.RECORD_MINUTES: minutes,
    Action.ACCEPT: lambda s, o: procedure.accept(s.id, offer_id=o.pk, by=s.her, at=s.at),
    Action.DECLINE: lambda s, o: procedure.decline(s.id, offer_id=o.pk, reason="", by=s.her, at=s.at),
    Action.EXPIRE: expire,
    Action.RESTART_LIMIT: restart_limit,
    Action.EXTEND: lambda s, o: procedure.extend(s.id, days=5, ground="Cyclone.", source="Arrêté.", by=s.signing, at=s.at),
    Action.RECORD_CONTACT: lambda s, o: procedure.record_contact(s.id, channel=Channel.PHONE, note="", by=s.office, at=s.at),
    Action.REVIEW: lambda s, o: procedure.review(
        s.id, points=dict.fromkeys(POINTS, True), grounds=dict.fromkeys(POINTS, "Vu."), by=s.office, at=s.at
    ),
    Action.WRITE_NOTE: lambda s, o: procedure.write_note(s.id, text="À rappeler.", by=s.office, at=s.at),
    Action.WRITE_TO_STUDENT: lambda s, o: procedure.write_to_student(s.id, text="Bonjour.", by=s.office, at=s.at),
    Action.WRITE_TO_OFFICE: lambda s, o: procedure.write_to_office(s.id, text="Bonjour.", by=s.her, at=s.at),
    Action.SEND_LETTER: lambda s, o: procedure.send_letter(s.id, subject="Objet", text="Texte.", by=s.office, at=s.at),
    Action.ADVISE_STUDENT: lambda s, o: procedure.advise_student(s.id, text="Bonjour.", by=adviser(s), at=s.at),
    Action.ADVISE_OFFICE: lambda s, o: procedure.advise_office(s.id, text="Sérieux.", by=adviser(s), at=s.at),
    Action.GIVE_MANDATE: lambda s, o: procedure.give_mandate(s.id, name="Un proche", by=s.her, at=s.at),
    Action.END_MANDATE: end_mandate,
    Action.RECORD_ENROLMENT: lambda s, o: procedure.record_enrolment(s.id, offer_id=o.pk, on=s.at.date(), by=s.office, at=s.at),
    Action.RECORD_NO_ENROLMENT: lambda s, o: s.lose(o),
    Action.WITHDRAW: lambda s, o: procedure.withdraw(s.id, reason="", by=s.her, at=s.at),
    Action.SET_ADVISER_CONSENT: lambda s, o: procedure.set_adviser_consent(s.id, consent=True, by=s.her, at=s.at),
    Action.CORRECT_FACTS: lambda s, o: procedure.correct_facts(
        s.id, facts={"birth_name": "Autre"}, ground="Erreur.", by=s.office, at=s.at
    ),
    Action.TRANSFER: lambda s, o: procedure.transfer(s.id, region=other_region(s), ground="Compétence.", by=s.office, at=s.at),
    Action.CORRECT_APPLICATION: lambda s, o: procedure.correct_application(
        s.id, application_id=s.referral.applications.get().pk, facts={"track": "Autre"}, ground="Erreur.", by=s.office, at=s.at
    ),
    Action.ABSORB: absorb,
    Action.MERGE: merge,
    Action.FREEZE_ACCOUNT: lambda s, o: procedure.freeze_account(s.id, ground="Vol.", by=s.office, at=s.at),
    Action.THAW_ACCOUNT: thaw,
    Action.CHANGE_ADDRESS: lambda s, o: procedure.change_address(
        s.id, address="autre@exemple.fr", checked="Carte d’identité vue.", by=s.office, at=s.at
    ),
    Action.REOPEN: lambda s, o: procedure.reopen(s.id, ground="Erreur.", due_on=s.due_on, by=s.office, at=s.at),
    Action.CLOSE: lambda s, o: procedure.close(s.id, law="Droit.", facts="Fait.", by=s.signing, at=s.at),
}
"""How a test does each action."""


ON_THE_REFERRAL = [action for action in Action if action not in OFFER_MOVES and action != Action.EXTEND]
"""EXTEND needs a limit that runs: a test of its own."""
ON_AN_OFFER = [action for action in OFFER_MOVES if action != Action.EXPIRE]
"""EXPIRE names a limit, not an offer: `test_clock` holds it against every state."""


def the_office_does(action: Action) -> bool:
    """Whether `VERBS` does it in the office's name, to which a draft is nobody's."""
    return MOVES[action].actors in (OFFICE, OFFICE | INSTITUTION, OFFICE | CLOCKS)


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
        assert refused.value.code == ("not_yours" if state == State.DRAFT and the_office_does(action) else "wrong_state")
        assert (story.referral.state, story.referral.events.filter(kind=action).count()) == (state, done_before)


@pytest.mark.parametrize("state", State)
def test_more_time_is_given_where_the_table_says_and_a_limit_runs(state):
    story = in_state(state)
    running = [*story.referral.limits.live().values_list("pk", flat=True)]
    if state in MOVES[Action.EXTEND].sources and state != State.DRAFT and running:
        VERBS[Action.EXTEND](story, None)
        assert story.referral.state in MOVES[Action.EXTEND].leads[state]
        assert story.referral.events.of_case().filter(kind=Action.EXTEND).count() == len(running)
        return
    with pytest.raises(Refused) as refused:
        VERBS[Action.EXTEND](story, None)
    expected = "not_yours" if state == State.DRAFT else "wrong_state"
    assert refused.value.code == ("nothing_to_extend" if state in MOVES[Action.EXTEND].sources - {State.DRAFT} else expected)
    assert story.referral.state == state


def planted(story: Story, state: OfferState) -> Offer:
    """Return an offer in ``state`` written past the verbs: the guard must hold even where no verb could have led."""
    if state in TAKEN and (taken := story.referral.offers.filter(state__in=TAKEN).first()):
        taken.state = state  # a second seat cannot be taken: a constraint forbids it
        taken.save()
        return taken
    vacancy = story.vacancy()
    offer = Offer(referral=story.referral, vacancy=vacancy, state=state, consulted_at=story.at, held_until=story.at)
    offer.agreed_by, offer.agreed_as, offer.agreed_on, offer.agreed_through = "Nom", "présidente", story.at.date(), Channel.MAIL
    offer.sent_at = offer.answered_at = story.at
    offer.save()
    if state in HOLDING | TAKEN:
        seats.hold(vacancy_id=vacancy.pk, holder=offer.hold, by="exemple", at=story.at)
    if state in TAKEN:
        seats.take(holder=offer.hold, by="exemple", at=story.at)
    return offer


@pytest.mark.parametrize("action", ON_AN_OFFER)
@pytest.mark.parametrize("state", State)
def test_offers_move_only_while_the_referral_is_where_its_table_says(state, action):
    story = in_state(state)
    sources = OFFER_MOVES[action].sources
    before = sorted((sources & TAKEN if state in ENROLLING else sources - TAKEN) or sources)[0]
    offer = story.referral.offers.filter(state=before).first() or planted(story, before)
    if state in MOVES[action].sources:
        VERBS[action](story, offer)
        offer.refresh_from_db()
        assert offer.state in OFFER_MOVES[action].targets
    else:
        with pytest.raises(Refused) as refused:
            VERBS[action](story, offer)
        offer.refresh_from_db()
        assert refused.value.code == ("not_yours" if state == State.DRAFT and the_office_does(action) else "wrong_state")
        assert (offer.state, story.referral.state) == (before, state)


@pytest.mark.parametrize("action", ON_AN_OFFER)
@pytest.mark.parametrize("state", OfferState)
def test_an_offer_moves_as_its_table_says(state, action):
    home = State.ADMISSIBLE if State.ADMISSIBLE in MOVES[action].sources else State.ACCEPTED
    story, move = in_state(home), OFFER_MOVES[action]
    if home == State.ACCEPTED:
        offer = story.referral.offers.get(state=OfferState.ACCEPTED)
        Offer.objects.filter(pk=offer.pk).update(state=state)
    else:
        offer = planted(story, state)
    if state in move.sources:
        VERBS[action](story, offer)
        offer.refresh_from_db()
        assert offer.state in move.targets
    elif action in ONCE and state in move.targets:
        VERBS[action](story, offer)
        offer.refresh_from_db()
        assert (offer.state, story.referral.state) == (state, home)
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
