"""Whoever holds a post shows a second factor at each sign-in. Until then she reaches the pages that set one up, help, the way out.

What a session has shown is what allauth has recorded in it; posts are read anew at each request.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from ..models import User

HOLDING_HERS = "mfa"
"""The method under which allauth records a code, a passkey or a recovery code."""
AT_HER_PROVIDER = "provider_factor"
"""The method under which we record that her identity provider has asked for two factors, and said so."""
SHOWN_BY = frozenset({HOLDING_HERS, AT_HER_PROVIDER})

TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Those that are a factor by themselves; recovery codes only stand in for one."""

WAY_OUT = frozenset({"account_logout", "student:leave", "language", "questions", "contacts", "accessibility", "legal"})
SETTING_UP = frozenset(
    {
        "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_confirm_email",
        "account_email_verification_sent",
    }
)  # fmt: skip
SHOWING = frozenset({"mfa_reauthenticate", "mfa_reauthenticate_webauthn"})
ADDING = frozenset({"mfa_activate_totp", "mfa_add_webauthn"})


def has_one(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=TYPES).exists()


def is_shown(request: HttpRequest) -> bool:
    """Whether the session of ``request`` was opened, or confirmed since, with a second factor."""
    return any(record["method"] in SHOWN_BY for record in get_authentication_records(request, request.user))


def is_asked_of(user: User) -> bool:
    return settings.SECOND_FACTOR_ENFORCED and bool(user.posts_held)


class AskSecondFactor:
    """Middleware, the last: denies every page to whoever holds a post and has not shown a second factor, but for a closed list."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        page = request.resolver_match.view_name if request.resolver_match else ""
        if page in ADDING and _is_unproven(request.user):
            messages.error(
                request, _("Confirmez d’abord votre adresse électronique : le courriel de confirmation contient un lien.")
            )
            return redirect("mfa_index")
        if page in WAY_OUT or not is_asked_of(request.user) or is_shown(request):
            return None
        if has_one(request.user):
            return None if page in SHOWING else redirect(_with_return("mfa_reauthenticate", request))
        return None if page in SETTING_UP else redirect("mfa_index")


def _is_unproven(user: User) -> bool:
    """Whether the account's address may be somebody else's: a factor would shut its holder out."""
    return EmailAddress.objects.filter(user=user, primary=True, verified=False).exists()


def _with_return(name: str, request: HttpRequest) -> str:
    page = request.get_full_path() if request.method == "GET" else reverse("after_login")
    return f"{reverse(name)}?{urlencode({'next': page})}"


def for_pages(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what the pages of an account say."""
    return {
        "identity_providers": settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"],
        "second_factor_is_asked": lambda: request.user.is_authenticated and is_asked_of(request.user) and not is_shown(request),
    }


def note_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: object) -> None:
    """She has just shown the factor that she sets up: this session has it."""
    if authenticator.type in TYPES and request.user == user:
        record_authentication(request, user, HOLDING_HERS, id=authenticator.pk, type=authenticator.type)


def note_removed(request: HttpRequest, user: User, **_: object) -> None:
    """With the last factor goes what the session has shown: a holder of a post sets up another before she goes on."""
    if request.user == user and not has_one(user):
        records = get_authentication_records(request, user)
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [one for one in records if one["method"] != HOLDING_HERS]


class Stage(AuthenticateStage):
    """allauth's stage of a sign-in, which asks for a factor whoever has one; but who has just shown two elsewhere."""

    def _should_handle(self, request: HttpRequest) -> bool:
        records = get_authentication_records(request, self.login.user)
        return super()._should_handle(request) and not any(record["method"] == AT_HER_PROVIDER for record in records)
