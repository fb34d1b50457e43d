"""What is held of a person she takes away whole; every model that leads to her is in it, or out of it with a reason."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.admin.models import LogEntry
from django.db import models
from django.urls import reverse

from referrals import procedure
from referrals.models import DocumentKind, Referral, User
from referrals.privacy.exporting import HELD, NOT_HELD, write_export
from tests import factories
from tests.privacy.marked_story import MarkedStory
from tests.story import Story

MY_DATA, EXPORT, ERASE_ME = (reverse(f"student:{name}") for name in ("my_data", "export", "erase_me"))


def leading_to(*people: type[models.Model]) -> set[str]:
    """Return every model from which a path of relations leads to one of ``people``, hidden ones included."""
    found: set[type[models.Model]] = set()
    to_do = list(people)
    while to_do:
        model = to_do.pop()
        found.add(model)
        relations = [field for field in model._meta.get_fields(include_hidden=True) if field.auto_created and not field.concrete]
        to_do += [field.related_model for field in relations if field.related_model not in found]
    return {model._meta.label for model in found}


def test_every_model_that_leads_to_a_person_is_exported_or_says_why_not():
    assert leading_to(User, Referral) == set(HELD) | set(NOT_HELD)
    assert set(HELD) & set(NOT_HELD) == set()


def exported(user: User, *, at) -> ZipFile:
    to = BytesIO()
    write_export(user, to, at=at)
    return ZipFile(to)


@pytest.mark.django_db(transaction=True)
def test_a_whole_story_is_in_it_and_the_offices_own_notes_are_not():
    story = MarkedStory("canarimarqueur").told()
    other = MarkedStory("serinmarqueur").told()
    archive = exported(story.student, at=story.at)
    held = json.loads(archive.read("donnees.json"))
    assert [label for label, rows in held.items() if not rows] == [
        "mfa.Authenticator", "socialaccount.SocialAccount", "usersessions.UserSession", "referrals.KnownPlace",
        "referrals.OtherLicence", "referrals.BegunApplication", "referrals.Wish",
        "referrals.PartialUpload", "referrals.LegalHold", "referrals.Event",
    ]  # fmt: skip
    assert held["referrals.User"][0]["email"] == story.student.email
    (referral,) = held["referrals.Referral"]
    assert (referral["birth_name"], referral["number"]) == ("D’canarimarqueur", story.referral.number)
    assert held["referrals.HealthRequest"][0]["words"] == "Suivie à l’hôpital canarimarqueur."
    assert {row["role"] for row in held["referrals.DocumentReading"]} == {"gestionnaire"}
    names = archive.namelist()
    for document in story.referral.documents.all():
        assert [name for name in names if name.endswith(document.name.replace(" ", "_"))], document.name
    certificate = next(name for name in names if "certificat" in name)
    assert certificate.startswith(f"saisine-{story.referral.number}/health/")
    assert archive.read(certificate).startswith(b"%PDF")
    text = "".join(archive.read(name).decode() for name in names if name.endswith((".txt", ".json", ".html")))
    said = ("Question", "Réponse", "Courrier", "Mot")
    assert [word for word in said if f"{word} {story.mark}" not in text] == []
    assert "À moins de 30 km" in text
    unsaid = [*(f"{word} {story.mark}." for word in ("Note", "Appel", "Complet")), "Camille Exemple", other.mark, "password"]
    assert [words for words in unsaid if words in text] == []
    assert set(names) == {"donnees.json", "LISEZ-MOI.html"} | {name for name in names if name.startswith("saisine-")}


@pytest.mark.django_db
def test_a_drafts_documents_are_in_it_too():
    story = Story().draft(project="Apprendre le métier d’archiviste.")
    archive = exported(story.student, at=story.at)
    assert [name.partition("-")[2] for name in archive.namelist() if name.startswith("brouillon/")] == ["releve.pdf"]
    held = json.loads(archive.read("donnees.json"))
    assert held["referrals.Referral"][0]["project"] == "Apprendre le métier d’archiviste."
    assert [event["kind"] for event in held["referrals.Event"]] != []


@pytest.mark.django_db
def test_she_confirms_that_it_is_she_before_she_takes_it(client):
    story = Story().draft()
    client.force_login(story.student)
    answer = client.get(EXPORT)
    assert (answer.status_code, answer["Location"].startswith("/compte/")) == (302, True)
    client.post(reverse("account_login"), {"login": story.student.email, "password": factories.PASSWORD})
    client.logout()
    client.post(reverse("account_login"), {"login": story.student.email, "password": factories.PASSWORD})
    answer = client.get(EXPORT)
    assert answer["Content-Type"] == "application/zip"
    assert ZipFile(BytesIO(b"".join(answer.streaming_content))).testzip() is None


@pytest.mark.django_db
def test_she_corrects_how_she_is_reached_and_a_trace_tells_which_not_what(client):
    story = Story().filed()
    client.force_login(story.student)
    client.post(MY_DATA, {"name": "Zoé D’Exemple", "phone": "06 00 00 00 00", "language": "fr"})
    story.student.refresh_from_db()
    assert (story.student.name, story.student.phone) == ("Zoé D’Exemple", "06 00 00 00 00")
    assert (
        LogEntry.objects.get(object_id=str(story.student.pk)).change_message == "Rectifié par la personne elle-même : name, phone."
    )


@pytest.mark.django_db(transaction=True)
def test_a_student_without_a_filed_case_erases_herself_at_once(client):
    story = Story().draft(project="Devenir archiviste chez canarimarqueur.")
    procedure.add_document(story.id, kind=DocumentKind.CV, upload=factories.upload(), by=story.her, at=story.at)
    files = [document.file for document in story.referral.documents.all()]
    client.post(reverse("account_login"), {"login": story.student.email, "password": factories.PASSWORD})
    assert "Effacer mon compte" in client.get(MY_DATA).content.decode()
    client.post(ERASE_ME)
    assert story.referral.birth_name == "D’Exemple"  # she has not said that she is sure
    client.post(ERASE_ME, {"sure": "yes"})
    assert not User.objects.filter(pk=story.student.pk).exists()
    assert [file.storage.exists(file.name) for file in files] == [False, False]
    assert (story.referral.project, story.referral.birth_name) == ("", "")


@pytest.mark.django_db
def test_a_filed_case_is_kept_and_she_is_told_why(client):
    story = Story().filed()
    client.post(reverse("account_login"), {"login": story.student.email, "password": factories.PASSWORD})
    page = client.get(MY_DATA).content.decode()
    assert "Vous avez déposé une saisine" in page
    assert "Effacer mon compte" not in page
    client.post(ERASE_ME, {"sure": "yes"})
    assert User.objects.filter(pk=story.student.pk).exists()
    assert story.referral.birth_name == "D’Exemple"
