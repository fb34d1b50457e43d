"""Who is told what: each kind of event and the mails it causes. Every kind is decided here; an empty tuple says « nobody »."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from referrals.models import Enrolment, Event, EventKind, Limit, LimitKind, Offer
from referrals.rules.rule_sets import AnswerClock
from referrals.rules.states import Action, Actor, State

from .models import Audience


class Mail(NamedTuple):
    """One mail that an event causes.

    attached: it carries the letter the event wrote. announces: it tells the student of the limit the event started or moved, and
    that limit does not run before it has left. each: the offers it is about, one mail for each; by default one mail, about the
    event's own offer. when: the events of this kind that cause it.
    """

    template: str
    to: Audience
    attached: bool = False
    announces: bool = False
    each: Callable[[Event], list[int]] | None = None
    when: Callable[[Event], bool] = lambda event: True


def starts_a_limit(event: Event) -> bool:
    return "limit" in event.payload


def starts_no_limit(event: Event) -> bool:
    return not starts_a_limit(event)


def has_its_own_clock(event: Event) -> bool:
    """By the rules of the campaign each offer starts a clock for itself alone."""
    return event.referral.rules.answer_clock == AnswerClock.EACH_OFFER


def completes_the_offers(event: Event) -> bool:
    """The offer is the last of those the rules require, and starts the clock of all."""
    if has_its_own_clock(event) or event.payload["count"] != event.referral.rules.offers_required:
        return False
    return starts_a_limit(event) and Limit.objects.get(pk=event.payload["limit"]).offer_id is None


def comes_later(event: Event) -> bool:
    """The common clock has started without it, or starts outside the count: after the search, before the commission."""
    return starts_a_limit(event) and not has_its_own_clock(event) and not completes_the_offers(event)


def leaves_limits_as_they_are(event: Event) -> bool:
    """The search ends, and each offer on the table has had its own limit from the first day."""
    return event.payload["to"] == State.OFFERED and starts_no_limit(event)


def exhausts(event: Event) -> bool:
    return event.payload.get("to") == State.EXHAUSTED


def goes_on(event: Event) -> bool:
    return not exhausts(event)


def is_hers(event: Event) -> bool:
    return event.actor == Actor.STUDENT


def is_the_institutions(event: Event) -> bool:
    """The institution itself acted: in its own screen, or by the link of a mail. The office knows what it has written down."""
    return event.actor == Actor.INSTITUTION


def was_refused(event: Event) -> bool:
    """The institution refuses the enrolment; otherwise she did not come for it."""
    return event.payload["enrolment"] == Enrolment.REFUSED


def was_missed(event: Event) -> bool:
    return not was_refused(event)


def was_sent(event: Event) -> bool:
    return event.payload["was_sent"]


def seats_released(event: Event) -> list[int]:
    return event.payload.get("released", [])


def seats_expired(event: Event) -> list[int]:
    return event.payload["offers"]


def seats_held_again(event: Event) -> list[int]:
    return event.payload.get("revived", [])


def is_filed(event: Event) -> bool:
    return not is_a_draft(event)


def is_a_draft(event: Event) -> bool:
    return event.referral.is_draft


def comes_after_an_opinion(event: Event) -> bool:
    return event.payload["after_opinion"]


def own_seat(event: Event) -> list[int]:
    """The seat of the event's own offer; a reopened file has one only if a seat had been taken."""
    return [event.payload["offer"]] if "offer" in event.payload else []


STUDENT, INSTITUTION, OFFICE, MEDICAL = Audience.STUDENT, Audience.INSTITUTION, Audience.OFFICE, Audience.MEDICAL
SIGNATORY, HEAD, FORMER, DELEGATE = Audience.SIGNATORY, Audience.HEAD, Audience.FORMER, Audience.DELEGATE
SEAT_FREED = "institution_seat_freed"

CATALOGUE: dict[str, tuple[Mail, ...]] = {
    Action.FILE: (Mail("filed", STUDENT, attached=True),),
    Action.PROVE_LICENCE: (Mail("licence_proved", STUDENT),),
    Action.POSTPONE_LICENCE: (Mail("licence_postponed", STUDENT), Mail("office_licence_postponed", OFFICE, when=is_hers)),
    Action.REPORT_FAILURE: (Mail("failure_reported", STUDENT), Mail("office_failure_reported", OFFICE)),
    Action.CHOOSE_LICENCE: (Mail("licence_chosen", STUDENT, announces=True),),
    Action.ADD_DOCUMENT: (),  # each page that takes a document shows it at once
    Action.REQUEST_DOCUMENTS: (Mail("documents_requested", STUDENT, announces=True),),
    Action.SUPPLY_DOCUMENTS: (Mail("office_documents_supplied", OFFICE),),
    Action.RESUME: (Mail("examination_resumed", STUDENT),),
    Action.LAPSE_REQUEST: (Mail("request_lapsed", STUDENT), Mail("office_request_lapsed", OFFICE)),
    Action.REVIEW: (),  # the check is told by what comes of it
    Action.ASSIGN: (),  # between colleagues; their queue shows it
    Action.DECLARE_ADMISSIBLE: (Mail("admissible", STUDENT),),
    Action.PREPARE_DECISION: (Mail("office_decision_prepared", SIGNATORY),),  # nothing is decided: the student hears nothing
    Action.DECLARE_INADMISSIBLE: (Mail("inadmissible", STUDENT, attached=True),),
    Action.WITHDRAW_DECISION: (Mail("decision_withdrawn", STUDENT),),
    Action.CONSULT: (),  # the mail of the day asks an address for all that waits for it: `notifications.consultations`
    Action.RECORD_AGREEMENT: (Mail("office_institution_agreed", OFFICE, when=is_the_institutions),),  # she hears of an offer
    Action.RECORD_REFUSAL: (Mail("office_institution_refused", OFFICE, when=is_the_institutions),),  # her timeline says it
    Action.RECORD_CONDITION: (Mail("office_institution_condition", OFFICE, when=is_the_institutions),),
    Action.DELEGATE: (Mail("institution_delegated", DELEGATE),),
    Action.LAPSE_CONSULTATION: (Mail("office_consultation_lapsed", OFFICE),),
    Action.SEND_OFFER: (
        Mail("offer_waiting", STUDENT, when=starts_no_limit),
        Mail("offers_complete", STUDENT, announces=True, when=completes_the_offers),
        Mail("offer_later", STUDENT, announces=True, when=comes_later),
        Mail("offer_with_its_limit", STUDENT, announces=True, when=has_its_own_clock),
    ),
    Action.RETRACT_OFFER: (
        Mail("offer_retracted", STUDENT, when=was_sent),
        Mail(SEAT_FREED, INSTITUTION, each=own_seat),
        Mail("office_exhausted", OFFICE, when=exhausts),
    ),
    Action.END_SEARCH: (
        Mail("search_ended", STUDENT, announces=True, when=starts_a_limit),
        Mail("search_ended_limits_stand", STUDENT, when=leaves_limits_as_they_are),
        Mail("search_ended_without_offer", STUDENT, when=exhausts),
        Mail("office_exhausted", OFFICE, when=exhausts),
    ),
    Action.ESCALATE: (Mail("office_escalated", HEAD),),
    Action.REFER_TO_COMMISSION: (Mail("commission", STUDENT),),
    Action.RECORD_MINUTES: (),  # what the commission decides is told by the offers, or by the decision, that come of it
    Action.ACCEPT: (
        Mail("accepted", STUDENT, attached=True),
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
    Action.EXTEND: (
        Mail("limit_extended", STUDENT, announces=True, when=is_filed),
        Mail("limit_extended", STUDENT, when=is_a_draft),  # a filing limit runs from her own dates, whenever the mail leaves
        Mail("institution_seat_held_again", INSTITUTION, each=seats_held_again),
    ),
    Action.RESTART_LIMIT: (Mail("limit_restarted", STUDENT),),
    Action.RECORD_CONTACT: (),  # she was there
    Action.WRITE_NOTE: (),  # between colleagues
    Action.WRITE_TO_STUDENT: (Mail("message_from_office", STUDENT),),
    Action.WRITE_TO_OFFICE: (Mail("office_message", OFFICE),),
    Action.SEND_LETTER: (Mail("letter_sent", STUDENT, attached=True),),
    Action.ADVISE_STUDENT: (Mail("message_from_adviser", STUDENT),),
    Action.ADVISE_OFFICE: (Mail("office_advice", OFFICE),),
    Action.GIVE_MANDATE: (Mail("mandate_given", STUDENT),),
    Action.END_MANDATE: (Mail("mandate_ended", STUDENT),),
    Action.RECORD_ENROLMENT: (Mail("enrolled", STUDENT),),
    Action.RECORD_NO_ENROLMENT: (
        Mail("enrolment_refused", STUDENT, when=was_refused),
        Mail("enrolment_missed", STUDENT, when=was_missed),
        Mail(SEAT_FREED, INSTITUTION, each=own_seat),
    ),
    Action.WITHDRAW: (Mail("withdrawn", STUDENT), Mail(SEAT_FREED, INSTITUTION, each=seats_released)),
    Action.SET_ADVISER_CONSENT: (),  # her own choice, and the page confirms it
    Action.CORRECT_FACTS: (Mail("facts_corrected", STUDENT, announces=True),),
    Action.CORRECT_APPLICATION: (Mail("facts_corrected", STUDENT, announces=True),),
    Action.TRANSFER: (Mail("transferred", STUDENT),),
    Action.ABSORB: (Mail("absorbed", STUDENT),),
    Action.MERGE: (Mail("merged", STUDENT),),
    Action.FREEZE_ACCOUNT: (Mail("account_frozen", STUDENT),),
    Action.THAW_ACCOUNT: (Mail("account_thawed", STUDENT),),
    Action.CHANGE_ADDRESS: (Mail("address_changed", STUDENT), Mail("address_no_longer", FORMER)),
    Action.REOPEN: (Mail("reopened", STUDENT), Mail(SEAT_FREED, INSTITUTION, each=own_seat)),
    Action.CLOSE: (Mail("closed", STUDENT, attached=True), Mail(SEAT_FREED, INSTITUTION, each=seats_released)),
    EventKind.START: (),  # nothing is filed yet: the reminders speak of drafts
    EventKind.MAIL_SENT: (),  # a mail about a mail would never end
    EventKind.MAIL_FAILED: (),  # the same; the office's list of mails shows it
    EventKind.FIRST_READING: (),
    EventKind.MOVE_LIMIT: (Mail("limit_moved", STUDENT),),
    EventKind.HEALTH_REQUEST: (Mail("request_waiting", MEDICAL),),
    EventKind.HEALTH_DOCUMENT: (Mail("request_waiting", MEDICAL, when=comes_after_an_opinion),),
    EventKind.HELP_DRAFT: (),  # the draft says so, on every page
    EventKind.HEALTH_OPINION: (Mail("message_waiting", STUDENT),),
    EventKind.HEALTH_END: (),  # her own choice, and the page confirms it
    EventKind.HEALTH_READING: (),  # her page shows it
    EventKind.FILE_BLOCKED: (Mail("file_blocked", STUDENT),),
    EventKind.HEALTH_FILE_BLOCKED: (Mail("message_waiting", STUDENT),),
}


def announced(event: Event) -> int | None:
    """Return the limit that a mail about ``event`` tells of: the one it started, or one it moved before the student was told."""
    if starts_a_limit(event):
        return event.payload["limit"]
    moved = [later for _, later in event.payload.get("moved", [])]
    untold = Limit.objects.live().filter(pk__in=moved, told_at__isnull=True).exclude(kind=LimitKind.FILING)
    return untold.values_list("pk", flat=True).first()


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
    if not ids:
        return []  # thousands of events at once name none
    programme = ("vacancy__programme__institution", "vacancy__programme__mention", "vacancy__programme__academy")
    return list(Offer.objects.filter(pk__in=ids).select_related(*programme))
