"""After the acceptance: what the institution says of the enrolment. A lost one gives the seat back, and may reopen the search."""

from datetime import date, datetime

from ..models import Enrolment
from ..rules.states import Action, OfferState, State
from .limits import health_stands, local_date
from .moving import By, Refused, Step, end_offer, moving


def record_enrolment(referral_id: int, *, offer_id: int, on: date, by: By, at: datetime) -> None:
    """The student is enrolled since ``on``, a local day that has come.

    Raises Refused for a day before the acceptance or still to come.
    """
    with moving(Action.RECORD_ENROLMENT, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        if step.repeated:
            return
        _note(step, Enrolment.ENROLLED, on)
        assert step.offer is not None
        step.offer.state = OfferState.ENROLLED
        step.offer.save()


def record_no_enrolment(referral_id: int, *, offer_id: int, outcome: Enrolment, on: date, note: str, by: By, at: datetime) -> None:
    """There is no enrolment: the seat is given back. Where the institution refused it, the search is taken up again at once.

    Raises Refused as `record_enrolment`; and for the institution's refusal where the rector decides (art. D. 612-36-3-1).
    """
    with moving(Action.RECORD_NO_ENROLMENT, referral_id=referral_id, offer_id=offer_id, by=by, at=at) as step:
        refused = outcome == Enrolment.REFUSED
        if refused and health_stands(step.referral):
            raise Refused("rector_decides", "Pour ce dossier, l’inscription est décidée par la rectrice ou le recteur.")
        _note(step, outcome, on)
        assert step.offer is not None
        end_offer(step, step.offer, to=OfferState.LOST)
        step.note = note
        step.to = State.ADMISSIBLE if refused else State.NOT_ENROLLED
        step.referral.search_ended_at = None
        step.due_on = local_date(step.referral, at)


def _note(step: Step, outcome: Enrolment, on: date) -> None:
    offer = step.offer
    assert offer is not None
    assert offer.answered_at is not None
    if not local_date(step.referral, offer.answered_at) <= on <= local_date(step.referral, step.at):
        raise Refused("enrolment_date", "La date doit être comprise entre l’acceptation et aujourd’hui.")
    offer.enrolment, offer.enrolment_on = outcome, on
    step.payload |= {"enrolment": outcome, "on": on.isoformat()}
