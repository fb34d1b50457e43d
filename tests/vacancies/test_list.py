"""The public list: what it shows, how it is narrowed, what it says, and what it costs."""

from datetime import date
from re import findall

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    MasterMentionFactory,
    ProgrammeFactory,
    VacancyFactory,
    academy,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def july():
    with time_machine.travel("2026-07-01T10:00:00+02:00", tick=False):
        yield


def vacancy(mention: str, *, town: str = "Lyon", where: str = "Lyon", track: str = "", seats: int = 2, **fields):
    institution = InstitutionFactory(academy=academy(where), name=f"Université de {where}")
    programme = ProgrammeFactory(institution=institution, mention=MasterMentionFactory(name=mention), town=town, track=track)
    return VacancyFactory(programme=programme, seats_declared=seats, **fields)


def page(client, **query):
    response = client.get(reverse("vacancies:list"), query)
    assert response.status_code == 200
    return response


def listed(client, **query) -> list[str]:
    return [str(one.programme.mention) for one in page(client, **query).context["page"]]


def test_its_address():
    assert reverse("vacancies:list") == "/places-vacantes/"


def test_a_vacancy_is_shown_with_what_a_student_needs(client):
    vacancy("Droit public", town="Villeurbanne", track="Libertés <b>publiques</b>", seats=3)
    html = page(client).content.decode()
    shown = (
        "Droit public",
        "Parcours Libertés &lt;b&gt;publiques",
        "Université de Lyon",
        "Villeurbanne",
        "académie\N{NO-BREAK SPACE}: Lyon",
        "3 places libres",
    )
    assert [text for text in shown if text not in html] == []
    assert "On ne peut pas candidater ici" in html
    assert "Une place affichée aujourd’hui peut être prise avant que votre dossier soit examiné." in html
    assert "Ces places sont proposées par le rectorat, après une saisine du recteur" in html
    assert "1 formation a des places vacantes" in html
    assert html.count("<h1") == 1


def test_filters(client):
    vacancy("Droit privé")
    vacancy("Économie", town="Villeneuve-d'Ascq", track="Banque")
    vacancy("Histoire", where="Strasbourg", town="Schœlcher")
    assert listed(client) == ["Droit privé", "Économie", "Histoire"]
    assert listed(client, q="ECONOMIE") == ["Économie"]
    assert listed(client, q="banque") == ["Économie"]
    assert listed(client, mention="economie") == ["Économie"]
    assert listed(client, town="villeneuve d ascq") == ["Économie"]
    assert listed(client, town="Schoelcher") == ["Histoire"]
    assert listed(client, academy="A15") == ["Histoire"]
    assert listed(client, academy="A15", q="droit") == []


def test_nothing_found_says_so(client):
    CampaignFactory()
    assert "Aucune place vacante" in page(client, q="zzz").content.decode()


def test_a_value_that_cannot_be_used_is_said_and_the_others_count(client):
    vacancy("Droit privé")
    vacancy("Histoire")
    response = page(client, academy="ailleurs", campaign="1900", q="droit", page="x")
    assert set(response.context["form"].errors) == {"academy", "campaign"}
    assert listed(client, academy="ailleurs", q="droit") == ["Droit privé"]


def test_full_programmes_and_other_campaigns_are_not_shown(client):
    vacancy("Complet", seats=0)
    vacancy("Libre")
    vacancy(
        "Passé",
        campaign=CampaignFactory(code="2025", name="Campagne 2025", opens_on=date(2025, 6, 15), search_until=date(2025, 10, 31)),
    )
    vacancy(
        "À venir",
        campaign=CampaignFactory(code="2027", name="Campagne 2027", opens_on=date(2027, 6, 15), search_until=date(2027, 10, 31)),
    )
    assert listed(client) == ["Libre"]
    assert listed(client, campaign="2025") == ["Passé"]
    assert listed(client, campaign="2027") == ["À venir"]


def test_before_any_campaign(client):
    assert "Aucune campagne n’est encore ouverte." in page(client).content.decode()


def test_twenty_five_to_a_page_and_the_filter_stays(client):
    for n in range(27):
        vacancy(f"Mention {n:02}")
    assert len(listed(client, q="mention")) == 25
    assert listed(client, q="mention", page=2) == ["Mention 25", "Mention 26"]
    html = page(client, q="mention").content.decode()
    assert "27 formations ont des places vacantes" in html
    assert findall(r'href="(\?[^"]*page=2[^"]*)"', html) == ["?q=mention&amp;page=2"] * 2


def test_as_many_queries_for_three_as_for_one(client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    vacancy("Un")
    one = queries()
    vacancy("Deux")
    vacancy("Trois")
    assert queries() == one


def test_no_inline_script_or_style(client):
    vacancy("Droit")
    html = page(client).content.decode()
    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html
