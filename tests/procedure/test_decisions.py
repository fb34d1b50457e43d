"""Who prepares, who signs, and what has a date: decisions by letter, the end of the campaign, the enrolment, the account."""

from datetime import date

import pytest
from allauth.account.models import EmailAddress

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Channel, DocumentKind, Enrolment, Role
from referrals.procedure import CLOCK, By, Refused
from referrals.rules.states import Action, OfferState, State
from tests import factories
from tests.factories import instant
from tests.story import Story, in_state

pytestmark = pytest.mark.django_db


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        verb(*args, **kwargs)
    return caught.value.code


def test_a_caseworker_prepares_and_a_delegate_signs():
    story = Story().filed()
    reasons = {"law": "Art. L. 612-6.", "facts": "Licence professionnelle."}
    procedure.prepare_decision(story.id, action=Action.DECLARE_INADMISSIBLE, **reasons, by=story.office, at=story.at)
    prepared = story.referral
    assert (prepared.state, prepared.prepared_action, prepared.prepared_by) == (
        State.FILED,
        Action.DECLARE_INADMISSIBLE,
        story.caseworker,
    )
    assert refused(procedure.declare_inadmissible, story.id, **reasons, late=False, by=story.office, at=story.at) == "no_delegation"
    procedure.declare_inadmissible(story.id, **reasons, late=False, by=story.signing, at=story.at)
    letter = story.referral.documents.get(kind=DocumentKind.INADMISSIBLE_LETTER)
    assert (letter.content["law"], letter.content["facts"], letter.content["signatory"]) == (
        "Art. L. 612-6.",
        "Licence professionnelle.",
        {
            "name": "Dominique Exemple",
            "capacity": "secrétaire générale de région académique",
            "delegation": "arrêté du 1er septembre 2025, publié le 3",
        },
    )
    assert (story.referral.prepared_action, story.referral.prepared_by) == ("", None)


def test_a_delegation_that_has_ended_signs_nothing():
    story = Story().filed()
    story.signer.posts.update(until=date(2026, 1, 1))
    with pytest.raises(Refused):
        _ = story.signing  # no post of a rectorate any more


def test_a_delegation_given_in_one_region_signs_nothing_in_another():
    story = Story().filed()
    elsewhere = factories.academy("La Réunion").region
    user = factories.post(Role.HEAD, region=elsewhere, capacity="secrétaire générale", delegation="arrêté de l’exemple")
    user.posts.create(role=Role.CASEWORKER, since="2018-01-01").regions.add(story.academy.region)
    both = By.office(type(user).objects.get(pk=user.pk))
    assert refused(procedure.declare_inadmissible, story.id, law="", facts="", late=False, by=both, at=story.at) == "no_delegation"


def test_only_a_decision_possible_now_is_prepared():
    story = in_state(State.ADMISSIBLE)
    assert (
        refused(
            procedure.prepare_decision,
            story.id,
            action=Action.DECLARE_INADMISSIBLE,
            law="",
            facts="",
            by=story.office,
            at=story.at,
        )
        == "wrong_state"
    )


def test_closing_shows_the_search_that_was_made():
    story = Story(at=instant("2026-07-06 10:00"))
    story.admissible()
    offer = story.consulting()
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=story.office, at=story.at)
    procedure.close(story.id, law="Places vacantes.", facts="Aucune.", by=story.signing, at=story.at)
    letter = story.referral.documents.get(kind=DocumentKind.CLOSING_LETTER)
    assert letter.content["searched"] == [
        {"programme": str(offer.vacancy), "asked_on": "2026-07-06", "outcome": "refus de l’établissement"}
    ]
    assert letter.content["exhausted"] is False


@pytest.mark.parametrize("state", [State.ACCEPTED, State.ENROLLED, State.NOT_ENROLLED, State.WITHDRAWN, State.CLOSED, State.MERGED])
def test_every_end_is_left_on_a_ground_with_an_author_and_a_due_date(state):
    story = in_state(state)
    procedure.reopen(story.id, ground="Fait nouveau.", due_on=story.due_on, by=story.office, at=story.at)
    event = story.referral.events.of_case().get(kind=Action.REOPEN)
    assert (story.referral.due_on, event.note, event.by_name) == (story.due_on, "Fait nouveau.", "Camille Exemple")
    assert breaches(at=story.at) == []


def test_a_due_date_is_not_in_the_past():
    story = in_state(State.CLOSED)
    yesterday = date(2026, 6, 19)
    assert refused(procedure.reopen, story.id, ground="", due_on=yesterday, by=story.office, at=story.at) == "due_in_the_past"


def test_the_end_of_the_campaign_names_the_head_with_the_fewest_such_files():
    story = Story()
    story.admissible()
    other = factories.post(Role.HEAD, region=story.academy.region, name="Maxime Exemple")
    busy = story.signer
    first = Story()
    first.admissible()
    type(first.referral).objects.filter(pk=first.id).update(escalated_to=busy)
    at = instant("2026-10-17 08:00")
    procedure.escalate(story.id, by=CLOCK, at=at)
    assert (story.referral.escalated_to, story.referral.due_on) == (other, date(2026, 10, 31))
    events = story.referral.events.count()
    procedure.escalate(story.id, by=CLOCK, at=at)
    assert story.referral.events.count() == events


def test_three_offers_are_nobodys_alarm():
    story = Story()
    story.offered()
    assert story.signer
    assert refused(procedure.escalate, story.id, by=CLOCK, at=story.at) == "nothing_due"


def test_answer_limits_and_the_search_outlive_the_campaigns_last_date():
    story = Story(at=instant("2026-11-02 10:00"))  # search until 31 October
    offer, *_ = story.offered()
    assert story.limit().last_day == date(2026, 11, 17)
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.told().later(days=3).at)
    assert story.referral.state == State.ACCEPTED


def test_the_institution_owes_its_word_by_a_date():
    story = in_state(State.ACCEPTED)
    assert story.referral.due_on == date(2026, 7, 20)  # thirty days after 20 June
    offer = story.referral.offers.get(state=OfferState.ACCEPTED)
    procedure.record_enrolment(story.id, offer_id=offer.pk, on=date(2026, 7, 1), by=story.office, at=story.later(days=20).at)
    offer.refresh_from_db()
    assert (story.referral.state, offer.enrolment, offer.enrolment_on, story.referral.due_on) == (
        State.ENROLLED,
        Enrolment.ENROLLED,
        date(2026, 7, 1),
        None,
    )
    assert breaches(at=story.at) == []


@pytest.mark.parametrize(("outcome", "state"), [(Enrolment.REFUSED, State.ADMISSIBLE), (Enrolment.NOT_COME, State.NOT_ENROLLED)])
def test_a_lost_enrolment_gives_the_seat_back(outcome, state):
    story = in_state(State.ACCEPTED)
    offer = story.referral.offers.select_related("vacancy").get(state=OfferState.ACCEPTED)
    story.lose(offer, outcome=outcome)
    offer.refresh_from_db()
    offer.vacancy.refresh_from_db()
    assert (story.referral.state, story.referral.due_on, offer.state) == (state, date(2026, 6, 20), OfferState.LOST)
    assert (offer.vacancy.taken, offer.vacancy.free) == (0, 1)
    assert breaches(at=story.at) == []


@pytest.mark.parametrize("on", ["2026-06-19", "2026-06-21"])
def test_an_enrolment_is_dated_between_the_acceptance_and_today(on):
    story = in_state(State.ACCEPTED)
    offer = story.referral.offers.get(state=OfferState.ACCEPTED)
    code = refused(procedure.record_enrolment, story.id, offer_id=offer.pk, on=date.fromisoformat(on), by=story.office, at=story.at)
    assert code == "enrolment_date"


def test_a_programme_that_refused_her_is_asked_again_only_with_a_reason():
    story = Story().admissible()
    refusing = story.referral.applications.get()
    programme = factories.ProgrammeFactory(institution=story.institution, mention=refusing.mention)
    vacancy = factories.VacancyFactory(programme=programme, campaign=story.campaign)
    assert refused(procedure.consult, story.id, vacancy_id=vacancy.pk, by=story.office, at=story.at) == "needs_reason"
    offer = procedure.consult(story.id, vacancy_id=vacancy.pk, reason="Nouveaux désistements.", by=story.office, at=story.at)
    assert offer.consulted_because == "Nouveaux désistements."


def test_a_frozen_account_opens_again():
    story = Story().filed()
    procedure.freeze_account(story.id, ground="Téléphone volé.", by=story.office, at=story.at)
    assert type(story.student).objects.get(pk=story.student.pk).is_active is False
    assert refused(procedure.freeze_account, story.id, ground="", by=story.office, at=story.at) == "no_change"
    procedure.thaw_account(story.id, ground="Identité vérifiée.", by=story.office, at=story.at)
    assert type(story.student).objects.get(pk=story.student.pk).is_active is True


def test_a_new_address_shuts_the_former_one_out():
    story = Story().filed()
    former = story.student.email
    EmailAddress.objects.create(user=story.student, email=former, verified=True, primary=True)
    procedure.change_address(
        story.id, address="Nouvelle@exemple.fr", checked="Carte d’identité vue au guichet.", by=story.office, at=story.at
    )
    student = type(story.student).objects.get(pk=story.student.pk)
    assert (student.email, student.has_usable_password()) == ("nouvelle@exemple.fr", False)
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("nouvelle@exemple.fr", True)]
    note = story.referral.events.of_case().get(kind=Action.CHANGE_ADDRESS).note
    assert note.splitlines() == [former, "Carte d’identité vue au guichet."]


def test_an_address_of_another_account_is_refused():
    story, other = Story().filed(), factories.UserFactory()
    code = refused(procedure.change_address, story.id, address=other.email, checked="", by=story.office, at=story.at)
    assert code == "address_in_use"


def test_a_contact_is_on_record():
    story = Story().filed()
    procedure.record_contact(story.id, channel=Channel.PHONE, note="Jointe à 10 h.", by=story.office, at=story.at)
    event = story.referral.events.of_case().get(kind=Action.RECORD_CONTACT)
    assert (event.payload["channel"], event.note) == ("phone", "Jointe à 10 h.")
