"""« Télécharger mon dossier »: her own, all of it, what is confidential apart; nobody else's."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse
from pypdf import PdfReader

from referrals import procedure
from referrals.models import Role
from tests import factories
from tests.student.conftest import Browser
from tests.student.reading import text_of

pytestmark = pytest.mark.django_db


def content_of(response) -> BytesIO:
    return BytesIO(b"".join(response.streaming_content))


def test_her_case_leads_to_the_page_and_the_page_to_both_forms(story):
    browser = Browser(story.filed().student, story.referral)
    assert f'<a href="{browser.address("case_export")}">Télécharger mon dossier</a>' in browser.get("referral").content.decode()
    page = browser.get("case_export").content.decode()
    for form in ("pdf", "zip"):
        assert f'href="{browser.address("case_file", form=form)}"' in page


def test_the_pdf_is_her_own_edition(story):
    browser = Browser(story.filed().student, story.referral)
    response = browser.get("case_file", form="pdf")
    number = story.referral.number
    assert response["Content-Disposition"] == f'attachment; filename="saisine-{number}-etudiant.pdf"'
    assert response["Cache-Control"] == "private, no-store"
    assert PdfReader(content_of(response)).metadata.title == f"Dossier de la saisine {number} – Édition pour l’étudiant"


def test_her_confidential_request_is_there_and_apart(story):
    story.filed()
    browser = Browser(story.student, story.referral)
    assert "confidentielle" not in text_of(browser.get("case_export"))
    procedure.request_health(story.id, words="Je suis suivie à l’hôpital.", by=story.her, at=story.at)
    procedure.add_health_document(story.id, upload=factories.upload("certificat.pdf"), by=story.her, at=story.at)
    assert "Votre demande confidentielle" in text_of(browser.get("case_export"))
    with ZipFile(content_of(browser.get("case_file", form="zip"))) as archive:
        apart = [name for name in archive.namelist() if name.startswith("health/")]
    assert apart == ["health/dossier.pdf", "health/events.json", "health/documents/01-certificat.pdf"]


def test_of_a_draft_there_is_nothing_to_take_away(her):
    for response in (her.get("case_export"), her.get("case_file", form="pdf")):
        assert (response.status_code, response.url) == (302, her.address("referral"))


def test_a_form_that_is_not_made_is_not_found(story):
    assert Browser(story.filed().student, story.referral).get("case_file", form="docx").status_code == 404


def test_nobody_elses(story, other):
    story.filed(adviser_consent=True)
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    for page, more in (("case_export", {}), ("case_file", {"form": "pdf"})):
        address = reverse(f"student:{page}", kwargs={"key": story.referral.key, **more})
        assert Browser(None, story.referral).get(page, **more).url == f"/compte/login/?next={address}"
        found = [Browser(user, story.referral).get(page, **more).status_code for user in (other, story.caseworker, adviser)]
        assert found == [404, 404, 404]
