"""Runs of the matching for a region: what is asked of the solver, what is kept of its answer, and how it is replayed.

A run reads and drafts. It changes no referral and holds no seat: a person does, draft by draft (`procedure.drafting`).
"""

import gzip
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from celery import current_app
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from kombu.exceptions import OperationalError

from vacancies.models import AcademicRegion, Campaign

from ..models import Draft, MatchingRun, RunState
from ..rules.matching.exchange import digest, read_problem, write_problem
from ..rules.matching.problem import Assignment, Problem
from ..rules.states import MOVES, Action
from .moving import By, Refused
from .posing import Hypothetical, Posed, Progress, pose
from .run_report import report_of

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a worker has a run for itself: longer than its task may last."""
MOST_ATTEMPTS = 3
DIED = "Le calcul a été interrompu plusieurs fois. Relancez-le ; si cela se répète, prévenez l’administration nationale."
BROKEN = "Le calcul a échoué ; l’administration nationale en est prévenue. Rien n’a été modifié."
BATCH = 2_000
"""Rows written at once."""


def order_run(
    *, campaign: Campaign, region: AcademicRegion, hypothetical: Sequence[Hypothetical] = (), by: By, at: datetime
) -> MatchingRun:
    """Ask for a run; a worker does it. With ``hypothetical`` seats it drafts nothing, and its report says what they would change.

    Raises Refused: somebody else's region, or one for which a run is under way.
    """
    if by.actor not in MOVES[Action.CONSULT].actors or region.pk not in by.scope.regions or by.user_id is None:
        raise Refused("not_yours", "Cette action ne vous revient pas.")
    run = MatchingRun(campaign=campaign, region=region, hypothetical=list(hypothetical), ordered_by_id=by.user_id, ordered_at=at)
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            transaction.on_commit(lambda: publish("referrals.execute_run", run.pk), robust=True)
    except IntegrityError:
        raise Refused("under_way", "Une recherche est déjà en cours pour cette région : attendez son résultat.") from None
    return run


def publish(task: str, *args: int) -> None:
    """Tell the workers. A broker that does not answer fails nobody's request: a run is found by its sweep."""
    try:
        current_app.send_task(task, args=args, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("%s %s not published (%s)", task, args, error)


def execute_run(run_id: int, *, at: datetime) -> None:
    """Do the run, if no other worker does. What fails is told on its page, and raised."""
    claimed = MatchingRun.objects.waiting(at=at).filter(pk=run_id)
    if not claimed.update(claimed_until=at + LEASE, attempts=F("attempts") + 1):
        return
    run = MatchingRun.objects.select_related("campaign", "region").get(pk=run_id)
    if run.attempts > MOST_ATTEMPTS:
        _fail(run, DIED, at=at)
        return
    try:
        _execute(run, at=at)
    except Exception:
        _fail(run, BROKEN, at=at)
        raise


def _still_hers(run: MatchingRun) -> QuerySet[MatchingRun]:
    """The run, unless its lease ran out meanwhile and another worker has taken it up: then nothing more is written to it."""
    return MatchingRun.objects.filter(pk=run.pk, state=RunState.ORDERED, attempts=run.attempts)


def _fail(run: MatchingRun, sentence: str, *, at: datetime) -> None:
    _still_hers(run).update(state=RunState.FAILED, failure=sentence, ended_at=at, claimed_until=None)


def _execute(run: MatchingRun, *, at: datetime) -> None:
    from ..rules.matching.solving import solve  # the solver is for workers: a web process never loads it

    progress = _progress(run)
    posed = pose(run.campaign, run.region, run.hypothetical, progress=progress)
    text = write_problem(posed.problem)
    assignment = solve(posed.problem, on_level=progress)
    without = solve(without_hypothetical(posed.problem), on_level=progress).summary if run.hypothetical else None
    progress("compte rendu", 0, 1)
    run.parameters = posed.parameters
    run.input_digest, run.result_digest = digest(text), result_digest(posed.problem, assignment)
    run.solver, run.seconds = assignment.solver, round(assignment.seconds.total, 3)
    run.report = report_of(posed, assignment, without=without)
    run.state, run.ended_at, run.claimed_until = RunState.READY, at, None
    run.input.save(f"{run.key}.json.gz", ContentFile(gzip.compress(text.encode(), mtime=0)), save=False)
    with transaction.atomic():
        if not _still_hers(run).select_for_update(no_key=True).exists():
            return
        if not run.hypothetical:
            Draft.objects.bulk_create(drafts_of(run, posed, assignment), batch_size=BATCH)
        run.save()


PHASES = {
    "with_1": "une première proposition à chacun",
    "at_origin": "une dans l’établissement d’origine",
    "with_2": "une deuxième proposition",
    "with_3": "une troisième proposition",
    "score": "la meilleure convenance",
    "offers_by_waiting": "l’ordre d’attente",
    "score_by_waiting": "l’ordre d’attente",
}
"""What the page calls the levels of the matching."""


def _progress(run: MatchingRun) -> Progress:
    def note(phase: str, done: int, total: int) -> None:
        _still_hers(run).update(phase=PHASES.get(phase, phase), done=done, total=total)

    return note


def without_hypothetical(problem: Problem) -> Problem:
    """Return the same problem, read at the same instant, in which the seats that do not exist are not there."""
    real = np.array([int(vacancy) > 0 for vacancy in problem.vacancies], bool)
    return replace(problem, free=np.where(real, problem.free, 0))


def drafts_of(run: MatchingRun, posed: Posed, assignment: Assignment) -> list[Draft]:
    """Return what the run proposes, not saved."""
    problem = posed.problem
    return [
        Draft(
            run=run,
            referral=posed.referrals[problem.pair_student[pair]],
            vacancy_id=int(posed.ground.seats.vacancy[problem.pair_vacancy[pair]]),
            score=int(problem.score[pair]),
            suits=posed.suits(pair),
        )
        for pair in assignment.chosen.tolist()
    ]


def result_digest(problem: Problem, assignment: Assignment) -> str:
    """Return the digest of the chosen pairs: who, which vacancy."""
    student, vacancy = problem.pair_student[assignment.chosen], problem.pair_vacancy[assignment.chosen]
    lines = [f"{problem.students[s]} {problem.vacancies[v]}" for s, v in zip(student.tolist(), vacancy.tolist(), strict=True)]
    return digest("\n".join(lines))


def order_replay(run: MatchingRun, *, by: By, at: datetime) -> None:
    """Ask a worker to solve the kept input again; the run's page says what came of it.

    Raises Refused: somebody else's region, or a run that has no result.
    """
    if by.actor not in MOVES[Action.CONSULT].actors or run.region_id not in by.scope.regions:
        raise Refused("not_yours", "Cette action ne vous revient pas.")
    if run.state != RunState.READY:
        raise Refused("no_result", "Cette recherche n’a pas de résultat à rejouer.")
    run.report |= {"replay": {"ordered_at": at.isoformat()}}
    with transaction.atomic():
        run.save(update_fields=["report"])
        transaction.on_commit(lambda: publish("referrals.replay_run", run.pk), robust=True)


def execute_replay(run_id: int, *, at: datetime) -> None:
    """Replay the run, and keep on it whether the result is the same."""
    run = MatchingRun.objects.get(pk=run_id, state=RunState.READY)
    run.report |= {"replay": {"at": at.isoformat(), "same": replay(run)}}
    run.save(update_fields=["report"])


def replay(run: MatchingRun) -> bool:
    """Solve the kept input again; whether it is the input that was kept, and gives the result that was kept."""
    from ..rules.matching.solving import solve

    with run.input.open("rb") as file:
        content = gzip.decompress(file.read())
    problem = read_problem(content)
    return (digest(content.decode()), result_digest(problem, solve(problem))) == (run.input_digest, run.result_digest)
