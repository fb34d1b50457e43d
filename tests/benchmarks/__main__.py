"""`make bench`: each part of the site beside its reference, measured in the same run. Medians; trust the ratios.

Runs on an empty database of its own (`python -m config.stack exec`), on loopback alone.
"""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"

import logging
import smtplib
import tempfile
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

import django

django.setup()  # the imports below need it, and it needs the setting above
# ruff: noqa: E402

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from notifications import outbox
from notifications.models import Fate, Message
from referrals import procedure, tasks
from referrals.documents.letters import html_of, rendered
from referrals.models import DocumentKind, Limit, LimitKind, LimitStatus, Referral
from referrals.procedure.extensions import preview
from referrals.rules.calendars import OF_A_CALENDAR, closed_in
from referrals.rules.deadlines import end_of_limit
from referrals.rules.states import State
from tests import factories
from tests.benchmarks import day, imports, matching, office, search, weights
from tests.benchmarks.extension import LIMITS, count_plainly, prepared, write_plainly
from tests.benchmarks.weights import session_of
from tests.processes import environment, free_port, mailbox, web
from tests.story import Story

ZONES = ("Europe/Paris", "Indian/Reunion", "America/Martinique", "Pacific/Noumea", "Pacific/Tahiti")
OVERDUE = 200
QUEUE = 20_000
VACANCIES = 5_000
REQUESTS = 100
SEARCHES = 20
LETTERS = 30
MAILS = 100


def main() -> None:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        settings.MEDIA_ROOT = Path(folder) / "documents"
        call_command("migrate", verbosity=0)
        print(f"{'':44}{'ours':>14}{'reference':>14}{'ratio':>8}   reference", flush=True)
        limits()
        letters()
        mails()
        sweep()
        pages(Path(folder))
        files()
        searches(Path(folder))
        matching.main()
        extension()  # its hundred thousand files would slow the others down
        weights.main(Path(folder))
        day.main(Path(folder))  # in a database of its own, as the next
        office.main()


def row(name: str, ours: float, reference: float, *, unit: str, of: str) -> None:
    print(f"{name:44}{ours:>10.2f} {unit:3}{reference:>10.2f} {unit:3}{ours / reference:>8.1f}   {of}", flush=True)


def each(act: Callable[[], object], times: int) -> float:
    """Return the median of ``times`` runs, in milliseconds, after one that does not count."""
    act()
    runs = []
    for _ in range(times):
        start = perf_counter()
        act()
        runs.append(perf_counter() - start)
    return median(runs) * 1000


def limits() -> None:
    """Ends of limits from every day of ten years, under every calendar in five zones, beside the bare date and instant."""
    academies = [(ZoneInfo(zone), closed_in(calendar)) for zone in ZONES for calendar in OF_A_CALENDAR]
    starts = [date(2020, 1, 1) + timedelta(days=days) for days in range(3650)]

    def ours() -> None:
        for zone, closed in academies:
            for start in starts:
                end_of_limit(start=start, days=15, franc=True, zone=zone, closed=closed)

    def bare() -> None:
        for zone, _ in academies:
            for start in starts:
                datetime.combine(start + timedelta(days=17), time(), zone).astimezone(UTC)

    count = len(academies) * len(starts) / 1000
    ours_ms, bare_ms = each(ours, 5), each(bare, 5)
    per_second = count / ours_ms * 1e6
    row(
        f"end of a limit ({per_second:,.0f} a second)",
        ours_ms / count,
        bare_ms / count,
        unit="µs",
        of="midnight 17 days on, in UTC",
    )


def letters() -> None:
    """Receipts, from frozen content to stored file, beside WeasyPrint on the same HTML."""
    from weasyprint import HTML

    story = Story(at=timezone.now()).filed()
    receipt = story.referral.documents.get(kind=DocumentKind.RECEIPT)
    html, base_url = html_of(receipt), f"{(settings.BASE_DIR / 'static').as_uri()}/"

    def ours() -> None:
        type(receipt).objects.filter(pk=receipt.pk).update(file="", sha256="")
        rendered(receipt.pk)

    bare = each(lambda: HTML(string=html, base_url=base_url).write_pdf(pdf_variant="pdf/a-3a"), LETTERS)
    row("receipt, rendered and stored", each(ours, LETTERS), bare, unit="ms", of="bare WeasyPrint, the same HTML")


def mails() -> None:
    """Messages claimed, sent and written into the history, beside smtplib with the same bytes and server."""
    story = Story(at=timezone.now()).filed()
    rendered(story.referral.documents.get(kind=DocumentKind.RECEIPT).pk)
    message = story.referral.messages.get(template="filed")
    with mailbox() as box:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port

        def ours() -> None:
            Message.objects.filter(pk=message.pk).update(fate=Fate.PENDING, claimed_until=None, sent_at=None, recorded_at=None)
            outbox.deliver(message.pk, at=timezone.now())

        sent = each(ours, MAILS)
        content = box.raw[0]

        def bare() -> None:
            with smtplib.SMTP("127.0.0.1", box.port) as server:
                server.sendmail("a@saisine.example", [message.to], content)

        row("receipt, mailed with its PDF", sent, each(bare, MAILS), unit="ms", of="bare smtplib, the same bytes")


def sweep() -> None:
    """Limits that end, three offers each, beside the same rows written by plain SQL."""
    for _ in range(OVERDUE):
        story = Story(at=timezone.now() - timedelta(days=60))
        story.offered()
        story.told()
    before = timezone.now()
    plain = timed(lambda: undone(plain_expiry))
    ours = timed(tasks.expire_overdue)
    assert Limit.objects.filter(kind=LimitKind.ANSWER, status=LimitStatus.OVER, created_at__lt=before).count() == OVERDUE
    row(
        f"expiry, each of {OVERDUE} files of three offers",
        ours / OVERDUE,
        plain / OVERDUE,
        unit="ms",
        of="the same rows by plain SQL",
    )


def timed(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return (perf_counter() - start) * 1000


def undone(act: Callable[[], None]) -> None:
    with transaction.atomic():
        act()
        transaction.set_rollback(True)


def plain_expiry() -> None:
    """What the sweep writes, in one statement for each table and no question asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMP TABLE due ON COMMIT DROP AS
            SELECT o.id, o.hold, o.vacancy_id, o.referral_id FROM referrals_offer o
            JOIN referrals_limit l ON l.referral_id = o.referral_id
            WHERE l.status = 'live' AND l.kind = 'answer' AND l.ends_at < now() AND o.state = 'sent';
            UPDATE referrals_limit SET status = 'over' WHERE status = 'live' AND kind = 'answer' AND ends_at < now();
            UPDATE referrals_offer SET state = 'expired' WHERE id IN (SELECT id FROM due);
            INSERT INTO vacancies_line (vacancy_id, movement, holder, declared, held, taken, by, at, reason)
            SELECT vacancy_id, 'free', hold, 0, -1, 0, 'x', now(), '' FROM due;
            UPDATE vacancies_vacancy SET held = held - 1 WHERE id IN (SELECT vacancy_id FROM due);
            UPDATE referrals_referral SET state = 'exhausted' WHERE id IN (SELECT referral_id FROM due);
            INSERT INTO referrals_event
                (referral_id, strand, seq, kind, actor, at, payload, previous, hash, by_name, note, salt)
            SELECT referral_id, 'case', 1000, 'expire', 'clock', now(), '{}', repeat('a', 64), repeat('b', 64), 'x', '', ''
            FROM (SELECT DISTINCT referral_id FROM due) AS files;
            INSERT INTO notifications_message
                (key, message_id, template, audience, referral_id, "to", reply_to, subject, text, html, fate, attempts, reason,
                 created_at, next_attempt_at)
            SELECT 'bench:' || id, gen_random_uuid(), 'expired', 'student', referral_id, 'a@b.example', '', 'x', repeat('t', 900),
                   repeat('h', 2500), 'pending', 0, '', now(), now() FROM due;
            """
        )


def pages(folder: Path) -> None:
    """Pages behind gunicorn with two workers, beside a bare Django view with one query."""
    story = Story(at=timezone.now())
    story.offered()
    fill_the_queue(story)
    for _ in range(VACANCIES // 100):
        institution = factories.InstitutionFactory()
        programmes = factories.ProgrammeFactory.create_batch(100, institution=institution)
        story.campaign.vacancies.bulk_create(
            story.campaign.vacancies.model(programme=programme, campaign=story.campaign) for programme in programmes
        )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vacancies_vacancy SET declared = held + taken + 1")
        cursor.execute("ANALYZE")
    addresses = {
        "home": ("/", None),
        f"public list, {VACANCIES} vacancies": ("/places-vacantes/", None),
        "her case": (f"/ma-saisine/{story.referral.key}/", story.student),
        "her offers": (f"/ma-saisine/{story.referral.key}/propositions/", story.student),
        f"the office's queue, {QUEUE} referrals": ("/bureau/referrals/referral/", story.caseworker),
        "the office's page of a file": (f"/bureau/referrals/referral/{story.id}/change/", story.caseworker),
    }
    port = free_port()
    env = environment(mail_port=1) | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}
    with web(env=env, log=folder / "web.log", port=port) as site:
        reference = each(lambda: fetch(f"{site}/nue/", None), REQUESTS)
        for name, (path, user) in addresses.items():
            cookie = f"{settings.SESSION_COOKIE_NAME}={session_of(user)}" if user else None
            row(
                name,
                each(lambda at=f"{site}{path}", by=cookie: fetch(at, by), REQUESTS),
                reference,
                unit="ms",
                of="bare view, one query",
            )


def files() -> None:
    """The ministry's whole catalogue, from the file handed in to the last row, beside a COPY of its rows as they are."""
    times = imports.import_times()
    copy = times.pop("COPY")
    for name, seconds in times.items():
        row(f"{imports.ROWS} rows {name}", seconds, copy, unit="s", of="COPY of the same rows")


def searches(folder: Path) -> None:
    """The public search: question by question beside a bare query, then the whole page beside a bare view."""
    campaign = search.fill()
    reference = each(lambda: search.bare(campaign), REQUESTS)
    for name, query in search.QUESTIONS.items():
        row(f"search, {name}", each(lambda at=query: search.ask(at), SEARCHES), reference, unit="ms", of="25 rows by their key")
    env = environment(mail_port=1) | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}
    with web(env=env, log=folder / "search.log", port=free_port()) as site:
        reference = each(lambda: fetch(f"{site}/nue/", None), REQUESTS)
        for name, path in {
            f"public list, {search.PROGRAMMES} vacancies": "",
            "public list, one word": "?q=droit",
            "all of them as CSV": "donnees.csv",
        }.items():
            ours = each(lambda at=f"{site}/places-vacantes/{path}": fetch(at, None), SEARCHES)
            row(name, ours, reference, unit="ms", of="bare view, one query")


def extension() -> None:
    """An extension over many open limits: looking, then writing limits, chained events and mails, and telling the workers."""
    story, ordered = prepared()
    at = timezone.now()
    looked, counted = each(lambda: preview(ordered, at=at), 5), each(lambda: count_plainly(ordered), 5)
    row(f"preview of an extension, {LIMITS} limits", looked, counted, unit="ms", of="the count by plain SQL")
    plain = timed(lambda: undone(lambda: write_plainly(ordered)))
    by = story.signing
    ours = timed(lambda: procedure.apply_extension(ordered.pk, by=by, at=at))
    ordered.refresh_from_db()
    assert ordered.report["moved"]["answer"] > LIMITS
    row(f"extension, each of {LIMITS} limits", ours / LIMITS, plain / LIMITS, unit="ms", of="the same rows by one SQL statement")


def fill_the_queue(story: Story) -> None:
    """Filed referrals in bulk, past the verbs: what is measured is reading them."""
    model = story.referral
    rows = []
    users = [type(story.student)(email=f"file{n}@exemple.fr", password="!") for n in range(QUEUE)]
    students = type(story.student).objects.bulk_create(users)
    for n, student in enumerate(students):
        rows.append(
            Referral(
                student=student,
                campaign=model.campaign,
                rules=model.rules,
                state=State.FILED,
                number=f"banc-{n:06d}",
                region=model.region,
                first_names="Zoé",
                birth_name=f"Exemple {n}",
                licence_mention=model.licence_mention,
                licence_institution=model.licence_institution,
                licence_academy=model.licence_academy,
                transcript=model.transcript,
                created_at=model.created_at,
                filed_at=model.filed_at,
            )
        )
    Referral.objects.bulk_create(rows, batch_size=2000)


def fetch(address: str, cookie: str | None) -> None:
    request = urllib.request.Request(address, headers={"Cookie": cookie} if cookie else {})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert (response.status, response.url) == (200, address)
        response.read()


if __name__ == "__main__":
    main()
