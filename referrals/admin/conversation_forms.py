"""What the office says about a file: the forms of its notes, messages, letters and mandates, and of the check of admissibility."""

from typing import Any

from django import forms

from ..procedure import points_of
from .forms import DeedForm, UploadField, line, long_text


class WriteNote(DeedForm):
    text = long_text("Note", help_text="Entre collègues : l’étudiant ne la lit pas dans son espace.", rows=4)


class WriteToStudent(DeedForm):
    text = long_text("Message", rows=8)
    file = UploadField(label="Pièce jointe", required=False)

    def arguments(self) -> dict[str, Any]:
        upload = self.cleaned_data["file"]
        return {"text": self.cleaned_data["text"], "uploads": [upload] if upload else []}


class SendLetter(DeedForm):
    subject = line("Objet", max_length=150)
    text = long_text("Texte", rows=12)


class GiveMandate(DeedForm):
    name = line("Personne mandatée", max_length=150, help_text="Le mandat écrit, ou la demande de l’étudiant, est au dossier.")


class EndMandate(DeedForm):
    pass


class Review(DeedForm):
    """A box for each point, ticked where the rules find it met or the office said so; and why, where it departs from the rules."""

    def prepare(self) -> None:
        self.points = points_of(self.referral, at=self.at)
        for point in self.points:
            self.fields[point.code] = forms.BooleanField(label=point.label, required=False, initial=point.met)
            self.fields[f"{point.code}_ground"] = forms.CharField(
                label="Motif, si vous vous écartez de la règle", required=False, max_length=500, initial=point.ground
            )

    def arguments(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "points": {point.code: said[point.code] for point in self.points},
            "grounds": {point.code: said[f"{point.code}_ground"] for point in self.points},
        }
