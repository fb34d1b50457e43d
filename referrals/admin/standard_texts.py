"""Standard texts: an office reads its own and the nation's; its heads write its own, the administrator the nation's. All logged."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from vacancies.admin.open_links import OpenLinks
from vacancies.admin.signed import Signed
from vacancies.models import AcademicRegion

from ..models import StandardText
from ..standard_texts import VARIABLES, unknown_in
from .request import OfficeRequest
from .team.page import headed_by, regions_of

KNOWN = ", ".join(f"{{{name}}}" for name in VARIABLES)


class StandardTextForm(forms.ModelForm):
    class Meta:
        model = StandardText
        fields = ("region", "kind", "title", "subject", "text", "is_used")
        help_texts = {
            "subject": "D’un courrier. Il peut contenir des variables.",
            "text": f"Les variables sont remplies à partir du dossier : {KNOWN}.",
            "is_used": "Décochez pour ne plus le proposer, sans l’effacer.",
        }

    def clean_subject(self) -> str:
        return self._with_known_variables("subject")

    def clean_text(self) -> str:
        return self._with_known_variables("text")

    def _with_known_variables(self, name: str) -> str:
        unknown = unknown_in(self.cleaned_data[name])
        if unknown:
            named = ", ".join(f"{{{variable}}}" for variable in unknown)
            are = "ne sont pas des variables" if len(unknown) > 1 else "n’est pas une variable"
            raise forms.ValidationError(f"{named} {are}. Vous pouvez écrire : {KNOWN}.", code="unknown_variable")
        return self.cleaned_data[name]


@admin.register(StandardText)
class StandardTextAdmin(OpenLinks, Signed):
    form = StandardTextForm
    list_display = ("title", "kind", "region", "is_used")
    list_select_related = ("region",)
    list_filter = ("kind", "is_used")
    list_per_page = 100
    list_max_show_all = 100
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: OfficeRequest) -> QuerySet[StandardText]:  # type: ignore[override]
        regions = regions_of(request.user)
        return super().get_queryset(request).filter(Q(region__in=regions) | Q(region__isnull=True))

    def formfield_for_foreignkey(self, db_field: Any, request: OfficeRequest, **kwargs: Any) -> Any:  # type: ignore[override]
        """A head writes for the regions she heads; without a region, the text is the nation's."""
        national = request.user.scope.nation
        kwargs["queryset"] = AcademicRegion.objects.filter(pk__in=headed_by(request.user))
        kwargs["empty_label"] = "toutes les régions" if national else None
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.required = not national
        return field

    def has_change_permission(self, request: OfficeRequest, obj: StandardText | None = None) -> bool:  # type: ignore[override]
        return request.user.has_perm("referrals.change_standardtext", obj)

    def has_delete_permission(self, request: HttpRequest, obj: StandardText | None = None) -> bool:
        """One that serves no more is no longer proposed."""
        return False

    def changelist_view(self, request: OfficeRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """Raises Http404 for who works in no office."""
        if not self.has_view_permission(request):
            raise Http404
        return super().changelist_view(request, {"title": "Textes types"} | (extra_context or {}))
