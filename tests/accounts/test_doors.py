"""The doors say the same with an account and without, shut out nobody for a stranger's tries, and never delay a filing."""

import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client

from notifications.models import Message
from referrals.models import User
from referrals.rules.states import State
from tests import factories
from tests.accounts.conftest import mails_to, password_typed
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import errors_of

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "connue@exemple.fr", "absente@exemple.fr"


@pytest.fixture(autouse=True)
def known() -> User:
    cache.clear()
    user = factories.UserFactory(email=KNOWN)
    EmailAddress.objects.create(user=user, email=KNOWN, verified=True, primary=True)
    return user


DRAWN_ANEW = {"Content-Length", "Expires", "X-Request-ID"}


def seen(response) -> tuple:
    """All that somebody outside is shown, the address she typed and what is drawn anew left out."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    headers = {name: value for name, value in response.headers.items() if name not in DRAWN_ANEW}
    cookies = {name: dict(cookie) | {"expires": ""} for name, cookie in response.cookies.items()}
    return (
        response.redirect_chain,
        response.status_code,
        page.replace(KNOWN, "…").replace(UNKNOWN, "…").splitlines(),
        headers,
        cookies,
    )


def signing_up(address: str) -> dict:
    return {"email": address, "phone": "", "password1": "encore un mot de passe", "password2": "encore un mot de passe"}


DOORS = {
    "/compte/signup/": signing_up,
    "/compte/login/": lambda address: {"login": address, "password": "un mot de passe faux"},
    "/compte/login/code/": lambda address: {"email": address},
    "/compte/password/reset/": lambda address: {"email": address},
}


@pytest.mark.parametrize("door", DOORS)
def test_each_door_says_the_same_of_an_address_with_and_without_account(door):
    with_one, without = (Client().post(door, DOORS[door](address), follow=True) for address in (KNOWN, UNKNOWN))
    assert seen(with_one) == seen(without)


def test_a_wrong_code_is_refused_alike():
    answers = []
    for address in (KNOWN, UNKNOWN):
        client = Client()
        client.post("/compte/login/code/", {"email": address})
        answers.append([seen(client.post("/compte/login/code/confirm/", {"code": "AAAA-AAAA"}, follow=True)) for _ in range(4)])
    assert answers[0] == answers[1]


def test_signing_up_again_changes_nothing_and_tells_its_holder(client, known):
    client.post("/compte/signup/", signing_up(KNOWN))
    known.refresh_from_db()
    assert known.check_password(factories.PASSWORD)
    assert User.objects.count() == 1
    assert mails_to(KNOWN) == ["Vous avez déjà un compte"]


def test_opening_an_account_hashes_one_password_whether_it_exists_or_not(monkeypatch):
    """What takes time is the same; the rest of a request is a few rows, and is not measured here."""
    counted = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args, **kwargs: counted.append(1) or encode(*args, **kwargs))
    for address in (KNOWN, UNKNOWN):
        Client().post("/compte/signup/", signing_up(address))
    assert len(counted) == 2


def code_sent_to(address: str) -> str:
    (code,) = re.findall(r"^[A-Z0-9]{3,}-[A-Z0-9]{3,}$", Message.objects.filter(to=address).latest("pk").text, re.MULTILINE)
    return code


def test_a_code_by_mail_signs_in_without_a_password(client, known):
    assert client.post("/compte/login/code/", {"email": KNOWN}).url == "/compte/login/code/confirm/"
    assert client.post("/compte/login/code/confirm/", {"code": code_sent_to(KNOWN)}).url == "/entree/"
    assert client.session["_auth_user_id"] == str(known.pk)


def test_a_code_serves_in_the_browser_that_asked_for_it_alone(client):
    client.post("/compte/login/code/", {"email": KNOWN})
    other = Client()
    assert other.post("/compte/login/code/confirm/", {"code": code_sent_to(KNOWN)}).url == "/compte/login/code/"
    assert "_auth_user_id" not in other.session


def test_a_code_bears_three_tries(client):
    client.post("/compte/login/code/", {"email": KNOWN})
    code = code_sent_to(KNOWN)
    for _ in range(3):
        client.post("/compte/login/code/confirm/", {"code": "AAAA-AAAA"})
    client.post("/compte/login/code/confirm/", {"code": code})
    assert "_auth_user_id" not in client.session


def test_a_code_lasts_a_quarter_of_an_hour(client, time_machine_at):
    with time_machine_at(0):
        client.post("/compte/login/code/", {"email": KNOWN})
    with time_machine_at(16):
        client.post("/compte/login/code/confirm/", {"code": code_sent_to(KNOWN)})
        assert "_auth_user_id" not in client.session


def test_the_password_serves_while_a_code_is_on_its_way(client, known):
    client.post("/compte/login/code/", {"email": KNOWN})
    client.post("/compte/logout/", {"next": "/compte/login/"})
    assert password_typed(known, client).session["_auth_user_id"] == str(known.pk)


# Throttling

CLOSE = {"login": "1200/m/ip", "login_failed": "300/m/ip,5/5m/key,20/1h/key"}
HERS, HIS = {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "198.51.100.7"}


def wrong(address: str = KNOWN, **where: str):
    return Client().post("/compte/login/", {"login": address, "password": "un mot de passe faux"}, **where)


def test_a_strangers_tries_shut_him_out_and_not_her(settings, known):
    settings.ACCOUNT_RATE_LIMITS = CLOSE
    refusals = [str(errors_of(wrong(**HIS))) for _ in range(6)]
    assert len(set(refusals[:5])) == 1
    assert refusals[5] != refusals[0]
    assert "_auth_user_id" not in password_typed(known, **HIS).session
    assert password_typed(known, **HERS).session["_auth_user_id"] == str(known.pk)


def test_a_campus_behind_one_address_is_not_punished_for_one_of_it(settings, known):
    settings.ACCOUNT_RATE_LIMITS = CLOSE
    for number in range(40):
        wrong(f"voisine{number % 20}@exemple.fr", **HERS)
    assert password_typed(known, **HERS).session["_auth_user_id"] == str(known.pk)


def test_who_goes_on_guessing_waits_longer(settings, known, time_machine_at):
    settings.ACCOUNT_RATE_LIMITS = CLOSE
    for pause in range(4):
        with time_machine_at(6 * pause):
            for _ in range(5):
                wrong(**HIS)
    with time_machine_at(6 * 4):
        assert "_auth_user_id" not in password_typed(known, **HIS).session
    with time_machine_at(85):
        assert "_auth_user_id" in password_typed(known, **HIS).session


def test_filing_is_never_throttled(settings):
    """With every limit at nothing, a draft is still begun and filed."""
    story = Story().draft()
    her = Browser(story.student, story.referral)
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = dict.fromkeys(
        ("login", "login_failed", "signup", "reset_password", "reset_password_from_key", "request_login_code", "reauthenticate",
         "manage_email", "change_password", "confirm_email", "webauthn_login"), "0/h/ip",
    )  # fmt: skip
    assert Client().post("/compte/login/", {"login": KNOWN, "password": "x"}).status_code == 429
    with time_machine.travel(story.at):
        her.post("check", {})
    assert story.referral.state == State.FILED
