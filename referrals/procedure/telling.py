"""When the student was told: each mail's fate and each first reading are events, and a late mail moves the limit it announces."""

from datetime import datetime

from django.db import transaction

from ..models import EventKind, Limit, LimitKind, LimitStatus, Referral
from ..rules.states import OfferState
from .limits import local_date, start_limit
from .moving import CLOCK, By, locked, record


def record_mail(
    referral_id: int,
    *,
    message_id: str,
    subject: str,
    to_student: bool,
    left: bool,
    at: datetime,
    limit_id: int | None = None,
    reason: str = "",
) -> None:
    """Write into the history that a mail left at ``at``, or did not. The limit it announces starts that day, not before."""
    kind = EventKind.MAIL_SENT if left else EventKind.MAIL_FAILED
    with transaction.atomic(durable=True):
        referral = locked(referral_id)
        if referral.events.filter(kind=kind, at=at, payload__message=message_id).exists():
            return
        note = subject if left else f"{subject} : {reason}"
        record(referral, kind=kind, by=CLOCK, at=at, payload={"message": message_id, "to_student": to_student}, note=note)
        if left and limit_id is not None:
            _told(referral, Limit.objects.get(pk=limit_id), at=at)


def _told(referral: Referral, limit: Limit, *, at: datetime) -> None:
    """The limit was announced at ``at``: note it, or start the limit again where the mail left on a later day."""
    if limit.status != LimitStatus.LIVE or limit.told_at is not None:
        return
    left_on = local_date(referral, at)
    if left_on <= limit.start:
        limit.told_at = at
        limit.save(update_fields=["told_at"])
        return
    moved = start_limit(
        referral,
        kind=LimitKind(limit.kind),
        start=left_on,
        days=limit.days,
        rule=limit.rule,
        at=at,
        offer=limit.offer,
        supersedes=limit,
        told_at=at,
    )
    record(referral, kind=EventKind.MOVE_LIMIT, by=CLOCK, at=at, payload={"limit": moved.pk, "supersedes": limit.pk})


def record_first_reading(referral_id: int, *, by: By, at: datetime) -> None:
    """Note the first time the student sees the offers on the table; reading them again is no event."""
    unread = Referral.objects.get(pk=referral_id).offers.filter(state=OfferState.SENT, first_read_at__isnull=True)
    if not unread.exists():
        return
    with transaction.atomic(durable=True):
        referral = locked(referral_id)
        read = [offer.pk for offer in unread.all()]
        if read:
            unread.filter(pk__in=read).update(first_read_at=at)
            record(referral, kind=EventKind.FIRST_READING, by=by, at=at, payload={"offers": read})
