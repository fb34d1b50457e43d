"""The public figures: of the campaigns that were published, as a page and as open data that say the same."""

import csv
import json
from datetime import date
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from referrals.models import Publication
from referrals.public.statistics import KEPT, OR
from referrals.rules.states import State
from referrals.statistics.measures import DELAYS
from referrals.statistics.publishing import OUTCOMES, TABLES, digest, prepared, publish
from tests import factories
from tests.factories import instant
from tests.statistics.campaigns import many
from tests.student.reading import text_of

pytestmark = pytest.mark.django_db

OVER = instant("2026-11-02 09:00")


@pytest.fixture
def campaign():
    return factories.CampaignFactory()


@pytest.fixture
def two_campaigns(campaign):
    """One published, one to come."""
    many(State.FILED, 40)
    many(State.ADMISSIBLE, 30)
    many(State.FILED, 3, licence_mention=factories.LicenceMentionFactory(name="Rare"))
    factories.CampaignFactory(code="2027", name="Campagne 2027", opens_on=date(2027, 6, 15), search_until=date(2027, 10, 31))
    return publish(campaign, seen=digest(prepared(campaign)), at=OVER)


def test_anybody_reads_the_last_campaign_that_was_published(client, two_campaigns, time_machine):
    time_machine.move_to(instant("2027-06-20 12:00"), tick=False)
    text = text_of(client.get("/statistiques/")).replace("\xa0", " ")
    assert "Campagne 2026, chiffres publiés le 2 novembre 2026" in text
    assert "73 saisines déposées" in text
    assert "Campagne 2027 : ces chiffres sont publiés une fois, quand la campagne est finie (après le 31 octobre 2027)." in text
    assert "Rare" not in text  # nor that anybody has it


def test_the_open_data_say_what_the_page_says(client, two_campaigns):
    data = client.get("/statistiques/donnees.json")
    assert data["Access-Control-Allow-Origin"] == "*"
    assert data["Link"] == '<https://www.etalab.gouv.fr/licence-ouverte-open-licence/>; rel="license"'
    read = json.loads(b"".join(data.streaming_content))
    assert read["licence"]["nom"] == "Licence Ouverte 2.0"
    assert read["campagnes"] == [
        {"code": "2026", "nom": "Campagne 2026", "publie_le": "2026-11-02", **two_campaigns.figures},
    ]
    rows = b"".join(client.get("/statistiques/donnees.csv").streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(StringIO(rows), delimiter=";"))
    figures = two_campaigns.figures
    expected = (1 + sum(len(table["lignes"]) for table in figures["tableaux"])) * (1 + len(figures["categories"]))
    assert len(lines) == expected
    assert lines[0] == {
        "campagne": "2026",
        "publie_le": "2026-11-02",
        "tableau": "ensemble",
        "code": "",
        "ligne": "France entière",
        "dans": "",
        "mesure": "saisines déposées",
        "saisines": "73",
    }
    assert "Rare" not in rows


def test_before_anything_is_published_the_page_and_the_files_say_so(client, campaign):
    assert "Aucune campagne n’est encore publiée." in text_of(client.get("/statistiques/"))
    assert json.loads(b"".join(client.get("/statistiques/donnees.json").streaming_content))["campagnes"] == []
    assert client.post("/statistiques/").status_code == 405


def test_a_campaign_that_is_asked_for(client, two_campaigns):
    older = factories.CampaignFactory(
        code="2025", name="Campagne 2025", opens_on=date(2025, 6, 15), search_until=date(2025, 10, 31)
    )
    Publication.objects.create(campaign=older, at=timezone.now(), figures=two_campaigns.figures)
    assert "Campagne 2025, chiffres" in text_of(client.get("/statistiques/?campagne=2025"))
    assert "Campagne 2026, chiffres" in text_of(client.get("/statistiques/?campagne=1999"))


def test_a_page_and_a_file_cost_the_same_for_one_campaign_three_and_a_hundred(client, two_campaigns):
    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
            assert response.status_code == 200
            b"".join(response)
        return len(captured)

    def add(years: range) -> None:
        for year in years:
            older = factories.CampaignFactory(code=str(year), name=f"Campagne {year}")
            Publication.objects.create(campaign=older, at=OVER, figures=two_campaigns.figures)

    addresses = ("/statistiques/", "/statistiques/donnees.csv", "/statistiques/donnees.json")
    one = [asked(address) for address in addresses]
    add(range(1900, 1902))
    three = [asked(address) for address in addresses]
    add(range(1902, 1999))
    assert (three, [asked(address) for address in addresses]) == (one, one)


def test_what_is_kept_in_french_with_the_figures_is_marked_for_the_catalogues():
    tables = [words for title, by, _ in TABLES.values() for words in (title, by.heading)]
    assert {*OUTCOMES, *tables, *(delay.label for delay in DELAYS.figures)} <= set(KEPT)
    assert [outcome for outcome in OUTCOMES if OR in outcome] == []
