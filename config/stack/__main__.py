"""`python -m config.stack run [--port 8000]`, `… test -- <pytest's arguments>`, `… exec -- <command>`: what the Makefile calls.

DATABASE_URL, REDIS_URL and EMAIL_URL, where given, name servers to use instead of starting any.
"""

import argparse
import fcntl
import http.client
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes.util import find_library
from pathlib import Path

from .children import ROOT, Children, Command, Failure, die_with_parent
from .servers import start_postgres, start_valkey

VAR = ROOT / "var"
LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
    "magic": "libmagic1",
}

PREPARE_DATABASE = """
import sys
import django
from django.core.management import call_command

django.setup()
call_command("migrate", stdout=sys.stderr)
call_command("load_reference", stdout=sys.stderr)
call_command("demo")
"""
"""One process for three commands: it is their imports that take time. What the last one prints is for the reader."""


def require_debian(*, browser: bool) -> None:
    """Name the system's packages that are missing (letters: pango; uploads: libmagic; browser tests: chromium)."""
    missing = [package for library, package in LIBRARIES.items() if not find_library(library)]
    if browser and not shutil.which("chromium"):
        missing.append("chromium")
    if missing:
        raise Failure(f"Missing on this machine. As root:\n    apt-get install --yes {' '.join(missing)}")


def require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Failure(f"Port {port}: {error.strerror}. Choose another one: make run PORT={port + 1}") from error


@contextmanager
def alone_in_checkout() -> Iterator[None]:
    """Hold the checkout's lock; the kernel gives it back whatever happens to us."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Failure(f"This checkout runs already (process {lock.read()}). Stop that one first.") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def settings(name: str) -> dict[str, str]:
    """Not for the environment to choose: with other settings, a command says so itself (`exec -- env DJANGO_SETTINGS_MODULE=…`)."""
    return {"DJANGO_SETTINGS_MODULE": f"config.settings.{name}"}


def start_servers(children: Children, home: Path, *, durable: bool) -> None:
    """Start what the environment does not name already, and name it there."""
    if not children.env.get("DATABASE_URL"):
        children.env["DATABASE_URL"] = start_postgres(children, home / "postgres", durable=durable)
    if not children.env.get("REDIS_URL"):
        children.env["REDIS_URL"] = start_valkey(children, home / "valkey", durable=durable)


def start_mail(children: Children, folder: Path) -> None:
    if children.env.get("EMAIL_URL"):
        return
    folder.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command: Command = [sys.executable, "-m", "config.stack.mail", str(listener.fileno()), folder]
        children.start("mail", command, pass_fds=[listener.fileno()])
        children.env["EMAIL_URL"] = f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/sante/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def run(port: int) -> None:
    """Serve the site, with the demonstration's data, until a signal or a death."""
    began = time.monotonic()
    address = f"http://127.0.0.1:{port}"
    require_debian(browser=False)
    env = {"SITE_URL": address, "PYTHONUNBUFFERED": "1"} | os.environ | settings("dev")
    with alone_in_checkout(), Children(env, logs=VAR / "log") as children:
        require_free(port)
        say("Starting\n  servers")
        start_servers(children, VAR, durable=True)
        start_mail(children, VAR / "mail")
        say("  database: migrate, load_reference, demo")
        accounts = children.complete("database", [sys.executable, "-c", PREPARE_DATABASE])
        say("  site, worker, timetable")
        serve = ["gunicorn", "config.wsgi:application", "--workers=2", f"--bind=127.0.0.1:{port}", "--no-control-socket"]
        children.start("gunicorn", [sys.executable, "-m", *serve])
        children.wait(lambda: answers(port), f"{address}/sante/ to answer")
        celery = [sys.executable, "-m", "celery", "--app=config.celery:app"]
        children.start("worker", [*celery, "worker", "--concurrency=2", "--without-mingle", "--without-gossip", "--loglevel=INFO"])
        children.start("beat", [*celery, "beat", f"--schedule={VAR / 'beat'}", "--pidfile=", "--loglevel=INFO"])
        say(f"\n{accounts.strip()}\n\nSite   {address}/\nMails  {VAR / 'mail'}/\nLogs   {children.logs}/")
        say(f"Started in {time.monotonic() - began:.1f} s. Ctrl-C stops everything.")
        try:
            while True:
                children.check()
                time.sleep(0.5)
        finally:
            say("\nStopping…")


def around(command: list[str], env: dict[str, str]) -> int:
    """Run `command` with throw-away servers around it; return its exit code."""
    with Children(os.environ | env) as children:
        children.env.setdefault("MEDIA_ROOT", str(children.folder / "documents"))
        start_servers(children, children.folder, durable=False)
        return children.foreground(command)


def say(text: str) -> None:
    print(text, flush=True)


def leave(signum: int, _frame: object) -> None:
    """Unwind, once: impatience must not interrupt the stopping itself."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + signum)


def main(arguments: list[str]) -> int:
    own, command = arguments, []
    if "--" in arguments:
        own, command = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    parser = argparse.ArgumentParser(prog="python -m config.stack", description=__doc__)
    commands = parser.add_subparsers(dest="do", required=True)
    commands.add_parser("run").add_argument("--port", type=int, default=8000)
    commands.add_parser("test")
    commands.add_parser("exec")
    chosen = parser.parse_args(own)
    if chosen.do == "exec" and not command:
        parser.error("exec wants a command after --")
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:  # nohup
            signal.signal(each, leave)
    if "MAKELEVEL" in os.environ:
        die_with_parent(os.getppid(), signal.SIGTERM)
    try:
        if chosen.do == "exec":
            return around(command, settings("dev"))
        if chosen.do == "test":
            require_debian(browser=True)
            return around([sys.executable, "-m", "pytest", *command], settings("test"))
        with suppress(SystemExit):  # being stopped is how it ends well
            run(chosen.port)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
