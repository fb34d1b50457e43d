"""Everybody knocks at every door of the site, with what is hers, what is somebody else's and what does not exist.

What happens is decided, address by address, in `tests.rights.decided`; an address that nobody decided fails. What is not hers
answers as what does not exist, to the letter: status, headers, page. Both regions are alike, so who works in the other one is who
works here, seen from there.
"""

import logging
from itertools import zip_longest

import pytest

from .decided import DECIDED, TRACED, expected, leads_on, refused
from .doors import doors
from .walk import CASES_OF, FOREIGN, OWN_KINDS, Answer, Filled, Walker, filled

pytestmark = pytest.mark.django_db

WHO = (
    "stranger", "student", "drafter", "silent", "adviser", "institution", "caseworker", "head", "medical", "administrator",
    "former", "deactivated",
)  # fmt: skip
METHODS = ("GET", "POST", "DELETE")
Answers = dict[tuple[str, str], Answer]
"""By what stood in the address, and the method."""


@pytest.fixture(autouse=True)
def without_tracebacks(no_undefined_variable, caplog, settings):
    """Others hear of what a template lacks, of a session's age and of spaces; here, thousands of requests would spend their time
    on it.
    """
    settings.SESSION_SAVE_EVERY_REQUEST = False
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "referrals.typesetting.typeset_pages"]
    for name in ("django.template", "django.request", "saisine", "config.requests"):
        caplog.set_level(logging.CRITICAL, logger=name)


def test_every_address_is_decided_and_every_decision_is_of_an_address():
    assert {door.name for door in doors()} ^ set(DECIDED) == set()


@pytest.mark.parametrize("who", WHO)
def test_everybody_is_answered_as_decided(world, who, record_property):
    walker = Walker(world.people[who], is_active=who != "deactivated")
    wrong: list[str] = []
    for door in doors():
        answers: Answers = {}
        for what in filled(door, world, who):
            for method in METHODS:
                if method == "DELETE" and (what.kind not in OWN_KINDS or is_to_sign_in(answers[what.kind, "GET"])):
                    continue
                if what.kind == "absent" and _was_sent_away(answers, method):
                    continue  # to sign in, whatever she asked for
                answers[what.kind, method] = answer = walker.ask(method, what.address)
                wrong += not_as_decided(door.name, who, what, method, answer, answers)
        wrong += told_apart(door.name, who, answers)
    record_property("asked", walker.asked)
    record_property("doors", len(doors()))
    assert wrong == []


def is_to_sign_in(answer: Answer) -> bool:
    return answer.leads_to.startswith(("/compte/login/?", "/bureau/login/?"))


def _was_sent_away(answers: Answers, method: str) -> bool:
    return any(is_to_sign_in(answer) for (_, asked), answer in answers.items() if asked == method)


def not_as_decided(name: str, who: str, what: Filled, method: str, answer: Answer, answers: Answers) -> list[str]:
    """Return what is wrong with one answer: it is what was decided, and a method that no page knows is refused, or only reads."""
    said = f"{name} {method} {what.kind}: {answer.status}"
    wrong = []
    if method == "DELETE":
        usual = answers[what.kind, "GET"].status
        wrong += [] if answer.status in (405, usual) else [f"{said}, neither 405 nor {usual}"]
    elif what.kind == "absent":
        led = answer.status == 302 and leads_on(name)
        wrong += [] if led or answer.status in refused(name, who) else [f"{said} for what does not exist"]
    elif what.kind in (*OWN_KINDS, *CASES_OF.get(who, ())) or expected(name, who, what.kind, method):
        decided = expected(name, who, what.kind, method) or refused(name, who)
        wrong += [] if answer.status in decided else [f"{said}, decided: {decided}"]
    if method == "GET" and answer.is_file and who != "deactivated" and name not in TRACED:
        wrong.append(f"{said}: a file leaves, and nobody decided whether its student is told")
    if answer.is_read and TRACED.get(name, "") != "told":
        wrong.append(f"{said}: a reading is kept")
    return wrong


def told_apart(name: str, who: str, answers: Answers) -> list[str]:
    """Return where what is not hers is not answered as what does not exist."""
    wrong = []
    alike = [(kind, "absent") for kind in FOREIGN.get(who, ("case",))] + [("theirs in hers", "none in hers")]
    for (foreign, none), method in ((pair, method) for pair in alike for method in METHODS):
        one, other = answers.get((foreign, method)), answers.get((none, method))
        if one and other and not expected(name, who, foreign, method) and (apart := differences(one, other)):
            wrong.append(f"{name} {method}: {foreign} ({one.status}) is told apart from {none} ({other.status}): {apart[:2]}")
    return wrong


def differences(one: Answer, other: Answer) -> list[tuple[object, object]]:
    """Return the lines in which two answers differ."""
    return [pair for pair in zip_longest(one.as_told(), other.as_told()) if pair[0] != pair[1]]
