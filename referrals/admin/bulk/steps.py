"""What would be done to each of several files, or why it cannot be: looked up for all of them together."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import QuerySet

from vacancies.models import Vacancy

from ...models import Event, Offer, Referral
from ...procedure import By
from ...procedure.suiting import assessments, ground_of, in_perimeter
from ...rules.states import Action
from ...rules.suitability import Assessment, Numbers, Seats
from ..deeds.acting import NOT_NOW, NOT_YOU
from ..deeds.buttons import actions_on
from ..seats.found import SHOWN, answering
from ..words import TO_DO


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """says: what will be done, or why it cannot be. vacancy: the seat it is about."""

    says: str
    possible: bool = True
    vacancy: int | None = None


Foresee = Callable[[Sequence[Referral], datetime], dict[int, Foreseen]]


def foreseen_of(
    action: Action, foresee: Foresee, referrals: Sequence[Referral], by: By | None, at: datetime
) -> dict[int, Foreseen]:
    """Return what is foreseen for each referral, by its id: the tables speak first, ``foresee`` of those that they let pass."""
    refused = {}
    for referral in referrals:
        if by is None or not by.may_touch(referral):
            refused[referral.pk] = Foreseen(says=NOT_YOU, possible=False)
        elif action not in actions_on(referral, by):
            refused[referral.pk] = Foreseen(says=NOT_NOW.format(TO_DO[action]), possible=False)
    return refused | foresee([referral for referral in referrals if referral.pk not in refused], at)


def to_assign(referrals: Sequence[Referral], at: datetime) -> dict[int, Foreseen]:
    return {one.pk: Foreseen(says=f"Aujourd’hui suivi par {one.assigned_to or 'personne'}.") for one in referrals}


def to_request(referrals: Sequence[Referral], at: datetime) -> dict[int, Foreseen]:
    return {one.pk: Foreseen(says=_told(one)) for one in referrals}


def _told(referral: Referral) -> str:
    if referral.student.has_address:
        return "La liste part par courriel."
    return "L’étudiant n’a pas d’adresse électronique : la liste est à lui remettre autrement."


def to_declare(referrals: Sequence[Referral], at: datetime) -> dict[int, Foreseen]:
    """A file whose last check left a point open is to be opened, not declared among others."""
    reviews = Event.objects.of_case().filter(referral__in=referrals, kind=Action.REVIEW).order_by("referral", "seq")
    last = {event.referral_id: event.payload["points"] for event in reviews}
    return {one.pk: _checked(last.get(one.pk)) for one in referrals}


def _checked(points: dict[str, bool] | None) -> Foreseen:
    if points is None:
        return Foreseen(says="Recevabilité pas encore contrôlée point par point.")
    left = sum(not met for met in points.values())
    if left:
        return Foreseen(says="Le contrôle laisse un point non rempli : ouvrez ce dossier.", possible=False)
    return Foreseen(says="Contrôle fait : tous les points sont remplis.")


def to_consult(referrals: Sequence[Referral], at: datetime) -> dict[int, Foreseen]:
    """The best seat of each: the first file gets the last one that two would have."""
    counted, asked = _by_file(Offer.objects.counted(), referrals), _by_file(Offer.objects.asked(), referrals)
    enough = Foreseen(
        says="Autant de places sont déjà demandées qu’il reste de propositions à faire : attendez les réponses.", possible=False
    )
    foreseen = dict.fromkeys((one.pk for one in referrals), enough)
    waiting = [one for one in referrals if max(one.rules.offers_required - counted[one.pk], 1) > asked[one.pk]]
    by_campaign: dict[str, list[Referral]] = defaultdict(list)
    for referral in waiting:
        by_campaign[referral.campaign_id].append(referral)
    for group in by_campaign.values():
        foreseen |= _best_seats(group, at)
    return foreseen


def _by_file(offers: QuerySet[Offer], referrals: Sequence[Referral]) -> Counter[int]:
    return Counter(offers.filter(referral__in=referrals).values_list("referral", flat=True))


def _best_seats(referrals: list[Referral], at: datetime) -> dict[int, Foreseen]:
    """Return the most suitable seat for each of these referrals of one campaign, as the page of seats would rank them."""
    campaign = referrals[0].campaign
    ground = ground_of(campaign, Vacancy.objects.filter(in_perimeter(referrals), campaign=campaign))
    left, chosen = ground.seats.free.copy(), {}
    for referral, _, assessment in assessments(referrals, ground, health=False):
        row = best_row(assessment, ground.seats, left)
        if row is not None:
            left[row] -= 1
            chosen[referral.pk] = (int(ground.seats.vacancy[row]), int(assessment.score[row]))
    seats = Vacancy.objects.select_related(*SHOWN).in_bulk({vacancy for vacancy, _ in chosen.values()})
    reached = answering(seats.values(), ground, at=at)
    none = Foreseen(says="Aucune place libre ne convient sans une raison de votre part : ouvrez la recherche.", possible=False)
    return dict.fromkeys((one.pk for one in referrals), none) | {
        pk: _asked_for(seats[vacancy], score, reached) for pk, (vacancy, score) in chosen.items() if vacancy in seats
    }


def best_row(assessment: Assessment, seats: Seats, left: Numbers) -> int | None:
    """Return the row of the most suitable seat of which one is left; None where there is none."""
    order = np.lexsort((seats.vacancy, seats.mention, seats.institution, -assessment.score))
    found = order[(assessment.possible & (left > 0))[order]]
    return int(found[0]) if len(found) else None


def _asked_for(seat: Vacancy, score: int, reached: set[int]) -> Foreseen:
    nobody = "" if seat.pk in reached else " Ni contact ni compte : joignez l’établissement vous-même."
    says = f"{seat.programme.title}, {seat.programme.institution} : {score / 10:.0f} sur 100.{nobody}"
    return Foreseen(says=says, vacancy=seat.pk)


def to_export(referrals: Sequence[Referral], at: datetime) -> dict[int, Foreseen]:
    return {one.pk: Foreseen(says="Une ligne du fichier.") for one in referrals}
