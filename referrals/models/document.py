"""Documents: what the student gives, and the letters the office sends. The files are private; a view serves them."""

from functools import reduce
from operator import or_
from uuid import uuid4

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from .health import HealthRequest
from .offer import Offer
from .people import Role
from .referral import Referral


class DocumentKind(models.TextChoices):
    TRANSCRIPT = "transcript", _("relevé de notes de licence")
    PROVISIONAL_TRANSCRIPT = "provisional_transcript", _("relevé de notes provisoire")
    LICENCE_PROOF = "licence_proof", _("attestation de réussite à la licence")
    REFUSAL_PROOF = "refusal_proof", _("justificatif de refus")
    CV = "cv", _("curriculum vitae")
    MOTIVATION = "motivation", _("lettre de motivation")
    OTHER = "other", _("autre document")
    ATTACHMENT = "attachment", _("pièce jointe à un message")
    HEALTH = "health", _("document confidentiel")
    RECEIPT = "receipt", _("accusé de réception")
    ACCEPTANCE = "acceptance", _("attestation d’acceptation")
    INADMISSIBLE_LETTER = "inadmissible_letter", _("décision d’irrecevabilité")
    CLOSING_LETTER = "closing_letter", _("décision de clôture")
    LETTER = "letter", _("courrier du rectorat")


class Doubt(models.TextChoices):
    """What makes one doubt that a file can be read. It is kept all the same: what arrived in time arrived."""

    LOCKED = "locked", _("protégé par un mot de passe")
    DAMAGED = "damaged", _("abîmé, ne s’ouvre pas")
    SMALL = "small", _("image trop petite pour être lue")
    BLANK = "blank", _("image où l’on ne voit rien")
    HEAVY = "heavy", _("trop lourd à ouvrir")
    INFECTED = "infected", _("contient un virus")


class Scan(models.TextChoices):
    """What the virus scanner says of a file. Without a scanner, and of our own letters, nothing."""

    NONE = "none", _("non contrôlé par un antivirus")
    WAITING = "waiting", _("en cours de contrôle")
    CLEAN = "clean", _("contrôlé par un antivirus")
    INFECTED = "infected", _("bloqué par l’antivirus")


WITHHELD = (Scan.WAITING, Scan.INFECTED)
"""Nobody gets the bytes; that it arrived, and when, counts all the same."""
UNOPENED = (Doubt.LOCKED, Doubt.DAMAGED, Doubt.HEAVY)
"""Nobody can look at its pages."""
ADVICE = {
    Doubt.LOCKED: _(
        "Ce PDF est protégé par un mot de passe : le rectorat ne pourra pas le lire. Ouvrez-le, choisissez « Imprimer », puis "
        "« Enregistrer en PDF », et mettez le nouveau fichier à la place de celui-ci."
    ),
    Doubt.DAMAGED: _(
        "Ce fichier est abîmé : il ne s’ouvre pas. Enregistrez-le de nouveau, ou photographiez le document, puis remplacez-le."
    ),
    Doubt.SMALL: _(
        "Cette image est très petite : le rectorat risque de ne pas pouvoir la lire. Photographiez le document de plus près."
    ),
    Doubt.BLANK: _("On ne voit rien sur cette image. Photographiez le document de nouveau, à la lumière."),
    Doubt.HEAVY: _(
        "Ce fichier demande trop de temps ou de mémoire pour s’ouvrir : le rectorat risque de ne pas pouvoir le lire. Ouvrez-le, "
        "choisissez « Imprimer », puis « Enregistrer en PDF », ou photographiez le document, puis remplacez-le."
    ),
    Doubt.INFECTED: _(
        "L’antivirus a trouvé un virus dans ce fichier : personne ne peut l’ouvrir, ni vous, ni le rectorat. Préparez-en un autre "
        "depuis un autre appareil, ou photographiez le document, puis envoyez-le. La date de votre envoi reste acquise."
    ),
}
"""What is wrong, and what to do, in words to the student."""
TRANSCRIPTS = (DocumentKind.TRANSCRIPT, DocumentKind.PROVISIONAL_TRANSCRIPT)
LETTERS = (
    DocumentKind.RECEIPT,
    DocumentKind.ACCEPTANCE,
    DocumentKind.INADMISSIBLE_LETTER,
    DocumentKind.CLOSING_LETTER,
    DocumentKind.LETTER,
)
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
        own = Q(referral__in=Referral.objects.of_student(user))
        return self.filter(reduce(or_, self.ways_in(user).values(), own))

    @staticmethod
    def ways_in(user) -> dict[Role, Q]:
        """By which role somebody else than the student sees which documents; a caseworker's stands for the whole office's."""
        confidential = Q(kind=DocumentKind.HEALTH)
        shown = Q(referral__in=Referral.objects.of_adviser(user).filter(shares_documents=True), kind__in=GIVEN)
        return {
            Role.CASEWORKER: Q(referral__in=Referral.objects.of_office(user)) & WITH_THE_FILE & ~confidential,
            Role.MEDICAL: Q(referral__health__in=HealthRequest.objects.of_medical(user), replaced_at__isnull=True) & confidential,
            Role.INSTITUTION: Q(referral__in=Offer.objects.of_institution(user).read().values("referral")) & FOR_INSTITUTIONS,
            Role.ADVISER: shown & Q(replaced_at__isnull=True),
        }

    def originals_for(self, user) -> "DocumentQuerySet":
        """What ``user`` may have as it came, byte for byte: the student her own, the office and the medical adviser theirs.

        Everybody else reads copies of which nothing runs.
        """
        own, ways = Q(referral__in=Referral.objects.of_student(user)), self.ways_in(user)
        return self.filter(own | ways[Role.CASEWORKER] | ways[Role.MEDICAL])

    def unscanned(self) -> "DocumentQuerySet":
        """What was given and no virus scanner has seen; what is withheld until then comes first."""
        given = self.filter(scan__in=(Scan.NONE, Scan.WAITING)).exclude(kind__in=LETTERS)
        return given.order_by(Case(When(scan=Scan.WAITING, then=0), default=1), "pk")

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

    sha256: of the stored file, in hexadecimal; empty while a letter waits to be rendered. code: by which anybody verifies a letter;
    none for what is no letter, and for letters older than codes. pages: none where nobody has counted yet. doubt: why it may be
    unreadable; the office has it all the same. scan: what the virus scanner says, and scanned_at, since when.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="documents", verbose_name="saisine")
    kind = models.CharField("nature", max_length=30, choices=DocumentKind)
    name = models.CharField("nom du fichier", max_length=200)
    content_type = models.CharField("type", max_length=80)
    file = models.FileField("fichier", max_length=200, blank=True)
    size = models.PositiveIntegerField("taille (octets)", default=0)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    pages = models.PositiveIntegerField("pages", null=True, blank=True)
    doubt = models.CharField("doute", max_length=10, choices=Doubt, blank=True, default="", db_default="")
    scan = models.CharField("contrôle antivirus", max_length=10, choices=Scan, default=Scan.NONE, db_default=Scan.NONE)
    scanned_at = models.DateTimeField("contrôlé le", null=True, blank=True)
    content = models.JSONField("contenu figé", null=True, blank=True)
    code = models.CharField("code de vérification", max_length=16, unique=True, null=True, blank=True, editable=False)
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

    @property
    def is_withheld(self) -> bool:
        return self.scan in WITHHELD

    @property
    def advice(self) -> str:
        """What the student is told of a doubtful file; empty for any other."""
        return str(ADVICE[Doubt(self.doubt)]) if self.doubt else ""
