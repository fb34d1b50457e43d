"""A region's campaign in figures, for the first page: kept a minute, for they read every file of the campaign there."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Count, DateField, DateTimeField, F, Func, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.timezone import localdate

from vacancies.models import Academy, Campaign

from ..current import current_rules
from ..models import Referral, User
from ..rules.states import FILED_ONCE, State
from .piles import ZONE
from .words import LABELS

KEPT = 60
"""Seconds."""
WEEKS = 26
"""The last ones: a campaign is over before."""


class Bar(NamedTuple):
    """query: of the queue, whose list it counts."""

    label: str
    files: int
    query: str


class Chart(NamedTuple):
    """kind: as static/scripts/charts.js has them. what: the heading of the labels."""

    title: str
    kind: str
    what: str
    bars: list[Bar]


def charts_of(user: User, *, at: datetime) -> tuple[Campaign | None, list[Chart]]:
    """Return the current campaign, and its charts for ``user``'s regions."""
    rules = current_rules(on=localdate(at))
    if rules is None:
        return None, []
    scope = user.scope
    where = "france" if scope.nation else "-".join(sorted(scope.regions))
    referrals = Referral.objects.of_office(user).filter(campaign=rules.campaign)
    return rules.campaign, cache.get_or_set(f"charts:{rules.campaign.pk}:{where}", lambda: _drawn(referrals, rules.campaign), KEPT)


def _drawn(referrals: QuerySet[Referral], campaign: Campaign) -> list[Chart]:
    counts = referrals.order_by().annotate(week=_week()).values("state", "week", "licence_academy").annotate(files=Count("pk"))
    rows = list(counts)
    charts = [
        Chart("Où en sont les dossiers", "across", "État", _states(rows, campaign)),
        Chart("Saisines déposées, par semaine", "bar", "Semaine du", _weeks(rows, campaign)),
    ]
    academies = _academies(rows, campaign)
    return [*charts, Chart("Saisines déposées, par académie", "across", "Académie", academies)] if len(academies) > 1 else charts


def _week() -> Cast:
    """Return the Monday of the week in which a file was filed, in its académie."""
    local = Func(F(ZONE), F("filed_at"), function="timezone", output_field=DateTimeField())
    return Cast(Func(Value("week"), local, function="date_trunc", output_field=DateTimeField()), DateField())


def _sums(rows: Iterable[dict[str, Any]], key: str) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for row in rows:
        sums[row[key]] = sums.get(row[key], 0) + row["files"]
    return sums


def _states(rows: list[dict[str, Any]], campaign: Campaign) -> list[Bar]:
    sums = _sums(rows, "state")
    known = [state for state in State if state in FILED_ONCE and state in sums]
    return [Bar(LABELS[state], sums[state], f"etat={state}&campagne={campaign.pk}") for state in known]


def _weeks(rows: list[dict[str, Any]], campaign: Campaign) -> list[Bar]:
    sums: dict[date, int] = _sums(rows, "week")
    if not sums:
        return []
    mondays = [max(sums) - timedelta(weeks=back) for back in range((max(sums) - min(sums)).days // 7 + 1)]
    return [
        Bar(f"{monday:%d/%m}", sums.get(monday, 0), f"semaine={monday}&campagne={campaign.pk}")
        for monday in reversed(mondays[:WEEKS])
    ]


def _academies(rows: list[dict[str, Any]], campaign: Campaign) -> list[Bar]:
    sums = _sums(rows, "licence_academy")
    names = Academy.objects.filter(pk__in=sums).order_by("name").values_list("pk", "name")
    return [Bar(name, sums[code], f"academie={code}&campagne={campaign.pk}") for code, name in names]
