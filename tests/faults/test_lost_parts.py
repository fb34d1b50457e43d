"""A worker killed, a broker emptied, nobody watching: no mail and no limit is lost."""

import os
import signal

import pytest
from celery import current_app
from django.utils import timezone

from notifications.models import Fate, Message
from referrals import procedure, tasks
from referrals.invariants import breaches
from referrals.models import DocumentKind
from referrals.procedure import Refused
from referrals.rules.states import State
from tests.processes import environment, mailbox, wait_until, worker
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty_broker():
    """Start and end with nothing in the broker of this runner."""
    current_app.control.purge()
    yield
    current_app.control.purge()


def all_left() -> bool:
    return not Message.objects.filter(fate=Fate.PENDING).exists() and not Message.objects.filter(recorded_at__isnull=True).exists()


def test_a_worker_sends_the_receipt_with_its_pdf(tmp_path):
    with mailbox() as box, worker(env=environment(mail_port=box.port), log=tmp_path / "worker.log"):
        story = Story(at=timezone.now()).filed()
        wait_until(all_left, what="the receipt's departure")
    (mail,) = box.to(story.student.email)
    (attachment,) = mail.iter_attachments()
    receipt = story.referral.documents.get(kind=DocumentKind.RECEIPT)
    with receipt.file.open() as stored:
        assert attachment.get_payload(decode=True) == stored.read()
    assert attachment.get_filename() == receipt.name
    assert story.referral.events.last().kind == "mail_sent"


def test_flushing_the_broker_loses_no_mail_and_no_limit(tmp_path):
    story = Story(at=timezone.now())
    story.offered()
    waiting = Message.objects.filter(fate=Fate.PENDING).count()
    assert waiting > 0
    assert current_app.control.purge() > 0  # what was published is gone
    with mailbox() as box, worker(env=environment(mail_port=box.port), log=tmp_path / "worker.log"):
        current_app.send_task("notifications.send_due")  # what beat says each minute
        wait_until(all_left, what="the swept mails' departure")
    assert len(box.mails) == waiting
    assert story.limit().told_at is not None
    assert breaches(at=story.limit().created_at) == []


def test_a_worker_killed_in_mid_work_loses_nothing(tmp_path):
    with mailbox() as box:
        env = environment(mail_port=box.port)
        with worker(env=env, log=tmp_path / "first.log") as running:
            story = Story(at=timezone.now())
            story.offered()
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        Message.objects.filter(fate=Fate.PENDING).update(claimed_until=None)  # the lease of the dead worker runs out
        with worker(env=env, log=tmp_path / "second.log"):
            current_app.send_task("notifications.send_due")
            current_app.send_task("notifications.report_outcomes")
            wait_until(all_left, what="the mails of the dead worker")
    subjects = {mail["Message-ID"] for mail in box.mails}
    assert len(subjects) == Message.objects.count()  # one sent twice, at a crash, bears the same Message-ID
    assert breaches(at=story.limit().created_at) == []


def test_where_every_worker_died_after_the_mail_the_limit_is_the_law():
    story = Story()
    offer, *_ = story.offered()
    limit = story.told().limit()
    with pytest.raises(Refused) as refused:
        procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=limit.ends_at)
    assert refused.value.code == "too_late"


def test_a_worker_expires_what_is_overdue(tmp_path):
    story = Story()
    story.offered()
    story.told()
    with mailbox() as box, worker(env=environment(mail_port=box.port), log=tmp_path / "worker.log"):
        current_app.send_task("referrals.expire_overdue")  # the story is told in the summer: its limit is long over
        wait_until(lambda: story.referral.state == State.EXHAUSTED, what="the end of the limit")
        wait_until(all_left, what="the mails that say so")
    assert tasks.GRACE.total_seconds() == 120
