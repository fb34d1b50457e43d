"""Vacancies as CSV and JSON: what is in them, what never is, who may keep them, and what a wrong question gets."""

import csv
import json
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import CampaignFactory, InstitutionFactory, MasterMentionFactory, ProgrammeFactory, UserFactory, VacancyFactory
from vacancies.models import Vacancy
from vacancies.open_data import FIELDS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def july():
    with time_machine.travel("2026-07-01T10:00:00+02:00", tick=False):
        yield


@pytest.fixture
def vacancy():
    institution = InstitutionFactory(uai="0690001A", name="Université d’exemple")
    programme = ProgrammeFactory(
        institution=institution,
        mention=MasterMentionFactory(name="Économie"),
        ifc="MA1",
        track="Banque ; finance",
        site="Quais",
        latitude=45.750000000004,
        longitude=-4.5,
        url="https://exemple.fr",
    )
    return VacancyFactory(programme=programme, seats_declared=3, contact_name="Camille Exemple", contact_phone="0102030405")


def get(client, kind: str, **criteria: str):
    response = client.get(reverse(f"vacancies:{kind}"), criteria)
    assert response.status_code == 200
    return response


def text(response) -> str:
    return b"".join(response.streaming_content).decode()


def lines(client, **criteria: str) -> list[dict[str, str]]:
    written = text(get(client, "csv", **criteria))
    assert written[0] == "\ufeff"
    return list(csv.DictReader(StringIO(written[1:], newline=""), delimiter=";"))


def test_csv_as_a_french_spreadsheet_reads_it(client, vacancy):
    assert lines(client) == [
        {
            "Identifiant de la formation": "MA1",
            "Code UAI": "0690001A",
            "Établissement": "Université d’exemple",
            "Mention": "Économie",
            "Parcours": "Banque ; finance",
            "Site": "Quais",
            "Ville": "Lyon",
            "Code académie": "A10",
            "Académie": "Lyon",
            "Région académique": "Auvergne-Rhône-Alpes",
            "Latitude": "45,75",
            "Longitude": "-4,5",
            "Modalité": "formation initiale",
            "Présence": "sur place",
            "Langue": "français",
            "Places libres": "3",
            "Déclarée le": "15/06/2026",
            "Valable jusqu’au": "15/07/2026",
            "À confirmer": "non",
            "Page de la formation": "https://exemple.fr",
        }
    ]


def test_json_says_what_it_is_under_which_licence_and_what_each_field_means(client, vacancy):
    response = get(client, "json", q="économie")
    assert response["Content-Type"] == "application/json"
    data = json.loads(text(response))
    assert data.pop("champs") == [{"nom": field.name, "libelle": field.label, "sens": field.meaning} for field in FIELDS]
    assert data == {
        "titre": "Places vacantes en première année de master",
        "source": "Déclarations des établissements",
        "licence": {"nom": "Licence Ouverte 2.0", "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"},
        "campagne": {"code": "2026", "nom": "Campagne 2026"},
        "criteres": {"q": "économie"},
        "generated_at": "2026-07-01T08:00:00+00:00",
        "places": [
            {
                "formation": "MA1",
                "etablissement_uai": "0690001A",
                "etablissement": "Université d’exemple",
                "mention": "Économie",
                "parcours": "Banque ; finance",
                "site": "Quais",
                "ville": "Lyon",
                "academie_code": "A10",
                "academie": "Lyon",
                "region_academique": "Auvergne-Rhône-Alpes",
                "latitude": 45.75,
                "longitude": -4.5,
                "modalite": "formation initiale",
                "presence": "sur place",
                "langue": "français",
                "places_libres": 3,
                "declaree_le": "2026-06-15",
                "valable_jusqu_au": "2026-07-15",
                "a_confirmer": False,
                "page": "https://exemple.fr",
            }
        ],
    }


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_nobody_is_in_it(client, vacancy, kind):
    written = text(get(client, kind))
    assert [word for word in ("Camille", "0102030405", "masters@") if word in written] == []


def test_a_stale_declaration_is_marked(client, vacancy):
    Vacancy.objects.update(valid_until=date(2026, 6, 30))
    assert [line["À confirmer"] for line in lines(client)] == ["oui"]


@pytest.mark.parametrize("track", ["=1+1", "+33", "-2", "@SUM(A1)"])
def test_no_cell_is_a_formula(client, vacancy, track):
    vacancy.programme.track = track
    vacancy.programme.save()
    assert [line["Parcours"] for line in lines(client)] == [f"'{track}"]
    assert [place["parcours"] for place in json.loads(text(get(client, "json")))["places"]] == [track]


def test_the_same_criteria_as_the_page(client, vacancy):
    VacancyFactory(programme=ProgrammeFactory(mention=MasterMentionFactory(name="Histoire"), town="Paris"))
    assert [line["Mention"] for line in lines(client)] == ["Économie", "Histoire"]
    assert [line["Mention"] for line in lines(client, q="histoires")] == ["Histoire"]
    assert [line["Mention"] for line in lines(client, town="Lyon")] == ["Économie"]


def test_nothing_that_merely_resembles(client, vacancy):
    assert client.get(reverse("vacancies:list"), {"q": "économee"}).context["exact"] is False
    assert lines(client, q="économee") == []


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_what_is_asked_wrongly_is_refused_not_left_out(client, vacancy, kind):
    response = client.get(reverse(f"vacancies:{kind}"), {"academy": "A99", "radius": "20"})
    assert response.status_code == 400
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "Académie ou région académique (academy) : Sélectionnez un choix valide. A99 n’en fait pas partie.",
        "Distance (radius) : Dites autour de quelle ville.",
    ]


def test_before_any_campaign(client):
    assert lines(client) == []
    assert json.loads(text(get(client, "json")))["campagne"] is None


def test_what_a_link_of_the_page_leads_to_is_not_refused(client, vacancy):
    html = client.get(reverse("vacancies:list"), {"q": "économie", "town": "Nulle-Part", "radius": "20"}).content.decode()
    assert 'href="/places-vacantes/donnees.csv?q=%C3%A9conomie"' in html
    assert "Licence Ouverte 2.0" in html


def test_whoever_is_nobody_may_share_it_for_five_minutes_and_who_has_signed_in_keeps_it(client, vacancy):
    response = get(client, "csv")
    assert (response["Cache-Control"], response["Vary"], response["Access-Control-Allow-Origin"]) == (
        "max-age=300, public",
        "Cookie, Accept-Encoding",
        "*",
    )
    signed_in = Client()
    signed_in.force_login(UserFactory(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert get(signed_in, "csv")["Cache-Control"] == "max-age=300, private"


def test_as_many_queries_for_three_as_for_one(client, vacancy):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            text(get(client, "json"))
        return len(captured)

    one = queries()
    VacancyFactory.create_batch(2, campaign=CampaignFactory())
    assert queries() == one
