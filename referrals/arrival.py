"""When a request arrived: the instant that every verb of the request is given as its ``at``."""

from django.http import HttpResponseBadRequest
from django.utils import timezone


def stamp_arrival(get_response):
    """First middleware: set ``request.at``. What arrived in time counts, however long the server takes."""

    def middleware(request):
        request.at = timezone.now()
        if "%00" in request.META.get("QUERY_STRING", ""):  # no search holds one, and PostgreSQL takes none
            return HttpResponseBadRequest()
        return get_response(request)

    return middleware
