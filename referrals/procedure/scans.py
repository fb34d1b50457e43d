"""What the virus scanner found: from then on a file is served, or never; and its student is told."""

from datetime import datetime

from ..models import Document, DocumentKind, Doubt, EventKind, Scan, Strand
from .moving import CLOCK, locked, record, transacting

LONGEST_NAME = 100


def settle_scan(document_id: int, *, virus: str, at: datetime) -> None:
    """Write down what the scanner said of a document: the name of the virus in it, or nothing. Said twice, it is said once.

    Where it found one nobody ever gets the bytes; that the document arrived in time stays true, and no limit changes.
    """
    with transacting():
        referral = locked(Document.objects.values_list("referral_id", flat=True).get(pk=document_id))
        document = referral.documents.select_for_update(of=("self",), no_key=True).get(pk=document_id)
        if document.scan in (Scan.CLEAN, Scan.INFECTED):
            return
        document.scan, document.scanned_at = (Scan.INFECTED if virus else Scan.CLEAN), at
        if virus:
            document.doubt = Doubt.INFECTED
        document.save(update_fields=["scan", "scanned_at", "doubt"])
        if virus and not document.replaced_at:
            is_confidential = document.kind == DocumentKind.HEALTH
            record(
                referral,
                kind=EventKind.HEALTH_FILE_BLOCKED if is_confidential else EventKind.FILE_BLOCKED,
                by=CLOCK,
                at=at,
                payload={"document": document.pk, "virus": virus[:LONGEST_NAME]},
                strand=Strand.HEALTH if is_confidential else Strand.CASE,
            )
