"""Her messages: what the office and her adviser wrote to her, what she answered, and where she writes to the office."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from .. import procedure
from ..documents.uploads import Upload
from ..models import Document, Event, Referral
from ..rules.states import Action
from ..timeline import CONVERSATION
from .case import NotDraft
from .forms import LONGEST_TEXT, StepForm, UploadField

FILES_AT_ONCE = 5
SPEAKERS: dict[str, str] = {
    Action.WRITE_TO_STUDENT: "Le rectorat vous écrit",
    Action.WRITE_TO_OFFICE: "Vous écrivez au rectorat",
    Action.ADVISE_STUDENT: "Le SCUIO-BAIP de votre université vous écrit",
    Action.ADVISE_OFFICE: "Le SCUIO-BAIP de votre université donne un avis au rectorat",
}
"""Who speaks, and to whom."""


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class UploadsField(UploadField):
    """Several files at once; its value is the list of the examined ones."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget = SeveralFiles(attrs=self.widget.attrs)

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:  # type: ignore[override]
        files = data or []
        if len(files) > FILES_AT_ONCE:
            raise forms.ValidationError(
                f"Joignez {FILES_AT_ONCE} fichiers au plus ; les autres peuvent suivre dans un second message."
            )
        uploads, wrong = [], []
        for file in files:
            try:
                uploads.append(super().clean(file, initial))
            except forms.ValidationError as error:
                wrong += [f"{file.name} : {sentence}" for sentence in error.messages]
        if wrong:
            raise forms.ValidationError(wrong)
        return [upload for upload in uploads if upload is not None]


class MessageForm(StepForm):
    text = forms.CharField(
        label="Votre message au rectorat",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Écrivez votre message."},
    )
    files = UploadsField(
        label="Pièces jointes",
        required=False,
        help_text=f"Jusqu’à {FILES_AT_ONCE} fichiers, choisis ensemble. PDF, JPEG ou PNG, 10 Mo au plus chacun.",
    )


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One message of the conversation, as she reads it."""

    event: Event
    who: str
    is_hers: bool
    attached: Sequence[Document]


def spoken(referral: Referral) -> list[Spoken]:
    """Return the conversation, the latest first, in two queries however long it is."""
    events = list(referral.events.of_case().filter(kind__in=CONVERSATION).order_by("-seq"))
    attached = {pk for event in events for pk in event.payload.get("attached", ())}
    documents = referral.documents.in_bulk(attached) if attached else {}
    return [
        Spoken(
            event=event,
            who=SPEAKERS[event.kind],
            is_hers=event.kind == Action.WRITE_TO_OFFICE,
            attached=[documents[pk] for pk in event.payload.get("attached", ()) if pk in documents],
        )
        for event in events
    ]


class MessagesView(NotDraft):
    """The conversation, and the form that goes on with it."""

    action = Action.WRITE_TO_OFFICE
    template_name = "student/messages.html"
    form_class = MessageForm
    done = "Message envoyé au rectorat. Sa réponse arrivera ici, et un courriel vous le dira."

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"spoken": spoken(self.referral)}

    def act(self, form: MessageForm) -> None:
        said = form.cleaned_data
        procedure.write_to_office(self.referral.pk, text=said["text"], uploads=said["files"], by=self.her, at=self.at)

    def get_success_url(self) -> str:
        return self.address("messages")
