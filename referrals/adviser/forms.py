"""What an adviser writes, and the student's forms where she does not ask for all that they ask."""

from typing import Any

from django import forms

from ..student.forms import LONGEST_TEXT, StepForm
from ..student.forms import ApplicationForm as HerApplicationForm


class AdviceForm(StepForm):
    text = forms.CharField(
        label="Votre texte",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Écrivez votre texte."},
    )


class ApplicationForm(HerApplicationForm):
    """An application as the student states it, without its proof."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["proof"]
