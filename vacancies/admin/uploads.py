"""Handing a file in: what it is, of which campaign, of whom."""

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet

from ..models import Campaign, Import, ImportKind, Institution

OF_A_CAMPAIGN = (ImportKind.DECLARATION, ImportKind.COMPATIBILITY)


class UploadForm(forms.Form):
    """A file to be read. Who sees a region hands in the declarations of its institutions; who sees the nation, any file."""

    error_css_class = "errors"
    required_css_class = "required"

    kind = forms.ChoiceField(label="Nature du fichier", choices=[("", "Choisir"), *ImportKind.choices])
    institution = forms.ModelChoiceField(
        Institution.objects.none(), label="Établissement", required=False, help_text="Celui dont le fichier déclare les places."
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(), label="Campagne", required=False, empty_label="Choisir",
        help_text="Pour des places déclarées, ou pour une table de compatibilité.",
    )  # fmt: skip
    complete = forms.BooleanField(
        label="Le fichier est complet : ce qui n’y figure plus est retiré", required=False,
        help_text="Sans cette case, un fichier ajoute et modifie, et ne retire rien.",
    )  # fmt: skip
    file = forms.FileField(
        label="Fichier", help_text="CSV, XLSX, ODS ou JSON.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.ods,.json"}),
    )  # fmt: skip

    def __init__(self, *args: Any, site: AdminSite, nation: bool, institutions: QuerySet[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["institution"]
        assert isinstance(field, forms.ModelChoiceField)
        # The widget first: the choices are handed to it with the rows.
        field.widget = AutocompleteSelect(Import._meta.get_field("institution"), site)
        field.widget.is_required = not nation
        field.queryset = institutions
        self.fields["campaign"].initial = Campaign.objects.first()
        if not nation:
            del self.fields["kind"]
            self.fields["institution"].required = self.fields["campaign"].required = True
            self.fields["campaign"].help_text = "Celle pour laquelle ces places sont déclarées."
            self.fields["file"].help_text = "CSV, XLSX ou ODS."
            self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.xlsx,.ods"

    def clean(self) -> dict[str, Any]:
        """Keep of what was chosen what this kind of file has. Raises nothing: what lacks is said beside its field."""
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.setdefault("kind", ImportKind.DECLARATION) if "kind" not in self.fields else cleaned.get("kind")
        if kind is None:
            return cleaned
        if kind not in OF_A_CAMPAIGN:
            cleaned["campaign"] = None
        elif not cleaned.get("campaign") and "campaign" not in self.errors:
            self.add_error("campaign", "Dites de quelle campagne il s’agit.")
        if kind != ImportKind.DECLARATION:
            cleaned["institution"] = None
        elif not cleaned.get("institution") and "institution" not in self.errors:
            self.add_error("institution", "Dites de quel établissement sont ces places.")
        return cleaned


class FromCatalogueForm(forms.Form):
    """A campaign's table of compatibility, begun with what the catalogue recommends."""

    campaign = forms.ModelChoiceField(Campaign.objects.all(), label="Campagne", empty_label=None)
