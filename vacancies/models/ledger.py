"""The seat ledger: how many M1 seats a programme has left in a campaign, and every movement that made it so.

Only `vacancies.seats` writes here.
"""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .catalogue import Programme


class Campaign(models.Model):
    """One academic year's procedure."""

    code = models.SlugField("code", max_length=20, primary_key=True, help_text="Par exemple « 2026 ».")
    name = models.CharField("nom", max_length=80)
    opens_on = models.DateField("ouverture de la plateforme")
    search_until = models.DateField("dernier jour pour proposer", help_text="Fin octobre de la nouvelle année universitaire.")

    class Meta:
        verbose_name = "campagne"
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(condition=Q(search_until__gt=F("opens_on")), name="campaign_ends_after_it_opens"),
        ]

    def __str__(self) -> str:
        return self.name


class Modality(models.TextChoices):
    """How the seat is studied; seats of two modalities are two vacancies."""

    INITIAL = "initial", _("formation initiale")
    CONTINUING = "continuing", _("formation continue")
    APPRENTICESHIP = "apprenticeship", _("apprentissage")


class Language(models.TextChoices):
    FRENCH = "fr", _("français")
    ENGLISH = "en", _("anglais")
    BOTH = "fr-en", _("français et anglais")
    OTHER = "other", _("autre langue")


class Attendance(models.TextChoices):
    ON_SITE = "on_site", _("sur place")
    HYBRID = "hybrid", _("en partie à distance")
    REMOTE = "remote", _("à distance")


class VacancyQuerySet(models.QuerySet["Vacancy"]):
    def stale(self, *, on: date) -> "VacancyQuerySet":
        """Those whose declaration is valid no more on ``on``: the institution is asked to confirm it."""
        return self.filter(valid_until__lt=on, declared__gt=F("held") + F("taken"))


class Vacancy(models.Model):
    """The M1 seats a programme has left in a campaign, of one modality; free = declared − held − taken, never below zero.

    declared_on: the day the institution last declared or confirmed the number; valid_until: the last day it may be relied on.
    Both are empty while nobody has declared. The site is the programme's.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="vacancies", verbose_name="parcours")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="vacancies", verbose_name="campagne")
    declared = models.PositiveIntegerField("places déclarées", default=0)
    held = models.PositiveIntegerField("places réservées", default=0)
    taken = models.PositiveIntegerField("places prises", default=0)
    free = models.GeneratedField(
        expression=F("declared") - F("held") - F("taken"),
        output_field=models.IntegerField("places libres"),
        db_persist=True,
        verbose_name="places libres",
    )
    modality = models.CharField(
        "modalité", max_length=14, choices=Modality, default=Modality.INITIAL, db_default=Modality.INITIAL.value
    )
    language = models.CharField("langue", max_length=5, choices=Language, default=Language.FRENCH, db_default=Language.FRENCH.value)
    attendance = models.CharField(
        "présence", max_length=7, choices=Attendance, default=Attendance.ON_SITE, db_default=Attendance.ON_SITE.value
    )
    declared_on = models.DateField("déclarée ou confirmée le", null=True, blank=True, editable=False)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    contact_name = models.CharField("contact", max_length=150, blank=True, db_default="")
    contact_email = models.EmailField("adresse du contact", blank=True)
    contact_phone = models.CharField("téléphone du contact", max_length=30, blank=True, db_default="")

    objects = VacancyQuerySet.as_manager()

    class Meta:
        verbose_name = "place vacante"
        verbose_name_plural = "places vacantes"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "programme", "modality"],
                name="vacancy_once_a_campaign_and_modality",
                violation_error_message="Ce parcours a déjà une déclaration de cette modalité dans la campagne.",
            ),
            models.CheckConstraint(
                condition=Q(declared_on__isnull=True, valid_until__isnull=True)
                | Q(declared_on__isnull=False, valid_until__isnull=False, valid_until__gte=F("declared_on")),
                name="vacancy_valid_from_its_declaration",
                violation_error_message="La déclaration ne peut pas cesser d’être valable avant le jour où elle est faite.",
            ),
            models.CheckConstraint(
                condition=Q(declared__gte=F("held") + F("taken")),
                name="vacancy_never_oversold",
                violation_error_message="Ce nombre est inférieur aux places déjà réservées ou prises.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.programme) if self.modality == Modality.INITIAL else f"{self.programme} ({self.get_modality_display()})"

    def is_stale(self, *, on: date) -> bool:
        """Whether `VacancyQuerySet.stale` would find it."""
        return self.valid_until is not None and self.valid_until < on and self.declared > self.held + self.taken


class Movement(models.TextChoices):
    DECLARE = "declare", "déclaration"
    HOLD = "hold", "réservation"
    TAKE = "take", "prise"
    FREE = "free", "libération"
    GIVE_BACK = "give_back", "restitution"


class Line(models.Model):
    """One movement of the ledger. A vacancy's counters equal the sums of its lines.

    holder: the UUID of one hold, opaque here; a declaration has one of its own.
    valid_until: of a declaration, the last day it may be relied on; one that adds nothing confirms the number.
    by: who did it, as a text that outlives accounts.
    """

    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="lines", verbose_name="place vacante")
    movement = models.CharField("mouvement", max_length=10, choices=Movement)
    holder = models.UUIDField("réservation")
    declared = models.IntegerField("déclarées", default=0)
    held = models.IntegerField("réservées", default=0)
    taken = models.IntegerField("prises", default=0)
    by = models.CharField("par", max_length=200)
    at = models.DateTimeField("le")
    reason = models.CharField("motif", max_length=250, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "mouvement de places"
        verbose_name_plural = "mouvements de places"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["holder", "movement"], name="line_once_for_holder_and_movement"),
            models.CheckConstraint(
                name="line_moves_what_it_says",
                condition=Q(movement="declare", held=0, taken=0)
                | Q(movement="hold", declared=0, held=1, taken=0)
                | Q(movement="take", declared=0, held=-1, taken=1)
                | Q(movement="free", declared=0, held=-1, taken=0)
                | Q(movement="give_back", declared=0, held=0, taken=-1),
            ),
        ]
        indexes = [models.Index(fields=["vacancy", "at"], name="line_by_vacancy")]

    def __str__(self) -> str:
        return f"{self.get_movement_display()} – {self.vacancy}"
