"""The spaces of French typography: where a line may not end, a no-break one. Mails, letters and pages are typeset here alone."""

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language

from .language import Language

NBSP = "\N{NO-BREAK SPACE}"
MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
NEVER_BROKEN = re.compile(
    r" (?=[:;?!»])"  # before these signs
    r"|(?<=«) "
    rf"|(?<=[0-9]) (?=(?:{MONTHS})\b)|(?<=\b1er) (?=(?:{MONTHS})\b)"
    r"|(?<=[0-9]) (?=h\b)|(?<=[0-9] h) (?=[0-9])|(?<=\bà) (?=[0-9])"
    r"|(?<=\bn°) (?=\w)|(?<=\bart\.) (?=[A-Z])|(?<=\b[LRD]\.) (?=[0-9])"
)
"""Spaces at which a line may not end."""
PIECES = re.compile(
    r"""(?P<kept><(?P<name>script|style|textarea|pre)\b.*?</(?P=name)\s*>|<!--.*?-->|<(?:[^<>"']|"[^"]*"|'[^']*')*>)|[^<]+""",
    re.DOTALL | re.IGNORECASE,
)
"""A page's prose, and what is kept as it is: tags with what somebody typed in them, a field's own text, scripts."""


def unbroken(text: str) -> str:
    """Return ``text`` with a no-break space wherever a line may not end."""
    return NEVER_BROKEN.sub(NBSP, text)


def unbroken_page(html: str) -> str:
    """Return a page whose prose is typeset, and whose tags and fields are as they were."""
    return PIECES.sub(lambda piece: piece[0] if piece["kept"] else unbroken(piece[0]), html)


def typeset_pages(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, inside the one that chose the language: a page in French leaves typeset."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
        if is_page and get_language() == Language.FRENCH:
            response.content = unbroken_page(response.content.decode()).encode()
        return response

    return middleware
