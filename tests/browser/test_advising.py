"""An adviser's day in a real browser: her list, a student's page, a draft prepared together; at a desk and on a telephone."""

import os
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from referrals import procedure
from referrals.models import EventKind, Referral, Role
from referrals.rules.states import Action
from tests import factories
from tests.browser.conftest import Person
from tests.story import LEAD_TO, State, Story

WIDTHS = (1280, 360)


def students() -> tuple[Story, Story]:
    """A student with three offers, who shares everything, and one whose draft is shared; and others of the same university."""
    now = timezone.now()
    licence_on = now.date() - timedelta(days=3)
    offered = Story(at=now).filed(licence_on=licence_on, first_names="Lou", birth_name="Exemplaire")
    procedure.declare_admissible(offered.id, note="", by=offered.office, at=now)
    for _ in range(3):
        offered.sent()
    offered.told()
    procedure.set_adviser_consent(offered.id, consent=True, documents=True, offers=True, by=offered.her, at=now)

    def another() -> Story:
        story = Story(at=now)
        story.institution = offered.institution
        return story

    draft = another().draft(licence_on=licence_on, shares_draft=True, first_names="Aude", birth_name="Modèle")
    for state in (State.FILED, State.AWAITING_LICENCE, State.INCOMPLETE, State.ADMISSIBLE, State.WITHDRAWN):
        other = another()
        LEAD_TO[state](other)
        procedure.set_adviser_consent(other.id, consent=True, by=other.her, at=now)
    return offered, draft


def looks_everywhere(adviser: Person, path: str, name: str) -> None:
    """Look at a page at each width: nothing may be wider than the screen."""
    for width in WIDTHS:
        adviser.page.set_viewport_size({"width": width, "height": 900})
        adviser.goes_to(path)
        assert adviser.page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"
        if folder := os.environ.get("LOOK_AT"):
            adviser.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    adviser.page.set_viewport_size({"width": 1280, "height": 900})


def test_an_advisers_pages_at_a_desk_and_on_a_telephone(site, somebody):
    offered, draft = students()
    adviser = somebody()
    user = factories.post(Role.ADVISER, institution=offered.institution, name="Claude Exemple")
    adviser.signs_in(user.email, factories.PASSWORD)
    case, shared = (f"/suivi/{story.referral.key}/" for story in (offered, draft))
    procedure.advise_student(offered.id, text="Voyez-moi mardi.", by=procedure.By.adviser(user), at=timezone.now())
    for path, name in (
        ("/suivi/", "list"),
        ("/suivi/?attend=on&etat=reponse", "filtered"),
        ("/suivi/brouillons/", "drafts"),
        (case, "case"),
        (f"{case}ecrire/", "write"),
        (f"{case}avis/", "advice"),
        (shared, "draft"),
        (f"{shared}identite/", "identity"),
        (f"{shared}licence/", "licence"),
        (f"{shared}candidatures/", "applications"),
        (f"{shared}candidatures/ajouter/", "application"),
        (f"{shared}projet/", "project"),
    ):
        looks_everywhere(adviser, path, name)


def test_by_the_keyboard_alone_she_helps_with_a_draft_and_writes_to_a_student(site, somebody):
    offered, draft = students()
    adviser = somebody()
    user = factories.post(Role.ADVISER, institution=offered.institution, name="Claude Exemple")
    adviser.signs_in(user.email, factories.PASSWORD)
    page = adviser.page

    def opens(name: str) -> None:
        """Go through the page with the tabulator as far as the link or button of that name, and press Enter."""
        for _ in range(80):
            page.keyboard.press("Tab")
            if name in page.evaluate("document.activeElement.innerText || ''"):
                with page.expect_navigation():
                    page.keyboard.press("Enter")
                adviser.looks()
                return
        raise AssertionError(f"{name} cannot be reached")

    def types_in(name: str, text: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name || ''") == name:
                page.keyboard.type(text)
                return
        raise AssertionError(f"{name} cannot be reached")

    adviser.goes_to("/suivi/")
    opens("Aude Modèle")
    opens("Projet et vœux")
    types_in("project", "Tenir des archives. ")
    opens("Enregistrer et revenir aux étapes")
    adviser.reads("seule l’étudiante ou l’étudiant peut déposer")
    assert Referral.objects.get(pk=draft.id).project.startswith("Tenir des archives.")
    assert draft.referral.events.filter(kind=EventKind.HELP_DRAFT).count() == 1

    adviser.goes_to("/suivi/")
    opens("Lou Exemplaire")
    opens("Écrire à l’étudiant")
    types_in("text", "Voyez-moi mardi.")
    opens("Envoyer à l’étudiant")
    adviser.reads("« Voyez-moi mardi. »")
    assert offered.referral.events.get(kind=Action.ADVISE_STUDENT).note == "Voyez-moi mardi."
