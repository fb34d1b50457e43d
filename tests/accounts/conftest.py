"""People at the door: those who hold a post, those who do not, and what they carry with them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.utils import timezone

from notifications.models import Message
from referrals.models import Role, User
from tests import factories


@pytest.fixture(autouse=True)
def as_in_production(settings):
    """The second factor is asked for; only `dev` does not."""
    settings.SECOND_FACTOR_ENFORCED = True


@pytest.fixture
def time_machine_at() -> Callable[[int], time_machine.travel]:
    """Return a way to be so many minutes after now."""
    began = timezone.now()
    return lambda minutes: time_machine.travel(began + timedelta(minutes=minutes), tick=False)


@pytest.fixture
def caseworker(db) -> User:
    return factories.post(Role.CASEWORKER, region=factories.academy("Lyon").region, name="Camille Exemple")


@pytest.fixture
def administrator(db) -> User:
    return factories.post(Role.ADMINISTRATOR, name="Nadia Nationale")


@pytest.fixture
def student(db) -> User:
    return factories.UserFactory(email="zoe@exemple.fr", name="Zoé Exemple")


def with_factor(user: User) -> str:
    """Give ``user`` an application and recovery codes; return the application's secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str) -> str:
    """Return what the application shows now."""
    now = sorted(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, now[len(now) // 2]))


def recovery_codes_of(user: User) -> list[str]:
    return Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()


def password_typed(user: User, client: Client | None = None, **extra: str) -> Client:
    """Return a browser in which somebody has typed her address and password."""
    client = client or Client()
    client.post("/compte/login/", {"login": user.email, "password": factories.PASSWORD}, **extra)
    return client


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Return a browser in which somebody has signed in as she does every day, with her second factor where she has to."""

    def sign_in(user: User) -> Client:
        secret = with_factor(user) if user.posts_held else ""
        client = password_typed(user)
        if secret:
            client.post("/compte/second-facteur/authenticate/", {"code": code_of(secret)})
        assert client.session["_auth_user_id"] == str(user.pk)
        return client

    return sign_in


def mails_to(address: str) -> list[str]:
    """Return the subjects of what was written to ``address``, in order."""
    return list(Message.objects.filter(to=address).order_by("pk").values_list("subject", flat=True))
