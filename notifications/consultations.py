"""Requests to institutions: one mail a day at most to each address, with all that waits for its answer.

It is written in the daytime of the programme's académie, on a working day, when there is something new to say or something
that must be answered within two working days. After a merger whoever answers for the institution that stands is written to.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property

from django.db import transaction
from django.db.models import Max, Q

from referrals.answering import Answering
from referrals.models import Offer
from referrals.rules.calendars import closed_in
from referrals.rules.deadlines import end_of_working_days
from referrals.rules.states import OfferState
from vacancies.models import AcademicRegion, Academy

from . import facts, outbox
from .chasers import A_DAY, answering
from .models import Audience, Fate, Message
from .reminders import FROM_HOUR, is_daytime
from .writing import compose

TEMPLATE = "institution_requests"
KEYS = "consult:"
REMINDED_DAYS = 2
"""Working days before the end of a request in which each day's mail speaks of it."""
LISTED = 40
"""Beyond, a mail is not read any more: it says how many others there are."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day in an académie. today: there. working: whether people are at work at this hour.

    near: what ends by then must be answered within two working days. again: the first hour of the next working day.
    """

    today: date
    working: bool
    near: datetime
    again: datetime


def day_in(academy: Academy, *, at: datetime) -> Day:
    closed = closed_in(academy.calendar)
    today = at.astimezone(academy.tz).date()
    following = today + A_DAY
    while closed(following):
        following += A_DAY
    return Day(
        today=today,
        working=is_daytime(academy.tz, at=at) and not closed(today),
        near=end_of_working_days(start=today, days=REMINDED_DAYS, zone=academy.tz, closed=closed),
        again=datetime.combine(following, time(FROM_HOUR), academy.tz),
    )


@dataclass(frozen=True, kw_only=True)
class Request:
    """What one address is asked. fresh: it was not told of it yet. hers: it is that of an account which sees it after sign-in."""

    offer: Offer
    day: Day
    fresh: bool
    hers: bool

    @property
    def near(self) -> bool:
        return self.offer.held_until <= self.day.near

    @property
    def calls(self) -> bool:
        """Whether it makes the mail be written now."""
        return self.day.working and (self.fresh or self.near)


@dataclass(frozen=True, kw_only=True)
class Digest:
    """All that waits for one address: what must be answered first comes first."""

    to: str
    requests: tuple[Request, ...]

    @cached_property
    def first(self) -> Request | None:
        """The first request that makes it be written; None where nothing does."""
        return next((request for request in self.requests if request.calls), None)

    @property
    def key(self) -> str:
        """What is written once: the day, and the address."""
        assert self.first is not None
        return f"{KEYS}{self.first.day.today}:{self.to}"[:200]

    @property
    def region(self) -> AcademicRegion:
        """The rectorate that asks; where several do, the one that the first programme's institution knows."""
        assert self.first is not None
        asking = {request.offer.referral.region for request in self.requests}
        return asking.pop() if len(asking) == 1 else self.first.offer.vacancy.programme.academy.region


def due(*, at: datetime) -> list[Digest]:
    """Return whom to write to at ``at``: who has something to hear, where people are at work, and was not written to today."""
    waiting = Offer.objects.filter(state=OfferState.CONSULTING, held_until__gt=at).select_related(
        "vacancy__programme__mention",
        "vacancy__programme__institution",
        "vacancy__programme__academy__region",
        "referral__region",
        "referral__licence_mention",
        "referral__licence_institution",
    )
    digests = [digest for digest in _by_address(waiting.order_by("held_until", "pk"), at=at) if digest.first]
    written = set(Message.objects.filter(key__in=[digest.key for digest in digests]).values_list("key", flat=True))
    return [digest for digest in digests if digest.key not in written]


def _by_address(waiting: Iterable[Offer], *, at: datetime) -> list[Digest]:
    in_academy: Callable[[Academy], Day] = cache(lambda academy: day_in(academy, at=at))
    answers_on: Callable[[date], Answering] = cache(lambda today: Answering(on=today))
    told = told_until(KEYS, at=at)
    asked: dict[str, list[Request]] = defaultdict(list)
    for offer in waiting:
        day = in_academy(offer.vacancy.programme.academy)
        answers = answers_on(day.today)
        for to in answers.may_answer(offer):
            known = to in told and offer.consulted_at <= told[to]
            # A colleague has had a mail of her own about what is left to her.
            fresh = not known and to != offer.delegated_to.lower()
            asked[to].append(Request(offer=offer, day=day, fresh=fresh, hers=to in answers.accounts(offer)))
    return [Digest(to=to, requests=tuple(sorted(requests, key=lambda one: not one.near))) for to, requests in sorted(asked.items())]


def told_until(keys: str, *, at: datetime) -> dict[str, datetime]:
    """Return, by address, when the last mail whose key starts with ``keys`` was written that left, or that still may."""
    may_leave = Q(fate=Fate.SENT) | Q(fate=Fate.PENDING, not_after__gt=at)
    return dict(Message.objects.filter(may_leave, key__startswith=keys).order_by().values_list("to").annotate(Max("created_at")))


def ask(digest: Digest, *, at: datetime) -> None:
    """Write the mail of the day; a second call writes no second one. It is stale when the next one may be written."""
    first = digest.first
    assert first is not None
    near = [request.offer for request in digest.requests if request.near]
    listed = [request.offer for request in digest.requests[:LISTED]]
    answers = answering(digest.region, on=first.day.today)
    known = {
        "region": digest.region,
        "several": len({request.offer.referral.region_id for request in digest.requests}) > 1,
        "count": len(digest.requests),
        "near": len(near),
        "first_day": min((last_day(offer) for offer in near), default=None),
        "to_hurry": [offer for offer in listed if offer in near],
        "to_come": [offer for offer in listed if offer not in near],
        "others": len(digest.requests) - len(listed),
        "has_account": any(request.hers for request in digest.requests),
        "answers": answers,
        "queue_url": facts.address("institution:requests"),
    }
    post(
        key=digest.key,
        template=TEMPLATE,
        audience=Audience.CONSULTED,
        to=digest.to,
        known=known,
        reply_to=answers.email if answers else "",
        at=at,
        not_after=first.day.again,
    )


def last_day(offer: Offer) -> date:
    """Return the last day on which its institution can still answer in time, where it teaches."""
    return (offer.held_until - timedelta(seconds=1)).astimezone(offer.vacancy.programme.academy.tz).date()


def post(
    *,
    key: str,
    template: str,
    audience: Audience,
    to: str,
    known: dict[str, object],
    at: datetime,
    not_after: datetime,
    reply_to: str = "",
) -> None:
    """Write one mail that concerns no single referral; where its key is written already, nothing."""
    words = compose(template, known)
    message = Message(
        key=key,
        template=template,
        audience=audience,
        to=to,
        reply_to=reply_to,
        subject=words.subject,
        text=words.text,
        html=words.html,
        created_at=at,
        next_attempt_at=at,
        not_after=not_after,
    )
    with transaction.atomic():
        outbox.post([message])
