"""Sessions: how long one lasts for those who hold a post, besides the idle limit that everybody has; how their holder ends them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.forms import ManageUserSessionsForm
from allauth.usersessions.internal import flows
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from .confirming import confirmed

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


class EndingForm(ManageUserSessionsForm):
    """Names the session to end: another one of her own. Where it names none, all of them end but the present one."""

    session = forms.ModelChoiceField(UserSession.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = UserSession.objects.filter(user=self.request.user)
        self.fields["session"].queryset = own.exclude(session_key=self.request.session.session_key)

    def save(self, request: HttpRequest) -> None:
        if named := self.cleaned_data["session"]:
            flows.sessions.end_sessions(request, [named])
        else:
            super().save(request)


class Sessions(ListUserSessionsView):
    """Lists her sessions, and ends one of the others or all of them. What is not hers answers as what has ended already."""

    form_class = EndingForm

    def form_valid(self, form: EndingForm) -> HttpResponse:
        form.save(self.request)
        done = _("La session est terminée.") if form.cleaned_data["session"] else _("Toutes les autres sessions sont terminées.")
        messages.success(self.request, done)
        return redirect("usersessions_list")

    def form_invalid(self, form: EndingForm) -> HttpResponse:
        messages.error(self.request, _("Cette session n’est plus ouverte."))
        return self.render_to_response(self.get_context_data(form=form), status=404)


own_sessions = confirmed(Sessions.as_view())
"""Ending a session is confirmed, as what matters is; looking at them is not."""
