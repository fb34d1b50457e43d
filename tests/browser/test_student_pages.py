"""Her own pages at a desk and on a phone: axe-core finds nothing, nothing sticks out; and a conversation, from both its ends."""

import os
from pathlib import Path

import pikepdf
import pytest
from django.urls import reverse

from referrals import procedure
from referrals.models import Referral
from referrals.rules.states import Action
from tests import factories
from tests.browser.conftest import Person
from tests.factories import PASSWORD
from tests.story import Story

WIDTHS = (1280, 360)
OF_A_DRAFT = (
    *("referral", "identity", "licence", "licence_place", "licence_day", "licences", "applications", "add_application"),
    *("project", "wishes", "mobility", "documents", "check", "health"),
)
OF_A_CASE = ("referral", "messages", "mandate", "consent", "add_document", "health", "case_export", "rules", "offers", "withdraw")


def keeps(person: Person, name: str) -> None:
    """Keep what she sees where somebody wants to look at it."""
    if folder := os.environ.get("LOOK_AT"):
        person.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def walks(person: Person, referral: Referral, *pages: str) -> None:
    """Look at each page at both widths: axe-core finds nothing, and nothing sticks out."""
    for page in pages:
        for width in WIDTHS:
            person.page.set_viewport_size({"width": width, "height": 800})
            person.goes_to(reverse(f"student:{page}", args=[referral.key]))
            wider = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (page, width, wider) == (page, width, 0)
            keeps(person, f"{'draft-' if referral.is_draft else ''}{page}-{width}")
    person.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.fixture
def talked(transactional_db) -> Story:
    """She has filed, asked and been answered with a file; somebody may speak for her; her adviser sees all she may show."""
    story = Story()
    story.offered(1)
    files = {"uploads": [factories.upload("une-piece-jointe-au-nom-si-long-qu-il-ne-tiendrait-pas-sur-un-telephone.pdf")]}
    story.followed()
    procedure.write_to_office(story.id, text="Bonjour, puis-je ajouter un vœu ?", by=story.her, at=story.later(hours=1).at)
    procedure.write_to_student(story.id, text="Oui.\nEn pièce jointe.", **files, by=story.office, at=story.later(hours=1).at)
    procedure.give_mandate(story.id, name="Pascale Fictif", by=story.her, at=story.at)
    procedure.set_adviser_consent(story.id, consent=True, documents=True, offers=True, by=story.her, at=story.at)
    return story


def test_every_page_of_a_case(talked, somebody):
    student = somebody()
    student.signs_in(talked.student.email, PASSWORD)
    walks(student, talked.referral, *OF_A_CASE)


def test_every_page_of_a_shared_draft(transactional_db, somebody):
    story = Story().draft(shares_draft=True)
    student = somebody()
    student.signs_in(story.student.email, PASSWORD)
    walks(student, story.referral, *OF_A_DRAFT)


def test_a_conversation_with_the_keyboard_alone_and_its_file_at_the_other_end(talked, somebody):
    student, office = somebody(), somebody()
    student.signs_in(talked.student.email, PASSWORD)
    student.goes_to(reverse("student:messages", args=[talked.referral.key]))
    student.page.locator("#id_files").set_input_files(
        [
            {"name": name, "mimeType": "application/pdf", "buffer": factories.pdf(pages)}
            for pages, name in enumerate(("un.pdf", "deux.pdf"), 1)
        ]
    )
    student.page.locator("[name=text]").focus()
    student.page.keyboard.type("Voici mes deux pièces.")
    send = student.page.get_by_role("button", name="Envoyer ce message")
    for _ in range(9):  # the files, what may be done with each of the two, then the button
        student.page.keyboard.press("Tab")
        if send.evaluate("one => one === document.activeElement"):
            break
    student.page.keyboard.press("Enter")
    student.reads("Message envoyé")
    student.looks()
    assert student.page.locator(".messages > li").count() == 3
    office.signs_in(talked.caseworker.email, PASSWORD)
    office.goes_to(f"/bureau/referrals/referral/{talked.id}/change/")
    with office.page.expect_download() as downloading:
        office.page.get_by_role("link", name="deux.pdf").first.click()
    with pikepdf.open(downloading.value.path()) as copy:  # the office gets one in which nothing acts
        assert len(copy.pages) == 2
    assert talked.referral.events.filter(kind=Action.WRITE_TO_OFFICE).count() == 2


def test_a_request_on_paper_is_entered_from_the_first_page(talked, somebody):
    factories.LicenceMentionFactory(name="Histoire")
    office = somebody()
    office.signs_in(talked.caseworker.email, PASSWORD)
    office.clicks("Saisir une demande reçue", role="link")
    office.clicks("Enregistrer la saisine")
    office.reads("Rien n’a été enregistré.")
    keeps(office, "enter-wrong")
    office.page.get_by_label("Courrier").check()
    office.fills(arrived_on="19/06/2026", arrived_time="14:30", first_names="Gaëlle", birth_name="Papier", birth_date="17/05/2003")
    office.page.get_by_label("Cette personne n’a pas d’adresse électronique").check()
    office.fills(licence_mention="Histoire", licence_institution=talked.institution.name, licence_day="12/06/2026")
    office.page.get_by_label("Obtenue", exact=True).check()
    office.page.locator("[name=transcript]").set_input_files(
        {"name": "relevé.pdf", "mimeType": "application/pdf", "buffer": factories.pdf()}
    )
    office.page.get_by_role("button", name="Enregistrer la saisine").dblclick()
    office.reads("Gaëlle Papier")
    office.looks()
    keeps(office, "enter-file")
    entered = Referral.objects.get(entered_by=talked.caseworker)
    assert entered.full_name == "Gaëlle Papier"
    with office.page.expect_download() as downloading:
        office.page.get_by_role("link", name="Imprimer l’accusé de réception, à remettre").click()
    assert downloading.value.path().read_bytes().startswith(b"%PDF")
