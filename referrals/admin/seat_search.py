"""The seats that suit one student: searched with what she asked for, and consulted from there."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from vacancies import search
from vacancies.models import Academy, Vacancy

from .. import procedure
from ..models import Answer, Referral
from ..procedure import Refused
from ..rules.states import HOLDING, Action, OfferState
from ..wording import OFFER_STATES
from .acting import NOT_YOU, back_from, sentence_of, why_not
from .buttons import acting
from .site import OfficeRequest

ON_A_PAGE = 20
STILL_STANDS = HOLDING | {OfferState.ACCEPTED}


class SeatFilter(forms.Form):
    text = forms.CharField(label="Mention, parcours ou établissement", required=False, max_length=200)
    town = forms.CharField(label="Ville", required=False, max_length=80)
    academy = forms.ModelChoiceField(Academy.objects.none(), label="Académie", required=False, empty_label="Toutes")
    max_km = forms.IntegerField(label="À moins de (km)", required=False, min_value=1, max_value=20_000)

    def __init__(self, *args: Any, referral: Referral, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        academies = Academy.objects.all()
        field = self.fields["academy"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = academies if referral.rules.nationwide else academies.filter(region=referral.region)
        if referral.licence_institution is None or referral.licence_institution.latitude is None:
            del self.fields["max_km"]  # no point to measure from


def search_seats(request: OfficeRequest, referral_id: int) -> HttpResponse:
    """List the vacancies that suit the student; a POST consults the institution of one of them."""
    perimeter = Referral.objects.of_office(request.user)
    facts = perimeter.select_related(
        "campaign", "rules", "region", "student", "licence_mention", "licence_institution", "licence_academy"
    )
    referral = get_object_or_404(facts, pk=referral_id)
    if request.method == "POST" and consult(request, referral):
        return redirect(request.get_full_path())
    if refusal := why_not(Action.CONSULT, referral, None, acting(request.user)):
        messages.warning(request, refusal)
        return back_from(referral, request)
    form = SeatFilter(request.GET or None, referral=referral)
    found = seats_for(referral, form.cleaned_data if form.is_valid() else {})
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    mark_asked(page.object_list, referral)
    mark_refused(page.object_list, referral, typed=request.POST)
    return render(request, "admin/referrals/referral/seats.html", page_of(form, page, referral, request))


def consult(request: OfficeRequest, referral: Referral) -> bool:
    """Consult the institution of the posted vacancy, and leave a message that says what came of it. Return whether it was."""
    vacancy = Vacancy.objects.select_related("programme__mention", "programme__institution").filter(
        pk=_whole_number(request.POST.get("vacancy"))
    )
    by = acting(request.user)
    if by is None or not (seat := vacancy.first()):
        messages.error(request, "Cette place n’existe plus." if by else NOT_YOU)
        return False
    try:
        procedure.consult(referral.pk, vacancy_id=seat.pk, reason=request.POST.get("reason", ""), by=by, at=request.at)
    except Refused as refusal:
        messages.error(request, sentence_of(refusal))
        return False
    messages.success(request, f"Établissement consulté, place réservée : {seat}.")
    return True


def _whole_number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def point_of(referral: Referral) -> tuple[float, float] | None:
    """Return whence distances are measured: the institution of the licence; nobody knows where the student lives."""
    institution = referral.licence_institution
    if institution is None or institution.latitude is None or institution.longitude is None:
        return None
    return institution.latitude, institution.longitude


def seats_for(referral: Referral, asked: dict[str, Any]) -> QuerySet[Vacancy]:
    """Return the free seats of the perimeter, the most suitable first; ``asked`` narrows them."""
    assert referral.region is not None, "only a filed referral is searched for"
    found = search.suitable(
        campaign=referral.campaign,
        licence_mention=referral.licence_mention,
        wished_mentions=[wish.mention for wish in referral.wishes.select_related("mention")],
        regions=None if referral.rules.nationwide else [referral.region],
        academies=list(referral.wished_academies.all()),
        near=point_of(referral),
        max_km=asked.get("max_km"),
        text=asked.get("text", ""),
    )
    if town := asked.get("town"):
        found = found.filter(search.containing(town, others=["programme__town"]))
    if academy := asked.get("academy"):
        found = found.filter(programme__academy=academy)
    return found


def mark_asked(seats: Any, referral: Referral) -> None:
    """Give each seat of the page ``asked_for``: the state of this student's live offer for it, if there is one."""
    live = dict(referral.offers.filter(state__in=STILL_STANDS).values_list("vacancy_id", "state"))
    for seat in seats:
        state = live.get(seat.pk)
        seat.asked_for = OFFER_STATES[OfferState(state)] if state else None


def mark_refused(seats: Any, referral: Referral, *, typed: Any) -> None:
    """Give each seat of the page ``refused_her``, as `procedure.offers.has_refused` would one by one, and the ``reason`` typed."""
    refused = referral.applications.filter(answer__in=(Answer.EXPRESS, Answer.IMPLIED))
    said_no = set(refused.values_list("mention", "institution")) | set(refused.values_list("mention", "institution__successor"))
    for seat in seats:
        seat.refused_her = (seat.programme.mention_id, seat.programme.institution_id) in said_no
        seat.reason = typed.get("reason", "") if typed.get("vacancy") == str(seat.pk) else ""


def page_of(form: SeatFilter, page: Any, referral: Referral, request: OfficeRequest) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("page", None)
    return admin.site.each_context(request) | {
        "title": "Places qui conviennent",
        "subtitle": None,
        "referral": referral,
        "form": form,
        "page": page,
        "query": query.urlencode(),
        "wishes": referral.wishes.select_related("mention"),
        "wished_academies": referral.wished_academies.all(),
        "measured": point_of(referral) is not None,
        "file_address": reverse("admin:referrals_referral_change", args=[referral.pk]),
    }
