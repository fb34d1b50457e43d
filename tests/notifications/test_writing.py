"""French words for days, hours and numbers; and a text and its HTML part that never say different things."""

import csv
import html
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from notifications.models import Message
from notifications.templatetags import french
from notifications.writing import Block, blocks, words
from referrals.templatetags.instants import CLOCKS
from tests.story import Story

N = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("day", "in_words"),
    [(date(2026, 7, 21), "21 juillet"), (date(2026, 8, 1), "1er août"), (french.iso("2026-12-25"), "25 décembre")],
)
def test_short_days(day, in_words):
    assert french.short_day(day) == in_words


@pytest.mark.parametrize(
    ("plain", "set_"),
    [
        ("Qui ? « Moi » : voilà ; là !", f"Qui{N}? «{N}Moi{N}»{N}: voilà{N}; là{N}!"),
        ("mardi 21 juillet 2026 à 24 h 00", f"mardi 21{N}juillet 2026 à{N}24{N}h{N}00"),
        ("le 1er août", f"le 1er{N}août"),
        ("n° 3, art. L. 112-3", f"n°{N}3, art.{N}L.{N}112-3"),
        ("https://exemple.fr/a:b", "https://exemple.fr/a:b"),
        ("1 an à Lyon", "1 an à Lyon"),
    ],
)
def test_where_a_line_may_not_end(plain, set_):
    assert french.typeset(plain) == set_


def test_every_zone_of_an_academie_has_its_words():
    with (Path(settings.BASE_DIR) / "vacancies/data/academies.csv").open(encoding="utf-8") as rows:
        assert {row["zone"] for row in csv.DictReader(rows)} == set(CLOCKS)


def test_small_words():
    assert [french.in_words(number) for number in (1, 3, 10, 11)] == ["une", "trois", "dix", "11"]
    assert [french.of(name) for name in ("Lyon", "Aix-Marseille", "Orléans-Tours", "La Réunion")] == [
        "de Lyon",
        "d’Aix-Marseille",
        "d’Orléans-Tours",
        "de La Réunion",
    ]
    assert [french.file_size(octets) for octets in (12, 850_400, 1_234_567)] == [f"12{N}octets", f"850{N}Ko", f"1,2{N}Mo"]


def test_setting_a_text_makes_it_neither_more_nor_less_safe():
    assert isinstance(french.typeset(mark_safe("<p>")), SafeString)
    assert not isinstance(french.typeset("<p>"), SafeString)


def test_blocks():
    text = "Bonjour,\n\nDeux choses :\n– une\n– deux\nEt la suite.\n\nVoir ici :\nhttps://exemple.fr/x\n\nA\nB"
    assert list(blocks(text)) == [
        Block(lines=("Bonjour,",)),
        Block(lines=("Deux choses :",), items=("une", "deux")),
        Block(lines=("Et la suite.",)),
        Block(lines=("Voir ici",), url="https://exemple.fr/x"),
        Block(lines=("A", "B")),
    ]


def test_what_a_person_wrote_stays_text():
    written = words(subject="Un <b> & l'autre", text="Bonjour <script>alert(1)</script> & l'autre")
    assert written.subject == "Un <b> & l'autre"
    assert written.text == "Bonjour <script>alert(1)</script> & l'autre\n"
    assert "<script>" not in written.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; l&#x27;autre" in written.html


def test_a_subject_is_one_line_and_fits():
    assert words(subject="Deux\nlignes", text="x").subject == "Deux lignes"
    assert len(words(subject="x" * 500, text="x").subject) == 200


@pytest.mark.django_db
def test_text_and_html_say_the_same():
    Story(academy="La Réunion").offered(3)
    for message in Message.objects.all():
        body = re.sub(r"<(style|title)>.*?</\1>|<h1>.*?</h1>|<[^>]+>", " ", message.html, flags=re.DOTALL)
        said = re.sub(r"\s+", "", html.unescape(body))
        for line in message.text.splitlines():
            plain = re.sub(r"\s+", "", line.removeprefix("– ")).removesuffix(":")
            assert plain in said
