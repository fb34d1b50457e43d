"""A referral's history in its readers' words. What the office notes for itself stays with the office."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from .models import Event, EventKind, Referral
from .rules.states import Action, Actor

MAILS = frozenset({EventKind.MAIL_SENT, EventKind.MAIL_FAILED})
CONVERSATION = (
    Action.WRITE_TO_STUDENT,
    Action.WRITE_TO_OFFICE,
    Action.ADVISE_STUDENT,
    Action.ADVISE_OFFICE,
)
"""What the student reads whole, on the page of her messages."""
FOR_THE_STUDENT = frozenset(
    {Action.REQUEST_DOCUMENTS, Action.RETRACT_OFFER, Action.EXTEND, Action.SEND_LETTER, *CONVERSATION, *MAILS}
)
"""The events of which the note is written to the student, or is the subject of a mail to her."""

WITHIN_THE_OFFICE = frozenset({Action.PREPARE_DECISION, Action.ESCALATE, Action.WRITE_NOTE, Action.REVIEW})
"""What the office does among itself: nothing is decided yet."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the history. note: what the office wrote to the student about it, where it did."""

    at: datetime
    what: str
    who: str
    note: str


def timeline(referral: Referral, *, student: str, notes: Collection[str] = ()) -> list[Entry]:
    """Return the history, the latest first. ``student`` is what its reader calls the student; ``notes``, the kinds she reads."""
    return [
        Entry(
            at=event.at,
            what=event.get_kind_display(),
            who=student if event.actor == Actor.STUDENT else event.get_actor_display(),
            note=event.note if event.kind in notes else "",
        )
        for event in referral.events.of_case().order_by("-seq")
        if was_seen(event)
    ]


def was_seen(event: Event) -> bool:
    """Neither an offer taken back before it was ever sent, nor a mail to somebody else, nor what is between colleagues."""
    if event.kind in WITHIN_THE_OFFICE:
        return False
    if event.kind in MAILS:
        return event.payload["to_student"]
    return event.kind != Action.RETRACT_OFFER or event.payload.get("was_sent", True)


def wanted_documents(referral: Referral) -> str:
    """Return what the office asked for last, in its own words."""
    return referral.events.filter(kind=Action.REQUEST_DOCUMENTS).latest("seq").note
