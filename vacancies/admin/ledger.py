"""The seats: the nation's to be searched, her region's to be declared. Counters move through `vacancies.seats` alone."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.lookups import Unaccent
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html

from .. import seats
from ..mergers import family
from ..models import Campaign, Institution, Line, Vacancy
from ..templatetags.days import in_full
from .declarations import Declarations
from .scoped import DayField, ReadAdmin, ScopedAdmin

KEPT = ("language", "attendance", "contact_name", "contact_email", "contact_phone")
"""Columns that the form writes as they are typed; the others are the ledger's."""


class Declaration(forms.ModelForm):
    """Seats declared by an institution, until when they may be relied on, and why the number changes. at: when it is posted."""

    at: datetime

    # What she saw comes back with what she typed: a number she left alone undoes nobody's declaration.
    seats_declared = forms.IntegerField(label="Places déclarées", min_value=0, max_value=seats.MOST_SEATS, show_hidden_initial=True)
    until = DayField(
        label="Valable jusqu’au", required=False, show_hidden_initial=True,
        help_text="Une nouvelle date confirme le nombre, même inchangé. Vide : un mois, ou la fin de la campagne.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Motif", max_length=Line._meta.get_field("reason").max_length, required=False,
        help_text="Qui a déclaré, et comment : le motif reste dans l’historique des places.",
    )  # fmt: skip

    class Meta:
        model = Vacancy
        fields = ("programme", "campaign", "modality", *KEPT)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._stands: Vacancy | None = None
        if self.instance.pk and "seats_declared" in self.fields:
            self.fields["seats_declared"].initial = self.instance.declared
            self.fields["until"].initial = self.instance.valid_until

    def clean_seats_declared(self) -> int:
        """Refuse fewer seats than are held or taken; a number left alone is the one that stands by now.

        The admin validates and saves in one transaction: the lock taken here makes the answer still true on saving.
        """
        declared = self.cleaned_data["seats_declared"]
        if not self.instance.pk:
            return declared
        self._stands = Vacancy.objects.select_for_update(of=("self",), no_key=True).get(pk=self.instance.pk)
        if "seats_declared" not in self.changed_data:
            return self._stands.declared
        if declared < (committed := self._stands.held + self._stands.taken):
            refusal = seats.BelowCommitted(committed, seats.holders(self._stands.pk))
            raise ValidationError(self.why_not(refusal, wanted=declared))
        return declared

    def why_not(self, refusal: seats.BelowCommitted, *, wanted: int) -> str:
        """Return why ``wanted`` seats cannot be declared. Who knows the holders may say more."""
        return f"{seats.below(committed=refusal.committed, wanted=wanted)}."

    def clean(self) -> dict:
        """Refuse a day before today, in the académie's calendar, or after the campaign's last."""
        cleaned = super().clean() or self.cleaned_data
        programme = self.instance.programme if self.instance.pk else cleaned.get("programme")
        campaign = self.instance.campaign if self.instance.pk else cleaned.get("campaign")
        until = cleaned.get("until")
        if until and programme and campaign and "until" in self.changed_data:
            today = self.at.astimezone(programme.academy.tz).date()
            if not today <= until <= campaign.search_until:
                last = f"{campaign.search_until:%d/%m/%Y}"
                self.add_error("until", f"Choisissez un jour entre aujourd’hui et la fin de la campagne, le {last}.")
        return cleaned

    @property
    def declares(self) -> bool:
        """Whether the number is declared anew, or confirmed."""
        return self._stands is None or bool({"seats_declared", "until"} & set(self.changed_data))

    @property
    def valid_until(self) -> date | None:
        """The last day to rely on the number; None for the usual one. A date left alone stays if it is still to come."""
        if self._stands is None or "until" in self.changed_data:
            return self.cleaned_data["until"]
        today = self.at.astimezone(self.instance.programme.academy.tz).date()
        return self._stands.valid_until if self._stands.valid_until and self._stands.valid_until >= today else None


class StaleFilter(admin.SimpleListFilter):
    title = "déclaration"
    parameter_name = "declaration"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("valable", "encore valable"), ("perimee", "à confirmer")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        today = timezone.localdate(request.at)
        match self.value():
            case "perimee":
                return queryset.stale(on=today)
            case "valable":
                return queryset.filter(valid_until__gte=today)
        return queryset


class FreeFilter(admin.SimpleListFilter):
    title = "places libres"
    parameter_name = "libres"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("oui", "il en reste"), ("non", "il n’en reste pas")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        match self.value():
            case "oui":
                return queryset.filter(free__gt=0)
            case "non":
                return queryset.filter(free=0)
        return queryset


class InstitutionFilter(admin.SimpleListFilter):
    """The seats of one institution and of those it took over. A link leads there; nobody picks it from a list of hundreds."""

    title = "établissement"
    parameter_name = "etablissement"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name, "")
        return list(Institution.objects.filter(pk=asked).values_list("pk", "name")) if asked else []

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(programme__institution__in=family([self.value()])) if self.value() else queryset


@admin.register(Vacancy)
class VacancyAdmin(ScopedAdmin):
    region, institution = "programme__academy__region", "programme__institution"
    nationwide = True
    form = Declaration
    list_display = ("programme", "free", "place", "modality", "declared", "held", "taken", "relied_on", "campaign")
    list_filter = (
        InstitutionFilter,
        "campaign",
        ("programme__academy__region", admin.RelatedOnlyFieldListFilter),
        ("programme__academy", admin.RelatedOnlyFieldListFilter),
        "modality",
        StaleFilter,
        FreeFilter,
    )
    list_select_related = ("programme__mention", "programme__institution", "programme__academy", "campaign")
    ordering = (
        models.Case(models.When(free__gt=0, then=0), default=1).asc(),
        "programme__mention__normalised",
        Lower(Unaccent("programme__institution__name")),
        Lower(Unaccent("programme__track")),
    )
    search_fields = ("programme__mention__normalised", "programme__track", "programme__institution__name", "programme__town")
    search_help_text = "Mention, parcours, site, ville, identifiant national ; tous les noms et le code de l’établissement."
    normalised = "programme__mention__normalised"
    words = ("programme__track", "programme__site", "programme__town")
    codes = ("programme__ifc",)
    named = "programme__institution"
    autocomplete_fields = ("programme",)
    counters: tuple[str, ...] = ("declared", "held", "taken", "free", "declared_on", "relied_on")
    readonly_fields = counters
    change_list_template = "admin/vacancies/vacancy/change_list.html"

    @admin.display(description="ville, académie", ordering="programme__town")
    def place(self, vacancy: Vacancy) -> str:
        programme = vacancy.programme
        return format_html('{}<br><span class="small quiet">{}</span>', programme.town, programme.academy.name)

    @admin.display(description="valable jusqu’au", ordering="valid_until")
    def relied_on(self, vacancy: Any) -> str:
        """Until when the number may be relied on, marked where it is no more; ``today`` comes with the row."""
        if vacancy.valid_until is None:
            return "jamais déclarée"
        day = in_full(vacancy.valid_until)
        if not vacancy.is_stale(on=vacancy.today):
            return day
        return format_html('{}<br><span class="badge badge-warning">à confirmer</span>', day)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        today = models.Value(timezone.localdate(request.at), output_field=models.DateField())
        return super().get_queryset(request).select_related(*self.list_select_related).annotate(today=today)

    def get_urls(self) -> list[URLPattern]:
        pages, wrap = Declarations(self), self.admin_site.admin_view
        own = [
            path("declarations/", wrap(pages.declarations), name="vacancies_vacancy_declarations"),
            path("declarations.csv", wrap(pages.declarations_csv), name="vacancies_vacancy_declarations_csv"),
            path("totals/", wrap(pages.totals), name="vacancies_vacancy_totals"),
            path("totals.csv", wrap(pages.totals_csv), name="vacancies_vacancy_totals_csv"),
        ]
        return own + super().get_urls()

    def get_form(self, request: HttpRequest, obj: Vacancy | None = None, change: bool = False, **kwargs) -> type[Declaration]:
        form = super().get_form(request, obj, change, **kwargs)
        form.at = request.at
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Vacancy | None = None) -> list[tuple]:
        counters = [("Où elles en sont", {"fields": self.counters})] if obj else []
        # A reader has no form to fill in: the fields of the declaration are not the model's.
        typed = ("seats_declared", "until", "reason")
        declares = [("Déclarer, ou confirmer", {"fields": typed})] if self.has_change_permission(request, obj) else []
        what = ("La formation", {"fields": ("programme", "campaign", "modality", "language", "attendance")})
        return [what, *counters, *declares, ("Le contact", {"fields": ("contact_name", "contact_email", "contact_phone")})]

    def get_readonly_fields(self, request: HttpRequest, obj: Vacancy | None = None) -> tuple[str, ...]:
        return (*self.counters, "programme", "campaign", "modality") if obj else self.counters

    def save_model(self, request: HttpRequest, obj: Vacancy, form: Declaration, change: bool) -> None:
        # The counters that were loaded with the page are old: they are never written back.
        obj.save(update_fields=KEPT if change else None)
        if form.declares:
            seats.declare(
                vacancy_id=obj.pk,
                seats=form.cleaned_data["seats_declared"],
                valid_until=form.valid_until,
                by=str(request.user),
                at=request.at,
                reason=form.cleaned_data["reason"],
            )


@admin.register(Line)
class LineAdmin(ReadAdmin):
    """The ledger of her region, to be read."""

    region, institution = "vacancy__programme__academy__region", "vacancy__programme__institution"
    list_display = ("at", "vacancy", "movement", "declared", "held", "taken", "by", "reason")
    list_filter = ("movement", "vacancy__campaign")
    list_select_related = ("vacancy__programme__mention", "vacancy__programme__institution")
    search_fields = ("vacancy__programme__mention__normalised", "vacancy__programme__institution__name")
    normalised = "vacancy__programme__mention__normalised"
    named = "vacancy__programme__institution"
    date_hierarchy = "at"


@admin.register(Campaign)
class CampaignAdmin(ScopedAdmin):
    list_display = ("name", "code", "opens_on", "search_until")
    search_fields = words = ("name", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> tuple[str, ...]:
        # The code is the key of every row of the campaign.
        return ("code",) if obj else ()
