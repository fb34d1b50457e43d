"""What may happen next, and who may do it: one table for the referral, one for the offer. Pure.

The README's diagram, the office's buttons and the test of every (state × action) pair read these tables.
"""

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
    """From where an action may start, where it may lead (nowhere given: it leaves the state as it is), and for whom."""

    sources: frozenset
    targets: frozenset
    actors: frozenset[Actor]


def _states(*states: StrEnum) -> frozenset:
    return frozenset(states)


STAY: frozenset = frozenset()
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
    Action.FILE: Move(_states(State.DRAFT), _states(State.FILED, State.AWAITING_LICENCE), STUDENT),
    Action.PROVE_LICENCE: Move(_states(State.AWAITING_LICENCE), _states(State.FILED), STUDENT | OFFICE),
    Action.ADD_DOCUMENT: Move(OPEN | {State.DRAFT}, STAY, STUDENT | OFFICE),
    Action.REQUEST_DOCUMENTS: Move(_states(State.FILED), _states(State.INCOMPLETE), OFFICE),
    Action.SUPPLY_DOCUMENTS: Move(_states(State.INCOMPLETE), _states(State.FILED), STUDENT),
    Action.RESUME: Move(_states(State.INCOMPLETE), _states(State.FILED), OFFICE),
    Action.LAPSE_REQUEST: Move(_states(State.INCOMPLETE), _states(State.FILED), CLOCK),
    Action.ASSIGN: Move(OPEN | {State.ACCEPTED}, STAY, OFFICE),
    Action.DECLARE_ADMISSIBLE: Move(_states(State.FILED), _states(State.ADMISSIBLE), OFFICE),
    Action.DECLARE_INADMISSIBLE: Move(_states(State.FILED), _states(State.INADMISSIBLE), OFFICE),
    Action.WITHDRAW_DECISION: Move(_states(State.INADMISSIBLE), _states(State.FILED), OFFICE),
    Action.CONSULT: Move(SEARCHED, STAY, OFFICE),
    Action.RECORD_AGREEMENT: Move(SEARCHED, STAY, OFFICE),
    Action.RECORD_REFUSAL: Move(SEARCHED, STAY, OFFICE),
    Action.LAPSE_CONSULTATION: Move(SEARCHED, STAY, CLOCK),
    Action.SEND_OFFER: Move(SEARCHED, _states(State.ADMISSIBLE, State.OFFERED), OFFICE),
    Action.RETRACT_OFFER: Move(SEARCHED, SEARCHED, OFFICE),
    Action.END_SEARCH: Move(_states(State.ADMISSIBLE), _states(State.OFFERED, State.EXHAUSTED), OFFICE),
    Action.ACCEPT: Move(_states(State.ADMISSIBLE, State.OFFERED), _states(State.ACCEPTED), STUDENT),
    Action.DECLINE: Move(
        _states(State.ADMISSIBLE, State.OFFERED), _states(State.ADMISSIBLE, State.OFFERED, State.EXHAUSTED), STUDENT
    ),
    Action.EXPIRE: Move(_states(State.ADMISSIBLE, State.OFFERED), _states(State.ADMISSIBLE, State.OFFERED, State.EXHAUSTED), CLOCK),
    Action.WITHDRAW: Move(OPEN, _states(State.WITHDRAWN), STUDENT),
    Action.SET_ADVISER_CONSENT: Move(FILED_ONCE, STAY, STUDENT),
    Action.CORRECT_FACTS: Move(OPEN, STAY, OFFICE),
    Action.TRANSFER: Move(EXAMINED, STAY, OFFICE),
    Action.REOPEN: Move(
        _states(State.EXHAUSTED, State.ACCEPTED, State.WITHDRAWN, State.CLOSED),
        _states(State.FILED, State.AWAITING_LICENCE, State.ADMISSIBLE),
        OFFICE,
    ),
    Action.CLOSE: Move(OPEN - {State.OFFERED}, _states(State.CLOSED), OFFICE),
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
    Action.RECORD_AGREEMENT: Move(_states(OfferState.CONSULTING, OfferState.UNANSWERED), _states(OfferState.AGREED), OFFICE),
    Action.RECORD_REFUSAL: Move(_states(OfferState.CONSULTING, OfferState.UNANSWERED), _states(OfferState.REFUSED), OFFICE),
    Action.LAPSE_CONSULTATION: Move(_states(OfferState.CONSULTING), _states(OfferState.UNANSWERED), CLOCK),
    Action.SEND_OFFER: Move(_states(OfferState.AGREED), _states(OfferState.SENT), OFFICE),
    Action.RETRACT_OFFER: Move(HOLDING, _states(OfferState.RETRACTED), OFFICE),
    Action.ACCEPT: Move(ON_THE_TABLE, _states(OfferState.ACCEPTED), STUDENT),
    Action.DECLINE: Move(ON_THE_TABLE, _states(OfferState.DECLINED), STUDENT),
    Action.EXPIRE: Move(ON_THE_TABLE, _states(OfferState.EXPIRED), CLOCK),
}
"""What happens to one offer. What a referral's own move ends with it is in `RELEASES`."""

RELEASES: dict[Action, Move] = {
    action: Move(HOLDING, _states(OfferState.RELEASED), MOVES[action].actors)
    for action in (Action.ACCEPT, Action.WITHDRAW, Action.CLOSE)
} | {Action.REOPEN: Move(_states(OfferState.ACCEPTED), _states(OfferState.RELEASED), OFFICE)}
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
