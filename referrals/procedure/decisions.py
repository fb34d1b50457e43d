"""What the office decides, and the lawful way back from each decision."""

from datetime import date, datetime

from django.db import IntegrityError
from django.db.models import Count, Q

from ..documents.letters import write_letter
from ..models import DocumentKind, LimitStatus, Post, Referral, Role, User
from ..rules.states import DECIDED_BY_LETTER, LIVE, MOVES, SEARCHED, TAKEN, Action, OfferState, State
from ..wording import OUTCOMES
from .limits import local_date, settle
from .moving import By, Refused, Step, end_offer, moving, release_all


def declare_admissible(referral_id: int, *, note: str, by: By, at: datetime) -> None:
    """The legal check is passed: the search for seats begins."""
    with moving(Action.DECLARE_ADMISSIBLE, referral_id=referral_id, by=by, at=at) as step:
        if step.repeated:
            return
        step.referral.admissible_at = at
        step.note = note


def prepare_decision(referral_id: int, *, action: Action, law: str, facts: str, by: By, at: datetime) -> None:
    """Write a decision's reasons for the person who may sign it. Nothing is decided, nobody is told.

    Raises Refused where that decision is not possible now.
    """
    with moving(Action.PREPARE_DECISION, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        if action not in DECIDED_BY_LETTER or referral.state not in MOVES[action].sources:
            raise Refused("wrong_state", "Cette décision n’est pas possible dans l’état actuel du dossier.")
        referral.prepared_action, referral.prepared_law, referral.prepared_facts = action, law, facts
        referral.prepared_by_id = by.user_id
        step.payload |= {"action": action}
        step.note = _in_one(law, facts)


def declare_inadmissible(referral_id: int, *, law: str, facts: str, late: bool, by: By, at: datetime) -> None:
    """Refuse, with the reasons in law and in fact, by a signed letter that gives the remedies (CRPA, art. L. 211-2 and L. 211-5).

    late: the referral is refused for having come after the filing limit.
    Raises Refused without a delegation.
    """
    with moving(Action.DECLARE_INADMISSIBLE, referral_id=referral_id, by=by, at=at) as step:
        letter = write_letter(
            step.referral,
            kind=DocumentKind.INADMISSIBLE_LETTER,
            at=at,
            law=law,
            facts=facts,
            late=late,
            signatory=signatory(by, step.referral),
        )
        step.payload |= {"document": letter.pk}
        step.note = _in_one(law, facts)


def signatory(by: By, referral: Referral) -> dict[str, str]:
    """Return who signs a letter: name, quality, delegation.

    Raises Refused without a delegation in its region.
    """
    signature = by.signature_on(referral)
    if signature is None:
        raise Refused(
            "no_delegation", "Vous n’avez pas de délégation de signature : préparez la décision, une personne qui l’a la signera."
        )
    return {"name": by.name, "capacity": signature.capacity, "delegation": signature.delegation}


def _in_one(law: str, facts: str) -> str:
    return f"En droit : {law}\nEn fait : {facts}"


def withdraw_decision(referral_id: int, *, ground: str, due_on: date, by: By, at: datetime) -> None:
    """Undo a refusal: the file is examined again, before ``due_on`` (CRPA, art. L. 240-1 and following)."""
    with moving(Action.WITHDRAW_DECISION, referral_id=referral_id, by=by, at=at) as step:
        step.to = State.FILED if step.referral.licence_on else State.AWAITING_LICENCE
        step.due_on = _to_come(step, due_on)
        step.note = ground


def _to_come(step: Step, due_on: date) -> date:
    """Return ``due_on``.

    Raises Refused where it is past.
    """
    if due_on < local_date(step.referral, step.at):
        raise Refused("due_in_the_past", "La date avant laquelle le dossier doit être traité est passée.")
    return due_on


def refer_to_commission(referral_id: int, *, note: str, by: By, at: datetime) -> None:
    """Fewer than the offers due were found: the regional commission takes the file (décret 2021-629).

    Raises Refused under rules that have none.
    """
    with moving(Action.REFER_TO_COMMISSION, referral_id=referral_id, by=by, at=at) as step:
        if step.repeated:
            return
        if not step.referral.rules.commission:
            raise Refused("no_commission", "Les règles de cette campagne ne prévoient pas de commission régionale.")
        step.note = note


def escalate(referral_id: int, *, by: By, at: datetime) -> None:
    """The campaign's last date comes near and offers are still due: the file becomes the task of a head, by name.

    It goes to the head of the region who has the fewest such files. Done again, it changes nothing.
    Raises Refused where the region has no head, or nothing is due any more.
    """
    with moving(Action.ESCALATE, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        step.repeated = referral.escalated_to_id is not None
        if step.repeated:
            return
        if referral.offers.counted().count() >= referral.rules.offers_required:
            raise Refused("nothing_due", "Toutes les propositions dues ont été faites.")
        posts = Post.objects.on(local_date(referral, at)).filter(role=Role.HEAD, regions=referral.region_id)
        heads = User.objects.filter(is_active=True, posts__in=posts).distinct()
        charged = Count("escalated_referrals", filter=Q(escalated_referrals__state__in=SEARCHED), distinct=True)
        head = heads.annotate(charged=charged).order_by("charged", "pk").first()
        if head is None:
            raise Refused("no_head", "Cette région n’a pas de chef de service.")
        referral.escalated_to = head
        step.due_on = referral.campaign.search_until
        step.payload |= {"escalated_to": head.pk}


def reopen(referral_id: int, *, ground: str, due_on: date, by: By, at: datetime) -> None:
    """Take an ended file up again, to be treated before ``due_on``; a seat taken is given back.

    It resumes where it stood before the search or before the examination.
    Raises Refused where the student has another referral in the campaign.
    """
    try:
        with moving(Action.REOPEN, referral_id=referral_id, by=by, at=at) as step:
            referral = step.referral
            for offer in referral.offers.filter(state__in=TAKEN):
                end_offer(step, offer, to=OfferState.RELEASED)
                step.payload |= {"offer": offer.pk}
            others = type(referral).objects.filter(student=referral.student, campaign=referral.campaign, state__in=LIVE)
            if others.exclude(pk=referral.pk).exists():
                raise Refused("another_live", "Cet étudiant a déposé une autre saisine dans cette campagne.")
            referral.search_ended_at = None
            referral.merged_into = None
            if referral.admissible_at:
                step.to = State.ADMISSIBLE
            else:
                step.to = State.FILED if referral.licence_on else State.AWAITING_LICENCE
            step.due_on = _to_come(step, due_on)
            step.note = ground
    except IntegrityError:  # the other referral was begun while this one was reopening
        raise Refused("another_live", "Cet étudiant a déposé une autre saisine dans cette campagne.") from None


def close(referral_id: int, *, law: str, facts: str, by: By, at: datetime) -> None:
    """End a file, one by one and signed, by a letter with the search made, reasons and remedies; what is being asked is cancelled.

    Raises Refused while an offer waits for the student's answer, and without a delegation.
    """
    with moving(Action.CLOSE, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        if referral.offers.on_the_table().exists():
            raise Refused("on_the_table", "Une proposition attend la réponse de l’étudiant.")
        searched = _search_made(referral)
        release_all(step)
        for live in referral.limits.live():
            settle(live, LimitStatus.CANCELLED)
        letter = write_letter(
            referral,
            kind=DocumentKind.CLOSING_LETTER,
            at=at,
            law=law,
            facts=facts,
            exhausted=referral.state == State.EXHAUSTED,
            proposed=referral.offers.counted().count(),
            searched=searched,
            signatory=signatory(by, referral),
        )
        step.payload |= {"document": letter.pk}
        step.note = _in_one(law, facts)


def _search_made(referral: Referral) -> list[dict[str, str]]:
    """Return each seat that was asked for: which, since when (local ISO date), and what came of it."""
    return [
        {
            "programme": str(offer.vacancy),
            "asked_on": local_date(referral, offer.consulted_at).isoformat(),
            "outcome": OUTCOMES[OfferState(offer.state)],
        }
        for offer in referral.offers.select_related("vacancy__programme__mention", "vacancy__programme__institution")
    ]
