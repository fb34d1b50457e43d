"""The one way a referral moves: lock it, ask the tables, do it, write the state and one event. All or nothing."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vacancies import seats
from vacancies.models import Scope

from ..language import in_french
from ..models import Event, EventKind, Offer, Referral, Role, Strand, User
from ..models.history import EventQuerySet, note_digest
from ..models.people import ACTOR_OF_ROLE
from ..rules.follow_up import OFFICE_OWES
from ..rules.states import MOVES, OFFER_MOVES, ONCE, RELEASES, TAKEN, Action, Actor, OfferState, State
from ..sealing import Purpose, seal_text
from ..signals import events_recorded
from ..wording import ACTORS
from .following import follow


class Refused(Exception):
    """The procedure does not allow this, now, for this person. Nothing was changed.

    code: for the machine. sentence: for the reader, put into her language when it is shown. source: the legal source, where there
    is one.
    """

    def __init__(self, code: str, sentence: str | Promise, source: str = "") -> None:
        super().__init__(code, str(sentence))
        self.code = code
        self.sentence = sentence
        self.source = source


@dataclass(frozen=True, kw_only=True)
class Signature:
    """In what quality somebody signs a decision, and by which delegation."""

    capacity: str
    delegation: str


class Seen(NamedTuple):
    """How far somebody had read a referral's history: the rank of the last event on her page."""

    referral_id: int
    seq: int


@dataclass(frozen=True, kw_only=True)
class By:
    """Who acts, in what capacity, how far that capacity reaches, and in which regions she may sign (code → how).

    seen: what she knew of the file when she decided; where somebody else has written in it since, nothing is done.
    """

    actor: Actor
    name: str
    user_id: int | None = None
    scope: Scope = field(default_factory=Scope)
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    seen: Seen | None = None

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
            raise Refused("not_yours", _("Cette action ne vous revient pas."))
        return cls(
            actor=ACTOR_OF_ROLE[acting[-1]],
            name=str(user),
            user_id=user.pk,
            scope=user.scope_as(frozenset(acting)),
            signatures=_signatures(user),
        )

    @classmethod
    def medical(cls, user: User) -> "By":
        """``user`` as the rector's medical adviser.

        Raises Refused for who holds no such post today.
        """
        if Role.MEDICAL not in user.roles:
            raise Refused("not_yours", _("Cette action ne vous revient pas."))
        return cls(actor=Actor.MEDICAL, name=str(user), user_id=user.pk, scope=user.scope_as(frozenset({Role.MEDICAL})))

    @classmethod
    def institution(cls, user: User) -> "By":
        """``user`` for the institution she answers for.

        Raises Refused for who holds no such post today.
        """
        if Role.INSTITUTION not in user.roles:
            raise Refused("not_yours", _("Cette action ne vous revient pas."))
        scope = user.scope_as(frozenset({Role.INSTITUTION}))
        return cls(actor=Actor.INSTITUTION, name=str(user), user_id=user.pk, scope=scope)

    @classmethod
    def adviser(cls, user: User) -> "By":
        """``user`` for the guidance service of her university.

        Raises Refused for who holds no such post today.
        """
        if Role.ADVISER not in user.roles:
            raise Refused("not_yours", _("Cette action ne vous revient pas."))
        scope = user.scope_as(frozenset({Role.ADVISER}))
        return cls(actor=Actor.ADVISER, name=str(user), user_id=user.pk, scope=scope)

    @classmethod
    def by_link(cls, offer: Offer, *, to: str) -> "By":
        """Who was sent, at the address ``to``, the link that answers for ``offer``."""
        scope = Scope(institutions=frozenset({offer.vacancy.programme.institution_id}))
        return cls(actor=Actor.INSTITUTION, name=to, scope=scope)

    def may_touch(self, referral: Referral, offer: Offer | None = None) -> bool:
        """Whether ``referral`` is hers to act on; for an institution, whether ``offer`` is of one of its programmes. An erased one
        is nobody's any more.
        """
        if referral.erased_at:
            return False
        match self.actor:
            case Actor.STUDENT:
                return referral.student_id == self.user_id
            case Actor.CLOCK:
                return True
            case Actor.INSTITUTION:
                return offer is not None and offer.vacancy.programme.institution_id in self.scope.institutions
            case Actor.ADVISER:
                shown = referral.shares_draft if referral.is_draft else referral.adviser_consent
                return shown and referral.licence_institution_id in self.scope.institutions
            case _:
                hers = referral.student_id == self.user_id  # nobody decides on her own request
                return not hers and (self.scope.nation or referral.region_id in self.scope.regions)

    def signature_on(self, referral: Referral) -> Signature | None:
        """Return how she signs a decision on ``referral``; None where she only prepares it."""
        return self.signatures.get(referral.region_id or "")

    @property
    def in_ledger(self) -> str:
        """What the seat ledger, read in every region, says of who acted: of a student, no more than that."""
        return str(ACTORS[self.actor]) if self.actor == Actor.STUDENT else self.name


MOVING = frozenset({*MOVES, EventKind.MOVE_LIMIT})
"""The events after which a file may have another holder, or another next date."""

CHANGED = "changed"
"""Code of a refusal: the file is not any more what she had read."""

CLOCK = By(actor=Actor.CLOCK, name="automatique")


def _signatures(user: User) -> dict[str, Signature]:
    """Return the delegations by which ``user`` signs today, region by region: one given in a region signs nothing in another."""
    held = [post for post in user.posts_held if post.role in ACTOR_OF_ROLE and post.delegation]
    return {
        region.pk: Signature(capacity=post.capacity, delegation=post.delegation) for post in held for region in post.regions.all()
    }


@dataclass(kw_only=True)
class Step:
    """One move under way. The verb sets ``to`` where the table leaves a choice, and adds to the event's payload and note.

    due_on: the day before which the office owes the next step; a new state forgets the former one.
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
    due_on: date | None = None
    repeated: bool = False


@contextmanager
def transacting() -> Iterator[None]:
    """The one transaction of a verb, which proves that it is the outermost. All that it writes is French, whoever asked for it."""
    with in_french(), transaction.atomic(durable=True):
        yield


@contextmanager
def moving(action: Action, *, referral_id: int, by: By, at: datetime, offer_id: int | None = None) -> Iterator[Step]:
    """Lock the referral, check that ``by`` may do ``action`` now, and on leaving write the state and one event.

    The body does what the action does; if it raises, nothing of it remains.
    Raises Refused.
    """
    with (
        transacting(),
        moving_locked(action, referral=locked(referral_id), by=by, at=at, offer_id=offer_id) as step,
    ):
        yield step


@contextmanager
def moving_locked(action: Action, *, referral: Referral, by: By, at: datetime, offer_id: int | None = None) -> Iterator[Step]:
    """As `moving`, for a referral that the caller's transaction has locked: the few acts that concern more than one.

    Raises Refused.
    """
    move = MOVES[action]
    offer = None if offer_id is None else _offer_of(referral, offer_id)
    if by.actor not in move.actors or not by.may_touch(referral, offer):
        raise Refused("not_yours", _("Cette action ne vous revient pas."))
    if by.seen and by.seen.referral_id == referral.pk and written_since(by.seen, other_than=by.user_id).exists():
        raise Refused(CHANGED, _("Quelqu’un d’autre a écrit dans ce dossier depuis que vous avez ouvert cette page."))
    step = Step(action=action, referral=referral, offer=offer, by=by, at=at)
    step.repeated = action in ONCE and _already_done(action, referral, offer)
    if step.repeated:
        yield step
        return
    if referral.state not in move.sources:
        raise Refused("wrong_state", _("Cette action n’est plus possible dans l’état actuel du dossier."))
    if offer is not None and offer.state not in OFFER_MOVES[action].sources:
        raise Refused("wrong_state", _("Cette action n’est plus possible pour cette proposition."))
    ends = move.leads[State(referral.state)]
    if len(ends) == 1:
        (step.to,) = ends
    yield step
    if step.repeated:  # the verb itself found it done
        return
    if step.to not in ends:
        raise AssertionError(f"{action} does not lead from {referral.state} to {step.to}")
    _arrive(step)


def written_since(seen: Seen, *, other_than: int | None) -> EventQuerySet:
    """Return what others wrote in a file after what somebody had ``seen`` of it; a mail's fate and a reading change nothing."""
    later = Event.objects.of_case().filter(referral=seen.referral_id, seq__gt=seen.seq).exclude(kind__in=UNMOVED)
    return later.exclude(user_id_then=other_than) if other_than is not None else later


UNMOVED = (EventKind.MAIL_SENT, EventKind.MAIL_FAILED, EventKind.FIRST_READING)


def locked(referral_id: int) -> Referral:
    """Return the referral, its row locked until the end of the transaction."""
    return (
        Referral.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign", "rules", "licence_academy", "student")
        .get(pk=referral_id)
    )


def _offer_of(referral: Referral, offer_id: int) -> Offer:
    return (
        referral.offers.select_for_update(of=("self",), no_key=True).select_related("vacancy__programme__academy").get(pk=offer_id)
    )


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
        referral.due_on = step.due_on or _owed_by_the_office(step)
        referral.prepared_action = referral.prepared_law = referral.prepared_facts = ""
        referral.prepared_by = None
    elif step.due_on is not None:
        referral.due_on = step.due_on
    referral.save()
    if step.offer is not None:
        step.payload["offer"] = step.offer.pk
    record(referral, kind=step.action, by=step.by, at=step.at, payload=step.payload, note=step.note)


def _owed_by_the_office(step: Step) -> date | None:
    """Return by when the office owes the next step of the state arrived in; None where another has to act."""
    referral = step.referral
    rule = OFFICE_OWES.get(State(referral.state))
    if rule is None or referral.licence_academy is None:
        return None
    today = step.at.astimezone(referral.licence_academy.tz).date()
    return today + timedelta(days=getattr(referral.rules, rule))


def record(
    referral: Referral,
    *,
    kind: str,
    by: By,
    at: datetime,
    payload: dict[str, Any] | None = None,
    note: str = "",
    strand: Strand = Strand.CASE,
) -> Event:
    """Append one event to the referral's chain, and say so. The referral's row must be locked."""
    head = referral.events.filter(strand=strand).order_by("-seq").values_list("seq", "hash").first()
    event = next_event(referral, head, kind=kind, by=by, at=at, payload=payload, note=note, strand=strand)
    event.save(force_insert=True)
    if kind in MOVING:
        follow([referral])
    events_recorded.send(sender=Event, events=[event])
    return event


def next_event(
    referral: Referral,
    head: tuple[int, str] | None,
    *,
    kind: str,
    by: By,
    at: datetime,
    payload: dict[str, Any] | None = None,
    note: str = "",
    strand: Strand = Strand.CASE,
) -> Event:
    """Return the event that follows ``head``, the rank and hash of the chain's last one; None where it begins. Not saved."""
    seq, previous = head or (0, "")
    event = Event(
        referral=referral,
        strand=strand,
        seq=seq + 1,
        kind=kind,
        actor=by.actor,
        user_id_then=by.user_id,
        at=at,
        payload=dict(payload or {}),
        previous=previous,
        by_name=by.name,
        note=note,
    )
    if note:
        event.salt = secrets.token_hex(16)
        event.payload |= {"note": note_digest(note=note, salt=event.salt)}
        if strand == Strand.HEALTH:
            event.note = seal_text(note, purpose=Purpose.HEALTH)
    event.hash = event.computed_hash()
    return event


def end_offer(step: Step, offer: Offer, *, to: OfferState) -> None:
    """Lead one offer to an end that its table allows, and give its seat back to the ledger."""
    table = RELEASES if to == OfferState.RELEASED else OFFER_MOVES
    move = table[step.action]
    if to not in move.leads.get(OfferState(offer.state), ()):
        raise AssertionError(f"{step.action} does not lead an offer from {offer.state} to {to}")
    give = seats.give_back if offer.state in TAKEN else seats.free
    give(holder=offer.hold, by=step.by.in_ledger, at=step.at)
    offer.state = to
    offer.save()


def release_all(step: Step) -> None:
    """End what is still being asked or waiting for an answer, in the order of the vacancies (every lock is taken so)."""
    released = list(step.referral.offers.holding().order_by("vacancy_id"))
    for offer in released:
        end_offer(step, offer, to=OfferState.RELEASED)
    step.payload["released"] = [offer.pk for offer in released]
