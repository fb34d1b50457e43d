"""Which licence leads to which master: a table for each campaign. Indicative: outside it is a flag, never a wall."""

from django.db import models

from .catalogue import LicenceMention, MasterMention
from .ledger import Campaign


class Compatibility(models.Model):
    """In this campaign the mention of licence is held compatible with the mention of master."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="compatibilities", verbose_name="campagne")
    licence = models.ForeignKey(LicenceMention, models.PROTECT, related_name="compatibilities", verbose_name="mention de licence")
    master = models.ForeignKey(MasterMention, models.PROTECT, related_name="compatibilities", verbose_name="mention de master")
    note = models.CharField("remarque", max_length=250, blank=True)

    class Meta:
        verbose_name = "compatibilité"
        ordering = ["licence__normalised", "master__normalised"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "licence", "master"], name="compatibility_once_a_campaign"),
        ]

    def __str__(self) -> str:
        return f"{self.licence} → {self.master}"
