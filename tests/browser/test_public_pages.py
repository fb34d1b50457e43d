"""What anybody reads first: on a phone and at a desk, axe-core finds nothing and nothing sticks out; the next click is in sight."""

from collections.abc import Iterator

import pytest

from referrals.procedure.limits import refresh_filing_limit
from tests import factories
from tests.browser.conftest import Person
from tests.story import Story
from vacancies.imports.reference import load_reference
from vacancies.models import AcademicRegion, Institution

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1280, "height": 800}
PAGES = (
    "/", "/questions/", "/contacts/", "/contacts/?q=lyon", "/contacts/?academie=A31", "/calendrier/", "/calendrier/?academie=A41",
    "/puis-je-saisir/", "/regles/", "/places-vacantes/", "/statistiques/", "/mentions-legales/",
)  # fmt: skip


@pytest.fixture
def campaign(transactional_db) -> None:
    load_reference()
    factories.CampaignRulesFactory()
    AcademicRegion.objects.filter(name="Corse").update(
        address="1 rue de l’Exemple\n00000 Exempleville", email="saisine@rectorat.example", page="https://rectorat.example/saisine"
    )
    Institution.objects.filter(name__contains="Antilles").update(guidance_phone="01 00 00 00 00")


def in_sight(person: Person) -> Iterator[str]:
    """Yield the text of each button and link of the page's main part that a reader sees whole without scrolling."""
    for click in person.page.locator("main a, main button").all():
        box = click.bounding_box()
        if box and box["y"] + box["height"] <= person.page.viewport_size["height"]:
            yield click.inner_text().strip()


def flaws_of(person: Person, path: str) -> list[str]:
    flaws = []
    for size in (PHONE, DESK):
        person.page.set_viewport_size(size)
        person.goes_to(path)
        wider = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        flaws += [f"{path} at {size['width']} px: {wider} px stick out"] if wider > 0 else []
    return flaws


def test_every_public_page(campaign, somebody):
    person = somebody()
    assert [flaw for path in PAGES for flaw in flaws_of(person, path)] == []


def test_a_stranger_in_a_hurry_sees_her_next_click_on_a_phone(campaign, somebody):
    person = somebody()
    person.page.set_viewport_size(PHONE)
    person.goes_to("/")
    assert "Puis-je saisir le recteur\N{NO-BREAK SPACE}?" in list(in_sight(person))


def test_whoever_has_begun_sees_her_limit_and_the_way_back_to_it(campaign, somebody):
    story = Story().draft()
    refresh_filing_limit(story.referral, at=story.at)
    person = somebody()
    person.page.set_viewport_size(PHONE)
    person.signs_in(story.student.email, factories.PASSWORD)
    person.goes_to("/")
    assert "Reprendre ma saisine (brouillon, non déposée)" in list(in_sight(person))


def test_on_paper_every_answer_is_read(campaign, somebody):
    person = somebody()
    person.goes_to("/questions/")
    answer = person.page.locator("#sante")
    assert not answer.is_visible()
    person.page.emulate_media(media="print")
    assert answer.is_visible()
    assert (answer.bounding_box() or {})["height"] > 20


def test_a_link_to_an_answer_opens_it(campaign, somebody):
    person = somebody()
    person.goes_to("/questions/#sante")
    person.page.locator("#sante").wait_for(state="visible")
