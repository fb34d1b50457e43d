"""The whole site as processes of its own, and Chromium in front of it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.processes import environment, free_port, mailbox, web, worker

TOUR = Path(__file__).parent / "tour"
"""The README's pictures. `make tour` takes them anew; a plain test run leaves them alone."""


@pytest.fixture
def browser(monkeypatch) -> Iterator[Browser]:
    """Chromium. Playwright keeps an event loop in this thread: Django must not take it for ours, and its connections are apart."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield running
        connections.close_all()
        running.close()


@pytest.fixture
def site(transactional_db, tmp_path) -> Iterator[SimpleNamespace]:
    """Web and worker on the test's database; ``address`` and ``mails``."""
    with ExitStack() as stack:
        box = stack.enter_context(mailbox())
        port = free_port()
        env = environment(mail_port=box.port, site_url=f"http://127.0.0.1:{port}")
        stack.enter_context(worker(env=env, log=tmp_path / "worker.log"))
        address = stack.enter_context(web(env=env, log=tmp_path / "web.log", port=port))
        yield SimpleNamespace(address=address, mails=box)


WAITS_FOR_ITS_SCRIPT = "one => one.type === 'submit' && one.form?.querySelector('[data-saving], .files') != null"
"""Of a button: the page is left only once its script has saved the answers, or sent the files."""


class Person:
    """Somebody with a browser of her own. Every page she looks at is held against axe-core."""

    def __init__(self, browser: Browser, address: str, *, zone: str = "Europe/Paris") -> None:
        self.page: Page = browser.new_context(base_url=address, locale="fr-FR", timezone_id=zone).new_page()
        self.page.set_default_timeout(15_000)
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
        found = Axe().run(self.page, options={"preload": False})  # preloading, axe itself would break the policy
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
