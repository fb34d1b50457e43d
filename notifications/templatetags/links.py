"""Addresses in mails that are signed when the mail leaves."""

from django import template

from referrals import answer_links
from referrals.models import Offer

register = template.Library()


@register.filter
def answer_address(offer: Offer) -> str:
    """Return where a mail leads that lets its reader answer for ``offer``; what is kept of the mail answers nothing."""
    return answer_links.bare(offer)
