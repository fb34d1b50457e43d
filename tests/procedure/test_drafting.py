"""What a person does with drafts: sets aside, moves, has institutions consulted; what is possible no more is lost, and said."""

import pytest

from referrals import procedure, tasks
from referrals.invariants import breaches
from referrals.models import Draft, DraftState, Post, Role
from referrals.procedure import By, Refused
from referrals.rules.states import OfferState
from tests import factories
from tests.matching_story import elsewhere, ran, to_consult, waiting
from tests.story import Story
from vacancies import seats
from vacancies.models import Modality, Vacancy

pytestmark = pytest.mark.django_db

NO_SEAT = "Il ne reste plus de place dans cette formation."


@pytest.fixture
def story() -> Story:
    return waiting()


@pytest.fixture
def draft(story) -> Draft:
    elsewhere(story)
    return ran(story).drafts.get()


def again(draft: Draft) -> Draft:
    return Draft.objects.get(pk=draft.pk)


def code_of(verb, *arguments, **words) -> str:
    with pytest.raises(Refused) as refusal:
        verb(*arguments, **words)
    return refusal.value.code


def consult(story, draft) -> Draft:
    procedure.order_consultations(draft.run, [draft.pk], by=story.office, at=story.at)
    procedure.consult_draft(draft.pk, at=story.at)
    return again(draft)


def test_set_aside_with_a_reason_it_is_never_consulted(story, draft):
    assert code_of(procedure.refuse_draft, draft.pk, reason=" ", by=story.office, at=story.at) == "no_reason"
    procedure.refuse_draft(draft.pk, reason="Trop loin pour elle.", by=story.office, at=story.at)
    refused = again(draft)
    assert (refused.state, refused.reason, refused.decided_by, refused.decided_at) == (
        DraftState.REFUSED,
        "Trop loin pour elle.",
        story.caseworker,
        story.at,
    )
    assert procedure.order_consultations(draft.run, [draft.pk], by=story.office, at=story.at) == 0
    assert code_of(procedure.refuse_draft, draft.pk, reason="x", by=story.office, at=story.at) == "decided"


def test_nothing_of_it_is_a_strangers(story, draft):
    stranger = By.office(factories.post(Role.HEAD, region=factories.academy("La Réunion").region))
    for verb, words in (
        (procedure.refuse_draft, {"reason": "x"}),
        (procedure.move_draft, {"vacancy_id": draft.vacancy_id, "reason": ""}),
    ):
        assert code_of(verb, draft.pk, **words, by=stranger, at=story.at) == "not_yours"
    assert code_of(procedure.order_consultations, draft.run, None, by=stranger, at=story.at) == "not_yours"
    assert again(draft).state == DraftState.PROPOSED


def test_moved_it_is_another_seat_and_remembers_the_one_that_was_found(story, draft):
    other, third = elsewhere(story), elsewhere(story)
    procedure.move_draft(draft.pk, vacancy_id=other.pk, reason="", by=story.office, at=story.at)
    procedure.move_draft(draft.pk, vacancy_id=third.pk, reason="", by=story.office, at=story.at)
    moved = again(draft)
    assert (moved.vacancy, moved.moved_from, moved.state) == (third, draft.vacancy, DraftState.PROPOSED)
    assert moved.suits == consult(story, moved).offer.suits


def test_moved_over_an_obstacle_it_needs_a_reason_which_its_offer_keeps(story, draft):
    programme = factories.ProgrammeFactory(institution=factories.InstitutionFactory())
    apart = factories.VacancyFactory(programme=programme, campaign=story.campaign, modality=Modality.APPRENTICESHIP)
    words = {"vacancy_id": apart.pk, "by": story.office, "at": story.at}
    assert code_of(procedure.move_draft, draft.pk, reason="", **words) == "needs_reason"
    procedure.move_draft(draft.pk, reason="Elle signe un contrat demain.", **words)
    assert consult(story, draft).offer.consulted_because == "Elle signe un contrat demain."


def test_it_does_not_move_to_a_full_seat_another_campaigns_or_what_she_is_proposed_already(story):
    first, second = elsewhere(story), elsewhere(story)
    draft = ran(story).drafts.get(vacancy=first)
    words = {"reason": "x", "by": story.office, "at": story.at}
    full = elsewhere(story)
    seats.declare(vacancy_id=full.pk, seats=0, by="x", at=story.at)
    foreign = factories.VacancyFactory(campaign=factories.CampaignFactory(code="2025", name="Campagne 2025"))
    sister = factories.VacancyFactory(programme=second.programme, campaign=story.campaign, modality=Modality.CONTINUING)
    codes = [code_of(procedure.move_draft, draft.pk, vacancy_id=one.pk, **words) for one in (full, foreign, second, sister, first)]
    assert codes == ["no_seat", "no_seat", "already_drafted", "already_drafted", "already_drafted"]


def test_it_may_move_to_another_modality_of_its_own_programme(story, draft):
    sister = factories.VacancyFactory(programme=draft.vacancy.programme, campaign=story.campaign, modality=Modality.CONTINUING)
    procedure.move_draft(draft.pk, vacancy_id=sister.pk, reason="", by=story.office, at=story.at)
    assert again(draft).vacancy == sister


def test_outside_the_perimeter_nobody_moves_it(story, draft):
    away = elsewhere(story, academy="Strasbourg")
    words = {"vacancy_id": away.pk, "reason": "x", "by": story.office, "at": story.at}
    assert code_of(procedure.move_draft, draft.pk, **words) == "outside_perimeter"


def test_consulted_it_is_an_offer_in_the_name_of_who_ordered_it(story, draft):
    consulted = consult(story, draft)
    assert (consulted.state, consulted.offer.state, consulted.offer.vacancy) == (
        DraftState.CONSULTED,
        OfferState.CONSULTING,
        draft.vacancy,
    )
    event = story.referral.events.order_by("seq").last()
    assert (event.kind, event.by_name) == ("consult", "Camille Exemple")
    assert breaches(at=story.at) == []


def test_consulted_again_it_is_the_same_offer(story, draft):
    offer = consult(story, draft).offer
    assert procedure.consult_draft(draft.pk, at=story.at) == offer
    assert story.referral.offers.count() == 1


def test_some_are_ordered_or_all_and_a_task_sees_to_them(story):
    for _ in range(3):
        elsewhere(story)
    run = ran(story)
    first = run.drafts.earliest("pk")
    assert procedure.order_consultations(run, [first.pk], by=story.office, at=story.at) == 1
    assert procedure.order_consultations(run, None, by=story.office, at=story.at) == 2
    tasks.consult_drafts()
    assert list(run.drafts.values_list("state", flat=True)) == [DraftState.CONSULTED] * 3


def test_another_runs_drafts_are_not_ordered_by_their_numbers(story, draft):
    other = ran(story)
    assert procedure.order_consultations(other, [draft.pk], by=story.office, at=story.at) == 0


def withdraw(story, draft):
    procedure.withdraw(story.id, reason="", by=story.her, at=story.at)


def declare_none(story, draft):
    seats.declare(vacancy_id=draft.vacancy_id, seats=0, by="x", at=story.at)


def serve(story, draft):
    for _ in range(3):
        story.consulting()


def propose_by_hand(story, draft):
    vacancy = Vacancy.objects.get(pk=draft.vacancy_id)
    seats.declare(vacancy_id=vacancy.pk, seats=2, by="x", at=story.at)
    story.consulting(vacancy=vacancy)


def refuse_by_hand(story, draft):
    offer = story.consulting(vacancy=Vacancy.objects.get(pk=draft.vacancy_id))
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=story.office, at=story.at)


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        (withdraw, "Cette action n’est plus possible dans l’état actuel du dossier."),
        (declare_none, NO_SEAT),
        (
            serve,
            "Autant de places sont déjà demandées qu’il reste de propositions à faire : attendez les réponses, ou retirez une "
            "demande.",
        ),
        (propose_by_hand, "Une place de ce parcours est déjà en cours de proposition à cet étudiant."),
        (
            refuse_by_hand,
            "L’établissement, consulté, a déjà refusé. Dites pourquoi la proposer quand même.",
        ),
    ],
)
def test_what_is_possible_no_more_is_lost_with_its_reason_and_holds_nothing(story, draft, happens, sentence):
    happens(story, draft)
    offers = story.referral.offers.count()
    lost = consult(story, draft)
    assert (lost.state, lost.reason, lost.offer) == (DraftState.LOST, sentence, None)
    assert story.referral.offers.count() == offers
    assert breaches(at=story.at) == []
    assert procedure.consult_draft(draft.pk, at=story.at) is None
    assert again(draft).reason == sentence


def test_ordered_by_somebody_whose_post_has_ended_it_is_lost_and_said(story, draft):
    ids = to_consult(story, draft.run)
    Post.objects.filter(user=story.caseworker).update(until=story.at.date().replace(year=2019))
    tasks.consult_drafts()
    lost = Draft.objects.get(pk__in=ids)
    assert (lost.state, lost.reason) == (DraftState.LOST, "Cette action ne vous revient pas.")
