"""Who has the seats of a vacancy, as its institution may know it: the number of the referral and no other datum of the student."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch

from vacancies.models import Line, Movement, Vacancy
from vacancies.seats import holders

from ..committed import offers_of
from ..models import Limit, LimitKind, Offer
from ..rules.states import TAKEN, OfferState
from ..templatetags.instants import before, end
from ..wording import OFFER_STATES

MOST_LINES = 100
"""Of the history shown, the latest first."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """One seat that is held or taken. until: in a sentence."""

    number: str
    state: str
    badge: str
    since: datetime
    until: str


def holds(vacancy: Vacancy) -> list[Hold]:
    """Return the seats of ``vacancy`` that are held or taken, the first to come first."""
    having = holders(vacancy.pk)
    since = dict(Line.objects.filter(vacancy=vacancy, movement=Movement.HOLD, holder__in=having).values_list("holder", "at"))
    live = Limit.objects.live().filter(kind=LimitKind.ANSWER)
    offers = offers_of(having).prefetch_related(
        Prefetch("limits", live, to_attr="own_limits"),
        Prefetch("referral__limits", live.filter(offer__isnull=True), to_attr="answer_limits"),
    )
    zone = vacancy.programme.academy.zone
    return [
        Hold(
            number=offer.referral.number,
            state=OFFER_STATES[OfferState(offer.state)][0],
            badge=OFFER_STATES[OfferState(offer.state)][1],
            since=since[offer.hold],
            until=_until(offer, zone=zone),
        )
        for offer in offers
    ]


def _until(offer: Offer, *, zone: str) -> str:
    match offer.state:
        case OfferState.CONSULTING:
            return f"Libérée après le {before(offer.held_until, zone)} si votre établissement n’a pas donné son accord"
        case OfferState.AGREED:
            return "Votre établissement a donné son accord ; le rectorat va envoyer la proposition"
        case state if state in TAKEN:
            return "Elle est prise"
    limit = next(iter([*offer.own_limits, *offer.referral.answer_limits]), None)
    return f"Réponse attendue au plus tard le {end(limit)}" if limit else "La proposition attend une réponse"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the ledger. number: of the referral, where the line still leads to one."""

    at: datetime
    movement: str
    effect: str
    by: str
    reason: str
    number: str


def lines(vacancy: Vacancy) -> list[Entry]:
    """Return the movements of ``vacancy``, the latest first."""
    found = list(Line.objects.filter(vacancy=vacancy).order_by("-at", "-pk")[:MOST_LINES])
    numbers: dict[UUID, str] = dict(
        Offer.objects.filter(hold__in=[line.holder for line in found]).values_list("hold", "referral__number")
    )
    return [
        Entry(
            at=line.at,
            movement=line.get_movement_display(),
            effect=_effect(line),
            by=line.by,
            reason=line.reason,
            number=numbers.get(line.holder, ""),
        )
        for line in found
    ]


def _effect(line: Line) -> str:
    counters = (("déclarées", line.declared), ("réservées", line.held), ("prises", line.taken))
    effect = ", ".join(f"{name} {'+' if moved > 0 else '−'}{abs(moved)}" for name, moved in counters if moved) or "nombre confirmé"
    return f"{effect}, valable jusqu’au {line.valid_until:%d/%m/%Y}" if line.valid_until else effect
