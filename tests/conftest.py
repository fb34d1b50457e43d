"""What every test stands on."""

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings as configured

from tests.documents.scanner import clamd

TEMPLATES = Path(configured.BASE_DIR) / "templates"


MAY_BE_ABSENT = {
    "form",  # base.html: every title says when a form on the page has errors
    "child",
    "parent",  # the design system’s breadcrumbs and pages
    "inline",  # the design system's radio buttons
    "name",  # the admin's icons
    "subtitle",  # the admin's titles
}
"""Asked for in an ``if`` by a base or an included template of somebody else, which Django reports under the page's own name."""


class UndefinedVariables(logging.Handler):
    """Hears Django say that a variable of one of our own templates does not exist."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith("Exception while resolving variable"):
            variable, template = record.args  # type: ignore[misc]
            if variable not in MAY_BE_ABSENT and (TEMPLATES / str(template)).exists():
                self.heard.append(f"{variable} in {template}")


@pytest.fixture(autouse=True)
def no_undefined_variable():
    """An undefined variable in a template of the project fails the test that renders it."""
    handler, logger = UndefinedVariables(), logging.getLogger("django.template")
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False  # nobody else is to write down, traceback and all, every variable that a page may lack
    yield
    logger.setLevel(level)
    logger.propagate = propagates
    logger.removeHandler(handler)
    assert handler.heard == []


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    """Documents of a test go to a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "documents"


@pytest.fixture(scope="module")
def daemon() -> Iterator[str]:
    """The address of a real clamd, which knows one virus: the test file."""
    with TemporaryDirectory(prefix="clamd") as folder, clamd(Path(folder)) as address:
        yield address


@pytest.fixture
def scanned(settings, daemon) -> str:
    """Files are asked of it."""
    settings.CLAMAV_URL = daemon
    return daemon


def pytest_terminal_summary(terminalreporter):
    """Say how far the permission walk went, where it was run."""
    walked = [dict(report.user_properties) for report in terminalreporter.getreports("passed") if report.when == "call"]
    knocked = [walk for walk in walked if "doors" in walk]
    if knocked:
        size = f"{len(knocked)} people × {knocked[0]['doors']} addresses × what is theirs, somebody else’s and absent"
        terminalreporter.write_line(f"Permission walk: {size}: {sum(walk['asked'] for walk in knocked)} requests.")
