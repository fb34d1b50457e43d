"""Starts the site's processes as forks of one that has loaded the project: to load it takes longer than most tests of a browser.

`python -m tests.nursery` reads a line of JSON for each process that is wanted (the module that is to run as a program, its
arguments, its log), and answers with the number of that process. The settings are those of its own environment, read once. It
asks no database and serves nothing itself, so that whoever comes from it begins as a process of its own would.
"""

import gc
import json
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import django


def load() -> None:
    """Load what the web and the worker would."""
    django.setup()

    import celery.apps.worker
    import celery.bin.celery
    import celery.concurrency.prefork  # noqa: F401
    import gunicorn.app.wsgiapp  # noqa: F401
    from django.urls import get_resolver

    import config.wsgi  # noqa: F401
    from config.celery import app

    app.loader.import_default_modules()
    assert get_resolver().reverse_dict  # every module of views


def become(program: Sequence[str], *, log: str) -> NoReturn:
    """Be that program, in a group of processes of its own, until it ends."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for ours, theirs in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(ours, theirs)
    sys.argv = list(program)
    try:
        runpy.run_module(program[0], run_name="__main__", alter_sys=True)
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # Python would take everything apart that was loaded, which takes as long as to load it


def main() -> None:
    load()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: the kernel forgets them as they end
    while line := sys.stdin.readline():  # `for line in` would read ahead, and a fork twice
        wanted = json.loads(line)
        child = os.fork()
        if not child:
            become(wanted["program"], log=wanted["log"])
        os.setpgid(child, child)  # whoever is quicker: it has its group before anybody knows its number
        print(child, flush=True)


if __name__ == "__main__":
    main()
