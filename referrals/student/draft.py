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
from ..current import current_rules
from ..models import DocumentKind, Limit, Referral, Refusal
from ..procedure import Refused
from ..procedure.limits import filing_limit
from ..rules.eligibility import Reason, doubts
from ..rules.states import LIVE
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


class LicenceView(StepView):
    step = "licence"
    form_class = forms.LicenceForm

    def get_initial(self) -> dict[str, Any]:
        referral = self.referral
        named = ("licence_mention", "licence_title", "licence_institution", "licence_site", "licence_academy")
        day = referral.licence_on or referral.licence_expected_on
        status = self.form_class.OBTAINED if referral.licence_on else self.form_class.EXPECTED
        return {name: getattr(referral, name) for name in named} | {"status": status if day else "", "licence_day": day}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"saved": self.referral}

    def act(self, form: forms.LicenceForm) -> None:
        facts = form.facts()
        procedure.save_draft(self.referral.pk, facts=facts, by=self.her, at=self.at)
        if form.academy_was_changed:
            academy = facts["licence_academy"]
            messages.warning(
                self.request, f"L’établissement a changé : l’académie du site est maintenant « {academy} ». Vérifiez-la."
            )


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
        }

    def act(self, form: forms.ProjectForm) -> None:
        answers = form.cleaned_data
        procedure.save_draft(
            self.referral.pk,
            facts={"project": answers["project"], "mobility_km": answers["mobility_km"]},
            wishes=form.wishes(),
            wished_academies=list(answers["wished_academies"]),
            by=self.her,
            at=self.at,
        )


class RefusalsView(DraftOnly):
    """The list of the refusals she stated."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        refusals = self.referral.refusals.select_related("institution", "mention", "proof")
        context = {
            "referral": self.referral,
            "case": self.address("referral"),
            "refusals": refusals,
            "step": steps.position("refusals"),
        }
        return render(request, "student/refusals.html", context)


class RefusalView(DraftOnly, OwnForm):
    """One refusal, new or to be changed, with its proof where she has one."""

    template_name = "student/refusal.html"
    form_class = forms.RefusalForm
    done = "Refus enregistré. Brouillon : votre saisine n’est pas encore déposée."

    @cached_property
    def refusal(self) -> Refusal | None:
        pk = self.kwargs.get("pk")
        return get_object_or_404(self.referral.refusals.select_related("institution", "mention", "proof"), pk=pk) if pk else None

    def get_initial(self) -> dict[str, Any]:
        if self.refusal is None:
            return {}
        return {
            name: getattr(self.refusal, name) for name in ("institution", "mention", "title", "track", "kind", "on", "applied_on")
        }

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"refusal": self.refusal, "step": steps.position("refusals")}

    def act(self, form: forms.RefusalForm) -> None:
        facts = dict(form.cleaned_data)
        if upload := facts.pop("proof"):
            facts["proof"] = procedure.add_document(
                self.referral.pk, kind=DocumentKind.REFUSAL_PROOF, upload=upload, by=self.her, at=self.at
            )
        refusal_id = self.refusal.pk if self.refusal else None
        procedure.save_refusal(self.referral.pk, facts=facts, refusal_id=refusal_id, by=self.her, at=self.at)

    def get_success_url(self) -> str:
        return self.address("refusals")


class RemoveRefusal(Removal):
    back = "refusals"

    def remove(self) -> None:
        procedure.remove_refusal(self.referral.pk, refusal_id=self.kwargs["pk"], by=self.her, at=self.at)
        messages.success(self.request, "Refus retiré de votre brouillon.")


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
    def doubts(self) -> tuple[Reason, ...]:
        return doubts(procedure.facts_of(self.referral, at=self.at))

    @cached_property
    def limit(self) -> Limit | None:
        return filing_limit(self.referral)

    def get_initial(self) -> dict[str, Any]:
        return {"late_reason": self.referral.late_reason, "adviser_consent": self.referral.adviser_consent}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"late": any(doubt.code == "late" for doubt in self.doubts)}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {
            "missing": procedure.missing_to_file(self.referral),
            "doubts": self.doubts,
            "limit": self.limit,
            "refusals": self.referral.refusals.select_related("institution", "mention", "proof"),
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
