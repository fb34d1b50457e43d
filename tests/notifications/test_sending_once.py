"""Two workers never send one mail at once. Real connections, and the control that shows the race is there."""

import time

import pytest

from notifications import outbox
from notifications.models import Fate, Message
from tests.concurrency.at_once import at_once
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receipt(monkeypatch) -> Message:
    monkeypatch.setattr(outbox, "publish", lambda keys: None)
    Story().filed()
    return Message.objects.get()


@pytest.fixture
def slow_server(server, monkeypatch):
    """Sending takes long enough for the other worker to come by."""
    quick = outbox.send

    def slow(message, *, at):
        time.sleep(0.2)
        quick(message, at=at)

    monkeypatch.setattr(outbox, "send", slow)
    return server


def deliver_twice(message: Message) -> list[object]:
    at = message.created_at
    return at_once(*[lambda: outbox.deliver(message.pk, at=at)] * 2)


def test_two_workers_send_it_once(slow_server, receipt):
    assert deliver_twice(receipt) == [None, None]
    assert len(slow_server.mails) == 1
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.attempts) == (Fate.SENT, 1)
    assert receipt.referral.events.filter(kind="mail_sent").count() == 1


def test_without_the_claim_they_send_it_twice(slow_server, receipt, monkeypatch):
    """The control: the same with a read in place of the claim. The history still says it once."""
    monkeypatch.setattr(outbox, "claim", lambda pk, *, at: Message.objects.due(at=at).filter(pk=pk).first())
    deliver_twice(receipt)
    assert len(slow_server.mails) == 2
    assert receipt.referral.events.filter(kind="mail_sent").count() == 2
