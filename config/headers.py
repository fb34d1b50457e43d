"""What every answer tells a browser besides its content. The policy of its content (CSP) is django-csp's, in the settings."""

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control

POWERS = (
    "accelerometer",
    "ambient-light-sensor",
    "attribution-reporting",
    "autoplay",
    "battery",
    "bluetooth",
    "browsing-topics",
    "camera",
    "compute-pressure",
    "cross-origin-isolated",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "interest-cohort",
    "join-ad-interest-group",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "private-aggregation",
    "run-ad-auction",
    "screen-wake-lock",
    "serial",
    "shared-storage",
    "speaker-selection",
    "storage-access",
    "sync-xhr",
    "usb",
    "web-share",
    "window-management",
    "xr-spatial-tracking",
)
"""What a page could ask a browser for. Ours ask for nothing: a photo of a document comes through a file field, which needs no
camera. The stock admin listens for « unload », and keeps it.
"""
OWN_POWERS = ("publickey-credentials-create", "publickey-credentials-get")
"""Passkeys, for our own pages."""

ON_EVERY_ANSWER = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Static files and refusals among them; a view may say something stricter itself."""
ON_EVERY_PAGE = {
    "Permissions-Policy": ", ".join([*(f"{power}=()" for power in POWERS), *(f"{power}=(self)" for power in OWN_POWERS)]),
}
"""What means nothing for a style or a script, and would outweigh some of them."""
AN_AGE = re.compile(r"max-age=[1-9]")


@receiver(user_logged_out)
def _note_the_end(request: HttpRequest | None, **_: object) -> None:
    if request is not None:
        request.has_ended = True


def protect(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, near the outermost: nothing leaves without these; and what somebody signed in has read, no browser keeps."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        for name, value in (ON_EVERY_ANSWER | (ON_EVERY_PAGE if is_page else {})).items():
            response.headers.setdefault(name, value)
        if _is_somebodys(request, response):
            patch_cache_control(response, no_store=True, private=True)
        if getattr(request, "has_ended", False):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'  # the cookies end by themselves; the language is no secret
        return response

    return middleware


def _is_somebodys(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the answer may hold a person's own words: she came with a session, or leaves with one. A static file knows none, and
    a view that gives an age has decided that what it says is everybody's.
    """
    if not hasattr(request, "session") or AN_AGE.search(response.headers.get("Cache-Control", "")):
        return False
    return settings.SESSION_COOKIE_NAME in request.COOKIES or settings.SESSION_COOKIE_NAME in response.cookies
