"""Two languages: who reads which, what stays French whoever causes it, and nothing left unsaid in English."""

import re
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from notifications.models import Message
from referrals import procedure
from referrals.documents.letters import html_of
from referrals.fields import DayField
from referrals.language import Language, in_french
from referrals.models import Document, Event, Limit, Role, User
from referrals.procedure import Refused
from referrals.rules import calendars, rule_sets
from referrals.rules.eligibility import reasons
from referrals.rules.states import State
from referrals.templatetags import instants
from referrals.wording_sources import CLOSED_DAYS, SOURCES
from tests import catalogues, factories
from tests.factories import instant
from tests.rules.test_reasons_in_full import WHOLE
from tests.story import FILED_AT, Story, in_state
from tests.test_confidentiality import RANDOM, undone
from tests.test_every_word import Reader, somebodys_own

ROOT = Path(settings.BASE_DIR)
COOKIE = settings.LANGUAGE_COOKIE_NAME


def spoken(response) -> str:
    """Return the language that a page says it speaks, in its head and in its header alike."""
    (said,) = re.findall(r'<html[^>]* lang="(\w+)"', response.content.decode())
    assert response.headers["Content-Language"] == said
    return said


# Who reads which


@pytest.mark.django_db
def test_a_stranger_reads_french_until_she_asks_for_english(client):
    browser = {"headers": {"accept-language": "en-GB,en;q=0.9"}}
    assert spoken(client.get(reverse("home"), **browser)) == "fr"
    asked = client.post(reverse("language"), {"language": "en", "page": "/regles/?a=1"})
    assert (asked.status_code, asked["Location"]) == (302, "/regles/?a=1")
    kept = asked.cookies[COOKIE]
    assert (kept.value, kept["httponly"], kept["samesite"], kept["path"]) == ("en", True, "Lax", "/")
    assert spoken(client.get(reverse("home"))) == "en"
    assert spoken(client.get(reverse("account_login"))) == "en"
    back = client.post(reverse("language"), {"language": "fr", "page": "/"})
    assert back.cookies[COOKIE]["max-age"] == 0  # who reads French has no such cookie
    assert spoken(client.get(reverse("home"))) == "fr"


@pytest.mark.django_db
def test_an_account_keeps_its_language_on_every_device(client):
    student = factories.UserFactory()
    client.force_login(student)
    assert spoken(client.get(reverse("student:home"))) == "fr"
    client.post(reverse("language"), {"language": "en", "page": "/"})
    student.refresh_from_db()
    assert student.language == "en"
    elsewhere = Client()
    elsewhere.force_login(student)
    assert COOKIE not in elsewhere.cookies
    assert spoken(elsewhere.get(reverse("student:home"))) == "en"


@pytest.mark.django_db
def test_an_account_opened_in_english_speaks_english(client):
    client.cookies[COOKIE] = "en"
    known = {"email": "nouvelle@exemple.fr", "password1": factories.PASSWORD, "password2": factories.PASSWORD, "phone": ""}
    client.post(reverse("account_signup"), known)
    assert User.objects.get().language == "en"
    mail = Message.objects.get()
    assert (mail.language, mail.subject) == ("en", "Confirm your e-mail address")
    assert '<html lang="en">' in mail.html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "address"), [(Role.CASEWORKER, "/bureau/"), (Role.INSTITUTION, "/etablissement/"), (Role.ADVISER, "/suivi/")]
)
def test_those_who_work_here_read_french(client, role, address):
    story = Story()
    place = {"region": story.academy.region} if role == Role.CASEWORKER else {"institution": story.institution}
    worker = factories.post(role, **place)
    User.objects.filter(pk=worker.pk).update(language=Language.ENGLISH)
    client.force_login(worker)
    assert spoken(client.get(address)) == "fr"


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)", ""])
def test_the_switch_leads_to_our_own_pages_alone(client, page):
    assert client.post(reverse("language"), {"language": "en", "page": page})["Location"] == reverse("home")


@pytest.mark.django_db
def test_the_switch_takes_no_other_language(client):
    assert client.post(reverse("language"), {"language": "xx", "page": "/"}).status_code == 400
    assert client.get(reverse("language")).status_code == 405


@pytest.mark.django_db
def test_no_cache_mixes_two_readers_pages(client):
    assert "Cookie" in client.get(reverse("home")).headers["Vary"]


@pytest.mark.django_db
def test_a_page_in_french_offers_english_and_the_other_way_round(client):
    for kept, other, name in (("fr", "en", "English"), ("en", "fr", "français")):
        client.cookies[COOKIE] = kept
        page = client.get(reverse("rules")).content.decode()
        (button,) = re.findall(r"<button[^>]*name=\"language\"[^>]*>[^<]*</button>", page)
        assert f'value="{other}"' in button
        assert f'lang="{other}"' in button
        assert name in button


# What stays French


TEXTS = (models.CharField, models.TextField, models.JSONField)


def kept_texts() -> dict[str, list[str]]:
    """Return every text the database keeps, by table and column, but for what differs from one telling to the next."""
    tables = [model for app in ("referrals", "notifications", "vacancies") for model in apps.get_app_config(app).get_models()]
    return {
        f"{model.__name__}.{column.name}": [
            _the_same_each_time(str(value))
            for value in model._default_manager.order_by("pk").values_list(column.attname, flat=True)
        ]
        for model in tables
        for column in model._meta.concrete_fields
        if isinstance(column, TEXTS) and column.name not in ("password", "code")
    }


def _the_same_each_time(text: str) -> str:
    for pattern, name in (*RANDOM, (r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", "CODE"), (r"data:image/svg\+xml;[^\"]*", "QR")):
        text = re.sub(pattern, name, text)
    return text


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
def test_what_is_kept_is_french_whatever_language_is_read(state):
    told = []
    for language in Language:
        with time_machine.travel(FILED_AT, tick=False), undone(), translation.override(language):
            in_state(state)
            with in_french():
                told.append(kept_texts())
            letters = [_the_same_each_time(html_of(letter)) for letter in Document.objects.exclude(content=None).order_by("pk")]
            told[-1]["letters"] = letters
    french, english = told
    assert french == english


def test_one_transaction_serves_every_verb():
    """It is where the language is set: a verb that opened another one might keep what its reader's page says."""
    others = [path for path in (ROOT / "referrals" / "procedure").glob("*.py") if path.stem != "moving"]
    assert others
    assert [path.name for path in others if "durable=True" in path.read_text()] == []


@pytest.mark.django_db
def test_a_refusal_is_put_into_words_when_it_is_read():
    story = Story().draft()
    with translation.override("en"), pytest.raises(Refused) as refused:
        procedure.withdraw(story.id, reason="", by=story.her, at=story.at)
    assert refused.value.sentence == "Cette action n’est plus possible dans l’état actuel du dossier."
    with translation.override("en"):
        assert refused.value.sentence == "This action is no longer possible at this stage of the file."


@pytest.mark.django_db
def test_what_is_missing_is_named_in_the_readers_language():
    story = Story()
    story._referral_id = procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at).pk
    with pytest.raises(Refused) as refused:
        procedure.file(story.id, by=story.her, at=story.at)
    assert str(refused.value.sentence).startswith("Il manque : vos prénoms, votre nom de naissance, ")
    with translation.override("en"):
        assert str(refused.value.sentence).startswith("Missing: your first names, your birth name, ")


# What is kept in French is shown in English


@pytest.mark.parametrize(("rule_set", "changes", "reason"), WHOLE)
def test_a_reason_has_its_english_words(rule_set, changes, reason):
    from dataclasses import replace
    from functools import partial

    from tests.rules.test_eligibility import PLAIN

    (found,) = reasons(replace(PLAIN, **changes), partial(rule_sets.stated, rule_set))
    with translation.override("en"):
        for french in (found.words, found.cure, *found.sources):
            assert translation.gettext(french) != ""
        assert found.said_by(translation.gettext) != found.sentence


def test_every_source_of_a_rule_is_marked_for_the_catalogue():
    stated = {value.source for values in rule_sets.TABLE.values() for value in values}
    assert {*stated, *rule_sets.TEXTS.values(), rule_sets.LAST_OFFERS} <= set(SOURCES)


def test_every_closed_day_is_marked_for_the_catalogue():
    names = {
        name
        for calendar in calendars.OF_A_CALENDAR
        for year in (2025, 2026)
        for name in calendars.legal_days(calendar, year).values()
    }
    assert names | {"samedi", "dimanche"} == set(CLOSED_DAYS)


# Days and hours


@pytest.mark.parametrize(
    ("language", "at", "said"),
    [
        ("fr", "2026-07-01 09:05", "mercredi 1er juillet 2026 à 9 h 05 (heure de Paris, UTC+2)"),
        ("en", "2026-07-01 09:05", "Wednesday 1 July 2026 at 9:05 (Paris time, UTC+2)"),
        ("en", "2026-12-21 18:00", "Monday 21 December 2026 at 18:00 (Paris time, UTC+1)"),
    ],
)
def test_an_instant_in_both_languages(language, at, said):
    with translation.override(language):
        assert instants.in_zone(instant(at), "Europe/Paris") == said


@pytest.mark.django_db
def test_the_end_of_a_limit_in_english():
    story = Story(academy="La Réunion")
    story.offered()
    with translation.override("en"):
        assert instants.end(Limit.objects.get(kind="answer")) == "Monday 6 July 2026 at 24:00 (Réunion time, UTC+4)"


@pytest.mark.parametrize("language", Language)
def test_a_day_is_typed_day_first_in_both_languages(language):
    with translation.override(language):
        assert DayField().clean("10/06/2026") == date(2026, 6, 10)
        assert date_format(date(2026, 6, 10), "SHORT_DATE_FORMAT") == "10/06/2026"


# The catalogue


def test_nothing_is_missing_from_the_english_catalogue():
    assert catalogues.problems() == []


FRENCH = re.compile(
    r"\b(?:votre|vos|vous|est|sont|dans|pour|une|les|des|avec|sans|qui|que|du|au|aux|par|sur)\b|[«»]", re.IGNORECASE
)
"""Words and marks without which nobody writes a French sentence."""
TEN_PAGES = [
    "home", "questions", "dates", "contacts", "rules", "may_i_refer", "vacancies:list", "accessibility", "account_login",
    "account_signup",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", TEN_PAGES)
def test_ten_pages_hold_no_french_sentence(client, name):
    Story().vacancy(seats=2)
    client.cookies[COOKIE] = "en"
    reader = Reader()
    reader.feed(client.get(reverse(name)).content.decode())
    assert [said for said in reader.heard if FRENCH.search(without_names(said))] == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
def test_her_page_holds_no_french_sentence(client, state):
    with time_machine.travel(FILED_AT, tick=False):
        story = in_state(state)
        User.objects.filter(pk=story.student.pk).update(language=Language.ENGLISH)
        client.force_login(story.student)
        reader = Reader()
        reader.feed(client.get(reverse("student:referral", args=[story.referral.key])).content.decode())
    assert [said for said in reader.heard if FRENCH.search(without_names(said))] == []


def without_names(said: str) -> str:
    """Return ``said`` without what keeps its French name: in brackets at its first use, or of the database."""
    notes = Event.objects.exclude(note="").values_list("note", flat=True)
    for word in [*somebodys_own(), *notes, "Défenseur des droits"]:
        said = said.replace(word, " ")
    return re.sub(r"\([^)]*\)", " ", said)
