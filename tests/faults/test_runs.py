"""A run done by a real worker, its drafts consulted by it; a worker killed meanwhile leaves it to the next one."""

import pytest
from celery import current_app
from django.utils import timezone

from referrals import procedure
from referrals.models import DraftState, MatchingRun, RunState
from tests.matching_story import elsewhere, ordered, waiting
from tests.processes import environment, free_port, wait_until, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty_broker():
    current_app.control.purge()
    yield
    current_app.control.purge()


def standing(run: MatchingRun) -> str:
    run.refresh_from_db()
    return run.state


def test_a_worker_does_a_run_once_replays_it_and_consults(tmp_path):
    story = waiting()
    elsewhere(story)
    with worker(env=environment(mail_port=free_port()), log=tmp_path / "worker.log"):
        run = ordered(story)
        for _ in range(3):  # the sweep may meet it at the same time
            current_app.send_task("referrals.execute_runs")
        wait_until(lambda: standing(run) == RunState.READY, what="the run")
        procedure.order_replay(run, by=story.office, at=story.at)
        wait_until(lambda: standing(run) and "same" in run.report["replay"], what="the replay")
        procedure.order_consultations(run, None, by=story.office, at=timezone.now())
        wait_until(lambda: run.drafts.get().state == DraftState.CONSULTED, what="the consultation")
    assert (run.attempts, run.report["replay"]["same"], story.referral.offers.count()) == (1, True, 1)


def test_a_run_whose_worker_died_is_taken_up_by_the_next_one(tmp_path):
    story = waiting()
    elsewhere(story)
    run = ordered(story)
    current_app.control.purge()  # the prompt is lost with its worker
    MatchingRun.objects.filter(pk=run.pk).update(attempts=1, claimed_until=timezone.now())
    with worker(env=environment(mail_port=free_port()), log=tmp_path / "worker.log"):
        current_app.send_task("referrals.execute_runs")  # what beat says each minute
        wait_until(lambda: standing(run) == RunState.READY, what="the run")
    assert (run.attempts, run.drafts.count()) == (2, 1)
