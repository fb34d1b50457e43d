"""What was said about a file, in the order in which it was said: with the student on one side, among colleagues on the other."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from vacancies.full_text import French, french_query

from ...models import Document, Event, Referral
from ...rules.states import Action, Actor

WITH_THE_STUDENT = (
    Action.WRITE_TO_STUDENT,
    Action.WRITE_TO_OFFICE,
    Action.ADVISE_STUDENT,
    Action.ADVISE_OFFICE,
    Action.SEND_LETTER,
    Action.REQUEST_DOCUMENTS,
    Action.RECORD_CONTACT,
)
AMONG_COLLEAGUES = (Action.WRITE_NOTE,)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing that was said. comes_in: it came from the student or for her, and waits for the office to read it."""

    event: Event
    comes_in: bool
    attached: list[Document]


@dataclass(frozen=True, kw_only=True)
class Exchanges:
    """The latest first. looked_for: the words searched for; empty where all is shown."""

    messages: list[Said] = field(default_factory=list)
    notes: list[Said] = field(default_factory=list)
    looked_for: str = ""
    total: int = 0


def exchanges_of(referral: Referral, events: Iterable[Event], documents: Iterable[Document], *, looked_for: str = "") -> Exchanges:
    """Return what was said in ``events``, the latest first; that which has every word of ``looked_for``, in French, where given."""
    by_id = {document.pk: document for document in documents}
    spoken = [event for event in events if event.kind in (*WITH_THE_STUDENT, *AMONG_COLLEAGUES)]
    total = len(spoken)
    if looked_for:
        found = found_in(referral, looked_for)
        spoken = [event for event in spoken if event.pk in found]
    said = [_said(event, by_id) for event in spoken]
    return Exchanges(
        messages=[one for one in said if one.event.kind in WITH_THE_STUDENT],
        notes=[one for one in said if one.event.kind in AMONG_COLLEAGUES],
        looked_for=looked_for,
        total=total,
    )


def found_in(referral: Referral, words: str) -> set[int]:
    """Return the events of the referral, by id, in which every word of ``words`` was said, however it is inflected."""
    spoken = referral.events.of_case().filter(kind__in=(*WITH_THE_STUDENT, *AMONG_COLLEAGUES))
    found = spoken.alias(said=French("note")).filter(said=french_query(words))
    return set(found.values_list("pk", flat=True))


def _said(event: Event, documents: dict[int, Document]) -> Said:
    ids = [*event.payload.get("attached", ()), event.payload.get("document")]
    return Said(
        event=event,
        comes_in=event.actor in (Actor.STUDENT, Actor.ADVISER),
        attached=[documents[pk] for pk in ids if pk in documents],
    )
