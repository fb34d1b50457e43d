"""The clerk of a university at her browser, on a day of the campaign."""

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.test import Client

from referrals.models import Role, User
from tests import factories
from tests.factories import instant
from vacancies.imports import acts
from vacancies.models import Campaign, Difference, Import, Institution, Programme, Vacancy

TODAY = instant("2026-07-20 10:00")
"""Five days after what the factories declare has ceased to be valid."""


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(TODAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def campaign(db) -> Campaign:
    return factories.CampaignFactory()


@pytest.fixture
def university(campaign) -> Institution:
    return factories.InstitutionFactory(name="Université de l’Exemple")


@pytest.fixture
def clerk(university) -> User:
    return factories.post(Role.INSTITUTION, institution=university, name="Alix Exemple", email="clerk@universite.exemple")


@pytest.fixture
def her(clerk) -> Client:
    return entering(clerk)


def entering(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def programme(university) -> Programme:
    return factories.ProgrammeFactory(institution=university, mention__name="Histoire de l'art", track="L’œuvre & l'archive")


@pytest.fixture
def vacancy(programme) -> Vacancy:
    """Two seats declared on 15 June, valid until 15 July."""
    return factories.VacancyFactory(programme=programme, seats_declared=2)


def row(vacancy_or_programme: Vacancy | Programme, seats: object, *, seen: object, modality: str = "initial") -> dict[str, object]:
    """What one row of the list posts."""
    programme = vacancy_or_programme if isinstance(vacancy_or_programme, Programme) else vacancy_or_programme.programme
    return {"programme": programme.pk, "modality": modality, "seats": seats, "seen": seen}


def standing(vacancy: Vacancy) -> tuple[int, date | None, date | None]:
    vacancy.refresh_from_db()
    return vacancy.declared, vacancy.declared_on, vacancy.valid_until


def lines(vacancy: Vacancy) -> list[tuple[str, int, str]]:
    """The declarations of the ledger after the first."""
    return list(vacancy.lines.filter(movement="declare").order_by("pk").values_list("by", "declared", "reason"))[1:]


HandIn = Callable[..., Import]


@pytest.fixture
def hand_in(her, university, campaign) -> HandIn:
    """Hand a file in by the page, and let the worker read it."""

    def hand_in(file, **fields) -> Import:
        response = her.post(
            "/etablissement/fichier/", {"file": file, "institution": university.pk, "campaign": campaign.pk} | fields
        )
        assert response.status_code == 302, response.context["form"].errors
        of = Import.objects.get(key=response["Location"].split("/")[-2])
        return worked(of)

    return hand_in


def worked(of: Import) -> Import:
    """What the worker does with it."""
    acts.run(of.pk, at=TODAY)
    return Import.objects.get(pk=of.pk)


def outcomes(of: Import) -> dict[str, int]:
    counted: dict[str, int] = {}
    for outcome in Difference.objects.filter(of=of).order_by("outcome").values_list("outcome", flat=True):
        counted[outcome] = counted.get(outcome, 0) + 1
    return counted
