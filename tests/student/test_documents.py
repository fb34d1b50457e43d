"""Her documents: told at once what is doubtful and kept all the same, looked at, replaced, taken back."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from PIL import Image

from referrals import procedure
from referrals.documents.letters import html_of, rendered
from referrals.documents.uploads import together
from referrals.models import Answer, DocumentKind, Doubt, LimitKind
from referrals.procedure.filing import IN_DOUBT
from referrals.rules.states import Action, State
from tests import factories
from tests.documents import pictures
from tests.office.pages import file_of
from tests.office.pages import page_of as act_page
from tests.office.pages import text_of as office_text
from tests.student.conftest import Browser
from tests.student.reading import content_of, errors_of, plain, said, text_of

pytestmark = pytest.mark.django_db
LOCKED = "Ce PDF est protégé par un mot de passe"


def file(name: str, content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.pdf() if content is None else content)


def names(browser: Browser) -> list[str]:
    return list(browser.referral.documents.given().values_list("name", flat=True))


def test_photos_chosen_together_are_one_document(blank):
    photos = [file(f"IMG_{number}.jpg", pictures.photo("JPEG")) for number in (1, 2, 3)]
    blank.post("documents", {"kind": "transcript", "file": photos})
    document = blank.referral.documents.get()
    assert (document.name, document.content_type) == ("IMG_1.pdf", "application/pdf")
    assert len(blank.get("documents").context["given"][0].pages) == 3


@pytest.mark.parametrize(
    ("content", "doubt", "advice"),
    [
        (pictures.locked(), Doubt.LOCKED, LOCKED),
        (b"%PDF-1.7\nrien", Doubt.DAMAGED, "Ce fichier est abîmé : il ne s’ouvre pas."),
        (pictures.photo("JPEG", width=200, height=300), Doubt.SMALL, "Cette image est très petite"),
        (pictures.plain("black"), Doubt.BLANK, "On ne voit rien sur cette image."),
    ],
)
def test_a_doubtful_file_is_told_at_once_and_kept(blank, content, doubt, advice):
    response = blank.post("documents", {"kind": "transcript", "file": file("relevé.pdf", content)})
    received, warned = said(response)
    assert received == "Document reçu : relevé.pdf. Brouillon : votre saisine n’est pas encore déposée."
    assert warned.startswith(f"« relevé.pdf » est reçu et gardé quand même. {advice}")
    document = blank.referral.documents.get()
    assert (document.doubt, content_of(document)) == (doubt, content)
    page = text_of(blank.get("documents"))
    assert advice in page
    assert "En attendant, il est gardé : votre saisine peut être déposée avec lui." in page


def test_the_receipt_says_which_file_may_not_be_read_and_that_it_is_filed_all_the_same(her):
    her.post("documents", {"kind": "other", "file": file("contrat.pdf", pictures.locked())})
    her.post("check", {})
    receipt = plain(html_of(her.referral.documents.get(kind=DocumentKind.RECEIPT)))
    assert "contrat.pdf Ce fichier est reçu ; il ne s’ouvre pas : il est protégé par un mot de passe." in receipt
    assert "releve.pdf Ce fichier" not in receipt
    assert "Votre saisine est bien déposée, même si un fichier ne peut pas être lu." in receipt
    assert "Your request is filed, but a file you sent may not be readable" in receipt


def test_of_files_that_open_the_receipt_says_nothing(her):
    her.post("check", {})
    receipt = plain(html_of(her.referral.documents.get(kind=DocumentKind.RECEIPT)))
    assert "Ce fichier est reçu" not in receipt
    assert "même si un fichier" not in receipt


def test_each_doubt_has_its_sentence_in_the_receipt():
    assert set(IN_DOUBT) == set(Doubt)


def test_a_doubtful_proof_confidential_document_or_attachment_is_told_too(her, story):
    proof = {"institution": story.institution.name, "title": "Droit", "answer": Answer.EXPRESS, "on": "10/06/2026"}
    warned = said(her.post("add_application", proof | {"proof": file("refus.pdf", pictures.locked())}))
    assert any(LOCKED in sentence for sentence in warned)
    health = {"words": "Une gêne.", "consent": "on", "file": file("certificat.pdf", pictures.locked())}
    assert any(LOCKED in sentence for sentence in said(her.post("health", health)))
    procedure.file(story.id, by=story.her, at=story.at)
    message = {"text": "Bonjour.", "files": [file("a.pdf"), file("b.pdf", pictures.locked())]}
    assert [sentence for sentence in said(her.post("messages", message)) if "b.pdf" in sentence] != []


def test_the_page_that_stands_for_a_locked_file_is_french_whoever_sends_it(blank):
    with translation.override("en"):
        upload = together([factories.upload("a.pdf"), factories.upload("b.pdf", pictures.locked())])
    assert upload.sha256 == together([factories.upload("a.pdf"), factories.upload("b.pdf", pictures.locked())]).sha256


def test_of_several_files_those_that_cannot_serve_are_named(blank):
    several = [file("notes.pdf"), file("vide.pdf", b""), file("lettre.odt", pictures.word())]
    assert errors_of(blank.post("documents", {"kind": "cv", "file": several})) == {
        "file": [
            "vide.pdf : Ce fichier est vide. Choisissez-en un autre.",
            "lettre.odt : Ce fichier vient d’un traitement de texte ou d’un tableur. Ouvrez-le, choisissez « Enregistrer sous » ou "
            "« Exporter », puis « PDF », et envoyez le PDF.",
        ]
    }
    assert names(blank) == []


def test_too_many_files_at_once_are_refused(blank):
    several = [file(f"{number}.pdf") for number in range(21)]
    assert errors_of(blank.post("documents", {"kind": "cv", "file": several})) == {
        "file": ["Choisissez 20 fichiers au plus ; les autres peuvent suivre ensuite."]
    }


@pytest.mark.parametrize("content", [pictures.locked(), b"%PDF-1.7\nrien", pictures.photo("JPEG")[:-4000]])
def test_at_23_55_what_arrives_is_filed(story, content, the_day, enter):
    """The last evening, a transcript nobody can open: filed in time, with its receipt, and the office sees what is wrong."""
    story.draft()
    limit = story.limit(LimitKind.FILING)
    the_day.move_to(limit.ends_at - timedelta(minutes=5))
    her = Browser(story.student, story.referral)
    her.post("documents", {"kind": "transcript", "file": file("relevé.pdf", content)})
    her.post("check", {"adviser_consent": ""})
    referral = story.referral
    assert (referral.state, referral.transcript.doubt != "") == (State.FILED, True)
    assert referral.filed_at == limit.ends_at - timedelta(minutes=5)
    assert not referral.events.get(kind=Action.FILE).payload["late"]
    receipt = rendered(referral.documents.get(kind=DocumentKind.RECEIPT).pk)
    assert receipt.content["documents"][0]["sha256"] == referral.transcript.sha256

    office, doubt = enter(story.caseworker), referral.transcript.get_doubt_display()
    checked = office_text(office.get(act_page(Action.REVIEW, referral)))
    assert f"À vérifier : relevé de notes de licence « relevé.pdf », {doubt} ." in checked
    assert "Ce document ne s’affiche pas ici." in checked
    assert doubt in office_text(office.get(file_of(referral)))


@pytest.fixture
def enter():
    return factories.signed_in


def test_the_pages_of_what_she_gave_are_shown_as_pictures(blank):
    blank.post("documents", {"kind": "cv", "file": file("cv.pdf", factories.pdf(pages=12))})
    (one,) = blank.get("documents").context["given"]
    assert (one.total, len(one.pages)) == (12, 10)
    response = blank.client.get(one.pages[1])
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert Image.open(BytesIO(response.content)).format == "PNG"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Les 10 premières pages s’affichent ici." in text_of(blank.get("documents"))
    assert blank.get("document_page", document=one.document.key, number=13).status_code == 404


def test_nobody_else_sees_these_pages(her, other, story):
    document = story.referral.transcript
    for user, status in ((None, 302), (other, 404), (story.caseworker, 404), (story.student, 200)):
        browser = Browser(user, story.referral)
        assert browser.get("document_page", document=document.key, number=1).status_code == status
    mine = Browser(other, procedure.start_draft(student=other, campaign=story.campaign, at=story.at))
    assert mine.get("document_page", document=document.key, number=1).status_code == 404


def test_what_is_confidential_has_no_pages_here(her, story):
    her.post("health", {"words": "Une gêne.", "consent": "on", "file": file("certificat.pdf")})
    document = story.referral.documents.confidential().get()
    assert her.get("document_page", document=document.key, number=1).status_code == 404


def test_what_does_not_open_shows_no_page(blank):
    for name, content in (("a.pdf", pictures.locked()), ("b.jpg", pictures.photo("JPEG")[:-4000])):
        blank.post("documents", {"kind": "other", "file": file(name, content)})
    assert [one.pages for one in blank.get("documents").context["given"]] == [[], []]


def test_a_document_is_replaced_in_one_gesture_and_taken_back(her, story):
    her.post("documents", {"kind": "cv", "file": file("cv.pdf")})
    former = story.referral.documents.given().get(name="cv.pdf")
    page = text_of(her.get("replace_document", document=former.key))
    assert "Le nouveau fichier prend la place de « cv.pdf »" in page
    response = her.post("replace_document", {"file": file("cv-2.pdf", factories.pdf(pages=2))}, document=former.key)
    assert response.url == her.address("documents")
    assert said(response)[-1] == "« cv-2.pdf » remplace « cv.pdf ». Pour revenir au précédent, retirez le nouveau."
    new = story.referral.documents.given().get(kind="cv")
    assert new.name == "cv-2.pdf"
    response = her.post("remove_document", document=new.key)
    assert said(response)[-2:] == ["Document retiré : cv-2.pdf.", "Celui qu’il remplaçait est de nouveau là : cv.pdf."]
    assert story.referral.documents.given().get(kind="cv") == former
    her.post("remove_document", document=former.key)
    assert not story.referral.documents.given().filter(kind="cv").exists()


def test_a_transcript_that_took_anothers_place_gives_it_back(her, story, the_day):
    sound = story.referral.transcript
    the_day.shift(60)
    her.post("documents", {"kind": "transcript", "file": file("mauvais.pdf", pictures.locked())})
    wrong = story.referral.transcript
    assert (wrong.name, names(her)) == ("mauvais.pdf", ["mauvais.pdf"])
    the_day.shift(60)
    her.post("remove_document", document=wrong.key)
    assert (story.referral.transcript, names(her)) == (sound, [sound.name])


def test_replacing_keeps_the_transcript_and_the_proof_of_an_application(her, story, the_day):
    proof = procedure.add_document(story.id, kind="refusal_proof", upload=factories.upload("r.pdf"), by=story.her, at=story.at)
    application = story.referral.applications.get()
    procedure.save_application(story.id, facts={"proof": proof}, application_id=application.pk, by=story.her, at=story.at)
    the_day.shift(60)
    for document in (story.referral.transcript, proof):
        her.post("replace_document", {"file": file(f"nouveau-{document.kind}.pdf")}, document=document.key)
    application.refresh_from_db()
    assert (story.referral.transcript.name, application.proof.name) == ("nouveau-transcript.pdf", "nouveau-refusal_proof.pdf")
    the_day.shift(60)
    her.post("remove_document", document=application.proof.key)
    application.refresh_from_db()
    assert application.proof == proof


def test_once_filed_nothing_is_replaced(her, story, other):
    document = story.referral.transcript
    for user in (None, other, story.caseworker):
        response = Browser(user, story.referral).post("replace_document", {"file": file("x.pdf")}, document=document.key)
        assert response.status_code == (302 if user is None else 404)
    procedure.file(story.id, by=story.her, at=story.at)
    response = her.post("replace_document", {"file": file("x.pdf")}, document=document.key)
    assert response.url == her.address("referral")
    with pytest.raises(procedure.Refused):
        procedure.replace_document(story.id, document_id=document.pk, upload=factories.upload(), by=story.her, at=story.at)
    assert story.referral.transcript == document


def test_who_goes_on_with_a_file_in_hand_leaves_none_behind(her, story):
    assert her.post("documents", {"kind": "cv", "continue": ""}).url == her.address("check")
    assert names(her) == ["releve.pdf"]
    assert her.post("documents", {"kind": "cv", "file": file("cv.pdf"), "continue": ""}).url == her.address("check")
    assert names(her) == ["releve.pdf", "cv.pdf"]
    assert errors_of(her.post("documents", {"kind": "cv", "file": file("vide.pdf", b""), "continue": ""})).keys() == {"file"}


def test_without_a_new_file_nothing_is_replaced(her, story):
    document = story.referral.transcript
    response = her.post("replace_document", {}, document=document.key)
    assert errors_of(response) == {"file": ["Choisissez un fichier."]}
    assert story.referral.transcript == document


def test_the_list_costs_the_same_however_long(her, story):
    costs = []
    for count in (1, 4):
        for number in range(count):
            procedure.add_document(
                story.id, kind="other", upload=factories.upload(f"{count}-{number}.pdf"), by=story.her, at=story.at
            )
        her.get("documents")
        with CaptureQueriesContext(connection) as captured:
            her.get("documents")
        costs.append(len(captured))
    assert costs[0] == costs[1]
