"""How long a session lasts for those who hold a post: an absolute limit, besides the idle one that everybody has."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

LONGEST = timedelta(hours=12)
"""From sign-in on, for whoever holds a post. A student's, who may sit on a draft all night, ends by idleness alone."""
BEGAN = "began"


def note_beginning(request: HttpRequest, **_: object) -> None:
    """Write into a new session when it began."""
    if request is not None:
        request.session[BEGAN] = _now(request).isoformat()


def end_long_ones(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, after messages: sign out whoever holds a post and has been in for `LONGEST`, or since nobody knows when."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and _is_over(request) and request.user.posts_held:
            logout(request)
            messages.info(request, _("Votre session a duré douze heures : reconnectez-vous pour continuer."))
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "")
        return get_response(request)

    return middleware


def _is_over(request: HttpRequest) -> bool:
    began = request.session.get(BEGAN)
    return began is None or _now(request) - datetime.fromisoformat(began) >= LONGEST


def _now(request: HttpRequest) -> datetime:
    """The instant of arrival; of a request that came by no road of ours, as tests make them, now."""
    return getattr(request, "at", None) or timezone.now()
