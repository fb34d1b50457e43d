"""Before what matters, whoever is signed in confirms that it is she: by password, code or passkey, unless she did so lately."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.conf import settings
from django.http import HttpRequest, HttpResponse

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def is_recent(request: HttpRequest) -> bool:
    """Whether she has signed in, or confirmed, within `ACCOUNT_REAUTHENTICATION_TIMEOUT`."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def confirm(request: HttpRequest) -> None:
    """Let pass who has signed in, or confirmed, lately; anybody else is led to confirm, and then does what she was about to do.

    Raises ReauthenticationRequired, which allauth's middleware answers.
    """
    raise_if_reauthentication_required(request, app="")


def confirmed(view: Callable[..., HttpResponse] | None = None, *, reading: bool = False) -> Any:
    """Decorate a view that asks so before it acts; with ``reading``, also before it shows anything."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if reading or request.method not in READING:
                confirm(request)
            return view(request, *args, **kwargs)

        return guarded

    return decorate(view) if view else decorate
