"""What the office says about a file: the forms of its notes, messages, letters and mandates, and of the check of admissibility."""

import hashlib
from base64 import b64encode
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BoundField

from ...documents.letters import html_of, pdf_of
from ...documents.pages import pictures_of
from ...models import Document, TextKind
from ...procedure import Refused, points_of
from ...procedure.conversation import office_letter
from ...procedure.reviewing import Point
from ..deeds.base import DeedForm
from ..deeds.forms import UploadField, line, long_text

PAGES_READ_OVER = 10


class WriteNote(DeedForm):
    text = long_text("Note", help_text="Entre collègues : l’étudiant ne la lit pas dans son espace.", rows=4)


class WriteToStudent(DeedForm):
    text_kind = TextKind.MESSAGE
    text = long_text("Message", rows=8)
    file = UploadField(label="Pièce jointe", required=False)

    def arguments(self) -> dict[str, Any]:
        upload = self.cleaned_data["file"]
        return {"text": self.cleaned_data["text"], "uploads": [upload] if upload else []}


class SendLetter(DeedForm):
    """A letter leaves as its author has read it over: the form holds the digest of what was shown, and sends nothing else.

    pictures: the letter's pages, as addresses that hold the picture itself; none before it was composed.
    """

    text_kind = TextKind.LETTER
    filled_from = {"subject": "subject", "text": "text"}
    layout = "admin/referrals/referral/_letter_fields.html"
    label_of_button = "Relire le courrier tel qu’il partira"
    subject = line("Objet", max_length=150)
    text = long_text("Texte", rows=12)

    def prepare(self) -> None:
        self.pictures: list[str] = []
        self.read_over = ""

    def is_read_over(self) -> bool:
        """Compose the letter where it was not read over as it now stands."""
        self.read_over = digest_of(**self.arguments())
        if self.data.get("read_over") == self.read_over:
            return True
        self._compose()
        return False

    def _compose(self) -> None:
        if self.by is None or not self.by.may_touch(self.referral):
            self.add_error(NON_FIELD_ERRORS, "Vous pouvez lire ce dossier, mais pas agir sur lui.")
            return
        try:
            letter = office_letter(self.referral, **self.arguments(), by=self.by, at=self.at)
        except Refused as refusal:
            self.add_error(NON_FIELD_ERRORS, refusal.sentence)
            return
        pictures = pictures_of(pdf_of(html_of(letter)), at_most=PAGES_READ_OVER)
        self.pictures = [f"data:image/png;base64,{b64encode(picture).decode()}" for picture in pictures]
        self.label_of_button = "Envoyer ce courrier"


def digest_of(*, subject: str, text: str) -> str:
    """Return by what a letter is known again."""
    return hashlib.sha256(f"{subject}\0{text}".encode()).hexdigest()


class GiveMandate(DeedForm):
    name = line("Personne mandatée", max_length=150, help_text="Le mandat écrit, ou la demande de l’étudiant, est au dossier.")

    def known(self) -> list[tuple[str, str]]:
        name = self.referral.mandated
        return [("Mandat au dossier", f"{name} ; il prend fin avec celui-ci")] if name else []


class EndMandate(DeedForm):
    def known(self) -> list[tuple[str, str]]:
        return [("Mandat au dossier", self.referral.mandated)]


class Row(NamedTuple):
    """One point of the check, its box and its reason."""

    point: Point
    box: BoundField
    ground: BoundField


class Review(DeedForm):
    """A box for each point, ticked where the rules find it met or the office said so; and why, where it departs from the rules."""

    layout = "admin/referrals/referral/_checklist.html"

    def prepare(self) -> None:
        self.points = points_of(self.referral, at=self.at)
        for point in self.points:
            self.fields[point.code] = forms.BooleanField(label="Rempli", required=False, initial=point.met)
            self.fields[f"{point.code}_ground"] = forms.CharField(
                label="Motif",
                required=False,
                max_length=500,
                initial=point.ground,
                widget=forms.TextInput(attrs={"class": "vTextField"}),
            )

    def rows(self) -> list[Row]:
        """Return the points in two: those that the rules speak against come first, for they are to be looked at."""
        rows = [Row(point, self[point.code], self[f"{point.code}_ground"]) for point in self.points]
        return sorted(rows, key=lambda row: row.point.against is None)

    def doubtful(self) -> list[Document]:
        """Return what stands in the file and may be unreadable."""
        return list(self.referral.documents.given().exclude(doubt=""))

    def arguments(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "points": {point.code: said[point.code] for point in self.points},
            "grounds": {point.code: said[f"{point.code}_ground"] for point in self.points},
        }
