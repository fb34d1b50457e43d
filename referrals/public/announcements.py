"""What machines ask every site for: to whom a weakness is reported (RFC 9116), and what search engines may read (RFC 9309)."""

from datetime import UTC, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

GOOD_FOR = timedelta(days=180)
"""How long what is announced may be relied on; each reading starts it anew."""
CLOSED = ("/ma-saisine/", "/suivi/", "/etablissement/", "/bureau/", "/compte/", "/documents/", "/reponse/")
"""Rooms that a search engine finds nothing in."""


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Raises Http404 where nobody was named (`SECURITY_CONTACT`)."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    until = (request.at + GOOD_FOR).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = {
        "Contact": settings.SECURITY_CONTACT,
        "Expires": until.isoformat().replace("+00:00", "Z"),
        "Preferred-Languages": "fr, en",
        "Canonical": f"{settings.SITE_URL}{reverse('security_txt')}",
    }
    return _text("".join(f"{name}: {value}\n" for name, value in lines.items()))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return _text("User-agent: *\n" + "".join(f"Disallow: {room}\n" for room in CLOSED))


def _text(content: str) -> HttpResponse:
    return HttpResponse(content, content_type="text/plain; charset=utf-8")
