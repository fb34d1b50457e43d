"""The referral: one student's request in one campaign, with the facts she states. No procedure here."""

from uuid import uuid4

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from vacancies.full_text import Fold, Joined
from vacancies.models import AcademicRegion, Academy, Campaign, Institution, LicenceMention, MasterMention

from ..rules.states import FOLLOWED, LIVE, State
from ..wording import DUE_CHOICES, HOLDER_CHOICES, STATE_CHOICES
from .campaign_rules import CampaignRules
from .people import OFFICE_ROLES, Role, User

FILED = ~Q(state=State.DRAFT)
"""The states of `FILED_ONCE`, in the words in which PostgreSQL guesses best how many files they leave."""
AGREED = FILED & Q(adviser_consent=True)
SHARED = Q(state=State.DRAFT, shares_draft=True)
"""What a student opens to the guidance service of her university: her filed referral, her draft."""


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, user) -> "ReferralQuerySet":
        """The referrals ``user`` may read: her own; her region's once filed; her institution's students' who agreed to it."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(student=user) | self._office(user) | self._advised(user))

    def of_student(self, user) -> "ReferralQuerySet":
        return self.filter(student=user)

    def of_office(self, user) -> "ReferralQuerySet":
        """Filed referrals for which ``user``'s rectorate is competent."""
        return self.filter(self._office(user))

    def of_adviser(self, user) -> "ReferralQuerySet":
        """Filed referrals of students of ``user``'s institution, and of those merged with it, who agreed to be followed."""
        return self.filter(self._advised(user))

    def _office(self, user) -> Q:
        scope = user.scope_as(OFFICE_ROLES)
        return FILED & scope.q(region="region", institution="licence_institution")

    def drafts_shared_with(self, user) -> "ReferralQuerySet":
        """Drafts that students of ``user``'s institution have opened to its guidance service, to be prepared together."""
        return self.filter(SHARED, licence_institution__in=_advising(user))

    def open_to_adviser(self, user) -> "ReferralQuerySet":
        """Both: what ``user`` follows, and the drafts shared with her."""
        return self.filter(AGREED | SHARED, licence_institution__in=_advising(user))

    def _advised(self, user) -> Q:
        return AGREED & Q(licence_institution__in=_advising(user))


def _advising(user) -> frozenset[str]:
    return user.scope_as(frozenset({Role.ADVISER})).institutions


class Arrival(models.TextChoices):
    """How a request reached the rectorate that its student did not file herself."""

    LETTER = "letter", _("courrier")
    MAIL = "mail", _("courriel")
    VISIT = "visit", _("visite à l’accueil")


WORDS = Fold(Joined("birth_name", "usage_name", "first_names", "ine", Coalesce("number", Value(""))))
"""Everything by which one looks for a file, but the e-mail address: an index has it, and a search must say it likewise."""


HELD = ~Q(holder="")
COUNTED_BY = ["state", "licence_academy"]
"""What the first page's counts ask besides: they read the index alone, and no row."""
UNDATED = Q(holder="") | Q(next_at__isnull=True)
WAITING = HELD | Q(next_at__isnull=False)
"""What a followed file never is, and an ended one neither: the first page of a head counts both, and each has an index of its own,
empty as long as all is well.
"""


class Diploma(models.TextChoices):
    """What a student calls her licence. Only a national one founds a referral."""

    NATIONAL = "national", _("licence (diplôme national)")
    PROFESSIONAL = "professional", _("licence professionnelle")
    FOREIGN = "foreign", _("diplôme étranger")
    OTHER = "other", _("autre diplôme de niveau bac + 3")


class Referral(models.Model):
    """A *saisine*. Its state moves through `referrals.procedure` alone.

    holder, next_at, next_due: who has to act, until when (the first instant that is too late) and what for, as
    `referrals.rules.follow_up` says; each move brings them up to date. mandated: who else may speak for the student. erased_at: its
    time was over, and nothing is left of its person; documents_erased_at: likewise of what she gave, which goes sooner.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    number = models.CharField("numéro", max_length=30, unique=True, null=True, blank=True)
    student = models.ForeignKey(User, models.PROTECT, related_name="referrals", verbose_name="étudiant")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="referrals", verbose_name="campagne")
    rules = models.ForeignKey(CampaignRules, models.PROTECT, related_name="referrals", verbose_name="règles")
    state = models.CharField("état", max_length=20, choices=STATE_CHOICES, default=State.DRAFT)
    region = models.ForeignKey(
        AcademicRegion, models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name="région compétente"
    )
    assigned_to = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="assigned_referrals", verbose_name="suivi par"
    )

    first_names = models.CharField("prénoms", max_length=150, blank=True)
    birth_name = models.CharField("nom de naissance", max_length=100, blank=True)
    usage_name = models.CharField("nom d’usage", max_length=100, blank=True)
    diploma_name = models.CharField("nom figurant sur le diplôme", max_length=100, blank=True)
    birth_date = models.DateField("date de naissance", null=True, blank=True)
    ine = models.CharField("INE", max_length=20, blank=True)

    diploma = models.CharField("nature du diplôme", max_length=20, choices=Diploma, blank=True)
    licence_mention = models.ForeignKey(
        LicenceMention, models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name="mention de licence"
    )
    licence_title = models.CharField("intitulé de la licence, hors de la liste des mentions", max_length=250, blank=True)
    licence_institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name="établissement de la licence"
    )
    licence_site = models.CharField("ville du site de la licence", max_length=80, blank=True)
    licence_academy = models.ForeignKey(
        Academy, models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name="académie du site"
    )
    licence_on = models.DateField("licence obtenue le", null=True, blank=True)
    licence_expected_on = models.DateField("licence attendue le", null=True, blank=True)
    licence_failed_at = models.DateTimeField("échec au jury signalé le", null=True, blank=True)

    begun_licence = models.JSONField("autre licence commencée, telle que tapée", default=dict, db_default={}, blank=True)
    """Name of a field of its page → text. It is no licence: nothing counts it, and it is never filed."""
    project = models.TextField("projet professionnel", blank=True)
    wished_academies = models.ManyToManyField(Academy, blank=True, related_name="+", verbose_name="académies souhaitées")
    mobility_km = models.PositiveSmallIntegerField("distance acceptée (km)", null=True, blank=True)
    has_contract = models.BooleanField("a un contrat d’apprentissage, ou une promesse", default=False, db_default=False)
    late_reason = models.TextField("motif du dépôt tardif", blank=True)
    adviser_consent = models.BooleanField("suivi par le SCUIO-BAIP accepté", default=False)
    shares_documents = models.BooleanField("documents montrés au SCUIO-BAIP", default=False, db_default=False)
    shares_offers = models.BooleanField("propositions montrées au SCUIO-BAIP", default=False, db_default=False)
    shares_draft = models.BooleanField("brouillon préparé avec le SCUIO-BAIP", default=False, db_default=False)
    mandated = models.CharField("personne mandatée", max_length=150, blank=True, db_default="")
    entered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="saisie par le rectorat pour l’étudiant"
    )
    arrived_through = models.CharField("arrivée par", max_length=10, choices=Arrival, blank=True, db_default="")

    transcript = models.ForeignKey(
        "referrals.Document", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="relevé de notes"
    )
    created_at = models.DateTimeField("commencée le")
    filed_at = models.DateTimeField("déposée le", null=True, blank=True)
    admissible_at = models.DateTimeField("déclarée recevable le", null=True, blank=True)
    search_ended_at = models.DateTimeField("fin de la recherche le", null=True, blank=True)
    due_on = models.DateField("à traiter avant le", null=True, blank=True)
    holder = models.CharField(
        "en attente de",
        max_length=12,
        choices=HOLDER_CHOICES,
        blank=True,
        db_default="",
    )
    next_at = models.DateTimeField("prochaine échéance", null=True, blank=True)
    next_due = models.CharField("échéance", max_length=10, choices=DUE_CHOICES, blank=True, db_default="")
    escalated_to = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="escalated_referrals", verbose_name="signalée à"
    )
    needs = models.TextField("besoins à respecter", blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name="réunie à la saisine"
    )
    prepared_action = models.CharField("décision préparée", max_length=30, blank=True)
    prepared_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="préparée par")
    prepared_law = models.TextField("motifs de droit préparés", blank=True)
    prepared_facts = models.TextField("motifs de fait préparés", blank=True)
    documents_erased_at = models.DateTimeField("documents effacés le", null=True, blank=True)
    erased_at = models.DateTimeField("effacée le", null=True, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = "saisine"
        constraints = [
            models.UniqueConstraint(
                fields=["student", "campaign"],
                condition=Q(state__in=sorted(LIVE), erased_at__isnull=True),
                name="referral_one_live_for_student_and_campaign",
                violation_error_message="Vous avez déjà une saisine dans cette campagne.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(transcript__isnull=False) | Q(documents_erased_at__isnull=False),
                name="referral_filed_with_transcript",
                violation_error_message="Une saisine ne peut pas être déposée sans relevé de notes.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT, number__isnull=True, filed_at__isnull=True)
                | Q(
                    ~Q(state=State.DRAFT),
                    number__isnull=False,
                    filed_at__isnull=False,
                    region__isnull=False,
                    licence_academy__isnull=False,
                    licence_institution__isnull=False,
                ),
                name="referral_filed_is_numbered_and_placed",
            ),
            models.CheckConstraint(
                condition=Q(state=State.MERGED, merged_into__isnull=False) | (~Q(state=State.MERGED) & Q(merged_into__isnull=True)),
                name="referral_merged_into_another",
            ),
        ]
        indexes = [
            models.Index(fields=["region", "state", "filed_at"], include=["id"], name="referral_queue"),
            models.Index(fields=["licence_institution", "state"], name="referral_of_institution"),
            models.Index(fields=["region", "next_at", "filed_at", "id"], name="referral_next_of_region"),
            models.Index(fields=["next_at", "filed_at", "id"], name="referral_next"),
            models.Index(fields=["assigned_to", "next_at"], condition=Q(next_at__isnull=False), name="referral_next_of_owner"),
            models.Index(
                fields=["region", "holder", "filed_at"], include=COUNTED_BY, condition=HELD, name="referral_held_in_region"
            ),
            models.Index(fields=["holder", "filed_at"], include=COUNTED_BY, condition=HELD, name="referral_held"),
            models.Index(
                fields=["assigned_to", "holder", "filed_at"],
                include=["region", *COUNTED_BY],
                condition=HELD,
                name="referral_held_of_owner",
            ),
            models.Index(fields=["due_on", "region"], condition=Q(due_on__isnull=False), name="referral_owed"),
            models.Index(
                fields=["region", "assigned_to"],
                include=["next_at", *COUNTED_BY],
                condition=Q(state__in=sorted(FOLLOWED)),
                name="referral_followed",
            ),
            models.Index(fields=["region"], condition=Q(state__in=sorted(FOLLOWED)) & UNDATED, name="referral_undated"),
            models.Index(
                fields=["region"],
                include=["state"],
                condition=~Q(state__in=sorted(FOLLOWED)) & WAITING,
                name="referral_ended_and_waits",
            ),
            GinIndex(OpClass(WORDS, name="gin_trgm_ops"), name="referral_words"),
        ]

    def __str__(self) -> str:
        return self.number or f"brouillon de {self.student}"

    @property
    def full_name(self) -> str:
        """First names, then the name she uses."""
        return f"{self.first_names} {self.usage_name or self.birth_name}".strip()

    @property
    def licence_name(self) -> str:
        """The licence's mention, or its title as she wrote it where the national list has none that fits."""
        return str(self.licence_mention or self.licence_title)

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT


class OtherLicence(models.Model):
    """Another licence the student holds or awaits, on which her referral is not founded. Choosing it puts the founding one here."""

    referral = models.ForeignKey(Referral, models.CASCADE, related_name="other_licences", verbose_name="saisine")
    mention = models.ForeignKey(
        LicenceMention, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="mention de licence"
    )
    title = models.CharField("intitulé, hors de la liste des mentions", max_length=250, blank=True)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", verbose_name="établissement")
    site = models.CharField("ville du site", max_length=80, blank=True)
    academy = models.ForeignKey(Academy, models.PROTECT, related_name="+", verbose_name="académie du site")
    diploma = models.CharField("nature du diplôme", max_length=20, choices=Diploma, blank=True)
    on = models.DateField("obtenue le", null=True, blank=True)
    expected_on = models.DateField("attendue le", null=True, blank=True)

    class Meta:
        verbose_name = "autre licence"
        verbose_name_plural = "autres licences"
        ordering = ["-on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(on__isnull=False) | Q(expected_on__isnull=False),
                name="other_licence_has_a_day",
                violation_error_message="Indiquez la date d’obtention de la licence, ou celle à laquelle vous l’attendez.",
            ),
            models.CheckConstraint(
                condition=Q(mention__isnull=False) | ~Q(title=""),
                name="other_licence_is_named",
                violation_error_message="Indiquez la mention de la licence, ou son intitulé.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} – {self.institution}"

    @property
    def name(self) -> str:
        """Its mention, or its title as she wrote it where the list has none that fits."""
        return str(self.mention or self.title)


class Answer(models.TextChoices):
    """What became of an application to an M1. « Implied »: nobody answered, and the rules of the campaign say what that means."""

    EXPRESS = "express", _("refus reçu")
    IMPLIED = "implied", _("aucune réponse")
    WAITING = "waiting", _("sur liste d’attente")
    CONTRACT = "contract", _("admission sous réserve d’un contrat d’apprentissage")
    ADMITTED = "admitted", _("admission proposée")


class Application(models.Model):
    """An application to an M1 and what became of it; a proof is never required.

    on: day of the answer; of an implied one, the day the campaign's rules compute from ``applied_on``.
    """

    referral = models.ForeignKey(Referral, models.CASCADE, related_name="applications", verbose_name="saisine")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", verbose_name="établissement")
    mention = models.ForeignKey(
        MasterMention, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="mention de master"
    )
    title = models.CharField("intitulé du master, hors de la liste des mentions", max_length=250, blank=True)
    track = models.CharField("parcours", max_length=250, blank=True)
    answer = models.CharField("réponse", max_length=10, choices=Answer, default=Answer.EXPRESS)
    applied_on = models.DateField("date de la candidature restée sans réponse", null=True, blank=True)
    on = models.DateField("date de la réponse", null=True, blank=True)
    proof = models.ForeignKey(
        "referrals.Document", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="justificatif"
    )

    class Meta:
        verbose_name = "candidature"
        verbose_name_plural = "candidatures"
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(mention__isnull=False) | ~Q(title=""),
                name="application_names_a_master",
                violation_error_message="Indiquez la mention du master, ou son intitulé.",
            ),
            models.CheckConstraint(
                condition=~Q(answer=Answer.IMPLIED) | Q(applied_on__isnull=False),
                name="application_implied_is_computed",
                violation_error_message="Indiquez la date de la candidature restée sans réponse.",
            ),
            models.CheckConstraint(
                condition=~Q(answer=Answer.EXPRESS) | Q(on__isnull=False),
                name="application_refused_has_a_date",
                violation_error_message="Indiquez la date du refus.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} – {self.institution}"

    @property
    def name(self) -> str:
        """The master's mention, or its title as she wrote it where the list has none that fits."""
        return str(self.mention or self.title)


class Wish(models.Model):
    """A master mention the student would like, in her order."""

    referral = models.ForeignKey(Referral, models.CASCADE, related_name="wishes")
    rank = models.PositiveSmallIntegerField("rang")
    mention = models.ForeignKey(MasterMention, models.PROTECT, related_name="+", verbose_name="mention de master")

    class Meta:
        verbose_name = "vœu"
        verbose_name_plural = "vœux"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["referral", "mention"], name="wish_once"),
            models.UniqueConstraint(fields=["referral", "rank"], name="wish_rank_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.mention}"
