"""A file's history as the office reads it: each event, what it led from and to, and what its payload says, in words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from vacancies.models import AcademicRegion

from ...models import Caller, Channel, Enrolment, Event, Limit, Referral, User
from ...rules.states import Action, State
from ...wording import ACTIONS
from ..words import LABELS


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the ids in the payloads are called: of offers, limits, people, regions, and of the referrals their reader may see.

    tz: the académie's own time.
    """

    tz: tzinfo | None
    offers: dict[int, str]
    limits: dict[int, Limit]
    people: dict[int, str]
    regions: dict[str, str]
    referrals: dict[int, str]


def told(
    events: list[Event], referral: Referral, *, offers: dict[int, str], limits: dict[int, Limit], referrals: dict[int, str]
) -> list[dict[str, Any]]:
    """Return ``events`` of the referral, each with the states it led from and to, the offer it was about, and its details."""
    tz = referral.licence_academy and referral.licence_academy.tz
    names = Names(tz=tz, offers=offers, limits=limits, referrals=referrals, people=_people(events), regions=_regions(events))
    return [
        {
            "event": event,
            "states": [LABELS[State(event.payload[end])] for end in ("from", "to") if end in event.payload],
            "offer": offers.get(event.payload.get("offer", 0)),
            "details": details_of(event, names),
        }
        for event in events
    ]


def _named_in(events: Iterable[Event], *keys: str) -> set[Any]:
    return {event.payload[key] for event in events for key in keys if key in event.payload}


def _people(events: list[Event]) -> dict[int, str]:
    ids = _named_in(events, "assigned_to", "escalated_to")
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def _regions(events: list[Event]) -> dict[str, str]:
    codes = _named_in(events, "from_region", "to_region")
    return dict(AcademicRegion.objects.filter(pk__in=codes).values_list("pk", "name")) if codes else {}


def details_of(event: Event, names: Names) -> list[str]:
    """Return what the payload says that its reader may know, one line for each thing."""
    told = (tell(event.payload[key], names) for key, tell in DETAILS.items() if key in event.payload)
    return [line for line in told if line]


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}"


def _end(limit_id: int, names: Names) -> str:
    limit = names.limits.get(limit_id)
    return f"{limit.get_kind_display()} : jusqu’au {limit.last_day:%d/%m/%Y}" if limit else ""


def _moved(pairs: list[list[int]], names: Names) -> str:
    known = [(names.limits[old], names.limits[new]) for old, new in pairs if old in names.limits and new in names.limits]
    return " ; ".join(
        f"{new.get_kind_display()} : le {old.last_day:%d/%m/%Y} devient le {new.last_day:%d/%m/%Y}" for old, new in known
    )


def _offers(ids: list[int], names: Names) -> str:
    return " ; ".join(names.offers[pk] for pk in ids if pk in names.offers)


def _caller(who: str, names: Names) -> str:
    """Say who spoke, where it was not the student."""
    return "" if who == Caller.STUDENT else f"avec {Caller(who).label}"


DETAILS: dict[str, Callable[[Any, Names], str]] = {
    "late": lambda late, names: "hors délai" if late else "",
    "action": lambda action, names: ACTIONS[Action(action)][0],
    "assigned_to": lambda pk, names: names.people.get(pk, ""),
    "escalated_to": lambda pk, names: names.people.get(pk, ""),
    "channel": lambda channel, names: f"par {Channel(channel).label}",
    "caller": _caller,
    "identified": lambda code, names: "code vérifié" if code else "",
    "overruled": lambda codes, names: f"{len(codes)} point{'s' * (len(codes) > 1)} contre l’avis des règles" if codes else "",
    "attached": lambda ids, names: f"{len(ids)} pièce{'s' * (len(ids) > 1)} jointe{'s' * (len(ids) > 1)}",
    "through": lambda channel, names: f"par {Channel(channel).label}",
    "licence_on": lambda day, names: f"licence obtenue le {_day(day)}",
    "to_day": lambda day, names: f"jury le {_day(day)}",
    "from_region": lambda code, names: f"de {names.regions.get(code, code)}",
    "to_region": lambda code, names: f"vers {names.regions.get(code, code)}",
    "absorbed": lambda pk, names: f"saisine {names.referrals[pk]}" if pk in names.referrals else "",
    "merged_into": lambda pk, names: f"saisine {names.referrals[pk]}" if pk in names.referrals else "",
    "filed_at": lambda instant, names: f"date de dépôt retenue : {datetime.fromisoformat(instant).astimezone(names.tz):%d/%m/%Y}",
    "enrolment": lambda outcome, names: Enrolment(outcome).label,
    "on": lambda day, names: f"constaté le {_day(day)}",
    "limit": _end,
    "moved": _moved,
    "offers": _offers,
    "released": _offers,
}
"""Key of a payload → how it reads; what is not here (hashes, ids of documents) is for the proof alone."""
