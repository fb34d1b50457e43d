"""Who is told what: each kind of event and the mails it causes. Every kind is decided here; an empty tuple says « nobody »."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from referrals.models import Event, EventKind, Limit, Offer
from referrals.rules.states import Action, State

from .models import Audience


class Mail(NamedTuple):
    """One mail that an event causes.

    attached: it carries the letter the event wrote. announces: it tells the student of the limit the event started, and that
    limit does not run before it has left. each: the offers it is about, one mail for each; by default one mail, about the
    event's own offer. when: the events of this kind that cause it.
    """

    template: str
    to: Audience
    attached: bool = False
    announces: bool = False
    each: Callable[[Event], list[int]] | None = None
    when: Callable[[Event], bool] = lambda event: True


def sent_before_the_clock(event: Event) -> bool:
    return "limit" not in event.payload


def completes_the_offers(event: Event) -> bool:
    """The offer is the last of those the rules require, and starts the clock of all."""
    required = event.referral.rules.offers_required
    return "limit" in event.payload and event.payload["count"] == required and not has_own_limit(event)


def comes_later(event: Event) -> bool:
    return "limit" in event.payload and not completes_the_offers(event)


def has_own_limit(event: Event) -> bool:
    return Limit.objects.filter(pk=event.payload["limit"], offer__isnull=False).exists()


def starts_a_limit(event: Event) -> bool:
    return "limit" in event.payload


def starts_no_limit(event: Event) -> bool:
    return not starts_a_limit(event)


def exhausts(event: Event) -> bool:
    return event.payload.get("to") == State.EXHAUSTED


def goes_on(event: Event) -> bool:
    return not exhausts(event)


def was_sent(event: Event) -> bool:
    return event.payload["was_sent"]


def seats_released(event: Event) -> list[int]:
    return event.payload.get("released", [])


def seats_expired(event: Event) -> list[int]:
    return event.payload["offers"]


def own_seat(event: Event) -> list[int]:
    """The seat of the event's own offer; a reopened file has one only if a seat had been taken."""
    return [event.payload["offer"]] if "offer" in event.payload else []


STUDENT, INSTITUTION, OFFICE = Audience.STUDENT, Audience.INSTITUTION, Audience.OFFICE
SEAT_FREED = "institution_seat_freed"

CATALOGUE: dict[str, tuple[Mail, ...]] = {
    Action.FILE: (Mail("filed", STUDENT, attached=True),),
    Action.PROVE_LICENCE: (Mail("licence_proved", STUDENT),),
    Action.ADD_DOCUMENT: (),  # each page that takes a document shows it at once
    Action.REQUEST_DOCUMENTS: (Mail("documents_requested", STUDENT, announces=True),),
    Action.SUPPLY_DOCUMENTS: (Mail("office_documents_supplied", OFFICE),),
    Action.RESUME: (Mail("examination_resumed", STUDENT),),
    Action.LAPSE_REQUEST: (Mail("request_lapsed", STUDENT), Mail("office_request_lapsed", OFFICE)),
    Action.ASSIGN: (),  # between colleagues; their queue shows it
    Action.DECLARE_ADMISSIBLE: (Mail("admissible", STUDENT),),
    Action.DECLARE_INADMISSIBLE: (Mail("inadmissible", STUDENT, attached=True),),
    Action.WITHDRAW_DECISION: (Mail("decision_withdrawn", STUDENT),),
    Action.CONSULT: (Mail("institution_consulted", INSTITUTION),),
    Action.RECORD_AGREEMENT: (),  # the student hears of a seat when it is offered
    Action.RECORD_REFUSAL: (),  # the same; and the institution has just said so itself
    Action.LAPSE_CONSULTATION: (Mail("office_consultation_lapsed", OFFICE),),
    Action.SEND_OFFER: (
        Mail("offer_waiting", STUDENT, when=sent_before_the_clock),
        Mail("offers_complete", STUDENT, announces=True, when=completes_the_offers),
        Mail("offer_later", STUDENT, announces=True, when=comes_later),
    ),
    Action.RETRACT_OFFER: (
        Mail("offer_retracted", STUDENT, when=was_sent),
        Mail(SEAT_FREED, INSTITUTION, each=own_seat),
        Mail("office_exhausted", OFFICE, when=exhausts),
    ),
    Action.END_SEARCH: (
        Mail("search_ended", STUDENT, announces=True, when=starts_a_limit),
        Mail("search_ended_without_offer", STUDENT, when=starts_no_limit),
        Mail("office_exhausted", OFFICE, when=exhausts),
    ),
    Action.ACCEPT: (
        Mail("accepted", STUDENT),
        Mail("institution_seat_taken", INSTITUTION),
        Mail(SEAT_FREED, INSTITUTION, each=seats_released),
    ),
    Action.DECLINE: (
        Mail("declined", STUDENT, when=goes_on),
        Mail("exhausted", STUDENT, when=exhausts),
        Mail(SEAT_FREED, INSTITUTION, each=own_seat),
        Mail("office_exhausted", OFFICE, when=exhausts),
    ),
    Action.EXPIRE: (
        Mail("expired", STUDENT, when=goes_on),
        Mail("exhausted", STUDENT, when=exhausts),
        Mail(SEAT_FREED, INSTITUTION, each=seats_expired),
        Mail("office_exhausted", OFFICE, when=exhausts),
    ),
    Action.WITHDRAW: (Mail("withdrawn", STUDENT), Mail(SEAT_FREED, INSTITUTION, each=seats_released)),
    Action.SET_ADVISER_CONSENT: (),  # her own choice, and the page confirms it
    Action.CORRECT_FACTS: (Mail("facts_corrected", STUDENT),),
    Action.TRANSFER: (Mail("transferred", STUDENT),),
    Action.REOPEN: (Mail("reopened", STUDENT), Mail(SEAT_FREED, INSTITUTION, each=own_seat)),
    Action.CLOSE: (Mail("closed", STUDENT, attached=True), Mail(SEAT_FREED, INSTITUTION, each=seats_released)),
    EventKind.START: (),  # nothing is filed yet: the reminders speak of drafts
    EventKind.MAIL_SENT: (),  # a mail about a mail would never end
    EventKind.MAIL_FAILED: (),  # the same; the office's list of mails shows it
    EventKind.FIRST_READING: (),
    EventKind.MOVE_LIMIT: (Mail("limit_moved", STUDENT),),
}


def mails(event: Event) -> Iterator[tuple[Mail, Offer | None]]:
    """Yield the mails ``event`` causes, each with the offer it is about. Raises KeyError for a kind nobody has decided."""
    for mail in CATALOGUE[event.kind]:
        if not mail.when(event):
            continue
        if mail.each is None:
            yield mail, _offers([event.payload["offer"]])[0] if "offer" in event.payload else None
        else:
            for offer in _offers(mail.each(event)):
                yield mail, offer


def _offers(ids: list[int]) -> list[Offer]:
    return list(Offer.objects.filter(pk__in=ids).select_related("vacancy__programme__institution", "vacancy__programme__mention"))
