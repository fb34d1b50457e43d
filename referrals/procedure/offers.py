"""Finding a seat, asking the institution, and offering the seat to the student."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import uuid4

from django.db.models import Q
from django.utils.translation import gettext_noop

from vacancies import seats
from vacancies.models import Vacancy

from ..models import Channel, Draft, DraftState, LimitKind, LimitStatus, Offer, Referral, StandingAgreement
from ..rules.calendars import closed_in
from ..rules.deadlines import end_of_working_days
from ..rules.rule_sets import LAW, AnswerClock
from ..rules.states import HOLDING, TAKEN, Action, OfferState, State
from ..rules.suitability import ABSOLUTE, Obstacle
from ..wording_matching import OBSTACLES
from .answers import leave_the_table
from .limits import answer_days, live_limit, local_date, settle, start_limit
from .moving import By, Refused, Step, end_offer, moving
from .suiting import assessed, suits_at

THIRD_OFFER = gettext_noop("Réponse : à compter de la dernière des propositions dues, ou de la fin de la recherche")
EACH_OFFER = gettext_noop("Réponse à chaque proposition : à compter de son envoi")
LATER_OFFER = gettext_noop("Réponse à une proposition envoyée après les autres : à compter de son envoi")


def consult(referral_id: int, *, vacancy_id: int, by: By, at: datetime, reason: str = "", draft_id: int | None = None) -> Offer:
    """Hold a seat and ask its institution whether it would take the student; a standing agreement has answered beforehand.

    reason: why a seat that no machine would propose (see `referrals.rules.suitability.Obstacle`). draft_id: the draft of a run that
    becomes this offer; consulted already, it gives the offer that it has become.
    Raises Refused: a seat of another campaign, as many seats asked for as offers still due, an obstacle that nobody passes over,
    another one and no reason, no seat left.
    """
    with moving(Action.CONSULT, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        draft = draft_id and Draft.objects.select_for_update(of=("self",), no_key=True).get(pk=draft_id)
        if draft and draft.offer_id:
            step.repeated = True
            return referral.offers.get(pk=draft.offer_id)
        if draft and draft.state != DraftState.ORDERED:
            raise Refused("decided", "Cette proposition n’est plus à consulter.")
        vacancy = Vacancy.objects.select_related("programme__academy").get(pk=vacancy_id)
        if vacancy.campaign_id != referral.campaign_id:
            raise Refused("other_campaign", "Cette place appartient à une autre campagne.")
        _refuse_more_than_due(referral)
        ground, profile, assessment = assessed(referral, Vacancy.objects.filter(pk=vacancy_id))
        obstacles = assessment.obstacles_at(0)
        refuse_over(obstacles, reason=reason)
        step.offer = Offer(
            referral=referral,
            vacancy=vacancy,
            consulted_at=at,
            held_until=held_until(referral, vacancy, at),
            outside_table=Obstacle.OUTSIDE_TABLE in obstacles,
            consulted_because=reason,
            suits=suits_at(0, referral=referral, ground=ground, profile=profile, assessment=assessment),
        )
        step.note = reason
        step.payload |= {"vacancy": vacancy.pk}
        _rest_on_standing_agreement(step)
        _hold(step)
        if draft:
            draft.state, draft.offer = DraftState.CONSULTED, step.offer
            draft.save(update_fields=["state", "offer"])
    assert step.offer is not None
    return step.offer


def refuse_over(obstacles: Collection[Obstacle], *, reason: str) -> None:
    """Raise Refused where nobody passes over one of ``obstacles``, or somebody would without a reason."""
    for obstacle in obstacles:
        if obstacle in ABSOLUTE:
            raise Refused(obstacle, OBSTACLES[obstacle], LAW if obstacle == Obstacle.OUTSIDE_PERIMETER else "")
    if obstacles and not reason.strip():
        why = " ".join(OBSTACLES[obstacle] for obstacle in obstacles)
        raise Refused("needs_reason", f"{why} Dites pourquoi la proposer quand même.")


def still_due(referral: Referral) -> int:
    """Return how many more institutions may be asked now: as many as offers are due, less those being asked.

    Once all due were made, one at a time beyond them.
    """
    due = referral.rules.offers_required - referral.offers.counted().count()
    return max(due, 1) - referral.offers.asked().count()


def _refuse_more_than_due(referral: Referral) -> None:
    if still_due(referral) < 1:
        raise Refused(
            "enough_asked",
            "Autant de places sont déjà demandées qu’il reste de propositions à faire : attendez les réponses, ou retirez une "
            "demande.",
        )


def _rest_on_standing_agreement(step: Step) -> None:
    """Where a standing agreement covers the student and has a seat left, the offer is agreed at once."""
    offer = step.offer
    assert offer is not None
    day = step.at.astimezone(offer.vacancy.programme.academy.tz).date()
    licence = Q(licences__isnull=True) | Q(licences=step.referral.licence_mention_id)
    covering = StandingAgreement.objects.on(day).filter(licence, vacancy=offer.vacancy_id).distinct().values("pk")
    locked = StandingAgreement.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=covering).order_by("pk")
    for agreement in locked:
        if agreement.offers.filter(state__in=HOLDING | TAKEN).count() < agreement.seats:
            offer.standing = agreement
            offer.state = OfferState.AGREED
            offer.agreed_by, offer.agreed_as, offer.agreed_on = agreement.agreed_by, agreement.agreed_as, agreement.agreed_on
            offer.agreed_through = Channel.STANDING
            step.payload |= {"standing": agreement.pk}
            return


def held_until(referral: Referral, vacancy: Vacancy, at: datetime) -> datetime:
    """Return until when a seat asked for at ``at`` is held: a number of working days of the programme's own académie."""
    academy = vacancy.programme.academy
    return end_of_working_days(
        start=at.astimezone(academy.tz).date(),
        days=referral.rules.consultation_working_days,
        zone=academy.tz,
        closed=closed_in(academy.calendar),
    )


def _refuse_a_second(referral: Referral, vacancy: Vacancy) -> None:
    """Raise Refused where another seat of this programme, of whatever modality, is already on its way to the student."""
    if referral.offers.filter(vacancy__programme=vacancy.programme_id, state__in=HOLDING | TAKEN).exists():
        raise Refused(Obstacle.ON_ITS_WAY, OBSTACLES[Obstacle.ON_ITS_WAY])


def _hold(step: Step) -> None:
    """Hold the offer's seat and save the offer.

    Raises Refused.
    """
    offer = step.offer
    assert offer is not None
    try:
        seats.hold(vacancy_id=offer.vacancy_id, holder=offer.hold, by=step.by.in_ledger, at=step.at)
    except seats.NoSeatLeft:
        raise Refused("no_seat", "Il ne reste plus de place dans cette formation.") from None
    offer.save()


def record_agreement(
    referral_id: int, *, offer_id: int, agreed_by: str, agreed_as: str, agreed_on: date, through: Channel, by: By, at: datetime
) -> None:
    """Put the institution's yes on record: who, in what capacity, when, by which channel. A late yes takes a new hold.

    Raises Refused: a date before the consultation or in the future, no seat left.
    """
    with moving(Action.RECORD_AGREEMENT, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        offer, referral = step.offer, step.referral
        assert offer is not None
        if not local_date(referral, offer.consulted_at) <= agreed_on <= local_date(referral, at):
            raise Refused("agreement_date", "La date de l’accord doit être comprise entre la consultation et aujourd’hui.")
        late = offer.state == OfferState.UNANSWERED
        offer.agreed_by, offer.agreed_as, offer.agreed_on, offer.agreed_through = agreed_by, agreed_as, agreed_on, through
        offer.state = OfferState.AGREED
        offer.held_until = held_until(referral, offer.vacancy, at)
        if late:
            _refuse_more_than_due(referral)
            _refuse_a_second(referral, offer.vacancy)
            offer.hold = uuid4()
            _hold(step)
        offer.save()
        step.payload |= {"agreed_on": agreed_on.isoformat(), "through": through}


def record_refusal(referral_id: int, *, offer_id: int, reason: str, by: By, at: datetime) -> None:
    """Put the institution's no on record, and free the seat."""
    with moving(Action.RECORD_REFUSAL, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        offer = step.offer
        assert offer is not None
        offer.refusal_reason = reason
        if offer.state == OfferState.CONSULTING:
            end_offer(step, offer, to=OfferState.REFUSED)
        else:  # its hold has lapsed: no seat to free
            offer.state = OfferState.REFUSED
            offer.save()


def record_condition(referral_id: int, *, offer_id: int, condition: str, by: By, at: datetime) -> None:
    """Put on record a yes that depends on something, a test or an interview: it is not an agreement, and the clock runs on."""
    with moving(Action.RECORD_CONDITION, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        assert step.offer is not None
        step.repeated = step.offer.condition == condition
        if step.repeated:
            return
        step.offer.condition = step.note = condition
        step.offer.save()


def delegate(referral_id: int, *, offer_id: int, to: str, by: By, at: datetime) -> None:
    """Let a colleague of the institution answer in its stead, by the link that a mail to ``to`` holds."""
    with moving(Action.DELEGATE, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        assert step.offer is not None
        step.repeated = step.offer.delegated_to == to
        if step.repeated:
            return
        step.offer.delegated_to = step.note = to
        step.offer.save()


def lapse_consultation(referral_id: int, *, offer_id: int, by: By, at: datetime) -> None:
    """The institution kept silent until the hold ended: silence is never agreement, the seat is freed."""
    with moving(Action.LAPSE_CONSULTATION, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        if step.repeated:
            return
        assert step.offer is not None
        if at < step.offer.held_until:
            raise Refused("not_over", "La place est encore réservée.")
        end_offer(step, step.offer, to=OfferState.UNANSWERED)


def send_offer(referral_id: int, *, offer_id: int, message: str, by: By, at: datetime) -> None:
    """Send an agreed offer. By the campaign's rules the answer clock starts with the last offer due, or with each by itself.

    An offer sent after the common clock has started has its own in any case.
    """
    with moving(Action.SEND_OFFER, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        if step.repeated:
            return
        offer, referral = step.offer, step.referral
        assert offer is not None
        offer.state, offer.sent_at, offer.message = OfferState.SENT, at, message
        offer.save()
        count = referral.offers.counted().count()
        is_last_due = count >= referral.rules.offers_required or referral.state != State.ADMISSIBLE
        step.to = State.OFFERED if is_last_due else State.ADMISSIBLE
        if referral.rules.answer_clock == AnswerClock.EACH_OFFER:
            _start_answer_limit(step, rule=EACH_OFFER, offer=offer)
        elif live_limit(referral, LimitKind.ANSWER):
            _start_answer_limit(step, rule=LATER_OFFER, offer=offer)
        elif is_last_due:
            _start_answer_limit(step, rule=THIRD_OFFER)
        step.payload |= {"count": count}


def _start_answer_limit(step: Step, *, rule: str, offer: Offer | None = None) -> None:
    limit = start_limit(
        step.referral,
        kind=LimitKind.ANSWER,
        start=local_date(step.referral, step.at),
        days=answer_days(step.referral),
        rule=rule,
        at=step.at,
        offer=offer,
    )
    step.payload |= {"limit": limit.pk}


def retract_offer(referral_id: int, *, offer_id: int, ground: str, by: By, at: datetime) -> None:
    """Take an offer back, on a ground the student is told. It no longer counts: the common clock stops if too few are left.

    One she has accepted gives its seat back, and the search for another begins again.
    """
    with moving(Action.RETRACT_OFFER, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        offer, referral = step.offer, step.referral
        assert offer is not None
        was_sent, was_accepted = offer.state == OfferState.SENT, offer.state == OfferState.ACCEPTED
        end_offer(step, offer, to=OfferState.RETRACTED)
        step.note = ground
        step.payload |= {"was_sent": was_sent or was_accepted, "was_accepted": was_accepted}
        if was_accepted:
            referral.search_ended_at = None
            return
        step.to = State(referral.state)
        if not was_sent:
            return
        for limit in referral.limits.live().filter(kind=LimitKind.ANSWER, offer=offer):
            settle(limit, LimitStatus.CANCELLED)
        too_few = referral.offers.counted().count() < referral.rules.offers_required and referral.search_ended_at is None
        if referral.state == State.OFFERED and too_few:
            if common := live_limit(referral, LimitKind.ANSWER):
                settle(common, LimitStatus.CANCELLED)
            step.to = State.ADMISSIBLE
        else:
            leave_the_table(step, common_ends=LimitStatus.CANCELLED)


def end_search(referral_id: int, *, reason: str, by: By, at: datetime) -> None:
    """No further seat will come: say why, and start the clock of the offers on the table; with none the file is exhausted.

    Raises Refused while institutions are still being asked, or agreed offers wait to be sent.
    """
    with moving(Action.END_SEARCH, referral_id=referral_id, by=by, at=at) as step:
        if step.referral.offers.asked().exists():
            raise Refused(
                "still_asked",
                "Des établissements sont encore consultés, ou des accords attendent d’être proposés : concluez-les d’abord.",
            )
        step.referral.search_ended_at = at
        step.note = reason
        waiting = step.referral.offers.on_the_table().exists()
        step.to = State.OFFERED if waiting else State.EXHAUSTED
        if waiting and step.referral.rules.answer_clock != AnswerClock.EACH_OFFER:
            _start_answer_limit(step, rule=THIRD_OFFER)
