"""One file on one page: facts, applications, documents, offers, limits, doubts, history, mails, and what the tables allow."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate

from ...models import Document, Event, LegalHold, Limit, LimitStatus, Offer, OtherLicence, Referral
from ...models.document import GIVEN
from ...privacy.holding import rule_of
from ...procedure import By, points_of
from ...procedure.reviewing import Point
from ...rules.states import DECIDED_BY_LETTER, MOVES, Action, OfferState, State
from ...wording import ACTIONS, OFFER_STATES, STATES
from ..deeds.acting import PROGRAMME, why_not_sign
from ..deeds.buttons import acting, actions_on, actions_on_offer, next_among, put_away
from ..request import OfficeRequest
from ..words import LABELS, TO_DO, parts_of
from .at_a_glance import dates_of, holder_of, known_of, missing_of, today_of, waits_for_an_answer
from .conversation import exchanges_of
from .history import told
from .history_filters import GROUPS, Asked, authors_of

Button = tuple[str, str]
"""Its address, its words."""
LONGEST_SEARCH = 100
RELATED = (
    "campaign",
    "rules",
    "region",
    "student",
    "assigned_to",
    "escalated_to",
    "prepared_by",
    "entered_by",
    "licence_mention",
    "licence_institution",
    "licence_academy__region",
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
    if referral.erased_at:
        return render(request, "admin/referrals/referral/erased.html", erased_page_of(referral, request))
    by = acting(request.user)
    return render(request, "admin/referrals/referral/file.html", page_of(referral, by, request))


def erased_page_of(referral: Referral, request: OfficeRequest) -> dict[str, Any]:
    """Return what is left of a file whose time is over."""
    return admin.site.each_context(request) | {
        "title": f"Saisine {referral.number}",
        "subtitle": None,
        "referral": referral,
        "tz": referral.licence_academy and referral.licence_academy.tz,
        "state": {"label": LABELS[State(referral.state)]},
        "rule": rule_of(referral),
        "events": referral.events.of_case().order_by("-seq"),
    }


def page_of(referral: Referral, by: By | None, request: OfficeRequest) -> dict[str, Any]:
    state = State(referral.state)
    offers = offers_of(referral, by)
    events = list(referral.events.of_case().order_by("-seq"))
    documents = list(referral.documents.with_the_file())
    points = points_of(referral, at=request.at)
    return (
        admin.site.each_context(request)
        | actions_of(referral, by, events)
        | limits_of(referral, today=today_of(referral, at=request.at))
        | said_of(referral, events, documents, offers, request)
        | glance_of(referral, events, documents, offers, points, request)
        | {
            "title": f"Saisine {referral.number}",
            "subtitle": None,
            "referral": referral,
            "tz": referral.licence_academy and referral.licence_academy.tz,
            "state": {"label": LABELS[state], "badge": STATES[state].badge, "next": STATES[state].next},
            "reads_only": by is None or not by.may_touch(referral),
            "prepared": referral.prepared_action and ACTIONS[Action(referral.prepared_action)][0],
            "session_case": referral.commission_cases.filter(decision="").order_by("-session__held_at").first(),
            "offers": offers,
            "documents": documents,
            "points": points,
            "reviewed": next((event for event in events if event.kind == Action.REVIEW), None),
            "doubts": [point.against for point in points if point.against],
            "holds": list(LegalHold.objects.on_referral(referral).in_force(on=localdate(request.at))),
            "sets_holds": request.user.has_perm("referrals.add_legalhold"),
            "mails": referral.messages.of_case(),  # type: ignore[attr-defined]  # their model lives a floor above
        }
    )


def glance_of(
    referral: Referral,
    events: list[Event],
    documents: list[Document],
    offers: list[dict[str, Any]],
    points: list[Point],
    request: OfficeRequest,
) -> dict[str, Any]:
    """Return what the first screen says, and the lists from which it says it."""
    applications = list(referral.applications.select_related("institution", "mention", "proof"))
    counted = referral.offers.counted().count()
    given = sum(document.kind in GIVEN and document.replaced_at is None for document in documents)
    return {
        "applications": applications,
        "counted": counted,
        "wishes": list(referral.wishes.select_related("mention")),
        "wished_academies": list(referral.wished_academies.all()),
        "holder": holder_of(referral, at=request.at),
        "due": dates_of(referral, [row["offer"] for row in offers], at=request.at),
        "known": known_of(applications, points, given),
        "missing": missing_of(referral, events, points, counted=counted),
    }


def said_of(
    referral: Referral, events: list[Event], documents: list[Document], offers: list[dict[str, Any]], request: OfficeRequest
) -> dict[str, Any]:
    """Return what was said and what happened, as far as the address asks for it."""
    asked = Asked.by(request.GET)
    joined = joined_to(referral, request)
    entries = told(
        events,
        referral,
        offers={row["offer"].pk: str(row["offer"]) for row in offers},
        limits={limit.pk: limit for limit in referral.limits.all()},
        referrals={other.pk: other.number or "" for other in joined},
    )
    return {
        "joined": joined,
        "exchanges": exchanges_of(referral, events, documents, looked_for=request.GET.get("dit", "").strip()[:LONGEST_SEARCH]),
        "history": asked.kept(entries),
        "events_in_all": len(events),
        "asked": asked,
        "groups": [(key, label) for key, (label, _) in GROUPS.items()],
        "authors": authors_of(events),
    }


def actions_of(referral: Referral, by: By | None, events: list[Event]) -> dict[str, Any]:
    """Return the buttons: those that come first, the others under their headings, and why a decision is not hers to sign."""
    actions = actions_on(referral, by)
    first = next_among(actions, referral, she_waits=waits_for_an_answer(events))
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


def limits_of(referral: Referral, *, today: date) -> dict[str, Any]:
    """Return the limits that run and those that do not any more, each with what a reader asks of it."""
    limits = [dated(limit, referral, today=today) for limit in referral.limits.all()]
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


def dated(limit: Limit, referral: Referral, *, today: date) -> dict[str, Any]:
    """Return a limit with what a reader asks of it: is it late, was it rolled over, which one does it take the place of."""
    return {
        "limit": limit,
        "late": limit.status == LimitStatus.LIVE and limit.last_day < today,
        "skipped": [why for _, why in limit.skipped],
        "replaces": next((former for former in referral.limits.all() if former.pk == limit.supersedes_id), None),
    }
