"""The page an adviser takes to an interview: one sheet with what the student shares, and room to write."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from django.template import engines
from pypdf import PdfReader

from referrals import procedure
from tests.factories import signed_in
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def undefined_variables_show(monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "UNDEFINED[%s]")


def sheet(adviser, story: Story, *, name: str) -> tuple[str, int]:
    """Return the words of the sheet, single-spaced, and how many pages it has."""
    response = signed_in(adviser).get(f"/suivi/{story.referral.key}/entretien.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "private, no-store"
    if folder := os.environ.get("LOOK_AT"):
        Path(folder, f"{name}.pdf").write_bytes(response.content)
    pages = PdfReader(BytesIO(response.content)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "UNDEFINED" not in text
    return text, len(pages)


def test_everything_shared_is_on_two_pages_at_most(adviser, story):
    first, *_ = story.offered()
    story.told()
    procedure.set_adviser_consent(story.id, consent=True, documents=True, offers=True, by=story.her, at=story.at)
    text, pages = sheet(adviser, story, name="everything")
    end = "lundi 6 juillet 2026 à 24 h 00 (heure de Paris, UTC+2)"
    for said in (
        f"Saisine n° {story.referral.number}",
        "Zoé D’Exemple",
        "Éditée le samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2) pour Claude Exemple.",
        f"Histoire, {story.institution}",
        "réponse de l’étudiant attendue",
        f"répondre aux propositions jusqu’au {end}",
        f"Réponse aux propositions : jusqu’au {end}",
        first.vacancy.programme.title,
        "Relevé de notes de licence : releve.pdf",
        "Notes de l’entretien",
    ):
        assert said in text, said
    assert (pages <= 2, text.count("Proposition envoyée")) == (True, 2)  # the last events, not all


def test_what_is_not_shared_is_not_on_it(adviser, story):
    first, *_ = story.offered()
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
    procedure.write_note(story.id, text="Une note interne.", by=story.office, at=story.at)
    text, pages = sheet(adviser, story, name="nothing")
    hidden = ("releve.pdf", first.vacancy.programme.title, "Documents montrés", "Une note interne.", story.student.email)
    assert [word for word in hidden if word in text] == []
    assert pages == 1


def test_a_shared_draft_says_what_it_lacks_and_that_it_is_not_filed(adviser, story):
    referral = procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at)
    facts = {"licence_institution": story.institution, "shares_draft": True}
    procedure.save_draft(referral.pk, facts=facts, by=story.her, at=story.at)
    story._referral_id = referral.pk
    text, pages = sheet(adviser, story, name="draft")
    for said in ("Brouillon partagé, non déposé", "Brouillon sans nom", "Il manque, pour déposer", "Aucun délai ne court."):
        assert said in text, said
    assert pages == 1
