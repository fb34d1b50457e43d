"""What an operator watches besides the requests: who signs in and who cannot, and what tasks do. Events, never persons.

Refusals, throttling and malformed requests are events of the request's own line: see `request_log`.
"""

import logging
import time
from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as factors
from celery import signals as celery
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal
from django.http import HttpRequest

from .logs import pseudonym, reference
from .request_log import source_of

security = logging.getLogger("config.security")
tasks = logging.getLogger("config.tasks")

EVENTS: dict[str, tuple[Signal, int]] = {
    "signed_in": (user_logged_in, logging.INFO),
    "signed_out": (user_logged_out, logging.INFO),
    "sign_in_failed": (user_login_failed, logging.WARNING),
    "factor_shown": (account.authentication_step_completed, logging.INFO),
    "code_refused": (account.login_code_rejected, logging.WARNING),
    "factor_refused": (factors.authentication_failed, logging.WARNING),
    "signed_up": (account.user_signed_up, logging.INFO),
    "password_changed": (account.password_changed, logging.WARNING),
    "password_reset": (account.password_reset, logging.WARNING),
    "address_confirmed": (account.email_confirmed, logging.INFO),
    "address_changed": (account.email_changed, logging.WARNING),
}


def _noting(event: str, level: int) -> Any:
    def note(request: HttpRequest | None = None, user: Any = None, **said: Any) -> None:
        who = {"who": pseudonym(user.pk)} if user is not None and user.pk else {}
        source = {"source": source_of(request)} if request is not None else {}
        security.log(level, event, extra={"event": event} | who | source | _factors(event, request, user, said))

    return note


def _factors(event: str, request: HttpRequest | None, user: Any, said: dict[str, Any]) -> dict[str, Any]:
    """With what one signed in: all that the session has shown; or the one just shown or refused. Kinds, never what was typed."""
    match event:
        case "signed_in" if request is not None:
            return {"factors": [factor(**record) for record in get_authentication_records(request, user)]}
        case "factor_shown":
            return {"factor": factor(**said), "again": bool(said.get("reauthenticated"))}
        case "factor_refused":
            return {"factor": said["authenticator"].type}
        case "sign_in_failed":
            return {"factor": "password"}
        case "code_refused":
            return {"factor": "code"}
    return {}


def factor(*, method: str, type: str = "", provider: str = "", **_: object) -> str:
    """Return the kind of a factor as allauth records it: password, code, totp, webauthn, recovery_codes, or the provider's name."""
    return {"mfa": type, "socialaccount": provider}.get(method, method)


for _event, (_signal, _level) in EVENTS.items():
    _signal.connect(_noting(_event, _level), weak=False, dispatch_uid=f"config.security_log.{_event}")


_began: dict[str, float] = {}


@celery.task_prerun.connect
def begin(task_id: str, **_: object) -> None:
    reference.set(task_id.replace("-", "")[:12])
    _began[task_id] = time.perf_counter()


@celery.task_postrun.connect
def end(task_id: str, task: Any, state: str | None = None, **_: object) -> None:
    """A task's line: its name and outcome, and neither what it was given nor what it gave back."""
    milliseconds = round((time.perf_counter() - _began.pop(task_id, time.perf_counter())) * 1000)
    level = logging.INFO if state in ("SUCCESS", "IGNORED") else logging.WARNING
    tasks.log(level, "task", extra={"task": task.name, "state": state, "milliseconds": milliseconds})
    reference.set("")


@celery.task_failure.connect
def fail(sender: Any, exception: BaseException, **_: object) -> None:
    tasks.error("task failed", extra={"task": sender.name}, exc_info=exception)
