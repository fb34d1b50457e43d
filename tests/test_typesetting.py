"""The spaces of French typography on every page; what people typed stays as they typed it."""

import re

import pytest
from django.test import Client

from referrals.typesetting import NBSP, unbroken, unbroken_page, whole_articles

BARE = re.compile(r" [:;?!»]|« ")
TAG = re.compile(r"<(script|style|textarea|pre)\b.*?</\1>|<[^>]*>", re.DOTALL)


@pytest.mark.parametrize(
    ("typed", "typeset"),
    [
        ("Est-ce possible ?", "Est-ce possible~?"),
        ("« Lettres »", "«~Lettres~»"),
        ("le 1er août à 14 h 05", "le 1er~août à~14~h~05"),
        ("saisine n° 12, art. R. 612-36-3", "saisine n°~12, art.~R.~612-36-3"),
        ("https://saisine.example/?a=1;b", "https://saisine.example/?a=1;b"),
        ("Déjà~: rien", "Déjà~: rien"),
    ],
)
def test_a_line_never_ends_there(typed, typeset):
    assert unbroken(typed.replace("~", NBSP)) == typeset.replace("~", NBSP)


@pytest.mark.parametrize(
    "kept",
    [
        '<input value="Bonjour : quoi ?">',
        "<input value='a > b : c'>",
        "<textarea rows=3>Mon projet : enseigner !\n« oui »</textarea>",
        '<script type="application/json">{"a" : 1}</script>',
        "<!-- ici : rien -->",
        "<pre>a : b</pre>",
    ],
)
def test_what_somebody_typed_is_not_touched(kept):
    assert unbroken_page(f"<p>Nom : {kept} Fin !</p>") == f"<p>Nom{NBSP}: {kept} Fin{NBSP}!</p>"


def test_a_sign_after_a_tag_is_typeset_too():
    assert unbroken_page("<b>Nom</b> : <i>« Zoé »</i>") == f"<b>Nom</b>{NBSP}: <i>«{NBSP}Zoé{NBSP}»</i>"


def prose(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return TAG.sub("", response.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/questions/", "/regles/", "/puis-je-saisir/", "/compte/login/", "/calendrier/"])
def test_pages_in_french_are_typeset_and_english_ones_are_not(path):
    client = Client()
    french = prose(client, path)
    assert BARE.findall(french) == []
    assert NBSP in french
    client.post("/langue/", {"language": "en", "page": path})
    assert f"{NBSP}:" not in prose(client, path)


@pytest.mark.parametrize(
    ("page", "held"),
    [
        ("<p>Voir R. 612-36-3-1.</p>", '<p>Voir <span class="article">R. 612-36-3-1</span>.</p>'),
        ("<p>art. L. 612-6</p>", '<p>art. <span class="article">L. 612-6</span></p>'),
        ("<title>R. 612-36-3</title>", "<title>R. 612-36-3</title>"),
        ("<option>R. 612-36-3</option>", "<option>R. 612-36-3</option>"),
        ('<p title="R. 612-36-3">612-36</p>', '<p title="R. 612-36-3">612-36</p>'),
    ],
)
def test_the_number_of_an_article_is_held_together_and_stays_as_one_types_it(page, held):
    assert whole_articles(page) == held


def test_every_page_holds_its_articles_together(client, db):
    assert f'<span class="article">R.{NBSP}612-36-3</span>' in client.get("/").content.decode()
