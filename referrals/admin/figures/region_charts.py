"""A region's campaign in figures, for the first page."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils.timezone import localdate

from vacancies.models import Academy, Campaign

from ...current import current_rules
from ...models import User
from ...rules.states import FILED_ONCE, State
from ...statistics.kept import STANDING, kept, where_of
from ..words import LABELS

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


class Charts(NamedTuple):
    """at: when what they draw was counted. being_renewed: a worker counts it anew."""

    campaign: Campaign
    drawn: list[Chart]
    at: datetime
    being_renewed: bool


def charts_of(user: User, *, at: datetime) -> Charts | None:
    """Return the current campaign's charts for ``user``'s regions; None where there is no campaign."""
    rules = current_rules(on=localdate(at))
    if rules is None:
        return None
    scope = user.scope
    where = where_of(None if scope.nation else scope.regions)
    rows, counted_at, being_renewed = kept(STANDING, campaign=rules.campaign, where=where, at=at)
    return Charts(rules.campaign, _drawn(rows, rules.campaign), counted_at, being_renewed)


def _drawn(rows: list[dict[str, Any]], campaign: Campaign) -> list[Chart]:
    charts = [
        Chart("Où en sont les dossiers", "across", "État", _states(rows, campaign)),
        Chart("Saisines déposées, par semaine", "bar", "Semaine du", _weeks(rows, campaign)),
    ]
    academies = _academies(rows, campaign)
    return [*charts, Chart("Saisines déposées, par académie", "across", "Académie", academies)] if len(academies) > 1 else charts


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
