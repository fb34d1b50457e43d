"""The broker only makes sending prompt: down, deaf or emptied, it delays nobody's request and loses nothing."""

import logging
import socket

import pytest
import time_machine

from notifications import tasks
from notifications.models import Fate, Message
from referrals import procedure
from referrals import tasks as clock
from referrals.rules.states import State
from tests.notifications.conftest import broker_at
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "celery"


def test_a_filing_is_published_after_its_commit(broker):
    Story().filed()
    assert broker.llen(QUEUE) == Message.objects.count() == 1


def test_a_broker_that_is_down_delays_no_filing_and_the_sweep_sends(server, caplog):
    story = Story().draft()
    with broker_at("redis+socket:///nowhere/valkey.sock"), caplog.at_level(logging.WARNING, "notifications.outbox"):
        procedure.file(story.id, by=story.her, at=story.at)
    said = [record.getMessage() for record in caplog.records if record.name == "notifications.outbox"]
    assert [words.split(" (")[0] for words in said] == ["1 messages not published, the sweep will find them"]
    assert story.referral.state == State.FILED
    tasks.send_due()
    assert [mail["To"] for mail in server.mails] == [story.student.email]


def test_a_broker_that_never_answers_costs_a_second_however_many_mails_there_are():
    story = Story()
    first, *_ = story.offered(3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(50)
        with broker_at(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"):
            procedure.accept(story.id, offer_id=first.pk, by=story.her, at=story.at)
    assert Message.objects.filter(event=story.referral.events.last()).count() == 4


def test_flushing_the_broker_loses_no_mail(server, broker):
    story = Story()
    story.offered(3)
    written = Message.objects.count()
    assert broker.llen(QUEUE) == written
    broker.flushdb()
    with time_machine.travel(story.at):
        tasks.send_due()
        tasks.report_outcomes()
    assert len(server.mails) == written
    assert not Message.objects.exclude(fate=Fate.SENT).exists()
    assert story.limit().told_at is not None


def test_flushing_the_broker_loses_no_limit(server, broker):
    story = Story()
    story.offered(3)
    story.told()
    broker.flushdb()
    with time_machine.travel(story.limit().ends_at + clock.GRACE, tick=False):
        clock.expire_overdue()
    assert story.referral.state == State.EXHAUSTED
    broker.flushdb()
    tasks.send_due()
    assert "Vos propositions sont épuisées" in [mail["Subject"] for mail in server.mails]
