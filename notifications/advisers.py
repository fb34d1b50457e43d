"""Advisers are told of the students who are about to miss a limit: one mail a day at most to each, with numbers and never a name.

It is written in the daytime of the institution's académie, on a working day, while something that her students owe, or a draft
shared with her, ends within two working days. Who it is, the adviser reads after she has signed in.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db.models import Q

from referrals.models import Limit, LimitKind, Post, Referral, Role, User
from referrals.rules.states import State
from vacancies.models import Academy

from . import facts
from .consultations import Day, day_in, post
from .models import Audience, Message

TEMPLATE = "adviser_limits"
KEYS = "adviser:"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """What one adviser is told of: how many students must answer, must send documents, and how many shared drafts must be filed."""

    adviser: User
    day: Day
    near: Counter[LimitKind]

    @property
    def key(self) -> str:
        return key_of(self.adviser, self.day)


def key_of(adviser: User, day: Day) -> str:
    """Return what is written once: the day, and the address."""
    return f"{KEYS}{day.today}:{adviser.email}"[:200]


def due(*, at: datetime) -> list[Alert]:
    """Return the advisers to write to at ``at``: where people are at work, of what ends soon, who were not written to today."""
    at_work = _at_work(at=at)
    keys = [key_of(adviser, day) for adviser, day in at_work]
    written = set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
    found = (
        Alert(adviser=adviser, day=day, near=students_near(adviser, at=at, until=day.near))
        for adviser, day in at_work
        if key_of(adviser, day) not in written
    )
    return [alert for alert in found if alert.near]


def _at_work(*, at: datetime) -> list[tuple[User, Day]]:
    """Return each adviser of today that a mail can reach and who is at work at this hour, with her day."""
    in_academy = cache(lambda academy: day_in(academy, at=at))
    posts = Post.objects.on(at.date()).filter(role=Role.ADVISER, user__is_active=True).order_by("user", "pk")
    academies: dict[User, Academy] = {}
    for held in posts.select_related("user", "institution__academy"):
        academies.setdefault(held.user, held.institution.academy)
    days = ((adviser, in_academy(academy)) for adviser, academy in academies.items() if adviser.has_address)
    return [(adviser, day) for adviser, day in days if day.working]


def students_near(adviser: User, *, at: datetime, until: datetime) -> Counter[LimitKind]:
    """Return how many of the students open to ``adviser`` owe something that ends by ``until``, by the kind of the limit.

    An answer is owed while an offer waits for it; documents while they are asked for; a draft, while it is one. What the student
    has not been told of yet will move.
    """
    told = Q(kind=LimitKind.FILING) | Q(told_at__isnull=False)
    opened = Referral.objects.open_to_adviser(adviser)
    running = Limit.objects.live().filter(told, referral__in=opened, ends_at__gt=at, ends_at__lte=until)
    owed = {(limit.referral_id, LimitKind(limit.kind)) for limit in _owed(list(running.select_related("referral")))}
    return Counter(kind for _, kind in owed)


def _owed(limits: list[Limit]) -> list[Limit]:
    waiting = facts.offers_under([limit for limit in limits if limit.kind == LimitKind.ANSWER])
    owed = {
        LimitKind.ANSWER: lambda limit: bool(waiting[limit.pk]),
        LimitKind.SUPPLY: lambda limit: limit.referral.state == State.INCOMPLETE,
        LimitKind.FILING: lambda limit: limit.referral.is_draft,
    }
    return [limit for limit in limits if owed[LimitKind(limit.kind)](limit)]


def tell(alert: Alert, *, at: datetime) -> None:
    """Write the adviser's mail of the day; a second call writes no second one. It is stale when the next one may be written."""
    known = {
        "adviser": alert.adviser,
        "answers": alert.near[LimitKind.ANSWER],
        "supplies": alert.near[LimitKind.SUPPLY],
        "filings": alert.near[LimitKind.FILING],
        "soon_url": f"{facts.address('adviser:list')}?bientot=on",
        "count": alert.near.total(),
        "last_day": (alert.day.near - timedelta(seconds=1)).astimezone(alert.day.again.tzinfo).date(),
    }
    post(
        key=alert.key,
        template=TEMPLATE,
        audience=Audience.ADVISER,
        to=alert.adviser.email,
        known=known,
        at=at,
        not_after=alert.day.again,
    )
