"""A mail server that really receives, and answers what a test tells it to."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import current_app
from django.template import engines
from redis import Redis

from tests.processes import Mailbox

UNDEFINED = "UNDEFINED"


class Server(Mailbox):
    """``replies``: what the next recipients are answered, in order; then « 250 OK »."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: list[str] = []

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options) -> str:  # noqa: N802 - aiosmtpd's name
        if self.replies:
            return self.replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def server(settings) -> Iterator[Server]:
    running = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
    running.controller.start()
    yield running
    running.controller.stop()


@pytest.fixture(autouse=True)
def undefined_variables_show(monkeypatch):
    """A variable no context holds leaves its mark; `tests.notifications` looks for it."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", f"{UNDEFINED}[%s]")


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Let Celery publish to ``url`` until the block ends."""

    def turn_to(address: str) -> None:
        current_app.conf.broker_url = current_app.conf.broker_write_url = address
        current_app._pool = current_app.amqp._producer_pool = None

    before = current_app.conf.broker_url
    turn_to(url)
    try:
        yield
    finally:
        turn_to(before)


@pytest.fixture
def broker() -> Iterator[Redis]:
    """The broker's own database, empty before and after."""
    with current_app.connection_for_write() as connection:
        client = connection.default_channel.client
        client.flushdb()
        yield client
        client.flushdb()
