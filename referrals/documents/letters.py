"""Letters that go out: content frozen by the verb, rendered once, stored with its hash. One file serves mail and download."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pikepdf
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from ..language import in_french
from ..models import Document, DocumentKind, Referral
from ..models.people import NOWHERE
from .codes import grouped, new_code, picture_of
from .storing import keep_letter

TEMPLATES = {
    DocumentKind.RECEIPT: "letters/receipt.html",
    DocumentKind.ACCEPTANCE: "letters/acceptance.html",
    DocumentKind.INADMISSIBLE_LETTER: "letters/inadmissible.html",
    DocumentKind.CLOSING_LETTER: "letters/closing.html",
    DocumentKind.LETTER: "letters/office.html",
}
FILE_NAMES = {
    DocumentKind.RECEIPT: "accuse-de-reception",
    DocumentKind.ACCEPTANCE: "attestation-d-acceptation",
    DocumentKind.INADMISSIBLE_LETTER: "decision-irrecevabilite",
    DocumentKind.CLOSING_LETTER: "decision-cloture",
    DocumentKind.LETTER: "courrier",
}


ADDED_SINCE = {
    "vice_rectorate": False,
    "court": "",
    "address": "",
    "late": False,
    "law": "",
    "facts": "",
    "reasons": "",
    "exhausted": False,
    "proposed": None,
    "searched": [],
    "filed_at": "",
    "arrived_through": "",
    "english": False,
    "code": "",
    "verified_at": "",
}
"""What the letters of the first versions do not say; a letter is read as it was frozen, so this fills it in and changes nothing."""


def write_letter(referral: Referral, *, kind: DocumentKind, at: datetime, **content: Any) -> Document:
    """Freeze a letter of the referral: what it says is decided now, whenever it is rendered. ``content`` is plain JSON.

    The rectorate's address and the court are frozen too: remedies are those of the day the letter was written.
    """
    letter = frozen_letter(referral, kind=kind, at=at, **content)
    issue(letter)
    return letter


def issue(letter: Document) -> None:
    """Save a frozen letter, with the code by which anybody verifies it: from now on it is one that was sent."""
    assert letter.content is not None, "only a letter has a content"
    letter.code = new_code()
    code = grouped(letter.code)
    letter.content |= {"code": code, "verified_at": settings.SITE_URL + reverse("verify_letter", args=[code])}
    letter.save()


def frozen_letter(referral: Referral, *, kind: DocumentKind, at: datetime, **content: Any) -> Document:
    """Return a letter as `write_letter` freezes it, not saved: what would leave, to be read over."""
    academy, region = referral.licence_academy, referral.region
    assert academy is not None, "a letter is written once the referral is filed"
    assert region is not None, "a letter is written once the referral is filed"
    return Document(
        referral=referral,
        kind=kind,
        name=f"{FILE_NAMES[kind]}-{referral.number}.pdf",
        content_type="application/pdf",
        created_at=at,
        content={
            "number": referral.number,
            "region": region.name,
            "vice_rectorate": region.vice_rectorate,
            "court": region.court,
            "address": region.address,
            "campaign": referral.campaign.name,
            "student": referral.full_name,
            "email": referral.student.email,
            "at": at.astimezone(academy.tz).isoformat(),
            "zone": academy.zone,
            "academy": academy.name,
            "english": True,
            **content,
        },
    )


def rendered(document_id: int) -> Document:
    """Return the letter with its PDF, rendered and stored now if nobody has yet. Two at once render it once."""
    with transaction.atomic():
        document = Document.objects.select_for_update(no_key=True).get(pk=document_id)
        if not document.file:
            pdf = pdf_of(html_of(document), finisher=articles_are_english)
            document.file.name = keep_letter(pdf)
            document.pages = pages_of(pdf)
            document.size = len(pdf)
            document.sha256 = hashlib.sha256(pdf).hexdigest()
            document.save(update_fields=["file", "pages", "size", "sha256"])
        return document


def pages_of(pdf: bytes) -> int:
    """Return how many pages a PDF of our own has."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        return len(opened.pages)


def html_of(letter: Document) -> str:
    """Return the letter's frozen content as the HTML its PDF is made from."""
    assert letter.content is not None, "only a letter has a content"
    content = _filled(letter.content)
    said = {
        "letter": content,
        "written_on": datetime.fromisoformat(content["at"]),
        "received_at": datetime.fromisoformat(content["filed_at"] or content["at"]),
        "has_account": not content["email"].endswith(f"@{NOWHERE}"),
        "state_look": settings.STATE_LOOK,
        "address": ", ".join(content["address"].splitlines()),
        "picture": picture_of(content["verified_at"]) if content["code"] else "",
        "verify_page": content["verified_at"].removesuffix(f"{content['code']}/"),
        **_authority(content),
    }
    with in_french():  # whoever's page it is rendered for
        return render_to_string(TEMPLATES[DocumentKind(letter.kind)], said)


def _filled(content: dict[str, Any]) -> dict[str, Any]:
    """Return a frozen content with what letters of the first version lack.

    Those gave their reasons in one piece, and of who signed and of each formation asked for the name alone.
    """
    filled = ADDED_SINCE | content
    if isinstance(signatory := filled.get("signatory"), str):
        filled["signatory"] = {"name": signatory, "capacity": "", "delegation": ""}
    filled["searched"] = [
        asked if isinstance(asked, dict) else {"programme": asked, "asked_on": "", "outcome": ""} for asked in filled["searched"]
    ]
    return filled


def _authority(content: dict[str, Any]) -> dict[str, str]:
    """Return how the letter calls who decides: « vice- », before rectorate and rector, in the two Pacific territories.

    Code de l’éducation, art. R. 683-8: the vice-recteur of Polynésie française in the place of the recteur de région académique.
    """
    if content["vice_rectorate"]:
        return {"vice": "vice-", "rectorate": "vice-rectorat", "of_territory": f"de la {content['region']}"}
    return {"vice": "", "rectorate": "rectorat", "of_territory": f"de la région académique {content['region']}"}


PICTURE = "data:image/svg+xml;"
"""How the address of a picture that holds itself begins: a QR code."""


def pdf_of(html: str, *, finisher: Callable[[Any, Any], None] | None = None) -> bytes:
    """Render a page as an accessible archive PDF (PDF/A-3a). It may load the project's own files and pictures it holds itself.

    finisher: what WeasyPrint calls, last, with its document and its PDF.
    """
    # WeasyPrint loads its native libraries on import: only those who render pay for it.
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    base_url = f"{(settings.BASE_DIR / 'static').as_uri()}/"

    class OnlyOurFiles(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith((base_url, PICTURE)):
                raise ValueError(f"a PDF may load files of the project alone, not {url}")
            return super().fetch(url, headers)

    return HTML(string=html, base_url=base_url, url_fetcher=OnlyOurFiles()).write_pdf(pdf_variant="pdf/a-3a", finisher=finisher)


def articles_are_english(document: Any, pdf: Any) -> None:
    """Say so in the tree that a screen reader follows: WeasyPrint knows but one language, that of the whole."""
    import pydyf

    for element in pdf.objects:
        if isinstance(element, pydyf.Dictionary) and element.get("S") == "/Art":
            element["Lang"] = pydyf.String("en")
