"""Accounts in a real browser: every page of them without barriers, and a passkey as Chromium's own device keeps it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import expect

from referrals.accounts.invitations import invite
from referrals.models import Role, User
from tests import factories
from tests.accounts.conftest import code_of, with_factor
from tests.browser.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def a_device(person: Person) -> Iterator[None]:
    """Give her browser a device that keeps passkeys, and knows her by her finger."""
    wire = person.page.context.new_cdp_session(person.page)
    wire.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
    yield
    wire.detach()


@pytest.fixture
def invited(site) -> tuple[User, str]:
    user = factories.post(Role.CASEWORKER, region=factories.academy("Lyon").region, email="camille@exemple.fr")
    link = invite(user, by=None, at=timezone.now())
    return user, re.sub(r"^https?://[^/]+", "", link)


def test_from_the_invitation_to_a_passkey_and_back_in_with_it_alone(browser, site, invited):
    """WebAuthn wants a name, not a number: the site is `localhost` here."""
    _user, link = invited
    her = Person(browser, site.address.replace("127.0.0.1", "localhost"))
    with a_device(her):
        her.goes_to(link)
        her.fills(new_password1=factories.PASSWORD, new_password2=factories.PASSWORD)
        her.clicks("Continuer")
        her.reads("Second facteur")
        her.clicks("Ajouter une clé d’accès", role="link")
        her.page.get_by_label("Elle ouvre mon compte à elle seule").check(force=True)
        with her.page.expect_navigation():
            her.page.get_by_role("button", name="Ajouter cette clé").click()
        her.looks()
        her.reads("Codes de secours")
        her.goes_to("/compte/second-facteur/webauthn/")
        her.reads("ouvre le compte à elle seule")
        her.clicks("Se déconnecter")
        her.goes_to("/compte/login/")
        with her.page.expect_navigation(url="**/bureau/"):
            her.page.get_by_role("button", name="Utiliser une clé d’accès").click()


PAGES = (
    "login/", "login/code/", "signup/", "password/reset/", "password/change/", "email/", "second-facteur/",
    "second-facteur/totp/activate/", "second-facteur/totp/deactivate/", "second-facteur/webauthn/", "second-facteur/webauthn/add/",
    "second-facteur/recovery-codes/", "second-facteur/recovery-codes/generate/", "sessions/", "identites/", "reauthenticate/",
    "second-facteur/reauthenticate/", "invitation/x/",
)  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_of_an_account_has_no_barrier_on_a_phone(somebody, language):
    student = factories.UserFactory(email="zoe@exemple.fr", language=language)
    EmailAddress.objects.create(user=student, email=student.email, verified=True, primary=True)
    her = somebody()
    her.page.set_viewport_size({"width": 360, "height": 740})
    for page in PAGES[:4]:
        her.goes_to(f"/compte/{page}")
        fits(her)
    her.signs_in(student.email, factories.PASSWORD)
    her.goes_to("/compte/second-facteur/totp/activate/")
    fits(her)
    secret = with_factor(student)
    for page in PAGES[4:]:
        her.page.goto(f"/compte/{page}")
        refused = page == "invitation/x/"
        her.complaints = [] if refused else her.complaints
        her.looks()
        fits(her)
    again = somebody()
    again.page.set_viewport_size({"width": 360, "height": 740})
    again.signs_in(student.email, factories.PASSWORD)
    expect(again.page).to_have_url(re.compile("/second-facteur/authenticate/$"))
    fits(again)
    again.fills(code=code_of(secret))
    with again.page.expect_navigation(url="**/ma-saisine/"):
        again.page.locator("main form button").first.click()


def fits(person: Person) -> None:
    wide = person.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360, person.page.url


def test_the_administrator_invites_and_resets_without_a_barrier(somebody):
    administrator = factories.post(Role.ADMINISTRATOR, email="nadia@exemple.fr", name="Nadia Nationale")
    factories.academy("Lyon")
    lost = factories.post(
        Role.CASEWORKER, region=factories.academy("Lyon").region, email="camille@exemple.fr", name="Camille Exemple"
    )
    with_factor(lost)
    her = somebody()
    her.signs_in(administrator.email, factories.PASSWORD)
    her.goes_to("/bureau/referrals/post/add/")
    her.fills(user="nouvelle@exemple.fr")
    her.page.get_by_label("Rôle").select_option(Role.ADMINISTRATOR)
    her.clicks("Enregistrer", nth=0)
    her.reads("Une invitation part à nouvelle@exemple.fr")
    her.goes_to(f"/bureau/referrals/user/{User.objects.get(email='nouvelle@exemple.fr').pk}/change/")
    her.clicks("En envoyer une autre", role="link")
    her.clicks("Envoyer l’invitation")
    her.goes_to(f"/bureau/referrals/user/{lost.pk}/change/")
    her.clicks("Réinitialiser, s’il est perdu", role="link")
    her.page.set_viewport_size({"width": 360, "height": 740})
    fits(her)
    her.fills(reason="Téléphone volé ; reconnue de vive voix.")
    her.clicks("Réinitialiser")
    her.reads("Le second facteur de Camille Exemple est retiré.")
