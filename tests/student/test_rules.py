"""The rules of her own case: the version it was filed under, on its own page."""

import pytest
from django.test import Client

from referrals import procedure
from tests import factories
from tests.student.conftest import Browser
from tests.student.reading import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def filed(story):
    """Her case, filed under version 1, and a version 2 since."""
    story.filed()
    procedure.establish_rules(
        campaign=story.campaign, rule_set="2023", overrides={}, grounds={}, by_name="Nadia Nationale", at=story.at
    )
    return Browser(story.student, story.referral)


def test_her_case_says_under_which_version_it_stands_and_leads_to_it(filed):
    page = filed.get("referral")
    assert "Règles appliquées : Campagne 2026, version 1" in text_of(page)
    assert f'href="{filed.address("rules")}"' in page.content.decode()


def test_an_old_case_shows_the_rules_it_was_filed_under_though_newer_ones_are_in_force(filed):
    page = text_of(filed.get("rules"))
    assert "Version 1, établie le" in page
    assert "Délai pour répondre aux propositions 15 jours Note de l’Onisep du 27 juin 2018." in page
    assert "Version 2, établie le samedi 20 juin 2026" in text_of(filed.client.get("/regles/"))


def test_a_draft_shows_the_rules_it_began_under(her):
    assert "Ma saisine (brouillon)" in her.get("rules").content.decode()
    assert "Version 1, établie le" in text_of(her.get("rules"))


def test_nobody_elses_case_is_found(filed):
    assert Browser(factories.UserFactory(), filed.referral).get("rules").status_code == 404
    address = filed.address("rules")
    assert Client().get(address).url == f"/compte/login/?next={address}"
