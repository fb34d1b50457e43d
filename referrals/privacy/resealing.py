"""Taking what is confidential over to a new key. One row at a time, so that it can be stopped, and run twice."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from ..documents import storing
from ..models import Document, DocumentKind, Event, HealthRequest, Strand
from ..sealing import Purpose, is_current, is_sealed_text, seal_text, sealed_bytes, unseal_text


def reseal() -> dict[str, int]:
    """Seal anew, and return how much of each was. What no key opens raises Unopened, and stays as it is."""
    return {what: sum(map(act, list(ids()))) for what, (ids, act) in WHAT.items()}


def _is_to_do(text: str) -> bool:
    return bool(text) and not (is_sealed_text(text) and is_current(sealed_bytes(text), purpose=Purpose.HEALTH))


def _document(pk: int) -> bool:
    """Write it anew under another name, then let the row claim that: at no instant does it stand nowhere."""
    with transaction.atomic():
        document = Document.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
        former = document.file.name
        if storing.is_sealed_today(former):
            return False
        with storing.stored(former) as content:
            document.file.name = storing.keep(content, kind=DocumentKind.HEALTH, extension="")
        document.save(update_fields=["file"])
        transaction.on_commit(lambda: storing.forget([former]))
    return True


def _request(pk: int) -> bool:
    """Loaded, its texts are in the clear; saved, they are sealed by today's key."""
    with transaction.atomic():
        request = HealthRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
        as_stored = [Cast(name, TextField()) for name in ("words", "needs")]
        if not any(map(_is_to_do, HealthRequest.objects.values_list(*as_stored).get(pk=pk))):
            return False
        request.save(update_fields=["words", "needs"])
    return True


def _event(pk: int) -> bool:
    """The digest under the chain is that of the words, and stands."""
    note = Event.objects.values_list("note", flat=True).get(pk=pk)
    if not _is_to_do(note):
        return False
    sealed = seal_text(unseal_text(note, purpose=Purpose.HEALTH), purpose=Purpose.HEALTH)
    return bool(Event.objects.filter(pk=pk, note=note).update(note=sealed))


WHAT: dict[str, tuple[Callable, Callable[[int], bool]]] = {
    "documents": (lambda: Document.objects.filter(kind=DocumentKind.HEALTH).values_list("pk", flat=True), _document),
    "requests": (lambda: HealthRequest.objects.values_list("pk", flat=True), _request),
    "events": (lambda: Event.objects.filter(strand=Strand.HEALTH).exclude(note="").values_list("pk", flat=True), _event),
}
"""What is confidential: all of it, and what seals one of it anew; whether there was anything to do."""
