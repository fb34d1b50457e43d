"""Whom to write to: what was given is shown, what was not is said, and she who has a file sees her own first."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from referrals.models import Role
from tests import factories
from tests.factories import InstitutionFactory, signed_in
from tests.story import Story
from tests.student.reading import text_of
from vacancies import mergers
from vacancies.imports.reference import load_reference
from vacancies.models import AcademicRegion

pytestmark = pytest.mark.django_db

GIVEN = {
    "address": "1 rue de l’Exemple\n00000 Exempleville",
    "email": "saisine@rectorat.example",
    "phone": "01 00 00 00 00",
    "page": "https://rectorat.example/saisine",
}


def test_what_is_given_is_shown_and_what_is_not_is_said(client):
    region = factories.academy("Lyon").region
    page = text_of(client.get("/contacts/"))
    assert "Région académique Auvergne-Rhône-Alpes Adresse, courriel, téléphone non communiqués" in page
    AcademicRegion.objects.filter(pk=region.pk).update(**GIVEN | {"phone": ""})
    page = client.get("/contacts/")
    assert (
        "Adresse 1 rue de l’Exemple 00000 Exempleville Courriel saisine@rectorat.example Téléphone non communiqué "
        "Page https://rectorat.example/saisine"
    ) in text_of(page)
    assert 'href="mailto:saisine@rectorat.example"' in page.content.decode()


def test_every_rectorate_is_there_with_its_academies(client):
    load_reference()
    response = client.get("/contacts/")
    page = text_of(response)
    assert [region.name for region in AcademicRegion.objects.all() if str(region) not in page] == []
    assert "Vice-rectorat : Polynésie française" in page
    assert 'href="/contacts/?academie=A08">Grenoble</a>' in response.content.decode()
    # On a phone, at midnight: no list of two hundred institutions until one asks.
    assert len(response.content) < 40_000


@pytest.mark.parametrize(
    ("wanted", "regions", "first"),
    [
        ("lyon", ["Auvergne-Rhône-Alpes"], "Centrale Lyon"),
        ("Bourgogne Europe", [], "Université de Bourgogne"),
        ("Paris XII", [], "Université Paris-Est Créteil"),
        ("REUNION", ["La Réunion"], "Université de La Réunion"),
        ("bretagn", ["Bretagne"], "Université Bretagne Sud"),
    ],
)
def test_a_search_takes_former_names_and_forgives_accents(client, wanted, regions, first):
    load_reference()
    context = client.get("/contacts/", {"q": wanted}).context
    assert [region.name for region in context["regions"]] == regions
    assert first in [one.institution.name for one in context["met"]]


def test_a_misspelt_name_finds_what_resembles_it(client):
    load_reference()
    names = [one.institution.name for one in client.get("/contacts/", {"q": "Univercité de Limoge"}).context["met"]]
    assert names[0] == "Université de Limoges"


def test_a_search_that_finds_nobody_says_what_to_do(client):
    factories.academy()
    for wanted in ("zzzz", "…", " "):
        response = client.get("/contacts/", {"q": wanted})
        assert response.status_code == 200
    assert "Rien ne correspond à « zzzz »." in text_of(client.get("/contacts/", {"q": "zzzz"}))


def test_an_academy_lists_its_institutions_of_today_with_their_guidance(client):
    academy = factories.academy("Lyon")
    former = InstitutionFactory(academy=academy, name="Université d’hier")
    today = InstitutionFactory(
        academy=academy,
        name="Université d’aujourd’hui",
        website="https://universite.example/",
        guidance_name="Maison de l’orientation",
        guidance_email="orientation@universite.example",
    )
    InstitutionFactory(academy=factories.academy("Grenoble"), name="Université d’ailleurs")
    june = factories.instant("2026-06-01 09:00")
    mergers.merge(former=former.pk, successor=today.pk, effective_on=june.date(), ground="Décret d’exemple", by="x", at=june)
    response = client.get("/contacts/", {"academie": "A10"})
    assert [one.institution.name for one in response.context["met"]] == ["Université d’aujourd’hui"]
    assert "Service d’orientation Maison de l’orientation Courriel orientation@universite.example" in text_of(response)
    (met,) = client.get("/contacts/", {"q": "université d'hier"}).context["met"]
    assert (met.institution.pk, met.under) == (today.pk, "Université d’hier")


def test_a_student_sees_her_own_first_and_others_see_none(client):
    story = Story(academy="La Réunion").draft()
    hers = signed_in(story.student).get("/contacts/")
    assert {name: str(one) for name, one in hers.context["hers"].items()} == {
        "region": "La Réunion",
        "institution": story.institution.name,
    }
    page = text_of(hers)
    assert page.index("Les vôtres") < page.index(story.institution.name) < page.index("Chercher") < page.index("Les rectorats")
    assert signed_in(factories.UserFactory()).get("/contacts/").context["hers"] is None
    assert signed_in(story.caseworker).get("/contacts/").context["hers"] is None
    assert client.get("/contacts/").context["hers"] is None


def test_what_an_administrator_changes_is_shown_dated_and_signed(client):
    region = factories.academy("Lyon").region
    institution = InstitutionFactory(academy=factories.academy("Lyon"))
    nation = signed_in(factories.post(Role.ADMINISTRATOR))
    address = reverse("admin:vacancies_academicregion_change", args=[region.pk])
    form = nation.get(address).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields} | {"page": "rectorat.example"}
    assert nation.post(address, typed).status_code == 302
    assert AcademicRegion.objects.get(pk=region.pk).page == "https://rectorat.example"
    assert LogEntry.objects.get().change_message == "Page de la procédure : vide → « https://rectorat.example »"
    fields = nation.get(reverse("admin:vacancies_institution_change", args=[institution.pk])).context["adminform"].form.fields
    assert {"website", "guidance_name", "guidance_email", "guidance_phone", "guidance_page"} <= set(fields)
