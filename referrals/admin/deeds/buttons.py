"""Which actions the tables allow now, to this person, on this file or offer: the buttons, and which of them come first."""

from collections.abc import Callable

from ...models import LimitKind, LimitStatus, Offer, Referral, User
from ...procedure import By, Refused
from ...rules.states import DECIDED_BY_LETTER, MOVES, OFFER_MOVES, Action, State
from .table import DEEDS

HAVE_A_PAGE = frozenset({*DEEDS, Action.CONSULT})
"""Merging is the other side of absorbing, and has none."""

ONLY_WHERE: dict[Action, Callable[[Referral], bool]] = {
    Action.REFER_TO_COMMISSION: lambda referral: referral.rules.commission,
    Action.CHOOSE_LICENCE: lambda referral: any(other.on for other in referral.other_licences.all()),
    Action.RESTART_LIMIT: lambda referral: any(
        limit.status == LimitStatus.LIVE and limit.kind != LimitKind.FILING for limit in referral.limits.all()
    ),
    Action.EXTEND: lambda referral: any(
        limit.status in (LimitStatus.LIVE, LimitStatus.OVER) and limit.kind != LimitKind.FILING for limit in referral.limits.all()
    ),
    Action.FREEZE_ACCOUNT: lambda referral: referral.student.is_active,
    Action.THAW_ACCOUNT: lambda referral: not referral.student.is_active,
    Action.END_MANDATE: lambda referral: bool(referral.mandated),
}
"""What the verb itself would refuse at once: no button leads there."""

NEXT: dict[State, tuple[Action, ...]] = {
    State.AWAITING_LICENCE: (Action.PROVE_LICENCE, Action.POSTPONE_LICENCE),
    State.FILED: (Action.REVIEW, Action.DECLARE_ADMISSIBLE, Action.REQUEST_DOCUMENTS, Action.PREPARE_DECISION),
    State.INCOMPLETE: (Action.RESUME, Action.RECORD_CONTACT),
    State.ADMISSIBLE: (Action.CONSULT, Action.END_SEARCH),
    State.OFFERED: (Action.RECORD_CONTACT,),
    State.ACCEPTED: (Action.RECORD_CONTACT,),
    State.NOT_ENROLLED: (Action.REOPEN, Action.RECORD_CONTACT),
    State.EXHAUSTED: (Action.CONSULT, Action.REFER_TO_COMMISSION, Action.PREPARE_DECISION),
    State.COMMISSION: (Action.CONSULT, Action.END_SEARCH),
}
"""The moves that matter where the office has something to do; whatever else the tables allow is put away."""

GROUPS: tuple[tuple[str, tuple[Action, ...]], ...] = (
    (
        "Examen",
        (
            Action.PROVE_LICENCE,
            Action.POSTPONE_LICENCE,
            Action.REVIEW,
            Action.REQUEST_DOCUMENTS,
            Action.RESUME,
            Action.DECLARE_ADMISSIBLE,
        ),
    ),
    ("Recherche", (Action.CONSULT, Action.END_SEARCH, Action.REFER_TO_COMMISSION)),
    ("Échanges", (Action.WRITE_TO_STUDENT, Action.WRITE_NOTE, Action.RECORD_CONTACT, Action.SEND_LETTER)),
    ("Suivi", (Action.ASSIGN, Action.ADD_DOCUMENT, Action.GIVE_MANDATE, Action.END_MANDATE)),
    ("Délais", (Action.RESTART_LIMIT, Action.EXTEND)),
    (
        "Décision",
        (Action.PREPARE_DECISION, Action.DECLARE_INADMISSIBLE, Action.CLOSE, Action.WITHDRAW_DECISION, Action.REOPEN),
    ),
    (
        "Corrections",
        (Action.CORRECT_FACTS, Action.CORRECT_APPLICATION, Action.CHOOSE_LICENCE, Action.TRANSFER, Action.ABSORB),
    ),
    ("Compte de l’étudiant", (Action.FREEZE_ACCOUNT, Action.THAW_ACCOUNT, Action.CHANGE_ADDRESS)),
)
"""Where each action about a file stands among those put away."""


def acting(user: User) -> By | None:
    """Return ``user`` in the rectorate's name; None for who only reads (the national administrator)."""
    try:
        return By.office(user)
    except Refused:
        return None


def actions_on(referral: Referral, by: By | None) -> list[Action]:
    """Return what ``by`` may do to the referral itself, in the order of the procedure. Decisions by letter: to who may sign."""
    if by is None or not by.may_touch(referral):
        return []
    return [
        action
        for action, move in MOVES.items()
        if action in HAVE_A_PAGE
        and action not in OFFER_MOVES
        and by.actor in move.actors
        and referral.state in move.sources
        and (action not in DECIDED_BY_LETTER or by.signature_on(referral))
        and (action not in ONLY_WHERE or ONLY_WHERE[action](referral))
    ]


def next_among(actions: list[Action], referral: Referral, *, she_waits: bool) -> list[Action]:
    """Return those that come first: a decision that waits for a signature, the moves of the state, then an answer she waits for."""
    first = (*NEXT.get(State(referral.state), ()), *([Action.WRITE_TO_STUDENT] if she_waits else []))
    if referral.prepared_action:
        first = (Action(referral.prepared_action), *(action for action in first if action != Action.PREPARE_DECISION))
    return [action for action in first if action in actions]


def put_away(actions: list[Action]) -> list[tuple[str, list[Action]]]:
    """Return the actions under the headings of their groups; a group without any is left out."""
    grouped = [(heading, [action for action in group if action in actions]) for heading, group in GROUPS]
    return [(heading, group) for heading, group in grouped if group]


def actions_on_offer(offer: Offer, referral: Referral, by: By | None) -> list[Action]:
    """Return what ``by`` may do to one of the referral's offers: both tables must allow it."""
    if by is None or not by.may_touch(referral):
        return []
    return [
        action
        for action, move in OFFER_MOVES.items()
        if by.actor in move.actors and offer.state in move.sources and referral.state in MOVES[action].sources
    ]
