"""The health or disability branch: a request that is itself confidential (code de l’éducation, art. D. 612-36-3-1)."""

from django.db import models
from django.db.models import F, Q

from ..rules.states import ENROLLING, OPEN
from ..sealing import SealedText
from .people import Role, User
from .referral import Referral

HEARD = OPEN | ENROLLING
"""Once filed, and while an opinion may still serve: searching for seats, or enrolling."""
WAITING = Q(opinion_at__isnull=True) | Q(said_at__gt=F("opinion_at"))
"""No opinion was given, or none since the student last said or sent something."""


class HealthRequestQuerySet(models.QuerySet["HealthRequest"]):
    def of_medical(self, user) -> "HealthRequestQuerySet":
        """The requests of filed referrals in the regions that ``user`` advises; nobody else's post opens them."""
        scope = user.scope_as(frozenset({Role.MEDICAL}))
        return self.filter(referral__region__in=scope.regions, referral__state__in=HEARD, ended_at__isnull=True)


class HealthRequest(models.Model):
    """What a student asks of the rector's medical adviser, with her own consent. The opinion is in needs, never a diagnosis.

    One row for a referral: withdrawn and made again, it starts anew. Former opinions are in the chain of the health events.
    said_at: when she last wrote or sent something. The database holds its texts sealed.
    """

    referral = models.OneToOneField(Referral, models.PROTECT, related_name="health", verbose_name="saisine")
    consented_at = models.DateTimeField("consentement donné le")
    words = SealedText("ce que dit l’étudiant", blank=True)
    said_at = models.DateTimeField("dernier apport de l’étudiant le")
    favourable = models.BooleanField("avis favorable", null=True, blank=True)
    needs = SealedText("besoins à respecter", blank=True)
    opinion_at = models.DateTimeField("avis rendu le", null=True, blank=True)
    opinion_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="avis de")
    ended_at = models.DateTimeField("retirée par l’étudiant le", null=True, blank=True)

    objects = HealthRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande confidentielle"
        verbose_name_plural = "demandes confidentielles"
        constraints = [
            models.CheckConstraint(
                condition=Q(opinion_at__isnull=True, favourable__isnull=True)
                | Q(opinion_at__isnull=False, favourable__isnull=False, opinion_by__isnull=False),
                name="health_opinion_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(favourable=True) | ~Q(needs=""),
                name="health_opinion_says_needs",
                violation_error_message="Dites les besoins à respecter.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referral}"

    @property
    def stands(self) -> bool:
        """Whether the branch's own rules apply: the adviser's opinion is favourable, and the student keeps to it."""
        return bool(self.favourable) and self.ended_at is None
