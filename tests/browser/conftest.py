"""The whole site as processes of its own, and Chromium in front of it."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.processes import Mailbox, Nursery, environment, free_port, mailbox, started_web, started_worker

TOUR = Path(__file__).parent / "tour"
"""The README's pictures. `make tour` takes them anew; a plain test run leaves them alone."""


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Playwright keeps an event loop in this thread: Django must not take it for ours, and its connections are apart."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        running = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield running
        running.close()
        connections.close_all()


@pytest.fixture
def browser(chromium) -> Iterator[Browser]:
    """Chromium, which remembers nothing of the test before."""
    yield chromium
    for context in chromium.contexts:
        context.close()


@pytest.fixture(scope="package")
def box() -> Iterator[Mailbox]:
    with mailbox() as running:
        yield running


@pytest.fixture(scope="package")
def documents(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("documents")


@pytest.fixture(autouse=True)
def media_folder(settings, documents) -> None:
    """The nursery's processes know one folder."""
    settings.MEDIA_ROOT = documents


@pytest.fixture(scope="package")
def collected(tmp_path_factory) -> Path:
    """A folder for `production`, which collects and compresses the files of the site in it, once."""
    return tmp_path_factory.mktemp("production")


@pytest.fixture(scope="package")
def nursery(django_db_setup, box, documents, tmp_path_factory) -> Iterator[tuple[Nursery, int]]:
    """Where the site's processes come from, and the port for which they are made."""
    port = free_port()
    env = environment(mail_port=box.port, site_url=f"http://127.0.0.1:{port}") | {"MEDIA_ROOT": str(documents)}
    with Nursery(env=env, log=tmp_path_factory.mktemp("nursery") / "log") as running:
        yield running, port


@pytest.fixture
def site(transactional_db, nursery, box, tmp_path) -> Iterator[SimpleNamespace]:
    """Web and worker of this test alone, on its database; ``address`` and ``mails``."""
    running, port = nursery
    box.forgets()
    with (
        started_worker(running.process, log=tmp_path / "worker.log"),
        started_web(running.process, log=tmp_path / "web.log", port=port) as address,
    ):
        yield SimpleNamespace(address=address, mails=box)


AXE = {"preload": False, "resultTypes": ["violations"]}
"""Preloading, axe itself would break the policy; of what a page does well it need not tell every element."""

WAITS_FOR_ITS_SCRIPT = "one => one.type === 'submit' && one.form?.querySelector('[data-saving], .files') != null"
"""Of a button: the page is left only once its script has saved the answers, or sent the files."""


class Person:
    """Somebody with a browser of her own. Every page she looks at is held against axe-core."""

    def __init__(self, browser: Browser, address: str, *, zone: str = "Europe/Paris") -> None:
        self.page: Page = browser.new_context(base_url=address, locale="fr-FR", timezone_id=zone).new_page()
        self.page.set_default_timeout(30_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def goes_to(self, path: str) -> None:
        self.page.goto(path)
        self.looks()

    def clicks(self, name: str, *, role: str = "button", nth: int = 0) -> None:
        target = self.page.get_by_role(role, name=name).nth(nth)  # type: ignore[arg-type]
        if target.evaluate(WAITS_FOR_ITS_SCRIPT):
            with self.page.expect_navigation():
                target.click()
        else:
            target.click()
        self.looks()

    def fills(self, **fields: str) -> None:
        """Fill fields by their names in the form."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)

    def reads(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text)

    def looks(self) -> None:
        """Hold the page against axe-core, and the browser's own complaints (a broken content security policy among them)."""
        self.page.wait_for_load_state("load")
        found = Axe().run(self.page, options=AXE)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        assert self.complaints == [], self.page.url

    def signs_in(self, email: str, password: str) -> None:
        self.goes_to("/compte/login/")
        self.fills(login=email, password=password)
        self.clicks("Se connecter")

    def photographs(self, name: str, *, width: int = 1280) -> None:
        """Keep what she sees for the README, where pictures are wanted."""
        if os.environ.get("TAKE_PICTURES"):
            self.page.set_viewport_size({"width": width, "height": 900})
            TOUR.mkdir(exist_ok=True)
            self.page.screenshot(path=TOUR / f"{name}.png", full_page=True)
            self.page.set_viewport_size({"width": 1280, "height": 720})


@pytest.fixture
def somebody(browser, site) -> Callable[[], Person]:
    return partial(Person, browser, site.address)
