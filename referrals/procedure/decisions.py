"""What the office decides, and the lawful way back from each decision."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError

from vacancies.models import AcademicRegion

from ..documents.letters import write_letter
from ..models import DocumentKind, LimitStatus, User
from ..rules.states import LIVE, Action, OfferState, State
from .limits import settle
from .moving import By, Refused, end_offer, moving, release_all

CORRECTABLE = {
    "first_names": "prénoms",
    "birth_name": "nom de naissance",
    "usage_name": "nom d’usage",
    "diploma_name": "nom figurant sur le diplôme",
    "birth_date": "date de naissance",
    "licence_mention": "mention de licence",
    "licence_on": "date d’obtention de la licence",
}
"""Facts the office may correct once the referral is filed, and their names."""


def assign(referral_id: int, *, to: User, by: By, at: datetime) -> None:
    """Give the file to a caseworker of the competent region.

    Raises Refused where that person does not work there.
    """
    with moving(Action.ASSIGN, referral_id=referral_id, by=by, at=at) as step:
        if not By.office(to).may_touch(step.referral):
            raise Refused("not_of_the_region", "Cette personne n’appartient pas au rectorat compétent.")
        step.referral.assigned_to = to
        step.payload |= {"assigned_to": to.pk}


def declare_admissible(referral_id: int, *, note: str, by: By, at: datetime) -> None:
    """The legal check is passed: the search for seats begins."""
    with moving(Action.DECLARE_ADMISSIBLE, referral_id=referral_id, by=by, at=at) as step:
        if step.repeated:
            return
        step.referral.admissible_at = at
        step.note = note


def declare_inadmissible(referral_id: int, *, reasons: str, by: By, at: datetime) -> None:
    """Refuse, with the reasons in law and in fact, by a letter that gives the remedies (CRPA, art. L. 211-2 and L. 211-5)."""
    with moving(Action.DECLARE_INADMISSIBLE, referral_id=referral_id, by=by, at=at) as step:
        letter = write_letter(step.referral, kind=DocumentKind.INADMISSIBLE_LETTER, at=at, reasons=reasons, signatory=by.name)
        step.payload |= {"document": letter.pk}
        step.note = reasons


def withdraw_decision(referral_id: int, *, ground: str, by: By, at: datetime) -> None:
    """Undo a refusal: the file is examined again (CRPA, art. L. 240-1 and following)."""
    with moving(Action.WITHDRAW_DECISION, referral_id=referral_id, by=by, at=at) as step:
        step.note = ground


def correct_facts(referral_id: int, *, facts: dict[str, Any], ground: str, by: By, at: datetime) -> None:
    """Correct what the student stated (column → value), on a ground; the former values stay in the history's note.

    Raises Refused where nothing would change.
    """
    if strangers := facts.keys() - CORRECTABLE.keys():
        raise ValueError(f"not to be corrected: {sorted(strangers)}")
    with moving(Action.CORRECT_FACTS, referral_id=referral_id, by=by, at=at) as step:
        changed = {column: value for column, value in facts.items() if getattr(step.referral, column) != value}
        if not changed:
            raise Refused("no_change", "Aucune des valeurs n’a changé.")
        former = "\n".join(
            f"{CORRECTABLE[column]} : « {getattr(step.referral, column) or ''} » devient « {value or ''} »"
            for column, value in changed.items()
        )
        for column, value in changed.items():
            setattr(step.referral, column, value)
        step.payload |= {"columns": sorted(changed)}
        step.note = f"{ground}\n{former}"


def transfer(referral_id: int, *, region: AcademicRegion, ground: str, by: By, at: datetime) -> None:
    """Forward the referral to the rectorate that is competent, history and dates intact (CRPA, art. L. 114-2)."""
    with moving(Action.TRANSFER, referral_id=referral_id, by=by, at=at) as step:
        if region == step.referral.region:
            raise Refused("same_region", "La saisine est déjà dans cette région.")
        step.payload |= {"from_region": step.referral.region_id, "to_region": region.pk}
        step.referral.region = region
        step.referral.assigned_to = None
        step.note = ground


def reopen(referral_id: int, *, ground: str, by: By, at: datetime) -> None:
    """Take an ended file up again, where it stood before the search or before the examination; a seat taken is given back.

    Raises Refused where the student has another referral in the campaign.
    """
    try:
        with moving(Action.REOPEN, referral_id=referral_id, by=by, at=at) as step:
            referral = step.referral
            for offer in referral.offers.filter(state=OfferState.ACCEPTED):
                end_offer(step, offer, to=OfferState.RELEASED)
                step.payload |= {"offer": offer.pk}
            others = type(referral).objects.filter(student=referral.student, campaign=referral.campaign, state__in=LIVE)
            if others.exclude(pk=referral.pk).exists():
                raise Refused("another_live", "Cet étudiant a déposé une autre saisine dans cette campagne.")
            referral.search_ended_at = None
            if referral.admissible_at:
                step.to = State.ADMISSIBLE
            else:
                step.to = State.FILED if referral.licence_on else State.AWAITING_LICENCE
            step.note = ground
    except IntegrityError:  # the other referral was begun while this one was reopening
        raise Refused("another_live", "Cet étudiant a déposé une autre saisine dans cette campagne.") from None


def close(referral_id: int, *, reasons: str, by: By, at: datetime) -> None:
    """End a file, one by one and signed, by a letter with reasons and remedies; what is still being asked is cancelled.

    Raises Refused while an offer waits for the student's answer.
    """
    with moving(Action.CLOSE, referral_id=referral_id, by=by, at=at) as step:
        if step.referral.offers.on_the_table().exists():
            raise Refused("on_the_table", "Une proposition attend la réponse de l’étudiant.")
        release_all(step)
        for live in step.referral.limits.live():
            settle(live, LimitStatus.CANCELLED)
        searched = [str(offer.vacancy) for offer in step.referral.offers.select_related("vacancy__programme")]
        letter = write_letter(
            step.referral, kind=DocumentKind.CLOSING_LETTER, at=at, reasons=reasons, signatory=by.name, searched=searched
        )
        step.payload |= {"document": letter.pk}
        step.note = reasons
