"""Mail's part of the timetable. Thin: each task finds what is due and does it; one failure stops no other."""

from datetime import timedelta
from itertools import takewhile

from celery import shared_task
from django.utils import timezone

from referrals.tasks import sweep

from . import advisers, chasers, consultations, outbox, reminders, silences
from .models import Message

AT_ONCE = 500
SWEEP = timedelta(seconds=50)
"""A sweep stops before the next one starts: a mail server that hangs must not keep every worker."""


@shared_task(name="notifications.send_message")
def send_message(message_id: int) -> None:
    """Send one message, told of by the transaction that wrote it."""
    outbox.deliver(message_id, at=timezone.now())


@shared_task(name="notifications.send_due")
def send_due() -> None:
    """Send what is due and was not sent: a lost broker, a passing error, a worker that died."""
    began = timezone.now()
    due = Message.objects.due(at=began).order_by("next_attempt_at", "pk").values_list("pk", flat=True)
    in_time = takewhile(lambda pk: timezone.now() < began + SWEEP, list(due[:AT_ONCE]))
    sweep("send_due", in_time, lambda pk: outbox.deliver(pk, at=timezone.now()))


@shared_task(name="notifications.report_outcomes")
def report_outcomes() -> None:
    """Write into the history the fates that a crash kept out of it."""
    messages = Message.objects.to_record().order_by("pk")[:AT_ONCE]
    found = {message.pk: message for message in messages}
    sweep("report_outcomes", found, lambda pk: outbox.report(found[pk], at=timezone.now()))


@shared_task(name="notifications.remind")
def remind() -> None:
    """Remind of the limits that come near, and of the awaited licences whose day has passed."""
    now = timezone.now()
    limits = {limit.pk: limit for limit in reminders.near(at=now)}
    licences = {referral.pk: referral for referral in reminders.awaited(at=now)}
    try:
        sweep("remind", limits, lambda pk: reminders.remind(limits[pk], at=now))
    finally:
        sweep("remind_of_licence", licences, lambda pk: reminders.remind_of_licence(licences[pk], at=now))


@shared_task(name="notifications.chase_declarations")
def chase_declarations() -> None:
    """Ask the institutions for the declarations that are out of date, or that were never made."""
    now = timezone.now()
    found = {chaser.key: chaser for chaser in chasers.due(at=now)}
    sweep("chase_declarations", found, lambda key: chasers.chase(found[key], at=now))


@shared_task(name="notifications.ask_institutions")
def ask_institutions() -> None:
    """Ask each address for the answers that wait for it, and tell the heads which institutions kept silent."""
    now = timezone.now()
    digests = {digest.key: digest for digest in consultations.due(at=now)}
    reports = {report.key: report for report in silences.due(at=now)}
    try:
        sweep("ask_institutions", digests, lambda key: consultations.ask(digests[key], at=now))
    finally:
        sweep("tell_heads_of_silence", reports, lambda key: silences.tell(reports[key], at=now))


@shared_task(name="notifications.warn_advisers")
def warn_advisers() -> None:
    """Tell the advisers of the students who are about to miss a limit."""
    now = timezone.now()
    found = {alert.key: alert for alert in advisers.due(at=now)}
    sweep("warn_advisers", found, lambda key: advisers.tell(found[key], at=now))
