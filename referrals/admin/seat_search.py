"""The seats that suit one student: searched with what she asked for, and consulted from there."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate

from vacancies import search
from vacancies.mergers import stands, successors
from vacancies.models import Academy, Attendance, Language, Modality, Vacancy

from .. import procedure
from ..models import Answer, Post, Referral, Role
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
    mark(page.object_list, referral, request)
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


def mark(seats: Any, referral: Referral, request: OfficeRequest) -> None:
    """Give each seat of the page what the caseworker should know of it, and the ``reason`` she typed for it."""
    after = successors()
    mark_asked(seats, referral)
    mark_refused(seats, referral, after)
    mark_reachable(seats, after, on=localdate(request.at))
    for seat in seats:
        seat.reason = request.POST.get("reason", "") if request.POST.get("vacancy") == str(seat.pk) else ""
        seat.to_confirm = seat.is_stale(on=request.at.astimezone(seat.programme.academy.tz).date())
        seat.particulars = particulars(seat)


def mark_asked(seats: Any, referral: Referral) -> None:
    """Give each seat of the page ``asked_for``: the state of this student's live offer of its programme, if there is one."""
    live = dict(referral.offers.filter(state__in=STILL_STANDS).values_list("vacancy__programme", "state"))
    for seat in seats:
        state = live.get(seat.programme_id)
        seat.asked_for = OFFER_STATES[OfferState(state)] if state else None


def mark_refused(seats: Any, referral: Referral, after: Mapping[str, str]) -> None:
    """Give each seat of the page ``refused_her``, as `procedure.offers.has_refused` would one by one."""
    refused = referral.applications.filter(answer__in=(Answer.EXPRESS, Answer.IMPLIED))
    said_no = {(mention, stands(uai, after)) for mention, uai in refused.values_list("mention", "institution")}
    for seat in seats:
        seat.refused_her = (seat.programme.mention_id, stands(seat.programme.institution_id, after)) in said_no


def mark_reachable(seats: Any, after: Mapping[str, str], *, on: date) -> None:
    """Give each seat ``reachable``: whether a mail asks its contact, or else an account of its institution."""
    posts = Post.objects.on(on).filter(role=Role.INSTITUTION, user__is_active=True)
    answering = {stands(uai, after) for uai in posts.values_list("institution", flat=True)}
    for seat in seats:
        seat.reachable = bool(seat.contact_email) or stands(seat.programme.institution_id, after) in answering


def particulars(seat: Vacancy) -> list[str]:
    """Return what is unusual about a seat: neither initial training, nor on the spot, nor in French."""
    unusual = []
    if seat.modality != Modality.INITIAL:
        unusual.append(seat.get_modality_display())
    if seat.attendance != Attendance.ON_SITE:
        unusual.append(seat.get_attendance_display())
    if seat.language != Language.FRENCH:
        unusual.append(f"langue : {seat.get_language_display()}")
    return unusual


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
