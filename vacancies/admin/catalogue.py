"""The nation's catalogue: territory, institutions with all their names, mentions, programmes, the table of compatibility."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from ..models import (
    AcademicRegion,
    Academy,
    Compatibility,
    Institution,
    InstitutionName,
    LicenceMention,
    MasterMention,
    Programme,
)
from ..names import normalise
from .mergers import merge_view
from .scoped import ReadAdmin, ScopedAdmin

ADDRESSES: dict[type[models.Field], dict[str, Any]] = {models.URLField: {"assume_scheme": "https"}}
"""Of the web, typed without their scheme."""


@admin.register(AcademicRegion)
class AcademicRegionAdmin(ScopedAdmin):
    region, institution = "pk", "academies__institutions"
    list_display = ("name", "code", "single_university")
    search_fields = words = ("name", "code")
    readonly_fields = ("code",)
    formfield_overrides = ADDRESSES

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).distinct()


class AcademyForm(forms.ModelForm):
    """Its zone and its calendar are among those that the rules know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"zone", "calendar"} & self.fields.keys():
            known = Academy.objects.order_by(name).values_list(name, flat=True).distinct()
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label,
                choices=[(one, one) for one in known],
                help_text="Les délais en cours ne bougent pas.",
            )


@admin.register(Academy)
class AcademyAdmin(ScopedAdmin):
    form = AcademyForm
    readonly_fields = ("code",)
    region, institution = "region", "institutions"
    list_display = ("name", "code", "region", "zone", "calendar")
    list_filter = (("region", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("region",)
    search_fields = words = ("name", "code")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).distinct()


class UniqueName(forms.ModelForm):
    """A name whose normalised form, which the database keeps unique, is not on the form."""

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if not normalise(name):
            raise ValidationError("Ce nom ne contient ni lettre ni chiffre.")
        alike = self._meta.model.objects.filter(normalised=normalise(name)).exclude(pk=self.instance.pk)
        if alike.exists():
            raise ValidationError(f"Cet intitulé existe déjà : « {alike.get()} ».")
        return name


@admin.register(LicenceMention, MasterMention)
class MentionAdmin(ScopedAdmin):
    form = UniqueName
    search_fields = ("name",)
    normalised = "normalised"


class NamesOfOne(forms.BaseInlineFormSet):
    """Each name once for the institution, blind to case and accents."""

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            if name := form.cleaned_data.get("name") if hasattr(form, "cleaned_data") else None:
                if not normalise(name):
                    form.add_error("name", "Ce nom ne contient ni lettre ni chiffre.")
                elif normalise(name) in seen:
                    form.add_error("name", "Ce nom figure deux fois, à la casse, aux accents ou à la ponctuation près.")
                seen.add(normalise(name))


class InstitutionNameInline(admin.StackedInline):
    """Present and former names: whoever may change the institution may change them."""

    model = InstitutionName
    formset = NamesOfOne
    fields = ("name",)
    extra = 0
    formfield_overrides = {models.CharField: {"widget": AdminTextInputWidget(attrs={"aria-label": "Nom"})}}
    verbose_name_plural = "noms, actuels et anciens"

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm("vacancies.view_institution")

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm("vacancies.change_institution")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm("vacancies.change_institution")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class StandsFilter(admin.SimpleListFilter):
    title = "fusion"
    parameter_name = "fusion"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("non", "établissements d’aujourd’hui"), ("oui", "absorbés par un autre")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in ("oui", "non"):
            return queryset
        return queryset.filter(successor__isnull=self.value() == "non")


@admin.register(Institution)
class InstitutionAdmin(ScopedAdmin):
    region, institution = "academy__region", "pk"
    nationwide = True
    list_display = ("name", "uai", "town", "academy", "successor")
    list_filter = (
        ("academy__region", admin.RelatedOnlyFieldListFilter), ("academy", admin.RelatedOnlyFieldListFilter), StandsFilter,
    )  # fmt: skip
    list_select_related = ("academy", "successor")
    search_fields = ("name", "uai", "names__normalised")
    search_help_text = "Tous les noms, d’aujourd’hui et d’avant ; code UAI ; commune."
    words = ("town",)
    named = "pk"
    autocomplete_fields = ("academy",)
    formfield_overrides = ADDRESSES
    inlines = (InstitutionNameInline,)
    change_form_template = "admin/vacancies/institution/change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("uai", "successor") if obj else ()

    def get_exclude(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        """A new one has no successor; later, a merger gives it one."""
        return () if obj else ("successor",)

    def get_urls(self) -> list[URLPattern]:
        merge = self.admin_site.admin_view(self.merge_view)
        return [path("<str:uai>/fusion/", merge, name="vacancies_institution_merge"), *super().get_urls()]

    def merge_view(self, request: HttpRequest, uai: str) -> HttpResponse:
        return merge_view(self, request, uai)

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: list, change: bool) -> None:
        """The present name is among the names, whatever was typed."""
        super().save_related(request, form, formsets, change)
        name = form.instance.name
        form.instance.names.get_or_create(normalised=normalise(name), defaults={"name": name})


@admin.register(Programme)
class ProgrammeAdmin(ScopedAdmin):
    region, institution = "academy__region", "institution"
    nationwide = True
    list_display = ("mention", "track", "institution", "town", "academy", "capacity")
    list_filter = (
        ("academy__region", admin.RelatedOnlyFieldListFilter), ("academy", admin.RelatedOnlyFieldListFilter), "withdrawn",
    )  # fmt: skip
    search_fields = ("mention__normalised", "track", "institution__name", "town", "ifc")
    search_help_text = "Mention, parcours, site, ville, identifiant national ; tous les noms et le code de l’établissement."
    normalised = "mention__normalised"
    words = ("track", "site", "town")
    codes = ("ifc",)
    named = "institution"
    autocomplete_fields = ("institution", "mention", "academy", "recommended")
    formfield_overrides = ADDRESSES

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        # Its own name is made of two others, in choices and messages as in the list.
        return super().get_queryset(request).select_related("mention", "institution", "academy")


@admin.register(Compatibility)
class CompatibilityAdmin(ReadAdmin):
    """A campaign's table, to be read: a file writes it."""

    list_display = ("licence", "master", "note", "campaign")
    list_filter = ("campaign",)
    list_select_related = ("licence", "master", "campaign")
    search_fields = words = ("licence__name", "master__name", "note")
    search_help_text = "Mention de licence ou de master, remarque. La table d’une campagne s’importe."
