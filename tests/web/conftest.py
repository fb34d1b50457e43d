"""The site as it is in production, on the day the stories are told."""

import sys

import pytest
import time_machine

from tests.story import FILED_AT

from .world import World, built

LATER = FILED_AT.replace(day=22)
AS_IN_PRODUCTION = (
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_SECURE", "LANGUAGE_COOKIE_NAME", "CONTENT_SECURITY_POLICY",
)  # fmt: skip
"""What `dev` loosens because it has no TLS."""


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(LATER, tick=False) as traveller:
        yield traveller


@pytest.fixture
def production(settings) -> None:
    """The production's own values, for what has to do with TLS. Requests say ``secure=True``."""
    base = sys.modules["config.settings.base"]
    for name in AS_IN_PRODUCTION:
        setattr(settings, name, getattr(base, name))


@pytest.fixture
def world(db) -> World:
    return built()
