"""How an office shares its work: who is away, who gets which new files, the texts and the searches one keeps."""

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from vacancies.models import AcademicRegion, Academy, Campaign

from .people import User
from .referral import Referral


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> "AbsenceQuerySet":
        """Absences that ``day`` is one of."""
        return self.filter(since__lte=day, until__gte=day)


class Absence(models.Model):
    """Somebody of the office is away, both days included; what would come to her goes to her substitute."""

    user = models.ForeignKey(User, models.PROTECT, related_name="absences", verbose_name="personne absente")
    since = models.DateField("du", default=timezone.localdate)
    until = models.DateField("au")
    substitute = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="remplacée par")
    by_name = models.CharField("inscrite par", max_length=150, blank=True)
    created_at = models.DateTimeField("inscrite le", default=timezone.now)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = "absence"
        ordering = ["-since", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")),
                name="absence_ends_after_it_starts",
                violation_error_message="L’absence ne peut pas finir avant de commencer.",
            ),
            models.CheckConstraint(
                condition=Q(substitute__isnull=True) | ~Q(substitute=F("user")),
                name="absence_has_somebody_else",
                violation_error_message="Choisissez une autre personne pour la remplacer.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} : du {self.since:%d/%m/%Y} au {self.until:%d/%m/%Y}"


INITIAL = RegexValidator("^[A-Z]$", "Une lettre, de A à Z.")


class AssignmentRule(models.Model):
    """New files of a region, or of one of its académies, whose student's name begins in a range go to this caseworker.

    Several that fit share by load; where none fits, everybody of the region does.
    """

    region = models.ForeignKey(AcademicRegion, models.PROTECT, related_name="assignment_rules", verbose_name="région académique")
    academy = models.ForeignKey(Academy, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="académie")
    first_initial = models.CharField("de la lettre", max_length=1, default="A", validators=[INITIAL])
    last_initial = models.CharField("à la lettre", max_length=1, default="Z", validators=[INITIAL])
    caseworker = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="suivis par")

    class Meta:
        verbose_name = "règle d’attribution"
        verbose_name_plural = "règles d’attribution"
        ordering = ["region", "academy", "first_initial", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_initial__gte=F("first_initial")),
                name="assignment_rule_initials_in_order",
                violation_error_message="La seconde lettre vient après la première.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.academy or self.region}, {self.first_initial} à {self.last_initial} : {self.caseworker}"


class TextKind(models.TextChoices):
    MESSAGE = "message", "message à l’étudiant"
    LETTER = "letter", "courrier"
    DOCUMENTS = "documents", "demande de documents"


class StandardTextQuerySet(models.QuerySet["StandardText"]):
    def offered(self, referral: Referral, *, kind: TextKind) -> "StandardTextQuerySet":
        """Those that the office of ``referral`` may write from: its region's own, then the nation's."""
        theirs = Q(region=referral.region_id) | Q(region__isnull=True)
        return self.filter(theirs, kind=kind, is_used=True).order_by(F("region").asc(nulls_last=True), "title", "pk")


class StandardText(models.Model):
    """A text that an office keeps to write from. Its variables, in braces, are those of `referrals.standard_texts`."""

    region = models.ForeignKey(
        AcademicRegion, models.PROTECT, null=True, blank=True, related_name="standard_texts", verbose_name="région académique"
    )
    kind = models.CharField("sert à", max_length=10, choices=TextKind)
    title = models.CharField("titre", max_length=100)
    subject = models.CharField("objet", max_length=150, blank=True)
    text = models.TextField("texte")
    is_used = models.BooleanField("proposé", default=True)

    objects = StandardTextQuerySet.as_manager()

    class Meta:
        verbose_name = "texte type"
        verbose_name_plural = "textes types"
        ordering = ["kind", "title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=TextKind.LETTER) | ~Q(subject=""),
                name="standard_letter_has_a_subject",
                violation_error_message="Un courrier a un objet.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SavedFilter(models.Model):
    """A search of the queue that somebody keeps under a name. query: of its address."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_filters")
    name = models.CharField("nom", max_length=60)
    query = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "filtre enregistré"
        verbose_name_plural = "filtres enregistrés"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="saved_filter_name_once",
                violation_error_message="Vous avez déjà un filtre de ce nom.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Publication(models.Model):
    """The public figures of a campaign, as they were published: small cells are suppressed before they are stored.

    figures: plain JSON, as `referrals.statistics` writes it.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="publications", verbose_name="campagne")
    at = models.DateTimeField("publiée le")
    figures = models.JSONField("chiffres")

    class Meta:
        verbose_name = "publication"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.campaign}, {self.at:%d/%m/%Y}"
