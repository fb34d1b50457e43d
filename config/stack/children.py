"""Processes that never outlive the one that started them, and the temporary folder that goes with them. Linux only."""
# ruff: noqa: S603, S607, S108 -- starting programs is the trade here; none of their words comes from outside the project

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

ROOT = Path(__file__).resolve().parents[2]
Command = Sequence[str | Path]
PATIENCE = 10
"""Seconds a process has to stop by itself before it is killed."""

UNDERTAKER = """
while read -r line; do running=$line; done
for second in 1 2 3 4 5; do
    left=; for group in $running; do kill -s 0 -- -$group && left=yes; done
    test $left || break; sleep 1
done
for group in $running; do kill -s KILL -- -$group; done
rm -rf "$0"
"""
"""A shell that reads which processes run until their manager ends, be it by kill -9; then it buries what is left of them."""

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """Something a person has to read; printed without a traceback."""


def die_with_parent(parent: int, signum: int) -> None:
    """Ask the kernel to send `signum` to this process when its `parent` dies, be it by kill -9."""
    _libc.prctl(_PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:  # it was quicker than we were
        os.kill(os.getpid(), signum)


@dataclass
class Child:
    """A process in a session of its own, so that Ctrl-C in the terminal reaches the manager alone."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: int

    def stop(self) -> None:
        self.process.send_signal(self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # the stubborn, and whatever it left in its group
        self.process.wait()

    def failure(self) -> Failure:
        lines = self.log.read_text(errors="replace").splitlines()[-20:]
        status = f"{self.name} ended with exit code {self.process.poll()}"
        return Failure("\n    ".join([f"{status}; the last lines of its log ({self.log}):", *lines]))


class Children:
    """What runs, in the order of its birth; leaving the `with` stops it in reverse. All share an environment and a folder of logs.

    `folder` is temporary, and its path short enough for sockets (107 bytes).
    """

    def __init__(self, env: Mapping[str, str], *, logs: Path | None = None) -> None:
        base = tempfile.gettempdir()
        self.folder = Path(tempfile.mkdtemp(prefix="saisine-", dir=base if len(base) < 60 else "/tmp"))
        self.logs = logs or self.folder / "log"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.env = dict(env)
        self.running: list[Child] = []
        self.undertaker = subprocess.Popen(
            ["sh", "-c", UNDERTAKER, self.folder], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self.running:
            self.running[-1].stop()
            self._now_running(self.running[:-1])
        self.undertaker.communicate()

    def _now_running(self, children: list[Child]) -> None:
        self.running = children
        assert self.undertaker.stdin
        with suppress(BrokenPipeError):
            os.write(self.undertaker.stdin.fileno(), " ".join(str(child.process.pid) for child in children).encode() + b"\n")

    def start(
        self,
        name: str,
        command: Command,
        *,
        stop_signal: int = signal.SIGTERM,
        pass_fds: Sequence[int] = (),
        stdout: IO[bytes] | None = None,
    ) -> Child:
        """Start a process that lives as long as this manager. `stop_signal` is how it is asked to end."""
        manager, log = os.getpid(), self.logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=stdout or output,
                stderr=output,
                start_new_session=True,
                pass_fds=pass_fds,
                preexec_fn=lambda: die_with_parent(manager, stop_signal),
            )
        child = Child(name, process, log, stop_signal)
        self._now_running([*self.running, child])
        return child

    def complete(self, name: str, command: Command) -> str:
        """Run `command` to its end and return what it printed. Raises Failure when it fails, or when a server dies meanwhile."""
        with tempfile.TemporaryFile() as printed:
            child = self.start(name, command, stdout=printed)
            self.wait(lambda: child.process.poll() is not None, f"{name} to end", seconds=900, besides=child)
            self._now_running([other for other in self.running if other is not child])
            printed.seek(0)
            output = printed.read()
        with child.log.open("ab") as log:
            log.write(output)
        if child.process.returncode:
            raise child.failure()
        return output.decode(errors="replace")

    def wait(self, done: Callable[[], bool], what: str, *, seconds: float = 60, besides: Child | None = None) -> None:
        """Return when `done()`. Raises Failure after `seconds`, and as soon as a child (`besides` one) has died."""
        limit = time.monotonic() + seconds
        while not done():
            self.check(besides=besides)
            if time.monotonic() > limit:
                raise Failure(f"Waited {seconds:.0f} s in vain for {what}. The logs are in {self.logs}/")
            time.sleep(0.03)

    def check(self, *, besides: Child | None = None) -> None:
        for child in self.running:
            if child is not besides and child.process.poll() is not None:
                raise child.failure()

    def foreground(self, command: Command) -> int:
        """Run `command` with the terminal's input, output and Ctrl-C; return its exit code."""
        manager = os.getpid()
        process = subprocess.Popen(command, cwd=ROOT, env=self.env, preexec_fn=lambda: die_with_parent(manager, signal.SIGTERM))
        signal.signal(signal.SIGINT, lambda *_: None)  # the terminal tells the command as well; let it end as it likes
        try:
            return process.wait()
        finally:
            process.terminate()
            process.wait()
