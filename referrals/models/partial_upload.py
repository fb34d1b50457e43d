"""A file on its way, in parts: what has come stays when the line is lost, so that nothing is sent twice."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from .referral import Referral


class PartialUpload(models.Model):
    """A file that a student sends in parts. It is no document yet: her form claims it once it is whole, or a day later it goes.

    sha256: of the whole file, as her browser announced it, in hexadecimal; the same file chosen again is taken up where it was.
    size: announced too; received: how much of it is here. Both in bytes. parts: the names its parts are stored under, in their
    order: each is written once and never changed, since there is storage that cannot write into the middle of a file.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, models.CASCADE, related_name="partial_uploads", verbose_name="saisine")
    name = models.CharField("nom du fichier", max_length=200)
    size = models.PositiveIntegerField("taille (octets)")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    received = models.PositiveIntegerField("reçu (octets)", default=0)
    parts = ArrayField(models.CharField(max_length=200), verbose_name="parties", default=list, db_default=[])
    created_at = models.DateTimeField("commencé le")

    class Meta:
        verbose_name = "envoi en cours"
        verbose_name_plural = "envois en cours"
        constraints = [
            models.UniqueConstraint(fields=["referral", "sha256", "name"], name="partial_upload_once_for_a_name"),
            models.CheckConstraint(condition=Q(received__lte=F("size")), name="partial_upload_within_its_size"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_whole(self) -> bool:
        return self.received == self.size and bool(self.parts)
