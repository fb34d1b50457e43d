"""One line for each request: which page, by what role, with what outcome and how fast. No path, no query, no person."""

import logging
import time
from collections.abc import Callable
from uuid import uuid4

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .logs import pseudonym, reference

log = logging.getLogger("config.requests")

WORTH_WATCHING = {
    400: "malformed",
    403: "refused",
    404: "not_found_or_not_theirs",
    405: "wrong_method",
    413: "too_large",
    429: "throttled",
}
"""Status → the event an operator's alerting can count."""
QUIET = frozenset({"health"})
"""Asked every few seconds by whoever watches whether we live."""


def note_requests(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: give the request its reference, which its answer, an error's page and every line of the log bear, and note it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request.reference = uuid4().hex[:12]
        token = reference.set(request.reference)
        try:
            response = get_response(request)
            response.headers["X-Request-ID"] = request.reference
            _note(request, response, milliseconds=round((time.perf_counter() - began) * 1000))
        finally:
            reference.reset(token)
        return response

    return middleware


def _note(request: HttpRequest, response: HttpResponseBase, *, milliseconds: int) -> None:
    match = request.resolver_match
    route = (match.view_name or match.route) if match else ""
    event = WORTH_WATCHING.get(response.status_code)
    if route in QUIET and not event and response.status_code < 500:
        return
    facts = {"method": request.method if request.method in METHODS else "?", "route": route, "status": response.status_code}
    words = "{method} {route} {status}".format_map(facts)
    level = logging.ERROR if response.status_code >= 500 else logging.WARNING if event else logging.INFO
    watched = {"event": event, "source": source_of(request)} if event else {}
    log.log(level, words, extra=facts | {"milliseconds": milliseconds} | _who(request) | watched)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _who(request: HttpRequest) -> dict[str, object]:
    """The reader's pseudonym of the day, and her roles; nothing that the page itself has not asked the database for."""
    user = getattr(request, "_cached_user", None)
    if user is None or not user.is_authenticated:
        return {}
    known = "posts_held" in user.__dict__
    return {"who": pseudonym(user.pk)} | ({"roles": sorted(user.roles) or ["student"]} if known else {})


def source_of(request: HttpRequest) -> str:
    """Where a request comes from, as a pseudonym of the day: enough to see that many come from one place."""
    try:
        return pseudonym(get_adapter().get_client_ip(request))
    except Exception:  # an address that cannot be told is no reason to fail
        return ""
