"""Legal holds, set and lifted by a head for her regions and by the national administrator for all; and what is due for erasure."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.timezone import localdate

from vacancies.models import AcademicRegion

from ..models import ErasureRun, LegalHold, Referral, Role
from ..models.people import ACTOR_OF_ROLE
from ..privacy import holding
from ..rules.retention import PERIODS, Category
from .deeds.forms import day, long_text
from .people import NeverDeleted
from .request import OfficeRequest

SET = ("referral", "campaign", "region", "ground", "until", "by_name", "set_at")
LIFTED = ("lifted_by", "lifted_at")
LAST_RUNS = 20


class HoldForm(forms.ModelForm):
    """What is held, why and until when. A file is named by its number."""

    number = forms.CharField(
        label="Numéro de la saisine", max_length=30, required=False, help_text="Ou choisissez plus bas toute une campagne."
    )
    ground = long_text("Motif", help_text="Le recours, l’enquête ou la demande qui exige que rien ne soit effacé, et sa référence.")
    until = day("Jusqu’au", help_text="La suspension prend fin d’elle-même après ce jour.")

    class Meta:
        model = LegalHold
        fields = ("campaign", "region", "ground", "until")

    reader: Any = None
    """Who sets it."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        number, campaign = cleaned.get("number", "").strip(), cleaned.get("campaign")
        if bool(number) == bool(campaign):
            self.add_error("number", "Indiquez le numéro d’une saisine, ou choisissez une campagne : l’un des deux.")
        elif number:
            self.instance.referral = Referral.objects.of_office(self.reader).filter(number=number).first()
            if self.instance.referral is None:
                self.add_error("number", "Aucune saisine de votre ressort ne porte ce numéro.")
            if cleaned.get("region"):
                self.add_error("region", "La région se choisit avec une campagne, pas avec une saisine.")
        elif not cleaned.get("region") and not _of_the_nation(self.reader):
            self.add_error("region", "Choisissez votre région académique.")
        return cleaned


class LiftForm(forms.ModelForm):
    lifted_because = long_text("Motif de la levée", help_text="Par exemple : jugement devenu définitif.")

    class Meta:
        model = LegalHold
        fields = ("lifted_because",)


def _of_the_nation(user: Any) -> bool:
    return Role.ADMINISTRATOR in user.roles


@admin.register(LegalHold)
class LegalHoldAdmin(NeverDeleted):
    """One that is in force can be lifted, and nothing else of it changes: another one is set beside it."""

    list_display = ("__str__", "ground", "by_name", "set_at", "until", "in_force")
    list_select_related = ("referral", "campaign", "region")

    def get_queryset(self, request: OfficeRequest) -> QuerySet[LegalHold]:  # type: ignore[override]
        return LegalHold.objects.visible_to(request.user)

    @admin.display(description="en vigueur", boolean=True)
    def in_force(self, hold: LegalHold) -> bool:
        return hold.is_in_force(on=localdate())

    def get_form(self, request: HttpRequest, obj: LegalHold | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs | {"form": LiftForm if obj else HoldForm})
        return form if obj else type("HoldFormOfHers", (form,), {"reader": request.user})

    def get_fields(self, request: HttpRequest, obj: LegalHold | None = None) -> tuple[str, ...]:
        return (*SET, *LIFTED, "lifted_because") if obj else ("number", "campaign", "region", "ground", "until")

    def get_readonly_fields(self, request: HttpRequest, obj: LegalHold | None = None) -> tuple[str, ...]:
        return (*SET, *LIFTED) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"number": request.GET.get("number", "")}

    def formfield_for_foreignkey(self, db_field: Any, request: OfficeRequest, **kwargs: Any) -> Any:  # type: ignore[override]
        if db_field.name == "region":
            hers = request.user.scope_as(frozenset(ACTOR_OF_ROLE)).regions
            everywhere = _of_the_nation(request.user)
            regions = AcademicRegion.objects.order_by("name")
            kwargs["queryset"] = regions if everywhere else regions.filter(pk__in=hers)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: OfficeRequest, obj: LegalHold | None = None) -> bool:  # type: ignore[override]
        is_over = obj is not None and not obj.is_in_force(on=localdate(request.at))
        return request.user.has_perm("referrals.change_legalhold", obj) and not is_over

    def save_model(self, request: OfficeRequest, obj: LegalHold, form: Any, change: bool) -> None:  # type: ignore[override]
        """Signed and dated. The referral's row is locked: what is being erased is erased before, or not at all."""
        if change:
            obj.lifted_by, obj.lifted_at = str(request.user), request.at
        else:
            obj.by_name, obj.set_at = str(request.user), request.at
            if obj.referral_id:
                Referral.objects.select_for_update(of=("self",), no_key=True).get(pk=obj.referral_id)
        super().save_model(request, obj, form, change)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        page = {"title": "Suspensions d’effacement", "sees_retention": _of_the_nation(request.user)}
        return super().changelist_view(request, page | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        own = [path("conservation/", self.admin_site.admin_view(retention), name="referrals_legalhold_retention")]
        return own + super().get_urls()


def retention(request: OfficeRequest) -> HttpResponse:
    """Show what tonight's run will destroy, what is held, what is not settled, and what went before. Raises Http404 but for the
    national administrator.
    """
    if not _of_the_nation(request.user):
        raise Http404
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    named = holding.campaigns()
    outlook = {what: _lines(counts, named) for what, counts in holding.outlook(at=request.at).items()}
    runs = [(run, _lines(run.counts, named)) for run in ErasureRun.objects.all()[:LAST_RUNS]]
    page = admin.site.each_context(request) | {
        "title": "Conservation des données",
        "subtitle": None,
        "outlook": outlook,
        "runs": runs,
        "periods": [(category.label, str(period)) for category, period in PERIODS.items()],
    }
    return render(request, "admin/referrals/legalhold/retention.html", page)


def _lines(counts: holding.Counts, named: dict[str, str]) -> list[tuple[str, str, int]]:
    return [
        (Category(category).label, named.get(campaign, campaign), number)
        for category, by_campaign in counts.items()
        for campaign, number in sorted(by_campaign.items())
    ]
