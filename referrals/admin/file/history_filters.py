"""What the address of a file's page may ask of its history: which kind of event, whose, which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from vacancies.names import normalise

from ...models import Event, EventKind
from ...rules.states import Action

OFFERS = (
    Action.CONSULT,
    Action.RECORD_AGREEMENT,
    Action.RECORD_REFUSAL,
    Action.RECORD_CONDITION,
    Action.DELEGATE,
    Action.LAPSE_CONSULTATION,
    Action.SEND_OFFER,
    Action.RETRACT_OFFER,
    Action.END_SEARCH,
    Action.ACCEPT,
    Action.DECLINE,
    Action.EXPIRE,
    Action.RECORD_ENROLMENT,
    Action.RECORD_NO_ENROLMENT,
    EventKind.FIRST_READING,
)
EXCHANGES = (
    Action.WRITE_NOTE,
    Action.WRITE_TO_STUDENT,
    Action.WRITE_TO_OFFICE,
    Action.ADVISE_STUDENT,
    Action.ADVISE_OFFICE,
    Action.SEND_LETTER,
    Action.RECORD_CONTACT,
    Action.GIVE_MANDATE,
    Action.END_MANDATE,
)
MAILS = (EventKind.MAIL_SENT, EventKind.MAIL_FAILED)
LIMITS = (Action.EXTEND, Action.RESTART_LIMIT, EventKind.MOVE_LIMIT, Action.LAPSE_REQUEST)
CORRECTIONS = (
    Action.CORRECT_FACTS,
    Action.CORRECT_APPLICATION,
    Action.CHOOSE_LICENCE,
    Action.TRANSFER,
    Action.ABSORB,
    Action.MERGE,
    Action.FREEZE_ACCOUNT,
    Action.THAW_ACCOUNT,
    Action.CHANGE_ADDRESS,
)
ELSEWHERE = (*OFFERS, *EXCHANGES, *MAILS, *LIMITS, *CORRECTIONS)
GROUPS: dict[str, tuple[str, Sequence[str]]] = {
    "echanges": ("échanges et notes", EXCHANGES),
    "courriels": ("courriels", MAILS),
    "propositions": ("recherche et propositions", OFFERS),
    "delais": ("délais", LIMITS),
    "corrections": ("corrections et compte", CORRECTIONS),
    "examen": (
        "examen, suivi et décisions",
        [kind for kind in EventKind.ALL if kind not in {*ELSEWHERE, *EventKind.CONFIDENTIAL}],
    ),
}
"""Word of the address → what it is called, and the events it keeps. Every event that the office reads is in one of them."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """group: one of `GROUPS`, or empty. who: a name of the history. text: words that an entry has."""

    group: str
    who: str
    text: str

    @classmethod
    def by(cls, address: QueryDict) -> "Asked":
        group = address.get("groupe", "")
        return cls(group=group if group in GROUPS else "", who=address.get("qui", ""), text=address.get("texte", "").strip())

    def __bool__(self) -> bool:
        return bool(self.group or self.who or self.text)

    def kept(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return those of the history's ``entries`` that are asked for."""
        return [entry for entry in entries if self._keeps(entry)]

    def _keeps(self, entry: dict[str, Any]) -> bool:
        event = entry["event"]
        if self.group and event.kind not in GROUPS[self.group][1]:
            return False
        if self.who and self.who != author_of(event):
            return False
        said = [event.get_kind_display(), event.note, entry["offer"] or "", *entry["states"], *entry["details"]]
        words = f" {normalise(' '.join(map(str, said)))} "
        return all(word in words for word in normalise(self.text).split())


def author_of(event: Event) -> str:
    """Return who is named as the author of an event."""
    return event.by_name or event.get_actor_display()


def authors_of(events: Sequence[Event]) -> list[str]:
    return sorted({author_of(event) for event in events})
