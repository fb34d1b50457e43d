"""An offer: one seat proposed to one student, with the consultation of the institution behind it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from vacancies.models import Vacancy

from ..rules.states import ASKED, COUNTED, HOLDING, SEARCHED, TAKEN, OfferState
from ..rules.suitability import DeclineCause
from ..wording import OFFER_STATE_CHOICES
from ..wording_matching import DECLINE_CAUSES
from .agreement import StandingAgreement
from .people import Role
from .referral import Referral


class Channel(models.TextChoices):
    MAIL = "mail", "courriel"
    LETTER = "letter", "courrier"
    PHONE = "phone", "téléphone"
    MEETING = "meeting", "réunion"
    PORTAL = "portal", "espace de l’établissement"
    LINK = "link", "lien reçu par courriel"
    STANDING = "standing", "accord permanent"


class Caller(models.TextChoices):
    """Who speaks to the office about a file, on the telephone or at its door."""

    STUDENT = "student", "l’étudiant"
    MANDATED = "mandated", "la personne mandatée"
    FAMILY = "family", "un parent ou un proche, sans mandat"
    OTHER = "other", "quelqu’un d’autre"


TO_THE_OFFICE = (Channel.MAIL, Channel.LETTER, Channel.PHONE, Channel.MEETING)
"""The ways in which a person of the office is told something; the others the site itself is told."""


class Enrolment(models.TextChoices):
    """What the institution says of the enrolment after the acceptance."""

    ENROLLED = "enrolled", _("inscrit")
    REFUSED = "refused", _("inscription refusée par l’établissement")
    NOT_COME = "not_come", _("ne s’est pas présenté")


READ = HOLDING | {OfferState.ACCEPTED}
"""While an offer stands so, its institution reads what it was asked about: the student's name, project, marks."""

LATE = Q(state=OfferState.UNANSWERED, referral__state__in=SEARCHED)
"""Not answered in time, and a late answer is still of use."""


class OfferQuerySet(models.QuerySet["Offer"]):
    def of_institution(self, user) -> "OfferQuerySet":
        """Those of which the institutions that ``user`` answers for were asked, with all that they have taken over or become."""
        institutions = user.scope_as(frozenset({Role.INSTITUTION})).institutions
        return self.filter(vacancy__programme__institution__in=institutions)

    def read(self) -> "OfferQuerySet":
        """Those whose institution may read the file: while it is asked, has agreed or has the student; and as long as it may
        still answer late. Once it has refused, or the offer is declined, expired, released or taken back, no more.
        """
        return self.filter(Q(state__in=READ) | LATE)

    def waiting(self) -> "OfferQuerySet":
        """Those whose institution is asked, and has not answered."""
        return self.filter(state=OfferState.CONSULTING)

    def asked(self) -> "OfferQuerySet":
        return self.filter(state__in=ASKED)

    def on_the_table(self) -> "OfferQuerySet":
        """Sent, and waiting for the student's answer."""
        return self.filter(state=OfferState.SENT)

    def holding(self) -> "OfferQuerySet":
        """Those for which a seat is held."""
        return self.filter(state__in=HOLDING)

    def shown_to_student(self) -> "OfferQuerySet":
        return self.filter(sent_at__isnull=False)

    def counted(self) -> "OfferQuerySet":
        """Sent and not retracted: these count towards the offers the rules require."""
        return self.filter(state__in=COUNTED, sent_at__isnull=False)


class Offer(models.Model):
    """A *proposition d’admission*. Its state moves through `referrals.procedure` alone.

    hold: the UUID of its hold in the seat ledger. suits: what the suitability of the seat was when its institution was asked, as
    `referrals.wording_matching` reads it. condition: what the institution asks before it would agree; not an agreement.
    delegated_to: the colleague whom the institution lets answer.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    referral = models.ForeignKey(  # found by `offer_of_file`, which begins with it
        Referral, models.PROTECT, related_name="offers", verbose_name="saisine", db_index=False
    )
    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="offers", verbose_name="place")
    state = models.CharField("état", max_length=20, choices=OFFER_STATE_CHOICES, default=OfferState.CONSULTING)
    hold = models.UUIDField("réservation", default=uuid4, unique=True)
    held_until = models.DateTimeField("place réservée jusqu’au")
    consulted_at = models.DateTimeField("établissement consulté le")
    agreed_by = models.CharField("accord donné par", max_length=150, blank=True)
    agreed_as = models.CharField("en qualité de", max_length=150, blank=True)
    agreed_on = models.DateField("accord du", null=True, blank=True)
    agreed_through = models.CharField("par", max_length=10, choices=Channel, blank=True)
    refusal_reason = models.TextField("motif du refus de l’établissement", blank=True)
    message = models.TextField("mot à l’étudiant", blank=True)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    first_read_at = models.DateTimeField("lue le", null=True, blank=True)
    answered_at = models.DateTimeField("réponse le", null=True, blank=True)
    decline_reason = models.TextField("motif du refus", blank=True)
    consulted_because = models.TextField(
        "pourquoi cette formation, que la recherche écarte",
        blank=True,
        db_column="asked_again_reason",
    )
    outside_table = models.BooleanField("hors de la table de compatibilité", default=False, db_default=False)
    suits = models.JSONField("convenance", default=dict, blank=True, db_default=Value({}, models.JSONField()))
    standing = models.ForeignKey(
        StandingAgreement, models.PROTECT, null=True, blank=True, related_name="offers", verbose_name="accord permanent"
    )
    condition = models.TextField("condition posée par l’établissement", blank=True, db_default="")
    delegated_to = models.EmailField("réponse confiée à", blank=True, db_default="")
    decline_cause = models.CharField(
        "cause du refus",
        max_length=15,
        choices=[(cause.value, DECLINE_CAUSES[cause]) for cause in DeclineCause],
        blank=True,
        db_default="",
    )
    enrolment = models.CharField("inscription", max_length=20, choices=Enrolment, blank=True)
    enrolment_on = models.DateField("constatée le", null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = "proposition"
        ordering = ["consulted_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral", "vacancy"],
                condition=Q(state__in=sorted(HOLDING | TAKEN)),
                name="offer_one_live_for_referral_and_vacancy",
                violation_error_message="Cette place est déjà en cours de proposition à cet étudiant.",
            ),
            models.UniqueConstraint(fields=["referral"], condition=Q(state__in=sorted(TAKEN)), name="offer_one_taken_for_referral"),
            models.CheckConstraint(
                condition=~Q(state__in=sorted({OfferState.AGREED, OfferState.SENT, OfferState.ACCEPTED}))
                | Q(~Q(agreed_by=""), ~Q(agreed_as=""), ~Q(agreed_through=""), agreed_on__isnull=False),
                name="offer_sent_with_agreement",
                violation_error_message="L’accord de l’établissement doit être enregistré.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted({OfferState.SENT, OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED}))
                | Q(sent_at__isnull=False),
                name="offer_answered_was_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted({OfferState.ACCEPTED, OfferState.DECLINED})) | Q(answered_at__isnull=False),
                name="offer_answered_has_a_date",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "held_until"], name="offer_holds"),
            models.Index(fields=["referral", "state", "sent_at"], name="offer_of_file"),
        ]

    def __str__(self) -> str:
        return str(self.vacancy)
