"""When a request arrived: the instant that every verb of the request is given as its ``at``."""

from django.utils import timezone


def stamp_arrival(get_response):
    """First middleware: set ``request.at``. What arrived in time counts, however long the server takes."""

    def middleware(request):
        request.at = timezone.now()
        return get_response(request)

    return middleware
