"""Signing in through an identity provider (OpenID Connect): what a provider's word is worth here, and the way out by it.

FranceConnect opens an account of a student, found again by its `sub` alone; the providers of staff sign in only whom somebody has
invited; none gives a post. State, nonce and PKCE bind each answer to the browser that asked. What a provider signs is held against
its keys, by the algorithms we take and under the name we know it by; no redirect of a provider is followed.
"""

import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ..models import Invitation, User
from .offered import PROVIDERS
from .second_factor import AT_HER_PROVIDER

KEPT = ("sub", "email", "acr", "amr")
"""Of what a provider says of somebody, what is kept: no name, no date of birth."""
ALGORITHMS = frozenset({"RS256", "PS256", "ES256"})
"""By which a provider may sign: with a key of its own, never with a secret that both know, let alone with nothing."""
WAY_OUT = "provider_way_out"
"""In the session: the provider's own address for signing out."""


class OpenIDAdapter(OpenIDConnectOAuth2Adapter):
    """Talks to a provider; holds its identity token against its key, our nonce, and what it says besides."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The document of the provider. Raises OAuth2Error where it speaks for somebody else than whom the environment names."""
        known: dict[str, Any] = super().openid_config
        if str(known.get("issuer")).removesuffix("/") != self.get_provider().app.settings["issuer"]:
            raise OAuth2Error("another issuer")
        return known

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        self.nonce = nonce_of(pkce_code_verifier or "")
        return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return who it is. Raises OAuth2Error where what the provider says does not hold together."""
        credential = kwargs["response"].get("id_token")
        if not credential:
            raise OAuth2Error("no id_token")
        said = self._decoded(app, credential)
        if not hmac.compare_digest(str(said.get("nonce", "")), self.nonce):
            raise OAuth2Error("another nonce")
        about = self._about(app, token.token)
        if about.get("sub") != said["sub"]:
            raise OAuth2Error("another sub")
        kept = {"userinfo": _kept(about), "id_token": _kept(said)}
        login = self.get_provider().sociallogin_from_response(request, kept)
        login.way_out = self._way_out(credential)
        return login

    def _about(self, app: SocialApp, access_token: str) -> dict[str, Any]:
        """What the provider says of her: as JSON, or signed, as FranceConnect and ProConnect do."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, headers={"Authorization": f"Bearer {access_token}"})
            answer.raise_for_status()
        signed = answer.headers.get("Content-Type", "").startswith("application/jwt")
        return self._decoded(app, answer.text) if signed else answer.json()

    def _decoded(self, app: SocialApp, credential: str) -> dict[str, Any]:
        """Return what is signed in ``credential``. Raises OAuth2Error."""
        known = self.openid_config
        try:
            header = jwt.get_unverified_header(credential)
        except jwt.PyJWTError as error:
            raise OAuth2Error("no token") from error
        if header["alg"] not in ALGORITHMS or "kid" not in header:
            raise OAuth2Error("another algorithm")
        return jwtkit.verify_and_decode(
            credential=credential,
            keys_url=known["jwks_uri"],
            issuer=known["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )

    def _way_out(self, credential: str) -> str:
        """Where signing out here ends the session there too; empty where the provider offers no such address."""
        end = self.openid_config.get("end_session_endpoint", "")
        home = self.request.build_absolute_uri("/")
        return end and f"{end}?{urlencode({'id_token_hint': credential, 'post_logout_redirect_uri': home})}"


def _kept(said: dict[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in KEPT if name in said}


def nonce_of(verifier: str) -> str:
    """Return the nonce that goes with the secret of one sign-in (PKCE's verifier), which stays in the session."""
    return hmac.new(verifier.encode(), b"nonce", hashlib.sha256).hexdigest()


class OpenIDProvider(OpenIDConnectProvider):
    """As allauth's, with a nonce; what is asked of a provider is what we wrote, whatever the address of the page says."""

    oauth2_adapter_class = OpenIDAdapter

    def get_pkce_params(self) -> dict[str, str]:
        asked = super().get_pkce_params()
        return asked | {"nonce": nonce_of(asked["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        return self.get_auth_params()

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        return self.get_scope()


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Who may come in by whose word."""

    def get_requests_session(self) -> requests.Session:
        """As allauth's, but a redirect is an error: what we ask, a secret in hand, is asked of whom we know."""
        session: requests.Session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> OpenIDProvider:
        return OpenIDProvider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[SocialApp]:
        """Those of the environment alone: no row of the database opens a door."""
        from allauth.socialaccount.adapter import _build_apps_from_settings

        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Decide whether she comes in, as whom, and whether her provider has seen two factors. Raises ImmediateHttpResponse."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        provider = PROVIDERS[sociallogin.account.provider]
        if not sociallogin.is_existing and not provider.students:
            self._link_invited(request, sociallogin)
        if sociallogin.is_existing and said_two_factors(sociallogin):
            record_authentication(request, sociallogin.user, AT_HER_PROVIDER, provider=sociallogin.account.provider)
        request.session[WAY_OUT] = getattr(sociallogin, "way_out", "")
        if not sociallogin.is_existing and _account_at(sociallogin):
            sentence = _(
                "Un compte existe déjà avec l’adresse que donne %(provider)s : connectez-vous-y d’abord, "
                "puis reliez-le dans « Mon compte »."
            )
            messages.error(request, sentence % {"provider": provider.name})
            raise ImmediateHttpResponse(redirect("account_login"))

    def _link_invited(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Link the identity to the account that somebody invited at its address; nobody else's. Raises ImmediateHttpResponse."""
        user = _account_at(sociallogin)
        invitation = Invitation.objects.filter(user=user).first() if user else None
        accepted = invitation is not None and invitation.used_at is not None
        if user is None or invitation is None or not (accepted or invitation.expires_at > request.at):
            raise ImmediateHttpResponse(render(request, "socialaccount/not_invited.html", status=403))
        if not accepted:
            Invitation.objects.filter(pk=invitation.pk).update(used_at=request.at)
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
        sociallogin.connect(request, user)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(sociallogin.user.email)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new account speaks as the page did."""
        sociallogin.user.email = sociallogin.user.email.lower()
        sociallogin.user.language = request.LANGUAGE_CODE
        return super().save_user(request, sociallogin, form)


def _account_at(sociallogin: SocialLogin) -> User | None:
    """Return the account at the address that the provider names, where there is one."""
    address = (sociallogin.user.email or "").lower()
    return User.objects.filter(email=address).first() if address else None


def said_two_factors(sociallogin: SocialLogin) -> bool:
    said = sociallogin.account.extra_data["id_token"]
    levels = {said.get("acr"), *(said.get("amr") or ())}
    return not levels.isdisjoint(PROVIDERS[sociallogin.account.provider].two_factors)


def _of_provider(view: Any) -> Any:
    def seen(request: HttpRequest, provider_id: str) -> HttpResponse:
        adapter = OpenIDAdapter(request, provider_id)
        try:
            return view.adapter_view(adapter)(request)
        except SocialApp.DoesNotExist:
            raise Http404 from None
        except (OAuth2Error, requests.RequestException) as error:  # of its document, which allauth asks for unguarded
            return render_authentication_error(request, adapter.get_provider(), exception=error)

    return seen


login = _of_provider(OAuth2LoginView)
"""Leads to a provider, by a form of ours."""
callback = _of_provider(OAuth2CallbackView)
"""Where a provider leads back to."""
