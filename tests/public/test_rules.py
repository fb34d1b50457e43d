"""The rules in force, for anybody to read."""

import pytest

from referrals import procedure
from tests import factories
from tests.student.reading import text_of

pytestmark = pytest.mark.django_db


def establish(rule_set, overrides=None, grounds=None, **campaign):
    return procedure.establish_rules(
        campaign=factories.CampaignFactory(**campaign),
        rule_set=rule_set,
        overrides=overrides or {},
        grounds=grounds or {},
        by_name="Nadia Nationale",
        at=factories.instant("2026-06-01 09:00"),
    )


def test_without_a_campaign_the_page_says_so(client):
    assert "Aucune campagne n’est encore annoncée." in text_of(client.get("/regles/"))


def test_each_rule_stands_there_with_its_value_and_its_source(client):
    establish("2018")
    page = text_of(client.get("/regles/"))
    assert "Voici les règles en vigueur (Campagne 2026), une par une" in page
    assert "Version 1, établie le lundi 1er juin 2026 à 9 h 00 (heure de Paris, UTC+2)." in page
    assert "Texte de référence : Onisep, 27 juin 2018 ; arrêté du 17 mai 2018." in page
    assert "Délai pour déposer la saisine 15 jours Note de l’Onisep du 27 juin 2018." in page
    assert "Point de départ du délai de réponse la dernière des propositions dues, pour toutes" in page
    assert (
        "Dernier jour pour proposer des places samedi 31 octobre 2026 Note de l’Onisep du 27 juin 2018 : au plus tard en octobre"
        in page
    )


def test_what_the_texts_leave_open_is_said_and_nothing_else(client):
    rules = establish("2021")
    page = text_of(client.get("/regles/"))
    assert "Délais francs oui : ni le jour de départ ni le dernier ne comptent Aucun texte connu ne le dit. Les textes ne" in page
    unsettled = [line for _, lines in client.get("/regles/").context["sections"] for line in lines if not line.settled]
    assert page.count("Les textes ne tranchent pas : en faveur de l’étudiant.") == len(unsettled) == 6
    assert rules.version == 1


def test_a_value_of_the_campaigns_own_shows_its_ground_and_what_it_replaces(client):
    establish("2023", {"answer_days": 10}, {"answer_days": "Arrêté d’exemple du 2 mai 2026"})
    assert (
        "Délai pour répondre aux propositions 10 jours Propre à cette campagne, au lieu de « 8 jours » : "
        "Arrêté d’exemple du 2 mai 2026."
    ) in text_of(client.get("/regles/"))


def test_the_newest_version_is_the_one_in_force(client):
    establish("2018")
    establish("2023")
    assert client.get("/regles/").context["rules"].version == 2


def test_every_page_leads_there(client):
    footer = client.get("/").content.decode().partition("<footer")[2]
    assert 'href="/regles/"' in footer
    assert "Règles de la campagne" in footer
