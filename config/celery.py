"""Celery's application and its whole timetable: what runs when, and nothing else runs by itself.

The truth is in PostgreSQL; a task only finds what is due and calls the verb. Losing the broker loses no mail and no limit.
"""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, setup_logging, worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

app = Celery("saisine")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _refuse_unsafe_start(**_: object) -> None:
    from .checks import refuse_unsafe_start  # it asks the settings

    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as error:
        raise SystemExit(1) from error  # Celery would only log any other


@setup_logging.connect
def _log_as_settings_say(**_: object) -> None:
    """That somebody hears this signal keeps Celery from setting up loggers of its own."""


EVERY_MINUTE = 60.0

app.conf.beat_schedule = {
    "send what has not left": {"task": "notifications.send_due", "schedule": EVERY_MINUTE},
    "write mails' fate into the history": {"task": "notifications.report_outcomes", "schedule": EVERY_MINUTE},
    "close what nobody answered in time": {"task": "referrals.expire_overdue", "schedule": EVERY_MINUTE},
    "apply extensions that were confirmed": {"task": "referrals.apply_extensions", "schedule": EVERY_MINUTE},
    "read and apply files handed in": {"task": "vacancies.run_imports", "schedule": EVERY_MINUTE},
    "match students and seats where somebody asked": {"task": "referrals.execute_runs", "schedule": EVERY_MINUTE},
    "consult for the drafts somebody ordered": {"task": "referrals.consult_drafts", "schedule": EVERY_MINUTE},
    "give files that nobody follows to somebody": {"task": "referrals.share_out", "schedule": EVERY_MINUTE},
    "free seats held too long": {"task": "referrals.lapse_consultations", "schedule": crontab(minute="*/10")},
    "remind of limits that come near": {"task": "notifications.remind", "schedule": crontab(minute=10)},
    "ask institutions for their agreement": {"task": "notifications.ask_institutions", "schedule": crontab(minute=5)},
    "ask institutions to declare their seats": {"task": "notifications.chase_declarations", "schedule": crontab(minute=20)},
    "tell advisers of limits about to be missed": {"task": "notifications.warn_advisers", "schedule": crontab(minute=15)},
    "have the virus scanner see what waits for it": {"task": "referrals.scan_files", "schedule": EVERY_MINUTE},
    "render letters nobody has asked for yet": {"task": "referrals.render_letters", "schedule": crontab(minute="*/5")},
    "name a head for what still lacks offers": {"task": "referrals.escalate_unserved", "schedule": crontab(hour=2, minute=30)},
    "erase what was kept for its time": {"task": "referrals.erase_overdue", "schedule": crontab(hour=1, minute=30)},
    "ask the invariants": {"task": "referrals.ask_invariants", "schedule": crontab(hour=3, minute=30)},
    "anchor the history": {"task": "referrals.anchor_history", "schedule": crontab(hour=3, minute=0)},
    "forget sessions that have ended": {"task": "referrals.clear_sessions", "schedule": crontab(minute=40)},
    "remove files no document claims": {"task": "referrals.remove_orphan_files", "schedule": crontab(hour=4, minute=0)},
}
