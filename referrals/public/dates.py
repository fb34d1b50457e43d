"""The dates of the campaign, académie by académie: on whose clock it opens and ends, and which days move a limit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from vacancies.models import Academy

from ..current import current_rules, next_rules
from ..models import CampaignRules, Limit, LimitKind, Referral
from ..procedure.limits import FILING_RULE, computed
from ..rules.calendars import legal_days
from ..templatetags.instants import PARIS


@dataclass(frozen=True, kw_only=True)
class Dates:
    """A campaign as the académies of one clock live it, for which the same days of it are closed.

    opens_at: the first instant at which a referral can be filed. filing: the limit of those who have their licence and every
    refusal by then: no other filing limit ends earlier. search_ends_at: the first instant that is too late for an offer.
    closed: the legal days from the opening to the end of the last answer limit, each with its name.
    """

    academies: tuple[Academy, ...]
    opens_at: datetime
    filing: Limit
    search_ends_at: datetime
    closed: tuple[tuple[date, str], ...]

    @property
    def zone(self) -> str:
        return self.filing.zone

    @property
    def away(self) -> bool:
        """Whether its clock does not show Paris time."""
        return self.zone != PARIS


def dates_of(rules: CampaignRules, academies: Iterable[Academy]) -> list[Dates]:
    """Return the dates of the campaign of ``rules``, those that most académies share first."""
    campaign, alike = rules.campaign, defaultdict[tuple[Any, ...], list[Academy]](list)
    for academy in academies:
        last_answer = computed(
            rules=rules, academy=academy, kind=LimitKind.ANSWER, start=campaign.search_until, days=rules.answer_days, rule=""
        )
        closed = tuple(_legal_days(academy.calendar, campaign.opens_on, last_answer.last_day))
        alike[academy.zone, closed].append(academy)
    groups = sorted(alike.items(), key=lambda group: (-len(group[1]), group[1][0].name))
    return [_dates(rules, tuple(those), closed) for (_, closed), those in groups]


def _dates(rules: CampaignRules, academies: tuple[Academy, ...], closed: tuple[tuple[date, str], ...]) -> Dates:
    one, campaign = academies[0], rules.campaign
    return Dates(
        academies=academies,
        opens_at=_midnight(campaign.opens_on, one.tz),
        filing=computed(
            rules=rules, academy=one, kind=LimitKind.FILING, start=campaign.opens_on, days=rules.filing_days, rule=FILING_RULE
        ),
        search_ends_at=_midnight(campaign.search_until + timedelta(days=1), one.tz),
        closed=closed,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _legal_days(calendar: str, first: date, last: date) -> Iterator[tuple[date, str]]:
    for year in range(first.year, last.year + 1):
        yield from sorted((day, name) for day, name in legal_days(calendar, year).items() if first <= day <= last)


def _campaign(rules: CampaignRules, dates: list[Dates]) -> dict[str, Any]:
    """Return what the page shows of one campaign: its legal days of everywhere once, those of a territory with its dates."""
    everywhere = set.intersection(*(set(one.closed) for one in dates)) if len(dates) > 1 else set()
    shown = [(one, [day for day in one.closed if day not in everywhere]) for one in dates]
    return {"rules": rules, "dates": shown, "everywhere": sorted(everywhere)}


@require_safe
def dates(request: HttpRequest) -> HttpResponse:
    """Show the current campaign and the next one: the académie asked for, or the student's own, alone; else all of them."""
    today = timezone.localdate(request.at)
    academies = list(Academy.objects.order_by("name"))
    asked = request.GET.get("academie", _hers(request))
    chosen = next((academy for academy in academies if academy.pk == asked), None)
    campaigns = [
        _campaign(rules, dates_of(rules, [chosen] if chosen else academies))
        for rules in (current_rules(on=today), next_rules(on=today))
        if rules
    ]
    return render(request, "public/dates.html", {"campaigns": campaigns, "academies": academies, "chosen": chosen})


def _hers(request: HttpRequest) -> str | None:
    """Return the code of the académie of the student's licence, where she has told it."""
    if not request.user.is_authenticated:
        return None
    of_hers = Referral.objects.of_student(request.user).filter(licence_academy__isnull=False)
    return of_hers.order_by("pk").values_list("licence_academy", flat=True).last()
