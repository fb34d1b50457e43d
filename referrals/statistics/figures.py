"""The figures of one campaign by one dimension, over the files a reader's office sees: two queries, and one for the names."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from vacancies.mergers import stands, successors
from vacancies.models import Campaign
from vacancies.names import normalise

from ..models import Offer, Referral, Strand
from ..rules.states import COUNTED, Action, OfferState, State
from .dimensions import Dimension

Values = dict[str, Any]

STATES = {
    "accepted": [OfferState.ACCEPTED, OfferState.ENROLLED, OfferState.LOST],
    "declined": [OfferState.DECLINED],
    "lapsed": [OfferState.EXPIRED],
    "moot": [OfferState.RELEASED],
    "open": [OfferState.SENT],
    "enrolled": [OfferState.ENROLLED],
    "counted": sorted(COUNTED),
}
"""Which states of an offer count under which measure. A test says that those of an offer sent part what was sent."""
ANSWERED = (Action.RECORD_AGREEMENT, Action.RECORD_REFUSAL, Action.RECORD_CONDITION)

# What changes in these is given as parameters; {rows} is the SQL of a queryset.
BY_KEY = """
  LEFT JOIN unnest(%(former)s::text[], %(present)s::text[]) AS merged (former, present) ON merged.former = rows.under
 GROUP BY GROUPING SETS ((coalesce(merged.present, rows.under) COLLATE "C"), ())
"""
FILES = """
WITH rows AS MATERIALIZED ({rows}),
made AS (
  SELECT offer.referral_id AS id, min(offer.sent_at) AS first_at,
         (array_agg(offer.sent_at ORDER BY offer.sent_at))[max(rows.required)] AS due_at,
         min(offer.answered_at) FILTER (WHERE offer.state = ANY(%(accepted)s)) AS accepted_at,
         min(offer.enrolment_on) FILTER (WHERE offer.state = ANY(%(enrolled)s)) AS enrolled_on
    FROM referrals_offer AS offer JOIN rows ON rows.id = offer.referral_id
   WHERE offer.state = ANY(%(counted)s) AND offer.sent_at IS NOT NULL
   GROUP BY offer.referral_id
),
steps AS (
  SELECT rows.under, rows.state, rows.admissible_at, made.*,
         extract(epoch FROM rows.admissible_at - rows.filed_at)::float8 / 86400 AS to_admissible,
         extract(epoch FROM made.first_at - rows.filed_at)::float8 / 86400 AS to_offer,
         extract(epoch FROM made.due_at - rows.filed_at)::float8 / 86400 AS to_complete,
         extract(epoch FROM made.accepted_at - rows.filed_at)::float8 / 86400 AS to_accepted,
         made.enrolled_on - timezone(rows.zone, rows.filed_at)::date AS to_enrolled
    FROM rows LEFT JOIN made ON made.id = rows.id
)
SELECT coalesce(merged.present, rows.under) COLLATE "C" AS key, grouping(coalesce(merged.present, rows.under) COLLATE "C") AS whole,
       count(*) AS filed, count(rows.admissible_at) AS admissible,
       count(*) FILTER (WHERE rows.state = %(inadmissible)s) AS inadmissible,
       count(rows.first_at) AS offered, count(rows.due_at) AS complete,
       count(rows.accepted_at) AS chose, count(rows.enrolled_on) AS came,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY rows.to_admissible) AS to_admissible,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY rows.to_offer) AS to_offer,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY rows.to_complete) AS to_complete,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY rows.to_accepted) AS to_accepted,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY rows.to_enrolled) AS to_enrolled
  FROM steps AS rows
{by_key}
"""
OFFERS = """
WITH offers AS MATERIALIZED ({rows}),
first AS (
  SELECT (event.payload ->> 'offer')::bigint AS offer, min(event.at) AS at
    FROM referrals_event AS event
   WHERE event.strand = %(strand)s AND event.kind = ANY(%(answers)s)
     AND event.referral_id IN (SELECT referral_id FROM offers)
   GROUP BY 1
),
rows AS (
  SELECT offers.*, offers.sent_at IS NOT NULL AND offers.state = ANY(%(counted)s) AS sent,
         CASE WHEN offers.standing_id IS NOT NULL THEN 'standing'
              WHEN offers.agreed_by <> '' OR offers.state = 'refused' THEN 'answered'
              WHEN offers.state IN ('consulting', 'unanswered') AND offers.condition <> '' THEN 'answered'
              WHEN offers.state = 'consulting' THEN 'pending'
              WHEN offers.state = 'unanswered' THEN 'unanswered'
              ELSE 'void' END AS asking,
         first.at AS first_at
    FROM offers LEFT JOIN first ON first.offer = offers.id
)
SELECT coalesce(merged.present, rows.under) COLLATE "C" AS key, grouping(coalesce(merged.present, rows.under) COLLATE "C") AS whole,
       count(*) FILTER (WHERE sent) AS sent,
       count(*) FILTER (WHERE sent AND state = ANY(%(accepted)s)) AS accepted,
       count(*) FILTER (WHERE sent AND state = ANY(%(declined)s)) AS declined,
       count(*) FILTER (WHERE sent AND state = ANY(%(lapsed)s)) AS lapsed,
       count(*) FILTER (WHERE sent AND state = ANY(%(moot)s)) AS moot,
       count(*) FILTER (WHERE sent AND state = ANY(%(open)s)) AS open,
       count(*) FILTER (WHERE sent AND state = ANY(%(enrolled)s)) AS enrolled,
       count(*) FILTER (WHERE asking <> 'standing') AS asked,
       count(*) FILTER (WHERE asking = 'answered') AS answered,
       count(*) FILTER (WHERE asking = 'unanswered') AS unanswered,
       count(*) FILTER (WHERE asking IN ('answered', 'unanswered')) AS settled,
       count(*) FILTER (WHERE asking = 'pending') AS pending,
       count(*) FILTER (WHERE asking = 'void') AS void,
       percentile_cont(ARRAY[0.5, 0.9])
         WITHIN GROUP (ORDER BY CASE WHEN asking = 'answered' THEN extract(epoch FROM first_at - consulted_at)::float8 / 86400 END)
         AS to_answer
  FROM rows
{by_key}
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of figures. values: a number for each measure, (median, 90th percentile) in days, or None, for each delay."""

    key: str
    label: str
    values: Values


@dataclass(frozen=True, kw_only=True)
class Figures:
    """rows: in the order of their names, or of time. whole: of all of them together."""

    rows: tuple[Row, ...]
    whole: Row


def counted_files(files: QuerySet[Referral], campaign: Campaign) -> QuerySet[Referral]:
    """Return those of ``files`` that count: what was filed in ``campaign``, but a file that was merged into another."""
    return files.filter(campaign=campaign).exclude(state__in=(State.DRAFT, State.MERGED)).order_by()


def figures(files: QuerySet[Referral], *, campaign: Campaign, by: Dimension) -> Figures:
    """Return the figures of ``campaign`` by a dimension, over ``files``: a queryset that goes as far as its reader's scope."""
    chosen = counted_files(files, campaign)
    found: dict[str | None, Values] = {}
    former = successors() if by.merges else {}
    merged = {"former": list(former), "present": [stands(uai, former) for uai in former]}
    if not by.of_offers:
        rows = chosen.annotate(under=by.key(""), required=F("rules__offers_required"), zone=F("licence_academy__zone"))
        _add(found, FILES, rows.values("id", "under", "state", "filed_at", "admissible_at", "required", "zone"), merged)
    offers = Offer.objects.filter(referral__in=chosen.values("pk")).order_by()
    offers = offers.annotate(under=by.key("" if by.of_offers else "referral__"))
    columns = ("id", "under", "referral_id", "state", "sent_at", "consulted_at", "agreed_by", "condition", "standing_id")
    _add(found, OFFERS, offers.values(*columns), merged)
    whole = found.pop(None)
    names = by.names(key for key in found if key is not None)
    ordered = sorted(found, key=lambda key: key if by.is_time else normalise(names[key]))  # type: ignore[index, arg-type, return-value]
    return Figures(
        rows=tuple(Row(key=key, label=names[key], values=_filled(found[key], whole)) for key in ordered if key is not None),
        whole=Row(key="", label="Ensemble", values=whole),
    )


def _add(found: dict[str | None, Values], text: str, rows: QuerySet[Any, Any], merged: dict[str, list[str]]) -> None:
    """Add what ``text`` counts of ``rows`` to the values of each key; under None, those of all together."""
    inner, given = rows.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    named = {f"rows_{place}": value for place, value in enumerate(given)}
    parameters = named | merged | STATES | {
        "inadmissible": State.INADMISSIBLE, "strand": Strand.CASE, "answers": list(ANSWERED),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(text.format(rows=inner % tuple(f"%({name})s" for name in named), by_key=BY_KEY), parameters)
        columns = [column.name for column in cursor.description]
        for line in cursor.fetchall():
            values = dict(zip(columns, line, strict=True))
            key, whole = values.pop("key"), values.pop("whole")
            found.setdefault(None if whole else key, {}).update(values)


def _filled(values: Values, like: Values) -> Values:
    """Where a key has no offer, it has none of every kind, and no delay."""
    return {name: values.get(name, 0 if isinstance(value, int) else None) for name, value in like.items()} | values
