"""The regional commission in the office: calling a session, its agenda, and the page of one file."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals import procedure
from referrals.models import CommissionSession, Role
from referrals.rules.states import OfferState, State
from tests import factories
from tests.office.pages import file_of, said, text_of
from tests.procedure.test_commission import CALLED_AT, HELD_AT, session_of, with_the_commission
from tests.story import Story

pytestmark = pytest.mark.django_db


def address(name: str, *args) -> str:
    return reverse(f"admin:referrals_commissionsession_{name}", args=args)


@pytest.fixture
def story(db) -> Story:
    with time_machine.travel(HELD_AT, tick=False):
        yield with_the_commission()


def test_a_session_is_called_with_the_files_that_wait(enter, story):
    client = enter(story.caseworker)
    assert "en commission régionale (1 aujourd’hui)" in text_of(client.get(address("add")))
    words = {"campaign": story.campaign.pk, "region": story.academy.region.pk, "held_at": "2026-09-14T14:00"}
    response = client.post(address("add"), words | {"place": "Rectorat", "members": "Nom, qualité"})
    session = CommissionSession.objects.get()
    assert (said(response), response.headers["Location"]) == (["Séance convoquée."], address("change", session.pk))
    assert (session.held_at, session.cases.get().referral_id) == (HELD_AT, story.id)
    text = text_of(client.get(address("change", session.pk)))
    assert ("Ordre du jour : 1 dossier" in text, f"1. {story.referral.number}" in text) == (True, True)
    assert "3 encore dues" in text


def test_what_is_missing_is_said_and_what_was_typed_stays(enter, story):
    response = enter(story.caseworker).post(address("add"), {"place": "Salle d’« ici »", "members": ""})
    assert (CommissionSession.objects.count(), "Salle d’« ici »" in response.content.decode()) == (0, True)


def typed(vacancy, **more) -> dict[str, object]:
    return {
        "decision": "offers",
        "minutes": "Deux établissements représentés.",
        "vacancy_1": vacancy.pk,
        "agreed_by_1": "Nom",
        "agreed_as_1": "représentante",
    } | more


def test_minutes_and_offers_are_recorded_in_one_go_and_a_second_click_adds_nothing(enter, story):
    vacancy, session = story.vacancy(), session_of(story)
    client, page = enter(story.caseworker), address("case", session.pk, session.cases.get().pk)
    text = text_of(client.get(page))
    assert (f"{vacancy.programme.title}" in text, "Procès-verbal" in text) == (True, True)
    response = client.post(page, typed(vacancy))
    assert said(response) == [f"Procès-verbal enregistré : saisine {story.referral.number}.", f"Proposition envoyée : {vacancy}."]
    assert (story.referral.state, story.referral.offers.get().state) == (State.OFFERED, OfferState.SENT)
    client.post(page, typed(vacancy))
    assert (story.referral.offers.count(), story.referral.events.filter(kind="record_minutes").count()) == (1, 1)
    assert "Ce dossier n’est plus en commission. Décision : une ou plusieurs propositions." in text_of(client.get(page))


def test_a_seat_lost_meanwhile_is_said_before_anything_is_recorded(enter, story):
    lost, kept, session = story.vacancy(), story.vacancy(), session_of(story)
    client, page = enter(story.caseworker), address("case", session.pk, session.cases.get().pk)
    words = typed(lost, vacancy_2=kept.pk, agreed_by_2="Nom", agreed_as_2="représentant")
    Story().admissible().consulting(vacancy=lost)
    response = client.post(page, words)
    assert (response.status_code, "Deux établissements représentés." in response.content.decode()) == (200, True)
    assert (story.referral.offers.count(), session.cases.get().minutes) == (0, "")
    response = client.post(page, typed(kept))
    assert story.referral.offers.get().vacancy == kept


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"decision": "none"}, "Une décision de proposer nomme au moins une place"),
        ({"vacancy_1": ""}, "Une décision de proposer nomme au moins une place"),
        ({"agreed_by_1": " "}, "Dites qui donne l’accord de l’établissement"),
        ({"minutes": ""}, "Ce champ est obligatoire"),
    ],
    ids=["no offer, yet a seat", "an offer without a seat", "nobody agrees", "no minutes"],
)
def test_what_does_not_fit_is_said_and_nothing_is_recorded(enter, story, words, sentence):
    vacancy, session = story.vacancy(), session_of(story)
    page = address("case", session.pk, session.cases.get().pk)
    response = enter(story.caseworker).post(page, typed(vacancy) | words)
    assert sentence in text_of(response)
    assert (session.cases.get().decision, story.referral.offers.count()) == ("", 0)


def test_the_same_seat_is_not_chosen_twice(enter, story):
    vacancy, session = story.vacancy(seats=2), session_of(story)
    page = address("case", session.pk, session.cases.get().pk)
    words = typed(vacancy, vacancy_2=vacancy.pk, agreed_by_2="Nom", agreed_as_2="représentant")
    assert "La même place est choisie deux fois." in text_of(enter(story.caseworker).post(page, words))
    assert story.referral.offers.count() == 0


def test_files_come_in_until_the_session(enter, story):
    session = session_of(story)
    with_the_commission()
    response = enter(story.caseworker).post(address("complete", session.pk))
    assert (said(response), session.cases.count()) == (["Dossiers ajoutés à l’ordre du jour : 1."], 2)


def test_the_page_of_the_file_leads_to_its_session(enter, story):
    session = session_of(story)
    page = enter(story.caseworker).get(file_of(story.referral)).content.decode()
    assert address("case", session.pk, session.cases.get().pk) in page


def test_another_region_has_no_such_session(enter, story):
    with time_machine.travel(CALLED_AT, tick=False):
        session = session_of(story)
        stranger = factories.post(Role.CASEWORKER, region=factories.academy("Strasbourg").region)
    client = enter(stranger)
    pages = [address("change", session.pk), address("case", session.pk, session.cases.get().pk)]
    assert [client.get(page).status_code for page in pages] == [404, 404]
    assert client.post(address("complete", session.pk)).status_code == 404


def test_the_national_administrator_reads_and_decides_nothing(enter, administrator, story):
    vacancy, session = story.vacancy(), session_of(story)
    client = enter(administrator)
    assert client.get(address("change", session.pk)).status_code == 200
    client.post(address("case", session.pk, session.cases.get().pk), typed(vacancy))
    assert (session.cases.get().decision, story.referral.offers.count()) == ("", 0)
    assert client.get(address("add")).status_code == 403
    assert client.post(address("complete", session.pk)).status_code == 403


def test_three_files_cost_no_more_queries_than_one(enter, story):
    session, client = session_of(story), enter(story.caseworker)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address("change", session.pk)).status_code == 200
        return len(captured)

    one = queries()
    for _ in range(2):
        with_the_commission()
    procedure.complete_agenda(session)
    assert (queries(), session.cases.count()) == (one, 3)
