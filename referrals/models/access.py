"""How people come in: by invitation, where a post waits for them, and from places that are remembered for a while."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from .people import User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, *, at: datetime) -> "InvitationQuerySet":
        """Those that can still be accepted."""
        return self.filter(used_at__isnull=True, expires_at__gt=at)


class Invitation(models.Model):
    """The one way to a first password for whoever is to hold a post: a link, sent to her address alone.

    digest: of the link's secret, which is kept nowhere. A new invitation takes the place of the last: the former link is void.
    sent_by: nobody for the first administrator's, which is sent from the server itself.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="invitation", verbose_name="compte")
    digest = models.CharField(max_length=64, unique=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="envoyée par")
    sent_at = models.DateTimeField("envoyée le")
    expires_at = models.DateTimeField("valable jusqu’au")
    used_at = models.DateTimeField("acceptée le", null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="invitation_expires_after_it_is_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.user}"


class KnownPlace(models.Model):
    """Where somebody has signed in from, as a keyed digest of network and browser: it can be recognised, and not read."""

    user = models.ForeignKey(User, models.CASCADE, related_name="known_places")
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "lieu de connexion"
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="known_place_once_for_each")]
        indexes = [models.Index(fields=["seen_at"], name="known_place_seen_at")]

    def __str__(self) -> str:
        return f"{self.user}, {self.seen_at:%d/%m/%Y}"
