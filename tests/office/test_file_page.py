"""The page of a file: everything on it, and exactly the buttons the tables allow."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals import procedure
from referrals.rules.states import MOVES, OFFER_MOVES, Action, Actor, OfferState, State
from tests import factories
from tests.office.pages import buttons, file_of, page_of, text_of
from tests.story import Story, in_state, offer_in

FILED = [state for state in State if state != State.DRAFT]
OF_OFFICE = {Actor.CASEWORKER, Actor.HEAD}


@pytest.mark.parametrize("state", FILED)
@pytest.mark.parametrize("who", ["caseworker", "head"])
def test_the_buttons_of_a_file_are_the_tables(enter, head, state, who):
    story = in_state(state)
    user = story.caseworker if who == "caseworker" else head
    allowed = [
        page_of(action, story.referral)
        for action, move in MOVES.items()
        if action not in OFFER_MOVES and state in move.sources and Actor(who) in move.actors
    ]
    shown = [button for button in buttons(enter(user).get(file_of(story.referral))) if "/offers/" not in button]
    assert shown == allowed


@pytest.mark.parametrize("state", list(OfferState))
def test_the_buttons_of_an_offer_are_both_tables(enter, state):
    story, offer = offer_in(state)
    referral = story.referral
    allowed = [
        page_of(action, referral, offer)
        for action, move in OFFER_MOVES.items()
        if state in move.sources and referral.state in MOVES[action].sources and Actor.CASEWORKER in move.actors
    ]
    shown = buttons(enter(story.caseworker).get(file_of(referral)))
    assert [button for button in shown if f"/offers/{offer.pk}/" in button] == allowed


@pytest.mark.parametrize("state", FILED)
def test_the_national_administrator_reads_and_has_no_button(enter, administrator, state):
    story = in_state(state)
    response = enter(administrator).get(file_of(story.referral))
    assert buttons(response) == []
    assert "seul le rectorat de la région académique Auvergne-Rhône-Alpes agit" in text_of(response)


def test_a_file_of_another_region_does_not_exist(enter, stranger):
    story = in_state(State.FILED)
    assert enter(stranger).get(file_of(story.referral)).status_code == 404


@pytest.mark.parametrize("address", ["0", "999999", "abc"])
def test_a_file_that_does_not_exist(enter, head, address):
    assert enter(head).get(f"/bureau/referrals/referral/{address}/change/").status_code == 404


def test_a_draft_is_the_students_alone(enter):
    story = in_state(State.DRAFT)
    assert enter(story.caseworker).get(file_of(story.referral)).status_code == 404


def test_nothing_is_posted_to_the_page_itself(enter):
    story = in_state(State.FILED)
    response = enter(story.caseworker).post(file_of(story.referral), {"state": "accepted"})
    assert (response.status_code, story.referral.state) == (405, State.FILED)


def test_it_says_who_she_is_what_she_asks_and_what_happened(enter):
    story = in_state(State.INCOMPLETE)
    document = story.referral.transcript
    response = enter(story.caseworker).get(file_of(story.referral))
    text = text_of(response)
    for words in (
        "D’Exemple",
        "29 février 2004",
        "Devenir archiviste.",
        "Archives",
        "documents demandés",
        "Envoi des documents demandés : jusqu’au mardi 30 juin 2026 à 24 h (Europe/Paris), en cours",
        "Dépôt de la saisine : jusqu’au mardi 30 juin 2026 à 24 h (Europe/Paris), respecté",
        "Documents demandés 20 juin 2026 à 10:00, Camille Exemple déposée → documents demandés Le relevé complet.",
        "relevé de notes de licence : releve.pdf (nouvel onglet)",
    ):
        assert words in text
    assert reverse("document", args=[document.key]) in response.content.decode()


def test_each_mail_of_the_file_is_there_with_its_fate(enter):
    story = in_state(State.INCOMPLETE)
    mails = list(story.referral.messages.all())
    assert [mail.template for mail in mails] == ["documents_requested", "filed"]
    text = text_of(enter(story.caseworker).get(file_of(story.referral)))
    for mail in mails:
        subject = " ".join(mail.subject.split())  # its own spaces do not break
        assert f"{subject} à {mail.to}, écrit le 20/06/2026 10:00 à envoyer" in text


def test_hours_are_those_of_the_academie(enter):
    story = Story(academy="La Réunion")
    story.filed()
    assert "déposée le 20 juin 2026 à 12:00" in text_of(enter(story.caseworker).get(file_of(story.referral)))


def test_doubts_about_eligibility_are_shown_with_their_source(enter):
    story = Story(at=factories.instant("2026-09-01 10:00"))
    story.filed(late_reason="J’étais à l’hôpital.")
    text = text_of(enter(story.caseworker).get(file_of(story.referral)))
    assert "Le délai pour déposer la saisine est passé." in text
    assert "art. L. 612-6 et R. 612-36-3" in text
    assert "J’étais à l’hôpital." in text


def test_what_a_person_wrote_is_never_markup(enter):
    story = Story()
    story.filed(project="<script>alert(1)</script>", first_names="<b>Zoé</b>")
    page = enter(story.caseworker).get(file_of(story.referral)).content.decode()
    assert "<script>alert" not in page
    assert "<b>Zoé" not in page


def test_an_offer_shows_its_consultation_its_agreement_and_the_answer(enter):
    story, _ = offer_in(OfferState.DECLINED)
    text = text_of(enter(story.caseworker).get(file_of(story.referral)))
    assert "refusée par l’étudiant" in text
    assert "La présidente de l’exemple, présidente, le 20/06/2026 par courriel" in text
    assert "1 proposition envoyée sur 3 dues." in text


def test_three_offers_cost_no_more_queries_than_one(enter):
    story = Story()
    story.offered(count=1)
    client = enter(story.caseworker)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(file_of(story.referral)).status_code == 200
        return len(captured)

    queries()  # the session and the look-ups Django keeps
    one = queries()
    for _ in range(2):
        story.sent()
        refusal = {"institution": story.institution, "mention": factories.MasterMentionFactory(), "on": "2026-06-11"}
        story.referral.refusals.create(**refusal)
        procedure.add_document(story.id, kind="cv", upload=factories.upload(), by=story.her, at=story.at)
    assert queries() == one
    assert one <= 22


def test_the_admin_log_of_a_file_is_its_own_history(enter):
    story = in_state(State.FILED)
    address = reverse("admin:referrals_referral_history", args=[story.id])
    assert enter(story.caseworker).get(address).headers["Location"] == file_of(story.referral)


def test_every_action_of_the_office_has_a_page():
    from referrals.admin.deeds import OFFER_DEEDS, REFERRAL_DEEDS

    of_office = {action for action, move in MOVES.items() if move.actors & OF_OFFICE}
    assert {*REFERRAL_DEEDS, *OFFER_DEEDS, Action.CONSULT} == of_office
    assert set(OFFER_DEEDS) == {action for action in OFFER_MOVES if action in of_office}
