"""An application that a student has begun to state: what she typed stays, on any device, until it is whole."""

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext

from .referral import Referral


class BegunApplication(models.Model):
    """Answers of the form of an application, as they were typed. It is no application: nothing counts it, and it is never filed.

    answers: name of the field → text. Once they say enough, an `Application` takes its place; filing destroys what is left.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, models.CASCADE, related_name="begun_applications", verbose_name="saisine")
    answers = models.JSONField("réponses, telles que tapées")
    begun_at = models.DateTimeField("commencée le")

    class Meta:
        verbose_name = "candidature commencée"
        verbose_name_plural = "candidatures commencées"
        ordering = ["pk"]

    def __str__(self) -> str:
        return " – ".join(text for text in (self.name, self.institution) if text) or gettext("candidature sans intitulé")

    @property
    def name(self) -> str:
        """The master, as far as she has named it."""
        return self.answers.get("mention") or self.answers.get("title") or ""

    @property
    def institution(self) -> str:
        return self.answers.get("institution", "")
