"""Chasers: once a week at most, in the daytime of its académie and while the campaign is open, an institution is asked to confirm
the seats whose declaration is no longer valid, and to declare those of which it never said anything.

After a merger the institution that stands is written to, for all that has become it.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, QuerySet

from referrals.answering import declarants
from referrals.models import Post, Role, User
from referrals.models.people import ACTOR_OF_ROLE
from vacancies.mergers import stands, successors
from vacancies.models import AcademicRegion, Campaign, Institution, Programme, Vacancy

from . import facts, outbox
from .models import Audience, Message
from .reminders import is_daytime
from .writing import compose

TEMPLATE = "declarations_due"
LISTED = 20
"""Beyond, a mail is not read any more: it says how many others there are."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Chaser:
    """An institution to write to in one week of a campaign.

    members: the codes of all that has become it, its own included. today: in its académie.
    """

    campaign: Campaign
    institution: Institution
    members: frozenset[str]
    today: date

    @property
    def key(self) -> str:
        """What is written once: campaign, week and institution; the address completes the key of each mail."""
        year, week, _ = self.today.isocalendar()
        return f"declare:{self.campaign.pk}:{year}-W{week:02d}:{self.institution.pk}"

    @property
    def until(self) -> date:
        """The last day to answer: the week's, or the campaign's."""
        return min(self.today + timedelta(days=7 - self.today.isoweekday()), self.campaign.search_until)

    def stale(self) -> QuerySet[Vacancy]:
        """The seats to confirm, the longest out of date first."""
        found = Vacancy.objects.stale(on=self.today).filter(campaign=self.campaign, programme__institution__in=self.members)
        return found.select_related("programme__mention", "programme__institution").order_by(
            "valid_until", "programme__mention__normalised", "programme__track", "pk"
        )

    def undeclared(self) -> QuerySet[Programme]:
        return never_declared(self.campaign).filter(institution__in=self.members)


def never_declared(campaign: Campaign) -> QuerySet[Programme]:
    """Return the programmes of which no institution has said anything in the campaign, those out of the catalogue excepted."""
    declared = Vacancy.objects.filter(campaign=campaign, programme=OuterRef("pk"), declared_on__isnull=False)
    return Programme.objects.filter(~Exists(declared), withdrawn=False)


def due(*, at: datetime) -> list[Chaser]:
    """Return whom to write to at ``at``: where it is day, who has something to hear, and has not been written to this week."""
    standing = Institution.objects.filter(successor__isnull=True).select_related("academy__region").order_by("pk")
    awake = [institution for institution in standing if is_daytime(institution.academy.tz, at=at)]
    after = successors()
    members: dict[str, set[str]] = defaultdict(set)
    for former in after:
        members[stands(former, after)].add(former)
    around = Campaign.objects.filter(opens_on__lte=(at + A_DAY).date(), search_until__gte=(at - A_DAY).date())
    chasers = [
        Chaser(
            campaign=campaign,
            institution=institution,
            members=frozenset({institution.pk} | members[institution.pk]),
            today=at.astimezone(institution.academy.tz).date(),
        )
        for campaign in around.order_by("pk")
        for institution in awake
    ]
    in_time = [chaser for chaser in chasers if chaser.campaign.opens_on <= chaser.today <= chaser.campaign.search_until]
    return _not_written(_with_something_to_hear(in_time))


def _with_something_to_hear(chasers: list[Chaser]) -> list[Chaser]:
    """Keep those with seats to confirm or to declare; two questions for each campaign, however many institutions."""
    found = []
    for campaign in dict.fromkeys(chaser.campaign for chaser in chasers):
        theirs = [chaser for chaser in chasers if chaser.campaign == campaign]
        stale = Vacancy.objects.stale(on=max(chaser.today for chaser in theirs)).filter(campaign=campaign)
        ended = dict(stale.values_list("programme__institution").annotate(Min("valid_until")))
        silent = set(never_declared(campaign).values_list("institution", flat=True).distinct())
        for chaser in theirs:
            out_of_date = any(ended.get(uai, chaser.today) < chaser.today for uai in chaser.members)
            if out_of_date or not silent.isdisjoint(chaser.members):
                found.append(chaser)
    return found


def _not_written(chasers: list[Chaser]) -> list[Chaser]:
    written = set()
    for week in {chaser.key.rpartition(":")[0] for chaser in chasers}:
        keys = Message.objects.filter(key__startswith=f"{week}:").values_list("key", flat=True)
        written |= {":".join(key.split(":")[:4]) for key in keys}
    return [chaser for chaser in chasers if chaser.key not in written]


def chase(chaser: Chaser, *, at: datetime) -> None:
    """Write to everybody who answers for the institution's seats; a second call writes no second mail.

    To its accounts, or where it has none to the contacts it gave: these are asked to write back to the rectorate.
    Nobody is written to where there is nothing to say. The mail is stale when the week, or the campaign, is over.
    """
    stale, undeclared = list(chaser.stale()), chaser.undeclared().count()
    accounts = declarants(chaser.members, on=chaser.today)
    addresses = accounts or contacts(chaser)
    if not addresses or not (stale or undeclared):
        return
    region = chaser.institution.academy.region
    answers = answering(region, on=chaser.today)
    known = {
        "campaign": chaser.campaign,
        "institution": chaser.institution,
        "region": region,
        "stale": stale,
        "listed": stale[:LISTED],
        "others": len(stale[LISTED:]),
        "undeclared": undeclared,
        "until": chaser.until,
        "again": chaser.until < chaser.campaign.search_until,
        "has_account": bool(accounts),
        "answers": answers,
        "declare_url": facts.address("institution:list"),
    }
    _post(chaser, addresses, known=known, reply_to=answers.email if answers else "", at=at)


def _post(chaser: Chaser, addresses: list[str], *, known: dict[str, object], reply_to: str, at: datetime) -> None:
    words = compose(TEMPLATE, known)
    over = datetime.combine(chaser.until + A_DAY, time(), chaser.institution.academy.tz)
    with transaction.atomic():
        outbox.post(
            Message(
                key=f"{chaser.key}:{to}"[:200],
                template=TEMPLATE,
                audience=Audience.DECLARANT,
                to=to,
                reply_to=reply_to,
                subject=words.subject,
                text=words.text,
                html=words.html,
                created_at=at,
                next_attempt_at=at,
                not_after=over,
            )
            for to in addresses
        )


def contacts(chaser: Chaser) -> list[str]:
    """Return the addresses that the institution gave with its seats of the campaign, each once."""
    given = Vacancy.objects.filter(campaign=chaser.campaign, programme__institution__in=chaser.members).exclude(contact_email="")
    return sorted({address.lower() for address in given.values_list("contact_email", flat=True)})


def answering(region: AcademicRegion, *, on: date) -> User | None:
    """Return who reads in the rectorate what an institution answers: a head that day, else a caseworker; None for no office."""
    held = Post.objects.on(on).filter(role__in=ACTOR_OF_ROLE, regions=region, user__is_active=True).select_related("user")
    first = min(held, key=lambda post: (post.role != Role.HEAD, post.pk), default=None)
    return first.user if first else None
