"""Her documents in a draft: the list with their pages, one more, one in the place of another, one taken back."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext

from .. import procedure
from ..documents.pages import pages_in
from ..models import Document
from ..page_pictures import picture
from . import forms, steps
from .own import DraftOnly, OwnForm, OwnReferral, Removal
from .uploads import brings_files

AT_MOST = 10
"""Pages shown of one document; the whole of it can be downloaded."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A document she gave. pages: the addresses of its first pages, as pictures; total: how many it has."""

    document: Document
    pages: list[str]
    total: int


class WithPages(OwnReferral):
    """A page that shows what she gave, page by page."""

    @property
    def given(self) -> list[Given]:
        return [self._given(document) for document in self.referral.documents.given()]

    def _given(self, document: Document) -> Given:
        total = pages_in(document)
        pages = [
            self.address("document_page", document=document.key, number=number) for number in range(1, min(total, AT_MOST) + 1)
        ]
        return Given(document=document, pages=pages, total=total)


class DocumentPage(OwnReferral):
    """One page of a document of hers as a picture. What she gave the medical adviser alone is not among them."""

    def get(self, request: HttpRequest, key: UUID, document: UUID, number: int) -> HttpResponse:
        return picture(request, get_object_or_404(self.referral.documents.given(), key=document), number)


class DocumentsView(DraftOnly, WithPages, OwnForm):
    """The documents of the draft: the list, and one more. Who goes on with a file in hand leaves none behind."""

    template_name = "student/documents.html"
    form_class = forms.DocumentForm

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"given": self.given, "step": steps.position("documents")}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "continue" in request.POST and not brings_files(request):
            return redirect(self.address(steps.after("documents")))
        return super().post(request, *args, **kwargs)

    def act(self, form: forms.DocumentForm) -> None:
        upload = form.cleaned_data["file"]
        procedure.add_document(self.referral.pk, kind=form.chosen, upload=upload, by=self.her, at=self.at)
        said = gettext("Document reçu : %(name)s. Brouillon : votre saisine n’est pas encore déposée.")
        messages.success(self.request, said % {"name": upload.name})

    def get_success_url(self) -> str:
        return self.address(steps.after("documents") if "continue" in self.request.POST else "documents")


class ReplaceDocument(DraftOnly, OwnForm):
    """Another file in the place of one of the draft, as the same kind of document."""

    template_name = "student/replace_document.html"
    form_class = forms.ReplacementForm

    @cached_property
    def document(self) -> Document:
        return get_object_or_404(self.referral.documents.given(), key=self.kwargs["document"])

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"document": self.document, "step": steps.position("documents")}

    def act(self, form: forms.ReplacementForm) -> None:
        upload = form.cleaned_data["file"]
        procedure.replace_document(self.referral.pk, document_id=self.document.pk, upload=upload, by=self.her, at=self.at)
        said = gettext("« %(name)s » remplace « %(former)s ». Pour revenir au précédent, retirez le nouveau.")
        messages.success(self.request, said % {"name": upload.name, "former": self.document.name})

    def get_success_url(self) -> str:
        return self.address("documents")


class RemoveDocument(Removal):
    back = "documents"

    def remove(self) -> None:
        document = get_object_or_404(self.referral.documents.given(), key=self.kwargs["document"])
        former = procedure.remove_document(self.referral.pk, document_id=document.pk, by=self.her, at=self.at)
        messages.success(self.request, gettext("Document retiré : %(name)s.") % {"name": document.name})
        if former:
            messages.info(self.request, gettext("Celui qu’il remplaçait est de nouveau là : %(name)s.") % {"name": former.name})
