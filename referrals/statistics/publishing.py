"""The public figures of a campaign: what is published, once, when the campaign is over, and then stays as it is.

Every file counts in one category: how far it has come. In each table small cells are hidden, and others with them, as
`referrals.rules.suppression` says. The tables share the nation's totals by category alone, which are published: two of them
together say no more than each does. A campaign is published once: figures of two days could be subtracted from each other, and
what entered a row in between would show.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils.timezone import localdate

from vacancies.models import AcademicRegion, Academy, Campaign

from ..models import Offer, Publication, Referral
from ..procedure import Refused
from ..rules.states import ENROLLING, State
from ..rules.suppression import LEAST, TOTAL, Table, hidden, merged
from .dimensions import DIMENSIONS, Dimension
from .figures import counted_files, figures
from .measures import DELAYS

LEAST_FOR_DELAYS = 20
"""Files on which a median or a 90th percentile rests at least; both are of the nation alone, in whole days."""

OUTCOMES = (
    "non déclarées recevables",
    "recevables, sans proposition",
    "avec proposition, sans place acceptée",
    "place acceptée, inscription non confirmée",
    "inscription confirmée",
)
"""How far a file has come, from the nearest to the farthest: each counts once, under the last that is true of it."""

Named = dict[str, str]


class Grouping(NamedTuple):
    """What the groups of a table's rows are: the group of each row, and what each is called."""

    of: Callable[[Iterable[str]], Named]
    names: Callable[[Iterable[str]], Named]


def _region_of(academies: Iterable[str]) -> Named:
    return dict(Academy.objects.filter(pk__in=list(academies)).values_list("pk", "region"))


def _regions(keys: Iterable[str]) -> Named:
    return dict(AcademicRegion.objects.filter(pk__in=list(keys)).values_list("pk", "name"))


TABLES: dict[str, tuple[str, Dimension, Grouping | None]] = {
    "academies": (
        "Par région académique et académie de la licence", DIMENSIONS["academie"], Grouping(_region_of, _regions),
    ),
    "mentions": ("Par mention de la licence", DIMENSIONS["mention"], None),
    "semaines": ("Par semaine de dépôt", DIMENSIONS["semaine"], None),
}  # fmt: skip
"""Name in the data → the table's title, its rows, and their groups."""


def _outcome() -> Case:
    sent = Exists(Offer.objects.counted().filter(referral=OuterRef("pk")))
    return Case(
        When(state=State.ENROLLED, then=Value(4)),
        When(state__in=ENROLLING, then=Value(3)),
        When(Q(sent), then=Value(2)),
        When(admissible_at__isnull=False, then=Value(1)),
        default=Value(0),
    )


def prepared(campaign: Campaign) -> dict[str, Any]:
    """Return the public figures of ``campaign`` as they would be published now: plain JSON, None where a number is hidden.

    Raises Refused where there are too few files for anything to be said.
    """
    files = counted_files(Referral.objects.all(), campaign).annotate(outcome=_outcome())
    totals = [0] * len(OUTCOMES)
    for outcome, number in files.values_list("outcome").annotate(number=Count("pk")):
        totals[outcome] = number
    parts = merged(totals)
    if not parts:
        raise Refused("too_few", f"Moins de {LEAST} saisines dans cette campagne : rien ne peut en être publié.")
    return {
        "seuil": LEAST,
        "categories": [" ou ".join(OUTCOMES[place] for place in part) for part in parts],
        "ensemble": {"deposees": sum(totals), "issues": [sum(totals[place] for place in part) for part in parts]},
        "delais": _delays(campaign),
        "tableaux": [_table(name, files, parts) for name in TABLES],
    }


def _delays(campaign: Campaign) -> list[dict[str, Any]]:
    whole = figures(Referral.objects.all(), campaign=campaign, by=DIMENSIONS["region"]).whole.values
    known = [delay for delay in DELAYS.figures if whole[delay.of] >= LEAST_FOR_DELAYS]
    return [
        {"etape": delay.label, "mediane": round(whole[delay.key][0]), "neuf_sur_dix": round(whole[delay.key][1])} for delay in known
    ]


def _table(name: str, files: QuerySet[Referral], parts: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Return one table with its hidden cells empty; without a row where it cannot be published."""
    title, by, grouping = TABLES[name]
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(parts))
    column_of = {place: column for column, part in enumerate(parts) for place in part}
    for under, outcome, number in files.annotate(under=by.key("")).values_list("under", "outcome").annotate(number=Count("pk")):
        counts[under][column_of[outcome]] += number
    groups = grouping.of(counts) if grouping else {}
    table = Table(leaves={leaf: tuple(row) for leaf, row in counts.items()}, groups=groups)
    concealed = hidden(table)
    lines = [] if concealed is None else _lines(table, concealed, by, grouping)
    return {"nom": name, "titre": title, "intitule": by.heading, "publie": concealed is not None, "lignes": lines}


def _lines(table: Table, concealed: frozenset, by: Dimension, grouping: Grouping | None) -> list[dict[str, Any]]:
    """Return the rows in the order of their names, each after the group it is in; a row with nothing to say is left out."""
    numbers = {cell: number for cell, number in table.cells().items() if cell not in concealed}
    names = by.names(table.leaves)
    called = grouping.names(set(table.groups.values())) if grouping else {}
    order = sorted(table.leaves, key=lambda leaf: (called.get(table.groups.get(leaf, ""), ""), leaf if by.is_time else names[leaf]))
    lines = []
    above = ""
    for leaf in order:
        group = table.groups.get(leaf, "")
        if group and group != above:
            above = group
            lines.append(_line(group, called[group], "", numbers, table))
        lines.append(_line(leaf, names[leaf], called.get(group, ""), numbers, table))
    return [line for line in lines if line["deposees"] is not None or any(value is not None for value in line["issues"])]


def _line(row: str, name: str, within: str, numbers: dict[tuple[str, int], int], table: Table) -> dict[str, Any]:
    issues = [numbers.get((row, column)) for column in table.columns]
    return {"code": row, "nom": name, "dans": within, "deposees": numbers.get((row, TOTAL)), "issues": issues}


def digest(figures_to_publish: dict[str, Any]) -> str:
    """Return what tells two states of the same figures apart."""
    return sha256(json.dumps(figures_to_publish, sort_keys=True).encode()).hexdigest()


def why_not(campaign: Campaign, *, at: datetime) -> str:
    """Return why ``campaign`` is not to be published now, as a French sentence; empty where it may be."""
    if campaign.publications.exists():
        return "Cette campagne est déjà publiée : publier une seconde fois laisserait calculer ce qui a été masqué."
    if localdate(at) <= campaign.search_until:
        return f"La campagne dure jusqu’au {campaign.search_until:%d/%m/%Y} : elle se publie une fois, quand elle est finie."
    return ""


@transaction.atomic
def publish(campaign: Campaign, *, seen: str, at: datetime) -> Publication:
    """Publish the figures of ``campaign``, for good. seen: the `digest` of those that were shown. Raises Refused."""
    Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
    if reason := why_not(campaign, at=at):
        raise Refused("not_now", reason)
    found = prepared(campaign)
    if digest(found) != seen:
        raise Refused("changed", "Les chiffres ont changé depuis que vous les avez lus : les voici à nouveau.")
    return Publication.objects.create(campaign=campaign, at=at, figures=found)


def published() -> list[Publication]:
    """Return the publication of each campaign, the newest campaign first."""
    return list(Publication.objects.select_related("campaign").order_by("-campaign__opens_on", F("at").desc()))
