"""Viruses: what arrived is asked of ClamAV's daemon before anybody gets its bytes.

Where `CLAMAV_URL` names no daemon nothing is scanned, and every page says so.
"""

import logging
from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from vacancies.antivirus import virus_in
from vacancies.imports.acts import await_the_scanner

from ..models import Document, Scan
from .storing import stored

log = logging.getLogger(__name__)

LATE = timedelta(minutes=15)
"""A file that waits for longer is an alarm: the scanner is down, or nobody works."""


def ask_for(document: Document) -> None:
    """Have a worker scan the document once its row is there. Whatever is lost on the way, the sweep of the next minute finds."""
    if document.scan == Scan.WAITING:
        transaction.on_commit(lambda: _publish(document.pk), robust=True)


def _publish(pk: int) -> None:
    try:
        current_app.send_task("referrals.scan_document", args=[pk], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("scan of document %d not published, the sweep will find it (%s)", pk, error)


def verdict_on(document: Document) -> str:
    """Return the name of the virus in a document's file, empty where there is none. Raises ScannerDown, FileNotFoundError."""
    with stored(document.file.name) as file:
        return virus_in(file)


def are_late(*, at: datetime) -> int:
    """Return how many files have been waiting for the scanner for too long: documents, and files that are to be read."""
    documents = Document.objects.filter(scan=Scan.WAITING, created_at__lt=at - LATE)
    return documents.count() + await_the_scanner(since=at - LATE).count()
