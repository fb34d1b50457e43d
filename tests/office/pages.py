"""What a test reads on the office's pages."""

from html import unescape
from re import DOTALL, findall, search, sub

from django.contrib.messages import get_messages
from django.urls import reverse

from referrals.models import Offer, Referral
from referrals.rules.states import Action


def file_of(referral: Referral) -> str:
    return reverse("admin:referrals_referral_change", args=[referral.pk])


def page_of(action: Action, referral: Referral, offer: Offer | None = None) -> str:
    return reverse(f"admin:referrals_referral_{action}", args=[referral.pk, offer.pk] if offer else [referral.pk])


def text_of(response) -> str:
    """The words of a page, without its tags, single-spaced."""
    body = search(r"<main.*</main>", response.content.decode(), DOTALL)
    assert body is not None
    return " ".join(unescape(sub(r"<[^>]+>", " ", body[0])).split())


ACT = rf"/bureau/referrals/referral/\d+/(?:offers/\d+/)?(?:{'|'.join(Action)})/"


def buttons(response) -> list[str]:
    """The addresses of the acts that a page leads to, in its order: buttons, and those put away."""
    return findall(rf'href="({ACT})"', response.content.decode())


def first_buttons(response) -> list[str]:
    """The addresses of the real buttons, those that come first."""
    return findall(rf'<a class="button"\s+href="({ACT})"', response.content.decode())


def said(response) -> list[str]:
    """The messages left for the next page."""
    return [str(message) for message in get_messages(response.wsgi_request)]
