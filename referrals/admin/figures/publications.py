"""What the nation publishes of a campaign: previewed, then published by the national administrator, dated, signed, for good."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator

from vacancies.models import Campaign

from ...accounts.confirming import confirmed
from ...models import Publication
from ...procedure import Refused
from ...statistics.publishing import digest, prepared, publish, why_not
from ..people import NeverDeleted
from ..request import OfficeRequest
from .dashboards import dashboards, dashboards_file


class CampaignForm(forms.Form):
    campagne = forms.ModelChoiceField(Campaign.objects.all(), label="Campagne", empty_label=None)


@admin.register(Publication)
class PublicationAdmin(NeverDeleted):
    """The dashboards hang here too: whoever reads what was published reads, of her own files, what will be."""

    list_display = ("campaign", "at")
    list_select_related = ("campaign",)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("chiffres/", wrap(dashboards), name="referrals_publication_figures"),
            path("chiffres.<slug:shape>", wrap(dashboards_file), name="referrals_publication_figures_file"),
        ]
        return own + super().get_urls()

    def has_change_permission(self, request: HttpRequest, obj: Publication | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        return super().changelist_view(request, {"title": "Chiffres publiés"} | (extra_context or {}))

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Show one publication as it was published."""
        if not self.has_view_permission(request) or not object_id.isdecimal():
            raise Http404
        publication = get_object_or_404(Publication.objects.select_related("campaign"), pk=int(object_id))
        return self._page(
            request, title=f"Publication : {publication.campaign}", publication=publication, figures=publication.figures
        )

    @method_decorator(confirmed)
    def add_view(self, request: OfficeRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Show what would be published of a campaign, then publish it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        form = CampaignForm({"campagne": asked.get("campagne") or Campaign.objects.values_list("pk", flat=True).first()})
        if not form.is_valid():
            return self._page(request, title="Publier les chiffres d’une campagne", form=form)
        campaign = form.cleaned_data["campagne"]
        if request.method == "POST":
            try:
                return self._published(request, campaign)
            except Refused as refusal:
                messages.error(request, refusal.sentence)
        return self._preview(request, form, campaign)

    def _published(self, request: OfficeRequest, campaign: Campaign) -> HttpResponse:
        with transaction.atomic():
            publication = publish(campaign, seen=request.POST.get("seen", ""), at=request.at)
            self.log_addition(request, publication, f"Chiffres de la campagne « {campaign} » publiés.")
        messages.success(request, "Les chiffres sont publiés : chacun peut les lire et les télécharger.")
        return redirect("admin:referrals_publication_change", publication.pk)

    def _preview(self, request: OfficeRequest, form: CampaignForm, campaign: Campaign) -> HttpResponse:
        page: dict[str, Any] = {"title": f"Publier : {campaign}", "form": form, "campaign": campaign}
        try:
            figures = prepared(campaign)
        except Refused as refusal:
            return self._page(request, **page, reason=refusal.sentence)
        return self._page(request, **page, reason=why_not(campaign, at=request.at), figures=figures, seen=digest(figures))

    def _page(self, request: OfficeRequest, **shown: Any) -> HttpResponse:
        nothing = dict.fromkeys(("form", "campaign", "publication", "figures", "reason", "seen"))
        context = self.admin_site.each_context(request) | {"subtitle": None, "opts": self.opts} | nothing | shown
        return render(request, "admin/figures/publication.html", context)
