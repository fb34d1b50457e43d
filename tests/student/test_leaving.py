"""A draft near its limit: every page of it says that nothing is filed, and signing out asks first; otherwise nobody is nagged."""

from datetime import timedelta

import pytest
from django.test import Client

from referrals.models import Document, Referral
from tests import factories
from tests.factories import instant
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import text_of

pytestmark = pytest.mark.django_db

PRESSING = "fr-alert fr-alert--error"
PLAIN = "Brouillon : votre saisine n’est pas encore déposée."
READY = "Tout ce qui est obligatoire est rempli : il ne reste qu’à déposer."


def at(her: Browser, the_day, moment) -> Browser:
    """She, signed in at another moment."""
    the_day.move_to(moment)
    her.client.force_login(her.referral.student)
    return her


def ends_at(her: Browser):
    return her.referral.limits.live().get().ends_at


def signs_out(her: Browser):
    return her.client.post("/ma-saisine/quitter/")


def is_signed_in(her: Browser) -> bool:
    return her.client.get("/ma-saisine/").status_code == 200


def test_with_time_left_the_banner_is_calm_and_signing_out_is_one_click(her, the_day):
    at(her, the_day, ends_at(her) - timedelta(days=3, seconds=1))
    page = text_of(her.get("referral"))
    assert PLAIN in page
    content = her.get("referral").content.decode()
    assert [sign for sign in (PRESSING, "data-unfiled") if sign in content] == []
    assert signs_out(her).url == "/"
    assert not is_signed_in(her)


@pytest.mark.parametrize("page", ["referral", "identity", "applications", "documents", "check", "health"])
def test_three_days_before_the_end_every_page_of_the_draft_presses(her, the_day, page):
    at(her, the_day, ends_at(her) - timedelta(days=3))
    shown = her.get(page)
    said = "Le délai pour déposer finit bientôt : vous avez jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)"
    assert [words for words in (PLAIN, said, READY) if words not in text_of(shown)] == []
    content = shown.content.decode()
    assert [sign for sign in (PRESSING, "data-unfiled", "scripts/leaving.js") if sign not in content] == []


def test_what_lacks_something_yet_is_pressed_but_holds_nobody_back(her, the_day):
    Referral.objects.filter(pk=her.referral.pk).update(transcript=None)
    Document.objects.filter(referral=her.referral).delete()
    at(her, the_day, ends_at(her) - timedelta(days=1))
    shown = her.get("referral")
    assert PRESSING in shown.content.decode()
    assert "Il manque encore quelque chose : « Vérifier et déposer » dit quoi." in text_of(shown)
    assert "data-unfiled" not in shown.content.decode()


def test_once_the_limit_is_over_it_says_so_and_that_she_may_still_file(her, the_day):
    at(her, the_day, ends_at(her))
    page = text_of(her.get("referral"))
    over = "Le délai pour déposer est passé : il courait jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)."
    assert f"{over} Vous pouvez encore déposer , en disant pourquoi c’est tard : le rectorat décide." in page
    assert "Dépôt de la saisine : délai passé. Il courait jusqu’au mardi 30 juin 2026 à 24 h 00" in page
    assert "Ajouter ce délai à mon agenda" not in page


def test_near_the_end_of_the_campaign_a_draft_without_a_limit_presses_too(the_day):
    story = Story().draft(expected=True)
    her = Browser(story.student, story.referral)
    last_day = story.campaign.search_until
    assert story.referral.limits.count() == 0
    at(her, the_day, instant(f"{last_day - timedelta(days=22):%Y-%m-%d} 23:59 Europe/Paris"))
    assert PRESSING not in her.get("referral").content.decode()
    at(her, the_day, instant(f"{last_day - timedelta(days=21):%Y-%m-%d} 00:01 Europe/Paris"))
    assert "est le dernier jour où le rectorat peut proposer des places." in text_of(her.get("referral"))
    at(her, the_day, instant(f"{last_day + timedelta(days=1):%Y-%m-%d} 00:01 Europe/Paris"))
    assert PRESSING not in her.get("referral").content.decode()  # nothing helps any more


def test_signing_out_near_the_limit_leads_to_a_page_with_two_choices(her, the_day):
    at(her, the_day, ends_at(her) - timedelta(hours=1))
    response = signs_out(her)
    assert response.url == "/ma-saisine/quitter/"
    assert is_signed_in(her)
    shown = her.client.get(response.url)
    page = text_of(shown)
    assert [
        words
        for words in ("Votre saisine n’est pas déposée", "vous avez jusqu’au mardi 30 juin 2026 à 24 h 00", READY)
        if words not in page
    ] == []
    content = shown.content.decode()
    assert f'href="{her.address("check")}"' in content
    assert 'method="post" action="/compte/logout/"' in content
    her.client.post("/compte/logout/")
    assert not is_signed_in(her)


def test_the_header_signs_out_by_that_way(her):
    assert 'action="/ma-saisine/quitter/"' in her.get("referral").content.decode()


@pytest.mark.parametrize("who", ["filed", "adviser"])
def test_nobody_else_is_held_back(who, the_day):
    story = Story().filed()
    user = story.student if who == "filed" else factories.post("adviser", institution=story.institution)
    client = Client()
    client.force_login(user)
    assert client.post("/ma-saisine/quitter/").url == "/"


def test_somebody_elses_draft_holds_nobody_back(her, the_day, other):
    at(her, the_day, ends_at(her) - timedelta(hours=1))
    client = Client()
    client.force_login(other)
    assert client.post("/ma-saisine/quitter/").url == "/"
