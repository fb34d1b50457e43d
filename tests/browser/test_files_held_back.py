"""What is not handed out, as people see it: while the virus scanner looks, once it found something, where no copy can be made."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referrals import procedure
from referrals.models import Document, Scan
from tests import factories
from tests.documents import pictures
from tests.office.pages import file_of
from tests.story import Story

WIDTHS = (360, 1280)


def enters(person, user) -> None:
    """Let somebody in as if she had signed in: how she does is tested elsewhere."""
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": person.address}
    person.page.context.add_cookies([cookie])


def seen(person, path: str, name: str) -> None:
    """Look at a page at both widths; keep a picture of it where one is wanted."""
    person.page.goto(path)
    person.complaints[:] = [said for said in person.complaints if "422" not in said]  # the answer's own status
    person.looks()
    for width in WIDTHS:
        person.page.set_viewport_size({"width": width, "height": 900})
        assert person.page.evaluate("document.documentElement.scrollWidth") <= width
        if folder := os.environ.get("SHOTS"):
            person.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("who", ["student", "caseworker"])
def test_what_is_held_back_is_said(site, somebody, who):
    story = Story(at=timezone.now()).draft()
    for name, content in (("controle.pdf", None), ("virus.pdf", None), ("protege.pdf", pictures.locked())):
        procedure.add_document(story.id, kind="other", upload=factories.upload(name, content), by=story.her, at=story.at)
    documents = {document.name: document for document in story.referral.documents.all()}
    procedure.file(story.id, by=story.her, at=story.at)
    procedure.settle_scan(documents["virus.pdf"].pk, virus="Eicar-Test", at=story.at)
    Document.objects.filter(pk=documents["controle.pdf"].pk).update(scan=Scan.WAITING)

    person = somebody()
    person.address = site.address
    enters(person, getattr(story, who))
    page = file_of(story.referral) if who == "caseworker" else reverse("student:referral", args=[story.referral.key])
    seen(person, page, f"{who}-file")
    if who == "caseworker":
        person.page.goto(f"{reverse('admin:referrals_referral_documents', args=[story.id])}?document={documents['virus.pdf'].key}")
        person.reads("L’antivirus a trouvé un virus dans ce document : demandez-en un autre.")
        seen(person, person.page.url, "caseworker-documents")
    for name in ("controle.pdf", "virus.pdf"):
        seen(person, f"/documents/{documents[name].key}/", f"{who}-{name}")
        person.reads("Ce document ne peut pas être ouvert ici")
    if who == "caseworker":
        seen(person, f"/documents/{documents['protege.pdf'].key}/", "caseworker-protege.pdf")
        with person.page.expect_download() as download:
            person.page.get_by_role("link", name="Télécharger l’original").click()
        assert download.value.suggested_filename == "original-protege.pdf"
