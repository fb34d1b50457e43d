"""In which language a page speaks: French, unless its reader has asked for English. What the procedure keeps is French always.

Who has an account keeps the choice there; who is signed out, in a cookie that exists only while she reads English. What a browser
says it prefers decides nothing: the procedure is French, and a shared computer is not its reader.
"""

from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, resolve_url
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


class Language(models.TextChoices):
    """Those a page can speak, each by its own name."""

    FRENCH = "fr", "Français"
    ENGLISH = "en", "English"


FRENCH_ROOMS = ("/bureau/", "/etablissement/", "/suivi/", "/reponse/")
"""Where people work, and none is a student: these pages speak French to everybody."""


def in_french() -> AbstractContextManager[None]:
    """Speak French for a while: what is written meanwhile may be kept, whoever caused it."""
    return translation.override(Language.FRENCH)


def _put(words: str, values: dict[str, Any]) -> str:
    return translation.gettext(words) % values


worded = lazy(_put, str)
"""`worded(words, values)`: ``words``, marked for the catalogue where they stand, in the language of whoever reads them, each time
anew. ``values`` may be such words themselves."""

listed = lazy(lambda words: ", ".join(map(translation.gettext, words)), str)
"""The words of a list, likewise."""


def speak(get_response):
    """Middleware, after the one that knows the user: each page in its reader's language, and said to be."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.LANGUAGE_CODE = language = language_of(request)
        with translation.override(language):
            response = get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", language)
            patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


def language_of(request: HttpRequest) -> Language:
    """Return the language of the page that ``request`` asks for."""
    if request.path.startswith(FRENCH_ROOMS):
        return Language.FRENCH
    if request.user.is_authenticated:
        return Language(request.user.language)
    english = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) == Language.ENGLISH
    return Language.ENGLISH if english else Language.FRENCH


@csrf_exempt  # no page anybody may read needs a cookie, and a stranger's form could change no more than a language
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Speak the language chosen from now on, and lead back to the page on which it was."""
    chosen = request.POST.get("language", "")
    if chosen not in Language:
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    response = redirect(_own_page(request))
    if chosen == Language.FRENCH:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite=settings.LANGUAGE_COOKIE_SAMESITE)
    else:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )
    return response


def _own_page(request: HttpRequest) -> str:
    """Return the page to go back to; the first one where the address given is not one of ours."""
    page = request.POST.get("page", "")
    ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return page if ours and page.startswith("/") else resolve_url("home")  # another word would be taken for a page's name
