"""Accounts and posts: who may enter, with what post, where and until when. Nothing is deleted; a post ends."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localdate

from vacancies.admin.open_links import OpenLinks
from vacancies.admin.signed import Signed

from ..models import Post, Role, User
from ..models.people import ACTOR_OF_ROLE
from .request import OfficeRequest

OF_A_REGION = frozenset({Role.CASEWORKER, Role.HEAD, Role.MEDICAL})


class NeverDeleted(OpenLinks, Signed):
    """What the office keeps is never deleted there, one by one or in bulk."""

    actions = None
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RoleFilter(admin.SimpleListFilter):
    title = "fonction d’aujourd’hui"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Role.choices, ("aucune", "aucune (étudiant)")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        held = Post.objects.on(localdate())
        match self.value():
            case None:
                return queryset
            case "aucune":
                return queryset.exclude(posts__in=held)
            case role:
                return queryset.filter(posts__in=held.filter(role=role)).distinct()


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("email", "name", "phone", "is_active")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


NAMED = ("email", "name", "phone")
SHOWN = ("posts_given", "date_joined", "last_login")


def _until(post: Post) -> str:
    return f" au {post.until:%d/%m/%Y}" if post.until else ""


@admin.register(User)
class UserAdmin(NeverDeleted):
    form = AccountForm
    list_display = ("email", "name", "is_active", "date_joined", "last_login")
    list_filter = (RoleFilter, "is_active")
    search_fields = ("email", "name__unaccent__icontains")
    ordering = ("email",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Where one may open no account, none exists: not even its number tells."""
        accounts = super().get_queryset(request)
        return accounts if request.user.has_perm("referrals.view_user") else accounts.none()

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return [*NAMED, "is_active", *SHOWN] if obj else list(NAMED)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """An address is its holder's: she changes it herself, and confirms the new one."""
        return ["email", *SHOWN] if obj else []

    @admin.display(description="fonctions")
    def posts_given(self, user: User) -> str:
        """Each post with its dates, and the way to give another."""
        posts = [f"{post.get_role_display()}, du {post.since:%d/%m/%Y}{_until(post)}" for post in user.posts.order_by("since")]
        address = reverse("admin:referrals_post_add", query={"user": user.email})
        more = format_html('<a href="{}">Donner une fonction</a>', address)
        return format_html("{}{}", format_html_join("", "{}<br>", ((post,) for post in posts)), more)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """A new account gets no password from us: its holder chooses one, by the link that leaves now."""
        if change:
            super().save_model(request, obj, form, change)
            return
        obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        invitation = ResetPasswordForm({"email": obj.email})
        if invitation.is_valid():
            invitation.save(request)
        sentence = f"Un courriel part à {obj.email} pour choisir un mot de passe."
        messages.info(request, f"{sentence} S’il se perd : « Mot de passe oublié » sur la page de connexion.")


class AccountField(forms.ModelChoiceField):
    """An account, by the address one types: nobody picks one of twenty thousand from a list."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"invalid_choice": "Aucun compte n’a cette adresse : créez-le d’abord."}
        widget = forms.EmailInput(attrs={"class": "vTextField"})
        super().__init__(User.objects.all(), to_field_name="email", widget=widget, error_messages=messages, **kwargs)

    def to_python(self, value: Any) -> User | None:
        return super().to_python(value.strip().lower() if isinstance(value, str) else value)


class PostForm(forms.ModelForm):
    user = AccountField(label="Compte", help_text="L’adresse électronique du compte.")

    class Meta:
        model = Post
        fields = ("user", "role", "regions", "institution", "since", "until", "capacity", "delegation")
        widgets = {
            "regions": forms.CheckboxSelectMultiple,
            "delegation": forms.TextInput(attrs={"class": "vLargeTextField"}),
        }

    def clean(self) -> dict[str, Any]:
        """Regions are another table's rows: no constraint can say that a rectorate's post needs one."""
        cleaned = super().clean() or self.cleaned_data
        if "role" in cleaned and "regions" in cleaned:
            if cleaned["role"] in OF_A_REGION and not cleaned["regions"]:
                self.add_error("regions", "Une fonction de rectorat s’exerce dans une région académique au moins.")
            if cleaned["role"] not in OF_A_REGION and cleaned["regions"]:
                self.add_error("regions", "Une région ne se donne qu’à une fonction de rectorat.")
        if cleaned.get("delegation") and cleaned.get("role") not in ACTOR_OF_ROLE:
            self.add_error("delegation", "Seuls un gestionnaire et un chef de service signent les décisions du rectorat.")
        return cleaned


class HeldFilter(admin.SimpleListFilter):
    title = "dates"
    parameter_name = "dates"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("aujourdhui", "exercées aujourd’hui"), ("finies", "finies")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "aujourdhui":
                return queryset.filter(pk__in=Post.objects.on(localdate()))
            case "finies":
                return queryset.filter(until__lt=localdate())
        return queryset


@admin.register(Post)
class PostAdmin(NeverDeleted):
    """A post that exists only ends: what somebody could see and sign, and when, stays on record."""

    form = PostForm
    list_display = ("user", "role", "where", "since", "until", "capacity", "signs")
    list_filter = ("role", HeldFilter)
    search_fields = ("user__email", "user__name__unaccent__icontains")
    list_select_related = ("user", "institution")
    ordering = ("user__email", "since")

    def get_queryset(self, request: OfficeRequest) -> QuerySet[Post]:  # type: ignore[override]
        """The nation's posts for the administrator; those of her own regions for a head."""
        posts = super().get_queryset(request).prefetch_related("regions")
        heading = request.user.scope_as(frozenset({Role.HEAD, Role.ADMINISTRATOR}))
        return posts if heading.nation else posts.filter(regions__in=heading.regions).distinct()

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> list[str]:
        return ["user", "role", "regions", "institution", "since", "capacity", "delegation"] if obj else []

    @admin.display(description="où")
    def where(self, post: Post) -> str:
        return ", ".join(region.name for region in post.regions.all()) or str(post.institution or "toute la France")

    @admin.display(description="délégation de signature", empty_value="prépare, ne signe pas")
    def signs(self, post: Post) -> str | None:
        return post.delegation or None if post.role in ACTOR_OF_ROLE else ""
