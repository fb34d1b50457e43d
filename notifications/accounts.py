"""allauth's adapters. Its mails take the same road as all others: a `Message` row, sent after the commit."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from referrals.accounts import confirming, invitations, places, providers
from referrals.language import Language
from referrals.models import User
from referrals.sealing import Purpose, seal_text, unseal_text

from . import outbox
from .models import Audience, Message
from .writing import plain, words


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail of an account act (address to confirm, password to renew…) in its holder's language, else in the page's.

        Each act is a cause of its own.
        """
        if template_prefix == "account/email/unknown_account" and _was_invited(email):
            template_prefix = "account/email/invitation_waits"
        known = {"email": email, **context}
        language = Language(context["user"].language if "user" in context else get_language())
        with override(language):
            written = words(
                subject=plain(f"{template_prefix}_subject.txt", known),
                text=plain(f"{template_prefix}_message.txt", known),
                language=language,
            )
        now = timezone.now()
        message = Message(
            key=f"account:{uuid4()}",
            template=template_prefix[-60:],
            audience=Audience.ACCOUNT,
            to=email,
            subject=written.subject,
            text=written.text,
            html=written.html,
            language=language,
            created_at=now,
            next_attempt_at=now,
        )
        outbox.post([message])

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the holder of what has changed in her account, when, and from which browser; not from where: her mailbox is no log.

        A change of address is told to both.
        """
        known = {
            "user": user,
            "timestamp": timezone.localtime(),
            "browser": places.browser_of(self.request.headers.get("User-Agent", "")),
        } | (context or {})
        told = {email or EmailAddress.objects.get_primary_email(user), known.get("to_email")}
        for address in sorted(filter(None, told)):
            self.send_mail(template_prefix, address, known)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Whoever was invited chooses her first password by her invitation alone."""
        if invitations.awaits_her(user):
            self.send_mail("account/email/invitation_waits", email, {"user": user})
        else:
            super().send_password_reset_mail(user, email, context)

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.mfa.stages.AuthenticateStage": "referrals.accounts.second_factor.Stage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Whoever came by an identity provider is signed out there too."""
        return request.session.get(providers.WAY_OUT) or super().get_logout_redirect_url(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A sign-in just now is as good as a confirmation."""
        return super().is_reauthentication_required(app=app, **kwargs) and not confirming.is_recent(current.request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures for an account and a network together: a stranger's shut out nobody but whoever sits beside him."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{places.network_of(self.get_client_ip(request))}"

    def get_http_user_agent(self, request: HttpRequest) -> str:
        return places.browser_of(super().get_http_user_agent(request))


def _was_invited(address: str) -> bool:
    user = User.objects.filter(email=address.lower()).first()
    return user is not None and invitations.awaits_her(user)


class FactorAdapter(DefaultMFAAdapter):
    """Second factors: their secrets sealed at rest, their names in plain words."""

    def encrypt(self, text: str) -> str:
        return seal_text(text, purpose=Purpose.FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_text(encrypted_text, purpose=Purpose.FACTORS)

    def get_totp_issuer(self) -> str:
        return _("Saisine du recteur")

    def _get_site_name(self) -> str:
        return _("Saisine du recteur")

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return places.browser_of(current.request.headers.get("User-Agent", "")) or _("Clé d’accès")
