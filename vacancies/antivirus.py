"""ClamAV's daemon: whether there is a virus in a file. On the lowest floor, as files come in on every one.

Its protocol (INSTREAM, clamd(8)) is spoken here, over TCP or a Unix socket: the one client on PyPI has not moved since 2014, and
this is thirty lines. Where `CLAMAV_URL` names no daemon nobody asks it.
"""

import re
import socket
import struct
from contextlib import closing
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings

CHUNK = 64 * 1024
SECONDS = 60
"""How long the daemon may think of one file."""
FOUND = re.compile(r"^stream: (?P<virus>.+) FOUND$")
CLEAN = "stream: OK"


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
