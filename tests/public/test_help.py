"""Questions and answers: every number is the campaign's own, every rule named exists, and what varies says what holds."""

import re

import pytest
from django.utils.functional import Promise

from referrals.public.help import answered
from referrals.public.questions import QUESTIONS, Varying
from referrals.rules.rule_sets import ALLOWED, RULE_SETS, values_of
from tests import factories
from tests.factories import signed_in
from tests.story import Story
from tests.student.reading import text_of

pytestmark = pytest.mark.django_db

ARTICLE = re.compile(r"(art\.|n°|L\.|R\.|D\.) ?[LRD]?\.? ?[\d-]+|\(M1\)|\d+ \w+ \d{4}")
"""What a number may be besides a rule's: an article, a decision with its day, the name of the year."""


def all_words():
    for title, questions in QUESTIONS.items():
        yield title
        for question in questions:
            yield question.asked
            for words in question.answer:
                yield from words.by.values() if isinstance(words, Varying) else [words]


def rules_of(rule_set: str):
    return factories.CampaignRulesFactory(rule_set=rule_set, **values_of(rule_set))


def found(rules) -> dict:
    return {question.key: question for _, questions in answered(rules) for question in questions}


def test_no_answer_retypes_a_number():
    retyped = [str(words) for words in all_words() if re.search(r"\d", ARTICLE.sub("", str(words)))]
    assert retyped == []


def test_what_varies_has_words_for_every_value():
    varying = [words for questions in QUESTIONS.values() for one in questions for words in one.answer if isinstance(words, Varying)]
    assert {words.rule: set(words.by) for words in varying} == {
        rule: set(ALLOWED[rule]) for rule in ("silence", "waiting_list", "answer_clock")
    }


def test_each_question_has_its_own_anchor():
    keys = [one.key for questions in QUESTIONS.values() for one in questions]
    assert sorted(set(keys)) == sorted(keys)
    assert [words for words in all_words() if not isinstance(words, Promise | str)] == []


@pytest.mark.parametrize("rule_set", RULE_SETS)
def test_every_question_is_answered_under_every_rule_set(rule_set):
    answers = found(rules_of(rule_set))
    assert len(answers) == sum(len(questions) for questions in QUESTIONS.values())
    assert [key for key, one in answers.items() if not one.answer or "%(" in f"{one.asked}{one.answer}"] == []


def test_the_days_are_those_of_the_campaign_and_not_of_the_text(client):
    factories.CampaignRulesFactory(filing_days=21)
    page = text_of(client.get("/questions/"))
    assert "Que veut dire « 21 jours », exactement ?" in page
    assert "Délai pour déposer la saisine : 21 jours ." in page


def test_silence_means_what_the_rules_say():
    assert "valoir acceptation" in found(rules_of("2018"))["silence"].answer[0]


def test_silence_refuses_since_2023(client):
    silence = found(rules_of("2023"))["silence"]
    assert "valoir refus" in silence.answer[0]
    assert [(line.name, line.value) for line in silence.lines] == [("silence", "refus"), ("silence_months", "4 mois")]
    page = text_of(client.get("/questions/"))
    assert "Pas tant que vous y êtes." in page
    assert "Chaque proposition a son propre délai" in page
    assert "Refus reçus : 5 au moins . Code de l’éducation, art. R. 612-36-3" in page


def test_before_any_campaign_only_what_no_rule_decides_is_answered(client):
    page = client.get("/questions/")
    assert set(found(None)) >= {"documents", "photo", "conditions", "brouillon", "quel-rectorat"}
    assert "silence" not in found(None)
    assert "Les nombres et les délais" not in text_of(page)


def test_a_closed_answer_is_on_the_page_without_a_script(client):
    factories.CampaignRulesFactory()
    page = client.get("/questions/").content.decode().partition("<main")[2].partition("</main>")[0]
    assert page.count("<details") == page.count("<summary") == sum(len(questions) for questions in QUESTIONS.values())
    assert "<details open" not in page


def test_help_is_one_click_from_every_page_of_the_student():
    story = Story().draft()
    hers = signed_in(story.student)
    for address in ("/", "/ma-saisine/", f"/ma-saisine/{story.referral.key}/", f"/ma-saisine/{story.referral.key}/projet/"):
        page = hers.get(address).content.decode()
        assert [one for one in ("/questions/", "/contacts/", "/calendrier/") if f'href="{one}"' not in page] == []
