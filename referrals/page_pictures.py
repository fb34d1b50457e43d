"""One page of a document as a picture, for whoever may read it: the caller has asked that."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext

from .documents.pages import NoSuchPage, NotDrawn, page_of
from .models import Document

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
}


def picture(request: HttpRequest, document: Document, number: int) -> HttpResponse:
    """Give the page ``number`` of a stored document. A browser that kept it asks each time whether she may still see it.

    Raises Http404 for a page that the document has not.
    """
    tag = quote_etag(f"{document.sha256}-{number}")
    kept = tag in parse_etags(request.headers.get("If-None-Match", ""))
    try:
        answer = HttpResponse(status=304) if kept else HttpResponse(page_of(document, number), content_type="image/png")
    except NoSuchPage:
        raise Http404 from None
    except NotDrawn:
        said = gettext("Cette page ne s’affiche pas : téléchargez le document.")
        answer = HttpResponse(said, status=422, content_type="text/plain")
    for name, value in (HEADERS | {"ETag": tag}).items():
        answer.headers[name] = value
    return answer
