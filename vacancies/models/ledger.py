"""The seat ledger: how many M1 seats a programme has left in a campaign, and every movement that made it so.

Only `vacancies.seats` writes here.
"""

from django.db import models
from django.db.models import F, Q

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


class Vacancy(models.Model):
    """The M1 seats a programme has left in a campaign; free = declared − held − taken, never below zero."""

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
    contact_email = models.EmailField("adresse du contact", blank=True)

    class Meta:
        verbose_name = "place vacante"
        verbose_name_plural = "places vacantes"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "programme"], name="vacancy_once_a_campaign"),
            models.CheckConstraint(
                condition=Q(declared__gte=F("held") + F("taken")),
                name="vacancy_never_oversold",
                violation_error_message="Ce nombre est inférieur aux places déjà réservées ou prises.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.programme)


class Movement(models.TextChoices):
    DECLARE = "declare", "déclaration"
    HOLD = "hold", "réservation"
    TAKE = "take", "prise"
    FREE = "free", "libération"
    GIVE_BACK = "give_back", "restitution"


class Line(models.Model):
    """One movement of the ledger. A vacancy's counters equal the sums of its lines.

    holder: the UUID of one hold, opaque here; a declaration has one of its own.
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
