"""Files that come in parts: taken up after a lost line, never twice, never anybody else's."""

from hashlib import sha256
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from referrals import procedure
from referrals.documents.storing import joined
from referrals.models import Document, PartialUpload
from referrals.student.receiving import LARGEST_PART, WAITING_AT_MOST
from tests import factories
from tests.student.conftest import Browser
from tests.student.reading import content_of, errors_of, said

pytestmark = pytest.mark.django_db
PDF = factories.pdf(pages=3)


@pytest.fixture
def blank_of_another(story, other) -> Browser:
    return Browser(other, procedure.start_draft(student=other, campaign=story.campaign, at=story.at))


def announced(browser: Browser, content: bytes = PDF, **changes):
    told = {"name": "relevé.pdf", "size": len(content), "sha256": sha256(content).hexdigest()}
    return browser.post("receive", told | changes)


def part(browser: Browser, key: str, offset: int | str, content: bytes):
    return browser.client.patch(
        browser.address("receive_part", part=key),
        content,
        content_type="application/octet-stream",
        headers={"Upload-Offset": str(offset)},
    )


def arrived(browser: Browser, content: bytes = PDF, **changes) -> str:
    """Send a whole file and return its key."""
    key = announced(browser, content, **changes).json()["key"]
    assert part(browser, key, 0, content).json() == {"key": key, "received": len(content)}
    return key


def test_a_file_comes_in_parts_and_the_form_makes_it_a_document(blank):
    key = announced(blank).json()["key"]
    assert part(blank, key, 0, PDF[:200]).json() == {"key": key, "received": 200}
    assert part(blank, key, 200, PDF[200:]).json() == {"key": key, "received": len(PDF)}
    response = blank.post("documents", {"kind": "transcript", "file-recu": key})
    assert said(response) == ["Document reçu : relevé.pdf. Brouillon : votre saisine n’est pas encore déposée."]
    document = blank.referral.documents.get()
    assert (content_of(document), document.sha256, document.kind) == (PDF, sha256(PDF).hexdigest(), "transcript")
    assert not PartialUpload.objects.exists()
    assert default_storage.listdir("parties")[1] == []


def test_after_a_lost_line_it_goes_on_where_it_was(blank):
    key = announced(blank).json()["key"]
    part(blank, key, 0, PDF[:300])
    again = announced(blank)
    assert again.json() == {"key": key, "received": 300}
    part(blank, key, 300, PDF[300:])
    assert announced(blank).json() == {"key": key, "received": len(PDF)}


@pytest.mark.parametrize("offset", [0, 100])
def test_a_part_that_came_before_changes_nothing(blank, offset):
    key = announced(blank).json()["key"]
    part(blank, key, 0, PDF[:300])
    response = part(blank, key, offset, b"x" * 200)
    assert (response.status_code, response.json()["received"]) == (200, 300)
    part(blank, key, 300, PDF[300:])
    with joined(PartialUpload.objects.get().parts) as whole:
        assert whole.read() == PDF


def test_a_part_of_which_the_beginning_came_before_goes_on(blank):
    key = announced(blank).json()["key"]
    part(blank, key, 0, PDF[:300])
    assert part(blank, key, 100, PDF[100:]).json()["received"] == len(PDF)


def test_a_part_after_a_gap_is_told_where_to_go_on(blank):
    key = announced(blank).json()["key"]
    part(blank, key, 0, PDF[:300])
    for offset, content in ((301, b"x"), (300, PDF[300:] + b"x")):
        response = part(blank, key, offset, content)
        assert (response.status_code, response.json()) == (409, {"key": key, "received": 300})


def test_what_is_not_what_was_announced_begins_anew(blank):
    key = announced(blank).json()["key"]
    response = part(blank, key, 0, bytes(len(PDF)))
    assert (response.status_code, response.json()) == (409, {"key": key, "received": 0})
    assert part(blank, key, 0, PDF).json()["received"] == len(PDF)


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (0, "Ce fichier est vide. Choisissez-en un autre."),
        (40 * 1024**2, "Ce fichier pèse 40 Mo ; la limite est de 10 Mo. Réduisez-le ou scannez-le en plus petit."),
    ],
)
def test_an_empty_or_too_large_file_is_told_before_it_is_sent(blank, size, sentence):
    response = announced(blank, size=size)
    assert (response.status_code, response.json()) == (422, {"sentence": sentence})
    assert not PartialUpload.objects.exists()


@pytest.mark.parametrize("change", [{"size": "-1"}, {"size": "²"}, {"size": ""}, {"sha256": "x"}, {"sha256": "A" * 64}])
def test_an_announcement_that_says_nothing_is_refused(blank, change):
    assert announced(blank, **change).status_code == 400


@pytest.mark.parametrize(("offset", "content"), [("", b"x"), ("-1", b"x"), ("²", b"x"), (0, b""), (0, bytes(LARGEST_PART + 1))])
def test_a_part_that_is_none_is_refused(blank, offset, content):
    key = announced(blank).json()["key"]
    assert part(blank, key, offset, content).status_code == 400
    assert PartialUpload.objects.get().received == 0


def test_nobody_else_sends_reads_or_claims_it(her, other, story):
    key = arrived(her)
    for browser in (Browser(other, her.referral), Browser(story.caseworker, her.referral)):
        assert announced(browser).status_code == 404
        assert part(browser, key, 0, PDF).status_code == 404
    stranger = Browser(None, her.referral)
    assert announced(stranger).status_code == 302
    assert part(stranger, key, 0, PDF).status_code == 302
    assert part(her, str(uuid4()), 0, PDF).status_code == 404


def test_a_key_of_another_referral_gives_nothing(her, blank_of_another):
    key = arrived(her)
    assert part(blank_of_another, key, 0, PDF).status_code == 404
    response = blank_of_another.post("documents", {"kind": "cv", "file-recu": key})
    assert errors_of(response) == {"file": ["Choisissez un fichier."]}
    assert PartialUpload.objects.filter(key=key).exists()


@pytest.mark.parametrize("key", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_key_that_is_none_is_no_file(blank, key):
    assert errors_of(blank.post("documents", {"kind": "cv", "file-recu": key})) == {"file": ["Choisissez un fichier."]}


def test_one_file_twice_under_two_names_is_two_files(her, story):
    """The same bytes chosen twice keep both names; under one name they are one."""
    procedure.file(story.id, by=story.her, at=story.at)
    keys = [arrived(her, name="recto.pdf"), arrived(her, name="verso.pdf")]
    assert announced(her, name="verso.pdf").json()["key"] == keys[1]
    her.post("messages", {"text": "Voici.", "files-recu": keys})
    assert list(story.referral.documents.filter(kind="attachment").values_list("name", flat=True)) == ["recto.pdf", "verso.pdf"]


def test_of_crumbs_no_file_is_made(blank, monkeypatch):
    monkeypatch.setattr("referrals.student.receiving.PARTS_AT_MOST", 3)
    key = announced(blank).json()["key"]
    assert [part(blank, key, offset, PDF[offset : offset + 1]).json()["received"] for offset in range(4)] == [1, 2, 3, 0]
    assert PartialUpload.objects.get().parts == []


def test_half_a_file_is_no_file(blank):
    key = announced(blank).json()["key"]
    part(blank, key, 0, PDF[:300])
    assert errors_of(blank.post("documents", {"kind": "cv", "file-recu": key})) == {"file": ["Choisissez un fichier."]}


def test_what_came_waits_while_the_form_is_corrected(blank):
    key = arrived(blank)
    assert errors_of(blank.post("documents", {"kind": "?", "file-recu": key})).keys() == {"kind"}
    assert announced(blank).json() == {"key": key, "received": len(PDF)}


def test_several_files_keep_their_order(blank):
    keys = [arrived(blank, factories.pdf(pages=count), name=f"{count}.pdf") for count in (2, 1)]
    blank.post("documents", {"kind": "cv", "file-recu": keys})
    assert blank.referral.documents.get().name == "2.pdf"


def test_a_file_sent_whole_and_one_in_parts_are_one_document(blank):
    key = arrived(blank)
    blank.post("documents", {"kind": "cv", "file": SimpleUploadedFile("cv.pdf", factories.pdf()), "file-recu": key})
    assert Document.objects.get(referral=blank.referral).name == "cv.pdf"


def test_the_oldest_make_room(blank):
    for count in range(WAITING_AT_MOST + 2):
        announced(blank, f"%PDF {count}".encode(), name=f"{count}.pdf")
    names = set(PartialUpload.objects.values_list("name", flat=True))
    assert names == {f"{count}.pdf" for count in range(2, WAITING_AT_MOST + 2)}


def test_what_is_confidential_comes_in_parts_too_and_stays_so(her):
    key = arrived(her)
    her.post("health", {"words": "Une gêne.", "consent": "on", "file-recu": key})
    assert content_of(her.referral.documents.confidential().get()) == PDF
    assert not PartialUpload.objects.exists()
