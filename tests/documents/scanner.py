"""ClamAV's daemon as Debian has it, with a small signature base of its own: it knows the test file that harms nobody."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import wait_until

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
"""In pieces, so that no scanner takes this file for it."""
CONFIGURATION = """
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
LogFile {folder}/clamd.log
Foreground yes
{user}
"""


def require_clamd() -> str:
    """Return where the daemon is. Without it the test is skipped here, and fails where everything must run."""
    found = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found:
        return found
    missing = "clamd is not installed: apt-get install --yes clamav-daemon"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def clamd(folder: Path) -> Iterator[str]:
    """Run the daemon until the block ends; yields its address. ``folder`` must be short: a socket's path is at most 107 bytes."""
    daemon = require_clamd()
    (folder / "signatures").mkdir(exist_ok=True)
    (folder / "signatures" / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    user = "User root" if os.geteuid() == 0 else ""
    (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder, user=user))
    with (folder / "output").open("wb") as output:
        running = subprocess.Popen([daemon, f"--config-file={folder / 'clamd.conf'}"], stdout=output, stderr=output)
    try:
        wait_until(lambda: _answers(folder / "clamd.sock"), what=f"clamd; see {folder / 'output'}")
        yield f"unix://{folder / 'clamd.sock'}"
    finally:
        running.terminate()
        running.wait(20)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(str(path))
            asking.sendall(b"zPING\0")
            return asking.recv(16) == b"PONG\0"
        except OSError:
            return False
