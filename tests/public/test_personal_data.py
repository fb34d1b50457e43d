"""« Données personnelles »: what is said there is what is done; it is led to from every page and from the sign-up form."""

import re

import pytest
from django.urls import reverse

from referrals.privacy.purposes import PURPOSES, SAID
from referrals.rules.retention import PERIODS, Category
from tests import factories
from tests.story import Story

pytestmark = pytest.mark.django_db

PAGE = "/donnees-personnelles/"


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()).replace("\N{NO-BREAK SPACE}", " ")


def test_every_category_that_is_erased_is_announced_with_its_period(client):
    assert {category for purpose in PURPOSES for category in purpose.kept} == set(SAID) == set(PERIODS) == set(Category)
    said = text_of(client.get(PAGE))
    for category, period in PERIODS.items():
        assert str(SAID[category]).replace("\N{NO-BREAK SPACE}", " ") in said
        assert str(period.months or period.days) in str(SAID[category])


def test_it_says_who_answers_for_it_and_where_to_complain(client):
    region = factories.academy("Lyon").region
    region.email = "rectorat@exemple.fr"
    region.save()
    said = text_of(client.get(PAGE))
    for words in ("rectorat@exemple.fr", "RGPD, article 6, paragraphe 1, e", "L. 612-6", "article 9, paragraphe 2, g", "TSA 80715"):
        assert words in said, words


def test_it_is_english_too(client):
    client.cookies["language"] = "en"
    assert "Your personal data" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("page", ["/", "/compte/signup/", "/mentions-legales/"])
def test_pages_lead_to_it(client, page):
    assert f'href="{PAGE}"' in client.get(page).content.decode()


def test_a_student_is_led_to_her_own(client):
    story = Story().draft()
    client.force_login(story.student)
    assert f'href="{reverse("student:my_data")}"' in client.get(PAGE).content.decode()
    assert f'href="{reverse("student:my_data")}"' in client.get(reverse("student:home")).content.decode()
