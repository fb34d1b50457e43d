"""Files that leave: as attachments that no browser runs or keeps. Others than their giver get copies, or originals so named."""

import re
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from referrals import procedure
from referrals.models import Document, Role
from tests import factories
from tests.documents import pictures
from tests.documents.hostile import pdfs
from tests.story import Story
from tests.student.reading import text_of
from vacancies.imports import acts
from vacancies.models import ImportKind

pytestmark = pytest.mark.django_db
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def filed(content: bytes | None = None, name: str = "cv.pdf") -> tuple[Story, Document]:
    story = Story().draft()
    procedure.add_document(story.id, kind="cv", upload=factories.upload(name, content), by=story.her, at=story.at)
    document = story.referral.documents.latest("pk")
    procedure.file(story.id, by=story.her, at=story.at)
    return story, document


def fetched(user, document: Document, end: str = ""):
    return factories.signed_in(user).get(f"/documents/{document.key}/{end}")


def bytes_of(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_the_student_has_hers_back_as_it_came_and_the_office_a_copy():
    content = pdfs.ARMED["script at opening"]
    story, document = filed(content)
    assert bytes_of(fetched(story.student, document)) == content
    response = fetched(story.caseworker, document)
    assert response["Content-Disposition"] == 'attachment; filename="cv.pdf"'
    copy = bytes_of(response)
    assert copy != content
    with pikepdf.open(BytesIO(copy)) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}


def test_the_office_may_have_the_original_and_it_is_called_so():
    content = pdfs.ARMED["script at opening"]
    story, document = filed(content, "facture.exe")
    response = fetched(story.caseworker, document, "original/")
    assert (bytes_of(response), response["Content-Disposition"]) == (content, 'attachment; filename="original-facture.exe.pdf"')
    hashes = [event.payload["sha256"] for event in story.referral.events.of_case() if event.payload.get("document") == document.pk]
    assert hashes == [sha256(content).hexdigest()]
    assert story.referral.documents.get(pk=document.pk).readings.count() == 1


def test_who_may_have_the_original():
    story, document = filed()
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
    elsewhere = factories.post(Role.CASEWORKER, region=factories.academy("La Réunion").region)
    others = {
        "stranger": factories.UserFactory(),
        "another region's": elsewhere,
        "adviser": factories.post(Role.ADVISER, institution=story.institution),
        "institution": factories.post(Role.INSTITUTION, institution=story.institution),
        "medical": factories.post(Role.MEDICAL, region=story.academy.region),
    }
    assert {name: fetched(user, document, "original/").status_code for name, user in others.items()} == dict.fromkeys(others, 404)
    for user in (story.student, story.caseworker):
        assert bytes_of(fetched(user, document, "original/"))


def test_an_institution_that_is_asked_reads_a_copy_and_no_original():
    story = Story().draft()
    procedure.add_document(story.id, kind="cv", upload=factories.upload("cv.pdf"), by=story.her, at=story.at)
    document = story.referral.documents.latest("pk")
    story.admissible()
    offer = story.consulting()
    user = factories.post(Role.INSTITUTION, institution=offer.vacancy.programme.institution)
    assert bytes_of(fetched(user, document)).startswith(b"%PDF")
    assert fetched(user, document, "original/").status_code == 404


def test_of_what_does_not_open_the_office_is_told_and_may_have_the_original():
    story, document = filed(pictures.locked())
    page = fetched(story.caseworker, document)
    assert page.status_code == 422
    assert "Nous n’avons pas pu en faire une copie sûre" in text_of(page)
    assert f"/documents/{document.key}/original/" in page.content.decode()
    assert document.readings.count() == 0
    assert bytes_of(fetched(story.caseworker, document, "original/")) == pictures.locked()


def test_a_picture_is_handed_out_without_what_the_camera_noted():
    content = pictures.photo("JPEG", place=True, turned=6)
    story, document = filed(content, "cv.jpg")
    assert b"Exif" in content
    assert b"Exif" not in bytes_of(fetched(story.caseworker, document))
    assert bytes_of(fetched(story.caseworker, document, "original/")) == content


def addresses(story: Story, document: Document) -> list[tuple[object, str]]:
    """Return every address that gives the bytes of a file, with somebody who may have them."""
    key, number, nation = story.referral.key, story.id, factories.post(Role.ADMINISTRATOR)
    handed_in = acts.submit(kind=ImportKind.REGISTER, file=ContentFile(b"x;y\n", "registre.csv"), by="Maxime", at=timezone.now())
    receipt = story.referral.documents.letters().get()
    office = story.caseworker
    return [
        (story.student, f"/documents/{document.key}/"),
        (office, f"/documents/{document.key}/"),
        (office, f"/documents/{document.key}/original/"),
        (story.student, f"/documents/{receipt.key}/"),
        (office, reverse("admin:referrals_referral_page", args=[number, document.key, 1])),
        (story.student, reverse("student:document_page", args=[key, document.key, 1])),
        (story.student, reverse("student:case_file", args=[key, "zip"])),
        (story.student, reverse("student:limits_file", args=[key])),
        (office, reverse("admin:referrals_referral_export_file", args=[number, "court", "pdf"])),
        (nation, reverse("admin:vacancies_import_file", args=[handed_in.pk])),
    ]


def test_every_answer_with_the_bytes_of_a_file_says_how_to_treat_it():
    story, document = filed()
    told = {}
    for user, address in addresses(story, document):
        response = factories.signed_in(user).get(address)
        assert response.status_code == 200, address
        inline = response["Content-Type"] == "image/png"  # drawn here: pixels alone
        assert inline or response["Content-Disposition"].startswith("attachment;"), address
        told[address] = {name: response.get(name, "") for name in HEADERS}
        kept = {word.strip() for word in response["Cache-Control"].split(",")}  # the admin adds words of its own
        told[address]["Cache-Control"] = ", ".join(word for word in ("private", "no-store") if word in kept)
        assert b"".join(response)
    assert told == dict.fromkeys(told, HEADERS)


HOMES = {
    "referrals/downloads.py",
    "referrals/adviser/interview.py",
    "referrals/institution/files.py",
    "referrals/student/calendars.py",
    "vacancies/admin/exports.py",
    "vacancies/admin/imports.py",
}
"""Where files leave, all under the same headers."""
OPEN_DATA = {"referrals/public/statistics.py", "vacancies/views.py"}
"""What anybody may have and keep, of which the site's own policy holds."""


def test_files_leave_from_their_homes_alone():
    root = Path(settings.BASE_DIR)
    leaves = re.compile(r"FileResponse\(|StreamingHttpResponse\(|as_attachment|\"Content-Disposition\"")
    sources = [path for room in ("referrals", "vacancies", "notifications", "config") for path in (root / room).rglob("*.py")]
    found = {str(path.relative_to(root)) for path in sources if leaves.search(path.read_text())}
    assert found == HOMES | OPEN_DATA
    assert [home for home in {*HOMES, "referrals/page_pictures.py"} if "NOT_A_PAGE" not in (root / home).read_text()] == []
