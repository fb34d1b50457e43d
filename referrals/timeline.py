"""A referral's history in its readers' words, and the road ahead. What the office notes for itself stays with the office."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, ngettext

from .models import DocumentKind, Event, EventKind, Referral
from .rules.states import Action, Actor, State
from .templatetags.instants import day
from .wording import STATES

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


# The road ahead


class Stage(StrEnum):
    """A stretch of the road, from the filing to the enrolment. Only who filed before her licence has one for it."""

    FILING = "filing"
    LICENCE = "licence"
    EXAMINATION = "examination"
    SEARCH = "search"
    ANSWER = "answer"
    ENROLMENT = "enrolment"


class StageWording(NamedTuple):
    """title: of the stretch. done: what ends it, by its event. coming: what it will be, where it is yet to come."""

    title: Promise
    done: tuple[Action, ...]
    coming: Callable[[Referral], str]


def _examination(referral: Referral) -> str:
    return str(STATES[State.FILED].next)


def _search(referral: Referral) -> str:
    return gettext(
        "Le rectorat cherche des places libres et demande leur accord aux établissements, jusqu’au %(last_day)s au plus tard."
    ) % {"last_day": day(referral.campaign.search_until)}


def _answer(referral: Referral) -> str:
    rules = referral.rules
    return ngettext(
        "Vous recevez au moins %(offers)s proposition et vous l’acceptez ou la refusez, en %(days)s jours.",
        "Vous recevez au moins %(offers)s propositions. Vous en acceptez une ou vous les refusez, en %(days)s jours.",
        rules.offers_required,
    ) % {"offers": rules.offers_required, "days": rules.answer_days}


def _enrolment(referral: Referral) -> str:
    return gettext(
        "Vous vous inscrivez auprès de l’établissement de la proposition acceptée ; il confirme l’inscription sous %(days)s jours."
    ) % {"days": referral.rules.enrolment_days}


def _nothing(referral: Referral) -> str:
    return ""


STAGES: dict[Stage, StageWording] = {
    Stage.FILING: StageWording(gettext_lazy("Dépôt"), (Action.FILE,), _nothing),
    Stage.LICENCE: StageWording(gettext_lazy("Licence obtenue"), (Action.PROVE_LICENCE,), _nothing),
    Stage.EXAMINATION: StageWording(gettext_lazy("Examen de votre saisine"), (Action.DECLARE_ADMISSIBLE,), _examination),
    Stage.SEARCH: StageWording(gettext_lazy("Recherche de places"), (Action.SEND_OFFER, Action.END_SEARCH), _search),
    Stage.ANSWER: StageWording(gettext_lazy("Votre réponse aux propositions"), (Action.ACCEPT,), _answer),
    Stage.ENROLMENT: StageWording(gettext_lazy("Inscription dans l’établissement"), (Action.RECORD_ENROLMENT,), _enrolment),
}
"""In the order of the road."""

STANDS_AT: dict[State, Stage | None] = {
    State.DRAFT: Stage.FILING,
    State.AWAITING_LICENCE: Stage.LICENCE,
    State.FILED: Stage.EXAMINATION,
    State.INCOMPLETE: Stage.EXAMINATION,
    State.ADMISSIBLE: Stage.SEARCH,
    State.EXHAUSTED: Stage.SEARCH,
    State.COMMISSION: Stage.SEARCH,
    State.OFFERED: Stage.ANSWER,
    State.ACCEPTED: Stage.ENROLMENT,
    State.NOT_ENROLLED: Stage.ENROLMENT,
    State.ENROLLED: None,
    State.INADMISSIBLE: None,
    State.WITHDRAWN: None,
    State.CLOSED: None,
    State.MERGED: None,
}
"""Where on the road each state stands; nowhere, where the road has ended: nothing is to come."""


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """One stretch of the road. at: when it was done, the latest time; coming: what it will be. Neither: the file stands here."""

    title: str
    at: datetime | None = None
    coming: str = ""

    @property
    def is_now(self) -> bool:
        return self.at is None and not self.coming


def road(referral: Referral) -> list[Milestone]:
    """Return the road of a filed case: what was done, where it stands, and what comes next, in one query.

    What never happened on the way here is left out. Where the road has ended the last milestone is the end, named as the state is.
    """
    here = STANDS_AT[State(referral.state)]
    done_at = dict(referral.events.of_case().order_by("seq").values_list("kind", "at"))
    order = list(STAGES)
    milestones = []
    for stage, words in STAGES.items():
        done = [done_at[action] for action in words.done if action in done_at]
        if here is None or order.index(stage) < order.index(here):
            if done:
                milestones.append(Milestone(title=str(words.title), at=max(done)))
        elif stage == here:
            milestones.append(Milestone(title=str(words.title)))
        else:
            milestones.append(Milestone(title=str(words.title), coming=words.coming(referral)))
    if here is None:
        milestones.append(Milestone(title=capfirst(STATES[State(referral.state)].label)))
    return milestones


# By when


def by_when(referral: Referral, *, today: date) -> str:
    """Return by when the next thing happens at the latest and what silence means, in a sentence; empty where a limit says it."""
    says = BY_WHEN.get(State(referral.state))
    return says(referral, today) if says else ""


MOVES_THE_SILENCE = (Action.REQUEST_DOCUMENTS, Action.PROVE_LICENCE, Action.WITHDRAW_DECISION, Action.REOPEN)
"""After one of these the date the receipt gave is no longer to be relied on."""


def _silence(referral: Referral, today: date) -> str:
    receipt = referral.documents.filter(kind=DocumentKind.RECEIPT).first()
    content = receipt.content if receipt else None
    if not content or referral.events.filter(kind__in=MOVES_THE_SILENCE).exists():
        return ""
    until = date.fromisoformat(content["silence_until"])
    words = gettext(
        "%(until)s. Sans réponse du rectorat à cette date, votre demande est considérée comme rejetée ; l’accusé de réception dit "
        "comment contester."
    )
    if until < today:
        words = gettext(
            "La date du %(until)s est passée sans réponse : votre demande est considérée comme rejetée, et l’accusé de réception "
            "dit comment contester. Le rectorat peut encore vous répondre."
        )
    return words % {"until": day(until)}


def _search_until(referral: Referral, today: date) -> str:
    until = referral.campaign.search_until
    words = gettext("%(until)s, dernier jour où le rectorat peut proposer des places")
    if until < today:
        words = gettext("Le %(until)s, dernier jour pour proposer des places, est passé : le rectorat vous doit une décision.")
    return words % {"until": day(until)}


def _licence_expected(referral: Referral, today: date) -> str:
    if referral.licence_expected_on is None:
        return ""
    return gettext("dès que la licence est obtenue ; vous l’attendez le %(on)s") % {"on": day(referral.licence_expected_on)}


def _confirmed(referral: Referral, today: date) -> str:
    if referral.due_on is None:
        return ""
    return gettext(
        "%(on)s, date à laquelle l’établissement doit avoir confirmé votre inscription ; sinon, le rectorat le relance"
    ) % {"on": day(referral.due_on)}


BY_WHEN: dict[State, Callable[[Referral, date], str]] = {
    State.AWAITING_LICENCE: _licence_expected,
    State.FILED: _silence,
    State.ADMISSIBLE: _search_until,
    State.EXHAUSTED: _search_until,
    State.COMMISSION: _search_until,
    State.NOT_ENROLLED: _search_until,
    State.ACCEPTED: _confirmed,
}
