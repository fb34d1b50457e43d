"""Exporting a file from the office: one link, three editions, two forms; nothing confidential in any, and nothing for strangers."""

from io import BytesIO
from re import findall
from zipfile import ZipFile

import pytest
from django.urls import reverse
from pypdf import PdfReader

from referrals import procedure
from referrals.models import Referral, Role
from tests import factories
from tests.office.pages import file_of, text_of
from tests.story import Story

pytestmark = pytest.mark.django_db


def page_of(referral: Referral) -> str:
    return reverse("admin:referrals_referral_export", args=[referral.pk])


def address_of(referral: Referral, edition: str, form: str) -> str:
    return reverse("admin:referrals_referral_export_file", args=[referral.pk, edition, form])


def content_of(response) -> BytesIO:
    return BytesIO(b"".join(response.streaming_content))


def test_the_file_leads_to_its_export_and_the_page_to_each_edition(story, enter):
    referral, client = story.filed().referral, enter(story.caseworker)
    assert findall(r'<a href="([^"]*/export/)">Exporter le dossier</a>', client.get(file_of(referral)).content.decode()) == [
        page_of(referral)
    ]
    response = client.get(page_of(referral))
    assert findall(r'href="([^"]+/export/[^"]+)"', response.content.decode()) == [
        address_of(referral, edition, form) for edition in ("court", "student", "internal") for form in ("pdf", "zip")
    ]
    text = text_of(response)
    for title in ("Édition pour le tribunal", "Édition pour l’étudiant", "Édition interne"):
        assert title in text


def test_an_edition_comes_as_a_file_that_nobody_keeps(story, enter):
    referral, client = story.filed().referral, enter(story.caseworker)
    response = client.get(address_of(referral, "court", "pdf"))
    assert [response[name] for name in ("Content-Type", "Content-Disposition", "X-Content-Type-Options")] == [
        "application/pdf",
        f'attachment; filename="saisine-{referral.number}-tribunal.pdf"',
        "nosniff",
    ]
    assert response["Cache-Control"].startswith("private, no-store")
    title = PdfReader(content_of(response)).metadata.title
    assert title == f"Dossier de la saisine {referral.number} – Édition pour le tribunal"


def test_the_students_edition_has_here_no_confidential_part(story, enter):
    story.filed()
    procedure.request_health(story.id, words="Je suis suivie à l’hôpital.", by=story.her, at=story.at)
    procedure.add_health_document(story.id, upload=factories.upload("certificat.pdf"), by=story.her, at=story.at)
    response = enter(story.caseworker).get(address_of(story.referral, "student", "zip"))
    with ZipFile(content_of(response)) as archive:
        names = archive.namelist()
        text = "".join(archive.read(name).decode() for name in names if name.endswith((".txt", ".json")))
    assert [name for name in names if "health" in name or "certificat" in name] == []
    assert [word for word in ("hôpital", "health", "confidentiel") if word in text] == []


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.HEAD, Role.ADMINISTRATOR])
def test_whoever_reads_the_file_may_export_it(story, enter, role):
    reader = factories.post(role, region=None if role == Role.ADMINISTRATOR else story.academy.region)
    assert enter(reader).get(page_of(story.filed().referral)).status_code == 200


def test_nobody_else_finds_it(story, enter, stranger):
    referral = story.filed(adviser_consent=True).referral
    medical = factories.post(Role.MEDICAL, region=story.academy.region)
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    for address in (page_of(referral), address_of(referral, "court", "pdf")):
        assert [enter(user).get(address).status_code for user in (stranger, medical)] == [404, 404]
        assert [enter(user).get(address).status_code for user in (story.student, adviser)] == [302, 302]


def test_a_draft_is_nobodys_but_the_students(story, enter):
    referral = story.draft().referral
    assert enter(story.caseworker).get(page_of(referral)).status_code == 404
    assert enter(story.caseworker).get(address_of(referral, "court", "pdf")).status_code == 404


@pytest.mark.parametrize(("edition", "form"), [("juge", "pdf"), ("court", "docx")])
def test_what_is_not_made_is_not_found(story, enter, edition, form):
    assert enter(story.caseworker).get(address_of(story.filed().referral, edition, form)).status_code == 404


def test_exporting_changes_nothing_and_takes_no_post(story, enter):
    referral, client = story.filed().referral, enter(story.caseworker)
    before = referral.events.count()
    assert [client.post(address).status_code for address in (page_of(referral), address_of(referral, "court", "pdf"))] == [405, 405]
    content_of(client.get(address_of(referral, "internal", "pdf")))
    assert referral.events.count() == before


def test_another_region_after_a_transfer(story, enter):
    """The file goes with its history: the former office finds it no more."""
    story.filed()
    there = Story(academy="Strasbourg")
    procedure.transfer(story.id, region=there.academy.region, ground="Licence de Strasbourg.", by=story.office, at=story.at)
    pages = [enter(user).get(page_of(story.referral)).status_code for user in (story.caseworker, there.caseworker)]
    assert pages == [404, 200]
