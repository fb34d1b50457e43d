"""Time limits: computed by the rules, stored with all that made them. Only an extension writes a `Limit` itself, many at once."""

from datetime import date, datetime, timedelta

from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext_noop

from vacancies.models import Academy

from ..models import Answer, CampaignRules, HealthRequest, Limit, LimitKind, LimitStatus, Offer, Referral
from ..rules.calendars import closed_in
from ..rules.deadlines import end_of_limit, start_of_filing_limit
from ..rules.rule_sets import Silence
from ..rules.states import State
from .moving import locked, transacting

FILING_RULE = gettext_noop("Dépôt : à compter du dernier de ces jours, licence obtenue, dernier refus, ouverture de la plateforme")


def local_date(referral: Referral, at: datetime) -> date:
    """Return the calendar day of ``at`` in the académie of the licence."""
    assert referral.licence_academy is not None, "a limit needs the académie of the licence"
    return at.astimezone(referral.licence_academy.tz).date()


def computed(*, rules: CampaignRules, academy: Academy, kind: LimitKind, start: date, days: int, rule: str) -> Limit:
    """Return the limit of ``days`` days that starts with the event of ``start``, in the académie's own time. It is not stored."""
    end = end_of_limit(start=start, days=days, franc=rules.franc, zone=academy.tz, closed=closed_in(academy.calendar))
    return Limit(
        kind=kind,
        start=start,
        days=days,
        franc=rules.franc,
        zone=academy.zone,
        calendar=academy.calendar,
        rule=rule,
        last_day=end.last_day,
        ends_at=end.ends_at,
        skipped=[[day.isoformat(), why] for day, why in end.skipped],
    )


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
    """Compute a limit of the referral under its own rules, and store it."""
    academy = referral.licence_academy
    assert academy is not None, "a limit needs the académie of the licence"
    limit = computed(rules=referral.rules, academy=academy, kind=kind, start=start, days=days, rule=rule)
    limit.referral, limit.offer, limit.supersedes = referral, offer, supersedes
    limit.created_at, limit.told_at = at, told_at
    if supersedes is not None:
        settle(supersedes, LimitStatus.SUPERSEDED)
    limit.save(force_insert=True)
    return limit


def resumed(referral: Referral, limit: Limit, *, start: date, told_at: datetime | None, at: datetime) -> Limit:
    """Start ``limit`` again from ``start``, for as many days and by the same rule, in its place."""
    return start_limit(
        referral,
        kind=LimitKind(limit.kind),
        start=start,
        days=limit.days,
        rule=limit.rule,
        at=at,
        offer=limit.offer,
        supersedes=limit,
        told_at=told_at,
    )


def health_stands(referral: Referral) -> bool:
    """Whether the rules of the health branch apply: a favourable opinion, and a request the student keeps to."""
    return HealthRequest.objects.filter(referral=referral, favourable=True, ended_at__isnull=True).exists()


def answer_days(referral: Referral) -> int:
    """Return how many days the student has to answer.

    Under the health branch eight (art. D. 612-36-3-1), but never fewer than the campaign's own: that would harm her, and tell.
    """
    rules = referral.rules
    return max(rules.answer_days, rules.health_days) if health_stands(referral) else rules.answer_days


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


def filing_start(referral: Referral, *, at: datetime) -> date | None:
    """Return the day whose event starts the filing limit; None while the licence is still expected, or its académie unknown.

    It is the latest of the licence, the last refusal and the opening.
    """
    if referral.licence_academy is None or referral.licence_on is None:
        return None
    return start_of_filing_limit(
        licence=referral.licence_on, last_refusal=last_refusal(referral, at=at), opening=referral.campaign.opens_on
    )


def last_refusal(referral: Referral, *, at: datetime) -> date | None:
    """Return the day of the last refusal she states, received or, where silence refuses, implied.

    One still to come starts nothing: the university may yet answer, and a limit once shown would then end earlier.
    """
    academy = referral.licence_academy
    refusing = [Answer.EXPRESS, Answer.IMPLIED] if referral.rules.silence == Silence.REFUSED else [Answer.EXPRESS]
    come = referral.applications.filter(answer__in=refusing, on__lte=timezone.localdate(at, academy.tz if academy else None))
    return come.aggregate(last=Max("on"))["last"]


def refresh_filing_limit(referral: Referral, *, at: datetime) -> None:
    """Bring the filing limit of a draft in line with its facts; days an extension gave stay given."""
    limit, academy, start = filing_limit(referral), referral.licence_academy, filing_start(referral, at=at)
    if academy is None or start is None:
        if limit:
            settle(limit, LimitStatus.CANCELLED)
        return
    if limit and (limit.start, limit.zone, limit.calendar) == (start, academy.zone, academy.calendar):
        return
    start_limit(
        referral,
        kind=LimitKind.FILING,
        start=start,
        days=max(limit.days, referral.rules.filing_days) if limit else referral.rules.filing_days,
        rule=FILING_RULE,
        at=at,
        supersedes=limit,
    )


def close_filing_limits(*, at: datetime) -> None:
    """Mark the filing limits of drafts that ended at ``at`` or before. It ends no draft: she may still file, late.

    Where a university's silence has become a refusal since a limit started, the limit starts anew from there instead.
    """
    for pk in _with_a_new_implied_refusal(at):
        with transacting():
            referral = locked(pk)
            if referral.is_draft:
                refresh_filing_limit(referral, at=at)
    Limit.objects.overdue(at=at).filter(kind=LimitKind.FILING).update(status=LimitStatus.OVER)


def _with_a_new_implied_refusal(at: datetime) -> list[int]:
    """Return the drafts that a silence refuses since their filing limit started, whatever day it is in their académie."""
    stated = Limit.objects.filter(
        kind=LimitKind.FILING,
        status__in=(LimitStatus.LIVE, LimitStatus.OVER),
        referral__state=State.DRAFT,
        referral__rules__silence=Silence.REFUSED,
        referral__applications__answer=Answer.IMPLIED,
        referral__applications__on__gt=F("start"),
        referral__applications__on__lte=(at + timedelta(days=1)).date(),
    )
    return sorted(set(stated.values_list("referral_id", flat=True)))
