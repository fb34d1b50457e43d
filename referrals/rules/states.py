"""What may happen next, and who may do it: one table for the referral, one for the offer. Pure.

The README's diagram, the office's buttons and the test of every (state × action) pair read these tables.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class Actor(StrEnum):
    """In what capacity somebody acts."""

    STUDENT = "student"
    CASEWORKER = "caseworker"
    HEAD = "head"
    CLOCK = "clock"


class State(StrEnum):
    """Where a referral stands."""

    DRAFT = "draft"
    AWAITING_LICENCE = "awaiting_licence"
    FILED = "filed"
    INCOMPLETE = "incomplete"
    ADMISSIBLE = "admissible"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    INADMISSIBLE = "inadmissible"
    EXHAUSTED = "exhausted"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class OfferState(StrEnum):
    """Where an offer stands."""

    CONSULTING = "consulting"
    AGREED = "agreed"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    RELEASED = "released"
    RETRACTED = "retracted"


class Action(StrEnum):
    """What somebody, or the clock, does to a referral or to one of its offers."""

    FILE = "file"
    PROVE_LICENCE = "prove_licence"
    ADD_DOCUMENT = "add_document"
    REQUEST_DOCUMENTS = "request_documents"
    SUPPLY_DOCUMENTS = "supply_documents"
    RESUME = "resume"
    LAPSE_REQUEST = "lapse_request"
    ASSIGN = "assign"
    DECLARE_ADMISSIBLE = "declare_admissible"
    DECLARE_INADMISSIBLE = "declare_inadmissible"
    WITHDRAW_DECISION = "withdraw_decision"
    CONSULT = "consult"
    RECORD_AGREEMENT = "record_agreement"
    RECORD_REFUSAL = "record_refusal"
    LAPSE_CONSULTATION = "lapse_consultation"
    SEND_OFFER = "send_offer"
    RETRACT_OFFER = "retract_offer"
    END_SEARCH = "end_search"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    SET_ADVISER_CONSENT = "set_adviser_consent"
    CORRECT_FACTS = "correct_facts"
    TRANSFER = "transfer"
    REOPEN = "reopen"
    CLOSE = "close"


class Move(NamedTuple):
    """What an action does: from each state it may start in, the states it may lead to; and who may take it."""

    leads: Mapping[StrEnum, frozenset]
    actors: frozenset[Actor]

    @property
    def sources(self) -> frozenset:
        return frozenset(self.leads)

    @property
    def targets(self) -> frozenset:
        return frozenset().union(*self.leads.values())


def _states(*states: StrEnum) -> frozenset:
    return frozenset(states)


def _to(target: StrEnum, sources: Iterable[StrEnum], actors: frozenset[Actor]) -> Move:
    """A move that leads to one state, wherever it starts."""
    return Move({source: _states(target) for source in sources}, actors)


def _staying(sources: Iterable[StrEnum], actors: frozenset[Actor]) -> Move:
    """A move that leaves the state as it is."""
    return Move({source: _states(source) for source in sources}, actors)


STUDENT = frozenset({Actor.STUDENT})
OFFICE = frozenset({Actor.CASEWORKER, Actor.HEAD})
CLOCK = frozenset({Actor.CLOCK})

EXAMINED = _states(State.AWAITING_LICENCE, State.FILED, State.INCOMPLETE)
"""Before the office has decided whether the referral is admissible."""
SEARCHED = _states(State.ADMISSIBLE, State.OFFERED, State.EXHAUSTED)
"""Admissible, and seats may still be found."""
OPEN = EXAMINED | SEARCHED
ENDED = frozenset(State) - OPEN - {State.DRAFT}
FILED_ONCE = frozenset(State) - {State.DRAFT}
"""Every state behind which stands a receipt."""
LIVE = frozenset(State) - {State.WITHDRAWN, State.CLOSED}
"""One referral of this kind at most for a student and campaign."""

MOVES: dict[Action, Move] = {
    Action.FILE: Move({State.DRAFT: _states(State.FILED, State.AWAITING_LICENCE)}, STUDENT),
    Action.PROVE_LICENCE: _to(State.FILED, {State.AWAITING_LICENCE}, STUDENT | OFFICE),
    Action.ADD_DOCUMENT: _staying(OPEN | {State.DRAFT}, STUDENT | OFFICE),
    Action.REQUEST_DOCUMENTS: _to(State.INCOMPLETE, {State.FILED}, OFFICE),
    Action.SUPPLY_DOCUMENTS: _to(State.FILED, {State.INCOMPLETE}, STUDENT),
    Action.RESUME: _to(State.FILED, {State.INCOMPLETE}, OFFICE),
    Action.LAPSE_REQUEST: _to(State.FILED, {State.INCOMPLETE}, CLOCK),
    Action.ASSIGN: _staying(OPEN | {State.ACCEPTED}, OFFICE),
    Action.DECLARE_ADMISSIBLE: _to(State.ADMISSIBLE, {State.FILED}, OFFICE),
    Action.DECLARE_INADMISSIBLE: _to(State.INADMISSIBLE, {State.FILED}, OFFICE),
    Action.WITHDRAW_DECISION: _to(State.FILED, {State.INADMISSIBLE}, OFFICE),
    Action.CONSULT: _staying(SEARCHED, OFFICE),
    Action.RECORD_AGREEMENT: _staying(SEARCHED, OFFICE),
    Action.RECORD_REFUSAL: _staying(SEARCHED, OFFICE),
    Action.LAPSE_CONSULTATION: _staying(SEARCHED, CLOCK),
    Action.SEND_OFFER: Move(
        {
            State.ADMISSIBLE: _states(State.ADMISSIBLE, State.OFFERED),
            State.OFFERED: _states(State.OFFERED),
            State.EXHAUSTED: _states(State.OFFERED),
        },
        OFFICE,
    ),
    Action.RETRACT_OFFER: Move(
        {
            State.ADMISSIBLE: _states(State.ADMISSIBLE),
            State.OFFERED: _states(State.OFFERED, State.ADMISSIBLE, State.EXHAUSTED),
            State.EXHAUSTED: _states(State.EXHAUSTED),
        },
        OFFICE,
    ),
    Action.END_SEARCH: Move({State.ADMISSIBLE: _states(State.OFFERED, State.EXHAUSTED)}, OFFICE),
    Action.ACCEPT: _to(State.ACCEPTED, {State.ADMISSIBLE, State.OFFERED}, STUDENT),
    Action.DECLINE: Move(
        {State.ADMISSIBLE: _states(State.ADMISSIBLE), State.OFFERED: _states(State.OFFERED, State.EXHAUSTED)}, STUDENT
    ),
    Action.EXPIRE: Move(
        {State.ADMISSIBLE: _states(State.ADMISSIBLE), State.OFFERED: _states(State.OFFERED, State.EXHAUSTED)}, CLOCK
    ),
    Action.WITHDRAW: _to(State.WITHDRAWN, OPEN, STUDENT),
    Action.SET_ADVISER_CONSENT: _staying(FILED_ONCE, STUDENT),
    Action.CORRECT_FACTS: _staying(OPEN, OFFICE),
    Action.TRANSFER: _staying(EXAMINED, OFFICE),
    Action.REOPEN: Move(
        {
            State.EXHAUSTED: _states(State.ADMISSIBLE),
            State.ACCEPTED: _states(State.ADMISSIBLE),
            State.WITHDRAWN: EXAMINED - {State.INCOMPLETE} | {State.ADMISSIBLE},
            State.CLOSED: EXAMINED - {State.INCOMPLETE} | {State.ADMISSIBLE},
        },
        OFFICE,
    ),
    Action.CLOSE: _to(State.CLOSED, OPEN - {State.OFFERED}, OFFICE),
}

ASKED = _states(OfferState.CONSULTING, OfferState.AGREED)
"""A seat is held, the student has heard nothing yet."""
ON_THE_TABLE = _states(OfferState.SENT)
"""The student may answer."""
HOLDING = ASKED | ON_THE_TABLE
"""A seat of the ledger is held for these."""
COUNTED = frozenset(OfferState) - ASKED - {OfferState.REFUSED, OfferState.UNANSWERED, OfferState.RETRACTED}
"""Sent once and not retracted: these count towards the offers the rules require."""

OFFER_MOVES: dict[Action, Move] = {
    Action.RECORD_AGREEMENT: _to(OfferState.AGREED, {OfferState.CONSULTING, OfferState.UNANSWERED}, OFFICE),
    Action.RECORD_REFUSAL: _to(OfferState.REFUSED, {OfferState.CONSULTING, OfferState.UNANSWERED}, OFFICE),
    Action.LAPSE_CONSULTATION: _to(OfferState.UNANSWERED, {OfferState.CONSULTING}, CLOCK),
    Action.SEND_OFFER: _to(OfferState.SENT, {OfferState.AGREED}, OFFICE),
    Action.RETRACT_OFFER: _to(OfferState.RETRACTED, HOLDING, OFFICE),
    Action.ACCEPT: _to(OfferState.ACCEPTED, ON_THE_TABLE, STUDENT),
    Action.DECLINE: _to(OfferState.DECLINED, ON_THE_TABLE, STUDENT),
    Action.EXPIRE: _to(OfferState.EXPIRED, ON_THE_TABLE, CLOCK),
}
"""What happens to one offer. What a referral's own move ends with it is in `RELEASES`."""

RELEASES: dict[Action, Move] = {
    action: _to(OfferState.RELEASED, HOLDING, MOVES[action].actors) for action in (Action.ACCEPT, Action.WITHDRAW, Action.CLOSE)
} | {Action.REOPEN: _to(OfferState.RELEASED, {OfferState.ACCEPTED}, OFFICE)}
"""The moves of a referral that release its other offers and give their seats back to the ledger."""

ONCE = frozenset(
    {
        Action.FILE,
        Action.DECLARE_ADMISSIBLE,
        Action.SEND_OFFER,
        Action.SUPPLY_DOCUMENTS,
        Action.ACCEPT,
        Action.DECLINE,
        Action.WITHDRAW,
        Action.EXPIRE,
        Action.LAPSE_REQUEST,
        Action.LAPSE_CONSULTATION,
    }
)
"""Done again, these change nothing and are no error: a second click, a second sweep."""
