"""The draft, step by step: each page is saved by itself, and says that nothing is filed yet."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from .. import procedure
from ..carried import begin_with
from ..current import current_rules
from ..documents.uploads import Upload
from ..models import Answer, Application, BegunApplication, Document, DocumentKind, Limit, Referral
from ..procedure import By, Refused
from ..procedure.limits import filing_limit
from ..rules.eligibility import Reason, reasons, rules_asked
from ..rules.rule_sets import Silence
from ..rules.states import LIVE, Actor
from ..wording_rules import Line, line_of
from . import forms, steps
from .own import DraftOnly, Removal
from .saving import SavedAsTyped, held_by, posted_in
from .uploads import forget_received

NOT_FILED = _("Enregistré. Brouillon : votre saisine n’est pas encore déposée.")


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
        messages.info(request, gettext("Vos réponses à « Puis-je saisir le recteur ? » sont reprises dans « Votre licence »."))
    return redirect("student:referral", key=referral.key)


class StepView(DraftOnly, SavedAsTyped):
    """One step of the draft: saved, it leads to the next, or back to the list of steps."""

    step = ""
    template_name = "student/step.html"
    done = NOT_FILED

    def keep(self, form: Any, names: set[str]) -> set[str]:
        settled: set[str] = form.settled(names)
        if settled:
            procedure.save_draft(self.referral.pk, **form.said(settled), by=self.her, at=self.at)
        return settled

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
        procedure.save_draft(self.referral.pk, **form.said(), by=self.her, at=self.at)
        if doubt := form.doubt_about_ine():
            messages.warning(self.request, doubt)


class ProjectView(StepView):
    """The whole step on one page, as an adviser fills it in."""

    step = "project"
    form_class: Any = forms.ProjectForm

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
        procedure.save_draft(self.referral.pk, **form.said(), by=self.her, at=self.at)


class ProjectTextView(ProjectView):
    form_class = forms.ProjectTextForm


class WishesView(ProjectView):
    step = "wishes"
    form_class = forms.WishesForm


class MobilityView(ProjectView):
    step = "mobility"
    form_class = forms.MobilityForm


SILENCE_MEANS = {
    Silence.ACCEPTED: _("Le silence d’une université vaut acceptation au bout de %(months)s mois."),
    Silence.REFUSED: _("Le silence d’une université vaut refus au bout de %(months)s mois."),
}


def silence_under(referral: Referral) -> dict[str, Any]:
    """Return what a university's silence means under the referral's rules, and from when, with the source of both."""
    silence, months = referral.rules.stated("silence"), referral.rules.stated("silence_months")
    return {
        "sentence": SILENCE_MEANS[silence.value] % {"months": months.value},
        "source": " ; ".join(gettext(source) for source in dict.fromkeys([silence.source, months.source])),
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
            "unfinished": self.referral.begun_applications.all(),
            "asked": asked_of(self.referral),
            "silence": silence_under(self.referral),
            "step": steps.position("applications"),
        }
        return render(request, "student/applications.html", context)


class ApplicationView(DraftOnly, SavedAsTyped):
    """One application, new or to be changed, with its proof where she has one.

    A new one begins like the one that ``comme`` names in the address: same institution, same kind of answer. What is typed of it is
    kept from the first answer on, and it enters the draft as soon as it is whole; a proof enters it though the rest is still to be
    corrected, so that nobody chooses her file twice.
    """

    template_name = "student/application.html"
    form_class = forms.ApplicationForm
    done = _("Candidature enregistrée. Brouillon : votre saisine n’est pas encore déposée.")

    @cached_property
    def application(self) -> Application | None:
        pk = self.kwargs.get("pk")
        return (
            get_object_or_404(self.referral.applications.select_related("institution", "mention", "proof"), pk=pk) if pk else None
        )

    @cached_property
    def begun(self) -> BegunApplication | None:
        """What she typed of it, while it is not whole."""
        key = self.kwargs.get("begun")
        return get_object_or_404(self.referral.begun_applications, key=key) if key else None

    @cached_property
    def proof(self) -> Document | None:
        """The proof that came with a page on which something else was to be corrected, or the application's own."""
        kept = self.request.POST.get("kept_proof", "") or (self.begun.answers.get("kept_proof", "") if self.begun else "")
        received = self.referral.documents.given().filter(kind=DocumentKind.REFUSAL_PROOF)
        own = self.application.proof if self.application else None
        return (received.filter(pk=kept).first() if kept.isascii() and kept.isdecimal() else None) or own

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"rules": self.referral.rules}

    def get_initial(self) -> dict[str, Any]:
        if self.begun is not None:
            return dict(self.begun.answers)
        if self.application is None:
            like = self.request.GET.get("comme", "")
            first = self.referral.applications.filter(pk=like).first() if like.isascii() and like.isdecimal() else None
            return {"institution": first.institution, "answer": first.answer} if first else {}
        stated = {name: getattr(self.application, name) for name in self.form_class.COLUMNS}
        return stated | {"on": None} if self.application.answer == Answer.IMPLIED else stated  # that day is computed, not hers

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {
            "application": self.application,
            "begun": self.begun,
            "own_address": self.own_address(),
            "proof": self.proof,
            "silence": silence_under(self.referral),
            "step": steps.position("applications"),
        }

    def keep(self, form: forms.ApplicationForm, names: set[str]) -> set[str]:
        if self.application is None and not form.is_valid():
            self._begin(form)
            return names
        facts = form.said(names if self.application else form.COLUMNS)
        if facts:
            self._save_application(facts)
        return set(facts)

    def own_address(self) -> str:
        if "begun" in self.kwargs:
            return self.address("begun_application", begun=self.kwargs["begun"])
        return self.address("application", pk=self.kwargs["pk"]) if "pk" in self.kwargs else self.request.get_full_path()

    def _save_application(self, facts: dict[str, Any]) -> None:
        application_id = self.application.pk if self.application else None
        saved = procedure.save_application(
            self.referral.pk,
            facts=facts,
            application_id=application_id,
            begun=self.kwargs.pop("begun", None),
            by=self.her,
            at=self.at,
        )
        self.kwargs["pk"] = saved.pk

    def _begin(self, form: forms.ApplicationForm) -> None:
        """Keep what is without error, as it was typed."""
        answers = {name: text for name in self.held if name not in form.errors for text in posted_in(form.data, name)}
        if self.proof:
            answers["kept_proof"] = str(self.proof.pk)
        kept = procedure.begin_application(
            self.referral.pk, answers=answers, begun=self.kwargs.get("begun"), by=self.her, at=self.at
        )
        self.kwargs["begun"] = kept.key
        self.forget_what_was_read()

    def forget_what_was_read(self) -> None:
        super().forget_what_was_read()
        for read in ("application", "begun"):
            self.__dict__.pop(read, None)

    def form_invalid(self, form: forms.ApplicationForm) -> HttpResponse:
        if upload := form.sure(("proof",)).get("proof"):
            try:
                self.proof = self._received(upload)
                forget_received(self.request, self.referral)
                self.request.FILES.pop("proof")
            except Refused as refused:
                form.add_error("proof", refused.sentence)
        if self.application is None and self.her.actor == Actor.STUDENT and self._says_something(form):
            self._begin(form)
            self.held = held_by(self._unbound(type(form), self.get_form_kwargs()))
        return super().form_invalid(form)

    def _says_something(self, form: forms.ApplicationForm) -> bool:
        """Whether there is more to keep than what the empty page holds; nothing is where the draft was filed meanwhile."""
        said = (posted_in(form.data, name) != self.held[name] for name in self.held if name not in form.errors)
        return not form.non_field_errors() and (bool(self.proof) or any(said))

    def _received(self, upload: Upload) -> Document:
        return procedure.add_document(self.referral.pk, kind=DocumentKind.REFUSAL_PROOF, upload=upload, by=self.her, at=self.at)

    def act(self, form: forms.ApplicationForm) -> None:
        facts = dict(form.cleaned_data)
        upload = facts.pop("proof")
        if proof := self._received(upload) if upload else self.proof:
            facts["proof"] = proof
        self._save_application(facts)

    def get_success_url(self) -> str:
        if "another" in self.request.POST:
            return f"{self.address('add_application')}?comme={self.kwargs['pk']}"
        return self.address("applications")


class RemoveApplication(Removal):
    back = "applications"

    def remove(self) -> None:
        procedure.remove_application(self.referral.pk, application_id=self.kwargs["pk"], by=self.her, at=self.at)
        messages.success(self.request, gettext("Candidature retirée de votre brouillon."))


class RemoveBegunApplication(Removal):
    back = "applications"

    def remove(self) -> None:
        procedure.forget_begun_application(self.referral.pk, begun=self.kwargs["begun"], by=self.her, at=self.at)
        messages.success(self.request, gettext("Candidature retirée de votre brouillon."))


class CheckView(StepView):
    """Everything she stated, what is missing, what speaks against it, and the button that files."""

    step = "check"
    template_name = "student/check.html"
    form_class = forms.FilingForm
    done = _("Votre saisine est déposée. L’accusé de réception vous est envoyé par courriel ; il est aussi dans cette page.")

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
            "unfinished": self.referral.begun_applications.all(),
            "wishes": self.referral.wishes.select_related("mention"),
            "academies": self.referral.wished_academies.all(),
            "documents": self.referral.documents.given(),
        }

    def form_valid(self, form: forms.FilingForm) -> HttpResponse:
        if "late_reason" in form.fields and "late_reason" not in self.request.POST:
            # The limit ended while she read: she is asked once, and may leave it empty.
            form.add_error(
                "late_reason",
                gettext("Le délai vient de se terminer. Dites pourquoi si vous le souhaitez, puis déposez de nouveau."),
            )
            return self.form_invalid(form)
        return super().form_valid(form)

    def act(self, form: forms.FilingForm) -> None:
        procedure.save_draft(self.referral.pk, **form.said(), by=self.her, at=self.at)
        procedure.file(self.referral.pk, by=self.her, at=self.at)

    def get_success_url(self) -> str:
        return self.address("referral")
