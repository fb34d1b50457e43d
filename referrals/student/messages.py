"""Her messages: what the office and her adviser wrote to her, what she answered, and where she writes to the office."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from .. import procedure
from ..models import Document, Event, Referral
from ..rules.states import Action
from ..timeline import CONVERSATION
from .case import NotDraft
from .forms import LONGEST_TEXT, StepForm
from .uploads import FILES_AT_ONCE, UploadsField

SPEAKERS: dict[str, Promise] = {
    Action.WRITE_TO_STUDENT: gettext_lazy("Le rectorat vous écrit"),
    Action.WRITE_TO_OFFICE: gettext_lazy("Vous écrivez au rectorat"),
    Action.ADVISE_STUDENT: gettext_lazy("Le SCUIO-BAIP de votre université vous écrit"),
    Action.ADVISE_OFFICE: gettext_lazy("Le SCUIO-BAIP de votre université donne un avis au rectorat"),
}
"""Who speaks, and to whom."""


class MessageForm(StepForm):
    text = forms.CharField(
        label=gettext_lazy("Votre message au rectorat"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": gettext_lazy("Écrivez votre message.")},
    )
    files = UploadsField(
        label=gettext_lazy("Pièces jointes"),
        required=False,
        help_text=format_lazy(
            gettext_lazy("Jusqu’à {number} fichiers, choisis ensemble. PDF, JPEG ou PNG, 10 Mo au plus chacun."),
            number=FILES_AT_ONCE,
        ),
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
            who=str(SPEAKERS[event.kind]),
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
    done = gettext_lazy("Message envoyé au rectorat. Sa réponse arrivera ici, et un courriel vous le dira.")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"conversation": spoken(self.referral)}

    def act(self, form: MessageForm) -> None:
        said = form.cleaned_data
        procedure.write_to_office(self.referral.pk, text=said["text"], uploads=said["files"], by=self.her, at=self.at)

    def get_success_url(self) -> str:
        return self.address("messages")
