"""Extensions: an act that gives more time, to one person or to a whole territory, with its author, its ground and its date."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vacancies.models import AcademicRegion, Academy, Campaign

from .people import ACTOR_OF_ROLE, User
from .referral import Referral


class LimitKind(models.TextChoices):
    FILING = "filing", _("dépôt de la saisine")
    SUPPLY = "supply", _("envoi des documents demandés")
    ANSWER = "answer", _("réponse aux propositions")


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def visible_to(self, user) -> "ExtensionQuerySet":
        """Those of the regions in whose name ``user`` acts."""
        regions = user.scope_as(frozenset(ACTOR_OF_ROLE)).regions
        return self.filter(Q(region__in=regions) | Q(academy__region__in=regions) | Q(referral__region__in=regions))

    def waiting(self) -> "ExtensionQuerySet":
        """Confirmed, and not yet applied."""
        return self.filter(confirmed_at__isnull=False, applied_at__isnull=True)


class Extension(models.Model):
    """``days`` more for every open limit of a campaign within reach: one referral, one académie, one region, else everywhere.

    kind: the limits it moves; empty, all. expired_since: it also takes up the answer limits that ended on this day or later.
    applied_at: it was applied, in one transaction, and cannot be again. report: what it did, in numbers and ids.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="extensions", verbose_name="campagne")
    referral = models.ForeignKey(Referral, models.PROTECT, null=True, blank=True, related_name="extensions", verbose_name="saisine")
    academy = models.ForeignKey(Academy, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="académie")
    region = models.ForeignKey(
        AcademicRegion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="région académique"
    )
    kind = models.CharField("délais prolongés", max_length=10, choices=LimitKind, blank=True)
    days = models.PositiveSmallIntegerField("jours ajoutés")
    expired_since = models.DateField("reprendre les délais de réponse échus depuis le", null=True, blank=True)
    ground = models.TextField("motif")
    source = models.CharField("fondement juridique", max_length=250)
    ordered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="décidée par")
    ordered_at = models.DateTimeField("décidée le")
    confirmed_at = models.DateTimeField("confirmée le", null=True, blank=True)
    applied_at = models.DateTimeField("appliquée le", null=True, blank=True)
    report = models.JSONField("bilan", default=dict, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = "prolongation"
        ordering = ["-ordered_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=1),
                name="extension_gives_time",
                violation_error_message="Une prolongation ajoute au moins un jour.",
            ),
            models.CheckConstraint(
                condition=Q(referral__isnull=True, academy__isnull=True)
                | Q(referral__isnull=True, region__isnull=True)
                | Q(academy__isnull=True, region__isnull=True),
                name="extension_has_one_reach",
                violation_error_message="Choisissez une saisine, une académie ou une région, pas plusieurs.",
            ),
            models.CheckConstraint(
                condition=~Q(ground="") & ~Q(source=""),
                name="extension_says_why",
                violation_error_message="Une prolongation a un motif et un fondement juridique.",
            ),
        ]

    def __str__(self) -> str:
        reach = self.referral or self.academy or self.region or "toute la France"
        return f"{self.days} jours – {reach}"
