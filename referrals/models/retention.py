"""What is kept longer than its time, and what was destroyed: legal holds, and the list of what is erased, by opaque keys alone."""

from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from vacancies.models import AcademicRegion, Campaign

from ..rules.retention import Category
from .people import ACTOR_OF_ROLE, Role
from .referral import Referral


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def visible_to(self, user) -> "LegalHoldQuerySet":
        """The nation's for its administrators; elsewhere those on files of one's regions, and on the regions themselves."""
        if user.scope_as(frozenset({Role.ADMINISTRATOR})).nation:
            return self
        regions = user.scope_as(frozenset(ACTOR_OF_ROLE)).regions
        reached = (Q(region__in=regions), Q(referral__region__in=regions))
        return self.filter(reduce(or_, reached))

    def in_force(self, *, on: date) -> "LegalHoldQuerySet":
        """Those that suspend erasure on ``on``: not lifted, and their date not past."""
        return self.filter(lifted_at__isnull=True, until__gte=on)

    def on_referral(self, referral: Referral) -> "LegalHoldQuerySet":
        """Those that reach one file, by itself, by its region's campaign, or by the whole campaign."""
        everywhere = Q(region=referral.region_id) | Q(region__isnull=True)
        return self.filter(Q(referral=referral) | Q(campaign=referral.campaign_id) & everywhere)


class LegalHold(models.Model):
    """While it is in force nothing is erased of one referral, or of a campaign's in one region or everywhere.

    Whoever sets it signs it with a ground and a last day, after which it runs out by itself; lifting it sooner has its ground too.
    """

    referral = models.ForeignKey(
        Referral, models.PROTECT, null=True, blank=True, related_name="legal_holds", verbose_name="saisine"
    )
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="legal_holds", verbose_name="campagne"
    )
    region = models.ForeignKey(
        AcademicRegion, models.PROTECT, null=True, blank=True, related_name="legal_holds", verbose_name="région académique"
    )
    ground = models.TextField("motif")
    until = models.DateField("jusqu’au")
    by_name = models.CharField("décidée par", max_length=200)
    set_at = models.DateTimeField("décidée le")
    lifted_by = models.CharField("levée par", max_length=200, blank=True)
    lifted_at = models.DateTimeField("levée le", null=True, blank=True)
    lifted_because = models.TextField("motif de la levée", blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        verbose_name = "suspension d’effacement"
        verbose_name_plural = "suspensions d’effacement"
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(referral__isnull=False, campaign__isnull=True, region__isnull=True)
                | Q(referral__isnull=True, campaign__isnull=False),
                name="legal_hold_has_one_reach",
                violation_error_message="Choisissez une saisine, ou une campagne, pas les deux.",
            ),
            models.CheckConstraint(
                condition=~Q(ground=""),
                name="legal_hold_says_why",
                violation_error_message="Dites pourquoi rien ne doit être effacé.",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | (~Q(lifted_by="") & ~Q(lifted_because="")),
                name="legal_hold_lifted_with_a_ground",
                violation_error_message="Dites pourquoi la suspension est levée.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referral or self.campaign}{f', {self.region}' if self.region else ''} : jusqu’au {self.until:%d/%m/%Y}"

    def is_in_force(self, *, on: date) -> bool:
        """Whether `LegalHoldQuerySet.in_force` would find it."""
        return self.lifted_at is None and self.until >= on


def held(*, on: date) -> Any:
    """Return the condition on referrals that a hold in force reaches them."""
    holds = LegalHold.objects.in_force(on=on)
    campaign = holds.filter(campaign=OuterRef("campaign"))
    return (
        Exists(holds.filter(referral=OuterRef("pk")))
        | Exists(campaign.filter(region__isnull=True))
        | Exists(campaign.filter(region=OuterRef("region")))
        | Exists(campaign.filter(region=OuterRef("licence_academy__region")))
    )


class Erasure(models.Model):
    """One thing that was destroyed. key: opaque, of a referral or of an account; rule: the period in words, as it was that day.

    It outlives what it names, and says nothing of it: after a backup is restored, what is listed is destroyed anew.
    """

    key = models.CharField("clé", max_length=40)
    category = models.CharField("données", max_length=12, choices=[(category.value, category.label) for category in Category])
    at = models.DateTimeField("effacé le")
    rule = models.CharField("règle", max_length=250)

    class Meta:
        verbose_name = "effacement"
        constraints = [models.UniqueConstraint(fields=["key", "category"], name="erasure_once")]

    def __str__(self) -> str:
        return f"{self.category} {self.key}"


class ErasureRun(models.Model):
    """One run of the erasure, for the record: how much of each category and campaign went, in numbers alone.

    counts: category → campaign → how many. ended_at: empty where it was interrupted; the next one takes up what it left.
    """

    began_at = models.DateTimeField("commencé le")
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    counts = models.JSONField("bilan", default=dict)

    class Meta:
        verbose_name = "passage d’effacement"
        verbose_name_plural = "passages d’effacement"
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="erasure_run_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d}"
