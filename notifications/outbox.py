"""Did it leave? Posting, sending once, trying again, and writing each mail's fate into the history.

The truth is the `Message` row. The broker only makes sending prompt; the sweep of each minute finds what it has lost.
"""

import logging
import ssl
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime
from errno import EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from socket import gaierror
from time import monotonic
from urllib.parse import urlsplit

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError, transaction
from django.db.models import F
from kombu.exceptions import OperationalError

from referrals import answer_links
from referrals.documents.letters import rendered
from referrals.models import LimitStatus, Strand
from referrals.models.people import NOWHERE
from referrals.procedure import record_mail

from .models import Audience, Fate, Message
from .writing import write_late

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a worker has a message for itself: longer than a task may run (CELERY_TASK_TIME_LIMIT)."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440))
"""Before each new try; after the last one, some five days after the first, the mail has failed."""
ANSWERING = frozenset({Audience.CONSULTED, Audience.DELEGATE})
"""Those whose mails hold links that answer without an account: signed here, and kept nowhere."""
NO_NETWORK = frozenset({EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN})
NO_ADDRESS = "Cette personne n’a pas d’adresse électronique : remettez-lui ce courriel autrement, et notez-le."
STALE = "Trop tard : ce que dit ce courriel n’est plus d’actualité."


def post(messages: Iterable[Message]) -> None:
    """Add ``messages`` to the caller's transaction, and hand them to a worker after it. A key already there is left out."""
    messages = list(messages)
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    keys = [message.key for message in messages]  # the texts need not wait for the commit: they may be a hundred thousand
    transaction.on_commit(lambda: publish(keys), robust=True)


def publish(keys: list[str]) -> None:
    """Tell the workers. A broker that does not answer within a second fails nobody's request: the sweep finds the messages."""
    try:
        for pk in Message.objects.filter(key__in=keys, fate=Fate.PENDING).values_list("pk", flat=True):
            current_app.send_task("notifications.send_message", args=[pk], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("%d messages not published, the sweep will find them (%s)", len(keys), error)


def deliver(message_id: int, *, at: datetime) -> None:
    """Send the message if it is due and nobody else is sending it, and write its fate into the history.

    A passing error puts it off; any other ends it, with its reason. Never raises for what SMTP says.
    """
    message = claim(message_id, at=at)
    if message is None:
        return
    began = monotonic()
    try:
        if _is_stale(message, at=at):
            raise Stale(STALE)
        if message.to.endswith(f"@{NOWHERE}"):
            raise NoAddress(NO_ADDRESS)
        write_late(message)
        send(message, at=at)
    except (DatabaseError, SoftTimeLimitExceeded):
        raise  # nothing is known of the mail: the lease ends, and the sweep tries again
    except Exception as error:
        _did_not_leave(message, error, at=at)
    else:
        # A slow server may keep us past midnight, and the limit of the mail starts on the day it left.
        _settle(message, fate=Fate.SENT, sent_at=at + timedelta(seconds=monotonic() - began), reason="")
    if message.fate != Fate.PENDING:
        report(message, at=at)


class NoAddress(Exception):
    """Its reader has no e-mail address."""


class Stale(Exception):
    """What the mail says is no longer true."""


def _is_stale(message: Message, *, at: datetime) -> bool:
    """Whether what the mail says is true no more: its time has passed, or the limit it announces runs no longer."""
    over = message.not_after is not None and at >= message.not_after
    return over or (message.limit is not None and message.limit.status != LimitStatus.LIVE)


def claim(message_id: int, *, at: datetime) -> Message | None:
    """Take the message for `LEASE`, in one statement; None when it is not due, gone, or another worker's."""
    taken = Message.objects.due(at=at).filter(pk=message_id).update(claimed_until=at + LEASE, attempts=F("attempts") + 1)
    return Message.objects.get(pk=message_id) if taken else None


def send(message: Message, *, at: datetime) -> None:
    """Hand the mail to the SMTP server. Sent again after a crash it bears the same Message-ID: twice is better than never."""
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=as_it_leaves(message, message.text),
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={
            "Message-ID": f"<{message.message_id}@{urlsplit(settings.SITE_URL).hostname}>",
            "Date": format_datetime(at),
            "Content-Language": message.language,
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(as_it_leaves(message, message.html), "text/html")
    if message.attachment_id:
        letter = rendered(message.attachment_id)
        with letter.file.open() as file:
            mail.attach(letter.name, file.read(), letter.content_type)
    mail.send()


def as_it_leaves(message: Message, part: str) -> str:
    """Return a part of the mail with its links to answer by signed for its reader alone."""
    return answer_links.sign(part, to=message.to) if message.audience in ANSWERING else part


def passing(error: Exception) -> bool:
    """Whether trying again may help: the closed list of what says nothing against this mail."""
    match error:
        case SMTPRecipientsRefused():
            return all(400 <= code < 500 for code, _ in error.recipients.values())
        case SMTPServerDisconnected() | SMTPConnectError() | SMTPAuthenticationError():
            return True
        case SMTPResponseException():
            return 400 <= error.smtp_code < 500
        case SMTPException():
            return False
    if isinstance(error, OSError) and error.errno in NO_NETWORK:
        return True
    return isinstance(error, (ConnectionError, TimeoutError, gaierror, ssl.SSLError))


def _did_not_leave(message: Message, error: Exception, *, at: datetime) -> None:
    reason = _in_words(error)
    if passing(error) and message.attempts <= len(WAITS):
        log.info("message %s put off: %s", message.pk, reason)
        _settle(message, fate=Fate.PENDING, next_attempt_at=at + WAITS[message.attempts - 1], reason=reason)
        return
    log.error(
        "message %s failed: %s",
        message.pk,
        reason,
        exc_info=None if isinstance(error, (SMTPException, Stale, NoAddress)) else error,
    )
    _settle(message, fate=Fate.FAILED, failed_at=at, reason=reason)


def _in_words(error: Exception) -> str:
    """Return what the server said, for the person who will have to see to it."""
    match error:
        case SMTPRecipientsRefused():
            replies = error.recipients.values()
            return " ; ".join(f"{code} {_text(words)}" for code, words in replies)
        case SMTPResponseException():
            return f"{error.smtp_code} {_text(error.smtp_error)}"
        case Stale() | NoAddress():
            return str(error)
    return f"{type(error).__name__}: {error}"


def _text(reply: bytes | str) -> str:
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply


def _settle(message: Message, **columns: object) -> None:
    """End the claim and write what became of it."""
    if message.audience == Audience.ACCOUNT and columns["fate"] == Fate.SENT:
        columns |= {"text": "", "html": ""}  # its links open an account: they are nobody else's to read
    for column, value in columns.items():
        setattr(message, column, value)
    message.claimed_until = None
    message.save(update_fields=[*columns, "claimed_until"])


def report(message: Message, *, at: datetime) -> None:
    """Write a fate into the referral's history, once; what crashed in between, `Message.objects.to_record` finds."""
    if message.referral_id:
        left = message.fate == Fate.SENT
        when = message.sent_at if left else message.failed_at
        assert when is not None
        record_mail(
            message.referral_id,
            message_id=str(message.message_id),
            subject=message.subject,
            to_student=message.audience == Audience.STUDENT,
            left=left,
            at=when,
            limit_id=message.limit_id,
            reason="" if left else message.reason,
            strand=Strand(message.event.strand) if message.event else Strand.CASE,
        )
    Message.objects.filter(pk=message.pk, fate=message.fate).update(recorded_at=at)


def resend(message: Message, *, at: datetime) -> bool:
    """Try again now a mail that failed or waits, at the student's present address; False where it has left or is leaving.

    What it announces starts when it leaves.
    """
    to = message.referral.student.email if message.audience == Audience.STUDENT and message.referral else message.to
    idle = Message.objects.filter(pk=message.pk, claimed_until__isnull=True).exclude(fate=Fate.SENT)
    again = idle.update(to=to, fate=Fate.PENDING, next_attempt_at=at, attempts=0, failed_at=None, recorded_at=None)
    if again:
        transaction.on_commit(lambda: publish([message.key]), robust=True)
    return bool(again)
