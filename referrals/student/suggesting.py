"""The names proposed while one types: institutions, under former names too, mentions, and the tracks of an institution."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse, QueryDict
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from vacancies.models import Institution, LicenceMention, MasterMention
from vacancies.names import normalise
from vacancies.search import (
    find_institution,
    find_mention,
    institution_candidates,
    institutions_beginning,
    mention_candidates,
    mentions_beginning,
    tracks_beginning,
)

MOST = 10
SHORTEST = 2
"""Letters, from which names are proposed: fewer begin too many."""
LONGEST = 100
KEPT_SECONDS = 600

Proposal = dict[str, str]
"""name: to be put into the field. note: what tells it from its like; may be empty."""


def _institutions(text: str, beside: QueryDict) -> list[Proposal]:
    met = institutions_beginning(text, MOST) or [(near, near.name) for near in institution_candidates(text, MOST)]
    return [{"name": institution.name, "note": _note(institution, name)} for institution, name in met]


def _note(institution: Institution, met_as: str) -> str:
    if normalise(met_as) != normalise(institution.name):
        return gettext("autre nom : %(name)s") % {"name": met_as}
    return gettext("académie : %(academy)s") % {"academy": institution.academy}


def _mentions(model: type[LicenceMention] | type[MasterMention]) -> Callable[[str, QueryDict], list[Proposal]]:
    def propose(text: str, beside: QueryDict) -> list[Proposal]:
        met = mentions_beginning(model, text, MOST) or mention_candidates(model, text, MOST)
        return [{"name": str(mention), "note": ""} for mention in met]

    return propose


def _tracks(text: str, beside: QueryDict) -> list[Proposal]:
    institution = find_institution(beside.get("institution", "")[:LONGEST])
    if institution is None:
        return []
    mention = find_mention(MasterMention, beside.get("mention", "")[:LONGEST])
    tracks = tracks_beginning(text, institution=institution, mention=mention, limit=MOST)
    return [{"name": track, "note": ""} for track in tracks]


KINDS: dict[str, Callable[[str, QueryDict], list[Proposal]]] = {
    "etablissements": _institutions,
    "licences": _mentions(LicenceMention),
    "masters": _mentions(MasterMention),
    "parcours": _tracks,
}


@require_safe
@login_required
@cache_control(private=True, max_age=KEPT_SECONDS)
def suggest(request: HttpRequest, kind: str) -> JsonResponse:
    """Return `MOST` names at most that ``q`` begins; where none does, those that resemble it."""
    if kind not in KINDS:
        raise Http404
    text = request.GET.get("q", "")[:LONGEST]
    long_enough = len(normalise(text)) >= SHORTEST
    return JsonResponse({"names": KINDS[kind](text, request.GET) if long_enough else []})
