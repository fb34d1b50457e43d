"""Calls made at the same instant, each on a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

PATIENCE = 30
"""Seconds after which a barrier gives up: a test that hangs is a test that fails."""


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Start every call together; return what each returned or raised, in their order."""
    start = Barrier(len(calls), timeout=PATIENCE)

    def run(call: Callable[[], object]) -> object:
        try:
            start.wait()
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
