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
    MEDICAL = "medical"
    INSTITUTION = "institution"
    ADVISER = "adviser"
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
    ENROLLED = "enrolled"
    NOT_ENROLLED = "not_enrolled"
    INADMISSIBLE = "inadmissible"
    EXHAUSTED = "exhausted"
    COMMISSION = "commission"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    MERGED = "merged"


class OfferState(StrEnum):
    """Where an offer stands."""

    CONSULTING = "consulting"
    AGREED = "agreed"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    SENT = "sent"
    ACCEPTED = "accepted"
    ENROLLED = "enrolled"
    LOST = "lost"
    DECLINED = "declined"
    EXPIRED = "expired"
    RELEASED = "released"
    RETRACTED = "retracted"


class Action(StrEnum):
    """What somebody, or the clock, does to a referral or to one of its offers."""

    FILE = "file"
    PROVE_LICENCE = "prove_licence"
    POSTPONE_LICENCE = "postpone_licence"
    REPORT_FAILURE = "report_failure"
    CHOOSE_LICENCE = "choose_licence"
    ADD_DOCUMENT = "add_document"
    REQUEST_DOCUMENTS = "request_documents"
    SUPPLY_DOCUMENTS = "supply_documents"
    RESUME = "resume"
    LAPSE_REQUEST = "lapse_request"
    REVIEW = "review"
    ASSIGN = "assign"
    DECLARE_ADMISSIBLE = "declare_admissible"
    PREPARE_DECISION = "prepare_decision"
    DECLARE_INADMISSIBLE = "declare_inadmissible"
    WITHDRAW_DECISION = "withdraw_decision"
    CONSULT = "consult"
    RECORD_AGREEMENT = "record_agreement"
    RECORD_REFUSAL = "record_refusal"
    RECORD_CONDITION = "record_condition"
    DELEGATE = "delegate"
    LAPSE_CONSULTATION = "lapse_consultation"
    SEND_OFFER = "send_offer"
    RETRACT_OFFER = "retract_offer"
    END_SEARCH = "end_search"
    ESCALATE = "escalate"
    REFER_TO_COMMISSION = "refer_to_commission"
    RECORD_MINUTES = "record_minutes"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    RESTART_LIMIT = "restart_limit"
    EXTEND = "extend"
    RECORD_CONTACT = "record_contact"
    WRITE_NOTE = "write_note"
    WRITE_TO_STUDENT = "write_to_student"
    WRITE_TO_OFFICE = "write_to_office"
    SEND_LETTER = "send_letter"
    ADVISE_STUDENT = "advise_student"
    ADVISE_OFFICE = "advise_office"
    GIVE_MANDATE = "give_mandate"
    END_MANDATE = "end_mandate"
    RECORD_ENROLMENT = "record_enrolment"
    RECORD_NO_ENROLMENT = "record_no_enrolment"
    WITHDRAW = "withdraw"
    SET_ADVISER_CONSENT = "set_adviser_consent"
    CORRECT_FACTS = "correct_facts"
    CORRECT_APPLICATION = "correct_application"
    TRANSFER = "transfer"
    ABSORB = "absorb"
    MERGE = "merge"
    FREEZE_ACCOUNT = "freeze_account"
    THAW_ACCOUNT = "thaw_account"
    CHANGE_ADDRESS = "change_address"
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


def _either(target: StrEnum, other: StrEnum, sources: Iterable[StrEnum], actors: frozenset[Actor]) -> Move:
    """A move that leads to one of two states; the verb says which."""
    return Move({source: _states(target, other) for source in sources}, actors)


def _answering(actors: frozenset[Actor]) -> Move:
    """One offer ends; once all were sent and none waits any more, the offers are exhausted."""
    return Move(
        {state: _states(state) for state in (State.ADMISSIBLE, State.COMMISSION)}
        | {State.OFFERED: _states(State.OFFERED, State.EXHAUSTED)},
        actors,
    )


STUDENT = frozenset({Actor.STUDENT})
OFFICE = frozenset({Actor.CASEWORKER, Actor.HEAD})
HEAD = frozenset({Actor.HEAD})
INSTITUTION = frozenset({Actor.INSTITUTION})
ADVISER = frozenset({Actor.ADVISER})
CLOCK = frozenset({Actor.CLOCK})

EXAMINED = _states(State.AWAITING_LICENCE, State.FILED, State.INCOMPLETE)
"""Before the office has decided whether the referral is admissible."""
SEARCHED = _states(State.ADMISSIBLE, State.OFFERED, State.EXHAUSTED, State.COMMISSION)
"""Admissible, and seats may still be found."""
OPEN = EXAMINED | SEARCHED
ENDED = frozenset(State) - OPEN - {State.DRAFT}
FILED_ONCE = frozenset(State) - {State.DRAFT}
"""Every state behind which stands a receipt."""
LIVE = frozenset(State) - {State.WITHDRAWN, State.CLOSED, State.MERGED}
"""One referral of this kind at most for a student and campaign."""
ENROLLING = _states(State.ACCEPTED, State.ENROLLED, State.NOT_ENROLLED)
"""She has accepted a seat."""
FOLLOWED = OPEN | {State.ACCEPTED, State.NOT_ENROLLED}
"""Somebody has to do something yet: each has an owner in the office, and a day."""
DECIDED_BY_LETTER = frozenset({Action.DECLARE_INADMISSIBLE, Action.CLOSE})
"""A caseworker prepares these, who has a delegation signs them."""

MOVES: dict[Action, Move] = {
    Action.FILE: Move({State.DRAFT: _states(State.FILED, State.AWAITING_LICENCE)}, STUDENT | OFFICE),
    Action.PROVE_LICENCE: _to(State.FILED, {State.AWAITING_LICENCE}, STUDENT | OFFICE),
    Action.POSTPONE_LICENCE: _staying({State.AWAITING_LICENCE}, STUDENT | OFFICE),
    Action.REPORT_FAILURE: _staying({State.AWAITING_LICENCE}, STUDENT),
    Action.CHOOSE_LICENCE: Move(
        {state: _states(state) for state in OPEN} | {State.AWAITING_LICENCE: _states(State.FILED)},
        OFFICE,
    ),
    Action.ADD_DOCUMENT: _staying(OPEN | {State.DRAFT}, STUDENT | OFFICE),
    Action.REQUEST_DOCUMENTS: _to(State.INCOMPLETE, {State.FILED}, OFFICE),
    Action.SUPPLY_DOCUMENTS: _to(State.FILED, {State.INCOMPLETE}, STUDENT),
    Action.RESUME: _to(State.FILED, {State.INCOMPLETE}, OFFICE),
    Action.LAPSE_REQUEST: _to(State.FILED, {State.INCOMPLETE}, CLOCK),
    Action.REVIEW: _staying(EXAMINED, OFFICE),
    Action.ASSIGN: _staying(FOLLOWED, OFFICE | CLOCK),
    Action.DECLARE_ADMISSIBLE: _to(State.ADMISSIBLE, {State.FILED}, OFFICE),
    Action.PREPARE_DECISION: _staying(OPEN - {State.OFFERED}, OFFICE),
    Action.DECLARE_INADMISSIBLE: _to(State.INADMISSIBLE, {State.FILED, State.AWAITING_LICENCE}, OFFICE),
    Action.WITHDRAW_DECISION: _either(State.FILED, State.AWAITING_LICENCE, {State.INADMISSIBLE}, OFFICE),
    Action.CONSULT: _staying(SEARCHED, OFFICE),
    Action.RECORD_AGREEMENT: _staying(SEARCHED, OFFICE | INSTITUTION),
    Action.RECORD_REFUSAL: _staying(SEARCHED, OFFICE | INSTITUTION),
    Action.RECORD_CONDITION: _staying(SEARCHED, OFFICE | INSTITUTION),
    Action.DELEGATE: _staying(SEARCHED, INSTITUTION),
    Action.LAPSE_CONSULTATION: _staying(SEARCHED, CLOCK),
    Action.SEND_OFFER: Move(
        {
            State.ADMISSIBLE: _states(State.ADMISSIBLE, State.OFFERED),
            State.OFFERED: _states(State.OFFERED),
            State.EXHAUSTED: _states(State.OFFERED),
            State.COMMISSION: _states(State.OFFERED),
        },
        OFFICE,
    ),
    Action.RETRACT_OFFER: Move(
        {
            State.ADMISSIBLE: _states(State.ADMISSIBLE),
            State.OFFERED: _states(State.OFFERED, State.ADMISSIBLE, State.EXHAUSTED),
            State.EXHAUSTED: _states(State.EXHAUSTED),
            State.COMMISSION: _states(State.COMMISSION),
            State.ACCEPTED: _states(State.ADMISSIBLE),
        },
        OFFICE,
    ),
    Action.END_SEARCH: _either(State.OFFERED, State.EXHAUSTED, {State.ADMISSIBLE, State.COMMISSION}, OFFICE),
    Action.ESCALATE: _staying(SEARCHED, CLOCK),
    Action.REFER_TO_COMMISSION: _to(State.COMMISSION, {State.ADMISSIBLE, State.EXHAUSTED}, OFFICE),
    Action.RECORD_MINUTES: _staying({State.COMMISSION}, OFFICE),
    Action.ACCEPT: _to(State.ACCEPTED, {State.ADMISSIBLE, State.OFFERED, State.COMMISSION}, STUDENT),
    Action.DECLINE: _answering(STUDENT),
    Action.EXPIRE: _answering(CLOCK),
    Action.RESTART_LIMIT: _staying({State.INCOMPLETE, State.ADMISSIBLE, State.OFFERED, State.COMMISSION}, OFFICE),
    Action.EXTEND: Move(
        {state: _states(state) for state in (State.DRAFT, State.INCOMPLETE, State.ADMISSIBLE, State.OFFERED, State.COMMISSION)}
        | {State.EXHAUSTED: _states(State.OFFERED)},
        OFFICE,
    ),
    Action.RECORD_CONTACT: _staying(FILED_ONCE, OFFICE),
    Action.WRITE_NOTE: _staying(FILED_ONCE, OFFICE),
    Action.WRITE_TO_STUDENT: _staying(FILED_ONCE, OFFICE),
    Action.WRITE_TO_OFFICE: _staying(FILED_ONCE, STUDENT),
    Action.SEND_LETTER: _staying(FILED_ONCE, OFFICE),
    Action.ADVISE_STUDENT: _staying(FILED_ONCE, ADVISER),
    Action.ADVISE_OFFICE: _staying(FILED_ONCE, ADVISER),
    Action.GIVE_MANDATE: _staying(FILED_ONCE, STUDENT | OFFICE),
    Action.END_MANDATE: _staying(FILED_ONCE, STUDENT | OFFICE),
    Action.RECORD_ENROLMENT: _to(State.ENROLLED, {State.ACCEPTED}, OFFICE),
    Action.RECORD_NO_ENROLMENT: _either(State.ADMISSIBLE, State.NOT_ENROLLED, {State.ACCEPTED}, OFFICE),
    Action.WITHDRAW: _to(State.WITHDRAWN, OPEN, STUDENT),
    Action.SET_ADVISER_CONSENT: _staying(FILED_ONCE, STUDENT),
    Action.CORRECT_FACTS: _staying(OPEN | ENROLLING, OFFICE),
    Action.CORRECT_APPLICATION: _staying(OPEN, OFFICE),
    Action.TRANSFER: _staying(OPEN, OFFICE),
    Action.ABSORB: _staying(OPEN, OFFICE),
    Action.MERGE: _to(State.MERGED, OPEN | {State.WITHDRAWN, State.CLOSED, State.INADMISSIBLE}, OFFICE),
    Action.FREEZE_ACCOUNT: _staying(FILED_ONCE, OFFICE),
    Action.THAW_ACCOUNT: _staying(FILED_ONCE, OFFICE),
    Action.CHANGE_ADDRESS: _staying(FILED_ONCE, OFFICE),
    Action.REOPEN: Move(
        {state: _states(State.ADMISSIBLE) for state in ENROLLING | {State.EXHAUSTED, State.COMMISSION}}
        | {
            state: _states(State.FILED, State.AWAITING_LICENCE, State.ADMISSIBLE)
            for state in (State.WITHDRAWN, State.CLOSED, State.MERGED)
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
TAKEN = _states(OfferState.ACCEPTED, OfferState.ENROLLED)
"""A seat of the ledger is taken for these."""
COUNTED = frozenset(OfferState) - ASKED - {OfferState.REFUSED, OfferState.UNANSWERED, OfferState.RETRACTED}
"""Sent once and not retracted: these count towards the offers the rules require."""

OFFER_BEGINS = (OfferState.CONSULTING, OfferState.AGREED)
"""Where an offer starts: its institution is asked, or has agreed beforehand."""

OFFER_MOVES: dict[Action, Move] = {
    Action.RECORD_AGREEMENT: _to(OfferState.AGREED, {OfferState.CONSULTING, OfferState.UNANSWERED}, OFFICE | INSTITUTION),
    Action.RECORD_REFUSAL: _to(OfferState.REFUSED, {OfferState.CONSULTING, OfferState.UNANSWERED}, OFFICE | INSTITUTION),
    Action.RECORD_CONDITION: _staying({OfferState.CONSULTING}, OFFICE | INSTITUTION),
    Action.DELEGATE: _staying({OfferState.CONSULTING}, INSTITUTION),
    Action.LAPSE_CONSULTATION: _to(OfferState.UNANSWERED, {OfferState.CONSULTING}, CLOCK),
    Action.SEND_OFFER: _to(OfferState.SENT, {OfferState.AGREED}, OFFICE),
    Action.RETRACT_OFFER: _to(OfferState.RETRACTED, HOLDING | {OfferState.ACCEPTED}, OFFICE),
    Action.ACCEPT: _to(OfferState.ACCEPTED, ON_THE_TABLE, STUDENT),
    Action.DECLINE: _to(OfferState.DECLINED, ON_THE_TABLE, STUDENT),
    Action.EXPIRE: _to(OfferState.EXPIRED, ON_THE_TABLE, CLOCK),
    Action.RECORD_ENROLMENT: _to(OfferState.ENROLLED, {OfferState.ACCEPTED}, OFFICE),
    Action.RECORD_NO_ENROLMENT: _to(OfferState.LOST, {OfferState.ACCEPTED}, OFFICE),
}
"""What happens to one offer. What a referral's own move does to its offers is in `RELEASES` and `REVIVES`."""

RELEASES: dict[Action, Move] = {
    action: _to(OfferState.RELEASED, HOLDING, MOVES[action].actors) for action in (Action.ACCEPT, Action.WITHDRAW, Action.CLOSE)
} | {Action.REOPEN: _to(OfferState.RELEASED, TAKEN, OFFICE)}
"""The moves of a referral that release its other offers and give their seats back to the ledger."""

REVIVES: dict[Action, Move] = {Action.EXTEND: _to(OfferState.SENT, {OfferState.EXPIRED}, OFFICE)}
"""The moves of a referral that put an ended offer on the table again, where its seat is still free."""

ONCE = frozenset(
    {
        Action.FILE,
        Action.DECLARE_ADMISSIBLE,
        Action.SEND_OFFER,
        Action.SUPPLY_DOCUMENTS,
        Action.REFER_TO_COMMISSION,
        Action.ACCEPT,
        Action.DECLINE,
        Action.WITHDRAW,
        Action.EXPIRE,
        Action.LAPSE_REQUEST,
        Action.LAPSE_CONSULTATION,
        Action.RECORD_ENROLMENT,
    }
)
"""Done again, these change nothing and are no error: a second click, a second sweep."""
