"""Files that come in: each with its differences before it is applied, its report for good, and the questions it left open."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from .catalogue import Institution, LicenceMention, MasterMention
from .ledger import Campaign


class ImportKind(models.TextChoices):
    """What a file is; `vacancies.imports.kinds` knows its reader."""

    REGISTER = "register", "registre des établissements"
    CATALOGUE = "catalogue", "catalogue « Trouver mon master »"
    MON_MASTER = "mon_master", "catalogue « Mon Master »"
    COMPATIBILITY = "compatibility", "compatibilité licence → master"
    DECLARATION = "declaration", "places déclarées par un établissement"


class ImportState(models.TextChoices):
    READING = "reading", "lecture en cours"
    REFUSED = "refused", "fichier refusé"
    READY = "ready", "à confirmer"
    NOTHING = "nothing", "ne change rien"
    ABANDONED = "abandoned", "abandonné"
    APPLYING = "applying", "application en cours"
    APPLIED = "applied", "appliqué"
    REVERSING = "reversing", "annulation en cours"
    REVERSED = "reversed", "annulé"


AT_WORK = frozenset({ImportState.READING, ImportState.APPLYING, ImportState.REVERSING})
"""A worker sees to it; the screen shows a bar and waits."""


class Import(models.Model):
    """One file: what it would change, then what it changed.

    complete: what stands and is not in the file is withdrawn.
    sentence: what the person must read: why the file was refused, or why nothing was applied.
    plan: the digest of the differences that were shown; others are not applied without being shown.
    phase, done, total: how far the worker is.
    claimed_until, attempts: a worker has it; if it dies, another may try from then on, a few times.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField("nature", max_length=20, choices=ImportKind)
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="imports", verbose_name="campagne")
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="imports", verbose_name="établissement"
    )
    complete = models.BooleanField("fichier complet", default=False, help_text="Ce qui n’y figure plus est retiré.")
    name = models.CharField("fichier", max_length=150)
    file = models.FileField("contenu", upload_to="imports", max_length=200)
    digest = models.CharField("empreinte SHA-256", max_length=64)
    plan = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField("état", max_length=10, choices=ImportState, default=ImportState.READING)
    sentence = models.TextField("à lire", blank=True)
    phase = models.CharField(max_length=40, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField("ajouts", default=0)
    changed = models.PositiveIntegerField("modifications", default=0)
    withdrawn = models.PositiveIntegerField("retraits", default=0)
    unchanged = models.PositiveIntegerField("lignes sans changement", default=0)
    refused = models.PositiveIntegerField("lignes refusées", default=0)
    set_aside = models.PositiveIntegerField("valeurs à vérifier", default=0)
    by = models.CharField("déposé par", max_length=200)
    at = models.DateTimeField("déposé le")
    decided_by = models.CharField("décidé par", max_length=200, blank=True)
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    reversed_by = models.CharField("annulé par", max_length=200, blank=True)
    reversed_at = models.DateTimeField("annulé le", null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "import"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=[ImportKind.DECLARATION, ImportKind.COMPATIBILITY]) | Q(campaign__isnull=False),
                name="import_of_a_campaign_names_it",
                violation_error_message="Dites de quelle campagne il s’agit.",
            ),
            models.CheckConstraint(
                condition=Q(kind=ImportKind.DECLARATION, institution__isnull=False)
                | (~Q(kind=ImportKind.DECLARATION) & Q(institution__isnull=True)),
                name="import_of_an_institution_is_its_declaration",
                violation_error_message="Une déclaration, et elle seule, est celle d’un établissement.",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state__in=sorted(AT_WORK)), name="import_at_work")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def changes_something(self) -> bool:
        return bool(self.added or self.changed or self.withdrawn)


class Outcome(models.TextChoices):
    """What becomes of one line, or of something that stands and that the file says otherwise."""

    ADDED = "added", "ajout"
    CHANGED = "changed", "modification"
    WITHDRAWN = "withdrawn", "retrait"
    REFUSED = "refused", "ligne refusée"
    SET_ASIDE = "set_aside", "à vérifier"


class Difference(models.Model):
    """One thing that an import adds, changes or withdraws, or one line of which it cannot, and why.

    line: in the file; empty for what the file no longer has. key: of the thing; empty for a refused line that does not say of what
    it speaks. before, after: values by field; None where the thing did not exist. question: what a person may answer to place it.
    """

    of = models.ForeignKey(Import, models.CASCADE, related_name="differences")
    outcome = models.CharField("sort", max_length=10, choices=Outcome)
    line = models.PositiveIntegerField("ligne", null=True)
    label = models.CharField("objet", max_length=600, blank=True)
    key = models.JSONField(default=list)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    column = models.CharField("colonne", max_length=120, blank=True)
    reason = models.TextField("raison", blank=True)
    candidates = ArrayField(models.TextField(), default=list)
    question = models.ForeignKey("Question", models.SET_NULL, null=True, related_name="lines", verbose_name="nom à reconnaître")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["of", "outcome"], name="difference_by_outcome")]

    def __str__(self) -> str:
        return self.label or f"ligne {self.line}"


class QuestionKind(models.TextChoices):
    INSTITUTION = "institution", "établissement"
    LICENCE = "licence", "mention de licence"
    MASTER = "master", "mention de master"


def _answered_by(**given: object) -> Q:
    """Return the condition that the answer is what is ``given``, and nothing else."""
    nothing = {"institution__isnull": True, "licence__isnull": True, "master__isnull": True, "unrelated": False}
    return Q(**nothing | given)


class QuestionQuerySet(models.QuerySet["Question"]):
    def open(self) -> "QuestionQuerySet":
        return self.filter(answered_at__isnull=True)


class Question(models.Model):
    """Who or what is meant by a name that no rule settles: asked once, answered by a person, and remembered.

    The answer is one institution or mention, or *unrelated*: nobody we know (a row of such an institution stays refused, such a
    mention is a new one).
    """

    kind = models.CharField("nature", max_length=12, choices=QuestionKind)
    text = models.CharField("tel qu’il est écrit", max_length=250)
    normalised = models.CharField(max_length=250, editable=False)
    asked_at = models.DateTimeField("posée le")
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="établissement"
    )
    licence = models.ForeignKey(
        LicenceMention, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="mention de licence"
    )
    master = models.ForeignKey(
        MasterMention, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="mention de master"
    )
    unrelated = models.BooleanField("aucun de ceux que nous connaissons", default=False)
    answered_by = models.CharField("répondu par", max_length=200, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = "nom à reconnaître"
        verbose_name_plural = "noms à reconnaître"
        ordering = ["kind", "normalised"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "normalised"], name="question_asked_once"),
            models.CheckConstraint(
                name="question_has_one_answer_of_its_kind",
                condition=_answered_by(answered_at__isnull=True)
                | _answered_by(answered_at__isnull=False, unrelated=True)
                | _answered_by(answered_at__isnull=False, kind=QuestionKind.INSTITUTION, institution__isnull=False)
                | _answered_by(answered_at__isnull=False, kind=QuestionKind.LICENCE, licence__isnull=False)
                | _answered_by(answered_at__isnull=False, kind=QuestionKind.MASTER, master__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def answer(self) -> Institution | LicenceMention | MasterMention | None:
        """What it means; None while nobody has said, and where it is unrelated."""
        return self.institution or self.licence or self.master
