"""One file on one page: facts, applications, documents, offers, limits, doubts, history, mails, and what the tables allow."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate

from ..models import Limit, LimitStatus, Offer, OtherLicence, Referral
from ..procedure import By, facts_of
from ..rules.eligibility import reasons
from ..rules.states import DECIDED_BY_LETTER, MOVES, Action, OfferState, State
from ..wording import ACTIONS, OFFER_STATES, STATES
from .acting import why_not_sign
from .buttons import acting, actions_on, actions_on_offer, next_among, put_away
from .history import history_of
from .site import OfficeRequest
from .words import HOLDERS, LABELS, TO_DO, due_for, parts_of

Button = tuple[str, str]
"""Its address, its words."""
PROGRAMME = ("vacancy__programme__mention", "vacancy__programme__institution", "vacancy__programme__academy")
RELATED = (
    "campaign",
    "rules",
    "region",
    "student",
    "assigned_to",
    "escalated_to",
    "prepared_by",
    "licence_mention",
    "licence_institution",
    "licence_academy",
)
BESIDE = (
    Prefetch("limits", Limit.objects.select_related("offer__vacancy__programme__mention", "extension")),
    Prefetch("other_licences", OtherLicence.objects.select_related("mention", "institution", "academy__region")),
)


def show_file(request: OfficeRequest, referral_id: str) -> HttpResponse:
    """Show the file; nothing is changed here. Raises Http404 outside the office's perimeter."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not referral_id.isdecimal():
        raise Http404
    files = Referral.objects.of_office(request.user).select_related(*RELATED).prefetch_related(*BESIDE)
    referral = get_object_or_404(files, pk=int(referral_id))
    by = acting(request.user)
    return render(request, "admin/referrals/referral/file.html", page_of(referral, by, request))


def page_of(referral: Referral, by: By | None, request: OfficeRequest) -> dict[str, Any]:
    state = State(referral.state)
    offers = offers_of(referral, by)
    joined = joined_to(referral, request)
    return (
        admin.site.each_context(request)
        | actions_of(referral, by)
        | limits_of(referral)
        | {
            "title": f"Saisine {referral.number}",
            "subtitle": None,
            "referral": referral,
            "tz": referral.licence_academy and referral.licence_academy.tz,
            "state": {
                "label": LABELS[state],
                "badge": STATES[state].badge,
                "holder": held_by(referral),
                "next": STATES[state].next,
            },
            "due_for": due_for(state),
            "due_late": referral.due_on is not None and referral.due_on < today_of(referral),
            "reads_only": by is None or not by.may_touch(referral),
            "prepared": referral.prepared_action and ACTIONS[Action(referral.prepared_action)][0],
            "joined": joined,
            "session_case": referral.commission_cases.filter(decision="").order_by("-session__held_at").first(),
            "applications": referral.applications.select_related("institution", "mention", "proof"),
            "wishes": referral.wishes.select_related("mention"),
            "wished_academies": referral.wished_academies.all(),
            "documents": referral.documents.with_the_file(),
            "offers": offers,
            "consulted": any(row["offer"].state == OfferState.CONSULTING for row in offers),
            "counted": referral.offers.counted().count(),
            "doubts": reasons(facts_of(referral, at=request.at), referral.rules.stated),
            "history": history_of(
                referral,
                offers={row["offer"].pk: str(row["offer"]) for row in offers},
                limits={limit.pk: limit for limit in referral.limits.all()},
                referrals={other.pk: other.number or "" for other in joined},
            ),
            "mails": referral.messages.of_case(),  # type: ignore[attr-defined]  # their model lives a floor above
        }
    )


def today_of(referral: Referral) -> date:
    return localdate(timezone=referral.licence_academy and referral.licence_academy.tz)


def held_by(referral: Referral) -> str:
    """Return who holds the file; once a failure is reported, it is the office that has to look at it."""
    failed = referral.state == State.AWAITING_LICENCE and referral.licence_failed_at is not None
    return HOLDERS[State.FILED if failed else State(referral.state)]


def actions_of(referral: Referral, by: By | None) -> dict[str, Any]:
    """Return the buttons: those that come first, the others under their headings, and why a decision is not hers to sign."""
    actions = actions_on(referral, by)
    first = next_among(actions, referral)
    others = put_away([action for action in actions if action not in first])
    to_sign = any(referral.state in MOVES[action].sources for action in DECIDED_BY_LETTER)
    return {
        "first": [_button(action, referral) for action in first],
        "others": [(heading, [_button(action, referral) for action in group]) for heading, group in others],
        "may_correct_applications": Action.CORRECT_APPLICATION in actions,
        "unsigned": why_not_sign(by, referral) if by and actions and to_sign else "",
    }


def joined_to(referral: Referral, request: OfficeRequest) -> list[Referral]:
    """Return the referral this one was put together with, or those put together with it: those its reader may see."""
    either = Q(pk=referral.merged_into_id) | Q(merged_into=referral)
    return list(Referral.objects.of_office(request.user).filter(either).only("pk", "number").order_by("pk"))


def limits_of(referral: Referral) -> dict[str, Any]:
    """Return the limits that run and those that do not any more, each with what a reader asks of it."""
    limits = [dated(limit, referral) for limit in referral.limits.all()]
    return {
        "live_limits": [row for row in limits if row["limit"].status == LimitStatus.LIVE],
        "past_limits": [row for row in limits if row["limit"].status != LimitStatus.LIVE],
    }


def _button(action: Action, referral: Referral, offer: Offer | None = None) -> Button:
    subject = [referral.pk, offer.pk] if offer else [referral.pk]
    return reverse(f"admin:referrals_referral_{action}", args=subject), TO_DO[action]


def offers_of(referral: Referral, by: By | None) -> list[dict[str, Any]]:
    """Return the offers, each with its state in words and its own buttons; taking one back is no button to press in passing."""
    rows = []
    for offer in referral.offers.select_related(*PROGRAMME):
        actions = actions_on_offer(offer, referral, by)
        rows.append(
            {
                "offer": offer,
                "state": OFFER_STATES[OfferState(offer.state)],
                "score": offer.suits["score"] / 10 if offer.suits else None,
                "parts": parts_of(offer.suits, offer.vacancy),
                "buttons": [_button(action, referral, offer) for action in actions if action != Action.RETRACT_OFFER],
                "retract": _button(Action.RETRACT_OFFER, referral, offer) if Action.RETRACT_OFFER in actions else None,
            }
        )
    return rows


def dated(limit: Limit, referral: Referral) -> dict[str, Any]:
    """Return a limit with what a reader asks of it: is it late, was it rolled over, which one does it take the place of."""
    return {
        "limit": limit,
        "late": limit.status == LimitStatus.LIVE and limit.last_day < today_of(referral),
        "skipped": [why for _, why in limit.skipped],
        "replaces": next((former for former in referral.limits.all() if former.pk == limit.supersedes_id), None),
    }
