"""Declaring from a page: what she saw must still stand, or be what she wants; and words for what stands."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from vacancies import seats
from vacancies.models import Campaign, Line, Modality, Movement, Programme, Vacancy

NEVER = ""
"""What a page shows, and sends back, for a vacancy nobody has declared."""


class Overtaken(Exception):
    """Somebody else has declared another number since the page was shown. seen: what now stands, for the page to send back."""

    def __init__(self, sentence: str, *, seen: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.seen = seen


@transaction.atomic
def declare(
    *,
    programme: Programme,
    campaign: Campaign,
    modality: Modality,
    number: int,
    seen: str,
    by: str,
    at: datetime,
    today: date,
    valid_until: date | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> Vacancy:
    """Declare ``number`` seats, where the page showed what still stands; ``details`` are other columns to write.

    Without ``valid_until``, a date that was chosen and is later than usual stays. Raises Overtaken, and what `seats.declare` does.
    """
    opened = seats.vacancy_of(programme_id=programme.pk, campaign_id=campaign.pk, modality=modality)
    vacancy = Vacancy.objects.select_for_update(of=("self",), no_key=True).get(pk=opened.pk)
    if seen_of(vacancy) != seen and number != vacancy.declared:
        raise Overtaken(_overtaken(vacancy, seen=seen), seen=seen_of(vacancy))
    if details:
        Vacancy.objects.filter(pk=vacancy.pk).update(**details)
    seats.declare(
        vacancy_id=vacancy.pk,
        seats=number,
        by=by,
        at=at,
        reason=reason,
        valid_until=valid_until or validity(vacancy, campaign, today=today),
    )
    vacancy.refresh_from_db()
    return vacancy


def seen_of(vacancy: Vacancy | None) -> str:
    """Return what a page shows as the declared number."""
    return str(vacancy.declared) if vacancy and vacancy.declared_on else NEVER


def validity(vacancy: Vacancy | None, campaign: Campaign, *, today: date) -> date:
    """Return until when a number declared today is valid: as usual, or until the later day that was chosen."""
    usual = seats.usual_validity(campaign, on=today)
    chosen = vacancy.valid_until if vacancy else None
    return max(usual, min(chosen, campaign.search_until)) if chosen else usual


def count(number: int, singular: str) -> str:
    """Return « 0 place libre », « 3 places libres »."""
    return f"{number} {singular}" if number < 2 else f"{number} {' '.join(f'{word}s' for word in singular.split())}"


def said(vacancy: Vacancy, programme: Programme) -> str:
    """Return what to say once it is declared."""
    how = f", {vacancy.get_modality_display()}" if vacancy.modality != Modality.INITIAL else ""
    return f"{programme.title}{how} : {count(vacancy.declared, 'place déclarée')}, jusqu’au {vacancy.valid_until:%d/%m/%Y}."


def _overtaken(vacancy: Vacancy, *, seen: str) -> str:
    last = Line.objects.filter(vacancy=vacancy, movement=Movement.DECLARE).last()
    who = f"{last.by} a déclaré" if last else "quelqu’un a déclaré"
    showed = f"votre page en montrait {seen}" if seen != NEVER else "votre page n’en montrait pas encore"
    return (
        f"Entre-temps, {who} {count(vacancy.declared, 'place')} ; {showed}. "
        "Rien n’a été changé : vérifiez votre nombre, puis enregistrez de nouveau."
    )
