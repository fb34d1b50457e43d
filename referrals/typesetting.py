"""Where a line may not end: the no-break spaces of French typography, and the number of an article, which a page holds together.
Mails, letters and pages are typeset here alone.
"""

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
ARTICLE = re.compile(r"\b[LRD]\.\s?[0-9]+(?:-[0-9]+)+")
"""« R. 612-36-3 »: its hyphens invite a line to end. They stay hyphens, so that one finds them and copies them."""
WORDED = re.compile(PIECES.pattern.replace("textarea|pre", "textarea|pre|title|option|svg"), PIECES.flags)
"""A page's prose in which a tag may stand, and what is kept as it is."""


def whole_articles(html: str) -> str:
    """Return a page that holds each number of an article together."""
    if not ARTICLE.search(html):
        return html
    return WORDED.sub(
        lambda piece: piece[0] if piece["kept"] else ARTICLE.sub(r'<span class="article">\g<0></span>', piece[0]), html
    )


def unbroken(text: str) -> str:
    """Return ``text`` with a no-break space wherever a line may not end."""
    return NEVER_BROKEN.sub(NBSP, text)


def unbroken_page(html: str) -> str:
    """Return a page whose prose is typeset, and whose tags and fields are as they were."""
    return PIECES.sub(lambda piece: piece[0] if piece["kept"] else unbroken(piece[0]), html)


def typeset_pages(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, inside the one that chose the language: a page leaves typeset, as its language asks."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
        if is_page:
            page = response.content.decode()
            typeset = unbroken_page(page) if get_language() == Language.FRENCH else page
            response.content = whole_articles(typeset).encode()
        return response

    return middleware
