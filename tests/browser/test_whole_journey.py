"""From the first page to the accepted seat, three ways: without JavaScript, with the keyboard alone, with a thumb at 360 px.

One journey, by links and buttons that its reader finds; three pairs of hands.
"""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Download, expect

from referrals import procedure
from referrals.models import Channel, Referral, User
from referrals.procedure import By
from referrals.rules.states import State
from tests import factories
from tests.browser.conftest import Person
from tests.browser.test_journey import PASSWORD, STUDENT, french, open_campaign
from tests.browser.test_keyboard import FAR_ENOUGH, tabs_to

TRANSCRIPT = {"name": "relevé.pdf", "mimeType": "application/pdf"}


class Mouse(Person):
    """Points at what she wants. Her browser runs no script."""

    OPTIONS: dict = {"java_script_enabled": False}

    def __init__(self, browser: Browser, address: str) -> None:
        context = browser.new_context(base_url=address, locale="fr-FR", timezone_id="Europe/Paris", **self.OPTIONS)
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def looks(self) -> None:
        assert self.complaints == [], self.page.url

    def called(self, name: str):
        of_the_page = self.page.locator("main :is(a, button)").filter(has_text=name, visible=True)
        return (of_the_page if of_the_page.count() else self.page.locator(".site-tools :is(a, button)").filter(has_text=name)).first

    def activates(self, name: str) -> None:
        self.called(name).click()

    def writes(self, **fields: str) -> None:
        self.fills(**fields)

    def chooses(self, name: str, value: str) -> None:
        self.page.locator(f"label[for={self.page.locator(f'[name={name}][value={value}]').get_attribute('id')}]").click()

    def gives(self, name: str, content: bytes) -> None:
        self.page.locator(f"[name={name}]").first.set_input_files({**TRANSCRIPT, "buffer": content})

    def presses(self, name: str) -> None:
        with self.page.expect_navigation():
            self.activates(name)
        self.looks()

    def downloads(self, name: str) -> Download:
        with self.page.expect_download() as downloading:
            self.activates(name)
        return downloading.value


class Thumb(Mouse):
    """Holds a phone. Nothing sticks out of any page, and axe-core finds nothing."""

    OPTIONS = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

    def activates(self, name: str) -> None:
        self.called(name).tap()

    def looks(self) -> None:
        Person.looks(self)
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (self.page.url, wider) == (self.page.url, 0)


class Keyboard(Mouse):
    """Has no mouse: Tab, Enter, the space bar and the arrows."""

    OPTIONS = {}

    def activates(self, name: str) -> None:
        tabs_to(self, name)
        self.page.keyboard.press("Enter")

    def reaches(self, name: str) -> None:
        for _ in range(FAR_ENOUGH):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("document.activeElement.name") == name:
                return
        raise AssertionError(f"{name}: not within {FAR_ENOUGH} tabs of {self.page.url}")

    def writes(self, **fields: str) -> None:
        for name, value in fields.items():
            self.reaches(name)
            self.page.keyboard.insert_text(value)

    def chooses(self, name: str, value: str) -> None:
        self.reaches(name)
        self.page.keyboard.press("Space")
        choices = self.page.locator(f"[name={name}]").count()
        for _ in range(choices):
            if self.page.evaluate("document.activeElement.value") == value:
                break
            self.page.keyboard.press("ArrowDown")
        assert self.page.locator(f"[name={name}]:checked").get_attribute("value") == value

    def gives(self, name: str, content: bytes) -> None:
        self.reaches(name)
        with self.page.expect_file_chooser() as choosing:
            self.page.keyboard.press("Enter")
        choosing.value.set_files({**TRANSCRIPT, "buffer": content})


def files_a_referral(student: Mouse) -> None:
    today = timezone.localdate()
    student.page.goto("/")
    student.presses("Commencer ma saisine")
    student.writes(email=STUDENT, phone="01 99 00 00 00", password1=PASSWORD, password2=PASSWORD)
    student.presses("Créer mon compte")
    student.writes(password=PASSWORD)
    student.presses("Se connecter")
    student.presses("Commencer ma saisine")
    student.presses("Votre identité")
    student.writes(first_names="Zoé", birth_name="D’Exemple", birth_date="29/02/2004")
    student.presses("Enregistrer et continuer")
    student.chooses("diploma", "national")
    student.writes(licence_mention="Histoire")
    student.presses("Enregistrer et continuer")
    student.writes(licence_institution="Université Lyon-II")
    student.presses("Enregistrer et continuer")
    student.chooses("status", "obtained")
    student.writes(licence_day=french(today - timedelta(days=5)))
    student.presses("Enregistrer et continuer")
    student.presses("Continuer")
    student.presses("Ajouter une candidature")
    student.writes(institution="Université Lyon-II", mention="Archives", on=french(today - timedelta(days=10)))
    student.presses("Enregistrer cette candidature")
    student.presses("Continuer")
    student.writes(project="Devenir archiviste, près de Lyon.")
    for _ in range(3):  # her wishes and how far she would go are left to her
        student.presses("Enregistrer et continuer")
    student.gives("file", factories.pdf())
    student.presses("Ajouter ce document")
    student.reads("relevé.pdf")
    student.presses("Continuer")
    student.presses("Déposer ma saisine")


def offers_three_seats(referral: Referral, caseworker: User) -> None:
    at, by = timezone.now(), By.office(caseworker)
    procedure.declare_admissible(referral.pk, note="", by=by, at=at)
    for vacancy in referral.campaign.vacancies.exclude(programme__mention__name="Archives"):
        offer = procedure.consult(referral.pk, vacancy_id=vacancy.pk, reason="", by=by, at=at)
        agreed = {"agreed_by": "Sacha Exemple", "agreed_as": "présidente", "agreed_on": timezone.localdate(at)}
        procedure.record_agreement(referral.pk, offer_id=offer.pk, **agreed, through=Channel.MAIL, by=by, at=at)
        procedure.send_offer(referral.pk, offer_id=offer.pk, message="", by=by, at=at)


def accepts_a_seat(student: Mouse, number: str) -> None:
    student.presses("Mon espace")
    student.presses(f"Saisine {number}")
    student.presses("Lire et répondre")
    student.presses("Accepter")
    student.presses("Accepter cette proposition")


@pytest.mark.parametrize("hands", [Mouse, Thumb, Keyboard])
def test_from_the_first_page_to_the_accepted_seat(site: SimpleNamespace, browser: Browser, hands: Callable[..., Mouse]):
    caseworker, _ = open_campaign()
    student = hands(browser, site.address)
    files_a_referral(student)
    referral = Referral.objects.get()
    expect(student.page.locator("main")).to_contain_text(referral.number)
    assert student.downloads("Accusé de réception").path().read_bytes().startswith(b"%PDF-")
    offers_three_seats(referral, caseworker)
    accepts_a_seat(student, referral.number)
    referral.refresh_from_db()
    assert referral.state == State.ACCEPTED
