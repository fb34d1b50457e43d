"""Pages leave compressed; documents do not.

Compression and secrets on one page invite BREACH: an attacker who has somebody's page sent again and again with words of his own
in it reads a secret from its length. Here it is refused three times: no cookie of ours travels with another site's requests but a
click's (SameSite), each page masks its token anew, and Django's middleware adds a random length to what it compresses.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

WORDS = ("text/html", "text/csv", "text/calendar", "application/json")
"""What shrinks. A document is compressed already, and its reader wants to know how much is still to come."""


class CompressedPages(GZipMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(WORDS):
            return response
        return super().process_response(request, response)
