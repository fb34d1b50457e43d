"""Hears that events were recorded, and adds the mails they cause to the same transaction."""

from typing import Any

from django.dispatch import receiver

from referrals.models import Event, Offer, Referral
from referrals.signals import event_recorded

from . import catalogue, facts, outbox
from .catalogue import Mail
from .models import Audience, Message
from .writing import compose


@receiver(event_recorded, dispatch_uid="notifications.write_mails")
def write_mails(*, event: Event, **kwargs: Any) -> None:
    """Write every mail the catalogue wants for ``event``. They live and die with the transaction that recorded it."""
    known: dict[str, Any] = {}
    messages = []
    for mail, offer in catalogue.mails(event):
        to = recipient(mail.to, referral=event.referral, offer=offer)
        if not to:
            continue
        known = known or facts.about(event.referral) | facts.of_event(event)
        messages.append(_message(event, mail, offer, to=to, known=known))
    if messages:
        outbox.post(messages)


def recipient(audience: str, *, referral: Referral, offer: Offer | None) -> str:
    """Return the address to write to; empty where there is nobody: no caseworker yet, no contact for this programme."""
    match audience:
        case Audience.STUDENT:
            return referral.student.email
        case Audience.INSTITUTION:
            return offer.vacancy.contact_email if offer else ""
        case Audience.OFFICE:
            return referral.assigned_to.email if referral.assigned_to else ""
    raise ValueError(f"no mail of a referral goes to {audience}")


def _message(event: Event, mail: Mail, offer: Offer | None, *, to: str, known: dict[str, Any]) -> Message:
    words = compose(mail.template, known | {"offer": offer})
    answers = known["caseworker"] if mail.to == Audience.INSTITUTION else None
    return Message(
        key=f"event:{event.pk}:{mail.template}:{offer.pk if offer else ''}:{to}"[:200],
        template=mail.template,
        referral=event.referral,
        event=event,
        limit_id=event.payload["limit"] if mail.announces else None,
        audience=mail.to,
        to=to,
        reply_to=answers.email if answers else "",
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachment_id=event.payload["document"] if mail.attached else None,
        created_at=event.at,
        next_attempt_at=event.at,
    )
