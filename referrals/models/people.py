"""People: an account for each, and the dated posts that say what somebody may see and administer."""

from datetime import date
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import _user_has_module_perms, _user_has_perm
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vacancies.mergers import family
from vacancies.models import AcademicRegion, Institution, Scope

from ..language import Language
from ..rules.states import Actor

NOWHERE = "sans-adresse.invalid"
"""The domain of the accounts of those who have no e-mail address: no mail ever leaves for it (RFC 2606)."""


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """An account, by its e-mail address. Who holds no post is a student.

    queue_columns: those she has chosen for the office's queue; empty for the usual ones. looked_at: when she last said that she had
    seen what happened in her files. language: in which her pages and mails speak to her; the office's are French always.
    calendar_key: opens the calendar of her limits to whoever has it; empty unless she asked for it.
    """

    email = models.EmailField(
        "adresse électronique", unique=True, error_messages={"unique": "Un compte existe déjà avec cette adresse."}
    )
    name = models.CharField("nom affiché", max_length=150, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    is_active = models.BooleanField("actif", default=True)
    date_joined = models.DateTimeField("créé le", default=timezone.now)
    queue_columns = models.JSONField("colonnes choisies", default=list, blank=True, db_default=Value([], models.JSONField()))
    language = models.CharField("langue", max_length=2, choices=Language, default=Language.FRENCH, db_default=Language.FRENCH)
    calendar_key = models.CharField("clé du calendrier", max_length=43, blank=True, default="", db_default="")
    looked_at = models.DateTimeField("dernier passage à l’accueil du bureau", null=True, blank=True)

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        verbose_name = "compte"
        constraints = [
            models.CheckConstraint(condition=Q(email=models.functions.Lower("email")), name="user_email_in_lower_case"),
            models.UniqueConstraint(
                fields=["calendar_key"], condition=~Q(calendar_key=""), name="user_calendar_key_is_one_persons"
            ),
        ]
        indexes = [GinIndex(fields=["email"], name="user_email_words", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return str(self)

    @cached_property
    def posts_held(self) -> list["Post"]:
        """The posts held today."""
        return list(self.posts.on(timezone.localdate()).prefetch_related("regions"))

    @property
    def roles(self) -> frozenset["Role"]:
        return frozenset(Role(post.role) for post in self.posts_held)

    @property
    def scope(self) -> Scope:
        """How far this person sees by the posts that open the office; an adviser's post and a student's account by none."""
        return self.scope_as(OFFICE_ROLES)

    def scope_as(self, roles: frozenset["Role"]) -> Scope:
        """How far this person sees by those of her posts whose role is among ``roles``; an institution's after its mergers."""
        posts = [post for post in self.posts_held if post.role in roles]
        return Scope(
            nation=any(post.role == Role.ADMINISTRATOR for post in posts),
            regions=frozenset(region.pk for post in posts for region in post.regions.all()),
            institutions=family([post.institution_id for post in posts if post.institution_id]),
        )

    @property
    def has_address(self) -> bool:
        """Whether a mail can reach her at all."""
        return not self.email.endswith(f"@{NOWHERE}")

    @property
    def is_student(self) -> bool:
        return not self.posts_held

    @property
    def is_staff(self) -> bool:
        """Whether the admin's door opens: for those who work in an office, not for advisers."""
        return bool(self.roles & STAFF_ROLES)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        return self.is_active and _user_has_perm(self, perm, obj)

    def has_perms(self, perms: list[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and _user_has_module_perms(self, app_label)


class Role(models.TextChoices):
    CASEWORKER = "caseworker", _("gestionnaire")
    HEAD = "head", _("chef de service")
    ADVISER = "adviser", _("SCUIO-BAIP")
    INSTITUTION = "institution", _("établissement, pour ses places")
    MEDICAL = "medical", _("médecin conseiller")
    ADMINISTRATOR = "administrator", _("administration nationale")


OFFICE_ROLES = frozenset({Role.CASEWORKER, Role.HEAD, Role.ADMINISTRATOR})
STAFF_ROLES = OFFICE_ROLES | {Role.MEDICAL}
"""Those for whom the admin's door opens. The medical adviser finds her own queue behind it, and no file."""
OF_AN_INSTITUTION = frozenset({Role.ADVISER, Role.INSTITUTION})
"""Those whose sight is an institution's: of its students, or of its seats."""
ACTOR_OF_ROLE = {Role.CASEWORKER: Actor.CASEWORKER, Role.HEAD: Actor.HEAD}
"""In what capacity a role acts on a referral in the office's name; the others only read, advise or administer."""


class PostQuerySet(models.QuerySet["Post"]):
    def on(self, day: date) -> "PostQuerySet":
        """Posts held on ``day``."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day)


class Post(models.Model):
    """What somebody may see and administer, where, and from when until when (both days included)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="posts", verbose_name="compte")
    role = models.CharField("rôle", max_length=20, choices=Role)
    regions = models.ManyToManyField(AcademicRegion, blank=True, related_name="posts", verbose_name="régions académiques")
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name="établissement"
    )
    since = models.DateField("du", default=timezone.localdate)
    until = models.DateField("au", null=True, blank=True)
    capacity = models.CharField(
        "qualité",
        max_length=150,
        blank=True,
        help_text="Telle qu’elle figure sur les lettres : « secrétaire générale ».",
    )
    delegation = models.CharField(
        "délégation de signature",
        max_length=250,
        blank=True,
        help_text="L’arrêté qui la donne et sa publication. Sans elle, cette personne prépare les décisions et ne les signe pas.",
    )

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = "fonction"
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=sorted(OF_AN_INSTITUTION), institution__isnull=False)
                | (~Q(role__in=sorted(OF_AN_INSTITUTION)) & Q(institution__isnull=True)),
                name="post_institution_where_it_belongs",
                violation_error_message="Un établissement se donne à une fonction SCUIO-BAIP ou d’établissement, à elles seules.",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="post_ends_after_it_starts",
                violation_error_message="La fonction ne peut pas finir avant de commencer.",
            ),
            models.CheckConstraint(
                condition=Q(delegation="") | ~Q(capacity=""),
                name="post_signs_in_a_capacity",
                violation_error_message="Qui signe le fait en une qualité : indiquez-la.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()}"
