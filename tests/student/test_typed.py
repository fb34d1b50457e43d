"""An expired session costs no word: what was typed comes back after the login, to her alone."""

import pytest
from django.test import Client

from tests.factories import PASSWORD
from tests.student.conftest import Browser
from tests.student.reading import text_of, typed
from tests.student.test_draft import IDENTITY, saved, transcript

pytestmark = pytest.mark.django_db

NOTICE = "Votre session avait expiré : votre saisie a été conservée, vérifiez-la puis enregistrez."


def log_in(browser: Browser, email: str, next_page: str):
    return browser.client.post("/compte/login/", {"login": email, "password": PASSWORD, "next": next_page})


@pytest.fixture
def expired(blank) -> Browser:
    blank.client = Client()
    return blank


def test_what_was_typed_comes_back_after_the_login(expired, story):
    address = expired.address("identity")
    response = expired.post("identity", IDENTITY)
    assert response.url == f"/compte/login/?next={address}"
    assert saved(expired.referral, "first_names") == [""]
    assert log_in(expired, story.student.email, address).url == address
    page = expired.get("identity")
    assert NOTICE in text_of(page)
    assert "Les fichiers" not in text_of(page)
    assert typed(page, *IDENTITY) == list(IDENTITY.values())
    expired.post("identity", IDENTITY)
    assert saved(expired.referral, "first_names") == ["Zoé Aïcha"]
    assert NOTICE not in text_of(expired.get("identity"))


def test_a_file_is_never_kept_and_the_page_says_so(expired, story):
    expired.post("documents", {"kind": "cv", "file": transcript()})
    log_in(expired, story.student.email, expired.address("documents"))
    page = expired.get("documents")
    assert f"{NOTICE} Les fichiers, eux, sont à choisir de nouveau." in text_of(page)
    assert typed(page, "kind", "file") == ["cv", None]
    assert expired.referral.documents.count() == 0


def test_neither_the_token_nor_a_password_is_kept(expired):
    expired.post("identity", {"first_names": "Zoé", "csrfmiddlewaretoken": "jeton", "password": "secret"})
    assert expired.client.session["typed_before_login"] == {expired.address("identity"): {"first_names": ["Zoé"]}}


def test_somebody_else_at_the_same_browser_reads_nothing(expired, other):
    expired.post("identity", IDENTITY)
    log_in(expired, other.email, expired.address("identity"))
    assert expired.get("identity").status_code == 404


def test_a_button_pressed_too_late_leads_back_to_its_page(expired, story):
    document = story.draft().referral.documents.first()
    response = expired.post("remove_document", document=document.key)
    after = log_in(expired, story.student.email, response.url.split("next=")[1])
    assert expired.client.get(after.url).url == expired.address("documents")


def test_a_page_opened_before_the_last_login_keeps_its_words_too(blank, story):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(story.student)
    address = blank.address("identity")
    response = strict.post(address, IDENTITY, headers={"origin": "http://testserver"})
    assert response.status_code == 403
    assert "Ce que vous aviez tapé est conservé." in text_of(response)
    assert typed(strict.get(address), "first_names") == ["Zoé Aïcha"]


def test_what_another_site_posts_is_never_kept(blank, story):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(story.student)
    response = strict.post(blank.address("identity"), IDENTITY, headers={"origin": "https://ailleurs.example"})
    assert response.status_code == 403
    assert "Ce que vous aviez tapé est conservé." not in text_of(response)
    assert "typed_before_login" not in strict.session
