"""A file applied by a real worker, with its progress seen from outside; the worker killed half-way: nothing is half applied."""

import os
import signal

import pytest
from celery import current_app
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.benchmarks.imports import catalogue, written
from tests.processes import environment, free_port, wait_until, worker
from vacancies.imports import acts
from vacancies.models import Difference, Import, ImportKind, ImportState, Programme

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 6_000
"""Enough for a worker to be at it for some seconds."""


@pytest.fixture(autouse=True)
def empty_broker():
    current_app.control.purge()
    yield
    current_app.control.purge()


@pytest.fixture
def handed_in() -> Import:
    content = written(catalogue(rows=ROWS))
    return acts.submit(kind=ImportKind.MON_MASTER, file=ContentFile(content, "mon-master.csv"), by="Maxime", at=timezone.now())


def reaches(of: Import, state: ImportState) -> None:
    def reached() -> bool:
        of.refresh_from_db()
        return of.state == state

    wait_until(reached, what=f"the import to be {state}; it is {of.state}: {of.sentence}")


def test_a_worker_reads_and_applies_and_its_progress_is_seen(handed_in, tmp_path):
    before = Programme.objects.count()
    seen = set()

    def progressing() -> bool:
        handed_in.refresh_from_db()
        seen.add((handed_in.state, handed_in.phase))
        return handed_in.state == ImportState.APPLIED

    with worker(env=environment(mail_port=free_port()), log=tmp_path / "worker.log"):
        reaches(handed_in, ImportState.READY)
        acts.confirm(handed_in.key, plan=handed_in.plan, by="Maxime", at=timezone.now())
        wait_until(progressing, what="the application")
    assert (ImportState.APPLYING, "lecture") in seen
    assert (handed_in.added, Programme.objects.count()) == (ROWS // 2, before + ROWS // 2)


def test_a_worker_killed_half_way_leaves_nothing_and_the_next_one_all(handed_in, tmp_path):
    before = Programme.objects.count()
    env = environment(mail_port=free_port())
    with worker(env=env, log=tmp_path / "first.log") as running:
        reaches(handed_in, ImportState.READY)
        acts.confirm(handed_in.key, plan=handed_in.plan, by="Maxime", at=timezone.now())
        wait_until(lambda: Import.objects.get(pk=handed_in.pk).done, what="some progress of the application")
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    handed_in.refresh_from_db()
    assert (handed_in.state, Programme.objects.count()) == (ImportState.APPLYING, before)
    Import.objects.filter(pk=handed_in.pk).update(claimed_until=None)  # the lease of the dead worker runs out
    current_app.control.purge()
    with worker(env=env, log=tmp_path / "second.log"):
        current_app.send_task("vacancies.run_imports")  # what beat says each minute
        reaches(handed_in, ImportState.APPLIED)
    assert Programme.objects.count() == before + ROWS // 2
    assert Difference.objects.filter(of=handed_in).count() == ROWS // 2
