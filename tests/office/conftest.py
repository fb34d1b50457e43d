"""The office's doors: a client for each person who may knock."""

from collections.abc import Callable

import pytest
from django.test import Client

from referrals.models import Role, User
from tests import factories
from tests.story import Story

Enter = Callable[[User], Client]


@pytest.fixture
def enter(db) -> Enter:
    """Return a client signed in as somebody."""

    def as_(user: User) -> Client:
        return factories.signed_in(user)

    return as_


@pytest.fixture
def administrator(db) -> User:
    return factories.post(Role.ADMINISTRATOR, name="Nadia Nationale")


@pytest.fixture
def stranger(db) -> User:
    """A caseworker of another region."""
    return factories.post(Role.CASEWORKER, region=factories.academy("Strasbourg").region, name="Sacha Ailleurs")


@pytest.fixture
def head(db) -> User:
    """The head of the region of every story told in Lyon."""
    return factories.post(Role.HEAD, region=factories.academy("Lyon").region, name="Hélène Cheffe")


@pytest.fixture
def story(db) -> Story:
    return Story()
