"""Real processes on the test's own database: gunicorn, Celery's worker and beat, and an SMTP server that really receives."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection

PATIENCE = 60
"""Seconds after which waiting is failing."""


def wait_until(true: Callable[[], object], *, what: str) -> None:
    """Return as soon as ``true()`` is; fail after PATIENCE, naming ``what`` never came."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mailbox:
    """An SMTP server on loopback, and what it has received."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.raw.append(envelope.content)
        return "250 OK"

    @property
    def port(self) -> int:
        return self.controller.port

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.controller.start()
    try:
        yield box
    finally:
        box.controller.stop()


def database_url() -> str:
    """Return the URL of the database of the test that runs."""
    at = connection.settings_dict
    where = f"{at['HOST']}:{at['PORT']}" if at["PORT"] else f"/{quote(at['HOST'])}"  # without a port, it is a socket's folder
    who = f"{at['USER']}:{quote(at['PASSWORD'])}" if at["PASSWORD"] else at["USER"]
    return f"postgres://{who}@{where}/{at['NAME']}"


def environment(*, mail_port: int, site_url: str = "http://127.0.0.1") -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "SITE_URL": site_url,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "PYTHONWARNINGS": "ignore",
    }


@contextmanager
def process(*arguments: str, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """Run a process of the project until the block ends; its output goes to ``log``."""
    with log.open("ab") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", *arguments], env=env, cwd=settings.BASE_DIR, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield running
    finally:
        _signal_group(running, signal.SIGTERM)
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            _signal_group(running, signal.SIGKILL)
            running.wait()
        # What it had started may outlive it by a moment, and still hold a connection to the test's database.
        wait_until(lambda: not _signal_group(running, signal.SIGKILL), what="the end of what the process had started")


def _signal_group(leader: subprocess.Popen, signum: signal.Signals) -> bool:
    """Send a signal to a process and all it has started; False when nothing of it is left."""
    try:
        os.killpg(leader.pid, signum)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def worker(*, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """A Celery worker that is ready to take tasks."""
    arguments = (
        "celery",
        "-A",
        "config",
        "worker",
        "--concurrency",
        "1",
        "--loglevel",
        "INFO",
        "--without-mingle",
        "--without-gossip",
    )
    with process(*arguments, env=env, log=log) as running:
        wait_until(lambda: " ready." in log.read_text(errors="replace"), what=f"the worker; see {log}")
        yield running


@contextmanager
def beat(*, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    with process("celery", "-A", "config", "beat", "--schedule", str(log.with_suffix(".schedule")), env=env, log=log) as running:
        yield running


@contextmanager
def web(*, env: dict[str, str], log: Path, port: int) -> Iterator[str]:
    """The site behind gunicorn; yields its address."""
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return urllib.request.urlopen(f"{address}/sante/", timeout=2).status == 200
        except OSError:
            return False

    with process("gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", env=env, log=log):
        wait_until(answers, what=f"the site; see {log}")
        yield address
