"""Leaving while a draft is about to miss its limit: the pages say so in so many words, and signing out asks first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.views import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from ..models import Limit, Referral
from ..procedure.facts import missing_facts
from ..procedure.limits import filing_limit
from ..rules.states import State

NEAR = timedelta(days=3)
"""Before the end of the limit, from when on the pages of the draft press."""
LAST_WEEKS = timedelta(days=21)
"""Before the campaign's last day, from when on they press whatever the limit."""

LOOKED_AT = ("campaign", "rules", "licence_academy", "licence_institution", "licence_mention", "transcript")


@dataclass(frozen=True, kw_only=True)
class Unfiled:
    """A draft that should not be left as it is. last_day: of the campaign, where near. ready: it lacks nothing but its filing."""

    referral: Referral
    limit: Limit | None
    last_day: date | None
    ready: bool


def unfiled(referral: Referral, *, at: datetime) -> Unfiled | None:
    """Return what presses for ``referral``, a draft; None where there is time, or where its campaign is over and nothing helps."""
    academy = referral.licence_academy
    today = timezone.localdate(at, academy.tz if academy else None)
    last_day, limit = referral.campaign.search_until, filing_limit(referral)
    limit_is_near = limit is not None and at >= limit.ends_at - NEAR
    campaign_is_near = today >= last_day - LAST_WEEKS
    if today > last_day or not (limit_is_near or campaign_is_near):
        return None
    return Unfiled(
        referral=referral,
        limit=limit if limit_is_near else None,
        last_day=last_day if campaign_is_near else None,
        ready=not missing_facts(referral),
    )


@login_required
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out; where a draft presses, by way of a page that says what is not done."""
    drafts = Referral.objects.of_student(request.user).filter(state=State.DRAFT).select_related(*LOOKED_AT)
    pressing = [found for draft in drafts if (found := unfiled(draft, at=request.at))]
    if not pressing:
        return logout(request)
    if request.method == "POST":
        return redirect("student:leave")
    return render(request, "student/leave.html", {"pressing": pressing})
