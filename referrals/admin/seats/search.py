"""The page of the seats that suit one student: how many may be asked for now, which, why, and one click that consults."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from vacancies.models import Vacancy

from ... import procedure
from ...models import Offer, Referral
from ...procedure import Refused
from ...procedure.offers import still_due
from ...rules.states import Action, OfferState
from ...wording import OFFER_STATES
from ..deeds.acting import NOT_YOU, back_from, sentence_of, why_not
from ..deeds.buttons import acting
from ..queue.piles import come_to_nothing
from ..request import OfficeRequest
from .found import SeatFilter, find, is_measured, shown

ON_A_PAGE = 20
PROGRAMME = ("vacancy__programme__mention", "vacancy__programme__institution", "vacancy__programme__academy")
RELATED = ("campaign", "rules", "region", "student", "licence_mention", "licence_institution", "licence_academy")


def search_seats(request: OfficeRequest, referral_id: int) -> HttpResponse:
    """List the vacancies that suit the student; a POST consults the institution of one of them."""
    referral = get_object_or_404(Referral.objects.of_office(request.user).select_related(*RELATED), pk=referral_id)
    if request.method == "POST" and consult(request, referral):
        return redirect(request.get_full_path())
    if refusal := why_not(Action.CONSULT, referral, None, acting(request.user)):
        messages.warning(request, refusal)
        return back_from(referral, request)
    form = SeatFilter(request.GET, referral=referral)
    form.is_valid()  # what is wrong is said beside its field
    found = find(referral, form.cleaned_data)
    page = Paginator(found.rows, ON_A_PAGE).get_page(request.GET.get("page"))
    typed = {_whole_number(request.POST.get("vacancy")): request.POST.get("reason", "")}
    page.object_list = shown(page.object_list, found, at=request.at, typed=typed)
    context = asked_so_far(referral) | {"form": form, "found": found, "page": page, "referral": referral}
    return render(request, "admin/referrals/referral/seats.html", context | page_of(referral, request))


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
        offer = procedure.consult(referral.pk, vacancy_id=seat.pk, reason=request.POST.get("reason", ""), by=by, at=request.at)
    except Refused as refusal:
        messages.error(request, sentence_of(refusal))
        return False
    if offer.state == OfferState.AGREED:
        messages.success(request, f"Accord permanent : place réservée, la proposition peut être envoyée : {seat}.")
    else:
        messages.success(request, f"Établissement consulté, place réservée : {seat}.")
    return True


def _whole_number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def asked_so_far(referral: Referral) -> dict[str, Any]:
    """Return what is being asked, how many more may be asked now, and what has come to nothing since the last request."""
    offers = referral.offers.select_related(*PROGRAMME)
    return {
        "due": still_due(referral),
        "made": referral.offers.counted().count(),
        "asked": [(offer, *_state_of(offer)) for offer in offers.asked()],
        "fallen": [(offer, *_state_of(offer)) for offer in offers.filter(pk__in=come_to_nothing().values("pk"))],
    }


def _state_of(offer: Offer) -> tuple[str, str]:
    return OFFER_STATES[OfferState(offer.state)]


def page_of(referral: Referral, request: OfficeRequest) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("page", None)
    everything = query.copy()
    everything["impossible"] = "on"
    return admin.site.each_context(request) | {
        "title": "Places qui conviennent",
        "subtitle": None,
        "query": query.urlencode(),
        "with_the_impossible": everything.urlencode(),
        "wishes": referral.wishes.select_related("mention"),
        "wished_academies": referral.wished_academies.all(),
        "measured": is_measured(referral),
        "file_address": reverse("admin:referrals_referral_change", args=[referral.pk]),
    }
