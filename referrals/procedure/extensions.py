"""Extensions: one act gives more time to one student, one académie or one region. Ordered, previewed, confirmed, applied at once.

A limit that runs gets more days from the same start, under its own calendar; an answer limit that is over runs again where it
would not have ended by now, with the offers whose seats are still free. Each limit moved is an event of its file.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from vacancies import seats
from vacancies.models import AcademicRegion, Academy, Campaign, Vacancy

from ..models import Event, Extension, Limit, LimitKind, LimitStatus, Offer, Referral, Strand
from ..rules.calendars import closed_in
from ..rules.deadlines import End, end_of_limit
from ..rules.states import MOVES, REVIVES, SEARCHED, Action, Actor, OfferState, State
from ..signals import events_recorded
from .following import follow
from .limits import live_limit, settle
from .moving import By, Refused, locked, moving_locked, next_event, transacting

BATCH = 1000
"""Files written together: each table is asked and written once for so many."""
RUNNING = [state for state, ends in MOVES[Action.EXTEND].leads.items() if state in ends]
"""Where a limit may run, and its extension leaves the file where it is."""
Referrals: TypeAlias = QuerySet[Referral] | list[int]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What an extension does, or would do now.

    moved: kind → limits that go on for longer. reopened: answer limits that were over and run again. gone: the expired offers
    whose seats others have meanwhile. too_short: limits that even with these days would be over by now; they stay as they are.
    """

    moved: dict[str, int]
    reopened: int
    gone: tuple[Offer, ...]
    too_short: int

    @property
    def limits(self) -> int:
        """How many limits change; a mail goes out for each."""
        return sum(self.moved.values()) + self.reopened

    def report(self) -> dict[str, Any]:
        """Return it as numbers and ids."""
        return {
            "moved": self.moved,
            "reopened": self.reopened,
            "gone": [offer.pk for offer in self.gone],
            "too_short": self.too_short,
        }


@dataclass(frozen=True, kw_only=True)
class Revival:
    """An answer limit that is over and may run again; the offers that expired under it, by whether a seat is left for each."""

    limit: Limit
    free: list[Offer]
    gone: list[Offer]


def order_extension(
    *,
    campaign: Campaign,
    days: int,
    ground: str,
    source: str,
    by: By,
    at: datetime,
    referral: Referral | None = None,
    academy: Academy | None = None,
    region: AcademicRegion | None = None,
    kind: str = "",
    expired_since: date | None = None,
) -> Extension:
    """Store an extension for one referral, académie or region. Nothing moves before it is applied.

    Raises Refused: a reach outside the regions of who orders it, or a whole territory where she is not a head.
    """
    if by.actor not in MOVES[Action.EXTEND].actors:
        raise Refused("not_yours", "Cette action ne vous revient pas.")
    if referral is not None:
        if not by.may_touch(referral):
            raise Refused("not_yours", "Cette action ne vous revient pas.")
    else:
        territory = academy.region if academy else region
        if territory is None or territory.pk not in by.scope.regions:
            raise Refused("outside_scope", "Une prolongation ne s’étend pas au-delà de votre région académique.")
        if by.actor != Actor.HEAD:
            raise Refused("head_only", "Prolonger les délais de tout un territoire revient à un chef de service.")
    assert by.user_id is not None, "whoever acts in an office's name has an account"
    return Extension.objects.create(
        campaign=campaign,
        referral=referral,
        academy=academy,
        region=region,
        kind=kind,
        days=days,
        expired_since=expired_since,
        ground=ground,
        source=source,
        ordered_by_id=by.user_id,
        ordered_at=at,
    )


def preview(extension: Extension, *, at: datetime) -> Effect:
    """Return what applying ``extension`` at ``at`` would do. Nothing is locked, so a busy minute may still change it."""
    moved: Counter[str] = Counter()
    too_short = 0
    running = _running(extension, _within(extension)).order_by().values_list("kind", "start", "days", "franc", "zone", "calendar")
    for kind, start, days, franc, zone, calendar, limits in running.annotate(Count("pk")):
        if _end(start, days + extension.days, franc, zone, calendar).ends_at > at:
            moved[kind] += limits
        else:
            too_short += limits
    revivals, lost = _revivals(extension, _within(extension), at=at)
    return _effect(moved, revivals, too_short=too_short + lost)


def confirm_extension(extension_id: int, *, by: By, at: datetime) -> None:
    """Leave an extension to the sweep, which applies it in the next minute. Confirming it again changes nothing.

    Raises Refused for anybody but who ordered it.
    """
    with transacting():
        extension = _locked_for(extension_id, by=by)
        if extension.confirmed_at is None:
            extension.confirmed_at = at
            extension.save(update_fields=["confirmed_at"])


def apply_extension(extension_id: int, *, by: By, at: datetime) -> None:
    """Move every limit within reach and tell every student, in one transaction. Applying it again changes nothing.

    Raises Refused for anybody but who ordered it.
    """
    with transacting():
        extension = _locked_for(extension_id, by=by)
        if extension.applied_at is None:
            _apply(extension, by=by, at=at)


def extend(referral_id: int, *, days: int, ground: str, source: str, by: By, at: datetime) -> Extension:
    """Give one student ``days`` more on each of her limits, those that are over included where that still helps; at once.

    Raises Refused where no limit would move.
    """
    with transacting():
        referral = locked(referral_id)
        opening = referral.campaign.opens_on
        extension = order_extension(
            campaign=referral.campaign,
            referral=referral,
            days=days,
            expired_since=opening,
            ground=ground,
            source=source,
            by=by,
            at=at,
        )
        if referral.state not in MOVES[Action.EXTEND].sources:
            raise Refused("wrong_state", "Cette action n’est plus possible dans l’état actuel du dossier.")
        if not _apply(extension, by=by, at=at).limits:
            raise Refused("nothing_to_extend", "Aucun délai de ce dossier ne court, et aucun ne peut être repris.")
    return extension


def _locked_for(extension_id: int, *, by: By) -> Extension:
    extension = (
        Extension.objects.select_for_update(of=("self",), no_key=True)
        .select_related("academy__region", "region")
        .get(pk=extension_id)
    )
    if extension.ordered_by_id != by.user_id:
        raise Refused("not_yours", "Seul l’auteur d’une prolongation la confirme.")
    return extension


def _apply(extension: Extension, *, by: By, at: datetime) -> Effect:
    """Lock all that is within reach (referrals by id, then vacancies by id), look at it again, write, and keep the report."""
    referrals = _lock(extension)
    revivals, too_short = _revivals(extension, referrals, at=at, locking=True)
    moved: Counter[str] = Counter()
    for first in range(0, len(referrals), BATCH):
        written, left = _move(extension, referrals[first : first + BATCH], by=by, at=at)
        moved.update(limit.kind for limit in written)
        too_short += left
    for revival in revivals:
        if revival.free:
            _take_up(extension, revival, by=by, at=at)
    effect = _effect(moved, revivals, too_short=too_short)
    extension.confirmed_at = extension.confirmed_at or at
    extension.applied_at = at
    extension.report = effect.report()
    extension.save(update_fields=["confirmed_at", "applied_at", "report"])
    return effect


def _lock(extension: Extension) -> list[int]:
    """Lock the referrals whose limits may move, in the order of their ids, and return these."""
    within = _within(extension)
    limits = [_running(extension, within), _over(extension, within)]
    concerned = Q(pk__in=limits[0].values("referral")) | Q(pk__in=limits[1].values("referral"))
    locking = within.filter(concerned).select_for_update(of=("self",), no_key=True)
    return [referral.pk for referral in locking.only("pk").order_by("pk")]


def _effect(moved: Counter[str], revivals: list[Revival], *, too_short: int) -> Effect:
    return Effect(
        moved=dict(moved),
        reopened=sum(bool(revival.free) for revival in revivals),
        gone=tuple(offer for revival in revivals for offer in revival.gone),
        too_short=too_short,
    )


def _within(extension: Extension) -> QuerySet[Referral]:
    """The referrals within reach: the filed ones of the region's office, drafts by the académie of their licence. Never her own."""
    if extension.referral_id:
        place = Q(pk=extension.referral_id)
    elif extension.academy:
        place = Q(licence_academy=extension.academy) & (Q(region=extension.academy.region_id) | Q(state=State.DRAFT))
    else:
        place = Q(region=extension.region_id) | Q(state=State.DRAFT, licence_academy__region=extension.region_id)
    return Referral.objects.filter(place, campaign=extension.campaign_id).exclude(student=extension.ordered_by_id)


def _running(extension: Extension, referrals: Referrals) -> QuerySet[Limit]:
    """The limits that run. A draft's goes on past its end: whether the sweep has already marked it makes no difference."""
    running = Q(status=LimitStatus.LIVE, referral__state__in=RUNNING)
    late_draft = Q(status=LimitStatus.OVER, kind=LimitKind.FILING, referral__state=State.DRAFT)
    return _of_its_kind(extension, referrals).filter(running | late_draft)


def _over(extension: Extension, referrals: Referrals) -> QuerySet[Limit]:
    """The answer limits that were over on ``expired_since`` or later, of files that have not ended."""
    if extension.expired_since is None:
        return Limit.objects.none()
    over = _of_its_kind(extension, referrals).filter(status=LimitStatus.OVER, kind=LimitKind.ANSWER)
    return over.filter(referral__state__in=SEARCHED, last_day__gte=extension.expired_since)


def _of_its_kind(extension: Extension, referrals: Referrals) -> QuerySet[Limit]:
    limits = Limit.objects.filter(referral__in=referrals)
    return limits.filter(kind=extension.kind) if extension.kind else limits


@lru_cache(maxsize=4096)
def _end(start: date, days: int, franc: bool, zone: str, calendar: str) -> End:
    """The limits of a whole territory have few different ends: each is computed once."""
    return end_of_limit(start=start, days=days, franc=franc, zone=ZoneInfo(zone), closed=closed_in(calendar))


def _prolonged(limit: Limit, extension: Extension, *, at: datetime, offer: Offer | None = None) -> Limit:
    """Return, not saved, the limit that takes the place of ``limit``; for ``offer`` alone where one is given.

    What the student was told stays told: only good news follows, and a mail that leaves late must not move the limit again.
    """
    end = _end(limit.start, limit.days + extension.days, limit.franc, limit.zone, limit.calendar)
    longer = Limit(
        referral=limit.referral,
        offer_id=offer.pk if offer else limit.offer_id,
        kind=limit.kind,
        start=limit.start,
        days=limit.days + extension.days,
        franc=limit.franc,
        zone=limit.zone,
        calendar=limit.calendar,
        rule=limit.rule,
        last_day=end.last_day,
        ends_at=end.ends_at,
        skipped=[[day.isoformat(), why] for day, why in end.skipped],
        supersedes=limit,
        extension=extension,
        created_at=at,
        told_at=limit.told_at,
    )
    if longer.ends_at < limit.ends_at:  # its calendar has lost a holiday since: an extension takes no day away
        longer.last_day, longer.ends_at, longer.skipped = limit.last_day, limit.ends_at, limit.skipped
    return longer


def _move(extension: Extension, referrals: list[int], *, by: By, at: datetime) -> tuple[list[Limit], int]:
    """Write the longer limits of these locked referrals, an event for each; each table is asked and written once.

    Return them, and how many limits would be over all the same and were left as they are.
    """
    related = ("student", "rules", "campaign", "region", "licence_academy__region")
    running = _running(extension, referrals).select_related(*(f"referral__{name}" for name in related)).order_by("referral", "pk")
    longer = [_prolonged(limit, extension, at=at) for limit in running]
    written = [limit for limit in longer if limit.ends_at > at]
    Limit.objects.filter(pk__in=[limit.supersedes_id for limit in written]).update(status=LimitStatus.SUPERSEDED)
    Limit.objects.bulk_create(written)
    heads, events = _heads(referrals), []
    for limit in written:
        head, ids = heads.get(limit.referral_id), _ids(limit, limit.supersedes_id)
        event = next_event(limit.referral, head, kind=Action.EXTEND, by=by, at=at, payload=ids, note=extension.ground)
        heads[limit.referral_id] = (event.seq, event.hash)
        events.append(event)
    Event.objects.bulk_create(events)
    follow({limit.referral_id: limit.referral for limit in written}.values())
    events_recorded.send(sender=Event, events=events)
    return written, len(longer) - len(written)


def _ids(limit: Limit, former_id: int | None) -> dict[str, Any]:
    return {"limit": limit.pk, "supersedes": former_id, "extension": limit.extension_id}


def _heads(referrals: list[int]) -> dict[int, tuple[int, str]]:
    """Return the rank and the hash of the last event of each referral."""
    events = (
        Event.objects.filter(referral__in=referrals, strand=Strand.CASE).order_by("referral_id", "-seq").distinct("referral_id")
    )
    return {referral_id: (seq, hash) for referral_id, seq, hash in events.values_list("referral_id", "seq", "hash")}


def _revivals(extension: Extension, referrals: Referrals, *, at: datetime, locking: bool = False) -> tuple[list[Revival], int]:
    """Return the limits that are over and may run again, and how many would be over all the same.

    A seat wanted by two goes to the one whom it was offered first. locking: lock the vacancies, by id, before counting.
    """
    over = list(_over(extension, referrals).order_by("referral", "pk"))
    again = [
        limit
        for limit in over
        if _end(limit.start, limit.days + extension.days, limit.franc, limit.zone, limit.calendar).ends_at > at
    ]
    expired = _expired_under(again)
    offers = sorted((offer for under in expired.values() for offer in under), key=lambda offer: (offer.sent_at, offer.pk))
    vacancies = Vacancy.objects.filter(pk__in={offer.vacancy_id for offer in offers}).order_by("pk")
    left = {vacancy.pk: vacancy.free for vacancy in (vacancies.select_for_update(no_key=True) if locking else vacancies)}
    seated = set()
    for offer in offers:
        if left[offer.vacancy_id]:
            left[offer.vacancy_id] -= 1
            seated.add(offer)
    revivals = [
        Revival(
            limit=limit,
            free=[offer for offer in expired[limit.pk] if offer in seated],
            gone=[offer for offer in expired[limit.pk] if offer not in seated],
        )
        for limit in again
    ]
    return revivals, len(over) - len(again)


def _expired_under(limits: list[Limit]) -> dict[int, list[Offer]]:
    """Return, by limit, the offers that expired under it, as the history says; not those of a seat proposed again since."""
    expiries = Event.objects.filter(referral__in=[limit.referral_id for limit in limits], kind=Action.EXPIRE).order_by("seq")
    limit_of = {offer: ids["limit"] for ids in expiries.values_list("payload", flat=True) for offer in ids["offers"]}
    again = Offer.objects.filter(referral=OuterRef("referral"), vacancy=OuterRef("vacancy"), pk__gt=OuterRef("pk"))
    offers = Offer.objects.filter(~Exists(again), pk__in=limit_of, state=OfferState.EXPIRED)
    found = defaultdict(list)
    for offer in offers.select_related("referral", "vacancy__programme__mention", "vacancy__programme__institution").order_by("pk"):
        found[limit_of[offer.pk]].append(offer)
    return found


def _take_up(extension: Extension, revival: Revival, *, by: By, at: datetime) -> None:
    """Put the offers whose seats are free on the table again, under a limit that goes on from the one that was over.

    It is common to them where the file waits for an answer again and no other common one runs; else each has its own.
    """
    limit = revival.limit
    referral = locked(limit.referral_id)
    answering = referral.state in (State.EXHAUSTED, State.OFFERED)
    together = answering and limit.offer_id is None and live_limit(referral, LimitKind.ANSWER) is None
    groups: list[tuple[Offer | None, list[Offer]]] = [(None, revival.free)] if together else [(own, [own]) for own in revival.free]
    settle(limit, LimitStatus.SUPERSEDED)
    for rank, (own, offers) in enumerate(groups):
        with moving_locked(Action.EXTEND, referral=referral, by=by, at=at) as step:
            longer = _prolonged(limit, extension, at=at, offer=own)
            longer.supersedes = None if rank else limit  # of several that go on from one, the first takes its place
            longer.save()
            for offer in offers:
                _hold_again(offer, by=by, at=at)
            step.payload |= _ids(longer, limit.pk) | {"revived": [offer.pk for offer in offers]}
            step.note = extension.ground


def _hold_again(offer: Offer, *, by: By, at: datetime) -> None:
    """Take a new hold on the offer's seat; its vacancy is locked, and has one left."""
    offer.hold = uuid4()
    seats.hold(vacancy_id=offer.vacancy_id, holder=offer.hold, by=by.in_ledger, at=at)
    (offer.state,) = REVIVES[Action.EXTEND].leads[OfferState(offer.state)]
    offer.save()
