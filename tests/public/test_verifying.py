"""A letter is verified by its code: what it is, of when, and never whose."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from referrals import procedure
from referrals.documents.codes import ALPHABET, LENGTH, grouped, is_code, new_code, signs
from referrals.documents.letters import rendered
from referrals.models import Document, DocumentKind, Referral
from tests.factories import instant
from tests.story import LEAD_TO, Story
from tests.student.reading import errors_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt() -> Document:
    return Story(academy="La Réunion").filed().referral.documents.get(kind=DocumentKind.RECEIPT)


def page_of(letter: Document) -> str:
    return f"/verifier/{grouped(letter.code)}/"


def test_a_code_is_drawn_of_eighty_bits_and_no_sign_is_taken_for_another():
    assert len(ALPHABET) ** LENGTH == 2**80
    assert set("ILOU") & set(ALPHABET) == set()
    drawn = {new_code() for _ in range(200)}
    assert (len(drawn), all(map(is_code, drawn)), set("".join(drawn))) == (200, True, set(ALPHABET))


@pytest.mark.parametrize(
    "typed",
    ["7K3M-0QZX-B4TD-916E", "7k3m 0qzx b4td 916e", " 7K3M–oqzx–B4TD–9I6E ", "7k3mOqzxb4tdgl6e".replace("g", "9")],
    ids=["as printed", "small letters and blanks", "other dashes, O and I", "in one piece, O and L"],
)
def test_a_code_is_understood_however_it_is_typed(typed):
    assert signs(typed) == "7K3M0QZXB4TD916E"


def test_the_page_says_the_number_the_kind_and_the_day_and_nobodys_name(client, receipt):
    page = text_of(client.get(page_of(receipt)))
    assert page.startswith("Ce document est authentique")
    number = receipt.referral.number
    assert f"Saisine n° {number} Nature Accusé de réception Établi le samedi 20 juin 2026 Code {grouped(receipt.code)} " in page


@pytest.mark.parametrize("state", [state for state in LEAD_TO if state != "draft"])
def test_no_letter_betrays_a_name_an_address_or_an_institution(client, state):
    story = Story()
    LEAD_TO[state](story)
    words = {"Zoé", "Exemple", "exemple.fr", "universite.exemple", "Lyon", "Archives", "Université", "Auvergne"}
    letters = story.referral.documents.letters()
    assert letters
    for letter in letters:
        page = client.get(page_of(letter)).content.decode()
        assert (letter.kind, {word for word in words if word in page}) == (letter.kind, set())


def test_the_day_is_that_of_the_letter_itself(client):
    """At eleven in the evening in Paris it is already tomorrow at La Réunion."""
    story = Story(academy="La Réunion", at=instant("2026-06-20 23:00")).filed()
    assert "Établi le dimanche 21 juin 2026" in text_of(client.get(page_of(story.referral.documents.letters().get())))


@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "x", "releve.pdf", "é" * 300])
def test_an_unknown_code_is_said_so_plainly(client, receipt, code):
    response = client.get(f"/verifier/{code}/")
    assert (response.status_code, text_of(response).startswith("Aucun document ne porte ce code")) == (404, True)


def test_a_code_that_no_text_can_hold_is_a_malformed_request(client, receipt):
    assert client.get("/verifier/%00/").status_code == 400


def test_what_is_known_and_what_is_not_ask_the_database_as_often(client, receipt, django_assert_num_queries):
    for address in (page_of(receipt), "/verifier/0000-0000-0000-0000/"):
        with django_assert_num_queries(1):
            client.get(address)


def test_the_form_leads_to_the_page_however_the_code_is_typed(client, receipt):
    for typed in (grouped(receipt.code).lower(), receipt.code.replace("0", "o"), f"https://saisine.exemple{page_of(receipt)}"):
        assert client.get("/verifier/", {"code": typed}).url == page_of(receipt)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Tapez le code imprimé sur le document."),
        ("7K3M", "Le code a 16 lettres et chiffres ; vous en avez tapé 4."),
        ("7K3M-0QZX-B4TD-96Hé", "Ce code contient un signe qu’aucun code n’a. Relisez-le sur le document."),
    ],
)
def test_a_code_that_can_be_none_is_said_beside_the_field(client, typed, said):
    assert errors_of(client.get("/verifier/", {"code": typed})) == {"code": [said]}


SAME = "Votre fichier est celui qui est archivé, à l’octet près."
ANOTHER = "Votre fichier n’est pas celui qui est archivé."


def compare(client, letter: Document, content: bytes):
    return client.post(page_of(letter), {"file": SimpleUploadedFile("lettre.pdf", content, "application/pdf")})


def test_a_pdf_is_held_against_the_archived_one(client, receipt):
    with rendered(receipt.pk).file.open() as archived:
        content = archived.read()
    assert SAME in text_of(compare(client, receipt, content))
    assert ANOTHER in text_of(compare(client, receipt, content + b"\n"))


def test_a_letter_nobody_has_rendered_is_like_no_file(client, receipt):
    assert receipt.sha256 == ""
    assert ANOTHER in text_of(compare(client, receipt, b""))


def test_what_is_compared_is_not_kept(client, receipt, tmp_path):
    before = Document.objects.count(), sorted(tmp_path.rglob("*"))
    compare(client, receipt, b"%PDF-1.7")
    assert (Document.objects.count(), sorted(tmp_path.rglob("*"))) == before


def test_a_file_that_is_too_large_is_not_even_read(client, receipt, monkeypatch):
    too_large = {"file": ["Ce fichier est trop grand : aucun document d’ici ne pèse plus de 10 Mo."]}
    monkeypatch.setattr("referrals.public.verifying.LARGEST", 1000)
    assert errors_of(compare(client, receipt, b"x" * 1001)) == too_large
    monkeypatch.setattr("referrals.public.verifying.AROUND_A_FILE", 0)
    response = compare(client, receipt, b"x" * 1001)
    assert (errors_of(response), hasattr(response.wsgi_request, "_files")) == (too_large, False)


def test_without_a_file_the_page_asks_for_one(client, receipt):
    assert errors_of(client.post(page_of(receipt))) == {"file": ["Choisissez un fichier."]}


def test_the_page_is_kept_by_nobody(client, receipt):
    assert "no-store" in client.get(page_of(receipt))["Cache-Control"]


def test_what_is_no_letter_has_no_code():
    story = Story().filed()
    codes = dict(story.referral.documents.values_list("kind", "code"))
    assert [kind for kind, code in codes.items() if code] == [DocumentKind.RECEIPT]


def test_each_letter_has_a_code_of_its_own():
    story = Story().filed()
    procedure.send_letter(story.id, subject="Objet", text="Texte.", by=story.office, at=story.at)
    first, second = story.referral.documents.letters()
    assert first.code != second.code
    assert [re.fullmatch(r"(\w{4}-){3}\w{4}", letter.content["code"]) is not None for letter in (first, second)] == [True, True]
    assert Referral.objects.count() == 1
