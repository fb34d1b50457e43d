"""The form in a hurry: saved as one leaves a field, on a line that is lost and comes back; names proposed to the keyboard."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from referrals import procedure
from referrals.models import Referral
from tests import factories
from tests.browser.conftest import Person
from tests.factories import PASSWORD
from tests.story import Story

LUMIERE = "Université Lumière – Lyon 2"
RARE = "Mention absente de la liste, ou parcours à préciser"


@pytest.fixture
def begun(transactional_db) -> Story:
    story = Story()
    story._referral_id = procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at).pk
    factories.InstitutionFactory(name=LUMIERE, academy=story.academy)
    factories.InstitutionFactory(name="Université Lyonnaise d’Exemple", academy=story.academy)
    factories.MasterMentionFactory(name="Archives")
    return story


def opens(person: Person, story: Story, page: str, **more) -> None:
    person.goes_to(reverse(f"student:{page}", kwargs={"key": story.referral.key, **more}))


def keeps(person: Person, name: str, *widths: int) -> None:
    """Keep what she sees where somebody wants to look at it; nothing sticks out, and axe-core finds nothing."""
    for width in widths or (1280, 360):
        person.page.set_viewport_size({"width": width, "height": 800})
        wider = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (name, width, wider) == (name, width, 0)
        person.looks()
        if folder := os.environ.get("LOOK_AT"):
            person.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def leaves(person: Person, **fields: str) -> None:
    """Fill fields and leave each."""
    for name, value in fields.items():
        person.page.locator(f"[name={name}]").fill(value)
        person.page.keyboard.press("Tab")


def test_what_is_typed_is_saved_and_taken_up_on_another_device(begun, somebody):
    phone, desk = somebody(), somebody()
    for person in (phone, desk):
        person.signs_in(begun.student.email, PASSWORD)
        opens(person, begun, "identity")
    leaves(phone, first_names="Zoé", birth_date="hier")
    status = phone.page.locator("[data-saving]")
    expect(status).to_contain_text("sauf ce qui est signalé en rouge")
    expect(phone.page.locator("#id_birth_date_error")).to_have_text("Écrivez une date qui existe, sous la forme jour/mois/année.")
    keeps(phone, "saved-partly")
    leaves(phone, birth_date="29/02/2004")
    expect(phone.page.locator("#id_birth_date_error")).to_have_count(0)
    expect(status).to_contain_text("Enregistré à")
    leaves(desk, birth_name="D’Exemple")
    expect(desk.page.locator("[name=first_names]")).to_have_value("Zoé")
    desk.clicks("Enregistrer et continuer")
    referral = Referral.objects.get(pk=begun.id)
    assert (referral.first_names, referral.birth_name, str(referral.birth_date)) == ("Zoé", "D’Exemple", "2004-02-29")


def test_on_a_lost_line_the_answers_stay_and_leave_when_it_comes_back(begun, somebody):
    person = somebody()
    person.signs_in(begun.student.email, PASSWORD)
    opens(person, begun, "identity")
    person.page.context.set_offline(True)
    leaves(person, first_names="Zoé")
    status = person.page.locator("[data-saving]")
    expect(status).to_have_text("Pas de connexion : vos réponses restent sur cette page. Ne la fermez pas.")
    person.page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(person.page.locator("[name=first_names]")).to_have_value("Zoé")  # the page was not left
    person.complaints.clear()  # the browser says that it had no line
    person.page.context.set_offline(False)
    expect(status).to_contain_text("Enregistré à")
    assert Referral.objects.get(pk=begun.id).first_names == "Zoé"


def test_names_are_proposed_to_the_keyboard_and_chosen(begun, somebody):
    person = somebody()
    person.signs_in(begun.student.email, PASSWORD)
    opens(person, begun, "licence_place")
    box = person.page.get_by_role("combobox", name="Établissement qui délivre la licence")
    box.press_sequentially("lyon")
    options = person.page.locator(".names [role=option]:visible")
    expect(options).to_have_count(2)
    expect(person.page.locator("#names-said")).to_have_text("2 noms proposés.")
    keeps(person, "names")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    box.press("Escape")
    expect(options).to_have_count(0)  # hidden: nothing was chosen unasked
    expect(box).to_have_value("lyon")
    box.press("ArrowDown")
    expect(options).to_have_count(2)
    box.press("ArrowUp")
    box.press("Enter")
    expect(box).to_have_value("Université Lyonnaise d’Exemple")
    expect(person.page.locator("[data-saving]")).to_contain_text("Enregistré à")
    assert str(Referral.objects.get(pk=begun.id).licence_institution) == "Université Lyonnaise d’Exemple"
    box.fill("lumière")
    options.filter(has_text=LUMIERE).click()
    expect(box).to_have_value(LUMIERE)


def test_after_an_error_the_summary_has_the_focus_and_leads_to_the_field(begun, somebody):
    person = somebody()
    person.signs_in(begun.student.email, PASSWORD)
    opens(person, begun, "add_application")
    person.fills(institution="Université Lumière Lyon II")
    person.clicks("Enregistrer cette candidature")
    expect(person.page.locator("#erreurs")).to_be_focused()
    keeps(person, "errors")
    person.clicks("Établissement", role="link")
    expect(person.page.locator("[name=institution]")).to_be_focused()
    person.page.locator("label", has_text=LUMIERE).click()
    person.fills(mention="Archives", on="10/06/2026")
    person.clicks("Enregistrer et en ajouter une autre")
    expect(person.page.locator("[name=institution]")).to_have_value(LUMIERE)
    assert str(Referral.objects.get(pk=begun.id).applications.get()) == f"Archives – {LUMIERE}"


def test_a_new_application_is_one_however_it_is_saved(begun, somebody):
    person = somebody()
    person.signs_in(begun.student.email, PASSWORD)
    opens(person, begun, "add_application")
    leaves(person, institution=LUMIERE, mention="Archives", on="10/06/2026")
    expect(person.page.locator("[data-saving]")).to_contain_text("Enregistré à")
    stated = Referral.objects.get(pk=begun.id).applications.get()
    assert person.page.url.endswith(f"/candidatures/{stated.pk}/")
    person.page.get_by_text(RARE).click()
    person.fills(track="Médiéval")
    person.clicks("Enregistrer cette candidature")
    assert [one.track for one in Referral.objects.get(pk=begun.id).applications.all()] == ["Médiéval"]


def test_of_two_days_the_one_that_the_answer_has_is_asked_for(begun, somebody):
    person = somebody()
    person.signs_in(begun.student.email, PASSWORD)
    opens(person, begun, "add_application")
    received, sent = person.page.locator("[name=on]"), person.page.locator("[name=applied_on]")
    help_about_silence = person.page.get_by_text("L’établissement n’a jamais répondu : que faire ?")
    for answer, asked, silent in (("express", received, False), ("waiting", received, False), ("implied", sent, True)):
        person.page.locator(f"[name=answer][value={answer}]").check(force=True)
        for day in (received, sent):
            expect(day).to_be_visible(visible=day is asked)
        expect(help_about_silence).to_be_visible(visible=silent)
    for put_away in (RARE, "Joindre un justificatif, si vous en avez un", "L’établissement n’a jamais répondu : que faire ?"):
        person.page.get_by_text(put_away).click()
    keeps(person, "silence")


def test_another_licence_is_saved_as_it_is_typed(begun, somebody):
    person = somebody()
    person.signs_in(begun.student.email, PASSWORD)
    opens(person, begun, "add_licence")
    keeps(person, "other-licence")
    leaves(person, licence_institution=LUMIERE)
    expect(person.page.locator("[data-saving]")).to_contain_text("Enregistré à")
    assert Referral.objects.get(pk=begun.id).begun_licence == {"licence_institution": LUMIERE}
    person.clicks("Revenir à la liste", role="link")
    person.looks()
    person.clicks("La compléter, ou l’effacer", role="link")
    assert person.page.locator("[name=licence_institution]").input_value() == LUMIERE
    person.clicks("Effacer ces réponses")
    assert Referral.objects.get(pk=begun.id).begun_licence == {}


def test_a_pasted_list_on_a_phone(begun, somebody):
    person = somebody()
    person.signs_in(begun.student.email, PASSWORD)
    opens(person, begun, "applications")
    keeps(person, "applications-empty")
    person.clicks("Coller une liste", role="link")
    keeps(person, "paste")
    person.fills(pasted=f"{LUMIERE}\tArchives\tRefusée le 10/06/2026\nUniversité Lyonnaise d’Exemple ; Archives ; refusée")
    person.clicks("Lire cette liste")
    keeps(person, "paste-check")
    person.clicks("Enregistrer ces candidatures")
    keeps(person, "paste-errors")
    person.fills(**{"lignes-1-on": "11/06/2026"})
    person.clicks("Enregistrer ces candidatures")
    person.reads("2 candidatures ajoutées.")
    keeps(person, "applications")
    person.clicks("Envoyer plusieurs justificatifs", role="link")
    keeps(person, "proofs")
    opens(person, begun, "referral")
    keeps(person, "tasks")
    opens(person, begun, "project")
    keeps(person, "project")
