"""The student's answers, her withdrawal, and the end of the clock. The guard here is the law; Celery only makes it visible."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from vacancies import seats

from ..documents.letters import write_letter
from ..language import worded
from ..models import DocumentKind, Limit, LimitKind, LimitStatus, Offer, Referral
from ..rules.rule_sets import LAW
from ..rules.states import Action, OfferState, State
from ..rules.suitability import DeclineCause
from .limits import answer_limit, live_limit, local_date, settle
from .moving import By, Refused, Step, end_offer, moving, release_all

TOO_LATE = gettext_noop("Le délai pour répondre est passé : il courait jusqu’au %(day)s inclus.")


def accept(referral_id: int, *, offer_id: int, by: By, at: datetime) -> None:
    """Take this seat: the others are released, what is still being asked is cancelled, everybody is told.

    A certificate is written, for her enrolment. From now on the institution owes its word on it, by a date.
    Raises Refused after the limit, even where no worker has closed it yet.
    """
    with moving(Action.ACCEPT, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        if step.repeated:
            return
        offer = _in_time(step)
        limit = answer_limit(step.referral, offer)
        # Vacancies are locked in the order of their ids, whoever takes or frees: no two acceptances can wait for each other.
        others = step.referral.offers.holding().exclude(pk=offer.pk).select_related("vacancy")
        for held in sorted([*others, offer], key=lambda held: held.vacancy_id):
            if held == offer:
                seats.take(holder=offer.hold, by=step.by.in_ledger, at=at)
            else:
                end_offer(step, held, to=OfferState.RELEASED)
                step.payload.setdefault("released", []).append(held.pk)
        offer.state, offer.answered_at = OfferState.ACCEPTED, at
        offer.save()
        step.due_on = local_date(step.referral, at) + timedelta(days=step.referral.rules.enrolment_days)
        for live in step.referral.limits.live():
            settle(live, LimitStatus.MET if live == limit else LimitStatus.CANCELLED)
        certified = _certified(step.referral, offer) | {"confirmed_by": step.due_on.isoformat()}
        certificate = write_letter(step.referral, kind=DocumentKind.ACCEPTANCE, at=at, **certified)
        step.payload |= {"document": certificate.pk}


def _certified(referral: Referral, offer: Offer) -> dict[str, str]:
    """Return what a certificate says of who accepted what; days in ISO form, local to her académie."""
    vacancy, programme = offer.vacancy, offer.vacancy.programme
    assert offer.sent_at is not None, "an offer on the table was sent"
    assert offer.agreed_on is not None, "an offer on the table was agreed"
    taught = [vacancy.get_modality_display(), vacancy.get_attendance_display(), f"langue : {vacancy.get_language_display()}"]
    return {
        "birth_name": referral.birth_name if referral.usage_name else "",
        "birth_date": referral.birth_date.isoformat() if referral.birth_date else "",
        "ine": referral.ine,
        "offered_on": local_date(referral, offer.sent_at).isoformat(),
        "agreed_on": offer.agreed_on.isoformat(),
        "programme": programme.title,
        "institution": str(programme.institution),
        "place": ", ".join(filter(None, [programme.site, programme.town])),
        "taught": ", ".join(taught),
        "contact": ", ".join(filter(None, [vacancy.contact_email, vacancy.contact_phone])),
    }


def decline(
    referral_id: int, *, offer_id: int, reason: str, by: By, at: datetime, cause: DeclineCause = DeclineCause.OTHER
) -> None:
    """Say no to one offer; the others stand. When none is left and the search is over, the file is exhausted.

    cause: what keeps a machine from drafting the like of it.

    Raises Refused after the limit.
    """
    with moving(Action.DECLINE, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        if step.repeated:
            return
        offer = _in_time(step)
        offer.answered_at, offer.decline_reason, offer.decline_cause = at, reason, cause
        end_offer(step, offer, to=OfferState.DECLINED)
        for own in step.referral.limits.live().filter(offer=offer):
            settle(own, LimitStatus.MET)
        leave_the_table(step, common_ends=LimitStatus.MET)


def _in_time(step: Step) -> Offer:
    """Return the offer being answered.

    Raises Refused after its limit. One she was never told of does not run: its mail, once it leaves, starts it.
    """
    assert step.offer is not None
    limit = answer_limit(step.referral, step.offer)
    if limit is not None and limit.told_at is not None and step.at >= limit.ends_at:
        raise Refused("too_late", worded(TOO_LATE, {"day": f"{limit.last_day:%d/%m/%Y}"}), LAW)
    return step.offer


def expire(limit_id: int, *, by: By, at: datetime) -> None:
    """Nobody answered in time: what the limit governed is over, its seats are freed.

    Raises Refused while the limit runs, or while the student was never told of it: nobody's clock runs untold.
    """
    limit = Limit.objects.get(pk=limit_id)
    with moving(Action.EXPIRE, referral_id=limit.referral_id, by=by, at=at) as step:
        limit.refresh_from_db()
        step.repeated |= limit.status == LimitStatus.OVER
        if step.repeated:
            return
        if limit.status != LimitStatus.LIVE or at < limit.ends_at:
            raise Refused("not_over", "Ce délai n’est pas dépassé.")
        if limit.told_at is None:
            raise Refused("untold", "L’étudiant n’a pas été prévenu de ce délai.")
        settle(limit, LimitStatus.OVER)
        governed = _governed(limit).order_by("vacancy_id")
        step.payload |= {"limit": limit.pk, "offers": [offer.pk for offer in governed]}
        for offer in governed:
            end_offer(step, offer, to=OfferState.EXPIRED)
        leave_the_table(step, common_ends=LimitStatus.CANCELLED)


def _governed(limit: Limit):
    on_the_table = limit.referral.offers.on_the_table()
    if limit.offer_id:
        return on_the_table.filter(pk=limit.offer_id)
    own = limit.referral.limits.live().filter(kind=LimitKind.ANSWER, offer__isnull=False)
    return on_the_table.exclude(pk__in=own.values("offer"))


def leave_the_table(step: Step, *, common_ends: LimitStatus) -> None:
    """End the common limit once it governs no offer, and exhaust the file when nothing waits for an answer any more."""
    step.to = State(step.referral.state)
    common = live_limit(step.referral, LimitKind.ANSWER)
    if common and not _governed(common).exists():
        settle(common, common_ends)
    if step.to == State.OFFERED and not step.referral.offers.on_the_table().exists():
        step.to = State.EXHAUSTED


def withdraw(referral_id: int, *, reason: str, by: By, at: datetime) -> None:
    """The student gives up: what is being asked is cancelled, held seats are freed, institutions are told."""
    with moving(Action.WITHDRAW, referral_id=referral_id, by=by, at=at) as step:
        if step.repeated:
            return
        release_all(step)
        for live in step.referral.limits.live():
            settle(live, LimitStatus.CANCELLED)
        step.note = reason
