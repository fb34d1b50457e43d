"""A run for a region in a real browser: ordered, watched, read, reviewed, consulted; agreed offers sent; and what if."""

import pytest

from referrals.models import Role
from referrals.rules.states import OfferState
from tests import factories
from tests.browser.conftest import Person
from tests.matching_story import waiting
from tests.story import Story
from vacancies.models import Modality

PHONE = {"width": 360, "height": 740}
LYON, GRENOBLE = (45.75, 4.85), (45.19, 5.72)


@pytest.fixture
def region(transactional_db) -> Story:
    """Six students in Lyon, three seats there, two in Grenoble, four in apprenticeship."""
    story, *others = [waiting() for _ in range(6)]
    for one in (story, *others):
        one.institution.latitude, one.institution.longitude = LYON
        one.institution.save()
    far = factories.InstitutionFactory(name="Université Grenoble Alpes", academy=factories.academy("Grenoble"))
    seats = (
        ("Archives", story.institution, LYON, Modality.INITIAL, 1),
        ("Histoire", others[0].institution, LYON, Modality.INITIAL, 2),
        ("Patrimoine et musées", far, GRENOBLE, Modality.INITIAL, 2),
        ("Droit", far, GRENOBLE, Modality.APPRENTICESHIP, 4),
    )
    for name, institution, (latitude, longitude), modality, count in seats:
        mention = factories.MasterMentionFactory(name=name)
        programme = factories.ProgrammeFactory(
            mention=mention, institution=institution, latitude=latitude, longitude=longitude, track="Parcours commun"
        )
        factories.VacancyFactory(programme=programme, campaign=story.campaign, modality=modality, seats_declared=count)
    return story


def looks_everywhere(person: Person, picture: str = "") -> None:
    """Hold the page against axe-core at a phone's width too, where nothing may stick out."""
    person.looks()
    if picture:
        person.photographs(picture)
    person.page.set_viewport_size(PHONE)
    assert person.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], person.page.url
    person.looks()
    person.page.set_viewport_size({"width": 1280, "height": 720})


def test_a_run_from_its_order_to_the_offers_and_what_more_seats_would_change(region, browser, site):
    head = factories.post(Role.HEAD, region=region.academy.region, name="Hélène Cheffe")
    agreed = region.agree(region.consulting())
    person = Person(browser, site.address)
    person.signs_in(head.email, factories.PASSWORD)
    person.goes_to("/bureau/referrals/matchingrun/add/")
    looks_everywhere(person)
    person.clicks("Lancer la recherche")
    person.page.get_by_role("link", name="Examiner les propositions").wait_for(timeout=60_000)
    looks_everywhere(person, "12-recherche")
    person.clicks("Rejouer")
    person.page.get_by_text("même résultat", exact=True).wait_for(timeout=60_000)
    person.clicks("Examiner les propositions", role="link")
    looks_everywhere(person, "13-examiner")
    person.clicks("Autre place", role="link")
    person.page.get_by_label("Aussi les places écartées, avec les raisons").check()
    person.clicks("Chercher")
    looks_everywhere(person)
    person.clicks("Revenir sans rien changer", role="link")
    person.clicks("Écarter", role="link")
    person.fills(reason="Trop éloigné de son projet.")
    looks_everywhere(person)
    person.clicks("Écarter")
    person.reads("Proposition écartée.")
    person.page.locator("input[name=draft]").first.check()
    person.clicks("Consulter les établissements cochés")
    person.page.get_by_text("Consultations en cours").wait_for(state="detached", timeout=60_000)
    looks_everywhere(person)
    person.goes_to("/bureau/referrals/referral/to-send/")
    looks_everywhere(person)
    person.page.locator("input[name=offer]").first.check()
    person.clicks("Envoyer les propositions cochées")
    person.reads("1 proposition envoyée.")
    agreed.refresh_from_db()
    assert agreed.state == OfferState.SENT
    person.goes_to("/bureau/referrals/matchingrun/what-if/?q=patrimoine")
    person.clicks("Ajouter")
    looks_everywhere(person)
    person.clicks("Voir ce que cela changerait")
    person.page.get_by_role("heading", name="Ce que ces places changeraient").wait_for(timeout=60_000)
    looks_everywhere(person)
    person.goes_to("/bureau/referrals/matchingrun/")
    looks_everywhere(person)
