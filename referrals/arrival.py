"""When a request arrived: the instant that every verb of the request is given as its ``at``."""

from django.core.exceptions import BadRequest
from django.utils import timezone


def stamp_arrival(get_response):
    """First middleware: set ``request.at``. What arrived in time counts, however long the server takes."""

    def middleware(request):
        request.at = timezone.now()
        return get_response(request)

    return middleware


def refuse_null_bytes(get_response):
    """Middleware: no address, search or cookie of ours holds one, and PostgreSQL takes none."""

    def middleware(request):
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path or "\0" in request.META.get("HTTP_COOKIE", ""):
            raise BadRequest
        return get_response(request)

    return middleware
