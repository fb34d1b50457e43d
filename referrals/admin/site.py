"""The admin site: the rectorate's office. Who may enter, through which door, and what the first page shows."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import URLPattern, URLResolver, path, reverse

from ..models.people import OFFICE_ROLES
from ..rights import IN_THE_OFFICE
from ..typed import keep_typed
from .deeds.buttons import acting
from .home import home_of, look
from .queue.piles import counted_piles
from .request import OfficeRequest

WITHOUT_TRUSTED_TYPES = {"require-trusted-types-for": None, "trusted-types": None}
"""jQuery and Select2, which the stock admin brings, write HTML into pages; our own scripts, everywhere else, do not."""


class Completing(AutocompleteJsonView):
    """As the stock one, for the fields that forms of ours complete (`autocomplete_fields`), and no other relation."""

    def process_request(self, request: HttpRequest) -> Any:
        about = tuple(request.GET.get(name, "") for name in ("app_label", "model_name", "field_name"))
        if about not in {
            (model._meta.app_label, model._meta.model_name, field)
            for model, shown in self.admin_site._registry.items()
            for field in shown.autocomplete_fields
        }:
            raise PermissionDenied
        return super().process_request(request)


class OfficeSite(AdminSite):
    site_header = "Saisine du recteur : bureau"
    site_title = "Saisine du recteur"
    index_title = "Bureau du rectorat"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what some post opens has pages: other applications would bring some of groups, of addresses, of secrets."""
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        super().register([model for model in models if model._meta.label_lower in IN_THE_OFFICE], admin_class, **options)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """As the stock one, and keep what was typed by somebody whose session has ended meanwhile."""
        guarded = super().admin_view(view, cacheable)

        @csp_replace(WITHOUT_TRUSTED_TYPES)
        @wraps(guarded)
        def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and not request.user.is_authenticated:
                keep_typed(request)
            return guarded(request, *args, **kwargs)

        return keeping

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in, allauth's; who is signed in and has no business here is told so, and sent nowhere."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            page = self.each_context(request) | {"title": "Accès réservé", "subtitle": None}
            return render(request, "admin/no_entry.html", page, status=403)
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), resolve_url("account_login"))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return Completing.as_view(admin_site=self)(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("admin:index")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """As the stock one, the referrals first: they are what the office is for."""
        return sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"] != "referrals")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("vu/", self.admin_view(self.looked), name="looked"), *super().get_urls()]

    def index(self, request: OfficeRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """What waits in the office, for who works in one: the medical adviser has a queue of her own."""
        hers = bool(request.user.roles & OFFICE_ROLES)
        piles = counted_piles(request.user, at=request.at) if hers else None
        page = {
            "home": home_of(request.user, at=request.at) if hers else None,
            "piles": piles,
            "enters": acting(request.user) is not None,
            "pressing": [pile for pile in piles or [] if pile.presses and pile.files],
        }
        return super().index(request, page | (extra_context or {}))

    def looked(self, request: OfficeRequest) -> HttpResponse:
        """Note that the news of the first page were read."""
        if request.method == "POST":
            look(request.user, until=request.POST.get("until", ""), at=request.at)
        return redirect("admin:index")
