"""Standing agreements: what an institution has agreed to beforehand, for whoever has one of the licences it names."""

from datetime import date

from django.db import models
from django.db.models import Q

from vacancies.models import LicenceMention, Vacancy


class StandingAgreementQuerySet(models.QuerySet["StandingAgreement"]):
    def on(self, day: date) -> "StandingAgreementQuerySet":
        """Those in force on ``day``."""
        return self.filter(ended_at__isnull=True, agreed_on__lte=day, until__gte=day)


class StandingAgreement(models.Model):
    """« Any admissible student with one of these licences, up to so many seats »: nobody is asked one by one.

    licences: none means any. seats: how many offers may rest on it; refused or taken back, an offer rests on it no more.
    """

    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="standing_agreements", verbose_name="place vacante")
    licences = models.ManyToManyField(LicenceMention, blank=True, related_name="+", verbose_name="licences admises")
    seats = models.PositiveSmallIntegerField("nombre de places")
    agreed_by = models.CharField("accord donné par", max_length=150)
    agreed_as = models.CharField("en qualité de", max_length=150)
    agreed_on = models.DateField("accord du")
    until = models.DateField("valable jusqu’au")
    by_name = models.CharField("enregistré par", max_length=200)
    created_at = models.DateTimeField("enregistré le")
    ended_by = models.CharField("retiré par", max_length=200, blank=True)
    ended_at = models.DateTimeField("retiré le", null=True, blank=True)

    objects = StandingAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = "accord permanent"
        verbose_name_plural = "accords permanents"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(seats__gte=1),
                name="standing_agreement_of_a_seat",
                violation_error_message="Un accord permanent porte sur une place au moins.",
            ),
            models.CheckConstraint(
                condition=Q(until__gte=models.F("agreed_on")),
                name="standing_agreement_ends_after_it_starts",
                violation_error_message="L’accord ne peut pas cesser avant d’être donné.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vacancy} : {self.seats}"
