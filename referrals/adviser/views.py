"""The guidance service of a university follows its own students who agreed to it: status, history, limits, nothing more."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ..models import Limit, Referral, Role
from ..rules.states import State
from ..timeline import timeline
from ..wording import STATES

PAGE_SIZE = 25


def adviser_only(view):
    """Ask strangers to sign in; anybody but an adviser finds nothing."""

    @require_safe
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if Role.ADVISER not in request.user.roles:
            raise Http404
        return view(request, **kwargs)

    return guarded


def _followed(user) -> Any:
    limits = Limit.objects.live().order_by("ends_at")
    return (
        Referral.objects.of_adviser(user)
        .select_related("licence_institution", "licence_academy", "campaign")
        .prefetch_related(Prefetch("limits", limits, to_attr="live_limits"))
        .order_by("-filed_at", "-pk")
    )


@adviser_only
def referral_list(request: HttpRequest) -> HttpResponse:
    """The followed cases, the latest filed first; each word searched for is in a name or in the number."""
    text = request.GET.get("q", "").strip()
    wanted = Q()
    for word in text.split()[:5]:
        wanted &= (
            Q(number__icontains=word)
            | Q(first_names__unaccent__icontains=word)
            | Q(birth_name__unaccent__icontains=word)
            | Q(usage_name__unaccent__icontains=word)
        )
    page = Paginator(_followed(request.user).filter(wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [{"referral": referral, "state": STATES[State(referral.state)]} for referral in page]
    return render(request, "adviser/list.html", {"page": page, "rows": rows, "text": text})


@adviser_only
def referral_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One followed case, to be read: no document, no note, no message."""
    referral = get_object_or_404(_followed(request.user), key=key)
    context = {
        "referral": referral,
        "state": STATES[State(referral.state)],
        "history": timeline(referral, student="l’étudiant"),
    }
    return render(request, "adviser/case.html", context)
