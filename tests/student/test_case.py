"""The case after filing: where it stands, by when, what was said, and what she may still do."""

from datetime import date

import pytest

from referrals import procedure
from referrals.models import DocumentKind, LimitKind
from referrals.rules.states import State
from referrals.timeline import BY_WHEN, STANDS_AT
from referrals.wording import STATES
from tests import factories
from tests.story import Story, in_state
from tests.student.conftest import Browser
from tests.student.reading import errors_of, listed, said, text_of, typed
from tests.student.test_draft import saved, transcript

pytestmark = pytest.mark.django_db


def her_of(story: Story) -> Browser:
    return Browser(story.student, story.referral)


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_the_case_names_its_state_its_holder_and_what_comes_next(state):
    page = text_of(her_of(in_state(state)).get("referral"))
    words = STATES[state]
    assert str(words.label) in page
    assert f"Qui a le dossier {words.holder}" in page
    assert f"La suite {words.next}" in page


def test_the_history_is_dated_in_the_academies_own_time_the_latest_first():
    story = Story(academy="La Réunion").filed()
    procedure.declare_admissible(story.id, note="Vu avec la cheffe.", by=story.office, at=factories.instant("2026-06-20 11:05"))
    page = her_of(story).get("referral")
    at_noon = "samedi 20 juin 2026 à 12 h 00 (heure de La Réunion, UTC+4)"
    assert listed(page, "history") == [
        "samedi 20 juin 2026 à 13 h 05 (heure de La Réunion, UTC+4) Saisine déclarée recevable (rectorat)",
        f"{at_noon} Saisine déposée (vous)",
        f"{at_noon} Document ajouté (vous)",
        f"{at_noon} Brouillon commencé (vous)",
    ]
    assert "Vu avec la cheffe." not in page.content.decode()


def test_the_ground_of_a_retraction_is_hers_to_read_but_not_of_an_offer_never_sent():
    story = Story()
    story.admissible()
    sent, unsent = story.sent(), story.consulting()
    for offer, ground in ((unsent, "Erreur de saisie interne."), (sent, "La formation n’ouvre pas l’« an prochain ».")):
        procedure.retract_offer(story.id, offer_id=offer.pk, ground=ground, by=story.office, at=story.at)
    page = her_of(story).get("referral")
    retractions = [line for line in listed(page, "history") if "Proposition retirée" in line]
    assert retractions == [
        "samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2) Proposition retirée par le rectorat (rectorat) "
        "« La formation n’ouvre pas l’« an prochain ». »"
    ]


def test_the_receipt_is_hers_for_good(story):
    story.filed()
    receipt = story.referral.documents.get(kind=DocumentKind.RECEIPT)
    page = her_of(story).get("referral").content.decode()
    assert f'href="/documents/{receipt.key}/">Accusé de réception (PDF)</a>' in page


def test_documents_asked_for_are_sent_then_said_to_be_complete(story, the_day):
    story.filed()
    procedure.request_documents(
        story.id, wanted="Le relevé du semestre 6.\nEt l’attestation d'« admission ».", days=10, by=story.office, at=story.at
    )
    her = her_of(story)
    page = text_of(her.get("referral"))
    assert "Le rectorat vous demande Le relevé du semestre 6. Et l’attestation d'« admission »." in page
    assert "Envoi des documents demandés : jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)" in page
    too_soon = her.post("supply")
    assert said(too_soon) == ["Ajoutez d’abord au moins un document."]
    assert saved(her.referral, "state") == [State.INCOMPLETE]
    the_day.shift(60)
    response = her.post("add_document", {"kind": "other", "file": transcript("s6.pdf")})
    assert response.url == her.address("add_document")
    done = her.post("supply")
    assert said(done)[-1] == "C’est noté : le rectorat reprend l’examen de votre saisine."
    assert saved(her.referral, "state") == [State.FILED]


def test_a_bad_file_is_refused_after_filing_too(story):
    her = her_of(story.filed())
    response = her.post("add_document", {"kind": "cv", "file": transcript("cv.pdf", b"du texte")})
    assert errors_of(response) == {
        "file": ["Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG. Enregistrez-le en PDF, ou photographiez le document."]
    }
    assert typed(response, "kind") == ["cv"]


def test_an_awaited_licence_is_proved():
    story = in_state(State.AWAITING_LICENCE)
    her = her_of(story)
    future = her.post("prove_licence", {"licence_on": "10/07/2026", "file": transcript()})
    assert errors_of(future) == {"licence_on": ["Cette date est dans l’avenir."]}
    response = her.post("prove_licence", {"licence_on": "19/06/2026", "file": transcript("définitif.pdf")})
    assert response.url == her.address("referral")
    assert saved(her.referral, "state", "licence_on") == [State.FILED, date(2026, 6, 19)]
    assert her.referral.transcript.name == "définitif.pdf"
    assert her.get("prove_licence").url == her.address("referral")


def test_a_resit_moves_the_day_she_expects_her_licence():
    story = in_state(State.AWAITING_LICENCE)
    her = her_of(story)
    past = her.post("postpone_licence", {"expected_on": "19/06/2026", "note": ""})
    assert errors_of(past) == {"expected_on": ["Cette date est passée : indiquez celle du prochain jury."]}
    response = her.post("postpone_licence", {"expected_on": "04/09/2026", "note": "Rattrapage."})
    assert response.url == her.address("referral")
    assert saved(her.referral, "state", "licence_expected_on") == [State.AWAITING_LICENCE, date(2026, 9, 4)]


def test_a_failure_is_told_and_nothing_is_refused():
    story = in_state(State.AWAITING_LICENCE)
    her = her_of(story)
    response = her.post("report_failure", {"note": "Deux matières manquent."})
    assert said(response) == ["Le rectorat est prévenu. Il examine votre situation et vous répond."]
    assert saved(her.referral, "state") == [State.AWAITING_LICENCE]
    assert "Vous avez signalé un échec au jury : le rectorat examine votre situation." in text_of(her.get("referral"))


def test_withdrawing_says_what_is_lost_first():
    story = Story()
    story.offered(2)
    story.consulting()
    her = her_of(story)
    page = text_of(her.get("withdraw"))
    assert "2 propositions qui attendent votre réponse : la place est rendue aussitôt." in page
    assert "Les demandes en cours auprès des établissements (1) sont annulées." in page
    assert saved(her.referral, "state") == [State.ADMISSIBLE]
    response = her.post("withdraw", {"reason": "J’ai trouvé ailleurs."})
    assert response.url == her.address("referral")
    assert said(response) == ["Votre saisine est retirée."]
    assert saved(her.referral, "state") == [State.WITHDRAWN]
    assert her.post("withdraw", {"reason": ""}).url == her.address("referral")
    assert her.referral.events.filter(kind="withdraw").count() == 1


def test_a_refusal_of_the_procedure_keeps_what_was_typed():
    story = in_state(State.CLOSED)
    response = her_of(story).post("withdraw", {"reason": "J’ai trouvé ailleurs."})
    assert errors_of(response) == {"__all__": ["Cette action n’est plus possible dans l’état actuel du dossier."]}
    assert typed(response, "reason") == ["J’ai trouvé ailleurs."]


def test_after_a_withdrawal_she_may_begin_again(story):
    her = her_of(story.filed())
    assert "Commencer ma saisine" not in text_of(her.client.get("/ma-saisine/"))
    her.post("withdraw")
    assert "Commencer ma saisine – Campagne 2026" in text_of(her.client.get("/ma-saisine/"))
    her.client.post("/ma-saisine/commencer/")
    assert story.student.referrals.count() == 2


# The road ahead

EXAMINED = "Examen de votre saisine"
SEARCH = "Recherche de places"
ANSWER = "Votre réponse aux propositions"
ENROLMENT = "Inscription dans l’établissement"

ROADS: dict[State, tuple[list[str], str, list[str]]] = {
    State.AWAITING_LICENCE: (["Dépôt"], "Licence obtenue", [EXAMINED, SEARCH, ANSWER, ENROLMENT]),
    State.FILED: (["Dépôt"], EXAMINED, [SEARCH, ANSWER, ENROLMENT]),
    State.INCOMPLETE: (["Dépôt"], EXAMINED, [SEARCH, ANSWER, ENROLMENT]),
    State.ADMISSIBLE: (["Dépôt", EXAMINED], SEARCH, [ANSWER, ENROLMENT]),
    State.COMMISSION: (["Dépôt", EXAMINED], SEARCH, [ANSWER, ENROLMENT]),
    State.EXHAUSTED: (["Dépôt", EXAMINED], SEARCH, [ANSWER, ENROLMENT]),
    State.OFFERED: (["Dépôt", EXAMINED, SEARCH], ANSWER, [ENROLMENT]),
    State.ACCEPTED: (["Dépôt", EXAMINED, SEARCH, ANSWER], ENROLMENT, []),
    State.NOT_ENROLLED: (["Dépôt", EXAMINED, SEARCH, ANSWER], ENROLMENT, []),
    State.ENROLLED: (["Dépôt", EXAMINED, SEARCH, ANSWER, ENROLMENT], "Inscrite", []),
    State.INADMISSIBLE: (["Dépôt"], "Irrecevable", []),
    State.WITHDRAWN: (["Dépôt"], "Retirée", []),
    State.CLOSED: (["Dépôt", EXAMINED], "Close", []),
    State.MERGED: (["Dépôt"], "Réunie à une autre", []),
}
"""What is done, where the file stands, what is to come."""


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_the_road_says_what_is_done_where_the_file_stands_and_what_comes(state):
    story = in_state(state)
    milestones = her_of(story).get("referral").context["road"]
    done = [one.title for one in milestones if one.at]
    now = [one.title for one in milestones if one.is_now]
    coming = [one.title for one in milestones if one.coming]
    assert (done, now, coming) == (ROADS[state][0], [ROADS[state][1]], ROADS[state][2])
    assert [one.title for one in milestones] == done + now + coming


def test_every_state_stands_somewhere_and_says_by_when():
    """Where neither the office nor the law gives a day, a limit does; an end has none."""
    assert set(STANDS_AT) == set(State)
    by_a_limit = {State.DRAFT, State.INCOMPLETE, State.OFFERED}
    ended = {state for state, stage in STANDS_AT.items() if stage is None}
    assert set(BY_WHEN) == set(State) - by_a_limit - ended


def test_what_is_done_has_its_instant_and_what_comes_its_words_and_dates():
    story = Story(answer_days=8)
    story.filed()
    page = text_of(her_of(story).get("referral"))
    assert "Dépôt fait samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2) Examen de votre saisine maintenant" in page
    assert "demande leur accord aux établissements, jusqu’au samedi 31 octobre 2026 au plus tard." in page
    assert "Vous recevez au moins 3 propositions. Vous en acceptez une ou vous les refusez, en 8 jours." in page


def test_a_file_that_went_back_stands_where_it_is_and_not_where_it_was():
    story = in_state(State.ACCEPTED)
    story.later(days=1)
    procedure.reopen(story.id, ground="Formation fermée.", due_on=story.due_on, by=story.office, at=story.at)
    milestones = her_of(story).get("referral").context["road"]
    assert [one.title for one in milestones if one.is_now] == [SEARCH]
    assert [one.title for one in milestones if one.at] == ["Dépôt", EXAMINED]


def test_silence_is_a_refusal_from_a_day_that_the_page_names_before_and_after(the_day):
    story = Story().filed()
    her = her_of(story)
    until = "jeudi 20 août 2026"
    assert f"Au plus tard {until}. Sans réponse du rectorat à cette date, votre demande est considérée comme rejetée" in text_of(
        her.get("referral")
    )
    the_day.move_to(factories.instant("2026-08-21 00:01 Europe/Paris"))
    her.client.force_login(story.student)
    assert f"La date du {until} est passée sans réponse : votre demande est considérée" in text_of(her.get("referral"))


# Limits


def test_a_limit_that_is_over_says_so_and_what_that_means(the_day):
    story = in_state(State.INCOMPLETE)
    her = her_of(story)
    running = text_of(her.get("referral"))
    assert "Envoi des documents demandés : jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)" in running
    assert "Rien n’est décidé contre vous pour cette seule raison." in running
    the_day.move_to(story.limit(LimitKind.SUPPLY).ends_at)
    her.client.force_login(story.student)
    over = text_of(her.get("referral"))
    assert "délai passé. Il courait jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)" in over
    assert "et vous pouvez encore ajouter un document." in over
    assert "Ajouter ce délai à mon agenda" not in over


def test_a_limit_says_since_when_why_by_whose_rule_and_who_extended_it():
    story = Story()
    story.offered()
    her = her_of(story)
    page = text_of(her.get("referral"))
    rule = story.referral.rules.stated("answer_days").source
    assert "votre silence vaut refus." in page
    assert "(samedi 20 juin 2026), 15 jours" in page
    assert f"Règle : {rule}." in page
    words = {"ground": "Panne de la plateforme.", "source": "Arrêté fictif du 1er juillet 2026"}
    procedure.extend(story.id, days=10, by=story.signing, at=story.at, **words)
    assert "Prolongé par le rectorat : Panne de la plateforme. (Arrêté fictif du 1er juillet 2026)." in text_of(her.get("referral"))
