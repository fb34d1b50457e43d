"""Runs in the office: ordered, watched, read; drafts reviewed student by student; agreed offers sent; what more seats would do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Message
from referrals import procedure, tasks
from referrals.models import Draft, DraftState, MatchingRun, Offer, Role, RunState
from referrals.rules.states import OfferState
from tests import factories
from tests.matching_story import elsewhere, ordered, ran, waiting
from tests.office.pages import said, text_of
from tests.story import Story
from vacancies import seats
from vacancies.models import Modality

LIST = "/bureau/referrals/matchingrun/"
ADD = f"{LIST}add/"
WHAT_IF = f"{LIST}what-if/"
TO_SEND = "/bureau/referrals/referral/to-send/"


def page_of(run: MatchingRun) -> str:
    return f"{LIST}{run.pk}/change/"


def drafts_of(run: MatchingRun) -> str:
    return f"{LIST}{run.pk}/drafts/"


def act_on(draft: Draft, act: str) -> str:
    return f"{LIST}{draft.run_id}/drafts/{draft.pk}/{act}/"


@pytest.fixture
def story(db) -> Story:
    return waiting()


@pytest.fixture
def office(enter, story):
    return enter(story.caseworker)


# Ordering, watching


def test_the_first_page_leads_there(office):
    content = office.get("/bureau/").content.decode()
    assert [content.count(f'href="{address}"') for address in (ADD, WHAT_IF, TO_SEND)] == [2, 1, 1]  # and the stock list’s own


def test_ordering_says_who_waits_and_what_is_free(office, story):
    elsewhere(story, seats=7)
    elsewhere(story, seats=5, academy="Strasbourg")
    waiting()
    text = text_of(office.get(ADD))
    assert "Auvergne-Rhône-Alpes : 2 étudiants attendent des propositions ; 7 places libres dans la région." in text


def test_where_the_rules_look_nationwide_it_says_so(enter, db):
    story = waiting(nationwide=True)
    elsewhere(story, seats=7)
    elsewhere(story, seats=5, academy="Strasbourg")
    text = text_of(enter(story.caseworker).get(ADD))
    assert "1 étudiant attend des propositions ; 7 places libres dans la région, 12 dans toute la France." in text


def test_ordered_it_is_watched_until_it_is_done(office, story):
    elsewhere(story)
    response = office.post(ADD, {"campaign": story.campaign.pk, "region": story.academy.region_id})
    run = MatchingRun.objects.get()
    assert (response.headers["Location"], run.ordered_by) == (page_of(run), story.caseworker)
    MatchingRun.objects.update(phase="convenance", done=100, total=400)
    at_work = office.get(page_of(run))
    assert at_work.headers["Refresh"] == "2"
    assert "Convenance : 100 sur 400" in text_of(at_work)
    assert "recherche en cours voir où elle en est" in text_of(office.get(ADD))
    procedure.execute_run(run.pk, at=story.at)
    done = office.get(page_of(run))
    assert "Refresh" not in done.headers
    assert "Examiner les propositions : 1" in text_of(done)


def test_a_second_one_is_refused_with_its_sentence(office, story):
    ordered(story)
    response = office.post(ADD, {"campaign": story.campaign.pk, "region": story.academy.region_id})
    assert "Une recherche est déjà en cours pour cette région : attendez son résultat." in text_of(response)
    assert MatchingRun.objects.count() == 1


def test_one_that_failed_says_why_and_is_ordered_again_by_a_click(office, story):
    run = ordered(story)
    MatchingRun.objects.update(state=RunState.FAILED, failure="Le calcul a échoué.")
    text = text_of(office.get(page_of(run)))
    assert ("Le calcul a échoué." in text, "Relancer la recherche" in text) == (True, True)
    response = office.post(ADD, {"campaign": run.campaign_id, "region": run.region_id})
    assert response.headers["Location"] == page_of(MatchingRun.objects.latest("pk"))


# The report


def test_the_report_tells_before_and_after_and_what_is_left(office, story):
    other = waiting()
    for _ in range(2):
        elsewhere(story)
    programme = factories.ProgrammeFactory(institution=factories.InstitutionFactory(), mention__name="Droit")
    factories.VacancyFactory(programme=programme, campaign=story.campaign, seats_declared=4, modality=Modality.APPRENTICESHIP)
    run = ran(story)
    page = office.get(page_of(run))
    text = text_of(page)
    assert "2 étudiants en attente, 6 places libres, 4 rapprochements possibles : 2 propositions ." in text
    assert "Propositions Étudiants avant Étudiants après 0 2 0 1 0 2 2 0 0 3 ou plus 0 0" in text
    assert "dans la région académique 2 ailleurs en France 0" in text
    assert "Droit Université" in text
    assert f"{other.referral.number} 1, il en manque 2" in text
    assert "4 en apprentissage, sans contrat" in text
    assert "Ne convient à aucun étudiant en attente." in text
    assert run.input_digest in text
    content = page.content.decode()
    assert (content.count("<svg class="), content.count("<caption")) == (content.count('<span class="figure">'), 7)


def test_replayed_by_a_worker_it_says_whether_it_is_the_same(office, story, time_machine):
    elsewhere(story)
    run = ran(story)
    time_machine.move_to(story.at, tick=False)
    response = office.post(f"{LIST}{run.pk}/replay/")
    assert response.headers["Location"] == page_of(run)
    waits = office.get(page_of(run))
    assert (waits.headers["Refresh"], "Rejouée en ce moment" in text_of(waits)) == ("2", True)
    tasks.replay_run(run.pk)
    assert "même résultat" in text_of(office.get(page_of(run)))
    MatchingRun.objects.filter(pk=run.pk).update(result_digest="0" * 64)
    tasks.replay_run(run.pk)
    assert "résultat différent" in text_of(office.get(page_of(run)))


def test_an_empty_region_has_a_report_too(office, story):
    run = ran(story)
    text = text_of(office.get(page_of(run)))
    assert "1 étudiant en attente, 0 place libre, 0 rapprochement possible : 0 proposition ." in text
    assert "Aucune place ne lui convient." in text
    assert "Aucune proposition ici." in text_of(office.get(drafts_of(run)))


# The review


@pytest.fixture
def run(story) -> MatchingRun:
    elsewhere(story)
    story.vacancy()
    return ran(story)


def test_drafts_are_read_student_by_student(office, story, run):
    text = text_of(office.get(drafts_of(run)))
    assert "2 propositions pour 1 étudiant" in text
    assert f"Zoé D’Exemple, {story.referral.number} Attend depuis le 20 juin 2026." in text
    assert text.count("1 place libre à cet instant") == 2
    assert text.count("établissement de sa licence") == 1
    assert "Convenance : 47,5 sur 100" in text


def test_filters_leave_those_at_her_origin_or_of_who_stays_short(office, story, run):
    assert "1 proposition pour 1 étudiant" in text_of(office.get(drafts_of(run), {"origin": "on"}))
    assert "2 propositions pour 1 étudiant" in text_of(office.get(drafts_of(run), {"short": "on"}))
    for _ in range(3):
        elsewhere(story)
    assert "0 proposition pour 0 étudiant" in text_of(office.get(drafts_of(ran(story)), {"short": "on"}))


def test_set_aside_with_a_reason_it_is_told_so(office, story, run):
    draft = run.drafts.first()
    response = office.post(act_on(draft, "refuse"), {"reason": ""})
    assert "Rien n’a été fait : corrigez ce qui est signalé ci-dessous." in text_of(response)
    response = office.post(f"{act_on(draft, 'refuse')}?de=voir%3Da-examiner%26short%3Don", {"reason": "Hors projet."})
    assert response.headers["Location"] == f"{drafts_of(run)}?voir=a-examiner&short=on"
    assert said(response) == ["Proposition écartée."]
    text = text_of(office.get(drafts_of(run), {"voir": "ecartees"}))
    assert "Motif : Hors projet. (Camille Exemple)" in text
    assert "ne plus à examiner" not in text
    again = office.post(act_on(draft, "refuse"), {"reason": "Encore."})
    assert "Cette proposition n’est plus à examiner." in text_of(again)


def test_moved_to_another_seat_which_the_page_ranks(office, story, run):
    third = elsewhere(story)
    draft = run.drafts.get(suits__origin=False)
    page = text_of(office.get(act_on(draft, "move")))
    assert "3 formations possibles, 0 écartée" in page
    assert (page.count("Choisir"), "déjà proposée à cet étudiant par cette recherche" in page) == (2, True)
    response = office.post(act_on(draft, "move"), {"vacancy_id": third.pk})
    assert (response.headers["Location"], said(response)) == (f"{drafts_of(run)}?", ["Autre place choisie."])
    draft.refresh_from_db()
    assert draft.vacancy == third
    assert "Choisie à la place de" in text_of(office.get(drafts_of(run)))


def test_a_seat_in_the_way_of_which_something_stands_needs_a_reason_and_keeps_what_was_typed(office, story, run):
    programme = factories.ProgrammeFactory(institution=factories.InstitutionFactory())
    apart = factories.VacancyFactory(programme=programme, campaign=story.campaign, modality=Modality.APPRENTICESHIP)
    draft = run.drafts.first()
    page = text_of(office.get(act_on(draft, "move"), {"impossible": "on"}))
    assert "Place en apprentissage, et l’étudiant n’a pas indiqué de contrat." in page
    refused = office.post(act_on(draft, "move"), {"vacancy_id": apart.pk, "reason": " "})
    assert "Dites pourquoi la proposer quand même." in text_of(refused)
    office.post(act_on(draft, "move"), {"vacancy_id": apart.pk, "reason": "Contrat signé hier."})
    draft.refresh_from_db()
    assert (draft.vacancy, draft.reason) == (apart, "Contrat signé hier.")


def test_those_that_are_ticked_are_consulted_by_a_worker_and_followed(office, story, run):
    first, second = run.drafts.order_by("pk")
    response = office.post(drafts_of(run), {"draft": [first.pk, "x"]})
    assert said(response) == ["1 consultation demandée. Chacune vérifie de nouveau le besoin et la place."]
    followed = office.get(response.headers["Location"])
    assert (followed.headers["Refresh"], "Consultations en cours : il en reste 1" in text_of(followed)) == ("3", True)
    tasks.consult_drafts()
    followed = office.get(response.headers["Location"])
    assert ("Refresh" in followed.headers, "établissement consulté" in text_of(followed)) == (False, True)
    assert [Draft.objects.get(pk=one.pk).state for one in (first, second)] == [DraftState.CONSULTED, DraftState.PROPOSED]


def test_all_of_the_list_are_as_the_filter_leaves_it(office, run):
    office.post(f"{drafts_of(run)}?origin=on", {"all": "1"})
    assert dict(run.drafts.values_list("suits__origin", "state")) == {True: DraftState.ORDERED, False: DraftState.PROPOSED}


def test_without_a_tick_nothing_is_ordered(office, run):
    response = office.post(drafts_of(run), {})
    assert said(response) == ["Cochez au moins une proposition : rien n’a été demandé."]
    assert not run.drafts.filter(state=DraftState.ORDERED).exists()


def test_those_that_lost_their_seat_are_told_with_the_reason(office, story, run):
    draft = run.drafts.get(suits__origin=False)
    seats.declare(vacancy_id=draft.vacancy_id, seats=0, by="x", at=story.at)
    assert "plus aucune place libre" in text_of(office.get(drafts_of(run)))
    office.post(drafts_of(run), {"all": "1"})
    tasks.consult_drafts()
    text = text_of(office.get(drafts_of(run), {"voir": "perdues"}))
    assert "n’est plus possible" in text
    assert "Motif : Il ne reste plus de place dans cette formation." in text
    assert story.referral.offers.count() == 1


def questions(client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("address", [drafts_of, page_of])
def test_a_page_asks_as_much_for_six_drafts_as_for_one(office, story, address):
    programme = factories.ProgrammeFactory(institution=factories.InstitutionFactory())
    factories.VacancyFactory(programme=programme, campaign=story.campaign, modality=Modality.APPRENTICESHIP)
    elsewhere(story)
    few = ran(story)
    procedure.withdraw(story.id, reason="", by=story.her, at=story.at)
    for one in (waiting(), waiting()):
        for _ in range(3):
            one.vacancy()
    for _ in range(4):
        elsewhere(story)
    many = ran(story)
    assert (few.drafts.count(), many.drafts.count()) == (1, 6)
    office.get(address(few))
    assert questions(office, address(many)) == questions(office, address(few))


# Who may see and do what


@pytest.mark.parametrize("address", ["change/", "drafts/", "drafts/{}/refuse/", "drafts/{}/move/"])
def test_the_runs_of_another_region_do_not_exist(enter, stranger, run, address):
    address = f"{LIST}{run.pk}/{address.format(run.drafts.first().pk)}"
    assert enter(stranger).get(address).status_code == 404
    assert enter(stranger).post(address).status_code == 404


def test_a_stranger_neither_replays_nor_finds_it_in_her_list(enter, stranger, run):
    client = enter(stranger)
    assert client.post(f"{LIST}{run.pk}/replay/").status_code == 404
    assert "0 recherche" in text_of(client.get(LIST))


def test_the_national_administrator_reads_and_does_nothing(enter, administrator, story, run):
    client = enter(administrator)
    assert "Rejouer" in text_of(client.get(page_of(run)))
    assert "<button" not in text_of(client.get(page_of(run)))
    assert "Consulter les établissements cochés" not in text_of(client.get(drafts_of(run)))
    assert [client.get(address).status_code for address in (ADD, WHAT_IF)] == [403, 403]
    for address, words in ((drafts_of(run), {"all": "1"}), (f"{LIST}{run.pk}/replay/", {})):
        assert said(client.post(address, words))[-1:] == ["Vous pouvez lire ce dossier, mais pas agir sur lui."]
    assert set(run.drafts.values_list("state", flat=True)) == {DraftState.PROPOSED}


def test_the_medical_adviser_has_no_business_there(enter, run):
    medical = enter(factories.post(Role.MEDICAL, region=run.region))
    assert [medical.get(address).status_code for address in (LIST, ADD, WHAT_IF, page_of(run), drafts_of(run), TO_SEND)] == [
        403,
        403,
        403,
        404,
        404,
        404,
    ]


# What if


def test_lines_are_gathered_in_the_address_and_the_report_says_what_they_change(office, story):
    waiting()
    psychology = factories.ProgrammeFactory(
        mention=factories.MasterMentionFactory(name="Psychologie"), institution=factories.InstitutionFactory(name="Université X")
    )
    found = text_of(office.get(WHAT_IF, {"q": "psycho X"}))
    assert "Psychologie Université X, Lyon" in found
    added = office.get(WHAT_IF, {"programme": psychology.pk, "modality": "initial", "seats": "30"})
    assert "30 places de plus, formation initiale : Psychologie – Université X Retirer" in text_of(added)
    line = f"{psychology.pk}:initial:30"
    assert f'name="line" value="{line}"' in added.content.decode()
    response = office.post(WHAT_IF, {"line": line, "campaign": story.campaign.pk, "region": story.academy.region_id})
    run = MatchingRun.objects.get()
    assert response.headers["Location"] == page_of(run)
    procedure.execute_run(run.pk, at=story.at)
    text = text_of(office.get(page_of(run)))
    assert "30 places de plus en Psychologie, Université X (formation initiale)" in text
    assert "2 étudiants de plus avec au moins une proposition" in text
    assert "28 Tous ceux" in text or "Psychologie Université X (places supposées) 28" in text
    assert office.get(drafts_of(run)).status_code == 404
    assert (Draft.objects.count(), Offer.objects.count()) == (0, 0)


def test_seats_that_help_nobody_say_so(office, story):
    elsewhere(story)
    apart = elsewhere(story).programme_id
    run = ran(story, hypothetical=[{"programme": apart, "modality": "apprenticeship", "seats": 5}])
    assert "Elles ne donneraient de proposition à personne de plus." in text_of(office.get(page_of(run)))


@pytest.mark.parametrize("line", ["", "1:2", "0:initial:3", "x:y:z", "1:initial:0"])
def test_a_line_that_says_nothing_is_none(office, story, line):
    response = office.post(WHAT_IF, {"line": line, "campaign": story.campaign.pk, "region": story.academy.region_id})
    assert "Ajoutez au moins une formation." in text_of(response)


def test_a_line_that_cannot_be_added_is_said(office, story):
    programme = elsewhere(story).programme_id
    page = office.get(WHAT_IF, {"programme": programme, "modality": "initial", "seats": "0"})
    assert "Cette ligne n’a pas été ajoutée" in text_of(page)


# Sending what was agreed


@pytest.fixture
def agreed(story) -> list[Offer]:
    return [story.agree(story.consulting()) for _ in range(2)]


def test_the_pile_leads_to_where_they_are_sent(office, agreed):
    assert TO_SEND in office.get("/bureau/referrals/referral/?pile=envoyer").content.decode()
    assert TO_SEND not in office.get("/bureau/referrals/referral/").content.decode()


def test_those_that_are_ticked_are_sent_with_a_word(office, story, agreed):
    assert "2 accords à envoyer" in text_of(office.get(TO_SEND))
    response = office.post(TO_SEND, {"offer": [agreed[0].pk], "shown": [offer.pk for offer in agreed], "message": "Bravo."})
    assert said(response) == ["1 proposition envoyée."]
    assert list(story.referral.offers.values_list("state", "message")) == [("sent", "Bravo."), ("agreed", "")]


def test_the_whole_page_is_what_the_page_showed(office, story, agreed):
    later = story.agree(story.consulting())
    response = office.post(TO_SEND, {"all": "1", "shown": [offer.pk for offer in agreed]})
    assert said(response) == ["2 propositions envoyées."]
    later.refresh_from_db()
    assert later.state == OfferState.AGREED


def test_what_is_refused_is_said_line_by_line_and_stops_no_other(office, story, agreed, monkeypatch):
    refused, sent = agreed
    send = procedure.send_offer

    def refusing(referral_id, *, offer_id, **words):
        if offer_id == refused.pk:
            raise procedure.Refused("wrong_state", "Cette action n’est plus possible pour cette proposition.")
        send(referral_id, offer_id=offer_id, **words)

    monkeypatch.setattr(procedure, "send_offer", refusing)
    response = office.post(TO_SEND, {"all": "1", "shown": [refused.pk, sent.pk]})
    title = refused.vacancy.programme.title
    assert said(response) == [
        f"{story.referral.number}, {title} : Cette action n’est plus possible pour cette proposition.",
        "1 proposition envoyée.",
    ]
    assert list(story.referral.offers.values_list("state", flat=True)) == ["agreed", "sent"]


def test_sent_twice_it_is_sent_once(office, story, agreed):
    words = {"offer": [agreed[0].pk]}
    office.post(TO_SEND, words)
    assert said(office.post(TO_SEND, words))[-1:] == ["Cochez au moins une proposition : rien n’a été envoyé."]
    assert Message.objects.filter(referral=story.id, event__kind="send_offer", audience="student").count() == 1


def test_another_offices_agreements_are_neither_shown_nor_sent(enter, stranger, agreed):
    client = enter(stranger)
    assert "Aucun accord n’attend d’être envoyé." in text_of(client.get(TO_SEND))
    client.post(TO_SEND, {"all": "1", "shown": [offer.pk for offer in agreed]})
    assert [Offer.objects.get(pk=offer.pk).state for offer in agreed] == [OfferState.AGREED] * 2


def test_who_only_reads_sends_nothing(enter, administrator, agreed):
    response = enter(administrator).post(TO_SEND, {"offer": [agreed[0].pk]})
    assert said(response) == ["Vous pouvez lire ce dossier, mais pas agir sur lui."]
    assert Offer.objects.get(pk=agreed[0].pk).state == OfferState.AGREED


def test_the_list_to_send_asks_as_much_for_three_as_for_one(office, story):
    story.agree(story.consulting())
    office.get(TO_SEND)
    one = questions(office, TO_SEND)
    for _ in range(2):
        story.agree(story.consulting())
    assert questions(office, TO_SEND) == one
