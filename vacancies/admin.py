"""The office's view of the catalogue and of the seats. Each reads as far as her scope goes; nothing is ever deleted.

A vacancy's counters move through `vacancies.seats` alone: here, by declaring seats.
"""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from . import seats
from .models import (
    AcademicRegion,
    Academy,
    Campaign,
    Institution,
    InstitutionName,
    LicenceMention,
    Line,
    MasterMention,
    Programme,
    Vacancy,
)
from .names import normalise
from .search import containing


class ScopedAdmin(admin.ModelAdmin):
    """A list that goes as far as its reader's scope; what lies beyond does not exist for her.

    region, institution: look-ups of the two codes, as `Scope.q` takes them; None where the rows are everybody's.
    words: look-ups searched blind to accents; normalised: the one stored as `names.normalise` sees it.
    """

    region: str | None = None
    institution: str | None = None
    words: tuple[str, ...] = ()
    normalised = ""
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        if self.region is None or self.institution is None:
            return rows
        return rows.filter(request.user.scope.q(region=self.region, institution=self.institution))

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs) -> forms.ModelChoiceField:
        """Offer, and accept, only what the reader may see."""
        model = db_field.related_model
        if self.admin_site.is_registered(model) and isinstance(related := self.admin_site.get_model_admin(model), ScopedAdmin):
            kwargs.setdefault("queryset", related.get_queryset(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple[models.QuerySet, bool]:
        return queryset.filter(containing(search_term, mention=self.normalised, others=self.words)), False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(AcademicRegion)
class AcademicRegionAdmin(ScopedAdmin):
    region, institution = "pk", "academies__institutions"
    list_display = ("name", "code", "single_university")
    search_fields = words = ("name", "code")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).distinct()


@admin.register(Academy)
class AcademyAdmin(ScopedAdmin):
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


class InstitutionNameInline(admin.TabularInline):
    """Present and former names: whoever may change the institution may change them."""

    model = InstitutionName
    formset = NamesOfOne
    fields = ("name",)
    extra = 0
    verbose_name_plural = "noms, actuels et anciens"

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm("vacancies.view_institution")

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm("vacancies.change_institution")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm("vacancies.change_institution")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Institution)
class InstitutionAdmin(ScopedAdmin):
    region, institution = "academy__region", "pk"
    list_display = ("name", "uai", "town", "academy", "successor")
    list_filter = (("academy", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("academy", "successor")
    search_fields = ("name", "uai", "names__normalised")
    words = ("uai", "town")
    autocomplete_fields = ("academy", "successor")
    inlines = (InstitutionNameInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("uai",) if obj else ()

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple[models.QuerySet, bool]:
        """Search every name that it is or was known by, its code and its town."""
        called_so = InstitutionName.objects.filter(containing(search_term, mention="normalised")).values("institution")
        at = containing(search_term, others=self.words)
        return queryset.filter(models.Q(pk__in=called_so) | at), False

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: list, change: bool) -> None:
        """The present name is among the names, whatever was typed."""
        super().save_related(request, form, formsets, change)
        name = form.instance.name
        form.instance.names.get_or_create(normalised=normalise(name), defaults={"name": name})


@admin.register(Programme)
class ProgrammeAdmin(ScopedAdmin):
    region, institution = "academy__region", "institution"
    list_display = ("mention", "track", "institution", "town", "academy", "capacity")
    list_filter = (("academy", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("mention__normalised", "track", "institution__name", "town", "ifc")
    normalised = "mention__normalised"
    words = ("track", "institution__name", "town", "ifc")
    autocomplete_fields = ("institution", "mention", "academy", "recommended")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        # Its own name is made of two others, in choices and messages as in the list.
        return super().get_queryset(request).select_related("mention", "institution", "academy")


class Declaration(forms.ModelForm):
    """Seats declared by an institution, and why the number changes."""

    # What she saw comes back with what she typed: a number she left alone undoes nobody's declaration.
    seats_declared = forms.IntegerField(label="Places déclarées", min_value=0, max_value=10_000, show_hidden_initial=True)
    reason = forms.CharField(
        label="Motif", max_length=Line._meta.get_field("reason").max_length, required=False,
        help_text="Qui a déclaré, et comment : le motif reste dans l’historique des places.",
    )  # fmt: skip

    class Meta:
        model = Vacancy
        fields = ("programme", "campaign", "contact_email")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "seats_declared" in self.fields:
            self.fields["seats_declared"].initial = self.instance.declared

    def clean_seats_declared(self) -> int:
        """Refuse fewer seats than are held or taken.

        The admin validates and saves in one transaction: the lock taken here makes the answer still true on saving.
        """
        declared = self.cleaned_data["seats_declared"]
        if self.instance.pk:
            vacancy = Vacancy.objects.select_for_update(of=("self",), no_key=True).get(pk=self.instance.pk)
            if declared < (committed := vacancy.held + vacancy.taken):
                raise ValidationError(
                    f"{committed} place{'s' * (committed > 1)} déjà réservée{'s' * (committed > 1)} ou "
                    f"prise{'s' * (committed > 1)} : on ne peut pas en déclarer moins."
                )
        return declared


@admin.register(Vacancy)
class VacancyAdmin(ScopedAdmin):
    region, institution = "programme__academy__region", "programme__institution"
    form = Declaration
    list_display = ("programme", "campaign", "town", "academy", "declared", "held", "taken", "free")
    list_filter = ("campaign", ("programme__academy", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("programme__mention", "programme__institution", "programme__academy", "campaign")
    search_fields = ("programme__mention__normalised", "programme__track", "programme__institution__name", "programme__town")
    normalised = "programme__mention__normalised"
    words = ("programme__track", "programme__institution__name", "programme__town")
    autocomplete_fields = ("programme",)
    counters = ("declared", "held", "taken", "free")
    readonly_fields = counters

    @admin.display(description="ville", ordering="programme__town")
    def town(self, vacancy: Vacancy) -> str:
        return vacancy.programme.town

    @admin.display(description="académie", ordering="programme__academy__name")
    def academy(self, vacancy: Vacancy) -> str:
        return vacancy.programme.academy.name

    def get_fields(self, request: HttpRequest, obj: Vacancy | None = None) -> tuple[str, ...]:
        counters = self.counters if obj else ()
        # A reader has no form to fill in: the two fields of the declaration are not the model's.
        typed = ("seats_declared", "reason") if self.has_change_permission(request, obj) else ()
        return ("programme", "campaign", *counters, *typed, "contact_email")

    def get_readonly_fields(self, request: HttpRequest, obj: Vacancy | None = None) -> tuple[str, ...]:
        return (*self.counters, "programme", "campaign") if obj else self.counters

    def save_model(self, request: HttpRequest, obj: Vacancy, form: Declaration, change: bool) -> None:
        # The counters that were loaded with the page are old: they are never written back.
        obj.save(update_fields=["contact_email"] if change else None)
        if not change or "seats_declared" in form.changed_data:
            seats.declare(
                vacancy_id=obj.pk,
                seats=form.cleaned_data["seats_declared"],
                by=str(request.user),
                at=request.at,
                reason=form.cleaned_data["reason"],
            )


@admin.register(Line)
class LineAdmin(ScopedAdmin):
    """The ledger, to be read."""

    region, institution = "vacancy__programme__academy__region", "vacancy__programme__institution"
    list_display = ("at", "vacancy", "movement", "declared", "held", "taken", "by", "reason")
    list_filter = ("movement", "vacancy__campaign")
    list_select_related = ("vacancy__programme__mention", "vacancy__programme__institution")
    search_fields = ("vacancy__programme__mention__normalised", "vacancy__programme__institution__name")
    normalised = "vacancy__programme__mention__normalised"
    words = ("vacancy__programme__institution__name",)
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Line | None = None) -> bool:
        return False


@admin.register(Campaign)
class CampaignAdmin(ScopedAdmin):
    list_display = ("name", "code", "opens_on", "search_until")
    search_fields = words = ("name", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> tuple[str, ...]:
        # The code is the key of every row of the campaign.
        return ("code",) if obj else ()
