"""Mergers of institutions: recorded from the institution's page after a preview, listed, and undone where one was an error."""

from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.html import format_html

from .. import mergers
from ..models import Academy, Institution, Merger, Programme
from .scoped import DayField, ReadAdmin, ScopedAdmin

MOST_TWINS = 50
"""Named in a preview; more are counted."""


class MergerForm(forms.Form):
    """Who takes it over, since when, and by what text."""

    error_css_class = "errors"
    required_css_class = "required"

    successor = forms.ModelChoiceField(Institution.objects.none(), label="Établissement successeur")
    effective_on = DayField(label="Date d’effet")
    ground = forms.CharField(
        label="Texte", max_length=Merger._meta.get_field("ground").max_length,
        help_text=Merger._meta.get_field("ground").help_text, widget=forms.TextInput(attrs={"class": "vTextField"}),
    )  # fmt: skip

    def __init__(self, *args: Any, site: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["successor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.widget = AutocompleteSelect(Merger._meta.get_field("successor"), site)
        field.queryset = Institution.objects.all()


class Preview(NamedTuple):
    """What a merger would do. names: those that will lead to the successor. academies: those where it will teach too."""

    names: list[str]
    moved: int
    twins: list[Programme]
    more_twins: int
    academies: list[Academy]


def rehearsed(former: Institution, **merger: Any) -> Preview:
    """Merge, look, and take it back: what is shown is what will be done. Raises MergerRefused."""
    with transaction.atomic():
        twins = list(mergers.twins(former, merger["successor"]).select_related("mention", "institution"))
        names = list(former.names.order_by("name").values_list("name", flat=True))
        before = set(merger["successor"].other_academies.all())
        done = mergers.merge(former=former.pk, **merger | {"successor": merger["successor"].pk})
        academies = [academy for academy in done.successor.other_academies.all() if academy not in before]
        transaction.set_rollback(True)
    return Preview(names, len(done.programmes), twins[:MOST_TWINS], max(0, len(twins) - MOST_TWINS), academies)


def merge_view(office: ScopedAdmin, request: HttpRequest, uai: str) -> HttpResponse:
    """The form, its preview, then the merger."""
    if not request.user.has_perm("vacancies.add_merger"):
        raise PermissionDenied
    former = get_object_or_404(office.hers(Institution.objects.select_related("academy", "successor"), request), pk=uai)
    if former.successor:
        messages.info(request, f"« {former} » a déjà un successeur : « {former.successor} ».")
        return redirect("admin:vacancies_institution_change", uai)
    form = MergerForm(request.POST if request.method == "POST" else None, site=office.admin_site)
    preview = None
    if request.method == "POST" and form.is_valid() and "edit" not in request.POST:
        asked = form.cleaned_data | {"by": str(request.user), "at": request.at}
        try:
            if "confirm" in request.POST:
                merger = mergers.merge(former=uai, **asked | {"successor": asked["successor"].pk})
                office.log_change(request, merger.former, f"Successeur : vide → « {merger.successor} »")
                messages.success(request, f"Fusion enregistrée : « {merger.former} » relève désormais de « {merger.successor} ».")
                return redirect("admin:vacancies_merger_change", merger.pk)
            preview = rehearsed(former, **asked)
        except mergers.MergerRefused as refusal:
            form.add_error(NON_FIELD_ERRORS, str(refusal))
    title = f"Fusion : le successeur de « {former} »"
    media = office.media + form.media
    return office.page(request, "institution/merge", title=title, former=former, form=form, preview=preview, media=media)


@admin.register(Merger)
class MergerAdmin(ReadAdmin):
    """Read by every office. One is recorded from the institution's page."""

    list_display = ("former", "successor", "effective_on", "ground", "standing", "by", "at")
    list_select_related = ("former", "successor")
    autocomplete_fields = ("successor",)
    list_filter = ("effective_on",)
    search_fields = words = ("former__name", "successor__name", "ground")
    codes = ("former__uai", "successor__uai")

    @admin.display(description="état", ordering="undone_at")
    def standing(self, merger: Merger) -> str:
        sort, words = ("warning", "annulée") if merger.undone_at else ("success", "en vigueur")
        return format_html('<span class="badge badge-{}">{}</span>', sort, words)

    def get_urls(self) -> list[URLPattern]:
        undo = self.admin_site.admin_view(self.undo)
        return [path("<int:pk>/undo/", undo, name="vacancies_merger_undo"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        merger = self.one(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        moved = Programme.objects.filter(pk__in=merger.programmes)
        return self.page(
            request,
            "merger/merger",
            title=f"Fusion : {merger}",
            merger=merger,
            moved=len(merger.programmes),
            back=moved.filter(institution=merger.successor_id).count(),
            may_undo=merger.undone_at is None and request.user.has_perm("vacancies.change_merger"),
        )

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Undo one that was an error."""
        self.one(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("vacancies.change_merger"):
            raise PermissionDenied
        try:
            undone = mergers.undo(pk, by=str(request.user), at=request.at)
            self.log_change(request, undone, "Fusion annulée.")
            messages.success(request, f"Fusion annulée : « {undone.former} » est de nouveau un établissement à part entière.")
        except mergers.MergerRefused as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:vacancies_merger_change", pk)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who recorded and undid it is on its own page; the admin's log knows nothing of it."""
        return redirect("admin:vacancies_merger_change", self.one(request, object_id).pk)
