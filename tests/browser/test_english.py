"""Who does not read French: one button on any page, and everything she needs is English. axe-core finds nothing on any of it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.factories import PASSWORD
from tests.story import Story

PUBLIC = ["home", "questions", "dates", "contacts", "rules", "may_i_refer", "vacancies:list", "accessibility", "legal", "verify"]
OF_A_DRAFT = [
    *("referral", "identity", "licence", "licence_place", "licence_day", "licences", "add_application"),
    *("project", "wishes", "mobility", "documents", "check"),
]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def student(site, browser) -> Person:
    return Person(browser, site.address)


def is_english(student: Person) -> None:
    expect(student.page.locator("html")).to_have_attribute("lang", "en")
    wider = student.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, student.page.url


def test_english_from_one_button_on(student):
    story = Story().draft()
    student.page.set_viewport_size(PHONE)
    student.goes_to("/regles/?a=1")
    student.clicks("Read in English")
    assert student.page.url.endswith("/regles/?a=1")
    for name in PUBLIC:
        student.goes_to(reverse(name))
        is_english(student)
    student.goes_to(reverse("account_login"))
    student.fills(login=story.student.email, password=PASSWORD)
    student.clicks("Sign in")
    expect(student.page.locator("html")).to_have_attribute("lang", "fr")  # her account's own language, until she says otherwise
    student.clicks("Read in English")
    for name in OF_A_DRAFT:
        student.goes_to(reverse(f"student:{name}", args=[story.referral.key]))
        is_english(student)
    student.clicks("Lire en français")
    expect(student.page.locator("html")).to_have_attribute("lang", "fr")
