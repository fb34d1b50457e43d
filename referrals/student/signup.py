"""What is asked of a student who opens an account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SignupForm(forms.Form):
    phone = forms.CharField(
        label=_("Téléphone"),
        max_length=30,
        required=False,
        help_text=_("Le rectorat vous appelle si un courriel ne vous parvient pas."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # allauth's own field, declared by the class that inherits from this one.
        email = self.fields["email"]
        email.help_text = _(
            "Une adresse que vous garderez après vos études : les propositions y arrivent. Évitez celle de l’université."
        )

    def signup(self, request, user) -> None:
        """Called by allauth with the new account, which speaks from now on as the page did."""
        user.phone = self.cleaned_data["phone"]
        user.language = request.LANGUAGE_CODE
        user.save(update_fields=["phone", "language"])
