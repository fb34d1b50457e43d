"""History: what happened, by whom, when. Append-only (a trigger), one hash chain for each referral."""

import hashlib
import json
from datetime import UTC

from django.db import models

from ..rules.states import Action
from ..wording import ACTOR_CHOICES, EVENT_CHOICES
from .referral import Referral


class EventKind:
    """What an event may be: every action of the tables, and what happens beside them."""

    START = "start"
    MAIL_SENT = "mail_sent"
    MAIL_FAILED = "mail_failed"
    FIRST_READING = "first_reading"
    MOVE_LIMIT = "move_limit"
    BESIDE_THE_TABLES = (START, MAIL_SENT, MAIL_FAILED, FIRST_READING, MOVE_LIMIT)
    ALL = (*Action, *BESIDE_THE_TABLES)


class Event(models.Model):
    """One entry of a referral's history.

    payload: ids, codes, dates and digests only, under the hash. note, salt and by_name stand outside the chain, so they can
    be destroyed and the chain still verifies; the payload holds the salted digest of the note.
    """

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="events", verbose_name="saisine")
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

    class Meta:
        verbose_name = "événement"
        ordering = ["referral", "seq"]
        constraints = [models.UniqueConstraint(fields=["referral", "seq"], name="event_seq")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.seq})"

    def computed_hash(self) -> str:
        """Return the SHA-256 of everything under the chain, in hexadecimal."""
        chained = [
            self.referral_id,
            self.seq,
            self.kind,
            self.actor,
            self.user_id_then,
            self.at.astimezone(UTC).isoformat(),
            self.payload,
            self.previous,
        ]
        return hashlib.sha256(json.dumps(chained, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def note_digest(*, note: str, salt: str) -> str:
    """Return the salted SHA-256 of a note, in hexadecimal: it proves the note while it stands, and tells nothing afterwards."""
    return hashlib.sha256(f"{salt}{note}".encode()).hexdigest()
