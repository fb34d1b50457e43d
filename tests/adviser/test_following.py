"""An adviser follows her own university's students who agreed to it: status, history, limits, and nothing else."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.models import Role
from tests import factories
from tests.factories import signed_in
from tests.story import Story
from tests.student.reading import listed, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(db) -> Story:
    return Story().filed(adviser_consent=True, first_names="Zoé", birth_name="D’Œuvre")


@pytest.fixture
def adviser(story):
    return factories.post(Role.ADVISER, institution=story.institution)


def another(story: Story, **facts) -> Story:
    """Another student of the same university, who agreed too."""
    second = Story()
    second.institution = story.institution
    return second.filed(adviser_consent=True, **facts)


def numbers(response) -> list[str]:
    return [row["referral"].number for row in response.context["rows"]]


def test_she_sees_the_student_who_agreed(story, adviser):
    response = signed_in(adviser).get("/suivi/")
    assert numbers(response) == [story.referral.number]
    page = text_of(response)
    assert "1 saisine" in page
    assert f"{story.referral.number} Zoé D’Œuvre déposée aucun" in page


def test_consent_taken_back_ends_it(story, adviser):
    procedure.set_adviser_consent(story.id, consent=False, by=story.her, at=story.at)
    client = signed_in(adviser)
    assert numbers(client.get("/suivi/")) == []
    assert client.get(f"/suivi/{story.referral.key}/").status_code == 404


def test_another_university_sees_nothing(story):
    client = signed_in(factories.post(Role.ADVISER, institution=factories.InstitutionFactory()))
    assert numbers(client.get("/suivi/")) == []
    assert client.get(f"/suivi/{story.referral.key}/").status_code == 404


def test_the_university_that_took_it_over_follows_on(story):
    successor = factories.InstitutionFactory()
    story.institution.successor = successor
    story.institution.save()
    assert numbers(signed_in(factories.post(Role.ADVISER, institution=successor)).get("/suivi/")) == [story.referral.number]


@pytest.mark.parametrize("address", ["/suivi/", "/suivi/{key}/"])
def test_strangers_sign_in_and_others_find_nothing(story, address):
    address = address.format(key=story.referral.key)
    assert Client().get(address).url == f"/compte/login/?next={address}"
    for user in (story.student, story.caseworker):
        assert signed_in(user).get(address).status_code == 404


@pytest.mark.parametrize("text", ["oeuvre", "ŒUVRE", "zoe", "zoé d’œuvre", "2026-"])
def test_a_name_or_number_is_found_blind_to_case_and_accents(story, adviser, text):
    another(story, first_names="Éloïse", birth_name="Martin") if text != "2026-" else None
    assert numbers(signed_in(adviser).get("/suivi/", {"q": text})) == [story.referral.number]


def test_a_search_that_finds_nothing_says_so(story, adviser):
    response = signed_in(adviser).get("/suivi/", {"q": "<b>personne</b>"})
    assert "0 saisine pour « <b>personne</b> »" in text_of(response)


def test_the_case_shows_no_document_no_note_no_mail(story, adviser):
    procedure.request_documents(story.id, wanted="Un secret.", days=10, by=story.office, at=story.at)
    response = signed_in(adviser).get(f"/suivi/{story.referral.key}/")
    html = response.content.decode()
    assert [word for word in ("Un secret.", "releve.pdf", "/documents/", story.student.email) if word in html] == []
    at = "samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2)"
    assert listed(response, "history") == [
        f"{at} Documents demandés (rectorat)",
        f"{at} Saisine déposée (l’étudiant)",
        f"{at} Document ajouté (l’étudiant)",
        f"{at} Brouillon commencé (l’étudiant)",
    ]
    assert "Envoi des documents demandés : jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)" in text_of(response)


def test_her_documents_are_not_the_advisers(story, adviser):
    for document in story.referral.documents.all():
        assert signed_in(adviser).get(f"/documents/{document.key}/").status_code == 404


def test_the_list_is_cut_into_pages_and_costs_the_same_queries(story, adviser, monkeypatch):
    client = signed_in(adviser)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get("/suivi/")
        counts.append(len(captured))
        another(story)
        another(story)
    assert counts[0] == counts[1]
    monkeypatch.setattr("referrals.adviser.views.PAGE_SIZE", 2)
    pages = [client.get("/suivi/", {"page": page}) for page in (1, 2, 3, "x")]
    assert [len(numbers(page)) for page in pages] == [2, 2, 1, 2]
    assert "Page 2 sur 3" in text_of(pages[1])
