"""Time limits: computed by the rules, stored with all that made them. No one else writes a `Limit`."""

from datetime import date, datetime

from ..models import Limit, LimitKind, LimitStatus, Offer, Referral
from ..rules.calendars import closed_in
from ..rules.deadlines import end_of_limit, start_of_filing_limit


def local_date(referral: Referral, at: datetime) -> date:
    """Return the calendar day of ``at`` in the académie of the licence."""
    assert referral.licence_academy is not None, "a limit needs the académie of the licence"
    return at.astimezone(referral.licence_academy.tz).date()


def start_limit(
    referral: Referral,
    *,
    kind: LimitKind,
    start: date,
    days: int,
    rule: str,
    at: datetime,
    offer: Offer | None = None,
    supersedes: Limit | None = None,
    told_at: datetime | None = None,
) -> Limit:
    """Compute and store the limit of ``days`` days that starts with the event of ``start``, in the académie's own time."""
    academy = referral.licence_academy
    assert academy is not None, "a limit needs the académie of the licence"
    end = end_of_limit(start=start, days=days, franc=referral.rules.franc, zone=academy.tz, closed=closed_in(academy.calendar))
    if supersedes is not None:
        settle(supersedes, LimitStatus.SUPERSEDED)
    return Limit.objects.create(
        referral=referral,
        offer=offer,
        kind=kind,
        start=start,
        days=days,
        franc=referral.rules.franc,
        zone=academy.zone,
        calendar=academy.calendar,
        rule=rule,
        last_day=end.last_day,
        ends_at=end.ends_at,
        skipped=[[day.isoformat(), why] for day, why in end.skipped],
        supersedes=supersedes,
        created_at=at,
        told_at=told_at,
    )


def settle(limit: Limit, status: LimitStatus) -> None:
    """End a live limit: it was met, it is over, it was superseded or cancelled."""
    limit.status = status
    limit.save(update_fields=["status"])


def live_limit(referral: Referral, kind: LimitKind, offer: Offer | None = None) -> Limit | None:
    """Return the live limit of this kind: the one of ``offer`` alone, else the one common to the referral."""
    return referral.limits.live().filter(kind=kind, offer=offer).first()


def answer_limit(referral: Referral, offer: Offer) -> Limit | None:
    """Return the limit that governs the answer to ``offer``; None while its clock has not started."""
    return live_limit(referral, LimitKind.ANSWER, offer) or live_limit(referral, LimitKind.ANSWER)


def filing_limit(referral: Referral) -> Limit | None:
    """Return the filing limit of a draft, running or over; None where none can be computed."""
    return referral.limits.filter(kind=LimitKind.FILING, status__in=(LimitStatus.LIVE, LimitStatus.OVER)).last()


def refresh_filing_limit(referral: Referral, *, at: datetime) -> None:
    """Bring the filing limit of a draft in line with its facts.

    It starts with the latest of the licence, the last refusal and the opening. While the licence is still expected, or its
    académie unknown, none runs.
    """
    limit, academy = filing_limit(referral), referral.licence_academy
    if academy is None or referral.licence_on is None:
        if limit:
            settle(limit, LimitStatus.CANCELLED)
        return
    last_refusal = referral.refusals.order_by("-on").values_list("on", flat=True).first()
    start = start_of_filing_limit(licence=referral.licence_on, last_refusal=last_refusal, opening=referral.campaign.opens_on)
    if limit and (limit.start, limit.zone, limit.calendar) == (start, academy.zone, academy.calendar):
        return
    start_limit(
        referral,
        kind=LimitKind.FILING,
        start=start,
        days=referral.rules.filing_days,
        rule="Dépôt : à compter du dernier de ces jours, licence obtenue, dernier refus, ouverture de la plateforme",
        at=at,
        supersedes=limit,
    )


def close_filing_limits(*, at: datetime) -> None:
    """Mark the filing limits of drafts that ended at ``at`` or before. It ends no draft: she may still file, late."""
    Limit.objects.overdue(at=at).filter(kind=LimitKind.FILING).update(status=LimitStatus.OVER)
