"""What the clock does to referrals. Thin: each task finds what is due and calls the verb, in one small transaction for each."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet
from django.utils import timezone

from vacancies import antivirus
from vacancies.models import Import

from . import chains, invariants, procedure
from .accounts import places
from .documents import scanning, storing
from .documents.letters import rendered
from .models import (
    Absence,
    Document,
    Draft,
    DraftState,
    Extension,
    Limit,
    LimitKind,
    MatchingRun,
    Offer,
    PartialUpload,
    Post,
    Referral,
    Scan,
)
from .models.people import ACTOR_OF_ROLE
from .privacy import holding
from .procedure.limits import close_filing_limits, local_date
from .rules.states import COUNTED, FOLLOWED, SEARCHED, OfferState
from .statistics import kept

log = logging.getLogger(__name__)
Id = TypeVar("Id", int, str)

GRACE = timedelta(minutes=2)
"""The web's longest request: what arrived in time may still be on its way to its verb."""
ORPHAN_AGE = timedelta(days=1)
"""A file is written before the row that claims it; a younger one may still be claimed."""


class SweepIncomplete(Exception):
    """Some of what was due failed; the rest was done. The ids are in the arguments, the reasons in the log."""


class InvariantsBroken(Exception):
    """Something is true that must never be."""


def sweep(name: str, ids: Iterable[Id], act: Callable[[Id], None]) -> None:
    """Call ``act`` for each id; one failure stops no other. What the procedure refuses was settled meanwhile by somebody else.

    Raises SweepIncomplete at the end where any failed.
    """
    failures = []
    for pk in ids:
        try:
            act(pk)
        except procedure.Refused as refused:
            log.info("%s %s: %s", name, pk, refused.code)
        except Exception:
            log.exception("%s %s failed", name, pk)
            failures.append(pk)
    if failures:
        raise SweepIncomplete(name, failures)


ENDS: dict[str, Callable[..., None]] = {LimitKind.ANSWER: procedure.expire, LimitKind.SUPPLY: procedure.lapse_request}
"""The verb that ends each kind of limit. A draft is not ended by its own."""


@shared_task(name="referrals.expire_overdue")
def expire_overdue() -> None:
    """Close what nobody answered in time. Safe to run twice, or in two places at once."""
    now = timezone.now()
    close_filing_limits(at=now - GRACE)
    overdue = Limit.objects.overdue(at=now - GRACE).filter(kind__in=ENDS, told_at__isnull=False)
    kind_of = dict(overdue.order_by("pk").values_list("pk", "kind"))
    sweep("expire_overdue", kind_of, lambda pk: ENDS[kind_of[pk]](pk, by=procedure.CLOCK, at=now))


@shared_task(name="referrals.apply_extensions", soft_time_limit=540, time_limit=570)
def apply_extensions() -> None:
    """Apply the extensions that were confirmed, in the name of those who ordered them; not one that a worker is applying now.

    A hundred thousand limits take minutes, in one transaction: longer than other tasks may, less than the broker waits.
    """
    now = timezone.now()
    with transaction.atomic():
        waiting = Extension.objects.waiting().select_for_update(of=("self",), no_key=True, skip_locked=True)
        author_of = {extension.pk: extension.ordered_by for extension in waiting.select_related("ordered_by").order_by("pk")}
    sweep("apply_extension", author_of, lambda pk: procedure.apply_extension(pk, by=procedure.By.office(author_of[pk]), at=now))


@shared_task(name="referrals.lapse_consultations")
def lapse_consultations() -> None:
    """Free the seats of consultations that no institution answered in time."""
    now = timezone.now()
    silent = Offer.objects.filter(state=OfferState.CONSULTING, held_until__lte=now).order_by("pk")
    referral_of = dict(silent.values_list("pk", "referral_id"))
    sweep(
        "lapse_consultation",
        referral_of,
        lambda pk: procedure.lapse_consultation(referral_of[pk], offer_id=pk, by=procedure.CLOCK, at=now),
    )


@shared_task(name="referrals.execute_run", soft_time_limit=540, time_limit=570)
def execute_run(run_id: int) -> None:
    """Do one run of the matching, if nobody else does it."""
    procedure.execute_run(run_id, at=timezone.now())


@shared_task(name="referrals.replay_run", soft_time_limit=540, time_limit=570)
def replay_run(run_id: int) -> None:
    """Solve the kept input of a run again."""
    procedure.execute_replay(run_id, at=timezone.now())


@shared_task(name="referrals.execute_runs", soft_time_limit=540, time_limit=570)
def execute_runs() -> None:
    """Find the runs whose prompt was lost, or whose worker died."""
    now = timezone.now()
    sweep(
        "execute_runs",
        MatchingRun.objects.waiting(at=now).values_list("pk", flat=True),
        lambda pk: procedure.execute_run(pk, at=now),
    )


@shared_task(name="referrals.consult_drafts", soft_time_limit=540, time_limit=570)
def consult_drafts() -> None:
    """Consult the institutions of the drafts that somebody ordered, in her name, each in a transaction of its own."""
    ordered = Draft.objects.filter(state=DraftState.ORDERED).order_by("decided_at", "pk")
    sweep(
        "consult_drafts",
        list(ordered.values_list("pk", flat=True)),
        lambda pk: procedure.consult_draft(pk, at=timezone.now()) and None,
    )


@shared_task(name="referrals.share_out")
def share_out() -> None:
    """Give to somebody at work each file that nobody follows, and each due one of who is away without a substitute."""
    now = timezone.now()
    today = timezone.localdate(now)
    posts = Post.objects.on(today).filter(role__in=ACTOR_OF_ROLE, user__is_active=True, regions=OuterRef("region"))
    followed = Referral.objects.filter(Exists(posts), state__in=FOLLOWED)
    ownerless = followed.filter(~Exists(posts.filter(user=OuterRef("assigned_to"))))
    away = followed.filter(assigned_to__in=Absence.objects.on(today).values("user"), next_at__lte=now + timedelta(days=2))
    due = (ownerless | away).order_by("filed_at", "pk").values_list("pk", flat=True)
    sweep("share_out", list(due), lambda pk: procedure.hand_over(pk, by=procedure.CLOCK, at=now))


@shared_task(name="referrals.escalate_unserved")
def escalate_unserved() -> None:
    """Where the campaign's last date comes near, or has passed, give each file that still lacks offers to a head, by name."""
    now = timezone.now()
    near = (now + invariants.NEAR_THE_END + timedelta(days=1)).date()  # whatever day it is in the académie
    unnamed = Referral.objects.filter(state__in=SEARCHED, escalated_to__isnull=True, campaign__search_until__lte=near)
    counted = unnamed.annotate(counted=Count("offers", filter=Q(offers__state__in=COUNTED, offers__sent_at__isnull=False)))
    unserved = counted.filter(counted__lt=F("rules__offers_required")).select_related("campaign", "licence_academy").order_by("pk")
    due = [
        referral.pk
        for referral in unserved
        if local_date(referral, now) >= referral.campaign.search_until - invariants.NEAR_THE_END
    ]
    sweep("escalate_unserved", due, lambda pk: procedure.escalate(pk, by=procedure.CLOCK, at=now))


@shared_task(name="referrals.render_letters")
def render_letters() -> None:
    """Render the letters that neither a mail nor a reader has asked for yet."""
    waiting = Document.objects.letters().filter(file="").order_by("pk").values_list("pk", flat=True)
    sweep("render", list(waiting[:500]), lambda pk: rendered(pk) and None)


SCANNED_AT_ONCE = 200


@shared_task(name="referrals.scan_document")
def scan_document(document_id: int) -> None:
    """Have one file scanned, as soon as it has arrived. While the scanner is down it goes on waiting."""
    _scan(document_id)


@shared_task(name="referrals.scan_files")
def scan_files() -> None:
    """Have scanned what still waits, then what is older than the scanner. Without a scanner, nothing waits for one.

    Raises SweepIncomplete, and says so at once where the scanner is down.
    """
    if not settings.CLAMAV_URL:
        Document.objects.filter(scan=Scan.WAITING).update(scan=Scan.NONE)
        return
    waiting = list(Document.objects.unscanned().values_list("pk", flat=True)[:SCANNED_AT_ONCE])
    if waiting:
        antivirus.require_scanner()
    sweep("scan", waiting, _scan)


def _scan(document_id: int) -> None:
    virus = scanning.verdict_on(Document.objects.get(pk=document_id))
    procedure.settle_scan(document_id, virus=virus, at=timezone.now())


@shared_task(name="referrals.erase_overdue", soft_time_limit=540, time_limit=570)
def erase_overdue() -> None:
    """Destroy what was kept for its time, so much a night that the task ends in its own."""
    holding.run(at=timezone.now(), at_most=2000)


@shared_task(name="referrals.ask_invariants")
def ask_invariants() -> None:
    """Ask what must never be true, and fail loudly where it is.

    Raises InvariantsBroken.
    """
    if found := invariants.breaches(at=timezone.now()):
        for name, breach in found:
            log.error("invariant %s broken: %s", name, breach)
        raise InvariantsBroken(found)


@shared_task(name="referrals.count_anew")
def count_anew(what: str, campaign: str, where: str) -> None:
    """Count what is kept of a campaign and no longer fresh, because somebody has read it."""
    kept.count_anew(what, campaign, where)


@shared_task(name="referrals.anchor_history")
def anchor_history() -> None:
    """Seal the heads of the chains that have grown since they were last sealed. The log keeps the digest, out of the database."""
    chains.anchor_heads(at=timezone.now())


@shared_task(name="referrals.clear_sessions")
def clear_sessions() -> None:
    """Forget the sessions that have ended, with what anonymous visitors answered in them, and places of long ago."""
    call_command("clearsessions")
    places.forget(at=timezone.now())
    living = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(living)).delete()


FILES: tuple[tuple[str, Callable[[], QuerySet[Any, Any]]], ...] = (
    (storing.RECEIVED, lambda: Document.objects.values_list("file", flat=True)),
    (storing.LETTERS, lambda: Document.objects.values_list("file", flat=True)),
    (storing.PARTS, lambda: PartialUpload.objects.annotate(part=Func("parts", function="unnest")).values_list("part", flat=True)),
    ("imports", lambda: Import.objects.values_list("file", flat=True)),
    ("appariements", lambda: MatchingRun.objects.values_list("input", flat=True)),
)
"""The folders where files are, and what claims those of each."""


@shared_task(name="referrals.remove_orphan_files")
def remove_orphan_files() -> None:
    """Remove files that no row claims: their transaction was rolled back, or they came in parts and no form asked for them."""
    before = timezone.now() - ORPHAN_AGE
    PartialUpload.objects.filter(created_at__lt=before).delete()
    for folder, claims in FILES:
        found = storing.names_in(folder)  # before the claims are read: what is written meanwhile is in neither
        claimed = set(claims().iterator())
        storing.forget([name for name in found if name not in claimed and storing.is_older(name, than=before)])
