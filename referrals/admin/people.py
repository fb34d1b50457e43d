"""Accounts and posts: who is invited, with what post, where and until when. Nothing is deleted; a post ends."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localdate

from vacancies.admin.open_links import OpenLinks
from vacancies.admin.signed import Signed

from ..accounts import second_factor
from ..accounts.confirming import confirmed
from ..accounts.invitations import LASTS, invite, needs_one
from ..accounts.resetting import may_reset, reset
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
SHOWN = ("posts_given", "invited", "factor", "date_joined", "last_login")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Comment vous êtes-vous assuré que c’est bien cette personne, et que s’est-il passé ?",
        help_text="Gardé au journal, et dit à cette personne par courriel.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def send_invitation(request: OfficeRequest, user: User) -> None:
    """Invite, and say so on the next page."""
    invite(user, by=request.user, at=request.at)
    messages.info(request, f"Une invitation part à {user.email}. Elle sert une fois, pendant {LASTS.days} jours.")


def reset_link(request: HttpRequest, user: User) -> str:
    """Say whether there is a second factor, and lead to its reset whoever may do that."""
    if not second_factor.has_one(user):
        return "aucun"
    if not may_reset(user, by=request.user):  # type: ignore[arg-type]
        return "en place"
    address = reverse("admin:referrals_post_reset_factor", args=[user.pk])
    return format_html('en place <a href="{}">Réinitialiser, s’il est perdu</a>', address)


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

    @admin.display(description="invitation")
    def invited(self, user: User) -> str:
        """When she was invited and whether she came; a way to invite her again where nobody has shown that the address is hers."""
        invitation = getattr(user, "invitation", None)
        if invitation is None:
            return "aucune"
        if invitation.used_at:
            return f"acceptée le {localdate(invitation.used_at):%d/%m/%Y}"
        address = reverse("admin:referrals_user_invite", args=[user.pk])
        sent = f"envoyée le {localdate(invitation.sent_at):%d/%m/%Y}, valable jusqu’au {localdate(invitation.expires_at):%d/%m/%Y}"
        return format_html('{} <a href="{}">En envoyer une autre</a>', sent, address)

    @admin.display(description="second facteur")
    def factor(self, user: User) -> str:
        return reset_link(self.request, user)

    def get_urls(self) -> list[URLPattern]:
        own = [path("<int:user_id>/inviter/", self.admin_site.admin_view(self.invite), name="referrals_user_invite")]
        return own + super().get_urls()

    @method_decorator(confirmed)
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().add_view(request, *args, **kwargs)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.request = request
        return super().change_view(request, *args, **kwargs)

    def save_model(self, request: OfficeRequest, obj: User, form: forms.ModelForm, change: bool) -> None:  # type: ignore[override]
        """A new account gets no password from us: its holder chooses one, by the invitation that leaves now."""
        super().save_model(request, obj, form, change)
        if not change:
            send_invitation(request, obj)

    @method_decorator(confirmed)
    def invite(self, request: OfficeRequest, user_id: int) -> HttpResponse:
        """Send another invitation to whoever has not come in yet."""
        user = get_object_or_404(self.get_queryset(request), pk=user_id)
        if not needs_one(user):
            raise Http404
        if request.method == "POST":
            send_invitation(request, user)
            self.log_change(request, user, "Invitation envoyée.")
            return redirect("admin:referrals_user_change", user.pk)
        page = {"title": f"Inviter : {user}", "account": user, "days": LASTS.days}
        return render(request, "admin/people/invite.html", self.admin_site.each_context(request) | {"subtitle": None} | page)


class AccountField(forms.ModelChoiceField):
    """An account, by the address one types: nobody picks one of twenty thousand from a list. Where there is none, a new one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"class": "vTextField"})
        super().__init__(User.objects.all(), to_field_name="email", widget=widget, **kwargs)

    def to_python(self, value: Any) -> User | None:
        """Return the account, saved or not. Raises ValidationError for what is no address."""
        address = str(getattr(value, "email", value) or "").strip().lower()
        if not address:
            return None
        validate_email(address)
        return self.queryset.filter(email=address).first() or User(email=address)


class PostForm(forms.ModelForm):
    user = AccountField(
        label="Compte", help_text="L’adresse électronique. Si elle n’a pas encore de compte, une invitation y part."
    )

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

    def _post_clean(self) -> None:
        """Open the account that is missing, unless anything else is wrong."""
        user = self.cleaned_data.get("user")
        with transaction.atomic():
            if user is not None and user.pk is None:
                user.set_unusable_password()
                user.save()
            super()._post_clean()
            transaction.set_rollback(bool(self.errors))


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

    def get_fields(self, request: HttpRequest, obj: Post | None = None) -> list[str]:
        return [*PostForm.Meta.fields, "factor"] if obj else list(PostForm.Meta.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> list[str]:
        return ["user", "role", "regions", "institution", "since", "capacity", "delegation", "factor"] if obj else []

    @admin.display(description="second facteur")
    def factor(self, post: Post) -> str:
        return reset_link(self.request, post.user)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [path("second-facteur/<int:user_id>/", wrap(self.reset_factor), name="referrals_post_reset_factor")]
        return own + super().get_urls()

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """A post is given, and ended, by whoever has just shown that it is she."""
        self.request = request
        return confirmed(super().changeform_view)(request, *args, **kwargs)

    def save_model(self, request: OfficeRequest, obj: Post, form: forms.ModelForm, change: bool) -> None:  # type: ignore[override]
        """Whoever has not shown yet that the address is hers comes in by invitation."""
        super().save_model(request, obj, form, change)
        if not change and needs_one(obj.user):
            send_invitation(request, obj.user)

    @method_decorator(confirmed)
    def reset_factor(self, request: OfficeRequest, user_id: int) -> HttpResponse:
        """Take away a lost second factor; the log keeps who and why. Where one may not, there is nothing."""
        user = get_object_or_404(User, pk=user_id)
        if not may_reset(user, by=request.user) or not second_factor.has_one(user):
            raise Http404
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            reset(user, by=request.user, reason=form.cleaned_data["reason"])
            note = f"Second facteur réinitialisé : {form.cleaned_data['reason']}"
            LogEntry.objects.log_actions(request.user.pk, [user], CHANGE, note, single_object=True)
            messages.success(request, f"Le second facteur de {user} est retiré. Un courriel le lui dit.")
            return redirect("admin:referrals_post_changelist")
        page = {"title": f"Réinitialiser le second facteur de {user}", "account": user, "form": form}
        return render(request, "admin/people/reset_factor.html", self.admin_site.each_context(request) | {"subtitle": None} | page)

    @admin.display(description="où")
    def where(self, post: Post) -> str:
        return ", ".join(region.name for region in post.regions.all()) or str(post.institution or "toute la France")

    @admin.display(description="délégation de signature", empty_value="prépare, ne signe pas")
    def signs(self, post: Post) -> str | None:
        return post.delegation or None if post.role in ACTOR_OF_ROLE else ""
