"""Real processes on the test's own database: gunicorn, Celery's worker and beat, and an SMTP server that really receives."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Self
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

    def forgets(self) -> None:
        self.mails.clear()
        self.raw.clear()

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
        _signal_group(running.pid, signal.SIGTERM)
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            _signal_group(running.pid, signal.SIGKILL)
            running.wait()
        _wait_for_the_rest(running.pid)


def _signal_group(leader: int, signum: int) -> bool:
    """Send a signal to a process and all it has started; False when nothing of it is left."""
    try:
        os.killpg(leader, signum)
    except ProcessLookupError:
        return False
    return True


def _wait_for_the_rest(leader: int) -> None:
    """What a process had started may outlive it by a moment, and still hold a connection to the test's database."""
    wait_until(lambda: not _signal_group(leader, signal.SIGKILL), what="the end of what the process had started")


class Nursery:
    """Where processes come from that have loaded the project already: see `tests.nursery`. All have its environment."""

    def __init__(self, *, env: dict[str, str], log: Path) -> None:
        with log.open("ab") as complaints:
            self.parent = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery"],
                env=env,
                cwd=settings.BASE_DIR,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                start_new_session=True,
            )

    @contextmanager
    def process(self, *program: str, log: Path) -> Iterator[int]:
        """As `process`; yields its number."""
        assert self.parent.stdin
        assert self.parent.stdout
        log.touch()  # whoever waits for what it says may be quicker than it
        self.parent.stdin.write(json.dumps({"program": program, "log": str(log)}) + "\n")
        self.parent.stdin.flush()
        leader = int(self.parent.stdout.readline())
        try:
            yield leader
        finally:
            _signal_group(leader, signal.SIGTERM)
            deadline = time.monotonic() + 20
            while _signal_group(leader, 0) and time.monotonic() < deadline:
                time.sleep(0.02)
            _wait_for_the_rest(leader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.parent.communicate()


Start = Callable[..., AbstractContextManager]
"""What runs a program until its block ends: `process` with an environment, or that of a `Nursery`."""


@contextmanager
def worker(*, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """A Celery worker that is ready to take tasks."""
    with started_worker(partial(process, env=env), log=log) as running:
        yield running


@contextmanager
def started_worker(start: Start, *, log: Path) -> Iterator:
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
    with start(*arguments, log=log) as running:
        wait_until(lambda: " ready." in log.read_text(errors="replace"), what=f"the worker; see {log}")
        yield running


@contextmanager
def beat(*, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    with process("celery", "-A", "config", "beat", "--schedule", str(log.with_suffix(".schedule")), env=env, log=log) as running:
        yield running


@contextmanager
def web(*, env: dict[str, str], log: Path, port: int) -> Iterator[str]:
    """The site behind gunicorn; yields its address."""
    with started_web(partial(process, env=env), log=log, port=port) as address:
        yield address


@contextmanager
def started_web(start: Start, *, log: Path, port: int) -> Iterator[str]:
    """The site behind gunicorn; yields its address."""
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return urllib.request.urlopen(f"{address}/sante/", timeout=2).status == 200
        except OSError:
            return False

    with start("gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--no-control-socket", log=log):
        wait_until(answers, what=f"the site; see {log}")
        yield address
