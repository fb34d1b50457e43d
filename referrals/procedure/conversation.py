"""What is said about a file: notes among colleagues, messages between the office and the student, letters, an adviser's word.

The text is the event's note: it stands outside the chain, and can be destroyed.
"""

from collections.abc import Sequence
from datetime import datetime

from ..documents.letters import write_letter
from ..documents.uploads import Upload, claim
from ..models import DocumentKind
from ..rules.states import Action
from .moving import By, Refused, Step, moving


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
        step.note = _said(text)


def advise_office(referral_id: int, *, text: str, by: By, at: datetime) -> None:
    """An adviser of her university tells the office what she thinks of the case. The student reads it too."""
    with moving(Action.ADVISE_OFFICE, referral_id=referral_id, by=by, at=at) as step:
        step.note = _said(text)


def send_letter(referral_id: int, *, subject: str, text: str, by: By, at: datetime) -> None:
    """Send the student a letter that decides nothing: frozen, archived as a PDF, joined to her mail."""
    with moving(Action.SEND_LETTER, referral_id=referral_id, by=by, at=at) as step:
        letter = write_letter(
            step.referral, kind=DocumentKind.LETTER, at=at, subject=subject, text=_said(text), signatory=letter_signatory(by, step)
        )
        step.payload |= {"document": letter.pk}
        step.note = f"{subject}\n{text}"


def letter_signatory(by: By, step: Step) -> dict[str, str]:
    """Return who signs a letter that decides nothing: her name, and her quality where a delegation states it."""
    signature = by.signature_on(step.referral)
    return {"name": by.name, "capacity": signature.capacity if signature else "", "delegation": ""}


def _say(step: Step, text: str, uploads: Sequence[Upload]) -> None:
    step.note = _said(text)
    attached = [claim(step.referral, upload, kind=DocumentKind.ATTACHMENT, at=step.at) for upload in uploads]
    if attached:
        step.payload |= {"attached": [document.pk for document in attached]}


def _said(text: str) -> str:
    """Return ``text`` without the space around it.

    Raises Refused where nothing is left.
    """
    if not text.strip():
        raise Refused("nothing_said", "Le message est vide.")
    return text.strip()
