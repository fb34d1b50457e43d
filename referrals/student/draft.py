"""The draft, step by step: each page is saved by itself, and says that nothing is filed yet."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from .. import procedure
from ..carried import begin_with
from ..current import current_rules
from ..models import Answer, Application, DocumentKind, Limit, Referral
from ..procedure import By, Refused
from ..procedure.limits import filing_limit
from ..rules.eligibility import Reason, reasons, rules_asked
from ..rules.states import LIVE
from ..wording_rules import SILENCES, Line, line_of
from . import forms, steps
from .own import DraftOnly, OwnForm, Removal

NOT_FILED = "Enregistré. Brouillon : votre saisine n’est pas encore déposée."


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Her referrals, and the door to a new one."""
    rules = current_rules(on=timezone.localdate(request.at))
    referrals = list(Referral.objects.of_student(request.user).select_related("campaign", "region").order_by("-created_at"))
    may_start = rules is not None and not any(
        referral.campaign_id == rules.campaign_id and referral.state in LIVE for referral in referrals
    )
    return render(
        request, "student/home.html", {"referrals": referrals, "campaign": rules and rules.campaign, "may_start": may_start}
    )


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Begin the referral of this campaign, or take up the one begun."""
    rules = current_rules(on=timezone.localdate(request.at))
    if request.method != "POST" or rules is None:
        return redirect("student:home")
    try:
        referral = procedure.start_draft(student=request.user, campaign=rules.campaign, at=request.at)
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("student:home")
    if facts := begin_with(request, referral):
        procedure.save_draft(referral.pk, facts=facts, by=By.student(request.user), at=request.at)
        messages.info(request, "Vos réponses à « Puis-je saisir le recteur ? » sont reprises dans « Votre licence ».")
    return redirect("student:referral", key=referral.key)


class StepView(DraftOnly, OwnForm):
    """One step of the draft: saved, it leads to the next, or back to the list of steps."""

    step = ""
    template_name = "student/step.html"
    done = NOT_FILED

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"step": steps.position(self.step)}

    def get_success_url(self) -> str:
        return self.address("referral" if "back" in self.request.POST else steps.after(self.step))


class IdentityView(StepView):
    step = "identity"
    form_class = forms.IdentityForm

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.referral, name) for name in self.form_class.base_fields}

    def act(self, form: forms.IdentityForm) -> None:
        procedure.save_draft(self.referral.pk, facts=form.cleaned_data, by=self.her, at=self.at)
        if doubt := form.doubt_about_ine():
            messages.warning(self.request, doubt)


class ProjectView(StepView):
    step = "project"
    form_class = forms.ProjectForm

    def get_initial(self) -> dict[str, Any]:
        referral = self.referral
        wishes = {f"wish_{wish.rank}": wish.mention for wish in referral.wishes.select_related("mention")}
        return wishes | {
            "project": referral.project,
            "wished_academies": list(referral.wished_academies.values_list("pk", flat=True)),
            "mobility_km": referral.mobility_km or forms.ProjectForm.ANYWHERE,
            "has_contract": referral.has_contract,
        }

    def act(self, form: forms.ProjectForm) -> None:
        answers = form.cleaned_data
        procedure.save_draft(
            self.referral.pk,
            facts={name: answers[name] for name in ("project", "mobility_km", "has_contract")},
            wishes=form.wishes(),
            wished_academies=list(answers["wished_academies"]),
            by=self.her,
            at=self.at,
        )


def silence_under(referral: Referral) -> dict[str, Any]:
    """Return what a university's silence means under the referral's rules, and from when, with the source of both."""
    silence, months = referral.rules.stated("silence"), referral.rules.stated("silence_months")
    return {
        "sentence": f"Le silence d’une université vaut {SILENCES[silence.value]} au bout de {months.value} mois.",
        "source": " ; ".join(dict.fromkeys([silence.source, months.source])),
        "settled": silence.settled and months.settled,
    }


def asked_of(referral: Referral) -> list[Line]:
    """Return the numbers of applications, refusals, mentions and institutions that the rules ask for, where they do."""
    alone = referral.licence_academy is not None and referral.licence_academy.region.single_university
    return [line_of(referral.rules, name) for name in rules_asked(referral.rules.stated, single_university=alone)]


class ApplicationsView(DraftOnly):
    """The list of the applications she stated."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        applications = self.referral.applications.select_related("institution", "mention", "proof")
        context = {
            "referral": self.referral,
            "case": self.address("referral"),
            "applications": applications,
            "asked": asked_of(self.referral),
            "silence": silence_under(self.referral),
            "step": steps.position("applications"),
        }
        return render(request, "student/applications.html", context)


class ApplicationView(DraftOnly, OwnForm):
    """One application, new or to be changed, with its proof where she has one."""

    template_name = "student/application.html"
    form_class = forms.ApplicationForm
    done = "Candidature enregistrée. Brouillon : votre saisine n’est pas encore déposée."

    @cached_property
    def application(self) -> Application | None:
        pk = self.kwargs.get("pk")
        return (
            get_object_or_404(self.referral.applications.select_related("institution", "mention", "proof"), pk=pk) if pk else None
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"rules": self.referral.rules}

    def get_initial(self) -> dict[str, Any]:
        if self.application is None:
            return {}
        stated = {name: getattr(self.application, name) for name in self.form_class.COLUMNS}
        return stated | {"on": None} if self.application.answer == Answer.IMPLIED else stated  # that day is computed, not hers

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {
            "application": self.application,
            "silence": silence_under(self.referral),
            "step": steps.position("applications"),
        }

    def act(self, form: forms.ApplicationForm) -> None:
        facts = dict(form.cleaned_data)
        if upload := facts.pop("proof"):
            facts["proof"] = procedure.add_document(
                self.referral.pk, kind=DocumentKind.REFUSAL_PROOF, upload=upload, by=self.her, at=self.at
            )
        application_id = self.application.pk if self.application else None
        procedure.save_application(self.referral.pk, facts=facts, application_id=application_id, by=self.her, at=self.at)

    def get_success_url(self) -> str:
        return self.address("applications")


class RemoveApplication(Removal):
    back = "applications"

    def remove(self) -> None:
        procedure.remove_application(self.referral.pk, application_id=self.kwargs["pk"], by=self.her, at=self.at)
        messages.success(self.request, "Candidature retirée de votre brouillon.")


class DocumentsView(DraftOnly, OwnForm):
    """The documents of the draft: the list, and one more."""

    template_name = "student/documents.html"
    form_class = forms.DocumentForm

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        documents = self.referral.documents.given()
        return super().get_context_data(**context) | {"documents": documents, "step": steps.position("documents")}

    def act(self, form: forms.DocumentForm) -> None:
        upload = form.cleaned_data["file"]
        procedure.add_document(self.referral.pk, kind=form.chosen, upload=upload, by=self.her, at=self.at)
        messages.success(self.request, f"Document reçu : {upload.name}. Brouillon : votre saisine n’est pas encore déposée.")

    def get_success_url(self) -> str:
        return self.address("documents")


class RemoveDocument(Removal):
    back = "documents"

    def remove(self) -> None:
        document = get_object_or_404(self.referral.documents.given(), key=self.kwargs["document"])
        procedure.remove_document(self.referral.pk, document_id=document.pk, by=self.her, at=self.at)
        messages.success(self.request, f"Document retiré : {document.name}.")


class CheckView(StepView):
    """Everything she stated, what is missing, what speaks against it, and the button that files."""

    step = "check"
    template_name = "student/check.html"
    form_class = forms.FilingForm
    done = "Votre saisine est déposée. L’accusé de réception vous est envoyé par courriel ; il est aussi dans cette page."

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        return reasons(procedure.facts_of(self.referral, at=self.at), self.referral.rules.stated)

    @cached_property
    def limit(self) -> Limit | None:
        return filing_limit(self.referral)

    def get_initial(self) -> dict[str, Any]:
        return {"late_reason": self.referral.late_reason, "adviser_consent": self.referral.adviser_consent}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"late": any(reason.code == "late" for reason in self.reasons)}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {
            "missing": procedure.missing_to_file(self.referral),
            "reasons": self.reasons,
            "limit": self.limit,
            "filing": line_of(self.referral.rules, "filing_days"),
            "others": self.referral.other_licences.select_related("mention", "institution"),
            "applications": self.referral.applications.select_related("institution", "mention", "proof"),
            "wishes": self.referral.wishes.select_related("mention"),
            "academies": self.referral.wished_academies.all(),
            "documents": self.referral.documents.given(),
        }

    def form_valid(self, form: forms.FilingForm) -> HttpResponse:
        if "late_reason" in form.fields and "late_reason" not in self.request.POST:
            # The limit ended while she read: she is asked once, and may leave it empty.
            form.add_error(
                "late_reason", "Le délai vient de se terminer. Dites pourquoi si vous le souhaitez, puis déposez de nouveau."
            )
            return self.form_invalid(form)
        return super().form_valid(form)

    def act(self, form: forms.FilingForm) -> None:
        procedure.save_draft(self.referral.pk, facts=form.cleaned_data, by=self.her, at=self.at)
        procedure.file(self.referral.pk, by=self.her, at=self.at)

    def get_success_url(self) -> str:
        return self.address("referral")
