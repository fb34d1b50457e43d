"""Hears that events were recorded, and adds the mails they cause to the same transaction."""

from datetime import date
from typing import Any

from django.dispatch import receiver
from django.utils.timezone import localdate

from referrals.answering import answering_for
from referrals.language import Language
from referrals.models import Event, Offer, Post, Referral, Role, User
from referrals.models.people import ACTOR_OF_ROLE
from referrals.presence import in_charge
from referrals.signals import events_recorded

from . import catalogue, facts, outbox
from .catalogue import Mail
from .models import Audience, Message
from .writing import Words, compose

MANY = 100
"""Events recorded together beyond which mails to students get their words when they are sent: so many files, all locked, do not
wait for so many texts."""

HERS = (Audience.STUDENT, Audience.FORMER)
"""Mails to the student herself, in her language; all others are French."""


@receiver(events_recorded, dispatch_uid="notifications.write_mails")
def write_mails(*, events: list[Event], **kwargs: Any) -> None:
    """Write every mail the catalogue wants for ``events``. They live and die with the transaction that recorded them."""
    limits = facts.LimitsOf(events)
    many = len(events) > MANY
    if messages := [message for event in events for message in _messages(event, limits, many=many)]:
        outbox.post(messages)


def _messages(event: Event, limits: facts.LimitsOf, *, many: bool) -> list[Message]:
    known: dict[str, Any] = {}
    messages = []
    for mail, offer in catalogue.mails(event):
        later = many and mail.to == Audience.STUDENT and offer is None
        for to in recipients(mail.to, event=event, offer=offer):
            if not later:
                known = known or facts.about(event.referral) | facts.of_event(event, limits)
            messages.append(_message(event, mail, offer, to=to, known={} if later else known))
    return messages


def recipients(audience: str, *, event: Event, offer: Offer | None) -> list[str]:
    """Return the addresses to write to; none where there is nobody: no caseworker yet, no contact for this programme."""
    referral = event.referral
    match audience:
        case Audience.STUDENT:
            return [referral.student.email]
        case Audience.INSTITUTION:
            return answering_for(offer, on=localdate(event.at)) if offer else []
        case Audience.DELEGATE:
            return [offer.delegated_to] if offer else []
        case Audience.OFFICE:
            acting = in_charge(referral, on=localdate(event.at))
            return [acting.email] if acting else []
        case Audience.SIGNATORY:
            return signatories(event)
        case Audience.HEAD:
            return [referral.escalated_to.email] if referral.escalated_to else []
        case Audience.FORMER:
            return [event.note.splitlines()[0]]
        case Audience.MEDICAL:
            return medical_advisers(referral, on=localdate(event.at))
    raise ValueError(f"no mail of a referral goes to {audience}")


def signatories(event: Event) -> list[str]:
    """Return the addresses of those who may sign in the region that day, but for who has just acted: she knows.

    Nobody signs what concerns herself.
    """
    held = Post.objects.on(localdate(event.at)).filter(role__in=ACTOR_OF_ROLE, regions=event.referral.region)
    posts = held.exclude(delegation="")
    signing = User.objects.filter(is_active=True, posts__in=posts).exclude(pk__in=[event.user_id_then, event.referral.student_id])
    return list(signing.distinct().order_by("email").values_list("email", flat=True))


def medical_advisers(referral: Referral, *, on: date) -> list[str]:
    """Return the addresses of those who advise the rector of the referral's region that day; none is written to of herself."""
    posts = Post.objects.on(on).filter(role=Role.MEDICAL, regions=referral.region)
    advisers = User.objects.filter(is_active=True, posts__in=posts).exclude(pk=referral.student_id)
    return list(advisers.distinct().order_by("email").values_list("email", flat=True))


def _message(event: Event, mail: Mail, offer: Offer | None, *, to: str, known: dict[str, Any]) -> Message:
    """Return the mail, not saved. Where nothing is known of its cause yet, its words come when it is sent."""
    language = Language(event.referral.student.language) if mail.to in HERS else Language.FRENCH
    later = Words(subject=event.get_kind_display(), text="", html="", language=Language.FRENCH)
    words = compose(mail.template, known | {"offer": offer}, language=language) if known else later
    answers = known["caseworker"] if mail.to in (Audience.INSTITUTION, Audience.DELEGATE) else None
    return Message(
        key=f"event:{event.pk}:{mail.template}:{offer.pk if offer else ''}:{to}"[:200],
        template=mail.template,
        referral=event.referral,
        event=event,
        limit_id=catalogue.announced(event) if mail.announces else None,
        audience=mail.to,
        to=to,
        reply_to=answers.email if answers else "",
        subject=words.subject,
        text=words.text,
        html=words.html,
        language=words.language,
        attachment_id=event.payload["document"] if mail.attached else None,
        created_at=event.at,
        next_attempt_at=event.at,
    )
