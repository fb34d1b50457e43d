"""One followed referral: where it stands, what the student must do, what she shares, and what the adviser may write about it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from .. import procedure
from ..models import LimitKind, Referral
from ..procedure.facts import missing_to_file
from ..rules.states import Action
from ..student.case import NotDraft
from ..student.offers import shown_offers
from ..student.own import OwnReferral
from ..student.steps import progress
from ..timeline import timeline
from .drafts import BY_HERSELF, STEPS
from .forms import AdviceForm
from .own import OpenToAdviser
from .views import row_of

STUDENT = "l’étudiant"
WRITTEN = (Action.ADVISE_STUDENT, Action.ADVISE_OFFICE)
"""What an adviser may write: to the student, who reads it with the office; and to the office, of which she reads a copy."""


class ReferralPage(OpenToAdviser, OwnReferral):
    """The shared draft while it is one; the case once it is filed."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.referral.is_draft:
            return render(request, "adviser/draft.html", draft_of(self.referral))
        written = self.referral.events.of_case().filter(kind__in=WRITTEN).order_by("-seq")
        return render(request, "adviser/case.html", case_of(self.referral, at=self.at) | {"written": written})


def draft_of(referral: Referral) -> dict[str, Any]:
    """Return what an adviser reads of a draft: its steps, what it lacks, and by when it should be filed."""
    done = {step["name"]: step for step in progress(referral)}
    return {
        "referral": referral,
        "steps": [done[name] | {"title": title, "to_fill": name not in BY_HERSELF} for name, title in STEPS.items()],
        "limits": list(referral.limits.live().filter(kind=LimitKind.FILING)),
        "missing": missing_to_file(referral),
    }


def case_of(referral: Referral, *, at: datetime) -> dict[str, Any]:
    """Return what an adviser reads of a filed referral. documents and offers: None where the student does not share them."""
    return row_of(referral) | {
        "limits": list(referral.limits.live().order_by("ends_at")),
        "history": timeline(referral, student=STUDENT),
        "documents": list(referral.documents.given()) if referral.shares_documents else None,
        "offers": shown_offers(referral) if referral.shares_offers else None,
        "at": at,
    }


class WriteView(OpenToAdviser, NotDraft):
    """A few words of the adviser: the page says who will read them."""

    template_name = "adviser/write.html"
    form_class = AdviceForm
    title = readers = button = ""

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        words = {"page_title": self.title, "readers": self.readers, "button": self.button}
        return super().get_context_data(**context) | words

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.referral.is_draft:
            return redirect(self.address("referral"))
        return super().post(request, *args, **kwargs)


class AdviseStudent(WriteView):
    action = Action.ADVISE_STUDENT
    title = "Écrire à l’étudiant"
    readers = (
        "Un courriel prévient l’étudiant, qui lit votre message dans son espace. Le rectorat le lit aussi, dans le dossier, "
        "ainsi que vos collègues du SCUIO-BAIP."
    )
    button = "Envoyer à l’étudiant"
    done = "Message envoyé : l’étudiant est prévenu par courriel."

    def act(self, form: AdviceForm) -> None:
        procedure.advise_student(self.referral.pk, text=form.cleaned_data["text"], by=self.her, at=self.at)


class AdviseOffice(WriteView):
    action = Action.ADVISE_OFFICE
    title = "Donner un avis au rectorat"
    readers = (
        "Le rectorat lit votre avis dans le dossier ; la personne qui le suit est prévenue par courriel. L’étudiant le lit aussi, "
        "dans son espace, ainsi que vos collègues du SCUIO-BAIP. Un avis n’engage pas le rectorat."
    )
    button = "Envoyer cet avis"
    done = "Avis envoyé au rectorat. L’étudiant le lit aussi dans son espace."

    def act(self, form: AdviceForm) -> None:
        procedure.advise_office(self.referral.pk, text=form.cleaned_data["text"], by=self.her, at=self.at)
