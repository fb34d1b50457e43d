"""The medical adviser's own queue and page: what a student tells her alone, and her opinion. Nothing of the office's file."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html

from .. import procedure
from ..models import HealthRequest
from ..models.health import WAITING
from ..procedure import By, Refused
from ..typed import forget_typed, typed_before
from .deeds.acting import sentence_of
from .deeds.forms import long_text
from .people import NeverDeleted
from .request import OfficeRequest

FAVOURABLE, UNFAVOURABLE = "favorable", "defavorable"
RELATED = ("referral__licence_institution", "referral__licence_academy")


class OpinionForm(forms.Form):
    """What the adviser concludes, in needs."""

    error_css_class = "errors"

    favourable = forms.TypedChoiceField(
        label="Votre avis",
        choices=[(FAVOURABLE, "favorable"), (UNFAVOURABLE, "défavorable")],
        coerce=lambda chosen: chosen == FAVOURABLE,
        widget=forms.RadioSelect,
    )
    needs = long_text(
        "Besoins à respecter",
        required=False,
        help_text="Si l’avis est favorable, le rectorat et l’étudiant lisent ce texte tel quel. Dites ce qu’il faut respecter, "
        "jamais pourquoi : ni maladie, ni handicap, ni traitement. Si l’avis est défavorable, l’étudiant seul le lit.",
    )


def show_request(request: OfficeRequest, request_id: str) -> HttpResponse:
    """Show one request, or take the opinion that is posted on it. Raises Http404 outside the regions its reader advises."""
    if not request_id.isdecimal():
        raise Http404
    asked = get_object_or_404(HealthRequest.objects.of_medical(request.user).select_related(*RELATED), pk=int(request_id))
    if request.method == "POST":
        form = OpinionForm(request.POST)
        if form.is_valid() and given(form, asked, request):
            forget_typed(request)
            messages.success(request, "Avis rendu. L’étudiant est prévenu qu’un message l’attend, et rien de plus.")
            return redirect("admin:referrals_healthrequest_changelist")
    else:
        typed = typed_before(request)
        if typed is not None:
            messages.info(request, "Votre session avait pris fin : voici ce que vous aviez saisi. Rien n’avait encore été fait.")
        form = OpinionForm(initial=typed and typed.dict())
    return render(request, "admin/referrals/healthrequest/request.html", page_of(asked, form, request))


def given(form: OpinionForm, asked: HealthRequest, request: OfficeRequest) -> bool:
    """Give the opinion. Where the procedure refuses, its sentence becomes the form's own error, and what was typed stays."""
    try:
        procedure.give_opinion(asked.referral_id, **form.cleaned_data, by=By.medical(request.user), at=request.at)
    except Refused as refusal:
        form.add_error(NON_FIELD_ERRORS, sentence_of(refusal))
        return False
    return True


def page_of(asked: HealthRequest, form: OpinionForm, request: OfficeRequest) -> dict[str, Any]:
    referral = asked.referral
    return admin.site.each_context(request) | {
        "title": "Demande confidentielle",
        "subtitle": None,
        "asked": asked,
        "referral": referral,
        "tz": referral.licence_academy.tz if referral.licence_academy else None,
        "documents": referral.documents.confidential(),
        "history": referral.events.of_health().filter(at__gte=asked.consented_at).order_by("-seq"),
        "form": form,
    }


class OpinionFilter(admin.SimpleListFilter):
    title = "avis"
    parameter_name = "avis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("a-rendre", "à rendre"), ("rendus", "rendus")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "a-rendre":
                return queryset.filter(WAITING)
            case "rendus":
                return queryset.exclude(WAITING)
        return queryset


@admin.register(HealthRequest)
class HealthRequestAdmin(NeverDeleted):
    list_display = ("name", "opinion", "born_on", "institution", "asked_on")
    list_filter = (OpinionFilter,)
    search_fields = (
        "referral__birth_name__unaccent__icontains",
        "referral__usage_name__unaccent__icontains",
        "referral__first_names__unaccent__icontains",
    )
    search_help_text = "Nom de naissance ou d’usage, prénom."

    def get_queryset(self, request: OfficeRequest) -> QuerySet[HealthRequest]:  # type: ignore[override]
        requests = HealthRequest.objects.of_medical(request.user).select_related(*RELATED)
        return requests.annotate(answered=Case(When(WAITING, then=Value(0)), default=Value(1)))

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return ["answered", "said_at", "pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: HealthRequest | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        return super().changelist_view(request, {"title": "Demandes confidentielles"} | (extra_context or {}))

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        return show_request(request, object_id)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history of a request is on its page; the admin's log knows nothing of it."""
        return redirect("admin:referrals_healthrequest_change", object_id)

    @admin.display(description="nom", ordering="referral__birth_name")
    def name(self, asked: HealthRequest) -> str:
        referral = asked.referral
        if referral.usage_name and referral.usage_name != referral.birth_name:
            born = format_html('<br><span class="quiet small">naissance : {}</span>', referral.birth_name)
            return format_html("{} {}{}", referral.usage_name, referral.first_names, born)
        return f"{referral.birth_name} {referral.first_names}"

    @admin.display(description="date de naissance", ordering="referral__birth_date")
    def born_on(self, asked: HealthRequest) -> str:
        return f"{asked.referral.birth_date:%d/%m/%Y}"

    @admin.display(description="établissement")
    def institution(self, asked: HealthRequest) -> str:
        return str(asked.referral.licence_institution)

    @admin.display(description="dernier apport", ordering="said_at")
    def asked_on(self, asked: HealthRequest) -> str:
        academy = asked.referral.licence_academy
        return f"{asked.said_at.astimezone(academy.tz if academy else None):%d/%m/%Y}"

    @admin.display(description="avis")
    def opinion(self, asked: Any) -> str:
        if not asked.answered:
            return format_html('<span class="badge badge-{}">{}</span>', "new", "à rendre")
        return format_html('<span class="badge badge-info">{}</span>', "favorable" if asked.favourable else "défavorable")
