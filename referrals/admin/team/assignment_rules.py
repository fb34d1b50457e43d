"""Who gets the new files of a region, by académie and initial: read by its office, written by its heads, on the admin's log."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404
from django.utils.timezone import localdate

from vacancies.admin.open_links import OpenLinks
from vacancies.models import AcademicRegion, Academy

from ...models import AssignmentRule
from ..queue.filters import colleagues_in
from ..request import OfficeRequest
from .absences import regions_worked_in
from .page import headed_by, regions_of


class AssignmentRuleForm(forms.ModelForm):
    class Meta:
        model = AssignmentRule
        fields = ("region", "academy", "first_initial", "last_initial", "caseworker")

    def clean_first_initial(self) -> str:
        return self.cleaned_data["first_initial"].upper()

    def clean_last_initial(self) -> str:
        return self.cleaned_data["last_initial"].upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        region, academy, caseworker = (cleaned.get(name) for name in ("region", "academy", "caseworker"))
        if region and academy and academy.region_id != region.pk:
            self.add_error("academy", "Cette académie n’est pas de cette région.")
        if region and caseworker and region.pk not in regions_worked_in(caseworker, on=self.today):
            self.add_error("caseworker", "Cette personne ne travaille pas dans cette région.")
        return cleaned


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(OpenLinks):
    form = AssignmentRuleForm
    list_display = ("region", "academy", "first_initial", "last_initial", "caseworker")
    list_display_links = ("region", "caseworker")
    list_select_related = ("region", "academy", "caseworker")
    list_per_page = 100
    list_max_show_all = 100
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: OfficeRequest) -> QuerySet[AssignmentRule]:  # type: ignore[override]
        return super().get_queryset(request).filter(region__in=regions_of(request.user))

    def get_form(self, request: OfficeRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # type: ignore[override]
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"today": localdate(request.at)})

    def formfield_for_foreignkey(self, db_field: Any, request: OfficeRequest, **kwargs: Any) -> Any:  # type: ignore[override]
        headed = headed_by(request.user)
        match db_field.name:
            case "region":
                kwargs |= {"queryset": AcademicRegion.objects.filter(pk__in=headed), "empty_label": None}
            case "academy":
                kwargs |= {"queryset": Academy.objects.filter(region__in=headed), "empty_label": "toutes celles de la région"}
            case "caseworker":
                kwargs |= {"queryset": colleagues_in(headed, at=request.at)}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: OfficeRequest, obj: AssignmentRule | None = None) -> bool:  # type: ignore[override]
        return request.user.has_perm("referrals.change_assignmentrule", obj)

    def has_delete_permission(self, request: OfficeRequest, obj: AssignmentRule | None = None) -> bool:  # type: ignore[override]
        return request.user.has_perm("referrals.delete_assignmentrule", obj)

    def changelist_view(self, request: OfficeRequest, extra_context: dict[str, Any] | None = None) -> Any:  # type: ignore[override]
        """Raises Http404 for who works in no office."""
        if not self.has_view_permission(request):
            raise Http404
        return super().changelist_view(request, {"title": "Règles d’attribution"} | (extra_context or {}))
