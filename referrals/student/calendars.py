"""Her limits in a calendar of her own: a file to take away, and an address that her telephone reads by itself, if she wants one."""

from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ..downloads import NOT_A_PAGE
from ..models import Limit, User
from .calendar_file import CONTENT_TYPE, calendar
from .own import OwnReferral

KEY_BYTES = 32
STOP = "stop"
STARTED = gettext_lazy("Votre calendrier a une nouvelle adresse ; aucune autre ne mène à lui.")
STOPPED = gettext_lazy("Votre calendrier n’a plus d’adresse : plus aucun appareil ne le lit.")


class CalendarFileView(OwnReferral):
    """The limits of one referral that run, or one of them, as a file. Raises Http404 for one that is not hers or runs no more."""

    def get(self, request: HttpRequest, *, limit: int | None = None, **kwargs: Any) -> HttpResponse:
        limits = self.referral.limits.select_related("referral", "offer")
        if limit is not None and not limits.live().filter(pk=limit, ends_at__gt=self.at).exists():
            raise Http404
        headers = NOT_A_PAGE | {"Content-Disposition": 'attachment; filename="saisine.ics"'}
        return HttpResponse(calendar(limits, at=self.at, only=limit), content_type=CONTENT_TYPE, headers=headers)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_calendar(request: HttpRequest) -> HttpResponse:
    """Say what the address of her calendar is for, and let her have one, change it, or be without."""
    user = request.user
    if request.method == "POST":
        stops = request.POST.get("do") == STOP
        user.calendar_key = "" if stops else token_urlsafe(KEY_BYTES)
        user.save(update_fields=["calendar_key"])
        messages.success(request, STOPPED if stops else STARTED)
        return redirect("student:calendar")
    path = reverse("calendar_feed", args=[user.calendar_key]) if user.calendar_key else ""
    address = f"{settings.SITE_URL}{path}" if path else ""
    context = {"address": address, "subscribe": address.replace("https:", "webcal:").replace("http:", "webcal:")}
    return render(request, "student/calendar.html", context)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give the calendar to whoever knows its address, without a session; it names nobody. Raises Http404."""
    user = get_object_or_404(User, calendar_key=token, is_active=True)
    limits = Limit.objects.filter(referral__student=user).select_related("referral", "offer")
    with translation.override(user.language):
        content = calendar(limits, at=request.at)
    headers = {"Cache-Control": "private, max-age=3600", "X-Robots-Tag": "noindex"}
    return HttpResponse(content, content_type=CONTENT_TYPE, headers=headers)
