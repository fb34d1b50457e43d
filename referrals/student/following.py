"""What she lets the guidance service of her university see: her filed referral, more of it, or her draft; and how she stops it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from .. import procedure
from ..procedure import Refused
from ..rules.states import Action
from .case import NotDraft
from .forms import StepForm
from .own import DraftOnly

CONSENT_FIRST = {
    "documents": gettext_lazy("Pour montrer vos documents au SCUIO-BAIP, acceptez d’abord qu’il suive votre saisine."),
    "offers": gettext_lazy("Pour montrer vos propositions au SCUIO-BAIP, acceptez d’abord qu’il suive votre saisine."),
}
"""What she may show besides, and what to say where she does not agree to be followed."""
SEEN = {
    (False, False): gettext_lazy("Le SCUIO-BAIP de votre université voit votre saisine."),
    (True, False): gettext_lazy("Le SCUIO-BAIP de votre université voit votre saisine et vos documents."),
    (False, True): gettext_lazy("Le SCUIO-BAIP de votre université voit votre saisine et vos propositions."),
    (True, True): gettext_lazy("Le SCUIO-BAIP de votre université voit votre saisine, vos documents et vos propositions."),
}
"""By whether she shows her documents, her offers: what the guidance service sees from now on."""
NOT_SEEN = gettext_lazy("Le SCUIO-BAIP de votre université ne voit plus votre saisine.")
SHARED = gettext_lazy(
    "Votre brouillon est ouvert au SCUIO-BAIP. Un brouillon partagé n’est pas une saisine déposée : vous seule pouvez déposer."
)
CLOSED_AGAIN = gettext_lazy("Votre brouillon n’est plus partagé : le SCUIO-BAIP ne le voit plus.")
NO_UNIVERSITY = gettext_lazy(
    "Indiquez d’abord l’établissement de votre licence : c’est son SCUIO-BAIP qui verrait votre brouillon."
)


class FollowingForm(StepForm):
    consent = forms.BooleanField(
        label=gettext_lazy("J’accepte que le SCUIO-BAIP de mon université suive ma saisine"),
        required=False,
        help_text=gettext_lazy(
            "Il voit l’état de votre saisine, son historique et ses délais, jamais vos messages avec le rectorat. "
            "Il peut vous écrire, et donner un avis au rectorat : vous lisez l’un et l’autre dans vos messages."
        ),
    )
    documents = forms.BooleanField(
        label=gettext_lazy("Je lui montre aussi mes documents"),
        required=False,
        help_text=gettext_lazy(
            "Ceux que vous avez joints à votre saisine ; ni ce qui est confidentiel, ni les pièces jointes à vos messages."
        ),
    )
    offers = forms.BooleanField(
        label=gettext_lazy("Je lui montre aussi mes propositions"),
        required=False,
        help_text=gettext_lazy("Les places qui vous sont proposées, et vos réponses."),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        for name, sentence in CONSENT_FIRST.items():
            if said[name] and not said["consent"]:
                self.add_error(name, sentence)
        return said


class FollowingView(NotDraft):
    """Whether the guidance service of her university may follow the case, and how much of it."""

    action = Action.SET_ADVISER_CONSENT
    template_name = "student/following.html"
    form_class = FollowingForm

    def get_initial(self) -> dict[str, Any]:
        referral = self.referral
        return {
            "consent": referral.adviser_consent,
            "documents": referral.shares_documents,
            "offers": referral.shares_offers,
        }

    def act(self, form: FollowingForm) -> None:
        said = form.cleaned_data
        procedure.set_adviser_consent(self.referral.pk, **said, by=self.her, at=self.at)
        self.done = SEEN[said["documents"], said["offers"]] if said["consent"] else NOT_SEEN


class ShareDraftView(DraftOnly):
    """Two buttons of the draft: open it to the guidance service of her university, or close it again."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return redirect(self.address("referral"))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        shares = request.POST.get("share") == "yes"
        if shares and self.referral.licence_institution is None:
            messages.error(request, NO_UNIVERSITY)
            return redirect(self.address("licence_place"))
        try:
            procedure.save_draft(self.referral.pk, facts={"shares_draft": shares}, by=self.her, at=self.at)
        except Refused as refused:
            messages.error(request, refused.sentence)
        else:
            messages.success(request, SHARED if shares else CLOSED_AGAIN)
        return redirect(self.address("referral"))
