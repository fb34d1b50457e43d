"""The documents of a file, page by page: beside a form, or on a page of their own. No script, and nothing typed is lost."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ...documents.letters import rendered
from ...documents.pages import pages_in
from ...models import Document, Referral
from ...page_pictures import picture
from ...readings import record_readings
from ..request import OfficeRequest

AT_MOST = 40
"""Pages shown of one document; the whole of it can be downloaded."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A document to look at. pages: the addresses of its first pages; total: how many it has; is_open: the one looked at first."""

    document: Document
    pages: list[str]
    total: int
    is_open: bool


def shown_of(referral: Referral, *, first: str = "") -> list[Shown]:
    """Return the documents of the file: open and on top the one whose key is ``first``, else the transcript; the replaced last."""
    documents = list(referral.documents.with_the_file())
    keys = {str(document.key) for document in documents}
    opened = first if first in keys else next((str(one.key) for one in documents if one.pk == referral.transcript_id), "")
    documents.sort(key=lambda document: (str(document.key) != opened, document.replaced_at is not None))
    return [_shown(document, referral, is_open=str(document.key) == opened) for document in documents]


def _shown(document: Document, referral: Referral, *, is_open: bool) -> Shown:
    total = pages_in(document)
    pages = [
        reverse("admin:referrals_referral_page", args=[referral.pk, document.key, number])
        for number in range(1, min(total, AT_MOST) + 1)
    ]
    return Shown(document=document, pages=pages, total=total, is_open=is_open)


@require_safe
def read_documents(request: OfficeRequest, referral_id: int) -> HttpResponse:
    """Show the documents of a file on a page of their own. Raises Http404 outside the office's perimeter."""
    referral = get_object_or_404(Referral.objects.of_office(request.user), pk=referral_id)
    page: dict[str, Any] = {
        "title": "Documents",
        "subtitle": None,
        "referral": referral,
        "file_address": reverse("admin:referrals_referral_change", args=[referral.pk]),
        "viewer": shown_of(referral, first=request.GET.get("document", "")),
    }
    return render(request, "admin/referrals/referral/documents.html", admin.site.each_context(request) | page)


@require_safe
def document_page(request: OfficeRequest, referral_id: int, key: UUID, number: int) -> HttpResponse:
    """Give one page of a document as a picture. A browser that kept it asks each time whether she may still see it; the student
    is told that somebody looked.

    Raises Http404 for a file outside the office's perimeter, a document that is not of it, a page that it has not.
    """
    referral = get_object_or_404(Referral.objects.of_office(request.user), pk=referral_id)
    document = get_object_or_404(referral.documents.with_the_file(), key=key)
    record_readings([document], user=request.user, at=request.at)
    if document.is_letter:
        document = rendered(document.pk)
    return picture(request, document, number)
