"""What she types is saved as she leaves the field; two devices never undo each other; an adviser's pages are saved whole."""

import json
from datetime import date, datetime

import pytest
from django.test import Client

from referrals import procedure
from referrals.models import EventKind, Role
from referrals.procedure import By
from referrals.student.draft import ApplicationView
from referrals.student.licences import AddLicenceView
from tests import factories
from tests.story import FILED_AT
from tests.student.conftest import Browser
from tests.student.reading import errors_of, text_of, typed
from tests.student.test_draft import IDENTITY, application, saved, transcript

pytestmark = pytest.mark.django_db


class Page:
    """A page that stays open on one device, as the script sees it."""

    def __init__(self, browser: Browser, page: str, **more) -> None:
        self.browser, self.address = browser, browser.address(page, **more)
        response = browser.client.get(self.address)
        self.shown = json.loads(response.context["shown"])
        form = response.context["form"]
        self.fields = {name: text for name, text in _texts(form).items() if text}

    def data(self) -> dict:
        return self.fields | {"shown": json.dumps(self.shown)}

    def leaves(self, **fields):
        """Change these fields and leave them; return what the page is told."""
        self.fields |= fields
        response = self.browser.client.post(self.address, self.data(), headers={"x-save": "1"})
        assert response.status_code == 200
        told = response.json()
        self.shown = told["shown"]
        self.fields |= told["fresh"]
        self.address = told["address"]
        return told

    def sends(self):
        """Press the button."""
        return self.browser.client.post(self.address, self.data())


def _texts(form) -> dict:
    texts = {}
    for field in form:
        value = field.field.widget.format_value(field.value()) if hasattr(field.field.widget, "format_value") else None
        texts[field.html_name] = value
    return texts


def test_what_is_left_without_error_is_saved_and_the_rest_is_said(blank):
    told = Page(blank, "identity").leaves(first_names="Zoé", birth_date="hier")
    assert told["errors"] == {"birth_date": ["Écrivez une date qui existe, sous la forme jour/mois/année."]}
    assert datetime.fromisoformat(told["saved_at"]) == FILED_AT
    assert saved(blank.referral, "first_names", "birth_date", "birth_name") == ["Zoé", None, ""]


def test_nothing_is_said_of_fields_she_has_not_reached(blank, story):
    factories.ProgrammeFactory(institution=story.institution, academy=factories.academy("La Réunion"))
    told = Page(blank, "licence_place").leaves(licence_institution=story.institution.name)
    assert told["errors"] == {}  # the académie will be asked for when she gets there, or sends the page
    assert saved(blank.referral, "licence_institution", "licence_academy") == [story.institution, None]


def test_a_day_waits_for_what_it_is_the_day_of(blank, story):
    page = Page(blank, "licence_day")
    page.leaves(licence_day="12/06/2026")
    assert saved(blank.referral, "licence_on", "licence_expected_on") == [None, None]
    told = page.leaves(status="obtained")
    assert told["errors"] == {}
    assert saved(blank.referral, "licence_on", "licence_expected_on") == [date(2026, 6, 12), None]
    assert blank.referral.limits.count() == 0  # no académie yet: no limit


def test_the_page_shows_what_was_understood(blank, story):
    factories.InstitutionFactory(name="Université Bourgogne Europe", names=["Université de Dijon"], academy=story.academy)
    told = Page(blank, "licence_place").leaves(licence_institution="universite de DIJON")
    assert told["fresh"] == {"licence_institution": ["Université Bourgogne Europe"], "licence_academy": [story.academy.pk]}
    assert Page(blank, "identity").leaves(ine="0123456789k")["fresh"] == {"ine": ["0123456789K"]}


def test_a_second_device_does_not_undo_what_it_did_not_touch(blank):
    blank.post("identity", IDENTITY)
    phone, desk = Page(blank, "identity"), Page(blank, "identity")
    phone.leaves(usage_name="Plus Récent")
    told = desk.leaves(first_names="Zoé Neuve")
    assert told["fresh"] == {"usage_name": ["Plus Récent"]}
    assert saved(blank.referral, "first_names", "usage_name") == ["Zoé Neuve", "Plus Récent"]


def test_nor_does_it_with_the_button_of_a_page_opened_before(blank):
    """Without a script too: the page says itself what it showed."""
    blank.post("identity", IDENTITY)
    phone, desk = Page(blank, "identity"), Page(blank, "identity")
    phone.leaves(usage_name="Plus Récent", ine="")
    desk.fields |= {"first_names": "Zoé Neuve"}
    desk.sends()
    assert saved(blank.referral, "first_names", "usage_name", "ine") == ["Zoé Neuve", "Plus Récent", ""]


def test_what_both_touched_is_as_the_last_one_says(blank):
    blank.post("identity", IDENTITY)
    phone, desk = Page(blank, "identity"), Page(blank, "identity")
    phone.leaves(usage_name="Un")
    desk.fields |= {"usage_name": "Deux"}
    desk.sends()
    assert saved(blank.referral, "usage_name") == ["Deux"]


def test_a_change_of_mind_after_a_save_counts(blank):
    blank.post("identity", IDENTITY)
    page = Page(blank, "identity")
    page.leaves(usage_name="Autre")
    page.fields |= {"usage_name": "Ñandú"}
    page.sends()
    assert saved(blank.referral, "usage_name") == ["Ñandú"]


def test_boxes_and_wishes_are_saved_as_they_are_ticked(blank, story):
    factories.MasterMentionFactory(name="Archives")
    mobility, page = Page(blank, "mobility"), Page(blank, "wishes")
    mobility.leaves(wished_academies=[story.academy.pk], has_contract="on")
    told = page.leaves(wish_3="archives", wish_1="N’importe quoi")
    assert list(told["errors"]) == ["wish_1"]
    assert list(blank.referral.wished_academies.all()) == [story.academy]
    assert (saved(blank.referral, "has_contract"), blank.referral.wishes.count()) == ([True], 0)
    told = page.leaves(wish_1="")
    assert told["fresh"] == {"wish_1": ["Archives"], "wish_3": []}
    del mobility.fields["has_contract"]
    mobility.leaves(wished_academies=[])
    assert (saved(blank.referral, "has_contract"), blank.referral.wished_academies.count()) == ([False], 0)
    assert [str(wish.mention) for wish in blank.referral.wishes.all()] == ["Archives"]


def test_a_new_application_enters_the_draft_once_it_is_whole(blank, story):
    page = Page(blank, "add_application")
    started = page.leaves(**application(story, on=""))
    begun = blank.referral.begun_applications.get()
    assert (started["address"], started["errors"]) == (blank.address("begun_application", begun=begun.key), {})
    assert blank.referral.applications.count() == 0
    whole = page.leaves(on="10/06/2026")
    stated = blank.referral.applications.get()
    assert whole["address"] == blank.address("application", pk=stated.pk)
    assert blank.referral.begun_applications.count() == 0
    page.leaves(track="Médiéval")
    page.sends()
    stated = blank.referral.applications.get()
    assert (str(stated.mention), stated.track, stated.on) == ("Archives", "Médiéval", date(2026, 6, 10))


def test_an_application_begun_on_a_phone_is_completed_on_another_device(blank, story):
    phone = Page(blank, "add_application")
    told = phone.leaves(**application(story, on="hier"))
    assert list(told["errors"]) == ["on"]
    assert list(phone.leaves(track="Médiéval")["errors"]) == ["on"]  # still said: it is not saved
    begun = blank.referral.begun_applications.get()
    listed = text_of(blank.get("applications"))
    assert f"Compléter : {begun}" in listed
    desk = Page(blank, "begun_application", begun=begun.key)
    assert (desk.fields["institution"], desk.fields["track"]) == (story.institution.name, "Médiéval")
    desk.fields |= {"on": "10/06/2026"}
    assert desk.sends().url == blank.address("applications")
    assert [one.track for one in blank.referral.applications.all()] == ["Médiéval"]
    assert blank.referral.begun_applications.count() == 0


def test_an_unfinished_application_is_told_counts_for_nothing_and_is_never_filed(her, story):
    before = her.referral.applications.count()
    Page(her, "add_application").leaves(institution=story.institution.name)
    step = her.get("referral").context["steps"][2]
    assert (step["state"], step["missing"]) == ("à compléter", ["la fin d’une candidature commencée"])
    assert "elles ne comptent pas et ne seront pas déposées" in text_of(her.get("check"))
    her.post("check", {})
    assert saved(her.referral, "state") == ["filed"]
    assert (her.referral.applications.count(), her.referral.begun_applications.count()) == (before, 0)


def test_without_a_script_what_is_not_whole_is_kept_by_the_button(blank, story):
    refused = blank.post("add_application", application(story, on=""))
    assert list(errors_of(refused)) == ["on"]
    begun = blank.referral.begun_applications.get()
    own = blank.address("begun_application", begun=begun.key)
    assert f'action="{own}"' in refused.content.decode()
    again = application(story, on="10/06/2026", track="") | {"shown": refused.context["shown"]}
    assert blank.client.post(own, again).url == blank.address("applications")
    assert (blank.referral.applications.count(), blank.referral.begun_applications.count()) == (1, 0)
    assert list(errors_of(blank.post("add_application"))) != []
    assert blank.referral.begun_applications.count() == 0  # an empty page is nothing to keep


ANOTHER = {
    "diploma": "national",
    "licence_mention": "Droit",
    "status": "obtained",
    "licence_day": "12/06/2026",
}


def test_another_licence_begun_on_a_phone_is_added_on_another_device(blank, story):
    factories.LicenceMentionFactory(name="Droit")
    phone = Page(blank, "add_licence")
    told = phone.leaves(licence_institution=story.institution.name)
    assert (told["errors"], told["address"]) == ({}, phone.address)
    assert list(phone.leaves(licence_day="hier")["errors"]) == ["licence_day"]
    assert saved(blank.referral, "begun_licence") == [{"licence_institution": story.institution.name}]
    assert blank.referral.other_licences.count() == 0
    desk = Page(blank, "add_licence")
    assert desk.fields["licence_institution"] == story.institution.name
    desk.fields |= ANOTHER
    assert desk.sends().url == blank.address("licences")
    added = blank.referral.other_licences.get()
    assert (str(added.mention), added.institution, added.on) == ("Droit", story.institution, date(2026, 6, 12))
    assert saved(blank.referral, "begun_licence") == [{}]


def test_another_licence_that_was_only_begun_is_told_and_never_filed(her, story):
    Page(her, "add_licence").leaves(licence_institution=story.institution.name)
    assert her.get("referral").context["steps"][1]["missing"] == ["la fin d’une autre licence commencée"]
    for page in ("licences", "check"):
        assert "tant que vous ne l’avez pas ajoutée" in text_of(her.get(page))
    her.post("check", {})
    assert saved(her.referral, "state", "begun_licence") == ["filed", {}]
    assert her.referral.other_licences.count() == 0


def test_without_a_script_another_licence_is_kept_by_its_button_and_emptied_by_another(blank, story):
    refused = blank.post("add_licence", {"licence_institution": story.institution.name, "licence_title": "Philosophie"})
    assert sorted(errors_of(refused)) == ["licence_day", "status"]
    assert saved(blank.referral, "begun_licence") == [
        {"licence_institution": story.institution.name, "licence_title": "Philosophie"}
    ]
    emptied = blank.post("add_licence", {"licence_title": "", "shown": refused.context["shown"]})
    assert sorted(errors_of(emptied)) == ["licence_day", "licence_institution", "licence_mention", "status"]
    assert saved(blank.referral, "begun_licence") == [{}]
    blank.post("add_licence", {"licence_title": "Philosophie"})
    assert blank.post("add_licence", {"forget": "1"}).url == blank.address("licences")
    assert saved(blank.referral, "begun_licence") == [{}]


@pytest.mark.parametrize(
    ("view", "page"), [(AddLicenceView, "add_licence"), (ApplicationView, "add_application")], ids=["licence", "application"]
)
def test_what_is_sent_as_the_draft_is_filed_elsewhere_is_refused_in_words(her, story, monkeypatch, view, page):
    """The page found a draft when it was sent; another one files it before the answers are written."""
    act = view.act

    def act_too_late(self, form):
        her.post("check", {})
        act(self, form)

    monkeypatch.setattr(view, "act", act_too_late)
    answers = ANOTHER | {"licence_institution": story.institution.name, "licence_title": "Philosophie", "licence_mention": ""}
    refused = her.post(page, answers if view is AddLicenceView else application(story))
    assert refused.status_code == 200
    assert errors_of(refused) == {"__all__": ["Cette saisine est déjà déposée : ses réponses ne se modifient plus ici."]}
    assert saved(her.referral, "state", "begun_licence") == ["filed", {}]
    assert (her.referral.other_licences.count(), her.referral.begun_applications.count()) == (0, 0)


def test_what_was_begun_is_removed_by_a_button_and_is_nobody_elses(blank, story, other):
    Page(blank, "add_application").leaves(institution=story.institution.name)
    begun = blank.referral.begun_applications.get()
    assert Browser(other, blank.referral).post("remove_begun_application", begun=begun.key).status_code == 404
    theirs = procedure.start_draft(student=factories.UserFactory(), campaign=story.campaign, at=story.at)
    stranger = Browser(theirs.student, theirs)
    assert stranger.get("begun_application", begun=begun.key).status_code == 404
    stranger.post("remove_begun_application", begun=begun.key)
    assert blank.referral.begun_applications.count() == 1
    blank.post("remove_begun_application", begun=begun.key)
    assert blank.referral.begun_applications.count() == 0


def test_an_answer_changes_with_its_day_or_not_yet(blank, story):
    blank.post("add_application", application(story))
    stated = blank.referral.applications.get()
    page = Page(blank, "application", pk=stated.pk)
    page.leaves(answer="implied")
    stated.refresh_from_db()
    assert (stated.answer, stated.on) == ("express", date(2026, 6, 10))
    page.leaves(applied_on="10/02/2026")
    stated.refresh_from_db()
    assert (stated.answer, stated.applied_on, stated.on) == ("implied", date(2026, 2, 10), date(2026, 4, 10))


def test_a_lost_session_loses_no_word(blank, story):
    page = Page(blank, "identity")
    blank.client = Client()
    response = blank.client.post(page.address, page.data() | {"first_names": "Zoé"}, headers={"x-save": "1"})
    assert response.status_code == 401
    blank.client.force_login(story.student)
    assert typed(blank.get("identity"), "first_names") == ["Zoé"]


def test_of_another_student_nothing_is_saved(blank, other):
    stranger = Browser(other, blank.referral)
    response = stranger.client.post(blank.address("identity"), IDENTITY, headers={"x-save": "1"})
    assert response.status_code == 404
    assert saved(blank.referral, "first_names") == [""]


def test_once_filed_nothing_is_saved(her):
    page = Page(her, "identity")
    her.post("check", {})
    response = her.client.post(page.address, page.data() | {"first_names": "Autre"}, headers={"x-save": "1"})
    assert response.status_code == 302
    assert saved(her.referral, "first_names") == ["Zoé"]


def test_what_the_page_says_it_showed_may_be_nonsense(blank):
    for nonsense in ("", "[]", "{", '{"first_names": 3}'):
        blank.post("identity", IDENTITY | {"shown": nonsense})
        assert saved(blank.referral, "birth_name") == [IDENTITY["birth_name"]]


def test_an_advisers_page_is_saved_whole_with_one_trace(story):
    story.draft(shares_draft=True)
    adviser = factories.post(Role.ADVISER, institution=story.institution, name="Alix Exemple")
    client = Client()
    client.force_login(adviser)
    address = f"/suivi/{story.referral.key}/identite/"
    page = client.get(address)
    assert "data-saving" not in page.content.decode()
    response = client.post(address, IDENTITY | {"seen": page.context["seen"]}, headers={"x-save": "1"})
    assert response.status_code == 302
    assert story.referral.events.filter(kind=EventKind.HELP_DRAFT).count() == 1


def test_a_proof_is_kept_though_the_rest_is_to_be_corrected(blank, story):
    answers = application(story, on="hier")
    refused = blank.post("add_application", answers | {"proof": transcript("refus.pdf")})
    assert list(errors_of(refused)) == ["on"]
    proof = blank.referral.documents.given().get()
    assert "Justificatif déjà reçu" in refused.content.decode()
    blank.post("add_application", answers | {"on": "10/06/2026", "kept_proof": proof.pk})
    assert blank.referral.applications.get().proof == proof
    assert blank.referral.documents.given().count() == 1


def test_a_proof_of_another_draft_is_not_taken(blank, her, story):
    theirs = procedure.start_draft(student=factories.UserFactory(), campaign=story.campaign, at=story.at)
    proof = procedure.add_document(
        theirs.pk, kind="refusal_proof", upload=factories.upload(), by=By.student(theirs.student), at=story.at
    )
    her.post("add_application", application(story) | {"kept_proof": proof.pk})
    assert her.referral.applications.filter(proof=proof).count() == 0


def test_another_application_begins_like_the_first(blank, story):
    response = blank.post("add_application", application(story, answer="waiting", on="", another="1"))
    stated = blank.referral.applications.get()
    assert response.url == f"{blank.address('add_application')}?comme={stated.pk}"
    page = blank.client.get(response.url)
    assert typed(page, "institution", "mention", "answer", "on") == [str(story.institution), None, "waiting", None]
    for nothing in ("0", "x", ""):
        assert typed(blank.client.get(f"{blank.address('add_application')}?comme={nothing}"), "institution") == [None]
