"""Runs of the matching: what was asked, with which input, what came of it; and the drafts a person reviews."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import Q

from vacancies.models import AcademicRegion, Campaign, Vacancy

from .offer import Offer
from .people import User
from .referral import Referral


class RunState(models.TextChoices):
    ORDERED = "ordered", "en cours"
    READY = "ready", "terminée"
    FAILED = "failed", "interrompue"


class MatchingRunQuerySet(models.QuerySet["MatchingRun"]):
    def visible_to(self, user) -> "MatchingRunQuerySet":
        """The runs of the regions of ``user``'s office."""
        return self if user.scope.nation else self.filter(region__in=user.scope.regions)

    def waiting(self, *, at: datetime) -> "MatchingRunQuerySet":
        """Those that want a worker and have none; a dead one's are taken up again."""
        nobody = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
        return self.filter(nobody, state=RunState.ORDERED)


class MatchingRun(models.Model):
    """One run of the matching for a region's students who wait for offers. It drafts; a person decides.

    hypothetical: seats that do not exist, to see what they would change (see `procedure.runs`); such a run drafts nothing.
    input: the problem as `manage.py match` reads it, compressed; input_digest, result_digest: SHA-256 of that text and of the
    pairs that were chosen, so that a replay proves itself. report: what the page shows. claimed_until: a worker is at it; if it
    dies, the next one may start again from this instant on.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="runs", verbose_name="campagne")
    region = models.ForeignKey(AcademicRegion, models.PROTECT, related_name="runs", verbose_name="région académique")
    hypothetical = models.JSONField("places supposées", default=list, blank=True)
    state = models.CharField("état", max_length=10, choices=RunState, default=RunState.ORDERED)
    phase = models.CharField("étape", max_length=40, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    ordered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="demandée par")
    ordered_at = models.DateTimeField("demandée le")
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    parameters = models.JSONField("paramètres", default=dict, blank=True)
    input = models.FileField("données", upload_to="appariements", blank=True)
    input_digest = models.CharField("empreinte des données", max_length=64, blank=True)
    result_digest = models.CharField("empreinte du résultat", max_length=64, blank=True)
    solver = models.CharField("solveur", max_length=80, blank=True)
    seconds = models.FloatField("durée (s)", null=True, blank=True)
    report = models.JSONField("compte rendu", default=dict, blank=True)
    failure = models.TextField("cause de l’interruption", blank=True)

    objects = MatchingRunQuerySet.as_manager()

    class Meta:
        verbose_name = "recherche pour la région"
        verbose_name_plural = "recherches pour la région"
        ordering = ["-ordered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "campaign"],
                condition=Q(state="ordered", hypothetical=[]),
                name="matching_run_one_at_a_time",
                violation_error_message="Une recherche est déjà en cours pour cette région.",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(input_digest="") & ~Q(result_digest="") & Q(ended_at__isnull=False)),
                name="matching_run_ready_is_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region}, {self.campaign}"


class DraftState(models.TextChoices):
    PROPOSED = "proposed", "à examiner"
    REFUSED = "refused", "écartée"
    ORDERED = "ordered", "consultation demandée"
    CONSULTED = "consulted", "établissement consulté"
    LOST = "lost", "n’est plus possible"


class Draft(models.Model):
    """A seat that a run would propose to a student. It holds nothing; consulted, it becomes an offer.

    score: thousandths; suits: as `Offer.suits`. moved_from: the seat the run had found, where a person chose another.
    reason: why it was refused or moved, or why it is possible no more.
    """

    run = models.ForeignKey(MatchingRun, models.CASCADE, related_name="drafts", verbose_name="recherche")
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="drafts", verbose_name="saisine")
    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="+", verbose_name="place")
    moved_from = models.ForeignKey(Vacancy, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="place trouvée")
    score = models.PositiveSmallIntegerField("convenance")
    suits = models.JSONField("convenance en détail", default=dict)
    state = models.CharField("état", max_length=10, choices=DraftState, default=DraftState.PROPOSED)
    offer = models.OneToOneField(Offer, models.PROTECT, null=True, blank=True, related_name="draft", verbose_name="proposition")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="décidé par")
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    reason = models.TextField("motif", blank=True)

    class Meta:
        verbose_name = "proposition à examiner"
        verbose_name_plural = "propositions à examiner"
        ordering = ["referral", "-score", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "referral", "vacancy"], name="draft_once_a_run"),
            models.CheckConstraint(condition=~Q(state="consulted") | Q(offer__isnull=False), name="draft_consulted_is_an_offer"),
            models.CheckConstraint(
                condition=~Q(state__in=("refused", "lost")) | ~Q(reason=""),
                name="draft_set_aside_with_a_reason",
                violation_error_message="Dites pourquoi cette proposition est écartée.",
            ),
        ]
        indexes = [models.Index(fields=["run", "state"], name="draft_by_run")]

    def __str__(self) -> str:
        return f"{self.referral} : {self.vacancy}"
