"""Silent institutions: one mail a day at most to each head of a region, with the requests that lapsed since the last one."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from referrals.answering import Answering
from referrals.models import Event, Offer, Post, Role, User
from referrals.rules.states import Action, OfferState
from vacancies.mergers import stands, successors
from vacancies.models import AcademicRegion, Institution

from . import facts
from .consultations import Day, day_in, post, told_until
from .models import Audience, Message

TEMPLATE = "head_silent_institutions"
KEYS = "silence:"
LOOKS_BACK = timedelta(days=7)
"""How far back the first mail to a head goes."""
INSTITUTIONS_LISTED, SEATS_LISTED = 20, 10
"""Beyond, a mail is not read any more: it says how many others there are."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What one head is told of: the requests of her regions that lapsed, and that nobody has answered since."""

    head: User
    regions: tuple[AcademicRegion, ...]
    day: Day
    offers: tuple[Offer, ...]

    @property
    def key(self) -> str:
        return f"{KEYS}{self.day.today}:{self.head.email}"[:200]


@dataclass(frozen=True, kw_only=True)
class Silent:
    """One institution's silences. answered: how many of the region's requests it has answered in the campaign, among ``asked``."""

    institution: Institution
    offers: list[Offer]
    answered: int
    asked: int
    contacts: list[str]

    @property
    def listed(self) -> list[Offer]:
        return self.offers[:SEATS_LISTED]

    @property
    def others(self) -> int:
        return len(self.offers) - len(self.listed)


def due(*, at: datetime) -> list[Report]:
    """Return the heads to write to at ``at``: where people are at work, of what they were not told of yet."""
    regions_of = _heads(at=at)
    told = told_until(KEYS, at=at)
    since = {head: told.get(head.email, at - LOOKS_BACK) for head in regions_of}
    lapsed = _lapsed(since=min(since.values(), default=at), at=at)
    found = []
    for head, regions in regions_of.items():
        codes = {region.pk for region in regions}
        offers = tuple(offer for when, offer in lapsed if when > since[head] and offer.referral.region_id in codes)
        academy = next((academy for region in regions for academy in region.academies.all()), None)
        if offers and academy and (day := day_in(academy, at=at)).working:
            found.append(Report(head=head, regions=tuple(regions), day=day, offers=offers))
    written = set(Message.objects.filter(key__in=[report.key for report in found]).values_list("key", flat=True))
    return [report for report in found if report.key not in written]


def _heads(*, at: datetime) -> dict[User, list[AcademicRegion]]:
    """Return the regions of each head of today, in the order of their codes."""
    posts = Post.objects.on(at.date()).filter(role=Role.HEAD, user__is_active=True).select_related("user").order_by("pk")
    found: dict[User, dict[str, AcademicRegion]] = defaultdict(dict)
    for held in posts.prefetch_related("regions__academies"):
        found[held.user] |= {region.pk: region for region in held.regions.all()}
    return {head: [regions[code] for code in sorted(regions)] for head, regions in found.items()}


def _lapsed(*, since: datetime, at: datetime) -> list[tuple[datetime, Offer]]:
    """Return the offers of which the consultation lapsed after ``since``, and that are still without answer, in that order."""
    events = Event.objects.filter(kind=Action.LAPSE_CONSULTATION, at__gt=since, at__lte=at).order_by("at", "pk")
    when = dict(events.values_list("payload__offer", "at"))
    silent = Offer.objects.filter(pk__in=when, state=OfferState.UNANSWERED).select_related(
        "referral", "vacancy__programme__mention", "vacancy__programme__institution", "vacancy__programme__academy"
    )
    offers = {offer.pk: offer for offer in silent}
    return [(at, offers[pk]) for pk, at in when.items() if pk in offers]


def silent_institutions(report: Report) -> list[Silent]:
    """Return the institutions that stand, those that left most requests without answer first."""
    after = successors()
    answering = Answering(on=report.day.today)
    by_institution: dict[str, list[Offer]] = defaultdict(list)
    for offer in report.offers:
        by_institution[stands(offer.vacancy.programme.institution_id, after)].append(offer)
    answered, asked = _answers(report)
    standing = Institution.objects.in_bulk(by_institution)
    silent = [
        Silent(
            institution=standing[uai],
            offers=offers,
            answered=sum(answered[member] for member in answered if stands(member, after) == uai),
            asked=sum(asked[member] for member in asked if stands(member, after) == uai),
            contacts=sorted({address for offer in offers for address in answering.may_answer(offer)}),
        )
        for uai, offers in by_institution.items()
    ]
    return sorted(silent, key=lambda one: (-len(one.offers), one.institution.name))


def _answers(report: Report) -> tuple[Counter[str], Counter[str]]:
    """Return, by institution, how many of the regions' requests of these campaigns it has answered, and let lapse or answered."""
    said = Q(agreed_on__isnull=False) | Q(state=OfferState.REFUSED)
    campaigns: Collection[str] = {offer.referral.campaign_id for offer in report.offers}
    asked = Offer.objects.filter(
        said | Q(state=OfferState.UNANSWERED),
        standing__isnull=True,
        referral__campaign__in=campaigns,
        referral__region__in=report.regions,
    )
    rows = asked.order_by().values_list("vacancy__programme__institution").annotate(Count("pk"), Count("pk", filter=said))
    answered: Counter[str] = Counter()
    in_all: Counter[str] = Counter()
    for uai, all_of_it, with_answer in rows:
        in_all[uai], answered[uai] = all_of_it, with_answer
    return answered, in_all


def tell(report: Report, *, at: datetime) -> None:
    """Write the head's mail of the day; a second call writes no second one. It is stale when the next one may be written."""
    silent = silent_institutions(report)
    known = {
        "head": report.head,
        "region": report.regions[0],
        "count": len(report.offers),
        "silent": silent[:INSTITUTIONS_LISTED],
        "institutions": len(silent),
        "others": len(silent[INSTITUTIONS_LISTED:]),
        "desk_url": facts.address("admin:index"),
    }
    post(
        key=report.key,
        template=TEMPLATE,
        audience=Audience.ESCALATED,
        to=report.head.email,
        known=known,
        at=at,
        not_after=report.day.again,
    )
