"""What every page wears: one of the two looks, the State's, reserved to its own sites, or the neutral one; and the main menu."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MENU = {
    "may_i_refer": _("Puis-je saisir ?"),
    "vacancies:list": _("Places vacantes"),
    "dates": _("Dates"),
    "questions": _("Questions et réponses"),
    "contacts": _("Contacts"),
}
"""Page → what the menu calls it."""


class Entry(NamedTuple):
    """A line of the menu. here: it is the page one reads."""

    address: str
    name: str | Promise
    here: bool


def look(request: HttpRequest) -> dict[str, Any]:
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {"state_look": settings.STATE_LOOK, "menu": [Entry(reverse(page), name, page == here) for page, name in MENU.items()]}
