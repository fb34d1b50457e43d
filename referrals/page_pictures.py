"""One page of a document as a picture, for whoever may read it: the caller has asked that."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext

from .documents.pages import NoSuchPage, NotDrawn, page_of
from .documents.storing import Withheld
from .downloads import NOT_A_PAGE
from .models import Document


def picture(request: HttpRequest, document: Document, number: int) -> HttpResponse:
    """Give the page ``number`` of a stored document: pixels, whatever the file is. No browser keeps it.

    Raises Http404 for a page that the document has not.
    """
    try:
        return HttpResponse(page_of(document, number), content_type="image/png", headers=NOT_A_PAGE)
    except NoSuchPage:
        raise Http404 from None
    except NotDrawn:
        said = gettext("Cette page ne s’affiche pas : téléchargez le document.")
    except Withheld:
        said = gettext("Ce document ne s’affiche pas : l’antivirus ne l’a pas encore contrôlé, ou l’a bloqué.")
    return HttpResponse(said, status=422, content_type="text/plain", headers=NOT_A_PAGE)
