"""allauth's mails take the same road as all others: a `Message` row, sent after the commit."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from django.utils import timezone
from django.utils.translation import get_language, override

from referrals.language import Language

from . import outbox
from .models import Audience, Message
from .writing import plain, words


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail of an account act (address to confirm, password to renew…) in its holder's language, else in the page's.

        Each act is a cause of its own.
        """
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
