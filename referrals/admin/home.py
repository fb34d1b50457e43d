"""The first page of the office: what is due, what waits for whom, what the region has come to, and what happened meanwhile.

Each number is that of a list of the queue, by the queue's own filters, and leads to it.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware, localdate

from ..models import Event, EventKind, Referral, Role, User
from ..models.people import ACTOR_OF_ROLE
from ..presence import stood_in_for as those_away
from ..rules.states import FOLLOWED
from ..timeline import CONVERSATION
from .figures.region_charts import charts_of
from .queue.counting import Counted, counted
from .queue.filters import AgeFilter, DueFilter, HolderFilter
from .queue.piles import mine, stood_in_for
from .team.standing_still import counted_breaches

AT_FIRST = timedelta(days=7)
"""How far back the news go for who has never said that she had seen them."""
NEWS = 50
"""Events on the page: beyond, one opens the files."""
FOLLOWS_FROM_ANOTHER = (EventKind.MAIL_SENT,)
"""No news: the mail that tells what is on the page already."""


class Whose(NamedTuple):
    """Some files of the office. query: of the queue; empty for all of them."""

    label: str
    query: str
    holds: Q


class Cell(NamedTuple):
    counted: Counted
    query: str


class Row(NamedTuple):
    label: str
    cells: list[Cell]


class Waiting(NamedTuple):
    """Whose files wait: for each of whom they wait for, how many of each age, and then all."""

    label: str
    rows: list[Row]


class News(NamedTuple):
    """events: what others did in her files after ``since``, the latest first. more: there is more than is shown."""

    since: datetime
    events: list[Event]
    more: bool


def home_of(user: User, *, at: datetime) -> dict[str, Any]:
    """Return what the first page says to ``user``, who works in an office or administers them all."""
    away = those_away(user, on=localdate(at))
    acts = bool(user.roles & set(ACTOR_OF_ROLE))
    return {
        "away": away,
        "news": news_of(user, away, at=at) if acts else None,
        "talks": CONVERSATION,
        "charts": charts_of(user, at=at),
        "breaches": counted_breaches(user, at=at) if user.roles & {Role.HEAD, Role.ADMINISTRATOR} else None,
        **waits_of(user, away, at=at),
    }


def waits_of(user: User, away: list[User], *, at: datetime) -> dict[str, Any]:
    """Return, for each of ``files_of``, how many are due and when, and how many wait for whom, by age: all counted at once."""
    due, holders, ages = (options.options(user, at) for options in (DueFilter, HolderFilter, AgeFilter))
    by_due = {f"echeance={key}": option.holds for key, option in due.items()}
    by_age = {
        holder: {f"attente={key}&age={age}": holder.holds & old.holds for age, old in ages.items()}
        | {f"attente={key}": holder.holds}
        for key, holder in holders.items()
    }
    lists = by_due | {query: holds for of_holder in by_age.values() for query, holds in of_holder.items()}
    whose = files_of(user, away, at=at)
    referrals = Referral.objects.of_office(user)
    counts = counted({_both(one, query): referrals.filter(one.holds, holds) for one in whose for query, holds in lists.items()})

    def row(label: str, one: Whose, queries: dict[str, Q]) -> Row:
        return Row(label, [Cell(counts[_both(one, query)], _both(one, query)) for query in queries])

    return {
        "due_labels": [option.label for option in due.values()],
        "due": [row(one.label, one, by_due) for one in whose],
        "age_labels": [option.label for option in ages.values()],
        "waiting": [Waiting(one.label, [row(holder.label, one, queries) for holder, queries in by_age.items()]) for one in whose],
    }


def _both(one: Whose, query: str) -> str:
    return f"{one.query}&{query}" if one.query else query


def files_of(user: User, away: list[User], *, at: datetime) -> list[Whose]:
    """Return her own files, those of whom she stands in for, and all of her office's; who only reads has the last alone."""
    if user.scope.nation:
        return [Whose("Toute la France", "", Q())]
    names = sorted({region.name for post in user.posts_held for region in post.regions.all()})
    own = Whose("Mes dossiers", "suivi=moi", mine(user))
    others = Whose(f"Je remplace {', '.join(map(str, away))}", "suivi=remplace", stood_in_for(user, at))
    return [own, *([others] if away else []), Whose(f"Toute l’équipe ({', '.join(names)})", "", Q())]


def news_of(user: User, away: list[User], *, at: datetime) -> News:
    """Return what others did, since she last said that she had seen it, in her files and in those she has to act on today.

    away: those she stands in for. Which files these are is asked first: together, the database would read them all.
    """
    since = user.looked_at or at - AT_FIRST
    hers = Q(assigned_to__in=[user, *away], state__in=FOLLOWED) | Q(escalated_to=user)
    events = Event.objects.of_case().filter(
        ~Q(user_id_then=user.pk) | Q(user_id_then__isnull=True),
        referral__in=list(Referral.objects.of_office(user).filter(hers).values_list("pk", flat=True)),
        at__gt=since,
        at__gte=F("referral__filed_at"),  # what she did to her draft is no news
    )
    shown = events.exclude(kind__in=FOLLOWS_FROM_ANOTHER).select_related("referral__licence_academy").order_by("-at", "-pk")
    found = list(shown[: NEWS + 1])
    return News(since, found[:NEWS], len(found) > NEWS)


def look(user: User, *, until: str, at: datetime) -> None:
    """Note that she has seen what happened up to ``until``, the instant of the page she saw, written in ISO 8601."""
    try:
        seen = parse_datetime(until)
    except ValueError:
        seen = None
    if seen is not None and is_aware(seen):
        user.looked_at = max(min(seen, at), user.looked_at or seen)
        user.save(update_fields=["looked_at"])
