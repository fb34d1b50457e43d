"""One small page for each verb: it says what will follow, does it, or says why not and keeps what was typed."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from referrals import procedure
from referrals.admin.deeds import DEEDS, OFFER_DEEDS, REFERRAL_DEEDS
from referrals.admin.words import TO_DO
from referrals.models import Role
from referrals.rules.states import MOVES, OFFER_MOVES, Action, OfferState, State
from referrals.wording import ACTIONS
from tests import factories
from tests.office.pages import file_of, page_of, said, text_of
from tests.story import Story, in_state, offer_in

QUEUE = "/bureau/referrals/referral/"
LONG = "Un motif longuement réfléchi, qui ne doit pas se perdre."


def a_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("releve.pdf", factories.pdf(), content_type="application/pdf")


def typed(action: Action, story: Story) -> dict:
    """What a caseworker types to do ``action``."""
    corrected = {
        "first_names": "Zoé Anne",
        "birth_name": "D’Exemple",
        "birth_date": "2004-02-29",
        "licence_mention": story.referral.licence_mention_id,
        "licence_on": "2026-06-12",
        "ground": LONG,
    }
    texts: dict[Action, dict] = {
        Action.PROVE_LICENCE: {"licence_on": "2026-06-19", "upload": a_file()},
        Action.ADD_DOCUMENT: {"kind": "cv", "upload": a_file()},
        Action.REQUEST_DOCUMENTS: {"wanted": LONG, "days": 15},
        Action.RESUME: {"note": LONG},
        Action.ASSIGN: {"to": story.caseworker.pk},
        Action.DECLARE_ADMISSIBLE: {"note": LONG},
        Action.DECLARE_INADMISSIBLE: {"reasons": LONG},
        Action.WITHDRAW_DECISION: {"ground": LONG},
        Action.END_SEARCH: {"reason": LONG},
        Action.CORRECT_FACTS: corrected,
        Action.TRANSFER: {"region": factories.academy("Strasbourg").region.pk, "ground": LONG},
        Action.REOPEN: {"ground": LONG},
        Action.CLOSE: {"reasons": LONG},
        Action.RECORD_AGREEMENT: {"agreed_by": "Ada", "agreed_as": "présidente", "agreed_on": "2026-06-20", "through": "phone"},
        Action.RECORD_REFUSAL: {"reason": LONG},
        Action.SEND_OFFER: {"message": LONG},
        Action.RETRACT_OFFER: {"ground": LONG},
    }
    return texts[action]


ALLOWED = [
    (action, state) for action in REFERRAL_DEEDS for state in State if state in MOVES[action].sources and state != State.DRAFT
]
ALLOWED_FOR_OFFERS = [(action, state) for action in OFFER_DEEDS for state in OfferState if state in OFFER_MOVES[action].sources]
UNLIKE = [
    (action, state) for action in REFERRAL_DEEDS for state in State if state not in MOVES[action].sources and state != State.DRAFT
]


@pytest.mark.parametrize(("action", "state"), ALLOWED)
def test_each_page_opens_says_what_follows_and_does_it(enter, time_machine, action, state):
    story = in_state(state)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(action, story.referral)
    page = text_of(client.get(address))
    assert DEEDS[action].sentence in page
    response = client.post(address, typed(action, story))
    assert said(response) == [f"{ACTIONS[action][1]}."]
    assert response.headers["Location"] == (QUEUE if action == Action.TRANSFER else file_of(story.referral))
    event = story.referral.events.latest("seq")
    assert (event.kind, event.by_name, event.at) == (action, "Camille Exemple", story.at)


@pytest.mark.parametrize(("action", "state"), ALLOWED_FOR_OFFERS)
def test_each_page_about_an_offer_opens_says_what_follows_and_does_it(enter, time_machine, action, state):
    story, offer = offer_in(state)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(action, story.referral, offer)
    assert DEEDS[action].sentence in text_of(client.get(address))
    response = client.post(address, typed(action, story))
    assert said(response) == [f"{ACTIONS[action][1]}."]
    offer.refresh_from_db()
    assert offer.state in OFFER_MOVES[action].targets


@pytest.mark.parametrize(("action", "state"), UNLIKE)
def test_a_page_not_allowed_now_says_so_and_goes_back_to_the_file(enter, action, state):
    story = in_state(state)
    response = enter(story.caseworker).get(page_of(action, story.referral))
    assert said(response) == [f"« {TO_DO[action]} » n’est pas possible dans l’état actuel du dossier."]
    assert response.headers["Location"] == file_of(story.referral)


def test_a_form_posted_too_late_says_why_and_keeps_the_text(enter):
    story = in_state(State.FILED)
    address = page_of(Action.DECLARE_INADMISSIBLE, story.referral)
    client = enter(story.caseworker)
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    response = client.post(address, {"reasons": LONG})
    assert response.context["form"].non_field_errors() == ["Cette action n’est plus possible dans l’état actuel du dossier."]
    assert LONG in text_of(response)
    assert story.referral.state == State.ADMISSIBLE


REFUSALS = [
    (Action.CLOSE, State.ADMISSIBLE, "Une proposition attend la réponse de l’étudiant."),
    (
        Action.END_SEARCH,
        State.ADMISSIBLE,
        "Des établissements sont encore consultés, ou des accords attendent d’être proposés : concluez-les d’abord.",
    ),
]


@pytest.mark.parametrize(("action", "state", "sentence"), REFUSALS)
def test_a_refusal_of_the_verb_is_the_forms_own_error(enter, time_machine, action, state, sentence):
    story = in_state(state)
    time_machine.move_to(story.at, tick=False)
    story.sent()
    if action == Action.END_SEARCH:
        story.consulting()
    response = enter(story.caseworker).post(page_of(action, story.referral), typed(action, story))
    assert response.context["form"].non_field_errors() == [sentence]
    assert LONG in text_of(response)


def test_a_date_outside_the_consultation_is_refused_with_all_that_was_typed(enter, time_machine):
    story, offer = offer_in(OfferState.CONSULTING)
    time_machine.move_to(story.at, tick=False)
    words = typed(Action.RECORD_AGREEMENT, story) | {"agreed_on": "2026-06-21"}
    response = enter(story.caseworker).post(page_of(Action.RECORD_AGREEMENT, story.referral, offer), words)
    form = response.context["form"]
    assert form.non_field_errors() == ["La date de l’accord doit être comprise entre la consultation et aujourd’hui."]
    assert {name: form[name].value() for name in words} == words


def test_a_file_that_cannot_serve_is_explained_beside_its_field(enter):
    story = in_state(State.FILED)
    words = {"kind": "cv", "upload": SimpleUploadedFile("cv.pdf", b"du texte")}
    response = enter(story.caseworker).post(page_of(Action.ADD_DOCUMENT, story.referral), words)
    assert response.context["form"].errors["upload"] == [
        "Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG. Enregistrez-le en PDF, ou photographiez le document."
    ]
    assert story.referral.documents.given().count() == 1


@pytest.mark.parametrize("action", list(REFERRAL_DEEDS))
def test_another_region_has_no_such_page(enter, stranger, action):
    story = in_state(State.FILED)
    client, address = enter(stranger), page_of(action, story.referral)
    assert (client.get(address).status_code, client.post(address, typed(action, story)).status_code) == (404, 404)


@pytest.mark.parametrize("action", list(OFFER_DEEDS))
def test_another_region_has_no_such_page_about_an_offer(enter, stranger, action):
    story, offer = offer_in(OfferState.SENT)
    client, address = enter(stranger), page_of(action, story.referral, offer)
    assert (client.get(address).status_code, client.post(address, typed(action, story)).status_code) == (404, 404)


def test_an_offer_of_another_file_is_no_offer_of_this_one(enter):
    story, offer = offer_in(OfferState.CONSULTING)
    other = in_state(State.ADMISSIBLE)
    address = page_of(Action.RECORD_REFUSAL, other.referral, offer)
    client = enter(story.caseworker)
    assert (client.get(address).status_code, client.post(address, {"reason": LONG}).status_code) == (404, 404)


@pytest.mark.parametrize(("action", "state"), ALLOWED)
def test_the_national_administrator_cannot_act(enter, administrator, action, state):
    story = in_state(state)
    seen = story.referral.events.count()
    client, address = enter(administrator), page_of(action, story.referral)
    response = client.get(address)
    assert (response.headers["Location"], said(response)) == (
        file_of(story.referral),
        ["Vous pouvez lire ce dossier, mais pas agir sur lui."],
    )
    response = client.post(address, typed(action, story))
    assert response.context["form"].non_field_errors() == ["Vous pouvez lire ce dossier, mais pas agir sur lui."]
    assert story.referral.events.count() == seen


@pytest.mark.parametrize("action", list(REFERRAL_DEEDS))
def test_a_student_and_an_adviser_find_the_door_shut(enter, action):
    story = in_state(State.FILED)
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    for user in (story.student, adviser):
        assert enter(user).get(page_of(action, story.referral), follow=True).status_code == 403


def test_what_was_typed_in_an_ended_session_comes_back_after_signing_in(client, db):
    story = in_state(State.FILED)
    address = page_of(Action.DECLARE_INADMISSIBLE, story.referral)
    response = client.post(address, {"reasons": LONG})
    assert response.headers["Location"] == f"/bureau/login/?next={address}"
    assert story.referral.state == State.FILED
    client.force_login(story.caseworker)
    response = client.get(address)
    assert response.context["form"]["reasons"].value() == LONG
    client.post(address, {"reasons": LONG})
    assert story.referral.state == State.INADMISSIBLE


def test_a_file_is_given_to_people_of_the_region_alone(enter, head, stranger):
    story = in_state(State.FILED)
    former = factories.post(Role.CASEWORKER, region=story.academy.region, name="Ancienne")
    former.posts.update(until=date(2020, 1, 1))
    assert story.caseworker.is_staff
    form = enter(head).get(page_of(Action.ASSIGN, story.referral)).context["form"]
    assert list(form.fields["to"].queryset) == [story.caseworker, head]


def test_a_correction_starts_from_the_facts_and_changes_only_what_differs(enter, time_machine):
    story = in_state(State.FILED)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(Action.CORRECT_FACTS, story.referral)
    assert client.get(address).context["form"]["birth_name"].value() == "D’Exemple"
    client.post(address, typed(Action.CORRECT_FACTS, story))
    event = story.referral.events.latest("seq")
    assert event.payload["columns"] == ["first_names"]
    assert event.note == f"{LONG}\nprénoms : « Zoé » devient « Zoé Anne »"


def test_a_licence_still_awaited_is_not_corrected_but_proved(enter):
    story = in_state(State.AWAITING_LICENCE)
    form = enter(story.caseworker).get(page_of(Action.CORRECT_FACTS, story.referral)).context["form"]
    assert "licence_on" not in form.fields
