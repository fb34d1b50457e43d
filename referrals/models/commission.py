"""Sessions of a regional commission: its date, who sits, the files on its agenda and what it decided of each."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from vacancies.models import AcademicRegion, Campaign

from .referral import Referral


class SessionQuerySet(models.QuerySet["CommissionSession"]):
    def visible_to(self, user) -> "SessionQuerySet":
        """The sessions of the regions of ``user``'s office."""
        return self if user.scope.nation else self.filter(region__in=user.scope.regions)


class CommissionSession(models.Model):
    """A session of the *commission régionale d’accès au master* (décret 2021-629): September, one or more offers for each file."""

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="sessions", verbose_name="campagne")
    region = models.ForeignKey(AcademicRegion, models.PROTECT, related_name="sessions", verbose_name="région académique")
    held_at = models.DateTimeField("date et heure")
    place = models.CharField("lieu", max_length=250)
    members = models.TextField("membres", help_text="Une personne par ligne : nom, qualité, établissement.")
    by_name = models.CharField("convoquée par", max_length=200)
    created_at = models.DateTimeField("créée le")

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = "séance de la commission"
        verbose_name_plural = "séances de la commission"
        ordering = ["-held_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.region}, {self.held_at:%d/%m/%Y}"


class Decision(models.TextChoices):
    OFFERS = "offers", "une ou plusieurs propositions"
    ADJOURNED = "adjourned", "ajourné à une autre séance"
    NONE = "none", "aucune proposition possible"


class CommissionCase(models.Model):
    """A file on the agenda of a session, and its minutes."""

    session = models.ForeignKey(CommissionSession, models.CASCADE, related_name="cases", verbose_name="séance")
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="commission_cases", verbose_name="saisine")
    rank = models.PositiveSmallIntegerField("ordre")
    decision = models.CharField("décision", max_length=10, choices=Decision, blank=True)
    minutes = models.TextField("procès-verbal", blank=True)
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    decided_by = models.CharField("enregistré par", max_length=200, blank=True)

    class Meta:
        verbose_name = "dossier en séance"
        verbose_name_plural = "dossiers en séance"
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "referral"], name="commission_case_once_a_session"),
            models.CheckConstraint(
                condition=Q(decision="") | (~Q(minutes="") & Q(decided_at__isnull=False)),
                name="commission_case_decided_with_minutes",
                violation_error_message="Une décision de la commission a son procès-verbal.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.referral}"
