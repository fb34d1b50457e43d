"""A limit in the student's words: what it is called, how it was counted, whether it is over, what comes after, and the source."""

from datetime import datetime

from django import template
from django.utils.translation import gettext

from ..models import Limit, LimitKind, Referral
from ..student.leaving import Unfiled
from ..student.leaving import unfiled as pressing
from ..wording_limits import LIMITS

register = template.Library()


@register.filter
def called(limit: Limit) -> str:
    """Return « Réponse aux propositions »."""
    return str(LIMITS[limit.kind].label)


@register.filter
def counted(limit: Limit) -> str:
    """Return from what event it was counted: stored in French, as it was computed, and said in the reader's language."""
    return gettext(limit.rule)


@register.filter
def is_over(limit: Limit, at: datetime) -> bool:
    """Whether it is too late at ``at``. Nobody is shut out by an answer limit of which no mail has told her."""
    untold = limit.kind == LimitKind.ANSWER and limit.told_at is None
    return at >= limit.ends_at and not untold


@register.filter
def after(limit: Limit, over: bool) -> str:
    """Return what its end means, to come or come."""
    words = LIMITS[limit.kind]
    return str(words.over if over else words.after)


@register.filter
def source(limit: Limit) -> str:
    """Return where the rule stands that gives its length; empty where its own words say so, or before there is a referral."""
    rule = LIMITS[limit.kind].rule
    return gettext(limit.referral.rules.stated(rule).source) if rule and limit.referral_id else ""


@register.simple_tag(takes_context=True)
def unfiled(context: template.Context, referral: Referral) -> Unfiled | None:
    """Return what presses for a draft at the instant of the request; None where there is time."""
    return pressing(referral, at=context["request"].at)
