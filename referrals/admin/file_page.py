"""One file on one page: facts, refusals, documents, offers, limits, doubts, history, mails, and the buttons the tables allow."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate

from ..models import Event, Limit, LimitStatus, Offer, Referral
from ..procedure import By
from ..procedure.filing import facts_of
from ..rules.eligibility import doubts
from ..rules.states import Action, OfferState, State
from ..wording import OFFER_STATES, STATES
from .buttons import acting, actions_on, actions_on_offer
from .site import OfficeRequest
from .words import HOLDERS, LABELS, TO_DO

Button = tuple[str, str]
"""Its address, its words."""
RELATED = (
    "campaign",
    "rules",
    "region",
    "student",
    "assigned_to",
    "licence_mention",
    "licence_institution",
    "licence_academy",
)


def show_file(request: OfficeRequest, referral_id: str) -> HttpResponse:
    """Show the file; nothing is changed here. Raises Http404 outside the office's perimeter."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not referral_id.isdecimal():
        raise Http404
    referral = get_object_or_404(Referral.objects.of_office(request.user).select_related(*RELATED), pk=int(referral_id))
    by = acting(request.user)
    return render(request, "admin/referrals/referral/file.html", page_of(referral, by, request))


def page_of(referral: Referral, by: By | None, request: OfficeRequest) -> dict[str, Any]:
    state = State(referral.state)
    limits = list(referral.limits.select_related("offer__vacancy__programme__mention"))
    offers = offers_of(referral, by)
    return admin.site.each_context(request) | {
        "title": f"Saisine {referral.number}",
        "subtitle": None,
        "referral": referral,
        "tz": referral.licence_academy and referral.licence_academy.tz,
        "state": {"label": LABELS[state], "badge": STATES[state].badge, "holder": HOLDERS[state], "next": STATES[state].next},
        "buttons": [_button(action, referral) for action in actions_on(referral, by)],
        "reads_only": by is None or not by.may_touch(referral),
        "refusals": referral.refusals.select_related("institution", "mention", "proof"),
        "wishes": referral.wishes.select_related("mention"),
        "wished_academies": referral.wished_academies.all(),
        "documents": referral.documents.with_the_file(),
        "offers": offers,
        "consulted": any(row["offer"].state == OfferState.CONSULTING for row in offers),
        "counted": referral.offers.counted().count(),
        "live_limits": [dated(limit, referral) for limit in limits if limit.status == LimitStatus.LIVE],
        "past_limits": [dated(limit, referral) for limit in limits if limit.status != LimitStatus.LIVE],
        "doubts": doubts(facts_of(referral, at=request.at)),
        "history": history_of(referral, {row["offer"].pk: str(row["offer"]) for row in offers}),
        "mails": referral.messages.all(),  # type: ignore[attr-defined]  # their model lives a floor above
    }


def _button(action: Action, referral: Referral, offer: Offer | None = None) -> Button:
    subject = [referral.pk, offer.pk] if offer else [referral.pk]
    return reverse(f"admin:referrals_referral_{action}", args=subject), TO_DO[action]


def offers_of(referral: Referral, by: By | None) -> list[dict[str, Any]]:
    """Return the offers, each with its state in words and its own buttons."""
    offers = referral.offers.select_related("vacancy__programme__mention", "vacancy__programme__institution")
    return [
        {
            "offer": offer,
            "state": OFFER_STATES[OfferState(offer.state)],
            "buttons": [_button(action, referral, offer) for action in actions_on_offer(offer, referral, by)],
        }
        for offer in offers
    ]


def dated(limit: Limit, referral: Referral) -> dict[str, Any]:
    """Return a limit with what a reader asks of it: is it late, was it rolled over."""
    tz = referral.licence_academy.tz if referral.licence_academy else None
    return {
        "limit": limit,
        "late": limit.status == LimitStatus.LIVE and limit.last_day < localdate(timezone=tz),
        "skipped": [why for _, why in limit.skipped],
    }


def history_of(referral: Referral, offers: dict[int, str]) -> list[dict[str, Any]]:
    """Return the events, the latest first, each with the states it led from and to and the offer it was about."""
    return [
        {
            "event": event,
            "states": [LABELS[State(state)] for state in states_of(event)],
            "offer": offers.get(event.payload.get("offer", 0)),
        }
        for event in referral.events.order_by("-seq")
    ]


def states_of(event: Event) -> list[str]:
    """Return the state an event led from and the one it led to; empty where it moved nothing."""
    return [event.payload[end] for end in ("from", "to") if end in event.payload]
