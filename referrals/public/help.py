"""Questions and answers: the table of `questions`, as the current campaign's rules answer it."""

from collections.abc import Mapping
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from ..current import current_rules
from ..models import CampaignRules
from ..rules.eligibility import rules_asked
from ..wording_rules import RULES, Line, line_of
from .questions import MINIMA, QUESTIONS, Question, Varying, Words


class Answered(NamedTuple):
    """A question as a page shows it. lines: the rules it rests on; law: what else, or empty."""

    key: str
    asked: str
    answer: list[str]
    lines: list[Line]
    law: str
    leads_to: list[tuple[str, str]]


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """Answer under the current rules; before any campaign is announced, only what no rule decides."""
    rules = current_rules(on=timezone.localdate(request.at))
    return render(request, "public/questions.html", {"rules": rules, "sections": answered(rules)})


def answered(rules: CampaignRules | None) -> list[tuple[str, list[Answered]]]:
    """Return each section's title and its questions, answered under ``rules``; without them, those that ask for none."""
    sections = [
        (str(title), [_answer(question, rules) for question in table if rules or not _needs_rules(question)])
        for title, table in QUESTIONS.items()
    ]
    return [(title, found) for title, found in sections if found]


def _needs_rules(question: Question) -> bool:
    return bool(question.rules) or any(isinstance(words, Varying) for words in question.answer)


def _answer(question: Question, rules: CampaignRules | None) -> Answered:
    lines = {name: line_of(rules, name) for name in RULES} if rules else {}
    values = {name: line.value for name, line in lines.items()}
    rests_on = [name for one in question.rules for name in (_minima(rules) if one == MINIMA else [one])]
    return Answered(
        key=question.key,
        asked=_said(question.asked, values),
        answer=[_said(_paragraph(words, rules), values) for words in question.answer],
        lines=[lines[name] for name in rests_on],
        law=gettext(str(question.law)) if question.law else "",
        leads_to=[(address, str(words)) for address, words in question.leads_to],
    )


def _minima(rules: CampaignRules | None) -> list[str]:
    return rules_asked(rules.stated, single_university=False) if rules else []


def _paragraph(words: Words | Varying, rules: CampaignRules | None) -> Words:
    return words.by[getattr(rules, words.rule)] if isinstance(words, Varying) else words


def _said(words: Words, values: Mapping[str, str]) -> str:
    said = gettext(words) if isinstance(words, str) else str(words)
    return said % values if "%(" in said else said
