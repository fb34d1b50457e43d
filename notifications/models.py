"""Messages: every mail, from its cause to its fate."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from referrals.language import Language
from referrals.models import Document, Event, Limit, Referral, Strand


class Fate(models.TextChoices):
    PENDING = "pending", "à envoyer"
    SENT = "sent", "parti"
    FAILED = "failed", "non parti"


class Audience(models.TextChoices):
    """To whom a mail speaks."""

    STUDENT = "student", "étudiant"
    INSTITUTION = "institution", "établissement"
    OFFICE = "office", "gestionnaire"
    SIGNATORY = "signatory", "personne qui peut signer"
    HEAD = "head", "chef de service nommé"
    MEDICAL = "medical", "médecin conseiller"
    FORMER = "former", "ancienne adresse"
    ACCOUNT = "account", "titulaire du compte"
    DECLARANT = "declarant", "établissement, pour ses places"
    CONSULTED = "consulted", "établissement, pour ses accords"
    DELEGATE = "delegate", "personne à qui l’établissement confie la réponse"
    ESCALATED = "escalated", "chef de service, pour les établissements"
    ADVISER = "adviser", "SCUIO-BAIP"


OF_NO_REFERRAL = frozenset({Audience.ACCOUNT, Audience.DECLARANT, Audience.CONSULTED, Audience.ESCALATED, Audience.ADVISER})


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user) -> "MessageQuerySet":
        """Mails of the referrals ``user``'s office sees; those of no referral are the administrators'."""
        of_referrals = Q(referral__in=Referral.objects.of_office(user))
        return self.of_case().filter(Q() if user.scope.nation else of_referrals)

    def of_case(self) -> "MessageQuerySet":
        """All but those of the health branch, which the student and the medical adviser alone know of."""
        return self.exclude(event__strand=Strand.HEALTH)

    def due(self, *, at) -> "MessageQuerySet":
        """Those whose turn has come, and that no worker is sending."""
        unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
        return self.filter(unclaimed, fate=Fate.PENDING, next_attempt_at__lte=at)

    def to_record(self) -> "MessageQuerySet":
        """Those whose fate is known, and not yet in the referral's history."""
        return self.filter(~Q(fate=Fate.PENDING), recorded_at__isnull=True)


class Message(models.Model):
    """One mail to one person, written in the transaction of its cause, sent after it.

    key: what causes it, once; a second cause of the same key writes no second mail.
    text: empty, as the HTML, until it is sent where very many were caused at once; its subject then only names the cause.
    claimed_until: a worker is sending it; if that worker dies, the next one may try from this instant on.
    not_after: from this instant on what it says would be stale, and it is not sent any more.
    recorded_at: when its fate was written into the referral's history.
    """

    key = models.CharField(max_length=200, unique=True)
    message_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    template = models.CharField("modèle", max_length=60)
    referral = models.ForeignKey(Referral, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name="saisine")
    event = models.ForeignKey(Event, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name="événement")
    limit = models.ForeignKey(
        Limit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name="délai annoncé",
        help_text="Le délai que ce courriel annonce.",
    )
    audience = models.CharField("s’adresse à", max_length=12, choices=Audience)
    to = models.EmailField("destinataire")
    reply_to = models.EmailField("réponse à", blank=True)
    subject = models.CharField("objet", max_length=200)
    text = models.TextField("texte")
    html = models.TextField("HTML")
    language = models.CharField("langue", max_length=2, choices=Language, default=Language.FRENCH, db_default=Language.FRENCH)
    attachment = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pièce jointe")
    fate = models.CharField("sort", max_length=10, choices=Fate, default=Fate.PENDING)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    created_at = models.DateTimeField("écrit le")
    next_attempt_at = models.DateTimeField("prochain essai")
    claimed_until = models.DateTimeField(null=True, blank=True)
    not_after = models.DateTimeField("sans objet à partir du", null=True, blank=True)
    sent_at = models.DateTimeField("parti le", null=True, blank=True)
    failed_at = models.DateTimeField("abandonné le", null=True, blank=True)
    reason = models.TextField("raison de l’échec", blank=True)
    recorded_at = models.DateTimeField("inscrit à l’historique le", null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "courriel"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(fate=Fate.SENT) | Q(sent_at__isnull=False), name="message_sent_has_a_date"),
            models.CheckConstraint(
                condition=~Q(fate=Fate.FAILED) | (~Q(reason="") & Q(failed_at__isnull=False)), name="message_failed_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(audience__in=sorted(OF_NO_REFERRAL), referral__isnull=True)
                | (~Q(audience__in=sorted(OF_NO_REFERRAL)) & Q(referral__isnull=False)),
                name="message_of_a_referral_or_of_none",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(fate=Fate.PENDING), name="message_due"),
            models.Index(fields=["id"], condition=~Q(fate=Fate.PENDING) & Q(recorded_at__isnull=True), name="message_to_record"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
