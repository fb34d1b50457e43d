"""The page of a file: everything on it, and exactly the buttons the tables allow."""

from datetime import date
from html import unescape
from re import DOTALL, search, sub

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals import procedure
from referrals.admin.deeds.buttons import GROUPS, NEXT
from referrals.admin.deeds.table import OFFER_DEEDS, REFERRAL_DEEDS
from referrals.models import Channel, LimitKind, LimitStatus, OtherLicence, Referral
from referrals.procedure import CLOCK
from referrals.rules.states import DECIDED_BY_LETTER, MOVES, OFFER_MOVES, Action, Actor, OfferState, State
from tests import factories
from tests.office.pages import buttons, file_of, first_buttons, page_of, text_of
from tests.story import Story, in_state, offer_in

FILED = [state for state in State if state != State.DRAFT]
OF_OFFICE = {Actor.CASEWORKER, Actor.HEAD}


def allowed_on(story: Story, who: str, *, signs: bool) -> set[str]:
    """The acts that the tables allow on the file itself, and that have something to act upon."""
    referral = story.referral
    pointless = {Action.CHOOSE_LICENCE, Action.THAW_ACCOUNT, Action.RECORD_MINUTES, Action.END_MANDATE}
    if not any(limit.status == LimitStatus.LIVE for limit in referral.limits.exclude(kind=LimitKind.FILING)):
        pointless |= {Action.RESTART_LIMIT, Action.EXTEND}
    if not signs:
        pointless |= DECIDED_BY_LETTER
    return {
        page_of(action, referral)
        for action, move in MOVES.items()
        if action not in {*OFFER_MOVES, Action.MERGE, *pointless} and referral.state in move.sources and Actor(who) in move.actors
    }


@pytest.mark.parametrize("state", FILED)
@pytest.mark.parametrize("who", ["caseworker", "head", "signer"])
def test_the_buttons_of_a_file_are_the_tables(enter, head, state, who):
    """Decisions by letter are shown to who may sign; what has nothing to act upon, to nobody."""
    story = in_state(state)
    user = {"caseworker": story.caseworker, "head": head, "signer": story.signer}[who]
    shown = [button for button in buttons(enter(user).get(file_of(story.referral))) if "/offers/" not in button]
    assert len(shown) == len(set(shown))
    assert set(shown) == allowed_on(story, "caseworker" if who == "caseworker" else "head", signs=who == "signer")


FIRST = {
    State.AWAITING_LICENCE: [Action.PROVE_LICENCE, Action.POSTPONE_LICENCE],
    State.FILED: [Action.REVIEW, Action.DECLARE_ADMISSIBLE, Action.REQUEST_DOCUMENTS, Action.PREPARE_DECISION],
    State.INCOMPLETE: [Action.RESUME, Action.RECORD_CONTACT],
    State.ADMISSIBLE: [Action.CONSULT, Action.END_SEARCH],
    State.OFFERED: [Action.RECORD_CONTACT],
    State.ACCEPTED: [Action.RECORD_CONTACT],
    State.ENROLLED: [],
    State.NOT_ENROLLED: [Action.REOPEN, Action.RECORD_CONTACT],
    State.INADMISSIBLE: [],
    State.EXHAUSTED: [Action.CONSULT, Action.REFER_TO_COMMISSION, Action.PREPARE_DECISION],
    State.COMMISSION: [Action.CONSULT, Action.END_SEARCH],
    State.WITHDRAWN: [],
    State.CLOSED: [],
    State.MERGED: [],
}


@pytest.mark.parametrize("state", FILED)
def test_the_next_step_comes_first_and_the_rest_is_put_away(enter, state):
    story = in_state(state)
    first = first_buttons(enter(story.caseworker).get(file_of(story.referral)))
    expected = [page_of(action, story.referral) for action in FIRST[state]]
    assert [button for button in first if "/offers/" not in button] == expected


def test_a_decision_that_waits_for_a_signature_comes_first_for_who_may_sign(enter):
    story = in_state(State.FILED)
    facts = {"law": "Une licence nationale.", "facts": "Un diplôme étranger."}
    procedure.prepare_decision(story.id, action=Action.DECLARE_INADMISSIBLE, **facts, by=story.office, at=story.at)
    pages = {who: enter(who).get(file_of(story.referral)) for who in (story.signer, story.caseworker)}
    assert first_buttons(pages[story.signer]) == [
        page_of(action, story.referral)
        for action in (Action.DECLARE_INADMISSIBLE, Action.REVIEW, Action.DECLARE_ADMISSIBLE, Action.REQUEST_DOCUMENTS)
    ]
    assert first_buttons(pages[story.caseworker]) == [
        page_of(action, story.referral) for action in (Action.REVIEW, Action.DECLARE_ADMISSIBLE, Action.REQUEST_DOCUMENTS)
    ]
    for page in pages.values():
        text = text_of(page)
        assert "Décision préparée par Camille Exemple, à signer : Déclarer irrecevable" in text
        assert "En droit Une licence nationale. En fait Un diplôme étranger." in text


def test_who_may_not_sign_is_told_why_where_a_decision_is_possible(enter):
    sentence = "Vous n’avez pas de délégation de signature"
    story = in_state(State.FILED)
    assert sentence in text_of(enter(story.caseworker).get(file_of(story.referral)))
    assert sentence not in text_of(enter(story.signer).get(file_of(story.referral)))
    offered = in_state(State.OFFERED)
    assert sentence not in text_of(enter(offered.caseworker).get(file_of(offered.referral)))


def test_what_has_nothing_to_act_upon_has_no_button_until_it_has(enter):
    story = in_state(State.FILED)
    client = enter(story.caseworker)

    def shown() -> set[str]:
        return {*buttons(client.get(file_of(story.referral)))} & {page_of(action, story.referral) for action in SOMETIMES}

    assert shown() == {page_of(Action.FREEZE_ACCOUNT, story.referral)}
    procedure.freeze_account(story.id, ground="Usurpation.", by=story.office, at=story.at)
    place = {"institution": story.institution, "academy": story.academy}
    OtherLicence.objects.create(referral=story.referral, title="Licence de lettres", on=date(2026, 6, 1), **place)
    assert shown() == {page_of(action, story.referral) for action in (Action.THAW_ACCOUNT, Action.CHOOSE_LICENCE)}


SOMETIMES = (Action.FREEZE_ACCOUNT, Action.THAW_ACCOUNT, Action.CHOOSE_LICENCE)


def test_every_act_put_away_has_its_place():
    of_the_file = {*REFERRAL_DEEDS, Action.CONSULT}
    grouped = [action for _, group in GROUPS for action in group]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == of_the_file
    assert {action for moves in NEXT.values() for action in moves} <= of_the_file


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
    assert sorted(button for button in shown if f"/offers/{offer.pk}/" in button) == sorted(allowed)


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
        "Documents demandés 20 juin 2026 à 10:00, Camille Exemple déposée → documents demandés "
        "envoi des documents demandés : jusqu’au 30/06/2026 Le relevé complet.",
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
    assert "Note de l’Onisep du 27 juin 2018" in text
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
    address = file_of(story.referral)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    queries()  # the session and the look-ups Django keeps
    one = queries()
    for _ in range(2):
        story.sent()
        application = {"institution": story.institution, "mention": factories.MasterMentionFactory(), "on": "2026-06-11"}
        story.referral.applications.create(**application)
        procedure.add_document(story.id, kind="cv", upload=factories.upload(), by=story.her, at=story.at)
    assert queries() == one
    assert one <= 25


def test_the_admin_log_of_a_file_is_its_own_history(enter):
    story = in_state(State.FILED)
    address = reverse("admin:referrals_referral_history", args=[story.id])
    assert enter(story.caseworker).get(address).headers["Location"] == file_of(story.referral)


def test_every_action_of_the_office_has_a_page():
    """Merging is the other side of absorbing: it is done from the file that stays. Minutes are taken on the page of a session, and
    a request that came on paper is filed as it is entered.
    """
    of_office = {action for action, move in MOVES.items() if move.actors & OF_OFFICE}
    assert {*REFERRAL_DEEDS, *OFFER_DEEDS, Action.CONSULT, Action.FILE, Action.MERGE, Action.RECORD_MINUTES} == of_office
    assert set(OFFER_DEEDS) == {action for action in OFFER_MOVES if action in of_office}


def read(enter, story: Story) -> str:
    return text_of(enter(story.caseworker).get(file_of(story.referral)))


def test_what_is_due_and_to_whom_it_was_escalated(enter):
    story = in_state(State.CLOSED)
    procedure.reopen(story.id, ground="Recours.", due_on=date(2026, 7, 1), by=story.office, at=story.at)
    assert "Échéances à traiter par le rectorat : mercredi 1er juillet 2026" in read(enter, story)
    assert story.signer
    procedure.escalate(story.id, by=CLOCK, at=story.at)
    text = read(enter, story)
    assert "signalé à Dominique Exemple" in text
    assert "à traiter par le rectorat : samedi 31 octobre 2026" in text
    assert "Signalée au chef de service 20 juin 2026 à 10:00, automatique Dominique Exemple" in text


def test_a_day_that_has_passed_is_said_so(enter, time_machine):
    story = in_state(State.ACCEPTED)
    late = []
    for day in ("2026-07-20 23:59", "2026-07-21 00:00"):
        time_machine.move_to(factories.instant(day), tick=False)
        late.append("lundi 20 juillet 2026 dépassé" in read(enter, story))
    assert late == [False, True]


def test_what_is_due_after_an_acceptance_is_the_institutions_word(enter):
    story = in_state(State.ACCEPTED)
    assert "Échéances inscription à confirmer par l’établissement : lundi 20 juillet 2026" in read(enter, story)


def test_the_enrolment_or_its_absence_stands_with_the_offer(enter):
    story = in_state(State.NOT_ENROLLED)
    text = read(enter, story)
    assert "Inscription ne s’est pas présenté, constatée le 20/06/2026" in text
    assert "proposition acceptée → inscription manquée ne s’est pas présenté constaté le 20/06/2026" in text


def test_needs_are_told_and_never_why(enter):
    story = in_state(State.ADMISSIBLE)
    Referral.objects.filter(pk=story.id).update(needs="Un site accessible de plain-pied.")
    text = read(enter, story)
    assert "Besoins à respecter Un site accessible de plain-pied." in text
    assert "santé" not in text
    assert "Besoins" not in read(enter, in_state(State.ADMISSIBLE))


def test_other_licences_with_the_region_each_would_give(enter):
    story = in_state(State.FILED)
    place = {"institution": story.institution, "academy": factories.academy("Strasbourg")}
    OtherLicence.objects.create(referral=story.referral, title="Licence de lettres", on=date(2026, 6, 1), **place)
    OtherLicence.objects.create(referral=story.referral, title="Licence de droit", expected_on=date(2026, 7, 10), **place)
    where = "académie de Strasbourg, région Grand Est"
    text = read(enter, story)
    assert "Autres licences" in text
    assert f"Licence de lettres – {story.institution}, obtenue le 1 juin 2026 {where}" in text
    assert f"Licence de droit – {story.institution}, attendue le 10 juillet 2026 {where}" in text


def test_the_rules_of_the_file_are_named_with_their_version(enter):
    assert "Campagne 2026, règles version 1" in read(enter, in_state(State.FILED))


def joined() -> tuple[Story, Story]:
    """Two referrals of one person: the one that stays, and the one that joined it."""
    kept, other = in_state(State.FILED), in_state(State.FILED)
    procedure.merge(kept.id, other_id=other.id, ground="Deux comptes.", by=kept.office, at=kept.at)
    return kept, other


def test_two_referrals_put_together_lead_to_each_other(enter):
    kept, other = joined()
    for story, twin, words in ((kept, other, "Réunie avec"), (other, kept, "Réunie à la saisine")):
        response = enter(kept.caseworker).get(file_of(story.referral))
        assert f"{words} {twin.referral.number}" in text_of(response)
        assert f'href="{file_of(twin.referral)}"' in response.content.decode()
    numbers = f"saisine {other.referral.number} date de dépôt retenue : 20/06/2026 Deux comptes."
    assert f"Autre saisine réunie à celle-ci 20 juin 2026 à 10:00, Camille Exemple {numbers}" in read(enter, kept)


def test_a_referral_of_another_region_is_not_led_to(enter):
    kept, other = joined()
    Referral.objects.filter(pk=kept.id).update(region=factories.academy("Strasbourg").region)
    response = enter(kept.caseworker).get(file_of(other.referral))
    assert file_of(kept.referral) not in response.content.decode()
    assert "Réunie à la saisine" not in text_of(response)
    assert "Réunie à une autre saisine 20 juin 2026 à 10:00, Camille Exemple déposée → réunie à une autre Deux comptes." in text_of(
        response
    )


def test_a_limit_says_which_one_it_takes_the_place_of_and_why_it_was_extended(enter):
    story = in_state(State.INCOMPLETE).told().later(days=1)
    procedure.extend(story.id, days=5, ground="Cyclone.", source="Arrêté du 20 juin 2026", by=story.office, at=story.at)
    text = read(enter, story)
    assert "remplace le délai du 20/06/2026 au 30/06/2026" in text
    assert "prolongé de 5 jours : Cyclone. (Arrêté du 20 juin 2026)" in text


def test_a_failure_and_a_frozen_account_show_at_once(enter):
    story = in_state(State.AWAITING_LICENCE)
    procedure.report_failure(story.id, note="Rattrapage manqué.", by=story.her, at=story.at)
    procedure.freeze_account(story.id, ground="Usurpation.", by=story.office, at=story.at)
    text = read(enter, story)
    assert "échec au jury signalé le 20 juin 2026" in text
    assert "Le dossier est chez le rectorat" in text
    assert "compte gelé" in text


# The history, in words


def lines(enter, story: Story) -> str:
    """The latest event's line."""
    page = enter(story.caseworker).get(file_of(story.referral)).content.decode()
    latest = search(r"<ol class=\"history\" reversed>\s*<li>(.*?)</li>", page, DOTALL)
    assert latest is not None
    return " ".join(unescape(sub(r"<[^>]+>", " ", latest[1])).split())


def test_a_contact_says_by_which_way(enter):
    story = in_state(State.OFFERED)
    procedure.record_contact(story.id, channel=Channel.PHONE, note="Elle a lu.", by=story.office, at=story.at)
    assert lines(enter, story) == "Contact avec l’étudiant 20 juin 2026 à 10:00, Camille Exemple par téléphone Elle a lu."


def test_a_correction_says_which_limits_moved(enter):
    story = in_state(State.FILED)
    facts = {"licence_on": date(2026, 6, 19)}
    procedure.correct_facts(story.id, facts=facts, ground="Relevé.", by=story.office, at=story.at)
    assert "dépôt de la saisine : le 30/06/2026 devient le 06/07/2026" in lines(enter, story)


def test_a_limit_that_starts_again_says_its_new_end(enter):
    story = in_state(State.INCOMPLETE).told().later(days=1)
    limit = story.limit(LimitKind.SUPPLY)
    start = date(2026, 6, 21)
    procedure.restart_limit(story.id, limit_id=limit.pk, start=start, ground="Retour.", by=story.office, at=story.at)
    assert "envoi des documents demandés : jusqu’au 01/07/2026" in lines(enter, story)


def test_a_transfer_says_from_where_and_to_where(enter):
    story = in_state(State.FILED)
    region = factories.academy("Strasbourg").region
    there = factories.post("caseworker", region=region)
    procedure.transfer(story.id, region=region, ground="Compétence.", by=story.office, at=story.at)
    story.caseworker = there
    assert "de Auvergne-Rhône-Alpes vers Grand Est" in lines(enter, story)


def test_an_assignment_a_postponed_jury_and_a_preparation_say_what_they_are(enter):
    story = in_state(State.AWAITING_LICENCE)
    procedure.assign(story.id, to=story.caseworker, by=story.office, at=story.at)
    assert lines(enter, story) == "Dossier attribué 20 juin 2026 à 10:00, Camille Exemple Camille Exemple"
    procedure.postpone_licence(story.id, expected_on=date(2026, 9, 10), note="", by=story.office, at=story.at)
    assert lines(enter, story).endswith("jury le 10/09/2026")
    procedure.prepare_decision(story.id, action=Action.CLOSE, law="Droit.", facts="Fait.", by=story.office, at=story.at)
    assert "Clore le dossier" in lines(enter, story)


def test_a_late_filing_is_said_late(enter):
    story = Story(at=factories.instant("2026-09-01 10:00"))
    story.filed()
    assert "hors délai" in lines(enter, story)
