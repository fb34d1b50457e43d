"""Her messages: she reads the whole conversation in one place, writes with files, and nothing is sent twice or lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Message
from referrals import procedure
from referrals.models import Absence, Role
from referrals.procedure import By
from referrals.rules.states import Action
from tests import factories
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import errors_of, plain, said, text_of, typed

pytestmark = pytest.mark.django_db

AT = "samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2)"


@pytest.fixture
def zoe(story) -> Browser:
    """She, once she has filed."""
    return Browser(story.filed().student, story.referral)


def file(name: str = "bail.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.pdf() if content is None else content)


def writes(browser: Browser, text: str, *files: SimpleUploadedFile):
    return browser.post("messages", {"text": text, "files": list(files)})


def written(story: Story) -> list[str]:
    return list(story.referral.events.filter(kind=Action.WRITE_TO_OFFICE).order_by("seq").values_list("note", flat=True))


def bubbles(browser: Browser) -> list[tuple[str, str, list[str]]]:
    """What the page shows of each message: who speaks, the words, the files."""
    shown = browser.get("messages").context["conversation"]
    return [(one.who, one.event.note, [document.name for document in one.attached]) for one in shown]


def test_the_conversation_is_read_in_one_place_the_latest_first(zoe, story):
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
    writes(zoe, "Mon relevé arrive <vendredi>.", file("bail.pdf"), file("photo.pdf", factories.pdf(2)))
    procedure.write_to_student(
        story.id, text="Merci.\nAjoutez-le.", uploads=[factories.upload("liste.pdf")], by=story.office, at=story.at
    )
    procedure.advise_student(story.id, text="Passez nous voir.", by=By.adviser(adviser), at=story.at)
    procedure.advise_office(story.id, text="Projet solide.", by=By.adviser(adviser), at=story.at)
    procedure.write_note(story.id, text="Entre nous.", by=story.office, at=story.at)
    assert bubbles(zoe) == [
        ("Le SCUIO-BAIP de votre université donne un avis au rectorat", "Projet solide.", []),
        ("Le SCUIO-BAIP de votre université vous écrit", "Passez nous voir.", []),
        ("Le rectorat vous écrit", "Merci.\nAjoutez-le.", ["liste.pdf"]),
        ("Vous écrivez au rectorat", "Mon relevé arrive <vendredi>.", ["bail.pdf", "photo.pdf"]),
    ]
    page = text_of(zoe.get("messages"))
    assert f"Le rectorat vous écrit {AT} Merci. Ajoutez-le. Pièce jointe : liste.pdf" in page
    assert f"Vous écrivez au rectorat {AT} Mon relevé arrive <vendredi>. Pièces jointes : bail.pdf" in page
    assert "Entre nous." not in page


def test_her_case_leads_there_with_their_number(zoe, story):
    assert "Messages Aucun message pour le moment. Écrire au rectorat" in text_of(zoe.get("referral"))
    writes(zoe, "Bonjour.")
    assert "Messages Lire le message, et écrire au rectorat" in text_of(zoe.get("referral"))
    procedure.write_to_student(story.id, text="Bonjour.", by=story.office, at=story.at)
    assert "Messages Lire les 2 messages, et écrire au rectorat" in text_of(zoe.get("referral"))


def test_what_she_sends_reaches_the_office_with_its_files(zoe, story, client):
    story.followed()
    response = writes(zoe, "  Voici mon bail.  ", file("bail.pdf"))
    assert response.url == zoe.address("messages")
    assert said(response) == ["Message envoyé au rectorat. Sa réponse arrivera ici, et un courriel vous le dira."]
    event = story.referral.events.get(kind=Action.WRITE_TO_OFFICE)
    (document,) = story.referral.documents.filter(pk__in=event.payload["attached"])
    assert (event.note, document.name, document.kind) == ("Voici mon bail.", "bail.pdf", "attachment")
    mail = Message.objects.get(template="office_message")
    assert (mail.to, mail.audience) == (story.caseworker.email, "office")


def test_both_sides_download_what_is_attached_and_nobody_else_does(zoe, story, client, other):
    writes(zoe, "Voici.", file("bail.pdf"))
    procedure.write_to_student(story.id, text="Voici.", uploads=[factories.upload("liste.pdf")], by=story.office, at=story.at)
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    procedure.set_adviser_consent(story.id, consent=True, documents=True, by=story.her, at=story.at)
    for name in ("bail.pdf", "liste.pdf"):
        address = f"/documents/{story.referral.documents.get(name=name).key}/"
        answers = {}
        for who, user in {"her": story.student, "office": story.caseworker, "adviser": adviser, "other": other}.items():
            client.force_login(user)
            response = client.get(address)
            answers[who] = response.status_code == 200 and b"".join(response.streaming_content).startswith(b"%PDF")
        assert (name, answers) == (name, {"her": True, "office": True, "adviser": False, "other": False})


def test_an_absent_caseworkers_mail_goes_to_her_substitute_and_greets_her(zoe, story):
    story.followed()
    present = factories.post(Role.CASEWORKER, region=story.academy.region, name="Sam Présente")
    day = story.at.date()
    Absence.objects.create(user=story.caseworker, since=day, until=day, substitute=present)
    writes(zoe, "Bonjour.")
    mail = Message.objects.get(template="office_message")
    assert mail.to == present.email
    assert mail.text.startswith("Bonjour Sam Présente,\n")
    assert "Vous remplacez Camille Exemple" in mail.text


def test_the_double_click_sends_once_and_the_same_words_later_are_another_message(zoe, story, the_day):
    for _ in range(2):
        response = writes(zoe, "Bonjour.", file())
        assert response.url == zoe.address("messages")
    assert written(story) == ["Bonjour."]
    assert story.referral.documents.filter(kind="attachment").count() == 1
    writes(zoe, "Bonjour.", file("autre.pdf", factories.pdf(2)))
    assert written(story) == ["Bonjour."] * 2
    the_day.shift(600)
    writes(zoe, "Bonjour.", file("autre.pdf", factories.pdf(2)))
    assert written(story) == ["Bonjour."] * 3


def test_an_empty_message_or_a_wrong_file_sends_nothing_and_keeps_the_words(zoe, story):
    assert errors_of(writes(zoe, "   ")) == {"text": ["Écrivez votre message."]}
    response = writes(zoe, "Voici.", file("bail.pdf"), file("note.txt", b"bonjour"), file("vide.pdf", b""))
    assert errors_of(response) == {
        "files": [
            "note.txt : Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG. Enregistrez-le en PDF, ou photographiez le document.",
            "vide.pdf : Ce fichier est vide. Choisissez-en un autre.",
        ]
    }
    assert typed(response, "text") == ["Voici."]
    assert "Si vous aviez choisi des fichiers, choisissez-les de nouveau." in text_of(response)
    six = writes(zoe, "Voici.", *[file(f"{n}.pdf") for n in range(6)])
    assert errors_of(six) == {"files": ["Joignez 5 fichiers au plus ; les autres peuvent suivre dans un second message."]}
    assert written(story) == []
    assert story.referral.documents.filter(kind="attachment").count() == 0


def test_what_she_wrote_as_her_session_ended_waits_for_her(zoe, story):
    zoe.client.logout()
    writes(zoe, "Un long message.")
    zoe.client.force_login(story.student)
    page = zoe.get("messages")
    assert typed(page, "text") == ["Un long message."]
    assert "Votre session avait expiré" in text_of(page)
    assert written(story) == []


def test_of_a_draft_there_is_nobody_to_write_to(her, story):
    assert her.get("messages").url == her.address("referral")
    response = writes(her, "Bonjour.")
    assert errors_of(response) == {"__all__": ["Cette action n’est plus possible dans l’état actuel du dossier."]}


def test_the_page_costs_the_same_however_long_the_conversation(zoe, story):
    def queries(page: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert zoe.get(page).status_code == 200
        return len(captured)

    counts = []
    for more in (1, 2, 97):
        for _ in range(more):
            story.later(hours=1)
            uploads = [factories.upload()]
            procedure.write_to_student(story.id, text="Bonjour.", uploads=uploads, by=story.office, at=story.at)
        zoe.get("messages")
        counts.append((queries("messages"), queries("referral")))
    assert len(zoe.get("messages").context["conversation"]) == 100
    assert counts == [counts[0]] * 3


@pytest.mark.parametrize("template", ["message_from_office", "message_from_adviser"])
def test_the_mail_of_a_message_leads_to_her_messages(zoe, story, template):
    if template == "message_from_office":
        procedure.write_to_student(story.id, text="Bonjour.", by=story.office, at=story.at)
    else:
        adviser = factories.post(Role.ADVISER, institution=story.institution)
        procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
        procedure.advise_student(story.id, text="Bonjour.", by=By.adviser(adviser), at=story.at)
    mail = Message.objects.get(template=template)
    assert zoe.address("messages") in mail.text
    assert "Bonjour.\n" not in plain(mail.text)  # what is said stays in her space
