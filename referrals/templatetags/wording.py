"""The words of `referrals.wording` for templates, and those kept in French, in the language of whoever reads them."""

from django import template
from django.utils.translation import gettext

from ..rules.eligibility import Reason
from ..rules.states import State
from ..wording import STATES
from ..wording_sources import sources_of

register = template.Library()


@register.filter
def state_label(state: str) -> str:
    return STATES[State(state)].label


@register.filter
def state_badge(state: str) -> str:
    return STATES[State(state)].badge


@register.filter
def state_next(state: str) -> str:
    return STATES[State(state)].next


@register.filter
def s(count: int) -> str:
    """Return the mark of the plural, from two on: in French nought is singular."""
    return "s" if count > 1 else ""


@register.filter
def translated(kept: str) -> str:
    """Return what the rules or the procedure keep in French; what somebody wrote herself stays as it is."""
    return gettext(kept)


@register.filter
def sentence(reason: Reason) -> str:
    return reason.said_by(gettext)


@register.filter
def sources(reason: Reason) -> str:
    return sources_of(reason)
