"""Whose pages these are: an adviser's. Strangers sign in; anybody else finds nothing."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from ..models import Referral, Role
from ..procedure import By
from .to_do import with_what_is_owed

NEEDED = ("campaign", "rules", "region", "licence_mention", "licence_institution", "licence_academy", "transcript")


def adviser_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask strangers to sign in; anybody but an adviser finds nothing."""

    @require_safe
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if Role.ADVISER not in request.user.roles:
            raise Http404
        return view(request, **kwargs)

    return guarded


class OpenToAdviser:
    """A student's own page, or one like it, opened by the adviser to whom she has opened her referral: set before its class.

    What she no longer shares is not found.
    """

    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def referral(self) -> Referral:
        opened = with_what_is_owed(Referral.objects.open_to_adviser(self.request.user)).select_related(*NEEDED)
        return get_object_or_404(opened, key=self.kwargs["key"])

    @property
    def her(self) -> By:
        """Who acts: the adviser, in her own name."""
        return By.adviser(self.request.user)

    def address(self, name: str, **more: Any) -> str:
        """Return the address of another page of the same referral."""
        return reverse(f"adviser:{name}", kwargs={"key": self.referral.key, **more})
