"""History: what happened, by whom, when. Append-only (a trigger), one hash chain for each referral."""

import hashlib
import json
from datetime import UTC
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from vacancies.full_text import French

from ..rules.states import Action
from ..sealing import Purpose, unseal_text
from ..wording import ACTOR_CHOICES, EVENT_CHOICES
from .referral import Referral


class EventKind:
    """What an event may be: every action of the tables, and what happens beside them."""

    START = "start"
    HELP_DRAFT = "help_draft"
    MAIL_SENT = "mail_sent"
    MAIL_FAILED = "mail_failed"
    FIRST_READING = "first_reading"
    MOVE_LIMIT = "move_limit"
    HEALTH_REQUEST = "health_request"
    HEALTH_DOCUMENT = "health_document"
    HEALTH_OPINION = "health_opinion"
    HEALTH_END = "health_end"
    HEALTH_READING = "health_reading"
    FILE_BLOCKED = "file_blocked"
    HEALTH_FILE_BLOCKED = "health_file_blocked"
    CONFIDENTIAL = (HEALTH_REQUEST, HEALTH_DOCUMENT, HEALTH_OPINION, HEALTH_END, HEALTH_READING, HEALTH_FILE_BLOCKED)
    """Of the health branch: a chain apart, which the student and the medical adviser alone read."""
    BESIDE_THE_TABLES = (START, HELP_DRAFT, MAIL_SENT, MAIL_FAILED, FIRST_READING, MOVE_LIMIT, FILE_BLOCKED, *CONFIDENTIAL)
    ALL = (*Action, *BESIDE_THE_TABLES)


SAID = tuple(
    action.value
    for action in (
        Action.ADVISE_OFFICE,
        Action.ADVISE_STUDENT,
        Action.WRITE_NOTE,
        Action.WRITE_TO_OFFICE,
        Action.WRITE_TO_STUDENT,
    )
)
"""What people write to each other about a file: the note is what was said, and can be searched."""


class Strand(models.TextChoices):
    """Which chain of a referral an event belongs to. They say nothing of each other."""

    CASE = "case", "dossier"
    HEALTH = "health", "santé"


class EventQuerySet(models.QuerySet["Event"]):
    def of_case(self) -> "EventQuerySet":
        """The history that the office reads; nothing in it tells that another may exist."""
        return self.filter(strand=Strand.CASE)

    def of_health(self) -> "EventQuerySet":
        return self.filter(strand=Strand.HEALTH)


class Event(models.Model):
    """One entry of a referral's history. Read it through ``events.of_case()``, unless you are the medical adviser's page.

    payload: ids, codes, dates and digests only, under the hash. note, salt and by_name stand outside the chain, so they can
    be destroyed and the chain still verifies; the payload holds the salted digest of the note.
    """

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="events", verbose_name="saisine")
    strand = models.CharField("chaîne", max_length=10, choices=Strand, default=Strand.CASE)
    seq = models.PositiveIntegerField("rang")
    kind = models.CharField("événement", max_length=30, choices=EVENT_CHOICES)
    actor = models.CharField("qualité", max_length=20, choices=ACTOR_CHOICES)
    user_id_then = models.BigIntegerField("compte", null=True, blank=True)
    at = models.DateTimeField("le")
    payload = models.JSONField("données", default=dict)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    by_name = models.CharField("par", max_length=200, blank=True)
    note = models.TextField("note", blank=True)
    salt = models.CharField(max_length=32, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "événement"
        ordering = ["referral", "strand", "seq"]
        constraints = [models.UniqueConstraint(fields=["referral", "strand", "seq"], name="event_seq_of_strand")]
        indexes = [
            models.Index(fields=["referral", "seq"], condition=models.Q(kind=EventKind.MAIL_FAILED), name="event_mail_failed"),
            models.Index(fields=["at"], name="event_at"),
            models.Index(fields=["referral", "at"], name="event_of_file_at"),
            GinIndex(French("note"), condition=models.Q(kind__in=SAID), name="event_said"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.seq})"

    @property
    def words(self) -> str:
        """The note as it was written; of the health strand the database holds it sealed. Raises Unopened."""
        return unseal_text(self.note, purpose=Purpose.HEALTH) if self.strand == Strand.HEALTH else self.note

    def chained(self) -> list[Any]:
        """Return everything under the chain, in the order in which it is hashed."""
        chained: list[Any] = [
            self.referral_id,
            self.seq,
            self.kind,
            self.actor,
            self.user_id_then,
            self.at.astimezone(UTC).isoformat(),
            self.payload,
            self.previous,
        ]
        if self.strand != Strand.CASE:
            chained.append(self.strand)
        return chained

    def computed_hash(self) -> str:
        """Return the SHA-256 of everything under the chain, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.chained(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def note_digest(*, note: str, salt: str) -> str:
    """Return the salted SHA-256 of a note, in hexadecimal: it proves the note while it stands, and tells nothing afterwards."""
    return hashlib.sha256(f"{salt}{note}".encode()).hexdigest()


class Anchor(models.Model):
    """One night's seal over the heads of all chains. Append-only (a trigger); each seals the one before.

    digest: SHA-256, in hexadecimal, of the former anchor's digest, of ``at`` and of the heads sealed this night. Kept elsewhere too
    (a log, a printed page), it shows that a chain was rewritten even to who could rewrite this table.
    """

    at = models.DateTimeField("le")
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField("empreinte", max_length=64, unique=True)

    class Meta:
        verbose_name = "scellé de l’historique"
        verbose_name_plural = "scellés de l’historique"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.digest[:12]}"


class SealedHead(models.Model):
    """The last event of one chain when it was sealed; a chain that has not grown since the last anchor is not sealed again."""

    anchor = models.ForeignKey(Anchor, models.PROTECT, related_name="heads")
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="+")
    strand = models.CharField(max_length=10, choices=Strand)
    seq = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "tête de chaîne scellée"
        verbose_name_plural = "têtes de chaîne scellées"
        constraints = [models.UniqueConstraint(fields=["referral", "strand", "seq"], name="sealed_head_once")]

    def __str__(self) -> str:
        return f"{self.referral_id}/{self.strand}/{self.seq}"
