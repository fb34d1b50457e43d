"""Runs of the matching for a region: what is posed, what is kept, what is told, and that nothing else changes."""

import gzip
import json

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from referrals import procedure
from referrals.models import Draft, MatchingRun, Role, RunState
from referrals.procedure import By, Refused, runs
from referrals.procedure.posing import awaiting, pose
from referrals.procedure.runs import BROKEN, DIED, LEASE, MOST_ATTEMPTS, without_hypothetical
from referrals.rules.matching.exchange import digest
from referrals.rules.suitability import Obstacle
from tests import factories
from tests.matching_story import drafted, elsewhere, ordered, ran, waiting
from tests.story import Story
from vacancies.models import AcademicRegion, Modality

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return waiting()


def posed(story: Story, hypothetical=()):
    return pose(story.campaign, story.academy.region, hypothetical, progress=lambda phase, done, total: None)


def input_of(run: MatchingRun) -> dict:
    with run.input.open("rb") as file:
        return json.loads(gzip.decompress(file.read()))


# What is posed


def test_what_is_in_hand_counts_and_is_not_looked_for_again(story):
    story.sent()
    story.consulting(vacancy=elsewhere(story))
    elsewhere(story)
    problem = posed(story).problem
    assert (problem.offers_required, problem.needed.tolist()) == (3, [1])


def test_an_offer_refused_unanswered_or_taken_back_is_not_in_hand(story):
    offer = story.consulting()
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=story.office, at=story.at)
    offer = story.sent()
    procedure.retract_offer(story.id, offer_id=offer.pk, ground="Erreur.", by=story.office, at=story.at)
    assert posed(story).problem.needed.tolist() == [3]


def test_who_has_everything_or_whose_search_is_over_does_not_wait(story):
    served, over = Story(), waiting()
    served.offered()
    over.sent()
    procedure.end_search(over.id, reason="Plus rien.", by=over.office, at=over.at)
    asked = waiting()
    for _ in range(3):
        asked.consulting()
    assert list(awaiting(story.campaign, story.academy.region)) == [story.referral]


def test_her_origin_is_hers_until_an_offer_of_it_is_in_hand(story):
    story.vacancy(seats=3)
    told = posed(story)
    assert told.problem.origin.tolist() == [told.ground.institution(story.institution.pk)]
    story.consulting()
    again = posed(story)
    assert (again.problem.origin.tolist(), again.at_origin) == ([-1], 1)


def test_an_offer_of_an_origin_that_has_no_seat_left_is_still_counted(story):
    story.consulting()  # its only seat
    elsewhere(story)
    told = posed(story)
    assert (told.problem.origin.tolist(), told.at_origin, told.ground.institution(story.institution.pk)) == ([-1], 1, -1)


def test_offers_in_hand_count_towards_the_bound_of_their_institution(story):
    story.consulting(vacancy=story.vacancy(seats=2))
    problem = posed(story).problem
    held = (problem.held_student.tolist(), problem.held_institution.tolist(), problem.held_offers.tolist())
    assert held == ([0], [problem.institutions.index(story.institution.pk)], [1])


def test_the_bound_is_that_of_the_rules_and_none_where_there_is_one_university(story):
    assert posed(story).problem.max_per_institution == 2
    AcademicRegion.objects.filter(pk=story.academy.region_id).update(single_university=True)
    story.academy.region.refresh_from_db()
    assert posed(story).problem.max_per_institution is None


@pytest.mark.parametrize("nationwide", [False, True])
def test_seats_outside_the_region_are_posed_where_the_rules_look_nationwide(nationwide):
    story = waiting(nationwide=nationwide)
    here, away = elsewhere(story), elsewhere(story, academy="Strasbourg")
    within = [here, away] if nationwide else [here]
    assert posed(story).problem.vacancies == tuple(str(vacancy.pk) for vacancy in within)


def test_the_seats_kept_from_her_are_counted_by_their_first_obstacle(story):
    elsewhere(story)
    programme = factories.ProgrammeFactory(institution=factories.InstitutionFactory())
    factories.VacancyFactory(programme=programme, campaign=story.campaign, seats_declared=4, modality=Modality.APPRENTICESHIP)
    told = posed(story)
    assert (len(told.problem.score), told.ruled_out) == (1, [{Obstacle.NO_CONTRACT: 4}])


def test_a_region_where_nobody_waits_and_nothing_is_left_is_a_problem_too(story):
    region = factories.academy("Martinique").region
    run = procedure.order_run(
        campaign=story.campaign, region=region, by=By.office(factories.post(Role.HEAD, region=region)), at=story.at
    )
    procedure.execute_run(run.pk, at=story.at)
    run.refresh_from_db()
    assert (run.state, run.report["students"], run.drafts.count()) == (RunState.READY, 0, 0)


# Ordering and doing


def test_only_who_acts_for_the_region_orders(story):
    for by in (
        By.office(factories.post(Role.HEAD, region=factories.academy("La Réunion").region)),
        story.her,
        procedure.CLOCK,
    ):
        with pytest.raises(Refused) as refusal:
            procedure.order_run(campaign=story.campaign, region=story.academy.region, by=by, at=story.at)
        assert refusal.value.code == "not_yours"
    assert not MatchingRun.objects.exists()


def test_one_at_a_time_for_a_region_and_a_campaign_but_what_ifs_pass(story):
    run = ordered(story)
    with pytest.raises(Refused) as refusal:
        ordered(story)
    assert refusal.value.code == "under_way"
    ordered(story, hypothetical=[{"programme": elsewhere(story).programme_id, "modality": "initial", "seats": 1}])
    procedure.execute_run(run.pk, at=story.at)
    ordered(story)
    assert MatchingRun.objects.count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        MatchingRun.objects.create(
            campaign=story.campaign, region=story.academy.region, ordered_by=story.caseworker, ordered_at=story.at
        )


def test_what_is_kept_proves_itself(story):
    here, away = story.vacancy(), elsewhere(story)
    run = ran(story)
    assert (run.state, run.ended_at, run.claimed_until, run.failure) == (RunState.READY, story.at, None, "")
    assert drafted(run) == [(story.id, here.pk), (story.id, away.pk)]
    assert input_of(run)["vacancies"] == [
        {"id": str(one.pk), "institution": one.programme.institution_id, "free": 1, "programme": str(one.programme_id)}
        if str(one.pk) != str(one.programme_id)
        else {"id": str(one.pk), "institution": one.programme.institution_id, "free": 1}
        for one in (here, away)
    ]
    with run.input.open("rb") as file:
        assert digest(gzip.decompress(file.read()).decode()) == run.input_digest
    assert run.parameters["offers_required"] == 3
    assert run.parameters["weights"]["mention"] == 400
    assert run.parameters["rules"] == [str(story.rules.pk)]
    assert run.solver
    assert run.seconds >= 0


def test_a_draft_says_how_its_seat_suits_as_the_offer_will(story):
    vacancy = story.vacancy()
    draft = ran(story).drafts.get()
    assert (draft.vacancy, draft.score, draft.suits) == (vacancy, draft.suits["score"], story.consulting(vacancy=vacancy).suits)


def test_replayed_it_gives_the_same_whatever_has_become_of_the_region(story):
    for _ in range(2):
        elsewhere(story)
    run = ran(story)
    story.sent(vacancy=run.drafts.first().vacancy)
    waiting()
    assert procedure.replay(run) is True
    MatchingRun.objects.filter(pk=run.pk).update(result_digest="0" * 64)
    run.refresh_from_db()
    assert procedure.replay(run) is False


def test_an_input_that_was_touched_does_not_pass_for_the_one_that_was_kept(story):
    elsewhere(story)
    run = ran(story)
    with run.input.open("rb") as file:
        kept = gzip.decompress(file.read())
    run.input.storage.delete(run.input.name)
    run.input.storage.save(run.input.name, ContentFile(gzip.compress(kept.replace(b'"free":1', b'"free":2'))))
    assert procedure.replay(run) is False


def test_a_replay_is_ordered_and_leaves_its_outcome_on_the_run(story):
    elsewhere(story)
    run = ran(story)
    procedure.order_replay(run, by=story.office, at=story.at)
    assert MatchingRun.objects.get().report["replay"] == {"ordered_at": story.at.isoformat()}
    procedure.execute_replay(run.pk, at=story.at)
    assert MatchingRun.objects.get().report["replay"] == {"at": story.at.isoformat(), "same": True}


def test_a_replay_is_refused_to_strangers_and_without_a_result(story):
    run = ordered(story)
    stranger = By.office(factories.post(Role.HEAD, region=factories.academy("La Réunion").region))
    for by, code in ((stranger, "not_yours"), (story.office, "no_result")):
        with pytest.raises(Refused) as refusal:
            procedure.order_replay(run, by=by, at=story.at)
        assert refusal.value.code == code


# The report


def test_the_report_of_a_small_region_to_the_figure(story):
    """Two students, one seat at the origin of the first, one elsewhere for both, four in apprenticeship for nobody."""
    other = waiting(at=story.at.replace(hour=11))
    origin, shared = story.vacancy(), elsewhere(story)
    programme = factories.ProgrammeFactory(institution=factories.InstitutionFactory())
    nobodys = factories.VacancyFactory(
        programme=programme, campaign=story.campaign, seats_declared=4, modality=Modality.APPRENTICESHIP
    )
    report = ran(story).report
    assert (report["students"], report["seats"], report["pairs"], report["drafts"]) == (2, 6, 4, 2)
    assert report["holding"] == {"before": [2, 0, 0, 0], "after": [0, 2, 0, 0]}
    assert report["at_origin"] == {"before": 0, "after": 1}
    assert report["in_region"] == {"here": 2, "elsewhere": 0}
    assert report["km"] == {"up_to": [25, 50, 100, 200, 500], "drafts": [0] * 6, "unknown": 2, "median": None}
    assert (report["scores"], report["mean_score"]) == ([0, 0, 0, 0, 2, 0, 0, 0, 0, 0], 475)
    assert report["figures"] == {"with_at_least": [2, 0, 0], "at_origin": 1, "score": 950}
    assert report["without"] is None
    assert report["left"] == [
        {
            "referral": one.id,
            "number": one.referral.number,
            "holds": 1,
            "short": 2,
            "cause": "given_to_others",
            "ruled_out": {"no_contract": 4},
        }
        for one in (story, other)
    ]
    assert report["left_by_cause"] == {"given_to_others": 2}
    assert report["unused"] == [{"vacancy": nobodys.pk, "seats": 4, "why": "nobody_possible"}]
    assert report["unused_by_reason"] == {"nobody_possible": 4}
    assert {origin.pk, shared.pk} == set(Draft.objects.values_list("vacancy", flat=True))


def test_before_and_after_count_what_is_in_hand(story):
    story.sent()
    elsewhere(story)
    report = ran(story).report
    assert report["holding"] == {"before": [0, 1, 0, 0], "after": [0, 0, 1, 0]}
    assert report["at_origin"] == {"before": 1, "after": 1}


def test_distances_fall_into_their_classes(story):
    story.institution.latitude, story.institution.longitude = 45.75, 4.85
    story.institution.save()
    grenoble = elsewhere(story)
    type(grenoble.programme).objects.filter(pk=grenoble.programme_id).update(latitude=45.19, longitude=5.72)
    km = ran(story).report["km"]
    assert (km["drafts"], km["unknown"], km["median"]) == ([0, 0, 1, 0, 0, 0], 0, 92)


# What if


def counts() -> dict:
    return {model: list(model.objects.order_by("pk").values()) for model in apps.get_models() if model is not MatchingRun}


def test_seats_that_do_not_exist_change_figures_and_nothing_else(story):
    other = waiting()
    shared = elsewhere(story)
    before = counts()
    run = ran(story, hypothetical=[{"programme": shared.programme_id, "modality": "initial", "seats": 30}])
    assert counts() == before
    assert run.report["without"] == {"with_at_least": [1, 0, 0], "at_origin": 0, "score": 475}
    assert run.report["figures"]["with_at_least"] == [2, 0, 0]
    assert (run.drafts.count(), sum(row["seats"] for row in run.report["unused"])) == (0, 29)
    assert procedure.replay(run) is True
    assert other.referral.offers.count() == 0


def test_two_lines_of_one_programme_are_two_and_replay(story):
    programme = elsewhere(story).programme_id
    lines = [{"programme": programme, "modality": modality, "seats": 2} for modality in ("initial", "continuing")]
    run = ran(story, hypothetical=lines)
    assert sorted(vacancy["id"] for vacancy in input_of(run)["vacancies"])[:2] == ["-1", "-2"]
    assert procedure.replay(run) is True


def test_without_them_is_the_same_problem_at_the_same_instant(story):
    real = elsewhere(story)
    told = posed(story, [{"programme": real.programme_id, "modality": "initial", "seats": 5}])
    bare = without_hypothetical(told.problem)
    assert (told.problem.free.tolist(), bare.free.tolist(), bare.vacancies) == ([1, 5], [1, 0], told.problem.vacancies)


# What goes wrong


def test_what_breaks_is_told_on_its_page_and_raised(story, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError

    run = ordered(story)
    monkeypatch.setattr(runs, "pose", broken)
    with pytest.raises(ZeroDivisionError):
        procedure.execute_run(run.pk, at=story.at)
    run.refresh_from_db()
    assert (run.state, run.failure, run.ended_at) == (RunState.FAILED, BROKEN, story.at)
    ordered(story)  # the next one may be asked for


def test_a_worker_that_dies_each_time_is_told_after_some_attempts(story):
    run = ordered(story)
    MatchingRun.objects.filter(pk=run.pk).update(attempts=MOST_ATTEMPTS, claimed_until=story.at)
    procedure.execute_run(run.pk, at=story.at)
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.FAILED, DIED)


def test_a_run_that_somebody_does_is_left_to_her_until_her_lease_ends(story):
    run = ordered(story)
    MatchingRun.objects.filter(pk=run.pk).update(attempts=1, claimed_until=story.at + LEASE)
    procedure.execute_run(run.pk, at=story.at)
    assert MatchingRun.objects.get().state == RunState.ORDERED
    procedure.execute_run(run.pk, at=story.at + LEASE)
    assert MatchingRun.objects.get().state == RunState.READY


def test_a_worker_that_was_given_up_writes_nothing_when_it_comes_back(story, monkeypatch):
    """Another has taken the run up and finished it while the first was still at it: its drafts stay as they are."""
    elsewhere(story)
    run = ordered(story)
    first_pose = runs.pose

    def slow(*arguments, **options):
        monkeypatch.setattr(runs, "pose", first_pose)
        MatchingRun.objects.filter(pk=run.pk).update(claimed_until=story.at)
        procedure.execute_run(run.pk, at=story.at)
        return first_pose(*arguments, **options)

    monkeypatch.setattr(runs, "pose", slow)
    procedure.execute_run(run.pk, at=story.at)
    assert (MatchingRun.objects.get().attempts, Draft.objects.count()) == (2, 1)


def test_drafts_and_result_are_written_together_or_not_at_all(story, monkeypatch):
    elsewhere(story)
    run = ordered(story)

    def twice(run, posed, assignment, made=runs.drafts_of):
        return made(run, posed, assignment) * 2

    monkeypatch.setattr(runs, "drafts_of", twice)
    with pytest.raises(IntegrityError), transaction.atomic():
        runs._execute(MatchingRun.objects.get(), at=story.at)
    run.refresh_from_db()
    assert (run.state, run.result_digest, Draft.objects.count()) == (RunState.ORDERED, "", 0)
