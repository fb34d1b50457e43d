"""A shared draft: the student's own steps, filled in by the adviser with whom she prepares it. Only the student files.

Each change is recorded as help. Her documents, her other licences and the filing itself stay with her.
"""

from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import cached_property

from .. import procedure
from ..student import draft, licences
from ..student.own import DraftOnly
from .forms import ApplicationForm
from .own import OpenToAdviser

STEPS = {
    "identity": "Identité",
    "licence": "Licence",
    "applications": "Candidatures et leurs réponses",
    "project": "Projet et vœux",
    "documents": "Documents",
}
"""The steps of a draft, as her adviser reads them."""
BY_HERSELF = ("documents",)
"""Those the student alone completes."""
TO_FILL_IN = [name for name in STEPS if name not in BY_HERSELF]
SAVED = "Enregistré dans le brouillon partagé. Il n’est pas déposé : seule l’étudiante ou l’étudiant peut déposer."
FILED_SINCE = "Cette saisine a été déposée entre-temps : ce que vous venez d’écrire n’est pas enregistré."
CHANGED_SINCE = (
    "L’étudiant a modifié cette étape pendant que vous écriviez. Votre saisie est encore là : ouvrez l’étape dans un autre onglet "
    "pour comparer, puis enregistrez de nouveau pour la remplacer."
)


class SharedDraft(OpenToAdviser):
    """One of the student's pages of her draft, set before its class. Sent once she has filed, it says that nothing was saved."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.method == "POST" and not self.referral.is_draft:
            messages.warning(request, FILED_SINCE)
            return redirect(self.address("referral"))
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class SharedStep(SharedDraft):
    """A step with a form: saved, it leads to the next one that the adviser may fill in, or back to the list of steps."""

    template_name = "adviser/step.html"
    done = SAVED
    step = ""

    changed = False
    """Whether the student has written in the step since the page that was sent was opened."""

    @cached_property
    def seen(self) -> str:
        """A digest of what the step holds now."""
        held = {
            name: sorted(map(str, value)) if isinstance(value, list) else str(value) for name, value in self.get_initial().items()
        }  # type: ignore[attr-defined]
        return sha256(repr(sorted(held.items())).encode()).hexdigest()[:16]

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        typed = self.restored or self.request.POST  # type: ignore[attr-defined]
        seen = self.seen if self.changed else typed.get("seen", self.seen)
        return super().get_context_data(**context) | {"title": STEPS[self.step], "seen": seen}  # type: ignore[misc]

    def form_valid(self, form: Form) -> HttpResponse:
        """Save it, unless the student wrote meanwhile what would be lost: it is said once, and nothing typed is lost either."""
        if self.request.POST.get("seen", self.seen) != self.seen:
            self.changed = True
            form.add_error(None, CHANGED_SINCE)
            return self.form_invalid(form)  # type: ignore[attr-defined]
        return super().form_valid(form)  # type: ignore[misc]

    def get_success_url(self) -> str:
        following = TO_FILL_IN[TO_FILL_IN.index(self.step) + 1 :]
        return self.address(following[0] if following and "back" not in self.request.POST else "referral")


class IdentityView(SharedStep, draft.IdentityView):
    step = "identity"


class LicenceView(SharedStep, licences.LicenceView):
    """The founding licence. The others, and the choice among them, are the student's."""

    step = "licence"


class ProjectView(SharedStep, draft.ProjectView):
    step = "project"


class ApplicationsView(SharedDraft, DraftOnly):
    """The list of the applications she stated, without their proofs."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        context = {
            "referral": self.referral,
            "case": self.address("referral"),
            "title": STEPS["applications"],
            "applications": self.referral.applications.select_related("institution", "mention"),
            "asked": draft.asked_of(self.referral),
            "silence": draft.silence_under(self.referral),
        }
        return render(request, "adviser/applications.html", context)


class ApplicationView(SharedStep, draft.ApplicationView):
    """One application, new or to be changed; a proof is the student's to add."""

    step = "applications"
    template_name = "adviser/application.html"
    form_class = ApplicationForm

    def act(self, form: ApplicationForm) -> None:
        application_id = self.application.pk if self.application else None
        facts = dict(form.cleaned_data)
        procedure.save_application(self.referral.pk, facts=facts, application_id=application_id, by=self.her, at=self.at)

    def get_success_url(self) -> str:
        return self.address("applications")


class RemoveApplication(SharedDraft, draft.RemoveApplication):
    def remove(self) -> None:
        procedure.remove_application(self.referral.pk, application_id=self.kwargs["pk"], by=self.her, at=self.at)
        messages.success(self.request, "Candidature retirée du brouillon partagé.")
