"""The drafts of a run under review: student by student, set aside, moved to another seat, or their institutions consulted."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from ... import procedure
from ...models import Draft, DraftState, MatchingRun, Referral
from ...procedure import By, Refused
from ..deeds.acting import NOT_YOU, sentence_of
from ..deeds.buttons import acting
from ..deeds.forms import long_text
from ..request import OfficeRequest
from ..seats.found import find, shown
from ..words import parts_of

STUDENTS_ON_A_PAGE = 20
SEATS_ON_A_PAGE = 20
LOOK_AGAIN_IN = 3
"""Seconds after which the list of consultations under way comes back by itself."""
BADGES = {
    DraftState.PROPOSED: "new",
    DraftState.REFUSED: "none",
    DraftState.ORDERED: "info",
    DraftState.CONSULTED: "success",
    DraftState.LOST: "warning",
}


class Tab(NamedTuple):
    label: str
    states: tuple[DraftState, ...]


TABS = {
    "a-examiner": Tab("à examiner", (DraftState.PROPOSED,)),
    "consultees": Tab("établissement consulté", (DraftState.ORDERED, DraftState.CONSULTED)),
    "ecartees": Tab("écartées", (DraftState.REFUSED,)),
    "perdues": Tab("plus possibles", (DraftState.LOST,)),
}


class ReviewFilter(forms.Form):
    origin = forms.BooleanField(label="Seulement dans l’établissement de la licence", required=False)
    short = forms.BooleanField(label="Seulement les étudiants à qui il manquera des propositions", required=False)


class RefuseForm(forms.Form):
    error_css_class = "errors"
    required_css_class = "required"

    reason = long_text("Motif", rows=3, help_text="Il reste avec la recherche ; l’étudiant ne le lit pas.")


def run_of(request: OfficeRequest, run_id: int) -> MatchingRun:
    """Return the run. Raises Http404 outside the regions of one's office, and for what-ifs, which have no drafts."""
    runs = MatchingRun.objects.visible_to(request.user).select_related("region", "campaign").filter(hypothetical=[])
    return get_object_or_404(runs, pk=run_id)


def draft_of(request: OfficeRequest, run_id: int, draft_id: int) -> Draft:
    drafts = run_of(request, run_id).drafts.select_related(
        "referral__rules",
        "referral__campaign",
        "referral__region",
        "referral__licence_mention",
        "referral__licence_institution",
        "vacancy__programme__mention",
        "vacancy__programme__institution",
    )
    return get_object_or_404(drafts, pk=draft_id)


def hers(request: OfficeRequest, run: MatchingRun) -> By | None:
    """Return who acts on the drafts of ``run``; None for who only reads them."""
    by = acting(request.user)
    return by if by and run.region_id in by.scope.regions else None


def review(request: OfficeRequest, run_id: int) -> HttpResponse:
    """List the drafts student by student; a POST orders the consultations of those that are ticked, or of all that are listed."""
    run = run_of(request, run_id)
    form = ReviewFilter(request.GET)
    form.is_valid()
    tab = request.GET.get("voir") if request.GET.get("voir") in TABS else "a-examiner"
    drafts = listed(run, TABS[tab].states, form.cleaned_data)
    if request.method == "POST":
        return order(request, run, drafts)
    counts = dict(run.drafts.order_by().values_list("state").annotate(Count("pk")))
    page = Paginator(students_with(drafts), STUDENTS_ON_A_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    ordered, consulted = (counts.get(state, 0) for state in (DraftState.ORDERED, DraftState.CONSULTED))
    context = {
        "title": "Propositions à examiner",
        "subtitle": None,
        "run": run,
        "by": hers(request, run),
        "form": form,
        "tabs": [(name, one.label, sum(counts.get(state, 0) for state in one.states)) for name, one in TABS.items()],
        "tab": tab,
        "page": page,
        "students": [student_shown(referral) for referral in page],
        "total": drafts.count(),
        "at_work": ordered,
        "over": consulted + counts.get(DraftState.LOST, 0),
        "query": query.urlencode(),
    }
    response = render(request, "admin/referrals/matchingrun/drafts.html", admin.site.each_context(request) | context)
    if ordered and tab == "consultees":
        response["Refresh"] = str(LOOK_AGAIN_IN)
    return response


def listed(run: MatchingRun, states: tuple[DraftState, ...], asked: dict[str, Any]) -> QuerySet[Draft]:
    """Return the drafts in one of ``states`` that the filter leaves."""
    drafts = run.drafts.filter(state__in=states)
    if asked.get("origin"):
        drafts = drafts.filter(suits__origin=True)
    if asked.get("short"):
        drafts = drafts.filter(referral__in=[row["referral"] for row in run.report["left"]])
    return drafts


def students_with(drafts: QuerySet[Draft]) -> QuerySet[Referral]:
    """Return the students of ``drafts``, the longest waiting first, each with ``listed``: those of hers."""
    related = drafts.select_related(
        "vacancy__programme__mention", "vacancy__programme__institution", "moved_from__programme__mention", "decided_by"
    )
    students = Referral.objects.filter(pk__in=drafts.order_by().values("referral")).order_by("filed_at", "pk")
    return students.select_related("licence_mention", "licence_institution").prefetch_related(
        "wishes__mention", Prefetch("drafts", related.order_by("-score", "pk"), to_attr="listed")
    )


def student_shown(referral: Any) -> dict[str, Any]:
    return {
        "referral": referral,
        "wishes": sorted(referral.wishes.all(), key=lambda wish: wish.rank),
        "drafts": [
            {
                "draft": draft,
                "score": draft.score / 10,
                "parts": parts_of(draft.suits, draft.vacancy),
                "km": draft.suits["km"],
                "origin": draft.suits["origin"],
                "badge": BADGES[DraftState(draft.state)],
                "open": draft.state == DraftState.PROPOSED,
            }
            for draft in referral.listed
        ],
    }


def order(request: OfficeRequest, run: MatchingRun, drafts: QuerySet[Draft]) -> HttpResponse:
    """Order the consultations, and go to where one sees how far they are."""
    ticked = [int(value) for value in request.POST.getlist("draft") if value.isdecimal() and len(value) < 19]
    ids = list(drafts.values_list("pk", flat=True)) if "all" in request.POST else ticked
    by = hers(request, run)
    if by is None:
        messages.error(request, NOT_YOU)
    elif not ids:
        messages.warning(request, "Cochez au moins une proposition : rien n’a été demandé.")
    else:
        count = procedure.order_consultations(run, ids, by=by, at=request.at)
        words = "1 consultation demandée" if count == 1 else f"{count} consultations demandées"
        messages.success(request, f"{words}. Chacune vérifie de nouveau le besoin et la place.")
        return redirect(reverse("admin:referrals_matchingrun_drafts", args=[run.pk], query={"voir": "consultees"}))
    return redirect(request.get_full_path())


def refuse(request: OfficeRequest, run_id: int, draft_id: int) -> HttpResponse:
    """Set one draft aside, with a reason."""
    draft = draft_of(request, run_id, draft_id)
    form = RefuseForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and done(request, draft, form, procedure.refuse_draft, form.cleaned_data):
        messages.success(request, "Proposition écartée.")
        return back(request, draft)
    context = {"title": "Écarter cette proposition", "subtitle": None, "draft": draft, "form": form, "media": form.media}
    return render(request, "admin/referrals/matchingrun/refuse.html", admin.site.each_context(request) | context | back_of(request))


def done(request: OfficeRequest, draft: Draft, form: forms.Form, verb: Callable[..., None], words: dict[str, Any]) -> bool:
    """Call the verb; where it refuses, its sentence becomes the form's own error, and what was typed stays."""
    by = hers(request, draft.run)
    try:
        if by is None:
            raise Refused("not_yours", NOT_YOU)
        verb(draft.pk, **words, by=by, at=request.at)
    except Refused as refusal:
        form.add_error(NON_FIELD_ERRORS, sentence_of(refusal))
        return False
    return True


class MoveForm(forms.Form):
    vacancy_id = forms.IntegerField(min_value=1)
    reason = forms.CharField(required=False)


def move(request: OfficeRequest, run_id: int, draft_id: int) -> HttpResponse:
    """List the seats she might have instead, ranked, and why the others are not possible; a POST puts one in its place."""
    draft = draft_of(request, run_id, draft_id)
    form = MoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and done(request, draft, form, procedure.move_draft, form.cleaned_data):
        messages.success(request, "Autre place choisie.")
        return back(request, draft)
    impossible = "impossible" in request.GET
    found = find(draft.referral, {"impossible": impossible, "text": request.GET.get("text", "")})
    page = Paginator(found.rows, SEATS_ON_A_PAGE).get_page(request.GET.get("page"))
    typed = {int(form.data["vacancy_id"]): form.data.get("reason", "")} if form.is_bound and form.is_valid() else {}
    drafted = set(draft.run.drafts.filter(referral=draft.referral).values_list("vacancy__programme", flat=True))
    context = {
        "title": "Choisir une autre place",
        "subtitle": None,
        "draft": draft,
        "form": form,
        "found": found,
        "page": page,
        "seats": [(one, one.seat.programme_id in drafted) for one in shown(page.object_list, found, at=request.at, typed=typed)],
        "text": request.GET.get("text", ""),
        "impossible": impossible,
        "score": draft.score / 10,
    }
    return render(request, "admin/referrals/matchingrun/move.html", admin.site.each_context(request) | context | back_of(request))


def back_of(request: HttpRequest) -> dict[str, str]:
    """Return the query of the list one came from, which the pages of one draft carry along."""
    return {"back": request.GET.get("de", "")}


def back(request: HttpRequest, draft: Draft) -> HttpResponseRedirect:
    address = reverse("admin:referrals_matchingrun_drafts", args=[draft.run_id])
    return HttpResponseRedirect(f"{address}?{back_of(request)['back']}")


PAGES: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
    "drafts": ("drafts/", review),
    "refuse": ("drafts/<int:draft_id>/refuse/", refuse),
    "move": ("drafts/<int:draft_id>/move/", move),
}
"""Name → address within a run, and its view."""
