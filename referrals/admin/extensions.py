"""Extensions in the office: those of one's regions, the order of a new one, its preview, its confirmation, its report."""

from typing import Any

from celery import current_app
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from vacancies.models import AcademicRegion, Academy, Campaign

from .. import procedure
from ..models import Extension, LimitKind, Offer, Referral, User
from ..procedure import By, Refused
from ..procedure.extensions import preview
from ..rules.states import Actor
from ..typed import forget_typed, typed_before
from .deeds.acting import sentence_of
from .deeds.buttons import acting
from .deeds.forms import MAX_EXTRA_DAYS, day, line, long_text
from .people import NeverDeleted
from .request import OfficeRequest

AT_ONCE = 500
"""Limits written before the page comes back; more are left to the sweep of the minute."""
ONE_REFERRAL = "referral"
OF_AN_OFFER = ("referral", "vacancy__programme__mention", "vacancy__programme__institution")


class OrderForm(forms.Form):
    """What an extension says. A head chooses its reach in her regions; a caseworker names one referral."""

    error_css_class = "errors"
    required_css_class = "required"

    reach = forms.ChoiceField(label="Pour qui")
    campaign = forms.ModelChoiceField(Campaign.objects.order_by("-opens_on"), label="Campagne", empty_label=None)
    number = line(
        "Numéro de la saisine", required=False, max_length=30, help_text="Seulement pour prolonger les délais d’une seule."
    )
    kind = forms.ChoiceField(label="Délais prolongés", required=False, choices=[("", "tous"), *LimitKind.choices])
    days = forms.IntegerField(
        label="Jours ajoutés",
        min_value=1,
        max_value=MAX_EXTRA_DAYS,
        help_text="Chaque délai garde son point de départ et gagne ces jours ; sa fin est recalculée, jamais avancée.",
    )
    expired_since = day(
        "Reprendre aussi les délais de réponse échus depuis le (facultatif)",
        required=False,
        help_text="Vide : ce qui est échu le reste. Une place prise entre-temps ne revient pas : l’aperçu en donne la liste.",
    )
    ground = long_text(
        "Motif",
        rows=3,
        help_text="Les étudiants concernés lisent ce texte tel quel. N’y mettez rien qui touche à la santé de l’un d’eux.",
    )
    source = line("Fondement juridique", max_length=250, help_text="Par exemple l’arrêté, et sa date.")

    def __init__(self, *args: Any, user: User, by: By, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if by.actor == Actor.HEAD:
            field = self.fields["reach"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "Choisir"), *territories_of(by), (ONE_REFERRAL, "une seule saisine")]
            self.fields["campaign"].initial = Campaign.objects.order_by("-opens_on").first()
        else:
            del self.fields["reach"], self.fields["campaign"]
            self.fields["number"].required = True

    def clean(self) -> dict[str, Any]:
        """Turn the choice into what the verb takes: a region, an académie, or a referral of her office by its number."""
        cleaned = super().clean() or self.cleaned_data
        what, _, code = cleaned.pop("reach", "" if "reach" in self.fields else ONE_REFERRAL).partition(":")
        number = cleaned.pop("number", "").strip()
        if what == "region":
            cleaned["region"] = AcademicRegion.objects.get(pk=code)
        elif what == "academy":
            cleaned["academy"] = Academy.objects.select_related("region").get(pk=code)
        elif what == ONE_REFERRAL and "number" not in self.errors:
            referral = Referral.objects.of_office(self.user).filter(number=number).select_related("campaign").first()
            if referral is None:
                self.add_error("number", "Aucune saisine de votre région académique n’a ce numéro.")
            else:
                cleaned |= {"referral": referral, "campaign": referral.campaign}
        return cleaned


def territories_of(by: By) -> list[tuple[str, str]]:
    """Return the regions in whose name ``by`` acts, and their académies: value, words."""
    regions = AcademicRegion.objects.filter(pk__in=by.scope.regions)
    academies = Academy.objects.filter(region__in=regions)
    return [
        *((f"region:{region.pk}", f"région académique {region}") for region in regions),
        *((f"academy:{academy.pk}", f"académie : {academy}") for academy in academies),
    ]


@admin.register(Extension)
class ExtensionAdmin(NeverDeleted):
    list_display = ("reach", "standing", "days", "ordered_at", "ordered_by")
    list_select_related = ("referral", "academy", "region", "ordered_by")

    def get_queryset(self, request: OfficeRequest) -> QuerySet[Extension]:  # type: ignore[override]
        return Extension.objects.visible_to(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Extension | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Prolongations"} | (extra_context or {}))

    def add_view(self, request: OfficeRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Order one; the next page says what it would do."""
        by = acting(request.user)
        if by is None or not self.has_add_permission(request):
            raise PermissionDenied
        typed = typed_before(request)
        form = OrderForm(request.POST or None, initial=typed.dict() if typed else None, user=request.user, by=by)
        if request.method == "POST" and form.is_valid():
            try:
                extension = procedure.order_extension(**form.cleaned_data, by=by, at=request.at)
            except Refused as refusal:
                form.add_error(NON_FIELD_ERRORS, sentence_of(refusal))
            else:
                forget_typed(request)
                return redirect("admin:referrals_extension_change", extension.pk)
        page = {"title": "Prolonger des délais", "subtitle": None, "form": form, "media": form.media}
        return render(request, "admin/referrals/extension/order.html", self.admin_site.each_context(request) | page)

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Show what it would do, or did; a POST confirms it. Raises Http404 outside one's regions."""
        shown = self.get_queryset(request).select_related("campaign", *self.list_select_related)
        extension = get_object_or_404(shown, pk=int(object_id) if object_id.isdecimal() else 0)
        if request.method == "POST":
            confirm(extension, request)
            return redirect("admin:referrals_extension_change", extension.pk)
        page = self.admin_site.each_context(request) | page_of(extension, request)
        return render(request, "admin/referrals/extension/extension.html", page | {"reach": self.reach(extension)})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What it did is on its own page; the admin's log knows nothing of it."""
        return redirect("admin:referrals_extension_change", object_id)

    @admin.display(description="pour qui")
    def reach(self, extension: Extension) -> str:
        if extension.referral:
            return f"saisine {extension.referral}"
        return f"académie : {extension.academy}" if extension.academy else f"région académique {extension.region}"

    @admin.display(description="où elle en est")
    def standing(self, extension: Extension) -> str:
        if extension.applied_at:
            return "appliquée"
        return "confirmée, en cours d’application" if extension.confirmed_at else "à confirmer"


def confirm(extension: Extension, request: OfficeRequest) -> None:
    """Apply a small one, leave a big one to the workers, and say which."""
    by = acting(request.user)
    try:
        if by is None:
            raise Refused("not_yours", "Cette action ne vous revient pas.")
        if preview(extension, at=request.at).limits > AT_ONCE:
            procedure.confirm_extension(extension.pk, by=by, at=request.at)
            transaction.on_commit(wake_the_sweep, robust=True)
            messages.success(request, "Prolongation confirmée. Elle s’applique d’un seul coup, dans les minutes qui viennent.")
        else:
            procedure.apply_extension(extension.pk, by=by, at=request.at)
            messages.success(request, "Prolongation appliquée.")
    except Refused as refusal:
        messages.error(request, sentence_of(refusal))


def wake_the_sweep() -> None:
    """Have it run now rather than within the minute. Where the broker does not answer, it runs within the minute."""
    current_app.send_task("referrals.apply_extensions", retry=False, ignore_result=True)


def page_of(extension: Extension, request: OfficeRequest) -> dict[str, Any]:
    """Return the page's words and figures: the preview until it is applied, then its report."""
    report = extension.report if extension.applied_at else preview(extension, at=request.at).report()
    return {
        "title": "Prolongation",
        "subtitle": None,
        "extension": extension,
        "moved": [(LimitKind(kind).label, limits) for kind, limits in sorted(report["moved"].items())],
        "reopened": report["reopened"],
        "too_short": report["too_short"],
        "gone": Offer.objects.filter(pk__in=report["gone"]).select_related(*OF_AN_OFFER).order_by("referral__number", "pk"),
        "nothing": not (report["moved"] or report["reopened"]),
        "is_hers": extension.ordered_by == request.user,
    }
