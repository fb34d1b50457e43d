"""What is said about a file: notes among colleagues, messages between the office and the student, letters, an adviser's word.

The text is the event's note: it stands outside the chain, and can be destroyed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from ..documents.letters import frozen_letter, issue
from ..documents.uploads import Upload, claim
from ..models import Document, DocumentKind, Event, Referral
from ..rules.states import Action
from .moving import By, Refused, Step, moving

SECOND_CLICK = timedelta(minutes=10)
"""Within so long the same words are the same message: a page sent twice, or loaded again."""


def write_note(referral_id: int, *, text: str, by: By, at: datetime) -> None:
    """Note something for one's colleagues; the student never reads it in her space."""
    with moving(Action.WRITE_NOTE, referral_id=referral_id, by=by, at=at) as step:
        step.note = _said(text)


def write_to_student(referral_id: int, *, text: str, by: By, at: datetime, uploads: Sequence[Upload] = ()) -> None:
    """Write to the student, with files where given; she is told by mail, and reads it in her space."""
    with moving(Action.WRITE_TO_STUDENT, referral_id=referral_id, by=by, at=at) as step:
        _say(step, text, uploads)


def write_to_office(referral_id: int, *, text: str, by: By, at: datetime, uploads: Sequence[Upload] = ()) -> None:
    """The student writes to the office, with files where given; who is in charge of her file is told by mail."""
    with moving(Action.WRITE_TO_OFFICE, referral_id=referral_id, by=by, at=at) as step:
        _say(step, text, uploads)


def advise_student(referral_id: int, *, text: str, by: By, at: datetime) -> None:
    """An adviser of her university writes to the student, who agreed to be followed."""
    with moving(Action.ADVISE_STUDENT, referral_id=referral_id, by=by, at=at) as step:
        _advise(step, text)


def advise_office(referral_id: int, *, text: str, by: By, at: datetime) -> None:
    """An adviser of her university tells the office what she thinks of the case. The student reads it too."""
    with moving(Action.ADVISE_OFFICE, referral_id=referral_id, by=by, at=at) as step:
        _advise(step, text)


def send_letter(referral_id: int, *, subject: str, text: str, by: By, at: datetime) -> None:
    """Send the student a letter that decides nothing: frozen, archived as a PDF, joined to her mail."""
    with moving(Action.SEND_LETTER, referral_id=referral_id, by=by, at=at) as step:
        letter = office_letter(step.referral, subject=subject, text=text, by=by, at=at)
        issue(letter)
        step.payload |= {"document": letter.pk}
        step.note = f"{subject}\n{text}"


def office_letter(referral: Referral, *, subject: str, text: str, by: By, at: datetime) -> Document:
    """Return a letter that decides nothing, frozen as it would leave; not saved, so that one may read it over first.

    It is signed by who writes it, in her quality where a delegation states it.
    Raises Refused where it says nothing.
    """
    signature = by.signature_on(referral)
    signatory = {"name": by.name, "capacity": signature.capacity if signature else "", "delegation": ""}
    return frozen_letter(referral, kind=DocumentKind.LETTER, at=at, subject=subject, text=_said(text), signatory=signatory)


def _advise(step: Step, text: str) -> None:
    """Say ``text`` once: the same words again, by the same person, moments later, are a second click."""
    step.note = _said(text)
    step.repeated = _said_moments_ago(step) is not None


def _say(step: Step, text: str, uploads: Sequence[Upload]) -> None:
    """As `_advise`, with files: the same words with other files are another message."""
    step.note = _said(text)
    if last := _said_moments_ago(step):
        files = step.referral.documents.filter(pk__in=last.payload.get("attached", ()))
        step.repeated = sorted(files.values_list("sha256", flat=True)) == sorted(upload.sha256 for upload in uploads)
    if step.repeated:
        return
    attached = [claim(step.referral, upload, kind=DocumentKind.ATTACHMENT, at=step.at) for upload in uploads]
    if attached:
        step.payload |= {"attached": [document.pk for document in attached]}


def _said_moments_ago(step: Step) -> Event | None:
    """Return what the same person said last, where these are the same words, moments ago."""
    hers = step.referral.events.of_case().filter(kind=step.action, user_id_then=step.by.user_id)
    last = hers.order_by("-seq").first()
    return last if last is not None and last.note == step.note and step.at - last.at < SECOND_CLICK else None


def _said(text: str) -> str:
    """Return ``text`` without the space around it.

    Raises Refused where nothing is left.
    """
    if not text.strip():
        raise Refused("nothing_said", _("Le message est vide."))
    return text.strip()
