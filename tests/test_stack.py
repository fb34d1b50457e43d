"""The manager behind `make run` and `make test`: given servers are used, others started, and nothing is left behind."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import environ
import pytest

from config.stack import __main__ as stack
from config.stack.children import ROOT, Failure

MANAGER = [sys.executable, "-m", "config.stack"]
OURS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "MEDIA_ROOT", "MAKELEVEL")
WITHOUT_SERVERS = {name: value for name, value in os.environ.items() if name not in OURS}


def around(command, env=WITHOUT_SERVERS):
    return subprocess.run([*MANAGER, "exec", "--", *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def folder_of(url):
    return Path(environ.Env.db_url_config(url)["HOST"])


def processes_naming(folder):
    """Zombies have no command line, and are their new parent's business."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def comes_true(condition, seconds):
    limit = time.monotonic() + seconds
    while not condition() and time.monotonic() < limit:
        time.sleep(0.1)
    return condition()


def test_a_command_gets_servers_of_its_own_and_its_exit_code_comes_back():
    ended = around(["sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"; exit 3'])
    database, redis = ended.stdout.split()
    folder = folder_of(database)
    assert (ended.returncode, redis) == (3, f"redis+socket://{folder}/valkey.sock")
    assert (folder.exists(), processes_naming(folder)) == (False, [])


def test_given_servers_are_used_and_none_is_started():
    given = {"DATABASE_URL": "postgres://somewhere/else", "REDIS_URL": "redis://somewhere"}
    ended = around(["sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"; ls "$(dirname "$MEDIA_ROOT")"'], WITHOUT_SERVERS | given)
    assert ended.stdout.split() == [*given.values(), "log"]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_manager_leaves_no_process_and_no_folder(signum):
    command = [*MANAGER, "exec", "--", "sh", "-c", 'echo "$DATABASE_URL"; exec sleep 60']
    with subprocess.Popen(command, cwd=ROOT, env=WITHOUT_SERVERS, stdout=subprocess.PIPE, text=True) as manager:
        folder = folder_of(manager.stdout.readline().strip())
        assert processes_naming(folder)
        manager.send_signal(signum)
    assert comes_true(lambda: not folder.exists() and not processes_naming(folder), seconds=10)


def test_a_dying_server_is_named_with_its_last_words():
    program = """
from config.stack.children import Children, Failure
with Children({}) as children:
    children.start("broker", ["/bin/sh", "-c", "echo out of luck; exit 7"])
    try:
        children.wait(lambda: False, "for ever")
    except Failure as failure:
        print(failure)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    first, last = ended.stdout.splitlines()
    assert (first.startswith("broker ended with exit code 7"), last) == (True, "    out of luck")


def test_a_port_in_use_is_refused_before_anything_starts():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Failure, match=f"make run PORT={port + 1}"):
            stack.require_free(port)


def test_a_checkout_runs_once(monkeypatch, tmp_path):
    monkeypatch.setattr(stack, "VAR", tmp_path)
    with stack.alone_in_checkout(), pytest.raises(Failure, match=f"process {os.getpid()}"), stack.alone_in_checkout():
        pass
    with stack.alone_in_checkout():
        pass


def test_missing_packages_come_with_the_line_that_installs_them(monkeypatch):
    monkeypatch.setattr(stack, "find_library", lambda name: None if name == "magic" else f"lib{name}.so")
    monkeypatch.setattr(stack.shutil, "which", lambda _name: None)
    with pytest.raises(Failure, match=r"apt-get install --yes libmagic1 chromium$"):
        stack.require_debian(browser=True)
    with pytest.raises(Failure, match=r"apt-get install --yes libmagic1$"):
        stack.require_debian(browser=False)


def test_a_caught_mail_is_a_file_to_open(tmp_path):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "rectorat@saisine.example", "lea@saisine.example", "Réponse à votre demande"
    mail.set_content("Trois propositions vous attendent.")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "config.stack.mail", str(listener.fileno()), str(tmp_path)]
        catcher = subprocess.Popen(command, cwd=ROOT, env=WITHOUT_SERVERS, pass_fds=[listener.fileno()])
        try:
            with smtplib.SMTP(*listener.getsockname()) as client:
                client.send_message(mail)
        finally:
            catcher.terminate()
            catcher.wait()
    (caught,) = tmp_path.iterdir()
    received = message_from_bytes(caught.read_bytes(), policy=policy.default)
    assert caught.name.endswith("_lea@saisine.example.eml")
    assert (received["Subject"], received.get_content().strip()) == (mail["Subject"], "Trois propositions vous attendent.")
