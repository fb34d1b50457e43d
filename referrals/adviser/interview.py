"""What an adviser takes to an interview: one or two pages made for this reader, kept by nobody, with room to write on."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from ..documents.letters import pdf_of
from ..downloads import NOT_A_PAGE
from ..student.own import OwnReferral
from .case import case_of, draft_of
from .own import OpenToAdviser

EVENTS = 8
"""The last ones; the page on the screen has them all."""
LINES = range(8)
"""To write on."""


class InterviewView(OpenToAdviser, OwnReferral):
    """The summary of a followed referral, or of a shared draft, as a PDF."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        referral = self.referral
        shown = draft_of(referral) if referral.is_draft else case_of(referral, at=self.at)
        printed = {"adviser": request.user, "at": self.at, "state_look": settings.STATE_LOOK, "events": EVENTS, "lines": LINES}
        name = f"entretien-{referral.number or 'brouillon'}.pdf"
        return HttpResponse(
            pdf_of(render_to_string("letters/interview.html", shown | printed)),
            content_type="application/pdf",
            headers=NOT_A_PAGE | {"Content-Disposition": f'attachment; filename="{name}"'},
        )
