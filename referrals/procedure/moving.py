"""The one way a referral moves: lock it, ask the tables, do it, write the state and one event. All or nothing."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from vacancies import seats
from vacancies.models import Scope

from ..models import Event, Offer, Referral, User
from ..models.history import note_digest
from ..models.people import ACTOR_OF_ROLE
from ..rules.states import MOVES, OFFER_MOVES, ONCE, RELEASES, Action, Actor, OfferState, State
from ..signals import event_recorded
from ..wording import ACTORS

LAW = "Code de l’éducation, art. L. 612-6 et R. 612-36-3"


class Refused(Exception):
    """The procedure does not allow this, now, for this person. Nothing was changed.

    code: for the machine. sentence: for the reader, in French. source: the legal source, where there is one.
    """

    def __init__(self, code: str, sentence: str, source: str = "") -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence
        self.source = source


@dataclass(frozen=True, kw_only=True)
class By:
    """Who acts, in what capacity, and how far that capacity reaches."""

    actor: Actor
    name: str
    user_id: int | None = None
    scope: Scope = field(default_factory=Scope)

    @classmethod
    def student(cls, user: User) -> "By":
        return cls(actor=Actor.STUDENT, name=user.email, user_id=user.pk)

    @classmethod
    def office(cls, user: User) -> "By":
        """``user`` in the rectorate's name.

        Raises Refused for who holds no post of a rectorate today.
        """
        acting = [role for role in ACTOR_OF_ROLE if role in user.roles]
        if not acting:
            raise Refused("not_yours", "Cette action ne vous revient pas.")
        return cls(actor=ACTOR_OF_ROLE[acting[-1]], name=str(user), user_id=user.pk, scope=user.scope_as(frozenset(acting)))

    def may_touch(self, referral: Referral) -> bool:
        match self.actor:
            case Actor.STUDENT:
                return referral.student_id == self.user_id
            case Actor.CLOCK:
                return True
            case _:
                hers = referral.student_id == self.user_id  # nobody decides on her own request
                return not hers and (self.scope.nation or referral.region_id in self.scope.regions)

    @property
    def in_ledger(self) -> str:
        """What the seat ledger, read in every region, says of who acted: of a student, no more than that."""
        return ACTORS[self.actor] if self.actor == Actor.STUDENT else self.name


CLOCK = By(actor=Actor.CLOCK, name="automatique")


@dataclass(kw_only=True)
class Step:
    """One move under way. The verb sets ``to`` where the table leaves a choice, and adds to the event's payload and note.

    repeated: the move was made before, and making it again must change nothing.
    """

    action: Action
    referral: Referral
    offer: Offer | None
    by: By
    at: datetime
    to: State | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    repeated: bool = False


@contextmanager
def moving(action: Action, *, referral_id: int, by: By, at: datetime, offer_id: int | None = None) -> Iterator[Step]:
    """Lock the referral, check that ``by`` may do ``action`` now, and on leaving write the state and one event.

    The body does what the action does; if it raises, nothing of it remains.
    Raises Refused.
    """
    move = MOVES[action]
    with transaction.atomic(durable=True):
        referral = locked(referral_id)
        if by.actor not in move.actors or not by.may_touch(referral):
            raise Refused("not_yours", "Cette action ne vous revient pas.")
        offer = None if offer_id is None else _offer_of(referral, offer_id)
        step = Step(action=action, referral=referral, offer=offer, by=by, at=at)
        step.repeated = action in ONCE and _already_done(action, referral, offer)
        if step.repeated:
            yield step
            return
        if referral.state not in move.sources:
            raise Refused("wrong_state", "Cette action n’est plus possible dans l’état actuel du dossier.")
        if offer is not None and offer.state not in OFFER_MOVES[action].sources:
            raise Refused("wrong_state", "Cette action n’est plus possible pour cette proposition.")
        ends = move.leads[State(referral.state)]
        if len(ends) == 1:
            (step.to,) = ends
        yield step
        if step.repeated:  # the verb itself found it done
            return
        if step.to not in ends:
            raise AssertionError(f"{action} does not lead from {referral.state} to {step.to}")
        _arrive(step)


def locked(referral_id: int) -> Referral:
    """Return the referral, its row locked until the end of the transaction."""
    return (
        Referral.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign", "rules", "licence_academy", "student")
        .get(pk=referral_id)
    )


def _offer_of(referral: Referral, offer_id: int) -> Offer:
    return referral.offers.select_for_update(of=("self",), no_key=True).select_related("vacancy").get(pk=offer_id)


def _already_done(action: Action, referral: Referral, offer: Offer | None) -> bool:
    if offer is not None:
        return offer.state in OFFER_MOVES[action].targets
    move = MOVES[action]
    return referral.state in move.targets - move.sources


def _arrive(step: Step) -> None:
    """Write the state the step leads to, and its event."""
    referral = step.referral
    if step.to is not None and step.to != referral.state:
        step.payload |= {"from": referral.state, "to": step.to}
        referral.state = step.to
    referral.save()
    if step.offer is not None:
        step.payload["offer"] = step.offer.pk
    record(referral, kind=step.action, by=step.by, at=step.at, payload=step.payload, note=step.note)


def record(referral: Referral, *, kind: str, by: By, at: datetime, payload: dict[str, Any] | None = None, note: str = "") -> Event:
    """Append one event to the referral's chain, and say so. The referral's row must be locked."""
    last = referral.events.order_by("-seq").first()
    event = Event(
        referral=referral,
        seq=last.seq + 1 if last else 1,
        kind=kind,
        actor=by.actor,
        user_id_then=by.user_id,
        at=at,
        payload=payload or {},
        previous=last.hash if last else "",
        by_name=by.name,
        note=note,
    )
    if note:
        event.salt = secrets.token_hex(16)
        event.payload |= {"note": note_digest(note=note, salt=event.salt)}
    event.hash = event.computed_hash()
    event.save(force_insert=True)
    event_recorded.send(sender=Event, event=event)
    return event


def end_offer(step: Step, offer: Offer, *, to: OfferState) -> None:
    """Lead one offer to an end that its table allows, and give its seat back to the ledger."""
    table = RELEASES if to == OfferState.RELEASED else OFFER_MOVES
    move = table[step.action]
    if to not in move.leads.get(OfferState(offer.state), ()):
        raise AssertionError(f"{step.action} does not lead an offer from {offer.state} to {to}")
    give = seats.give_back if offer.state == OfferState.ACCEPTED else seats.free
    give(holder=offer.hold, by=step.by.in_ledger, at=step.at)
    offer.state = to
    offer.save()


def release_all(step: Step) -> None:
    """End what is still being asked or waiting for an answer, in the order of the vacancies (every lock is taken so)."""
    released = list(step.referral.offers.holding().order_by("vacancy_id"))
    for offer in released:
        end_offer(step, offer, to=OfferState.RELEASED)
    step.payload["released"] = [offer.pk for offer in released]
