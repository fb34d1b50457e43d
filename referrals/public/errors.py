"""What is shown when a request cannot be read, or its page not be made: nothing is relied on, neither user nor database."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _told(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    return _told(request, "500.html", status=500)


def _told(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    """The page, with the reference under which the log knows this request."""
    return HttpResponse(render_to_string(template, {"reference": request.reference}), status=status)
