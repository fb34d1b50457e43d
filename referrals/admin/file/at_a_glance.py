"""What a file's page says first: who asks for what, what is known, what is missing, what is due, and who has it in hand."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.text import Truncator
from django.utils.timezone import localdate

from ...models import Answer, Application, Event, LimitStatus, Offer, Referral
from ...presence import in_charge
from ...procedure.reviewing import Point
from ...rules.states import Action, OfferState, State
from ...templatetags.instants import before
from ...templatetags.instants import day as in_words
from ...wording import HOLDERS
from ..words import due_for

AWAITED: dict[State, tuple[str, ...]] = {
    State.OFFERED: ("la réponse de l’étudiant",),
    State.ACCEPTED: ("la confirmation de l’inscription",),
    State.NOT_ENROLLED: ("la décision du rectorat",),
    State.EXHAUSTED: ("la décision du rectorat",),
}
SEARCHING = (State.ADMISSIBLE, State.COMMISSION)
EXAMINED = (State.AWAITING_LICENCE, State.FILED, State.INCOMPLETE)


@dataclass(frozen=True, kw_only=True)
class DueDate:
    """A day by which something is due. last: the last day in time; words: how it is said; is_late: that day has passed."""

    what: str
    last: date
    words: str
    is_late: bool


def today_of(referral: Referral, *, at: datetime) -> date:
    return localdate(at, timezone=referral.licence_academy and referral.licence_academy.tz)


def dates_of(referral: Referral, offers: list[Offer], *, at: datetime) -> list[DueDate]:
    """Return what is due on the file, the nearest first: the office's own day, limits, seats held, the licence awaited."""
    today = today_of(referral, at=at)
    dates: list[tuple[str, date, str]] = []
    if referral.due_on:
        dates.append((due_for(referral.state), referral.due_on, in_words(referral.due_on)))
    for limit in referral.limits.all():
        if limit.status == LimitStatus.LIVE:
            dates.append((limit.get_kind_display(), limit.last_day, f"{in_words(limit.last_day)} inclus"))
    for offer in offers:
        if offer.state == OfferState.CONSULTING and offer.held_until:
            academy = offer.vacancy.programme.academy
            last = (offer.held_until - timedelta(seconds=1)).astimezone(academy.tz).date()
            what = f"réponse de l’établissement pour {offer.vacancy.programme.title}"
            dates.append((what, last, before(offer.held_until, academy.zone)))
    if referral.state == State.AWAITING_LICENCE and referral.licence_expected_on:
        expected = referral.licence_expected_on
        dates.append(("licence attendue", expected, in_words(expected)))
    return [
        DueDate(what=what, last=last, words=words, is_late=last < today)
        for what, last, words in sorted(dates, key=lambda date: date[1])
    ]


def holder_of(referral: Referral, *, at: datetime) -> dict[str, Any]:
    """Return who has to act, who follows the file, and who does her work today where she is away."""
    owner = referral.assigned_to
    acting = in_charge(referral, on=today_of(referral, at=at)) if owner else None
    return {
        "label": HOLDERS[referral.holder],  # type: ignore[index]  # a Holder is its own text
        "owner": owner,
        "stands_in": acting if acting != owner else None,
        "nobody": owner is not None and acting is None,
    }


def known_of(applications: list[Application], points: list[Point], documents: int) -> list[str]:
    """Return what the file says, in a few counts."""
    answers = [application.answer for application in applications]
    counted = [f"{answers.count(answer)} {label}" for answer, label in COUNTED.items() if answers.count(answer)]
    against = sum(point.against is not None for point in points)
    return [
        f"candidatures : {', '.join(counted)}" if counted else "aucune candidature déclarée",
        f"points contestés par les règles : {against} sur {len(points)}" if against else "aucun point contesté par les règles",
        f"documents : {documents}",
    ]


def waits_for_an_answer(events: list[Event]) -> bool:
    """Whether the student had the last word; ``events``, the latest first."""
    last = next((event.kind for event in events if event.kind in (Action.WRITE_TO_OFFICE, *ANSWERS)), None)
    return last == Action.WRITE_TO_OFFICE


ANSWERS = (Action.WRITE_TO_STUDENT, Action.SEND_LETTER, Action.RECORD_CONTACT, Action.REQUEST_DOCUMENTS)
COUNTED: dict[str, str] = {
    Answer.EXPRESS: "refus",
    Answer.IMPLIED: "sans réponse",
    Answer.WAITING: "en liste d’attente",
    Answer.CONTRACT: "sous réserve d’un contrat",
    Answer.ADMITTED: "admission",
}


def missing_of(referral: Referral, events: list[Event], points: list[Point], *, counted: int) -> list[str]:
    """Return what the file lacks to go on, in the order of the procedure; nothing once it has come to an end."""
    state = State(referral.state)
    missing = ["une réponse à son dernier message"] if waits_for_an_answer(events) else []
    if state == State.INCOMPLETE:
        asked = next((event.note for event in events if event.kind == Action.REQUEST_DOCUMENTS), "")
        missing.append(f"demandé à l’étudiant : {Truncator(asked).chars(200)}")
    if state == State.AWAITING_LICENCE:
        missing.append("la preuve de la licence")
    if state in EXAMINED:
        if all(point.confirmed is None for point in points):
            missing.append("l’examen de recevabilité, point par point")
        missing += [f"point non rempli : {point.label}" for point in points if not point.met]
    if referral.prepared_action:
        missing.append("une signature")
    due = referral.rules.offers_required - counted
    if state in SEARCHING and due > 0:
        missing.append(f"{due} proposition{'s' * (due > 1)} sur {referral.rules.offers_required} à trouver")
    return [*missing, *AWAITED.get(state, ())]
