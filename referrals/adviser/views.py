"""The advisers' lists: what each student must do next and by when, what is due soonest first; and the drafts shared with them."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..models import Limit, LimitKind, LimitStatus, Referral
from ..rules.follow_up import Due, Holder
from ..rules.states import FILED_ONCE, State
from ..wording import HOLDERS, SEEN_BY_OTHERS, STATES
from .filters import FollowedFilter
from .own import adviser_only
from .to_do import SOONEST_FIRST, TO_DO, with_what_is_owed

PAGE_SIZE = 25
DRAFTS_SHOWN = 5
"""Beyond, the list of followed referrals leads to the page of the drafts."""

IN_ORDER: Sequence[Any] = (F("filing_end").asc(nulls_last=True), F("created_at").desc(), F("pk").desc())


@adviser_only
def referral_list(request: HttpRequest) -> HttpResponse:
    """The followed referrals that the reader asks for, and the shared drafts that must be filed soonest."""
    opened = Referral.objects.open_to_adviser(request.user)
    followed = opened.filter(state__in=FILED_ONCE)
    form = FollowedFilter(request.GET, **_choices(followed))
    wanted = form.filter(with_what_is_owed(followed), at=request.at).select_related("licence_academy", "licence_mention")
    page = page_of(wanted.order_by(*SOONEST_FIRST), number=request.GET.get("page"))
    drafts = list(shared_drafts(opened)[: DRAFTS_SHOWN + 1])
    context = {
        "form": form,
        "page": page,
        "rows": [row_of(referral) for referral in page],
        "drafts": drafts[:DRAFTS_SHOWN],
        "more_drafts": len(drafts) > DRAFTS_SHOWN,
        "at": request.at,
    }
    return render(request, "adviser/list.html", context)


@adviser_only
def draft_list(request: HttpRequest) -> HttpResponse:
    """All the shared drafts."""
    page = page_of(shared_drafts(Referral.objects.drafts_shared_with(request.user)), number=request.GET.get("page"))
    return render(request, "adviser/drafts.html", {"page": page, "drafts": list(page), "at": request.at})


def shared_drafts(opened: QuerySet[Referral]) -> QuerySet[Referral]:
    """Return the drafts among ``opened``, each with ``filing_end``, the end of its filing limit, running or over."""
    limits = Limit.objects.filter(
        referral=OuterRef("pk"), kind=LimitKind.FILING, status__in=(LimitStatus.LIVE, LimitStatus.OVER)
    ).order_by("-pk")
    drafts = opened.filter(state=State.DRAFT).annotate(filing_end=Subquery(limits.values("ends_at")[:1]))
    # The student too: a draft has no number, and is called by hers wherever it is written down.
    return drafts.select_related("licence_academy", "licence_mention", "campaign", "student").order_by(*IN_ORDER)


def row_of(referral: Referral) -> dict[str, Any]:
    """Return what a list says of a followed referral; the words of who holds it, where it is not the student."""
    return {
        "referral": referral,
        "state": STATES[State(referral.state)],
        "label": SEEN_BY_OTHERS[State(referral.state)],
        "to_do": TO_DO[Due(referral.owed)],
        "holder": "" if referral.owed or not referral.holder else HOLDERS[Holder(referral.holder)],
    }


def _choices(followed: QuerySet[Referral]) -> dict[str, list[tuple[Any, str]]]:
    """Return the campaigns, the latest first, and the licence mentions of ``followed``, asked for together."""
    found = followed.order_by().values_list(
        "campaign", "campaign__name", "campaign__opens_on", "licence_mention", "licence_mention__name"
    )
    rows = list(found.distinct())
    campaigns = sorted({(opens_on, pk, name) for pk, name, opens_on, *_ in rows}, reverse=True)
    mentions = sorted({(name, pk) for *_, pk, name in rows if pk is not None})
    return {"campaigns": [(pk, name) for _, pk, name in campaigns], "mentions": [(pk, name) for name, pk in mentions]}


def page_of(referrals: QuerySet[Referral], *, number: str | None) -> Page:
    """Return a page and how many there are in all, asking once; a page that does not exist is the nearest that does."""
    wanted = int(number) if number and number.isdecimal() and len(number) < 9 else 1
    wanted = max(wanted, 1)
    counted = referrals.annotate(in_all=Window(Count("*")))
    rows = list(counted[(wanted - 1) * PAGE_SIZE : wanted * PAGE_SIZE])
    in_all = rows[0].in_all if rows else referrals.order_by().count() if wanted > 1 else 0
    paginator: Paginator = Paginator(range(in_all), PAGE_SIZE)
    if not rows and in_all:
        wanted = paginator.num_pages
        rows = list(referrals[(wanted - 1) * PAGE_SIZE : wanted * PAGE_SIZE])
    return Page(rows, wanted if rows else 1, paginator)
