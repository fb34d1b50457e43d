"""When the student was told: each mail's fate and each first reading are events, and a late mail moves the limit it announces."""

from datetime import date, datetime

from ..models import EventKind, Limit, LimitKind, LimitStatus, Referral, Strand
from ..rules.states import Action, OfferState
from .limits import local_date, resumed
from .moving import CLOCK, By, Refused, locked, moving, record, transacting


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
    strand: Strand = Strand.CASE,
) -> None:
    """Write into the history that a mail left at ``at``, or did not. The limit it announces starts that day, not before."""
    kind = EventKind.MAIL_SENT if left else EventKind.MAIL_FAILED
    with transacting():
        referral = locked(referral_id)
        if referral.events.filter(kind=kind, at=at, payload__message=message_id).exists():
            return
        note = subject if left else f"{subject} : {reason}"
        ids = {"message": message_id, "to_student": to_student}
        record(referral, kind=kind, by=CLOCK, at=at, payload=ids, note=note, strand=strand)
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
    moved = resumed(referral, limit, start=left_on, told_at=at, at=at)
    record(referral, kind=EventKind.MOVE_LIMIT, by=CLOCK, at=at, payload={"limit": moved.pk, "supersedes": limit.pk})


def record_first_reading(referral_id: int, *, by: By, at: datetime) -> None:
    """Note the first time the student sees the offers on the table; reading them again is no event."""
    unread = Referral.objects.get(pk=referral_id).offers.filter(state=OfferState.SENT, first_read_at__isnull=True)
    if not unread.exists():
        return
    with transacting():
        referral = locked(referral_id)
        read = [offer.pk for offer in unread.all()]
        if read:
            unread.filter(pk__in=read).update(first_read_at=at)
            record(referral, kind=EventKind.FIRST_READING, by=by, at=at, payload={"offers": read})


def restart_limit(referral_id: int, *, limit_id: int, start: date, ground: str, by: By, at: datetime) -> None:
    """A proved failure to tell the student moves a running limit: it starts again on the local day she was really told.

    Raises Refused: a limit that does not run, a day to come, or one that would give her less time.
    """
    with moving(Action.RESTART_LIMIT, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        limit = referral.limits.live().exclude(kind=LimitKind.FILING).filter(pk=limit_id).first()
        if limit is None:
            raise Refused("not_running", "Ce délai ne court pas, ou plus.")
        if start > local_date(referral, at):
            raise Refused("start_to_come", "Le point de départ du délai est dans l’avenir.")
        if start < limit.start or (start == limit.start and limit.told_at is not None):
            raise Refused("not_later", "Ce point de départ ne laisserait pas plus de temps à l’étudiant.")
        moved = resumed(referral, limit, start=start, told_at=at, at=at)
        step.payload |= {"limit": moved.pk, "supersedes": limit.pk}
        step.note = ground
