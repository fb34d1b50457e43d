"""One world for a whole module: built once, and every test takes back what it does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.test import override_settings

from .world import NOW, OneWorld, Side, Told, everybody, undone


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("documents")


@pytest.fixture
def media_folder(settings, media):
    """Documents of the world are found again by each of its tests."""
    settings.MEDIA_ROOT = media


@pytest.fixture
def _django_db_helper(world):
    """In place of pytest-django's own, which would open one database for each test, and close the connection after it."""
    with undone():
        yield


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, media) -> Iterator[Told]:
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), OneWorld(), override_settings(MEDIA_ROOT=media):
        here, elsewhere = Side("Lyon"), Side("Strasbourg")
        yield Told(here, elsewhere, everybody(here, elsewhere))
