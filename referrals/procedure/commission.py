"""The regional commission (décret 2021-629): a session, its agenda, the minutes of each file, and the offers it decides."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from vacancies.models import AcademicRegion, Campaign

from ..models import Channel, CommissionCase, CommissionSession, Decision, Offer, Referral
from ..rules.states import MOVES, Action, OfferState, State
from .limits import local_date
from .moving import By, Refused, moving
from .offers import consult, record_agreement, send_offer


def call_session(
    *, campaign: Campaign, region: AcademicRegion, held_at: datetime, place: str, members: str, by: By, at: datetime
) -> CommissionSession:
    """Call a session, with every file on its agenda that is with the commission, the longest filed first.

    Raises Refused for somebody else's region.
    """
    if by.actor not in MOVES[Action.RECORD_MINUTES].actors or region.pk not in by.scope.regions:
        raise Refused("not_yours", "Cette action ne vous revient pas.")
    with transaction.atomic():
        session = CommissionSession.objects.create(
            campaign=campaign, region=region, held_at=held_at, place=place, members=members, by_name=by.name, created_at=at
        )
        complete_agenda(session)
    return session


def complete_agenda(session: CommissionSession) -> int:
    """Add the files that have come to the commission since; return how many. One that another session still has is left there."""
    with transaction.atomic():
        CommissionSession.objects.select_for_update(no_key=True).get(pk=session.pk)
        open_case = CommissionCase.objects.filter(referral=OuterRef("pk"), decision="")
        with_it = Referral.objects.filter(campaign=session.campaign_id, region=session.region_id, state=State.COMMISSION)
        new = list(with_it.filter(~Exists(open_case)).exclude(commission_cases__session=session).order_by("filed_at", "pk"))
        last = session.cases.aggregate(last=Max("rank"))["last"] or 0
        CommissionCase.objects.bulk_create(
            CommissionCase(session=session, referral=referral, rank=rank) for rank, referral in enumerate(new, start=last + 1)
        )
    return len(new)


def record_minutes(case_id: int, *, decision: Decision, minutes: str, by: By, at: datetime) -> None:
    """Put on record what the commission decided of a file, and why. Other minutes later take their place, and the history has both.

    Raises Refused where the file is with the commission no more.
    """
    case = CommissionCase.objects.select_related("session").get(pk=case_id)
    with moving(Action.RECORD_MINUTES, referral_id=case.referral_id, by=by, at=at) as step:
        case.refresh_from_db()
        step.repeated = (case.decision, case.minutes) == (decision, minutes)
        if step.repeated:
            return
        case.decision, case.minutes, case.decided_at, case.decided_by = decision, minutes, at, by.name
        case.save()
        step.payload |= {"session": case.session_id, "decision": decision}
        step.note = minutes


def offer_by_commission(case_id: int, *, vacancy_id: int, agreed_by: str, agreed_as: str, by: By, at: datetime) -> Offer:
    """Make the offer that the commission decided: the institution agrees in session, by the voice of its representative.

    Raises Refused as `consult` does; what was done before stands, and can be carried on from the file.
    """
    case = CommissionCase.objects.select_related("session", "referral__licence_academy").get(pk=case_id)
    reason = f"Décision de la commission régionale du {local_date(case.referral, case.session.held_at):%d/%m/%Y}"
    offer = consult(case.referral_id, vacancy_id=vacancy_id, by=by, at=at, reason=reason)
    if offer.state == OfferState.CONSULTING:  # no standing agreement has answered beforehand
        record_agreement(
            case.referral_id,
            offer_id=offer.pk,
            agreed_by=agreed_by,
            agreed_as=agreed_as,
            agreed_on=local_date(case.referral, at),
            through=Channel.MEETING,
            by=by,
            at=at,
        )
    send_offer(case.referral_id, offer_id=offer.pk, message="", by=by, at=at)
    return offer
