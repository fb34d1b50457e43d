"""Who may speak of her referral with the office: she, known by the code of the day, and somebody whom she mandates."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from .. import procedure
from ..rules.states import Action
from .case import Button, NotDraft
from .forms import StepForm


class MandateForm(StepForm):
    name = forms.CharField(
        label=gettext_lazy("Prénom et nom de cette personne"),
        max_length=150,
        help_text=gettext_lazy("Un parent, un ami, une assistante sociale… Une seule personne à la fois."),
        error_messages={"required": gettext_lazy("Indiquez le nom de la personne qui parlera pour vous.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class MandateView(NotDraft):
    """Let somebody speak for her: the page says what that means, and who does so today."""

    action = Action.GIVE_MANDATE
    template_name = "student/mandate.html"
    form_class = MandateForm

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"mandated": self.referral.mandated}

    def act(self, form: MandateForm) -> None:
        procedure.give_mandate(self.referral.pk, name=form.cleaned_data["name"], by=self.her, at=self.at)
        self.done = (
            gettext("%(name)s peut parler de votre saisine avec le rectorat. Vous pouvez y mettre fin à tout moment.")
            % form.cleaned_data
        )


class EndMandateView(Button):
    """Nobody speaks for her any more."""

    def act(self) -> str:
        procedure.end_mandate(self.referral.pk, by=self.her, at=self.at)
        return gettext("Plus personne d’autre que vous ne peut parler de votre saisine avec le rectorat.")
