"""What is told to the medical adviser alone is sealed: in the database, on the disk, by keys of its own that can be changed."""

import secrets
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from referrals import chains, procedure
from referrals.documents import storing
from referrals.models import DocumentKind, Role
from referrals.privacy.resealing import reseal
from referrals.procedure import By
from referrals.sealing import Purpose, Unopened, is_current, seal, seal_text, unseal, unseal_text
from tests import factories
from tests.privacy.marked_story import MarkedStory, found
from tests.story import Story

HEALTH, FACTORS = Purpose.HEALTH, Purpose.FACTORS
NEEDS = "À moins de 30 km d’un hôpital."


def key() -> str:
    return secrets.token_urlsafe(32)


def test_what_is_sealed_opens_whole_and_never_looks_the_same():
    sealed = seal(b"certificat", purpose=HEALTH)
    assert unseal(sealed, purpose=HEALTH) == b"certificat"
    assert b"certificat" not in sealed
    assert seal(b"certificat", purpose=HEALTH) != sealed
    assert unseal_text(seal_text("hôpital", purpose=HEALTH), purpose=HEALTH) == "hôpital"
    assert (seal_text("", purpose=HEALTH), unseal_text("jamais scellé", purpose=HEALTH)) == ("", "jamais scellé")


@pytest.mark.parametrize("place", [0, 9, 20, -1])
def test_what_was_changed_does_not_open(place):
    sealed = bytearray(seal(b"certificat", purpose=HEALTH))
    sealed[place] ^= 1
    with pytest.raises(Unopened):
        unseal(bytes(sealed), purpose=HEALTH)


def test_one_purpose_does_not_open_what_the_other_sealed_even_with_the_same_key(settings):
    settings.HEALTH_KEYS = settings.SEALING_KEYS = [key()]
    with pytest.raises(Unopened):
        unseal(seal(b"certificat", purpose=HEALTH), purpose=FACTORS)


def test_the_first_key_seals_and_all_open(settings):
    settings.HEALTH_KEYS = former = [key()]
    sealed = seal(b"certificat", purpose=HEALTH)
    settings.HEALTH_KEYS = [key(), *former]
    assert unseal(sealed, purpose=HEALTH) == b"certificat"
    assert (is_current(sealed, purpose=HEALTH), is_current(seal(b"", purpose=HEALTH), purpose=HEALTH)) == (False, True)
    settings.HEALTH_KEYS = settings.HEALTH_KEYS[:1]
    with pytest.raises(Unopened, match="HEALTH_KEYS does not hold: put it back"):
        unseal(sealed, purpose=HEALTH)


@pytest.mark.parametrize("keys", [[], ["trop-court"], ["é" * 43]])
def test_what_is_no_key_is_said_by_the_name_of_its_setting(settings, keys):
    settings.HEALTH_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match=r"HEALTH_KEYS holds .*secrets\.token_urlsafe\(32\)"):
        seal(b"", purpose=HEALTH)


@pytest.fixture
def asked(db) -> Story:
    """She has told the medical adviser something, in words and in a document, and has an opinion."""
    story = MarkedStory("canarimarqueur")
    story.draft()
    procedure.request_health(story.id, words=f"Suivie à l’hôpital {story.mark}.", by=story.her, at=story.at)
    procedure.add_health_document(story.id, upload=story.file("certificat"), by=story.her, at=story.at)
    procedure.file(story.id, by=story.her, at=story.at)
    story.medical = factories.post(Role.MEDICAL, region=story.academy.region)
    needs = {"favourable": True, "needs": NEEDS}
    procedure.give_opinion(story.id, **needs, by=By.medical(story.medical), at=story.at)
    return story


def stored_bytes() -> bytes:
    return b"".join(path.read_bytes() for path in Path(configured.MEDIA_ROOT).rglob("*") if path.is_file())


def raw(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchone()[0])


def test_neither_the_disk_nor_a_dump_tells_what_was_said(asked):
    assert asked.mark.encode() not in stored_bytes()
    assert [place for place in found("l’hôpital") if place != "account_emailaddress"] == []
    assert raw("SELECT words FROM referrals_healthrequest").startswith("scelle1:")
    assert raw("SELECT needs FROM referrals_healthrequest").startswith("scelle1:")
    assert raw("SELECT note FROM referrals_event WHERE kind = 'health_opinion'").startswith("scelle1:")
    assert raw("SELECT needs FROM referrals_referral") == NEEDS  # of a favourable opinion the office reads what to respect
    assert asked.referral.health.words == "Suivie à l’hôpital canarimarqueur."
    assert chains.prove().breaches == []


def test_the_student_and_the_medical_adviser_read_it_and_nobody_else(asked):
    document = asked.referral.documents.get(kind=DocumentKind.HEALTH)
    address = reverse("document", args=[document.key])
    answers = {}
    people = {
        "student": asked.student,
        "medical": asked.medical,
        "caseworker": asked.caseworker,
        "head": asked.signer,
        "administrator": factories.post(Role.ADMINISTRATOR),
    }
    for name, user in people.items():
        answer = factories.signed_in(user).get(address)
        answers[name] = b"".join(answer.streaming_content)[:5] if answer.status_code == 200 else answer.status_code
    assert answers == {"student": b"%PDF-", "medical": b"%PDF-", "caseworker": 404, "head": 404, "administrator": 404}
    page = factories.signed_in(asked.medical).get(reverse("admin:referrals_healthrequest_change", args=[asked.referral.health.pk]))
    assert "Suivie à l’hôpital canarimarqueur." in page.content.decode()
    assert asked.mark.encode() not in stored_bytes()  # what was opened for them is kept nowhere


def test_a_file_on_its_way_is_sealed_as_well():
    names = [storing.keep_part(b"premier morceau, "), storing.keep_part(b"second morceau")]
    assert b"morceau" not in stored_bytes()
    with storing.joined(names) as whole:
        assert whole.read() == b"premier morceau, second morceau"


@pytest.mark.django_db(transaction=True)
def test_a_new_key_takes_everything_over_and_the_former_one_may_go(settings, capsys):
    story = MarkedStory("canarimarqueur")
    story.draft()
    procedure.request_health(story.id, words="Suivie à l’hôpital.", by=story.her, at=story.at)
    procedure.add_health_document(story.id, upload=story.file("certificat"), by=story.her, at=story.at)
    procedure.file(story.id, by=story.her, at=story.at)
    medical = By.medical(factories.post(Role.MEDICAL, region=story.academy.region))
    procedure.give_opinion(story.id, favourable=True, needs=NEEDS, by=medical, at=story.at)
    settings.HEALTH_KEYS = [key(), *settings.HEALTH_KEYS]
    call_command("reseal")
    assert capsys.readouterr().out.splitlines() == ["documents: 1", "requests: 1", "events: 1"]
    assert reseal() == {"documents": 0, "requests": 0, "events": 0}
    settings.HEALTH_KEYS = settings.HEALTH_KEYS[:1]
    document = story.referral.documents.get(kind=DocumentKind.HEALTH)
    assert storing.stored(document.file.name).read().startswith(b"%PDF")
    assert len(list(Path(configured.MEDIA_ROOT).rglob("*.scelle"))) == 1
    assert story.referral.events.of_health().get(kind="health_opinion").words == NEEDS
    assert chains.prove().breaches == []


@pytest.mark.django_db(transaction=True)
def test_what_was_there_before_the_keys_is_sealed_too(asked_in_the_clear):
    story = asked_in_the_clear
    assert reseal() == {"documents": 1, "requests": 1, "events": 1}
    assert story.mark.encode() not in stored_bytes()
    assert story.referral.health.words == "Suivie à l’hôpital."
    assert story.referral.events.of_health().get(kind="health_opinion").words == NEEDS
    assert chains.prove().breaches == []


@pytest.fixture
def asked_in_the_clear(transactional_db, monkeypatch) -> MarkedStory:
    """As the code of before wrote it: `keep` and the columns knew of no key."""
    monkeypatch.setattr("referrals.sealing.seal_text", lambda text, *, purpose: text)
    monkeypatch.setattr("referrals.procedure.moving.seal_text", lambda text, *, purpose: text)
    story = MarkedStory("canarimarqueur")
    story.draft()
    procedure.request_health(story.id, words="Suivie à l’hôpital.", by=story.her, at=story.at)
    document = procedure.add_health_document(story.id, upload=story.file("certificat"), by=story.her, at=story.at)
    clear = storing.keep(storing.stored(document.file.name), kind=DocumentKind.CV, extension=".pdf")
    storing.forget([document.file.name])
    type(document).objects.filter(pk=document.pk).update(file=clear)
    procedure.file(story.id, by=story.her, at=story.at)
    medical = By.medical(factories.post(Role.MEDICAL, region=story.academy.region))
    procedure.give_opinion(story.id, favourable=True, needs=NEEDS, by=medical, at=story.at)
    monkeypatch.undo()
    assert story.mark.encode() in stored_bytes()
    return story


@pytest.mark.django_db(transaction=True)
def test_without_its_key_nothing_is_lost_and_the_error_says_which(settings):
    story = MarkedStory("canarimarqueur")
    story.draft()
    procedure.request_health(story.id, words="Suivie à l’hôpital.", by=story.her, at=story.at)
    kept, settings.HEALTH_KEYS = settings.HEALTH_KEYS, [key()]
    with pytest.raises(Unopened, match="HEALTH_KEYS"):
        story.referral.health.refresh_from_db()
    with pytest.raises(Unopened, match="HEALTH_KEYS"):
        reseal()
    settings.HEALTH_KEYS = kept
    assert story.referral.health.words == "Suivie à l’hôpital."
