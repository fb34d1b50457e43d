"""The menu and what every page wears."""

import re

import pytest
from django.urls import reverse

from referrals.look import MENU

pytestmark = pytest.mark.django_db
CURRENT = re.compile(r'<a class="fr-nav__link"\s+href="([^"]*)"\s+aria-current="page"')


@pytest.mark.parametrize("page", MENU)
def test_the_menu_says_where_one_is(client, page):
    assert CURRENT.findall(client.get(reverse(page)).content.decode()) == [reverse(page)]


def test_elsewhere_it_says_nothing(client):
    for path in ("/", "/rien-ici/"):
        assert CURRENT.findall(client.get(path).content.decode()) == []


def test_the_state_is_declared_on_every_page(client):
    assert "Accessibilité\N{NO-BREAK SPACE}: non conforme" in client.get("/").content.decode()
