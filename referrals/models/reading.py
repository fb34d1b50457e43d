"""Who has looked at a student's documents: the service and the role, for the student to read; a person is never named."""

from django.db import models

from .document import Document
from .people import Role


class DocumentReading(models.Model):
    """Somebody else than the student opened a document that day. Append-only (a trigger); once for each reader and day.

    It stands outside the event chain, so that a reading never waits for the referral's lock. What she gave the medical adviser is
    not here: its readings are of the confidential strand. on: the day in the académie of the licence. service: its name that day.
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="readings", verbose_name="document")
    on = models.DateField("le")
    role = models.CharField("rôle", max_length=20, choices=Role)
    service = models.CharField("service", max_length=250)
    user_id_then = models.BigIntegerField("compte")

    class Meta:
        verbose_name = "consultation d’un document"
        verbose_name_plural = "consultations de documents"
        ordering = ["-on", "pk"]
        constraints = [models.UniqueConstraint(fields=["document", "user_id_then", "on"], name="document_reading_once_a_day")]

    def __str__(self) -> str:
        return f"{self.on:%d/%m/%Y} : {self.service}"
