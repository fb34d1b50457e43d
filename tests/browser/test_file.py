"""One file at a desk: its documents beside the form, a letter read over, and a colleague who was there first."""

from io import BytesIO

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from referrals import procedure
from referrals.documents.uploads import Upload, examine
from referrals.models import DocumentKind
from referrals.rules.states import Action
from tests.office.pages import file_of, page_of
from tests.story import Story

PASSWORD = "une phrase de passe bien longue"
DESK = {"width": 1280, "height": 800}
DRAWN = "picture => picture.complete && picture.naturalWidth > 0"


def scan(pages: int) -> Upload:
    first, *others = [Image.new("RGB", (620, 877), "white") for _ in range(pages)]
    written = BytesIO()
    first.save(written, "PDF", save_all=True, append_images=others)
    return examine(ContentFile(written.getvalue(), name="releve.pdf"))


def test_a_file_at_a_desk(site, somebody):
    story = Story(at=timezone.now())
    story.filed(diploma="professional")
    procedure.add_document(story.id, kind=DocumentKind.TRANSCRIPT, upload=scan(3), by=story.her, at=story.at)
    story.caseworker.set_password(PASSWORD)
    story.caseworker.save()
    caseworker = somebody()
    caseworker.page.set_viewport_size(DESK)
    caseworker.signs_in(story.caseworker.email, PASSWORD)

    caseworker.goes_to(file_of(story.referral))
    for what in ("Le dossier est chez", "Échéances", "Il manque", "Contrôler la recevabilité"):
        expect(caseworker.page.get_by_text(what, exact=True).first).to_be_in_viewport()

    caseworker.goes_to(page_of(Action.REVIEW, story.referral))
    shown = caseworker.page.locator(".viewer details[open]")
    caseworker.fills(diploma_ground="Grade de licence.")
    shown.get_by_role("link", name="Page suivante : 2").press("Enter")
    second = shown.get_by_role("img", name="Page 2 sur 3 : releve.pdf")
    expect(second).to_be_in_viewport()
    caseworker.page.wait_for_function(DRAWN, arg=second.element_handle())
    expect(caseworker.page.locator("[name=diploma_ground]")).to_have_value("Grade de licence.")
    caseworker.looks()

    caseworker.goes_to(page_of(Action.SEND_LETTER, story.referral))
    caseworker.fills(subject="Attestation", text="Vous avez déposé une saisine.")
    caseworker.clicks("Relire le courrier tel qu’il partira")
    caseworker.reads("Rien n’est encore envoyé.")
    procedure.give_mandate(story.id, name="Paul D’Exemple", by=story.her, at=timezone.now())
    caseworker.clicks("Envoyer ce courrier")
    caseworker.reads("Le dossier a changé pendant que vous écriviez")
    assert not story.referral.documents.filter(kind=DocumentKind.LETTER).exists()
    caseworker.clicks("Relire le courrier tel qu’il partira")
    caseworker.clicks("Envoyer ce courrier")
    assert story.referral.documents.filter(kind=DocumentKind.LETTER).count() == 1
