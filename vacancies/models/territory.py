"""Territory: academic regions, académies, and how far somebody's sight reaches."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import models


class AcademicRegion(models.Model):
    """A *région académique*: one rectorate, competent for the licences obtained there."""

    code = models.CharField("code", max_length=8, primary_key=True)
    name = models.CharField("nom", max_length=80, unique=True)
    single_university = models.BooleanField("une seule université", default=False)
    vice_rectorate = models.BooleanField("vice-rectorat", default=False)
    court = models.CharField(
        "tribunal administratif compétent",
        max_length=80,
        blank=True,
        help_text="Par exemple « tribunal administratif de Lyon ». Vide : les lettres disent comment le trouver.",
    )
    address = models.TextField("adresse du rectorat, pour un recours", blank=True)
    email = models.EmailField("adresse électronique", blank=True, db_default="")
    phone = models.CharField("téléphone", max_length=30, blank=True, db_default="")
    page = models.URLField("page de la procédure", max_length=500, blank=True, db_default="")

    class Meta:
        verbose_name = "région académique"
        verbose_name_plural = "régions académiques"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Academy(models.Model):
    """An *académie*: it gives a limit its time zone and its calendar of legal days."""

    code = models.CharField("code", max_length=3, primary_key=True)
    name = models.CharField("nom", max_length=80, unique=True)
    region = models.ForeignKey(AcademicRegion, models.PROTECT, related_name="academies", verbose_name="région académique")
    zone = models.CharField("fuseau horaire", max_length=40)
    calendar = models.CharField("calendrier des jours fériés", max_length=30)

    class Meta:
        verbose_name = "académie"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """How far somebody sees: the nation, some regions, or some institutions. The default sees nothing."""

    nation: bool = False
    regions: frozenset[str] = frozenset()
    institutions: frozenset[str] = frozenset()

    def q(self, *, region: str, institution: str) -> models.Q:
        """Return the condition for rows of which ``region`` and ``institution`` are the look-ups of the two codes."""
        if self.nation:
            return models.Q()
        return models.Q(**{f"{region}__in": self.regions}) | models.Q(**{f"{institution}__in": self.institutions})
