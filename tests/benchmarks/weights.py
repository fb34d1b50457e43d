"""What pages weigh and how long they take to load: Chromium in front of the real web process, with the files of a production."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from referrals.models import User
from tests.processes import environment, free_port, web
from tests.story import Story

LOOKS = {"neutral": "false", "State": "true"}
"""Look → `STATE_LOOK`."""
FORM = (
    *("identity", "licence", "licence_place", "licence_day", "licences", "applications", "add_application", "paste"),
    *("project", "wishes", "mobility", "documents", "health", "check"),
)
"""Pages of a draft."""
UNASKED = ("component", "utility", "artwork", "analytics", "core", "legacy", "layout", "admin", "dsfr.min.css", "*.nomodule*")
"""What no page of ours asks for: collecting and compressing it takes a minute."""


class Named(NamedTuple):
    """A page and whoever opens it. form: it is one of the draft's."""

    name: str
    path: str
    user: User | None = None
    form: bool = False


class Weight(NamedTuple):
    """What a browser received for a page with all it asks for: bytes, milliseconds until it had loaded, the hosts asked."""

    bytes: int
    ms: float
    hosts: set[str]


def named_pages() -> list[Named]:
    """Return the pages of this site that are weighed, of a draft and of a case with three offers made for them."""
    draft, case = Story(at=timezone.now()).draft(), Story(at=timezone.now())
    case.offered()
    form = {page: reverse(f"student:{page}", args=[draft.referral.key]) for page in FORM}
    return [
        Named("home", "/"),
        Named("may I refer?", "/puis-je-saisir/"),
        Named("sign up", "/compte/signup/"),
        Named("vacancies", "/places-vacantes/"),
        *(Named(f"draft, {page}", path, draft.student, form=True) for page, path in form.items()),
        Named("case", reverse("student:referral", args=[case.referral.key]), case.student),
        Named("offers", reverse("student:offers", args=[case.referral.key]), case.student),
    ]


def session_of(user: User | None) -> str:
    """Return the session of ``user`` signed in; that of nobody is empty."""
    if user is None:
        return ""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def production(folder: Path, *, look: str) -> Iterator[str]:
    """The site in one of the `LOOKS`, with the files of a production; yields its address. A ``folder`` collects them once."""
    port = free_port()
    env = environment(mail_port=1, site_url=f"http://127.0.0.1:{port}") | {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.production",
        "STATE_LOOK": LOOKS[look],
        "STATIC_ROOT": str(folder / "static"),
    }
    if not (folder / "static").exists():
        ignored = [f"--ignore={name}" for name in UNASKED]
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0", *ignored]
        subprocess.run(collect, check=True, env=env, cwd=settings.BASE_DIR)
    with web(env=env, log=folder / f"web-{look}.log", port=port) as address:
        yield address


def first_visit(browser: Browser, address: str, page: Named) -> Weight:
    """Open ``page`` in a browser that knows nothing of the site."""
    with visitor_of(browser, address, session_of(page.user)) as visitor:
        return _visit(visitor, page.path)


def later_visit(browser: Browser, address: str, page: Named) -> Weight:
    """Open ``page`` in a browser that has seen the first page, and no other."""
    with visitor_of(browser, address, session_of(page.user)) as visitor:
        _visit(visitor, "/")
        return _visit(visitor, page.path)


def visitor_of(browser: Browser, address: str, session: str) -> BrowserContext:
    """Return a browser that knows nothing of the site but its ``session``, if any."""
    visitor = browser.new_context(base_url=address, locale="fr-FR", viewport={"width": 360, "height": 800})
    if session:
        visitor.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
    return visitor


def _visit(visitor: BrowserContext, path: str) -> Weight:
    page = visitor.new_page()
    received: list[float] = []
    hosts: set[str] = set()
    wire = visitor.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda end: received.append(end["encodedDataLength"]))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    answer = page.goto(path, wait_until="networkidle")
    assert answer is not None
    assert (answer.status, urlsplit(page.url).path) == (200, path)
    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    page.close()
    return Weight(int(sum(received)), loaded, hosts - {""})  # a picture within the sheet of style has no host


def main(folder: Path) -> None:
    """Print the table of both looks."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread
    pages = named_pages()
    print(f"\n{'':32}{'first visit':>22}{'after the first page':>24}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for look in LOOKS:
            with production(folder, look=look) as address:
                for page in pages:
                    visits = first_visit(browser, address, page), later_visit(browser, address, page)
                    cells = [f"{visit.bytes / 1000:.1f} kB{visit.ms:7.0f} ms" for visit in visits]
                    print(f"{f'{look}: {page.name}':32}{cells[0]:>22}{cells[1]:>24}", flush=True)
        browser.close()
