"""« Télécharger mon dossier »: all that she may see of her case, as PDF and as ZIP; what is confidential in a part apart."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from ..documents.case_archive import WRITERS
from ..documents.case_file import case_file
from ..documents.editions import EDITIONS
from ..downloads import download
from ..models import HealthRequest
from .own import OwnReferral


class FiledCase(OwnReferral):
    """A page of a filed case; of a draft there is nothing yet to take away."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and self.referral.is_draft:
            return redirect(self.address("referral"))
        return super().dispatch(request, *args, **kwargs)


class CaseExportView(FiledCase):
    """What the file holds, and its two forms."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        context = {
            "referral": self.referral,
            "case": self.address("referral"),
            "holds": gettext(EDITIONS["student"].holds),
            "lacks": gettext(EDITIONS["student"].lacks),
            "confidential": HealthRequest.objects.filter(referral=self.referral).exists(),
        }
        return render(request, "student/case_export.html", context)


class CaseFileView(FiledCase):
    """The file itself."""

    def get(self, request: HttpRequest, *, form: str, **kwargs: Any) -> HttpResponseBase:
        if form not in WRITERS:
            raise Http404
        return download(case_file(self.referral.pk, edition=EDITIONS["student"], at=self.at), form=form)
