"""What happens to a file: handed in, read, confirmed or let go, applied all or nothing, and perhaps undone.

The row is the truth; a worker finds it, prompted or by the sweep of each minute. What it applies is what was shown: where something
has changed meanwhile, it shows the new differences and applies nothing.
"""

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core.files import File
from django.db import connections, transaction
from django.db.models import F, Q, QuerySet
from kombu.exceptions import OperationalError

from ..antivirus import ScannerDown, virus_in
from ..models import AT_WORK, Campaign, Difference, Import, ImportKind, ImportState, Institution, Outcome, Question
from ..names import normalise
from .kinds import reader_of
from .pipeline import BATCH, compare, one_at_a_time, write
from .reading import MOST_BYTES
from .report import Asked, Change, FileRefused, Finding, Report

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a worker has an import for itself: longer than a task may run (CELERY_TASK_TIME_LIMIT)."""
LARGEST_DECLARATION = 5_000_000
"""Bytes; the template of the largest university has some fifty thousand."""
MOST_ATTEMPTS = 3
"""Workers that may die of one file before it is let go."""
EVERY = 0.25
"""Seconds between two notes of progress."""
SINCE = "Depuis l’aperçu, ce qui est en base a changé : rien n’a été appliqué. Voici les différences d’à présent."
WITHHELD = (
    "Le fichier est dit complet, mais des lignes refusées ne disent pas de quoi elles parlent : rien n’est retiré tant qu’elles ne "
    "sont pas corrigées."
)
DIED = "Le traitement de ce fichier s’est interrompu plusieurs fois : rien n’a été appliqué. Il est peut-être trop grand."
INFECTED = (
    "l’antivirus a trouvé un virus dans ce fichier : il n’a pas été lu. Faites contrôler l’ordinateur d’où il vient, puis déposez "
    "un fichier sain"
)
SCANNER_AWAITED = "attente de l’antivirus"
"""The phase of an import whose file nobody opens before the scanner has answered."""
BROKEN = "Une erreur inattendue a interrompu le traitement : rien n’a été appliqué. Elle est signalée à l’exploitation."


class NotPossible(Exception):
    """The import is not where this act begins. The message is a French sentence."""


def submit(
    *,
    kind: str,
    file: File,
    by: str,
    at: datetime,
    campaign: Campaign | None = None,
    institution: Institution | None = None,
    complete: bool = False,
) -> Import:
    """Take a file in, to be read by a worker. The same file twice, as from a double click, is the same import.

    Raises FileRefused.
    """
    most = LARGEST_DECLARATION if kind == ImportKind.DECLARATION else MOST_BYTES
    if file.size > most:
        raise FileRefused(f"le fichier pèse {file.size / 1_000_000:.0f} Mo, au plus {most // 1_000_000} Mo")
    if not file.size:
        raise FileRefused("le fichier est vide")
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    name = (file.name or "fichier").replace("\\", "/").rsplit("/", 1)[-1]
    of = Import(
        kind=kind,
        campaign=campaign,
        institution=institution,
        complete=complete,
        name=name[-150:],
        digest=digest.hexdigest(),
        by=by,
        at=at,
    )
    same = Import.objects.filter(kind=kind, campaign=campaign, institution=institution, complete=complete, by=by, digest=of.digest)
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(of.digest[:15], 16)])
        if standing := same.filter(state__in=[ImportState.READING, ImportState.READY]).first():
            return look_again(standing.key, by=by, at=at)
        file.seek(0)
        of.file.save(f"{of.key}", file, save=False)
        of.save()
        transaction.on_commit(lambda: publish(of.pk), robust=True)
    return of


def look_again(key: UUID, *, by: str, at: datetime) -> Import:
    """Read the file once more: a question was answered, or something has changed. It decides nothing, so who asked is not kept.

    Raises NotPossible.
    """
    sources = {ImportState.READY, ImportState.REFUSED, ImportState.NOTHING, ImportState.READING}
    return _move(key, sources, ImportState.READING)


def confirm(key: UUID, *, plan: str, by: str, at: datetime) -> Import:
    """Apply what was shown: ``plan`` is its `Import.plan`. A second click changes nothing.

    Raises NotPossible, also where the page is older than the differences.
    """
    sources = {ImportState.READY, ImportState.APPLYING, ImportState.APPLIED}
    return _move(key, sources, ImportState.APPLYING, plan=plan, decided_by=by, decided_at=at)


def abandon(key: UUID, *, by: str, at: datetime) -> Import:
    """Let the file go, nothing applied. Raises NotPossible."""
    sources = {ImportState.READY, ImportState.REFUSED, ImportState.NOTHING, ImportState.ABANDONED}
    return _move(key, sources, ImportState.ABANDONED, decided_by=by, decided_at=at)


def reverse(key: UUID, *, by: str, at: datetime) -> Import:
    """Undo what was applied, where nothing has come to rest on it. Raises NotPossible."""
    sources = {ImportState.APPLIED, ImportState.REVERSING, ImportState.REVERSED}
    return _move(key, sources, ImportState.REVERSING, reversed_by=by, reversed_at=at)


@transaction.atomic
def _move(key: UUID, sources: Collection[str], target: ImportState, plan: str | None = None, **columns: object) -> Import:
    """Move the import to ``target``, where only a source that comes before it does anything."""
    of = Import.objects.select_for_update(of=("self",), no_key=True).get(key=key)
    if of.state not in sources:
        raise NotPossible(f"Ce n’est plus possible : l’import est « {of.get_state_display()} ».")
    if plan not in (None, of.plan):
        raise NotPossible("Les différences ont changé depuis que vous les avez lues : relisez-les avant d’appliquer.")
    done_already = {target, DONE.get(target)}
    if of.state not in done_already:
        for column, value in columns.items():
            setattr(of, column, value)
        of.state, of.sentence, of.phase, of.done, of.total = target, "", "", 0, 0
        of.claimed_until, of.attempts = None, 0
        of.save()
        if of.at_work:
            transaction.on_commit(lambda: publish(of.pk), robust=True)
    return of


DONE = {ImportState.APPLYING: ImportState.APPLIED, ImportState.REVERSING: ImportState.REVERSED}
"""Where the worker leads what was asked of it."""


def publish(import_id: int) -> None:
    """Tell the workers. A broker that does not answer fails nobody's request: the sweep finds the import."""
    try:
        current_app.send_task("vacancies.run_import", args=[import_id], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("import %s not published, the sweep will find it (%s)", import_id, error)


def waiting(*, at: datetime) -> list[int]:
    """Return the imports that want a worker and have none."""
    return list(_unclaimed(at=at).order_by("pk").values_list("pk", flat=True))


def _unclaimed(*, at: datetime) -> QuerySet[Import]:
    nobody = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
    return Import.objects.filter(nobody, state__in=AT_WORK)


def run(import_id: int, *, at: datetime) -> None:
    """Do what the import waits for, if no other worker does.

    What is wrong with the file ends up in its ``sentence``; anything else is told there too, and raised.
    """
    if not _unclaimed(at=at).filter(pk=import_id).update(claimed_until=at + LEASE, attempts=F("attempts") + 1):
        return
    of = Import.objects.select_related("campaign", "institution__academy").get(pk=import_id)
    act, otherwise = {
        ImportState.READING: (_read, ImportState.REFUSED),
        ImportState.APPLYING: (_apply, ImportState.READY),
        ImportState.REVERSING: (_reverse, ImportState.APPLIED),
    }[ImportState(of.state)]
    if of.attempts > MOST_ATTEMPTS:
        _settle(of, otherwise, sentence=DIED)
        return
    try:
        with Progress(of) as progress:
            act(of, progress=progress, at=at)
    except ScannerDown as down:
        log.warning("import %s waits for the virus scanner (%s)", import_id, down)
        waits = {"phase": SCANNER_AWAITED, "claimed_until": None, "attempts": F("attempts") - 1}
        Import.objects.filter(pk=import_id).update(**waits)
    except FileRefused as refusal:
        _settle(of, otherwise, sentence=f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.")
    except Exception:
        _settle(of, otherwise, sentence=BROKEN)
        raise


@contextmanager
def opened(of: Import) -> Iterator[File]:
    """Open the file of an import, which nobody does in another way: where there is a virus scanner it is asked first, each time.

    Raises FileRefused, ScannerDown, FileNotFoundError.
    """
    with of.file.open("rb") as file:
        if settings.CLAMAV_URL:
            if virus_in(file):
                raise FileRefused(INFECTED)
            file.seek(0)
        yield file


def await_the_scanner(*, since: datetime) -> QuerySet[Import]:
    """Return the imports handed in before ``since`` that the virus scanner keeps waiting."""
    return Import.objects.filter(state__in=AT_WORK, phase=SCANNER_AWAITED, at__lt=since)


def _read(of: Import, *, progress: "Progress", at: datetime) -> None:
    reader = reader_of(of, by=of.by, at=at)
    with opened(of) as file:
        report = compare(reader, file, name=of.name, complete=of.complete, progress=progress)
    with transaction.atomic():
        _show(of, report, at=at)
        _settle(of, ImportState.READY if report.changes else ImportState.NOTHING, sentence=WITHHELD if report.withholds else "")


def _apply(of: Import, *, progress: "Progress", at: datetime) -> None:
    with opened(of) as file, transaction.atomic():
        one_at_a_time()
        reader = reader_of(of, by=of.decided_by, at=at)
        reader.lock()
        report = compare(reader, file, name=of.name, complete=of.complete, progress=progress)
        if plan_of(report.changes) != of.plan:
            _show(of, report, at=at)
            state = ImportState.READY if report.changes else ImportState.NOTHING
            _settle(of, state, sentence=f"{SINCE} {WITHHELD}" if report.withholds else SINCE)
            return
        write(reader, report.changes, progress=progress)
        _settle(of, ImportState.APPLIED)


def _reverse(of: Import, *, progress: "Progress", at: datetime) -> None:
    applied = of.differences.filter(outcome__in=[Outcome.ADDED, Outcome.CHANGED, Outcome.WITHDRAWN]).order_by("-pk")
    changes = [
        Change(key=tuple(row.key), label=row.label, before=row.before, after=row.after).backwards() for row in applied.iterator()
    ]
    with transaction.atomic():
        one_at_a_time()
        reader = reader_of(of, by=of.reversed_by, at=at)
        reader.lock()
        progress("comparaison", 0, len(changes))
        stored = reader.stored([change.key for change in changes])
        for change in changes:
            if _as_json(stored.get(change.key)) != _as_json(change.before):
                raise FileRefused(f"« {change.label} » a changé depuis cet import : il ne peut plus être annulé en bloc")
        write(reader, changes, progress=progress)
        _settle(of, ImportState.REVERSED)


def _show(of: Import, report: Report, *, at: datetime) -> None:
    """Store what the file would do, and ask what it leaves open."""
    of.differences.all().delete()
    rows = [
        Difference(
            of=of,
            outcome=change.outcome,
            line=change.line,
            label=change.label[:600],
            key=change.key,
            before=change.before,
            after=change.after,
        )
        for change in report.changes
    ]
    questions = ask(report.asked, at=at)
    for outcome, findings in ((Outcome.REFUSED, report.refused), (Outcome.SET_ASIDE, report.set_aside)):
        rows += [_difference(of, outcome, finding, questions) for finding in findings]
    Difference.objects.bulk_create(rows, batch_size=BATCH)
    of.plan = plan_of(report.changes)
    of.added, of.changed, of.withdrawn = report.added, report.changed, report.withdrawn
    of.unchanged, of.refused, of.set_aside = report.unchanged, len(report.refused), len(report.set_aside)


def _difference(of: Import, outcome: Outcome, finding: Finding, questions: Mapping[Asked, int]) -> Difference:
    return Difference(
        of=of,
        outcome=outcome,
        line=finding.line,
        key=finding.key or [],
        column=finding.column[:120],
        reason=finding.reason,
        candidates=list(finding.candidates),
        question_id=questions.get(finding.asked) if finding.asked else None,
    )


def ask(asked: Iterable[Asked], *, at: datetime) -> dict[Asked, int]:
    """Put to a person what no rule settles, each once; return the key of the question for each."""
    name = {one: normalise(one.text)[:250] for one in asked}
    rows = [
        Question(kind=one.kind, text=one.text[:250], normalised=normalised, asked_at=at)
        for one, normalised in sorted(name.items())
        if normalised
    ]
    Question.objects.bulk_create(rows, ignore_conflicts=True)
    found = Question.objects.filter(normalised__in=name.values()).values_list("kind", "normalised", "pk")
    key_of = {(kind, normalised): pk for kind, normalised, pk in found}
    return {one: key_of[one.kind, normalised] for one, normalised in name.items() if normalised}


def plan_of(changes: Iterable[Change]) -> str:
    """Return the digest of what ``changes`` would do, whatever their order."""
    lines = sorted(_as_json([change.key, change.before, change.after]) for change in changes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _as_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _settle(of: Import, state: ImportState, *, sentence: str = "") -> None:
    of.state, of.sentence, of.claimed_until = state, sentence, None
    of.save()


class Progress:
    """Notes how far an import is, on a connection of its own: what the import writes is seen by nobody before it is all there."""

    def __init__(self, of: Import) -> None:
        self._of = of.pk
        self._next = 0.0

    def __enter__(self) -> Self:
        self._connection = connections["default"].copy()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def __call__(self, phase: str, done: int, total: int) -> None:
        if (now := monotonic()) < self._next:
            return
        self._next = now + EVERY
        with self._connection.cursor() as cursor:
            # Who holds the row is settling it: then it matters no more how far we are.
            cursor.execute(
                "UPDATE vacancies_import SET phase = %s, done = %s, total = %s WHERE id IN "
                "(SELECT id FROM vacancies_import WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)",
                [phase, done, total, self._of],
            )
