"""Catalogue: institutions and every name they were known by, mentions, and the M1 programmes."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Value

from ..full_text import Fold, French, Joined
from ..names import normalise
from .territory import Academy


class Institution(models.Model):
    """An *établissement*, by its UAI code. After a merger it names its successor, and stays to be found.

    guidance: its *SCUIO-BAIP*, and how a student reaches it. Whatever is empty was not given to us: pages say so.
    """

    uai = models.CharField("code UAI", max_length=8, primary_key=True)
    name = models.CharField("nom", max_length=250)
    academy = models.ForeignKey(Academy, models.PROTECT, related_name="institutions", verbose_name="académie")
    town = models.CharField("commune", max_length=80, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    website = models.URLField("site internet", max_length=500, blank=True, db_default="")
    guidance_name = models.CharField("service d’orientation (SCUIO-BAIP)", max_length=150, blank=True, db_default="")
    guidance_email = models.EmailField("adresse électronique du service", blank=True, db_default="")
    guidance_phone = models.CharField("téléphone du service", max_length=30, blank=True, db_default="")
    guidance_page = models.URLField("page du service", max_length=500, blank=True, db_default="")
    other_academies = models.ManyToManyField(
        Academy, blank=True, related_name="+", verbose_name="enseigne aussi dans ces académies"
    )
    former_uais = ArrayField(models.CharField(max_length=8), verbose_name="anciens codes UAI", default=list, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="établissement successeur"
    )

    class Meta:
        verbose_name = "établissement"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(successor=models.F("uai")), name="institution_not_its_own_successor"),
        ]

    def __str__(self) -> str:
        return self.name


class Merger(models.Model):
    """An institution taken over by another: who said so, when, and on what ground. Undone, it stays as a trace.

    programmes: the keys of those that were moved to the successor, so that undoing moves these back and no others.
    """

    former = models.ForeignKey(Institution, models.PROTECT, related_name="mergers", verbose_name="établissement absorbé")
    successor = models.ForeignKey(Institution, models.PROTECT, related_name="+", verbose_name="établissement successeur")
    effective_on = models.DateField("date d’effet")
    ground = models.CharField("texte", max_length=250, help_text="Le décret ou l’arrêté, avec sa date.")
    programmes = ArrayField(models.BigIntegerField(), default=list, editable=False)
    by = models.CharField("par", max_length=200)
    at = models.DateTimeField("enregistrée le")
    undone_by = models.CharField("annulée par", max_length=200, blank=True)
    undone_at = models.DateTimeField("annulée le", null=True, blank=True)

    class Meta:
        verbose_name = "fusion"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["former"], condition=models.Q(undone_at__isnull=True), name="merger_once_for_an_institution"
            ),
            models.CheckConstraint(condition=~models.Q(former=models.F("successor")), name="merger_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.former} → {self.successor}"


class InstitutionName(models.Model):
    """One name an institution is or was known by; the present one is also here."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="names")
    name = models.CharField("nom", max_length=250)
    normalised = models.CharField(max_length=250, editable=False)

    class Meta:
        verbose_name = "nom d’établissement"
        verbose_name_plural = "noms d’établissements"
        constraints = [models.UniqueConstraint(fields=["normalised", "institution"], name="institution_name_once")]
        indexes = [
            GinIndex(fields=["normalised"], name="institution_name_trigrams", opclasses=["gin_trgm_ops"]),
            GinIndex(French("name"), name="institution_name_words"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs) -> None:
        self.normalised = normalise(self.name)
        super().save(**kwargs)


class Mention(models.Model):
    """The national title of a subject; compared blind to case and accents."""

    name = models.CharField("intitulé", max_length=250)
    normalised = models.CharField(max_length=250, unique=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["normalised"]

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs) -> None:
        self.normalised = normalise(self.name)
        super().save(**kwargs)


class LicenceMention(Mention):
    class Meta(Mention.Meta):
        verbose_name = "mention de licence"
        verbose_name_plural = "mentions de licence"


class MasterMention(Mention):
    class Meta(Mention.Meta):
        verbose_name = "mention de master"
        verbose_name_plural = "mentions de master"
        indexes = [GinIndex(French("name"), name="master_mention_words")]


class Programme(models.Model):
    """A *parcours*: one M1 track. Its key is the national ``ifc``, else (institution, mention, track, site, town).

    intakes: year of entry → seats, candidates, proposals, acceptances and last rank called, as the ministry publishes them.
    withdrawn: the last complete file of the catalogue no longer had it; its seats, if any, are the institution's word.
    """

    ifc = models.CharField("identifiant national (ifc)", max_length=30, null=True, blank=True, unique=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="programmes", verbose_name="établissement")
    mention = models.ForeignKey(MasterMention, models.PROTECT, related_name="programmes", verbose_name="mention")
    track = models.CharField("parcours", max_length=250, blank=True)
    site = models.CharField("site", max_length=250, blank=True)
    town = models.CharField("ville", max_length=80, blank=True)
    academy = models.ForeignKey(Academy, models.PROTECT, related_name="programmes", verbose_name="académie")
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    modalities = ArrayField(models.CharField(max_length=40), verbose_name="modalités", default=list, blank=True)
    capacity = models.PositiveIntegerField("capacité d’accueil", null=True, blank=True)
    recommended = models.ManyToManyField(LicenceMention, blank=True, related_name="programmes", verbose_name="licences conseillées")
    any_licence = models.BooleanField("toutes licences", default=False)
    url = models.URLField("page de la formation", max_length=500, blank=True)
    other_sites = ArrayField(
        models.CharField(max_length=250), verbose_name="autres sites", default=list, blank=True, db_default=Value("{}")
    )
    intakes = models.JSONField("admissions des années passées", default=dict, blank=True, db_default=Value({}, models.JSONField()))
    withdrawn = models.BooleanField("retiré du catalogue", default=False, db_default=False)

    class Meta:
        verbose_name = "parcours de M1"
        verbose_name_plural = "parcours de M1"
        ordering = ["mention__normalised", "track", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "mention", "track", "site", "town"],
                condition=models.Q(ifc__isnull=True),
                name="programme_key_without_ifc",
            ),
        ]
        indexes = [
            GinIndex(French("track", "site", "town"), name="programme_words"),
            GinIndex(OpClass(Fold(Joined("track", "site", "town")), name="gin_trgm_ops"), name="programme_trigrams"),
        ]

    def __str__(self) -> str:
        return f"{self.title} – {self.institution}"

    @property
    def reference(self) -> str:
        """What a declaration calls it: its ``ifc``, or ours."""
        return self.ifc or f"S{self.pk}"

    @property
    def title(self) -> str:
        """Mention, and track where it has a name of its own."""
        return f"{self.mention}, parcours {self.track}" if self.track else str(self.mention)
