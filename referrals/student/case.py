"""The case once it is filed: where it stands, who holds it, what comes next and by when, and what she may do."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from .. import procedure
from ..caller_codes import code_of
from ..models import EventKind
from ..procedure import Refused
from ..procedure.limits import filing_limit
from ..rules.follow_up import HELD_BY, Holder
from ..rules.states import ASKED, HOLDING, MOVES, Action, State
from ..timeline import CONVERSATION, FOR_THE_STUDENT, by_when, road, timeline, wanted_documents
from ..wording import STATES
from . import forms
from .documents import WithPages
from .offers import accepted_offer
from .own import OwnForm, OwnReferral
from .steps import progress


class ReferralView(OwnReferral):
    """The referral's own page: the list of steps while it is a draft, the case once it is filed."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.referral.is_draft:
            return render(request, "student/draft.html", self._draft())
        return render(request, "student/case.html", self._case())

    def _draft(self) -> dict[str, Any]:
        referral = self.referral
        return {
            "referral": referral,
            "steps": progress(referral),
            "limit": filing_limit(referral),
            "helped": referral.events.filter(kind=EventKind.HELP_DRAFT).order_by("-seq").first(),
        }

    def _case(self) -> dict[str, Any]:
        referral = self.referral
        return {
            "referral": referral,
            "state": STATES[State(referral.state)],
            "road": road(referral),
            "by_when": by_when(referral, today=self.today),
            "in_region": HELD_BY.get(State(referral.state)) == Holder.OFFICE,
            "limits": referral.limits.live().select_related("offer__vacancy__programme__mention", "extension").order_by("ends_at"),
            "history": timeline(referral, student=gettext("vous"), notes=FOR_THE_STUDENT),
            "documents": referral.documents.given(),
            "letters": referral.documents.letters(),
            "wanted": wanted_documents(referral) if referral.state == State.INCOMPLETE else "",
            "offers": referral.offers.shown_to_student().count(),
            "waiting": referral.offers.on_the_table().count(),
            "messages_count": referral.events.of_case().filter(kind__in=CONVERSATION).count(),
            "caller_code": code_of(referral, on=self.today),
            "accepted": accepted_offer(referral),
            "may": {action.value: referral.state in MOVES[action].sources for action in Action},
        }


class NotDraft(OwnForm):
    """A form of a filed case. Where ``action`` is not open to her in its state, the page leads back to the case."""

    action: Action

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method in ("GET", "HEAD") and request.user.is_authenticated and not self.is_open:
            return redirect(self.address("referral"))
        return super().dispatch(request, *args, **kwargs)

    @property
    def is_open(self) -> bool:
        return not self.referral.is_draft and self.referral.state in MOVES[self.action].sources


class AddDocumentView(NotDraft, WithPages):
    """One more document for a filed case, asked for or not."""

    action = Action.ADD_DOCUMENT
    template_name = "student/add_document.html"
    form_class = forms.DocumentForm

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        incomplete = self.referral.state == State.INCOMPLETE
        return super().get_context_data(**context) | {
            "incomplete": incomplete,
            "wanted": wanted_documents(self.referral) if incomplete else "",
            "limits": self.referral.limits.live().filter(kind="supply"),
            "given": self.given,
        }

    def act(self, form: forms.DocumentForm) -> None:
        upload = form.cleaned_data["file"]
        procedure.add_document(self.referral.pk, kind=form.chosen, upload=upload, by=self.her, at=self.at)
        messages.success(self.request, gettext("Document reçu : %(name)s.") % {"name": upload.name})

    def get_success_url(self) -> str:
        return self.address("add_document")


class Button(OwnReferral):
    """One button of the case's page; opened as a page, it leads back to the case."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return redirect(self.address("referral"))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            messages.success(request, self.act())
        except Refused as refused:
            messages.error(request, refused.sentence)
        return redirect(self.address("referral"))

    def act(self) -> str:
        """Do it and return what to say. Raises Refused."""
        raise NotImplementedError


class SupplyView(Button):
    """« I have sent all that was asked for »."""

    def act(self) -> str:
        procedure.supply_documents(self.referral.pk, by=self.her, at=self.at)
        return gettext("C’est noté : le rectorat reprend l’examen de votre saisine.")


class ProveLicenceView(NotDraft):
    """The awaited licence was obtained."""

    action = Action.PROVE_LICENCE
    template_name = "student/prove_licence.html"
    form_class = forms.LicenceProofForm
    done = gettext_lazy("Votre relevé de notes définitif est reçu : le rectorat peut examiner votre saisine.")

    def get_initial(self) -> dict[str, Any]:
        return {"licence_on": self.referral.licence_expected_on}

    def act(self, form: forms.LicenceProofForm) -> None:
        answers = form.cleaned_data
        procedure.prove_licence(self.referral.pk, licence_on=answers["licence_on"], upload=answers["file"], by=self.her, at=self.at)


class PostponeLicenceView(NotDraft):
    """The jury comes later: a resit session, for one."""

    action = Action.POSTPONE_LICENCE
    template_name = "student/postpone_licence.html"
    form_class = forms.NextJuryForm
    done = gettext_lazy("C’est noté : votre saisine attend ce jury.")

    def act(self, form: forms.NextJuryForm) -> None:
        procedure.postpone_licence(self.referral.pk, **form.cleaned_data, by=self.her, at=self.at)


class ReportFailureView(NotDraft):
    """The licence was not obtained: a person looks at it."""

    action = Action.REPORT_FAILURE
    template_name = "student/report_failure.html"
    form_class = forms.WordsForm
    done = gettext_lazy("Le rectorat est prévenu. Il examine votre situation et vous répond.")

    def act(self, form: forms.WordsForm) -> None:
        procedure.report_failure(self.referral.pk, note=form.cleaned_data["note"], by=self.her, at=self.at)


class WithdrawView(NotDraft):
    """Give up the referral, after a page that says what is lost."""

    action = Action.WITHDRAW
    template_name = "student/withdraw.html"
    form_class = forms.ReasonForm
    done = gettext_lazy("Votre saisine est retirée.")

    @cached_property
    def lost(self) -> dict[str, int]:
        offers = self.referral.offers.filter(state__in=HOLDING)
        asked = sum(offer.state in ASKED for offer in offers)
        return {"asked": asked, "waiting": len(offers) - asked}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"lost": self.lost}

    def act(self, form: forms.ReasonForm) -> None:
        procedure.withdraw(self.referral.pk, reason=form.cleaned_data["reason"], by=self.her, at=self.at)
