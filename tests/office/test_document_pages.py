"""The documents of a file, page by page: drawn apart, within limits, for who may read the file, and for nobody else."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from referrals import procedure
from referrals.admin.deeds.table import BESIDE_DOCUMENTS
from referrals.documents.drawing import HIGHEST, WIDEST
from referrals.documents.pages import NoSuchPage, NotDrawn, page_of, picture_of
from referrals.models import Document, DocumentKind, Role
from referrals.rules.states import Action, State
from tests import factories
from tests.office.pages import page_of as act_page
from tests.office.pages import text_of
from tests.story import Story, in_state


def photo(width: int = 4000, height: int = 1000, *, form: str = "JPEG", **options) -> bytes:
    written = BytesIO()
    Image.new("RGB", (width, height), "red").save(written, form, **options)
    return written.getvalue()


def add(story: Story, name: str, content: bytes, kind: str = "cv") -> Document:
    procedure.add_document(story.id, kind=kind, upload=factories.upload(name, content), by=story.her, at=story.at)
    return story.referral.documents.latest("pk")


def page(story: Story, document: Document, number: int) -> str:
    return reverse("admin:referrals_referral_page", args=[story.id, document.key, number])


def documents(story: Story) -> str:
    return reverse("admin:referrals_referral_documents", args=[story.id])


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def test_a_page_comes_as_a_picture_that_runs_nothing_and_is_kept_by_nobody_else(enter):
    story = in_state(State.FILED)
    cv = add(story, "cv.pdf", factories.pdf(pages=2))
    response = enter(story.caseworker).get(page(story, cv, 2))
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"
    drawn = opened(response.content)
    assert drawn.format == "PNG"
    assert drawn.width <= WIDEST
    assert drawn.height <= HIGHEST


@pytest.mark.parametrize("number", [0, 3, 99999])
def test_a_page_that_the_document_has_not(enter, number):
    story = in_state(State.FILED)
    cv = add(story, "cv.pdf", factories.pdf(pages=2))
    assert enter(story.caseworker).get(page(story, cv, number)).status_code == 404


def test_whose_post_ends_has_the_pages_no_more(enter):
    story = in_state(State.FILED)
    cv = add(story, "cv.pdf", factories.pdf(pages=2))
    client, address = enter(story.caseworker), page(story, cv, 1)
    assert client.get(address).status_code == 200
    story.caseworker.posts.update(until="2020-01-01")
    assert client.get(address, follow=True).status_code == 403


def test_nobody_else_has_the_pages(enter, stranger):
    story, other = in_state(State.FILED), in_state(State.FILED)
    cv, theirs = add(story, "cv.pdf", factories.pdf()), other.referral.transcript
    assert enter(stranger).get(page(story, cv, 1)).status_code == 404
    assert enter(stranger).get(documents(story)).status_code == 404
    assert enter(story.caseworker).get(page(story, theirs, 1)).status_code == 404  # of the region, but of another file
    for user in (story.student, factories.post(Role.ADVISER, institution=story.institution)):
        assert enter(user).get(page(story, cv, 1), follow=True).status_code == 403
    medical = factories.post(Role.MEDICAL, region=story.academy.region)
    assert enter(medical).get(page(story, cv, 1)).status_code == 404


def test_what_is_confidential_or_was_taken_back_before_filing_has_no_page_here(enter):
    story = in_state(State.FILED)
    cv, former = add(story, "cv.pdf", factories.pdf()), add(story, "autre.pdf", factories.pdf(), kind="other")
    Document.objects.filter(pk=cv.pk).update(kind=DocumentKind.HEALTH)
    Document.objects.filter(pk=former.pk).update(replaced_at="2026-06-01T00:00Z")
    client = enter(story.caseworker)
    assert [client.get(page(story, document, 1)).status_code for document in (cv, former)] == [404, 404]
    names = [shown.document.name for shown in client.get(documents(story)).context["viewer"]]
    assert {"cv.pdf", "autre.pdf"} & set(names) == set()


def test_a_letter_nobody_has_rendered_yet_is_rendered_for_its_first_reader(enter):
    story = in_state(State.FILED)
    receipt = story.referral.documents.get(kind=DocumentKind.RECEIPT)
    assert enter(story.caseworker).get(page(story, receipt, 1)).status_code == 200
    receipt.refresh_from_db()
    assert receipt.file


def test_a_photograph_stands_upright_and_is_made_smaller(db):
    story = in_state(State.FILED)
    upright = Image.Exif()
    upright[0x0112] = 6  # turned by a quarter when it was taken
    photograph = add(story, "cv.jpg", photo(exif=upright.tobytes()))
    assert opened(page_of(photograph, 1)).size == (438, HIGHEST)
    with pytest.raises(NoSuchPage):
        page_of(photograph, 2)


def test_bytes_that_are_no_document_are_drawn_by_nobody(enter):
    for content, kind in ((b"%PDF-1.7 nothing", "application/pdf"), (b"", "image/png")):
        with pytest.raises(NotDrawn):
            picture_of(content, kind, 1)
    story = in_state(State.FILED)
    cv = add(story, "cv.pdf", factories.pdf())
    with cv.file.open("wb") as file:
        file.write(b"%PDF-1.7 nothing")
    Document.objects.filter(pk=cv.pk).update(pages=None)  # as one that nobody has counted yet
    client = enter(story.caseworker)
    assert client.get(page(story, cv, 1)).status_code == 422
    assert "Ce document ne s’affiche pas ici." in text_of(client.get(documents(story)))


def test_what_draws_knows_nothing_of_the_project(monkeypatch):
    """Its process has neither our environment nor our modules."""
    import subprocess

    asked = {}
    run = subprocess.run

    def watched(command, **options):
        asked.update(options, command=command)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    picture_of(factories.pdf(), "application/pdf", 1)
    assert (asked["env"], asked["command"][1]) == ({}, "-I")


def test_the_transcript_is_open_on_top_unless_another_is_asked_for(enter):
    story = in_state(State.FILED)
    cv = add(story, "cv.pdf", factories.pdf(pages=3))
    client, address = enter(story.caseworker), act_page(Action.REVIEW, story.referral)
    first = client.get(address).context["viewer"][0]
    assert (first.document, first.is_open) == (story.referral.transcript, True)
    first, *others = client.get(f"{address}?document={cv.key}").context["viewer"]
    assert (first.document, first.is_open, first.total) == (cv, True, 3)
    assert first.pages == [page(story, cv, number) for number in (1, 2, 3)]
    assert {other.is_open for other in others} == {False}


def test_a_long_document_shows_its_first_pages_and_says_so(enter):
    story = in_state(State.FILED)
    add(story, "memoire.pdf", factories.pdf(pages=45))
    shown = next(one for one in enter(story.caseworker).get(documents(story)).context["viewer"] if one.total == 45)
    assert len(shown.pages) == 40
    assert "Les 40 premières pages s’affichent ici." in text_of(enter(story.caseworker).get(documents(story)))


@pytest.mark.parametrize("action", sorted(BESIDE_DOCUMENTS & {Action.REVIEW, Action.DECLARE_ADMISSIBLE, Action.REQUEST_DOCUMENTS}))
def test_they_stand_beside_the_form_at_the_same_cost_however_many(enter, action):
    story = in_state(State.FILED)
    client, address = enter(story.caseworker), act_page(action, story.referral)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    asked()
    one = asked()
    costs = []
    for count in (2, 97):
        for _ in range(count):
            Document.objects.create(
                referral=story.referral,
                kind=DocumentKind.OTHER,
                name="autre.pdf",
                content_type="application/pdf",
                file=story.referral.transcript.file.name,
                size=1,
                pages=1,
                sha256="0" * 64,
                created_at=story.at,
            )
        costs.append(asked())
    assert costs == [one, one]
