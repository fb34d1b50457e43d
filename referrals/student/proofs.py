"""Several proofs of refusal sent at once, and each matched to its application: what the file's name says is proposed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from vacancies.names import normalise

from .. import procedure
from ..models import Application, Document, DocumentKind
from . import steps
from .forms import StepForm
from .own import DraftOnly, OwnForm
from .uploads import UploadsField

AT_ONCE = 10
TELLS_NOTHING = frozenset(
    {"candidature", "courriel", "decision", "ecole", "institut", "lettre", "mail", "master", "mention", "notification"}
    | {"capture", "ecran", "img", "les", "des", "parcours", "photo", "refus", "reponse", "scan", "univ", "universite"}
)
"""Words of a name that fit any file, or any application."""
TELLING = 3
"""Letters, from which a word says something; figures always do (Lyon 2)."""
NONE = ""


class ProofsField(UploadsField):
    """Each file is a proof of its own."""

    at_once = AT_ONCE
    hint = _("PDF ou photos, 10 fichiers au plus, 10 Mo au plus chacun. Chaque fichier est un justificatif.")

    def too_many(self) -> str:
        return gettext("Choisissez %(count)s fichiers au plus ; les autres peuvent suivre ensuite.") % {"count": AT_ONCE}


def telling_words(text: str) -> frozenset[str]:
    words = normalise(text.rsplit(".", 1)[0] if "." in text else text).split()
    return frozenset(word for word in words if word not in TELLS_NOTHING and (len(word) >= TELLING or word.isdecimal()))


def guess(document: Document, applications: list[Application]) -> Application | None:
    """Return the application that shares most words with the file's name; None where it is no single one."""
    named = telling_words(document.name)
    shared = [(len(named & telling_words(f"{one} {one.track}")), one) for one in applications]
    most = max((count for count, _one in shared), default=0)
    best = [one for count, one in shared if count == most]
    return best[0] if most and len(best) == 1 else None


class ProofsForm(StepForm):
    """A select for each proof that came, and room for more. ``matched``: document → application."""

    def __init__(self, *args: Any, received: list[Document], applications: list[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.received = received
        choices = [(NONE, _("Aucune pour le moment")), *((str(one.pk), self._called(one)) for one in applications)]
        for document in received:
            self.fields[f"proof_{document.pk}"] = forms.TypedChoiceField(
                label=document.name, choices=choices, coerce=int, empty_value=None, required=False
            )
            self.fields[f"proof_{document.pk}"].asked = True  # nobody calls it optional: it has its « none »
        self.fields["files"] = ProofsField(label=_("Vos justificatifs"), required=False)

    def _called(self, application: Application) -> str:
        track = f", {application.track}" if application.track else ""
        return f"{application.name}{track} – {application.institution}"

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        taken: set[int] = set()
        for document in self.received:
            chosen = answers.get(f"proof_{document.pk}")
            if chosen in taken:
                self.add_error(
                    f"proof_{document.pk}", gettext("Cette candidature a déjà un justificatif, plus haut : n’en gardez qu’un.")
                )
            elif chosen is not None:
                taken.add(chosen)
        return answers

    @property
    def matched(self) -> dict[int, int | None]:
        return {document.pk: self.cleaned_data[f"proof_{document.pk}"] for document in self.received}


class ProofsView(DraftOnly, OwnForm):
    """Everything that came as a proof of refusal, each with its application; what is sent with it comes back to be matched."""

    template_name = "student/proofs.html"
    form_class = ProofsForm
    came = 0
    """How many were sent with the page."""

    @cached_property
    def applications(self) -> list[Application]:
        return list(self.referral.applications.select_related("institution", "mention"))

    @cached_property
    def received(self) -> list[Document]:
        return list(self.referral.documents.given().filter(kind=DocumentKind.REFUSAL_PROOF).order_by("pk"))

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"received": self.received, "applications": self.applications}

    def get_initial(self) -> dict[str, Any]:
        """What is matched stays so; of the rest, what the name of the file says."""
        matched = {one.proof_id: one for one in self.applications if one.proof_id}
        without = [one for one in self.applications if not one.proof_id]
        proposed = {document.pk: matched.get(document.pk) or guess(document, without) for document in self.received}
        return {f"proof_{pk}": one.pk for pk, one in proposed.items() if one}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        context = super().get_context_data(**context)
        form = context["form"]
        proofs = [(document, form[f"proof_{document.pk}"]) for document in self.received]
        return context | {"proofs": proofs, "step": steps.position("applications")}

    def act(self, form: ProofsForm) -> None:
        procedure.match_proofs(self.referral.pk, proofs=form.matched, by=self.her, at=self.at)
        self.came = len(form.cleaned_data["files"])
        for upload in form.cleaned_data["files"]:
            procedure.add_document(self.referral.pk, kind=DocumentKind.REFUSAL_PROOF, upload=upload, by=self.her, at=self.at)
        messages.success(self.request, self._said())

    def _said(self) -> str:
        if not self.came:
            return gettext("Justificatifs enregistrés. Brouillon : votre saisine n’est pas encore déposée.")
        sentence = ngettext(
            "%(count)s justificatif reçu. Vérifiez à quelle candidature il se rapporte, puis enregistrez.",
            "%(count)s justificatifs reçus. Vérifiez à quelle candidature chacun se rapporte, puis enregistrez.",
            self.came,
        )
        return sentence % {"count": self.came}

    def get_success_url(self) -> str:
        return self.address("proofs" if self.came else "applications")
