"""Runs of the matching in the office: those of one's regions, the order of one, what it would be with more seats, its page."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.html import format_html

from vacancies.models import AcademicRegion, Campaign, Vacancy

from ... import procedure
from ...models import CampaignRules, DraftState, MatchingRun, RunState
from ...procedure import By, Refused
from ...procedure.posing import awaiting
from ..deeds.acting import NOT_YOU, sentence_of
from ..deeds.buttons import acting
from ..people import NeverDeleted
from ..request import OfficeRequest
from . import drafts
from .report_page import page_of_report
from .what_if import chosen_lines, page_of_lines, worded

LOOK_AGAIN_IN = 2
"""Seconds after which the page of a run at work comes back by itself."""
REPLAY_EXPECTED = timedelta(minutes=10)
"""How long a page waits for a replay; after that, one may ask again."""
BADGES = {RunState.ORDERED: "info", RunState.READY: "success", RunState.FAILED: "error"}


class OrderForm(forms.Form):
    """For which region of hers, in which campaign."""

    error_css_class = "errors"
    required_css_class = "required"

    campaign = forms.ModelChoiceField(Campaign.objects.order_by("-opens_on"), label="Campagne", empty_label=None)
    region = forms.ModelChoiceField(AcademicRegion.objects.none(), label="Région académique", empty_label=None)

    def __init__(self, *args: Any, by: By, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = AcademicRegion.objects.filter(pk__in=by.scope.regions)


@admin.register(MatchingRun)
class MatchingRunAdmin(NeverDeleted):
    list_display = ("what", "campaign", "standing", "ordered_at", "ordered_by")
    list_filter = ("state", "campaign")
    list_select_related = ("region", "campaign", "ordered_by")

    def get_queryset(self, request: OfficeRequest) -> QuerySet[MatchingRun]:  # type: ignore[override]
        return MatchingRun.objects.visible_to(request.user)

    def has_change_permission(self, request: HttpRequest, obj: MatchingRun | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("what-if/", wrap(self.what_if), name="referrals_matchingrun_what_if"),
            path("<int:pk>/replay/", wrap(self.replay), name="referrals_matchingrun_replay"),
        ]
        own += [
            path(f"<int:run_id>/{address}", wrap(view), name=f"referrals_matchingrun_{name}")
            for name, (address, view) in drafts.PAGES.items()
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Recherches pour la région"} | (extra_context or {}))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What became of it is on its own page; the admin's log knows nothing of it."""
        return redirect("admin:referrals_matchingrun_change", object_id)

    @admin.display(description="recherche")
    def what(self, run: MatchingRun) -> str:
        return f"{run.region}, avec des places supposées" if run.hypothetical else str(run.region)

    @admin.display(description="état", ordering="state")
    def standing(self, run: MatchingRun) -> str:
        return format_html('<span class="badge badge-{}">{}</span>', BADGES[RunState(run.state)], run.get_state_display())

    def add_view(self, request: OfficeRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Order one; a worker does it."""
        return self.order(request, "order", {"title": "Chercher des places pour toute la région"}, ())

    def what_if(self, request: OfficeRequest) -> HttpResponse:
        """Order one with seats that do not exist. They are gathered in the address, line by line; it drafts nothing."""
        lines = chosen_lines(request)
        page = {"title": "Et s’il y avait plus de places ?"} | page_of_lines(request, lines)
        return self.order(request, "what_if", page, lines)

    def order(self, request: OfficeRequest, template: str, page: dict[str, Any], lines: Any) -> HttpResponse:
        by = acting(request.user)
        if by is None or not self.has_add_permission(request):
            raise PermissionDenied
        latest = Campaign.objects.order_by("-opens_on").first()
        form = OrderForm(request.POST or None, initial={"campaign": latest}, by=by)
        if request.method == "POST" and form.is_valid():
            if template == "what_if" and not lines:
                form.add_error(NON_FIELD_ERRORS, "Ajoutez au moins une formation.")
            else:
                try:
                    run = procedure.order_run(**form.cleaned_data, hypothetical=lines, by=by, at=request.at)
                    return redirect("admin:referrals_matchingrun_change", run.pk)
                except Refused as refusal:
                    form.add_error(NON_FIELD_ERRORS, sentence_of(refusal))
        standing = [waiting_in(region, latest) for region in form.fields["region"].queryset] if latest else []  # type: ignore[attr-defined]
        page = {"subtitle": None, "form": form, "media": form.media, "standing": standing, "latest": latest} | page
        return render(request, f"admin/referrals/matchingrun/{template}.html", self.admin_site.each_context(request) | page)

    def one(self, request: OfficeRequest, pk: int) -> MatchingRun:
        return get_object_or_404(self.get_queryset(request).select_related(*self.list_select_related), pk=pk)

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Show where it is and what it found. While a worker has it, the page comes back by itself. Raises Http404 outside one's
        regions.
        """
        run = self.one(request, int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        replay = run.report.get("replay", {})
        awaited = "ordered_at" in replay and request.at < datetime.fromisoformat(replay["ordered_at"]) + REPLAY_EXPECTED
        page = {
            "title": "Places supposées" if run.hypothetical else "Recherche pour la région",
            "subtitle": None,
            "run": run,
            "badge": BADGES[RunState(run.state)],
            "by": by_in(run, request),
            "lines": worded(run.hypothetical),
            "replayed": replay if "at" in replay else None,
            "replay_awaited": awaited,
            "to_review": run.drafts.filter(state=DraftState.PROPOSED).count(),
        }
        if run.state == RunState.READY:
            page |= page_of_report(run, request.GET)
        shown = render(request, "admin/referrals/matchingrun/run.html", self.admin_site.each_context(request) | page)
        if run.state == RunState.ORDERED or awaited:
            shown["Refresh"] = str(LOOK_AGAIN_IN)
        return shown

    def replay(self, request: OfficeRequest, pk: int) -> HttpResponse:
        """Have the kept input solved again by a worker."""
        run = self.one(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        by = acting(request.user)
        try:
            if by is None:
                raise Refused("not_yours", NOT_YOU)
            procedure.order_replay(run, by=by, at=request.at)
        except Refused as refusal:
            messages.error(request, sentence_of(refusal))
        return redirect("admin:referrals_matchingrun_change", run.pk)


def by_in(run: MatchingRun, request: OfficeRequest) -> By | None:
    """Return who reads, in the rectorate's name, where she may act on the run; None for who only reads it."""
    by = acting(request.user)
    return by if by and run.region_id in by.scope.regions else None


def waiting_in(region: AcademicRegion, campaign: Campaign) -> dict[str, Any]:
    """Return how many students of ``region`` wait for offers, how many seats are free, and the run that is under way."""
    seats = Vacancy.objects.filter(campaign=campaign, free__gt=0).aggregate(
        here=Sum("free", filter=Q(programme__academy__region=region), default=0), everywhere=Sum("free", default=0)
    )
    nationwide = CampaignRules.objects.filter(campaign=campaign, nationwide=True).exists()
    return {
        "region": region,
        "students": awaiting(campaign, region).count(),
        "here": seats["here"],
        "everywhere": seats["everywhere"] if nationwide else None,
        "under_way": MatchingRun.objects.filter(region=region, campaign=campaign, state=RunState.ORDERED, hypothetical=[]).first(),
    }
