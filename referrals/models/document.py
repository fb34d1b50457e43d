"""Documents: what the student gives, and the letters the office sends. The files are private; a view serves them."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from .health import HealthRequest
from .offer import Offer
from .referral import Referral


class DocumentKind(models.TextChoices):
    TRANSCRIPT = "transcript", "relevé de notes de licence"
    PROVISIONAL_TRANSCRIPT = "provisional_transcript", "relevé de notes provisoire"
    LICENCE_PROOF = "licence_proof", "attestation de réussite à la licence"
    REFUSAL_PROOF = "refusal_proof", "justificatif de refus"
    CV = "cv", "curriculum vitae"
    MOTIVATION = "motivation", "lettre de motivation"
    OTHER = "other", "autre document"
    ATTACHMENT = "attachment", "pièce jointe à un message"
    HEALTH = "health", "document confidentiel"
    RECEIPT = "receipt", "accusé de réception"
    INADMISSIBLE_LETTER = "inadmissible_letter", "décision d’irrecevabilité"
    CLOSING_LETTER = "closing_letter", "décision de clôture"
    LETTER = "letter", "courrier du rectorat"


TRANSCRIPTS = (DocumentKind.TRANSCRIPT, DocumentKind.PROVISIONAL_TRANSCRIPT)
LETTERS = (DocumentKind.RECEIPT, DocumentKind.INADMISSIBLE_LETTER, DocumentKind.CLOSING_LETTER, DocumentKind.LETTER)
GIVEN = tuple(kind for kind in DocumentKind if kind not in (*LETTERS, DocumentKind.ATTACHMENT, DocumentKind.HEALTH))
"""What a student may upload to her case. What she gives the medical adviser has pages of its own."""


WITH_THE_FILE = Q(replaced_at__isnull=True) | Q(replaced_at__gt=F("referral__filed_at"))
FOR_INSTITUTIONS = Q(kind__in=(*TRANSCRIPTS, DocumentKind.CV, DocumentKind.MOTIVATION), replaced_at__isnull=True)
"""What an institution reads of the student it is asked to admit; whatever else she gave may tell what is none of its business."""


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user) -> "DocumentQuerySet":
        """The student's own; those of the office's referrals, but what she gave the medical adviser, who sees that alone.

        An institution that was asked to admit her: her marks, CV and letter, as long as `OfferQuerySet.read` says.
        An adviser of her university: what she gave, once she shows it.
        """
        confidential = Q(kind=DocumentKind.HEALTH)
        own = Q(referral__in=Referral.objects.of_student(user))
        of_office = Q(referral__in=Referral.objects.of_office(user)) & WITH_THE_FILE & ~confidential
        of_medical = Q(referral__health__in=HealthRequest.objects.of_medical(user), replaced_at__isnull=True) & confidential
        of_institution = Q(referral__in=Offer.objects.of_institution(user).read().values("referral")) & FOR_INSTITUTIONS
        shown = Q(referral__in=Referral.objects.of_adviser(user).filter(shares_documents=True), kind__in=GIVEN)
        return self.filter(own | of_office | of_medical | of_institution | (shown & Q(replaced_at__isnull=True)))

    def for_institutions(self) -> "DocumentQuerySet":
        """What an institution that is asked to admit the student reads."""
        return self.filter(FOR_INSTITUTIONS)

    def with_the_file(self) -> "DocumentQuerySet":
        """What was filed and what came later; not what the student had taken back before, nor what is confidential."""
        return self.filter(WITH_THE_FILE).exclude(kind=DocumentKind.HEALTH)

    def given(self) -> "DocumentQuerySet":
        return self.filter(kind__in=GIVEN, replaced_at__isnull=True)

    def letters(self) -> "DocumentQuerySet":
        return self.filter(kind__in=LETTERS)

    def confidential(self) -> "DocumentQuerySet":
        """What the student gave the medical adviser."""
        return self.filter(kind=DocumentKind.HEALTH, replaced_at__isnull=True)


class Document(models.Model):
    """A file of a referral. A letter is first its frozen ``content``, then the PDF rendered from it, once.

    sha256: of the stored file, in hexadecimal; empty while a letter waits to be rendered.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="documents", verbose_name="saisine")
    kind = models.CharField("nature", max_length=30, choices=DocumentKind)
    name = models.CharField("nom du fichier", max_length=200)
    content_type = models.CharField("type", max_length=80)
    file = models.FileField("fichier", max_length=200, blank=True)
    size = models.PositiveIntegerField("taille (octets)", default=0)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    content = models.JSONField("contenu figé", null=True, blank=True)
    created_at = models.DateTimeField("reçu le")
    replaced_at = models.DateTimeField("remplacé le", null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document"
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LETTERS, content__isnull=False) | (~Q(kind__in=LETTERS) & ~Q(file="")),
                name="document_has_a_file_or_a_content",
            ),
            models.CheckConstraint(condition=Q(file="") | ~Q(sha256=""), name="document_stored_with_its_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.name}"

    @property
    def is_letter(self) -> bool:
        return self.kind in LETTERS
