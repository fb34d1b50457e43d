"""The words of `referrals.wording` for templates."""

from django import template

from ..rules.states import State
from ..wording import STATES

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
