"""Whether the history proves itself: each chain by its own links, and all of them by the anchors that seal their heads.

A chain shows that an event was changed, added or taken out in its midst, and that the referral does not stand where its history
led. It cannot show that its end was cut off, or that somebody rewrote it whole, hashes included: the anchors can.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery

from .models import Anchor, Event, Referral, SealedHead, Strand
from .models.history import note_digest
from .rules.states import State

log = logging.getLogger(__name__)

Head = tuple[int, str, int, str]
"""The end of a chain: referral, strand, rank and hash of its last event."""


class Flaw(models.TextChoices):
    """What may be wrong with a chain or with an anchor."""

    MISSING = "missing", "un événement manque avant celui-ci"
    UNLINKED = "unlinked", "cet événement ne suit pas celui qui le précède"
    ALTERED = "altered", "cet événement ne donne plus l’empreinte écrite avec lui"
    NOTE_ALTERED = "note altered", "la note n’est plus celle qui a été écrite"
    ELSEWHERE = "elsewhere", "la saisine n’est pas dans l’état auquel son historique a conduit"
    NO_HISTORY = "no history", "la saisine n’a aucun historique"
    HEAD_GONE = "sealed head gone", "un événement scellé n’existe plus"
    HEAD_REWRITTEN = "sealed head rewritten", "un événement scellé a été réécrit"
    ANCHOR_UNLINKED = "anchor unlinked", "ce scellé ne suit pas celui qui le précède"
    ANCHOR_ALTERED = "anchor altered", "ce scellé ne donne plus l’empreinte écrite avec lui"


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One thing that does not hold. Either an event of a referral (seq 0: the history as a whole), or an anchor."""

    flaw: Flaw
    referral_id: int | None = None
    seq: int = 0
    anchor_id: int | None = None

    def __str__(self) -> str:
        if self.anchor_id:
            return f"anchor {self.anchor_id}: {self.flaw}"
        return f"{f'event {self.seq} of ' if self.seq else ''}referral {self.referral_id}: {self.flaw}"


@dataclass(kw_only=True)
class Proof:
    """What was proved, and what could not be."""

    chains: int = 0
    events: int = 0
    anchors: int = 0
    heads: int = 0
    breaches: list[Breach] = field(default_factory=list)


def prove() -> Proof:
    """Prove every chain and every anchor.

    Safe beside writers. Each question is one statement, so it sees one snapshot; an event becomes visible together with all that
    precede it and with the state it led to, since they are written under the referral's lock; and the anchors are read before
    the events they seal, so no head can be younger than the events it is looked up among.
    """
    proof = Proof()
    with transaction.atomic():  # a cursor of the server, so that memory stays the same however long the history
        proof.breaches += _of_anchors(proof)
        proof.breaches += _of_sealed_heads(proof)
        proof.breaches += _of_chains(proof)
    return proof


def first_flaw(chain: Iterable[Event], *, stands_in: str | None) -> Breach | None:
    """Return where one whole chain, in its order, stops proving itself; None where it holds.

    stands_in: the referral's state, which the chain must have led to; None for a chain that moves no state.
    """
    seq, previous, led_to = 0, "", str(State.DRAFT)
    for seq, event in enumerate(chain, 1):
        for flaw, found in (
            (Flaw.MISSING, event.seq != seq),
            (Flaw.UNLINKED, event.previous != previous),
            (Flaw.ALTERED, event.hash != event.computed_hash()),
            (Flaw.NOTE_ALTERED, event.note and event.payload.get("note") != note_digest(note=event.words, salt=event.salt)),
        ):
            if found:
                return Breach(flaw=flaw, referral_id=event.referral_id, seq=event.seq)
        previous, led_to, referral_id = event.hash, event.payload.get("to", led_to), event.referral_id
    if seq and stands_in is not None and led_to != stands_in:
        return Breach(flaw=Flaw.ELSEWHERE, referral_id=referral_id, seq=seq)
    return None


def _of_chains(proof: Proof) -> Iterator[Breach]:
    of_case = Event.objects.of_case().filter(referral=OuterRef("pk"))
    for referral_id in Referral.objects.filter(~Exists(of_case)).order_by("pk").values_list("pk", flat=True):
        yield Breach(flaw=Flaw.NO_HISTORY, referral_id=referral_id)
    events = Event.objects.annotate(stands_in=F("referral__state")).order_by("referral_id", "strand", "seq")
    for (_, strand), chain in groupby(events.iterator(), key=attrgetter("referral_id", "strand")):
        whole = list(chain)
        proof.chains += 1
        proof.events += len(whole)
        if breach := first_flaw(whole, stands_in=whole[0].stands_in if strand == Strand.CASE else None):
            yield breach


def _of_sealed_heads(proof: Proof) -> Iterator[Breach]:
    """The sealed events that are gone, or have another hash than the one that was sealed."""
    sealed = Event.objects.filter(referral=OuterRef("referral"), strand=OuterRef("strand"), seq=OuterRef("seq"))
    heads = SealedHead.objects.annotate(today=Subquery(sealed.values("hash")))
    for head in heads.filter(Q(today__isnull=True) | ~Q(today=F("hash"))).order_by("pk").iterator():
        flaw = Flaw.HEAD_GONE if head.today is None else Flaw.HEAD_REWRITTEN
        yield Breach(flaw=flaw, referral_id=head.referral_id, seq=head.seq)


def _of_anchors(proof: Proof) -> Iterator[Breach]:
    previous = ""
    for anchor in Anchor.objects.order_by("pk").iterator():
        heads = list(anchor.heads.order_by("referral_id", "strand", "seq").values_list("referral_id", "strand", "seq", "hash"))
        proof.anchors += 1
        proof.heads += len(heads)
        if anchor.previous != previous:
            yield Breach(flaw=Flaw.ANCHOR_UNLINKED, anchor_id=anchor.pk)
        if anchor.digest != digest_of(previous=anchor.previous, at=anchor.at, heads=heads):
            yield Breach(flaw=Flaw.ANCHOR_ALTERED, anchor_id=anchor.pk)
        previous = anchor.digest


def digest_of(*, previous: str, at: datetime, heads: Iterable[Head]) -> str:
    """Return an anchor's digest: the SHA-256 of a text of lines, each closed by a line feed.

    First the former anchor's digest (an empty line for the first anchor), then the instant in UTC, then a line for each head:
    referral, strand, rank, hash.
    """
    digest = hashlib.sha256(f"{previous}\n{at.astimezone(UTC).isoformat()}\n".encode())
    for head in heads:
        digest.update(" ".join(map(str, head)).encode() + b"\n")
    return digest.hexdigest()


def anchor_heads(*, at: datetime) -> Anchor | None:
    """Seal the heads of the chains that have grown since they were last sealed; None, nothing written, where none has.

    The heads are chosen by one statement, so from one snapshot, and no writer waits: a head it sees has all that precedes it
    behind it, and what is written meanwhile is the next night's. Two at once take turns on the table's lock, which readers do
    not feel; the second then finds nothing left to seal.
    """
    with transaction.atomic(durable=True):
        _take_turns()
        heads = list(_heads_to_seal())
        if not heads:
            return None
        former = Anchor.objects.order_by("-pk").first()
        previous = former.digest if former else ""
        anchor = Anchor.objects.create(at=at, previous=previous, digest=digest_of(previous=previous, at=at, heads=heads))
        SealedHead.objects.bulk_create(
            (SealedHead(anchor=anchor, referral_id=pk, strand=strand, seq=seq, hash=hash_) for pk, strand, seq, hash_ in heads),
            batch_size=2000,
        )
    log.info("history anchored, heads sealed: %s, digest: %s", len(heads), anchor.digest)
    return anchor


def _take_turns() -> None:
    """Wait for whoever else is anchoring; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Anchor._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _heads_to_seal() -> Iterable[Head]:
    of_chain = Q(referral=OuterRef("referral"), strand=OuterRef("strand"))
    followed = Event.objects.filter(of_chain, seq=OuterRef("seq") + 1)
    sealed = SealedHead.objects.filter(of_chain, seq=OuterRef("seq"))
    heads = Event.objects.filter(~Exists(followed), ~Exists(sealed)).order_by("referral_id", "strand", "seq")
    return heads.values_list("referral_id", "strand", "seq", "hash")
