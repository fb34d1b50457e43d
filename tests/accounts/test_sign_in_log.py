"""The security log: with what somebody signed in, or tried to; of her, nothing but a pseudonym."""

import json
import logging
from collections.abc import Callable

import pytest
from allauth.account.models import Login
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory

from config.logs import Line, pseudonym
from referrals.models import User
from tests import factories
from tests.accounts.conftest import code_of, password_typed, recovery_codes_of, with_factor
from tests.accounts.test_doors import code_sent_to

pytestmark = pytest.mark.django_db

FACTOR = "/compte/second-facteur/authenticate/"


@pytest.fixture
def noted(caplog) -> Callable[..., list]:
    """Return a way to read what was written of some events, as production writes it: (event, what of ``facts`` it says)."""
    caplog.set_level(logging.INFO, logger="config.security")

    def read(*events: str) -> list[dict]:
        lines = [json.loads(Line().format(record)) for record in caplog.records if record.name == "config.security"]
        assert not any("exemple.fr" in json.dumps(line) for line in lines)
        return [line for line in lines if line["event"] in events]

    return read


def by_password(user: User) -> None:
    password_typed(user)


def by_application(user: User) -> None:
    secret = with_factor(user)
    password_typed(user).post(FACTOR, {"code": code_of(secret)})


def by_recovery_code(user: User) -> None:
    with_factor(user)
    password_typed(user).post(FACTOR, {"code": recovery_codes_of(user)[0]})


def by_mailed_code(user: User) -> None:
    client = Client()
    client.post("/compte/login/code/", {"email": user.email})
    client.post("/compte/login/code/confirm/", {"code": code_sent_to(user.email)})


def by_passkey(user: User) -> None:
    """As allauth does once the browser has answered; that it answers is a browser's test (`tests/browser/test_accounts.py`)."""
    key = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    request = RequestFactory().post("/compte/second-facteur/webauthn/login/")
    request.session, request.user = SessionStore(), user
    request._messages = FallbackStorage(request)
    with request_context(request):
        perform_passwordless_login(request, key, Login(user=user))


@pytest.mark.parametrize(
    ("sign_in", "factors"),
    [
        (by_password, ["password"]),
        (by_application, ["password", "totp"]),
        (by_recovery_code, ["password", "recovery_codes"]),
        (by_mailed_code, ["code"]),
        (by_passkey, ["webauthn"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_sign_in_says_with_what(student, noted, sign_in, factors):
    sign_in(student)
    (line,) = noted("signed_in")
    assert (line["factors"], line["who"]) == (factors, pseudonym(student.pk))
    assert [shown["factor"] for shown in noted("factor_shown")] == factors


def test_a_confirmation_is_told_from_a_sign_in(student, noted):
    password_typed(student).post("/compte/reauthenticate/", {"password": factories.PASSWORD})
    assert [(line["factor"], line["again"]) for line in noted("factor_shown")] == [("password", False), ("password", True)]
    assert len(noted("signed_in")) == 1


def test_what_was_refused_is_noted_with_its_kind(student, noted):
    client = Client()
    client.post("/compte/login/", {"login": student.email, "password": "un mot de passe faux"})
    client.post("/compte/login/code/", {"email": student.email})
    client.post("/compte/login/code/confirm/", {"code": "AAAA-AAAA"})
    with_factor(student)
    password_typed(student).post(FACTOR, {"code": "000000"})
    refused = noted("sign_in_failed", "code_refused", "factor_refused")
    assert [(line["event"], line.get("factor")) for line in refused] == [
        ("sign_in_failed", "password"),
        ("code_refused", "code"),
        ("factor_refused", "totp"),
    ]
