"""What a person does with the drafts of a run: set aside, moved to another seat, consulted. A machine does none of it."""

from collections.abc import Collection
from datetime import datetime

from celery import current_app
from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from vacancies.models import Vacancy

from ..models import Draft, DraftState, MatchingRun
from ..models.offer import Offer
from ..rules.states import MOVES, Action
from .moving import By, Refused, transacting
from .offers import consult, refuse_over
from .suiting import assessed, suits_at


def refuse_draft(draft_id: int, *, reason: str, by: By, at: datetime) -> None:
    """Set a draft aside.

    Raises Refused without a reason, and once it was decided.
    """
    if not reason.strip():
        raise Refused("no_reason", "Dites pourquoi cette proposition est écartée.")
    with transacting():
        draft = _to_review(draft_id, by=by)
        _decide(draft, DraftState.REFUSED, by=by, at=at, reason=reason)


def move_draft(draft_id: int, *, vacancy_id: int, reason: str, by: By, at: datetime) -> None:
    """Put another seat in the place of the one the run found.

    Raises Refused for a seat nobody may propose to the student, for one no machine would and no reason, for one of a programme that
    another draft of the run proposes to her, and once the draft was decided.
    """
    with transacting():
        draft = _to_review(draft_id, by=by)
        same_programme = Q(vacancy__programme__vacancies=vacancy_id) & ~Q(pk=draft.pk)
        if draft.run.drafts.filter(Q(vacancy=vacancy_id) | same_programme, referral=draft.referral_id).exists():
            raise Refused("already_drafted", "Cette recherche propose déjà ce parcours à cet étudiant.")
        vacancies = Vacancy.objects.filter(pk=vacancy_id, campaign=draft.run.campaign_id)
        if not vacancies.filter(free__gt=0).exists():
            raise Refused("no_seat", "Il ne reste plus de place dans cette formation.")
        ground, profile, assessment = assessed(draft.referral, vacancies)
        refuse_over(assessment.obstacles_at(0), reason=reason)
        draft.moved_from_id = draft.moved_from_id or draft.vacancy_id
        draft.vacancy_id = vacancy_id
        draft.suits = suits_at(0, referral=draft.referral, ground=ground, profile=profile, assessment=assessment)
        draft.score = draft.suits["score"]
        _decide(draft, DraftState.PROPOSED, by=by, at=at, reason=reason)


def order_consultations(run: MatchingRun, draft_ids: Collection[int] | None, *, by: By, at: datetime) -> int:
    """Ask a worker to consult the institutions of these drafts, of all that are still to be reviewed by default. Return how many.

    Raises Refused for a run of somebody else's region.
    """
    _refuse_strangers(run, by)
    chosen = run.drafts.filter(state=DraftState.PROPOSED)
    if draft_ids is not None:
        chosen = chosen.filter(pk__in=draft_ids)
    ids = list(chosen.values_list("pk", flat=True))
    with transaction.atomic():
        ordered = run.drafts.filter(pk__in=ids, state=DraftState.PROPOSED)
        count = ordered.update(state=DraftState.ORDERED, decided_by=by.user_id, decided_at=at)
        transaction.on_commit(_publish, robust=True)
    return count


def _publish() -> None:
    """Tell the workers. A broker that does not answer fails nobody's request: the sweep finds the drafts."""
    try:
        current_app.send_task("referrals.consult_drafts", retry=False, ignore_result=True)
    except (OperationalError, OSError):
        return


def consult_draft(draft_id: int, *, at: datetime) -> Offer | None:
    """Consult the institution of a draft in the name of who ordered it: `consult` asks need and seats again, under its lock.

    What is possible no more is noted on the draft with its reason, and nothing is held; then None. Done again, it changes nothing.
    """
    draft = Draft.objects.select_related("decided_by").get(pk=draft_id)
    assert draft.decided_by is not None, "somebody ordered it"
    try:
        by = By.office(draft.decided_by)
        return consult(draft.referral_id, vacancy_id=draft.vacancy_id, by=by, at=at, reason=draft.reason, draft_id=draft.pk)
    except Refused as refusal:
        lost = Draft.objects.filter(pk=draft_id, state=DraftState.ORDERED)
        lost.update(state=DraftState.LOST, reason=refusal.sentence)
        return None


def _to_review(draft_id: int, *, by: By) -> Draft:
    """Return the draft, locked. Raises Refused for a stranger, and once it was decided."""
    locked = Draft.objects.select_for_update(of=("self",), no_key=True).select_related(
        "run", "referral__rules", "referral__campaign"
    )
    draft = locked.get(pk=draft_id)
    _refuse_strangers(draft.run, by)
    if draft.state != DraftState.PROPOSED:
        raise Refused("decided", "Cette proposition n’est plus à examiner.")
    return draft


def _refuse_strangers(run: MatchingRun, by: By) -> None:
    if by.actor not in MOVES[Action.CONSULT].actors or run.region_id not in by.scope.regions:
        raise Refused("not_yours", "Cette action ne vous revient pas.")


def _decide(draft: Draft, state: DraftState, *, by: By, at: datetime, reason: str) -> None:
    draft.state, draft.decided_by_id, draft.decided_at, draft.reason = state, by.user_id, at, reason
    draft.save()
