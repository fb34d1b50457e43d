"""Time limits: computed once, stored with all that made them, superseded but never rewritten."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .extension import Extension, LimitKind
from .offer import Offer
from .referral import Referral


class LimitStatus(models.TextChoices):
    LIVE = "live", _("en cours")
    MET = "met", _("respecté")
    OVER = "over", _("dépassé")
    SUPERSEDED = "superseded", _("remplacé")
    CANCELLED = "cancelled", _("annulé")


class LimitQuerySet(models.QuerySet["Limit"]):
    def live(self) -> "LimitQuerySet":
        return self.filter(status=LimitStatus.LIVE)

    def overdue(self, *, at: datetime) -> "LimitQuerySet":
        """Live limits that ended at ``at`` or before."""
        return self.live().filter(ends_at__lte=at)


class Limit(models.Model):
    """A time limit of a referral, or of one offer sent after the clock of the others had started.

    start: the local date of the event, which does not count. ends_at: first instant that is too late.
    told_at: when the mail that announces it left; nobody's clock runs untold.
    """

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="limits", verbose_name="saisine")
    offer = models.ForeignKey(Offer, models.PROTECT, null=True, blank=True, related_name="limits", verbose_name="proposition")
    kind = models.CharField("délai", max_length=10, choices=LimitKind)
    start = models.DateField("point de départ")
    days = models.PositiveSmallIntegerField("jours")
    franc = models.BooleanField("franc")
    zone = models.CharField("fuseau horaire", max_length=40)
    calendar = models.CharField("calendrier des jours fériés", max_length=30)
    rule = models.CharField("règle", max_length=250)
    last_day = models.DateField("dernier jour")
    ends_at = models.DateTimeField("fin")
    skipped = models.JSONField("jours reportés", default=list)
    status = models.CharField("statut", max_length=10, choices=LimitStatus, default=LimitStatus.LIVE)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    extension = models.ForeignKey(
        Extension, models.PROTECT, null=True, blank=True, related_name="limits", verbose_name="prolongation"
    )
    created_at = models.DateTimeField("calculé le")
    told_at = models.DateTimeField("annoncé le", null=True, blank=True)

    objects = LimitQuerySet.as_manager()

    class Meta:
        verbose_name = "délai"
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "kind"],
                condition=Q(status=LimitStatus.LIVE, offer__isnull=True),
                name="limit_one_live_for_referral_and_kind",
            ),
            models.UniqueConstraint(
                fields=["offer", "kind"], condition=Q(status=LimitStatus.LIVE), name="limit_one_live_for_offer_and_kind"
            ),
            models.CheckConstraint(
                condition=Q(offer__isnull=True) | Q(kind=LimitKind.ANSWER), name="limit_of_an_offer_is_an_answer_limit"
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(status=LimitStatus.LIVE), name="limit_due"),
            models.Index(fields=["referral", "kind", "last_day"], condition=Q(status=LimitStatus.LIVE), name="limit_live_of_file"),
            models.Index(fields=["referral"], condition=Q(status=LimitStatus.LIVE, told_at__isnull=True), name="limit_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {self.last_day:%d/%m/%Y}"
