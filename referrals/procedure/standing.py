"""Standing agreements: given once by an institution, so that nobody asks it student by student."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from vacancies.models import LicenceMention, Vacancy

from ..models import StandingAgreement
from ..rules.states import MOVES, Action, Actor
from .moving import By, Refused


def agree_beforehand(
    *,
    vacancy_id: int,
    licences: Collection[LicenceMention],
    seats: int,
    agreed_by: str,
    agreed_as: str,
    agreed_on: date,
    until: date,
    by: By,
    at: datetime,
) -> StandingAgreement:
    """Record that the institution takes any admissible student with one of ``licences`` (none: with any), up to ``seats`` seats.

    The very same agreement, while it is in force, is not recorded twice.
    Raises Refused: somebody else's programme, a day to come, an end before today or after the campaign.
    """
    with transaction.atomic():
        related = Vacancy.objects.select_related("campaign", "programme__academy")
        vacancy = related.select_for_update(of=("self",), no_key=True).get(pk=vacancy_id)
        _refuse_strangers(vacancy, by)
        today = at.astimezone(vacancy.programme.academy.tz).date()
        if agreed_on > today:
            raise Refused("agreement_date", "La date de l’accord est dans l’avenir.")
        if not today <= until <= vacancy.campaign.search_until:
            last = f"{vacancy.campaign.search_until:%d/%m/%Y}"
            raise Refused("agreement_end", f"L’accord doit valoir jusqu’à un jour compris entre aujourd’hui et le {last}.")
        said = {
            "vacancy": vacancy,
            "seats": seats,
            "agreed_by": agreed_by,
            "agreed_as": agreed_as,
            "agreed_on": agreed_on,
            "until": until,
        }
        for same in StandingAgreement.objects.filter(**said, ended_at__isnull=True).prefetch_related("licences"):
            if set(same.licences.all()) == set(licences):
                return same
        agreement = StandingAgreement.objects.create(**said, by_name=by.in_ledger, created_at=at)
        agreement.licences.set(licences)
    return agreement


def end_standing_agreement(agreement_id: int, *, by: By, at: datetime) -> None:
    """Withdraw it: from now on each student is asked for. The offers that rest on it stand; done again, it changes nothing."""
    with transaction.atomic():
        locked = StandingAgreement.objects.select_for_update(of=("self",), no_key=True).select_related(
            "vacancy__programme__academy"
        )
        agreement = locked.get(pk=agreement_id)
        _refuse_strangers(agreement.vacancy, by)
        if agreement.ended_at is None:
            agreement.ended_by, agreement.ended_at = by.in_ledger, at
            agreement.save(update_fields=["ended_by", "ended_at"])


def _refuse_strangers(vacancy: Vacancy, by: By) -> None:
    programme = vacancy.programme
    hers = {
        Actor.INSTITUTION: programme.institution_id in by.scope.institutions,
        Actor.CASEWORKER: programme.academy.region_id in by.scope.regions,
        Actor.HEAD: programme.academy.region_id in by.scope.regions,
    }
    if by.actor not in MOVES[Action.RECORD_AGREEMENT].actors or not hers[by.actor]:
        raise Refused("not_yours", "Cette action ne vous revient pas.")
