"""Letters that go out: content frozen by the verb, rendered once, stored with its hash. One file serves mail and download."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.loader import render_to_string

from ..models import Document, DocumentKind, Referral

TEMPLATES = {
    DocumentKind.RECEIPT: "letters/receipt.html",
    DocumentKind.INADMISSIBLE_LETTER: "letters/inadmissible.html",
    DocumentKind.CLOSING_LETTER: "letters/closing.html",
}
FILE_NAMES = {
    DocumentKind.RECEIPT: "accuse-de-reception",
    DocumentKind.INADMISSIBLE_LETTER: "decision-irrecevabilite",
    DocumentKind.CLOSING_LETTER: "decision-cloture",
}


def write_letter(referral: Referral, *, kind: DocumentKind, at: datetime, **content: Any) -> Document:
    """Freeze a letter of the referral: what it says is decided now, whenever it is rendered. ``content`` is plain JSON."""
    academy = referral.licence_academy
    assert academy is not None and referral.region is not None and referral.number is not None
    return Document.objects.create(
        referral=referral,
        kind=kind,
        name=f"{FILE_NAMES[kind]}-{referral.number}.pdf",
        content_type="application/pdf",
        created_at=at,
        content={
            "number": referral.number,
            "region": referral.region.name,
            "campaign": referral.campaign.name,
            "student": referral.full_name,
            "email": referral.student.email,
            "at": at.astimezone(academy.tz).isoformat(),
            "zone": academy.zone,
            "academy": academy.name,
            **content,
        },
    )


def rendered(document_id: int) -> Document:
    """Return the letter with its PDF, rendered and stored now if nobody has yet. Two at once render it once."""
    with transaction.atomic():
        document = Document.objects.select_for_update(no_key=True).get(pk=document_id)
        if not document.file:
            pdf = _pdf(document)
            document.file.name = default_storage.save(f"lettres/{uuid4().hex}.pdf", ContentFile(pdf))
            document.size = len(pdf)
            document.sha256 = hashlib.sha256(pdf).hexdigest()
            document.save(update_fields=["file", "size", "sha256"])
        return document


def _pdf(document: Document) -> bytes:
    """Render the frozen content as an accessible archive PDF (PDF/A-3a)."""
    # WeasyPrint loads its native libraries on import: only those who render pay for it.
    from weasyprint import HTML, default_url_fetcher

    def only_local_files(url: str, *args: Any, **kwargs: Any) -> Any:
        if not url.startswith(f"file://{settings.BASE_DIR}/static/"):
            raise ValueError(f"a letter may load files of the project alone, not {url}")
        return default_url_fetcher(url, *args, **kwargs)

    html = render_to_string(
        TEMPLATES[DocumentKind(document.kind)],
        {
            "letter": document.content,
            "written_on": datetime.fromisoformat(document.content["at"]),
            "state_look": settings.STATE_LOOK,
        },
    )
    base_url = f"file://{settings.BASE_DIR}/static/"
    return HTML(string=html, base_url=base_url, url_fetcher=only_local_files).write_pdf(pdf_variant="pdf/a-3a")
