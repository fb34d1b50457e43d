"""The keyboard alone, from the first page of the office to a file declared admissible: where one is, is always seen."""

import pytest

from referrals.rules.states import State
from tests import factories
from tests.browser.conftest import Person
from tests.story import Story, in_state

FAR_ENOUGH = 150
"""Tabs: a page on which one needs more is not for the keyboard."""


@pytest.fixture
def filed(transactional_db) -> Story:
    return in_state(State.FILED)


def tabs_to(person: Person, name: str) -> None:
    """Press Tab until the focus is on what is called ``name``; each stop on the way can be seen."""
    for _ in range(FAR_ENOUGH):
        person.page.keyboard.press("Tab")
        held = person.page.evaluate(
            """() => {
                const held = document.activeElement, style = getComputedStyle(held), box = held.getBoundingClientRect();
                const ring = style.outlineStyle !== "none" || style.boxShadow !== "none" || held.matches("input, select, textarea");
                const name = held.value || held.innerText || held.getAttribute("aria-label") || "";
                return [name.trim(), held.tagName, ring && box.width > 0 && box.height > 0];
            }"""
        )
        assert held[1] == "BODY" or held[2], f"{person.page.url}: nobody sees that the focus is on {held}"
        if name in held[0] and held[1] != "BODY":  # past the last stop the focus is on the page, which says everything
            return
    raise AssertionError(f"{name}: not within {FAR_ENOUGH} tabs of {person.page.url}")


def presses(person: Person, name: str) -> None:
    tabs_to(person, name)
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")


def test_from_the_first_page_through_the_queue_to_an_act(filed, browser, site):
    person = Person(browser, site.address)
    person.signs_in(filed.caseworker.email, factories.PASSWORD)
    person.page.goto("/bureau/")
    presses(person, "À examiner")
    presses(person, filed.referral.number)
    presses(person, "Déclarer recevable")
    presses(person, "Déclarer recevable")
    assert filed.referral.state == State.ADMISSIBLE


def test_several_files_from_the_queue(filed, browser, site):
    person = Person(browser, site.address)
    person.signs_in(filed.caseworker.email, factories.PASSWORD)
    person.page.goto("/bureau/referrals/referral/")
    tabs_to(person, "ticked")
    person.page.keyboard.press("ArrowDown")
    presses(person, "Déclarer recevables")
    presses(person, "Déclarer recevables : 1 dossier")
    assert filed.referral.state == State.ADMISSIBLE
