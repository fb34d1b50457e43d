"""Finding a seat, asking the institution, and offering the seat to the student."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from vacancies import seats
from vacancies.mergers import family
from vacancies.models import Vacancy
from vacancies.search import outside_table

from ..models import Answer, Channel, LimitKind, LimitStatus, Offer, Referral
from ..rules.rule_sets import LAW, AnswerClock
from ..rules.states import HOLDING, Action, OfferState, State
from .answers import leave_the_table
from .limits import answer_days, health_stands, live_limit, local_date, settle, start_limit
from .moving import By, Refused, Step, end_offer, moving

THIRD_OFFER = "Réponse : à compter de la dernière des propositions dues, ou de la fin de la recherche"
EACH_OFFER = "Réponse à chaque proposition : à compter de son envoi"
LATER_OFFER = "Réponse à une proposition envoyée après les autres : à compter de son envoi"


def consult(referral_id: int, *, vacancy_id: int, by: By, at: datetime, reason: str = "") -> Offer:
    """Hold a seat and ask its institution whether it would take the student.

    reason: why a programme that has already refused her, or that the campaign's table of compatibility does not have for her.
    Raises Refused: no seat left, a seat of another campaign or outside the perimeter, a programme already being proposed to her,
    one of those two and no reason.
    """
    with moving(Action.CONSULT, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        vacancy = Vacancy.objects.select_related("programme__academy", "programme__institution", "programme__mention").get(
            pk=vacancy_id
        )
        if vacancy.campaign_id != referral.campaign_id:
            raise Refused("other_campaign", "Cette place appartient à une autre campagne.")
        if not referral.rules.nationwide and vacancy.programme.academy.region_id != referral.region_id:
            raise Refused("outside_region", "Cette place n’est pas dans la région académique.", LAW)
        _refuse_a_second(referral, vacancy)
        if not reason.strip() and has_refused(referral, vacancy) and not health_stands(referral):
            raise Refused("refused_before", "Cette formation a déjà refusé cet étudiant : dites pourquoi la solliciter de nouveau.")
        outside = outside_table(campaign=referral.campaign, licence=referral.licence_mention, programme=vacancy.programme)
        if outside and not reason.strip():
            raise Refused(
                "outside_table",
                f"La table de compatibilité de la campagne n’a pas « {vacancy.programme.mention} » pour la licence "
                f"« {referral.licence_mention} » : dites pourquoi proposer cette formation.",
            )
        step.offer = Offer(referral=referral, vacancy=vacancy, consulted_at=at, held_until=_held_until(referral, at))
        step.offer.outside_table = outside
        step.offer.consulted_because = step.note = reason
        _hold(step)
        step.payload |= {"vacancy": vacancy.pk}
    assert step.offer is not None
    return step.offer


def has_refused(referral: Referral, vacancy: Vacancy) -> bool:
    """Whether the student says that this mention of this institution, or of one merged with it, refused her."""
    programme = vacancy.programme
    institutions = family([programme.institution_id])
    refused = referral.applications.filter(answer__in=(Answer.EXPRESS, Answer.IMPLIED), mention=programme.mention_id)
    return refused.filter(institution__in=institutions).exists()


def _refuse_a_second(referral: Referral, vacancy: Vacancy) -> None:
    """Raise Refused where a seat of this programme, of whatever modality, is already on its way to the student."""
    if referral.offers.filter(vacancy__programme=vacancy.programme_id, state__in=HOLDING | {OfferState.ACCEPTED}).exists():
        raise Refused("already_proposed", "Cette place est déjà en cours de proposition à cet étudiant.")


def _held_until(referral: Referral, at: datetime) -> datetime:
    return at + timedelta(days=referral.rules.consultation_days)


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
        offer.held_until = _held_until(referral, at)
        if late:
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
    """Take an offer back, on a ground the student is told. It no longer counts: the common clock stops if too few are left."""
    with moving(Action.RETRACT_OFFER, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        offer, referral = step.offer, step.referral
        assert offer is not None
        was_sent = offer.state == OfferState.SENT
        end_offer(step, offer, to=OfferState.RETRACTED)
        step.to = State(referral.state)
        step.note = ground
        step.payload |= {"was_sent": was_sent}
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
