"""Viruses: what arrived is asked of ClamAV's daemon before anybody gets its bytes.

Its protocol (INSTREAM, clamd(8)) is spoken here, over TCP or a Unix socket: the one client on PyPI has not moved since 2014, and
this is thirty lines. Where `CLAMAV_URL` names no daemon nothing is scanned, and every page says so.
"""

import logging
import re
import socket
import struct
from contextlib import closing
from datetime import datetime, timedelta
from typing import IO
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from ..models import Document, Scan
from .storing import stored

log = logging.getLogger(__name__)

CHUNK = 64 * 1024
SECONDS = 60
"""How long the daemon may think of one file."""
FOUND = re.compile(r"^stream: (?P<virus>.+) FOUND$")
CLEAN = "stream: OK"
LATE = timedelta(minutes=15)
"""A file that waits for longer is an alarm: the scanner is down, or nobody works."""


class ScannerDown(Exception):
    """The daemon does not answer, or not what it should. What waits for it goes on waiting."""


def virus_in(file: IO[bytes]) -> str:
    """Return the name of the virus that the daemon finds in ``file``, empty where it finds none. Raises ScannerDown."""
    try:
        with closing(_connected()) as daemon:
            daemon.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                daemon.sendall(struct.pack(">I", len(chunk)) + chunk)
            daemon.sendall(struct.pack(">I", 0))
            answer = b""
            while not answer.endswith(b"\0") and (piece := daemon.recv(4096)):
                answer += piece
    except OSError as error:
        raise ScannerDown(str(error)) from error
    said = answer.rstrip(b"\0").decode(errors="replace")
    if said == CLEAN:
        return ""
    if found := FOUND.match(said):
        return found["virus"]
    raise ScannerDown(said or "no answer")


def require_scanner() -> None:
    """Raises ScannerDown where the daemon does not answer: then there is no need to ask it of each file."""
    try:
        with closing(_connected()) as daemon:
            daemon.sendall(b"zPING\0")
            answer = daemon.recv(16)
    except OSError as error:
        raise ScannerDown(str(error)) from error
    if answer != b"PONG\0":
        raise ScannerDown(answer.decode(errors="replace"))


def _connected() -> socket.socket:
    at = urlsplit(settings.CLAMAV_URL)
    if at.scheme == "unix":
        daemon = socket.socket(socket.AF_UNIX)
        try:
            daemon.settimeout(SECONDS)
            daemon.connect(at.path)
        except OSError:
            daemon.close()
            raise
        return daemon
    return socket.create_connection((at.hostname, at.port or 3310), timeout=SECONDS)


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
    """Return how many files have been waiting for the scanner for too long."""
    return Document.objects.filter(scan=Scan.WAITING, created_at__lt=at - LATE).count()
