"""A file is chosen once: whatever else is to be corrected on its page, it is offered again as already received."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from referrals.models import PartialUpload
from tests import factories
from tests.student.reading import errors_of, text_of
from tests.student.test_draft import transcript
from tests.student.test_receiving import PDF, arrived

pytestmark = pytest.mark.django_db
ALREADY = "Déjà reçu, vous n’avez pas à le choisir de nouveau."


def offered(response) -> dict[str, str]:
    """Name → key of the files that the page offers as received."""
    return {one.name: str(one.key) for one in response.context["form"].fields["file"].widget.waiting}


def test_sent_whole_it_is_offered_again_and_taken(blank):
    refused = blank.post("documents", {"kind": "nonsense", "file": transcript("relevé.pdf")})
    assert list(errors_of(refused)) == ["kind"]
    assert ALREADY in text_of(refused)
    key = offered(refused)["relevé.pdf"]
    assert f'value="{key}"' in refused.content.decode()
    blank.post("documents", {"kind": "transcript", "file-recu": key})
    assert [(one.name, one.kind) for one in blank.referral.documents.given()] == [("relevé.pdf", "transcript")]
    assert not PartialUpload.objects.exists()


def test_come_in_parts_it_keeps_its_key(blank):
    key = arrived(blank)
    refused = blank.post("documents", {"kind": "nonsense", "file-recu": key})
    assert offered(refused) == {"relevé.pdf": key}
    again = blank.post("documents", {"kind": "nonsense", "file-recu": key})
    assert offered(again) == {"relevé.pdf": key}
    assert PartialUpload.objects.count() == 1


def test_unticked_it_is_not_taken(blank):
    refused = blank.post("documents", {"kind": "nonsense", "file": transcript("relevé.pdf")})
    assert offered(refused)
    asked = blank.post("documents", {"kind": "transcript"})
    assert errors_of(asked) == {"file": ["Choisissez un fichier."]}
    assert offered(asked) == {}


def test_of_several_the_wrong_one_alone_is_chosen_again(blank):
    files = [
        transcript("page-1.pdf"),
        SimpleUploadedFile("notes.txt", b"des notes"),
        transcript("page-2.pdf", factories.pdf(pages=2)),
    ]
    refused = blank.post("documents", {"kind": "transcript", "file": files})
    assert list(errors_of(refused)) == ["file"]
    assert list(offered(refused)) == ["page-1.pdf", "page-2.pdf"]


def test_beside_one_that_waits_another_may_be_chosen(blank):
    waiting = offered(blank.post("documents", {"kind": "nonsense", "file": transcript("page-1.pdf", PDF)}))
    blank.post("documents", {"kind": "transcript", "file-recu": waiting["page-1.pdf"], "file": transcript("page-2.pdf")})
    assert blank.referral.documents.given().get().pages == 4
