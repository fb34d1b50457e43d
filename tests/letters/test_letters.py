"""The PDF letters: what they say, that everything is in them, and that they are archive files."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.template import engines
from pypdf import PdfReader

from referrals import procedure
from referrals.documents.letters import rendered
from referrals.models import Document, DocumentKind, Referral
from tests import factories
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def undefined_variables_show(monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "UNDEFINED[%s]")


def read(document: Document) -> PdfReader:
    with rendered(document.pk).file.open() as file:
        return PdfReader(BytesIO(file.read()))


def words(pdf: PdfReader) -> str:
    """Return the text of every page, its blanks made single spaces."""
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "UNDEFINED" not in text
    return text


def letter(story: Story, kind: DocumentKind) -> PdfReader:
    return read(story.referral.documents.get(kind=kind))


def test_the_receipt_says_all_it_must():
    story = Story(academy="La Réunion").filed()
    pdf = letter(story, DocumentKind.RECEIPT)
    text = words(pdf)
    (given,) = story.referral.documents.given()
    for said in (
        "Accusé de réception de votre saisine",
        story.referral.number,
        story.student.email,
        "Zoé D’Exemple",
        "samedi 20 juin 2026 à 12 h 00 (heure de La Réunion, UTC+4)",
        "Région académique La Réunion",
        "Relevé de notes de licence",
        "releve.pdf",
        given.sha256[:12],
        "Ce qui vient maintenant",
        "jeudi 20 août 2026",
        "décision implicite de rejet",
        "recours gracieux",
        "médiateur de l’éducation nationale et de l’enseignement supérieur",
        "tribunal administratif, dans un délai de deux mois",
        "page 1 sur 1",
    ):
        assert said in text
    assert "Licence attendue" not in text
    assert "Dépôt après la fin du délai" not in text


def test_a_licence_still_awaited_is_said():
    assert "Licence attendue." in words(letter(Story().filed(expected=True), DocumentKind.RECEIPT))


def test_a_late_filing_is_said():
    story = Story().draft()
    procedure.file(story.id, by=story.her, at=story.at + timedelta(days=60))
    assert "Dépôt après la fin du délai." in words(letter(story, DocumentKind.RECEIPT))


def test_it_is_an_accessible_archive_file():
    pdf = letter(Story().filed(), DocumentKind.RECEIPT)
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata or 'pdfaid:part="3"' in metadata
    assert pdf.metadata.title.startswith("Accusé de réception – saisine ")


def test_every_font_is_embedded():
    pdf = letter(Story().filed(), DocumentKind.RECEIPT)
    fonts = {name: font.get_object() for page in pdf.pages for name, font in page["/Resources"]["/Font"].items()}
    assert fonts
    for font in fonts.values():
        (descendant,) = font["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        assert "Source-Sans" in descriptor["/FontName"]


def test_thirty_documents_and_long_names_fit():
    story = Story().draft()
    Referral.objects.filter(pk=story.id).update(first_names="Marie-Antoinette Joséphine " * 5, birth_name="D’Exemple-" * 9)
    name = "L’année_de_licence_" * 9 + ".pdf"
    for number in range(30):
        procedure.add_document(story.id, kind="other", upload=factories.upload(f"{number}-{name}"), by=story.her, at=story.at)
    procedure.file(story.id, by=story.her, at=story.at)
    pdf = letter(story, DocumentKind.RECEIPT)
    text = words(pdf)
    named = re.findall(r"(\d+)-L’année", text.replace("- ", "-"))
    assert [int(number) for number in named] == list(range(30))
    for page in pdf.pages:
        said = " ".join(page.extract_text().split())
        assert ("Nature Fichier Taille Empreinte" in said) == ("L’année" in said)  # the header goes with its rows
        assert inside(page)


def inside(page) -> bool:
    """Whether every run of text starts within the margins of the page."""
    places = []
    page.extract_text(visitor_text=lambda text, cm, tm, font, size: places.append(tm[4] * cm[0] + cm[4]) if text.strip() else None)
    return all(40 < place < float(page.mediabox.width) - 40 for place in places)


def test_the_decision_of_inadmissibility():
    story = Story().filed()
    reasons = "La licence professionnelle n’ouvre pas droit à la saisine.\n\nVoir l’article L. 612-6."
    procedure.declare_inadmissible(story.id, reasons=reasons, by=story.office, at=story.at)
    text = words(letter(story, DocumentKind.INADMISSIBLE_LETTER))
    for said in (
        "Votre saisine est déclarée irrecevable",
        story.referral.number,
        "La licence professionnelle n’ouvre pas droit à la saisine. Voir l’article L. 612-6.",
        "Camille Exemple",
        "Voies et délais de recours",
        "tribunal administratif, dans un délai de deux mois à compter de la notification de cette décision",
    ):
        assert said in text


def test_the_decision_to_close_says_where_a_seat_was_sought():
    story = Story().admissible()
    offer = story.consulting()
    procedure.close(story.id, reasons="Aucune place n’a été trouvée.", by=story.office, at=story.at)
    text = words(letter(story, DocumentKind.CLOSING_LETTER))
    for said in (
        "Votre saisine est close",
        "Aucune place n’a été trouvée.",
        str(offer.vacancy),
        "Camille Exemple",
        "Voies et délais de recours",
    ):
        assert said in text


def test_closing_without_a_search_says_so():
    story = Story().filed()
    procedure.close(story.id, reasons="Demande sans objet.", by=story.office, at=story.at)
    assert "Aucun établissement n’a été consulté dans ce dossier." in words(letter(story, DocumentKind.CLOSING_LETTER))


@pytest.mark.parametrize("state_look", [True, False])
def test_each_look_has_its_letterhead(settings, state_look):
    settings.STATE_LOOK = state_look
    assert ("république française" in words(letter(Story().filed(), DocumentKind.RECEIPT)).lower()) == state_look


def test_what_a_person_wrote_is_text():
    story = Story().draft(birth_name="<b>Exemple</b> & l'autre")
    procedure.file(story.id, by=story.her, at=story.at)
    assert "<b>Exemple</b> & l'autre" in words(letter(story, DocumentKind.RECEIPT))
