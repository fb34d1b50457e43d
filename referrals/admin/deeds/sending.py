"""The agreed offers of the office's regions, sent to their students: some or all, each in a transaction of its own."""

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from ... import procedure
from ...models import Offer, Referral
from ...procedure import By, Refused
from ...rules.states import OfferState
from ..request import OfficeRequest
from .acting import NOT_YOU, sentence_of
from .buttons import acting
from .forms import long_text

AT_ONCE = 100
"""Offers on a page, and so sent by one click: a few seconds' work."""


class SendForm(forms.Form):
    message = long_text(
        "Mot aux étudiants (facultatif)", rows=3, required=False, help_text="Il accompagne chacune des propositions."
    )


def to_send(request: OfficeRequest) -> QuerySet[Offer]:
    """Return the agreed offers of the files of one's office, the longest agreed first."""
    offers = Offer.objects.filter(state=OfferState.AGREED, referral__in=Referral.objects.of_office(request.user))
    return offers.select_related("referral", "vacancy__programme__mention", "vacancy__programme__institution").order_by(
        "agreed_on", "pk"
    )


def send_agreed(request: OfficeRequest) -> HttpResponse:
    """List them; a POST sends those that are ticked, or the whole page. What is refused is said, offer by offer.

    Raises Http404 for who has no queue.
    """
    if not request.user.has_perm("referrals.view_referral"):
        raise Http404
    by = acting(request.user)
    form = SendForm(request.POST or None)
    page = Paginator(to_send(request), AT_ONCE).get_page(request.GET.get("page"))
    if request.method == "POST" and form.is_valid():
        named = {int(value) for value in request.POST.getlist("offer") if value.isdecimal() and len(value) < 19}
        wanted = {int(value) for value in request.POST.getlist("shown") if value.isdecimal() and len(value) < 19}
        chosen = to_send(request).filter(pk__in=wanted if "all" in request.POST else named)[:AT_ONCE]
        if by is None:
            messages.error(request, NOT_YOU)
        else:
            send(list(chosen), form.cleaned_data["message"], by, request)
        return redirect("admin:referrals_referral_to_send")
    context = {"title": "Accords à envoyer", "subtitle": None, "page": page, "form": form, "by": by, "at_once": AT_ONCE}
    return render(request, "admin/referrals/referral/to_send.html", admin.site.each_context(request) | context)


def send(offers: list[Offer], message: str, by: By, request: OfficeRequest) -> None:
    """Send each; one that is refused stops no other, and leaves a message of its own."""
    sent = 0
    for offer in offers:
        try:
            procedure.send_offer(offer.referral_id, offer_id=offer.pk, message=message, by=by, at=request.at)
            sent += 1
        except Refused as refusal:
            messages.error(request, f"{offer.referral.number}, {offer.vacancy.programme.title} : {sentence_of(refusal)}")
    if sent:
        messages.success(request, "1 proposition envoyée." if sent == 1 else f"{sent} propositions envoyées.")
    elif not offers:
        messages.warning(request, "Cochez au moins une proposition : rien n’a été envoyé.")
