"""Files that come in: known by their content, never by their name; stored under a random name, out of the web's reach.

Files that were chosen together are one document. What cannot be read is doubted, and kept: only what nobody could use is refused.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

import magic
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..language import in_french
from ..models import Document, DocumentKind, Doubt, Referral, Scan
from ..models.document import ADVICE, UNOPENED
from . import assembling, confined, scanning, storing
from .names import plain_name

PDF = "application/pdf"
EXTENSIONS = {PDF: ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic"}
"""What may be given, and how it is stored."""
MARK_OF_A_PDF, MARKED_WITHIN = b"%PDF-", 1024
"""Readers take a PDF for one though something stands before it, as some scanners and mailers leave it."""
ALIASES = {"image/heif": "image/heic"}
UNKNOWN = ("application/octet-stream", "text/plain")
READ_EVERYWHERE = (PDF, "image/jpeg", "image/png")
"""What is kept as it came; any other picture becomes a PDF."""
SNIFFED_BYTES = 4096
TOGETHER_MAX_BYTES = 60 * 1024 * 1024
MB = 1024**2

EMPTY = _("Ce fichier est vide. Choisissez-en un autre.")
TOO_LARGE = _("Ce fichier pèse %(size)s Mo ; la limite est de %(limit)s Mo. Réduisez-le ou scannez-le en plus petit.")
OF_ANOTHER_TYPE = _("Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG. Enregistrez-le en PDF, ou photographiez le document.")
TO_BE_CONVERTED = _(
    "Ce fichier vient d’un traitement de texte ou d’un tableur. Ouvrez-le, choisissez « Enregistrer sous » ou « Exporter », puis "
    "« PDF », et envoyez le PDF."
)
OFFICE_TYPES = re.compile(r"application/(msword|rtf|vnd\.(openxmlformats|oasis|ms-|apple))|text/rtf")
UNOPENED_PAGE = "Le fichier « {name} » ne s’ouvre pas : {doubt}. Il est joint à l’original de ce document, tel qu’il est arrivé."
"""On the page that stands for it, which the office reads."""


class Unreadable(Exception):
    """The file cannot serve. ``sentence`` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotAssembled(Exception):
    """The files did not become one, or not within the limits of `assembling`."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that was examined. size in bytes; sha256 in hexadecimal; pages: how many can be looked at.

    doubt: why it may be unreadable, empty where nothing speaks against it; doubted: the name of the file it is about.
    """

    file: File
    name: str
    content_type: str
    size: int
    sha256: str
    doubt: str = ""
    doubted: str = ""
    pages: int | None = None

    @property
    def warning(self) -> str:
        """What its student is told at once; empty where nothing is to be doubted."""
        if not self.doubt:
            return ""
        said = {"name": self.doubted, "advice": ADVICE[Doubt(self.doubt)]}
        return gettext("« %(name)s » est reçu et gardé quand même. %(advice)s") % said


def examine(file: File) -> Upload:
    """Return what ``file`` really is, with what makes one doubt that it can be read.

    Raises Unreadable for an empty or a too large file, or one of another type.
    """
    size = file.size or 0
    refuse_size(size)
    content_type = type_of(file)
    if content_type not in EXTENSIONS:
        raise Unreadable(str(TO_BE_CONVERTED if OFFICE_TYPES.match(content_type) else OF_ANOTHER_TYPE))
    file.seek(0)
    doubt, pages = _judged(file.read(), content_type)
    name = plain_name(file.name or "")
    return _upload(file, name=name, content_type=content_type, doubt=doubt, doubted=name if doubt else "", pages=pages)


def type_of(file: File) -> str:
    """Return what the first bytes of ``file`` say it is, whatever its name says."""
    file.seek(0)
    start = file.read(SNIFFED_BYTES)
    content_type = magic.from_buffer(start, mime=True)
    if content_type in UNKNOWN and MARK_OF_A_PDF in start[:MARKED_WITHIN]:
        return PDF
    return ALIASES.get(content_type, content_type)


def _judged(content: bytes, content_type: str) -> tuple[str, int]:
    """Return what is to be doubted of a file, and how many pages of it can be looked at."""
    try:
        said = json.loads(confined.run("judging", content_type, content=content))
    except confined.TooMuch:
        return Doubt.HEAVY, 0
    except confined.Failed:
        return Doubt.DAMAGED, 0
    return Doubt(said["doubt"]) if said["doubt"] else "", said["pages"]


def refuse_size(size: int) -> None:
    """Raises Unreadable for a file of no byte, or of too many."""
    if size == 0:
        raise Unreadable(str(EMPTY))
    if size > settings.UPLOAD_MAX_BYTES:
        raise Unreadable(TOO_LARGE % {"size": f"{size / MB:.0f}", "limit": settings.UPLOAD_MAX_BYTES // MB})


def opened(upload: Upload) -> Upload:
    """Return an upload that opens. Raises Unreadable for one that is locked or damaged: who can do better at once has to."""
    if upload.doubt in UNOPENED:
        raise Unreadable(str(UNOPENED_SAID[Doubt(upload.doubt)]))
    return upload


UNOPENED_SAID = {
    Doubt.LOCKED: _("Ce PDF est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis recommencez."),
    Doubt.DAMAGED: _("Ce fichier est abîmé et ne s’ouvre pas. Enregistrez-le de nouveau, puis recommencez."),
    Doubt.HEAVY: _("Ce fichier est trop lourd à ouvrir. Imprimez-le en PDF, puis recommencez avec le nouveau fichier."),
}


def together(uploads: Sequence[Upload]) -> Upload:
    """Return what is to be kept of files chosen together, in their order: one document.

    A PDF, a JPEG or a PNG alone stays as it came, and so does what does not open. Anything else becomes a PDF, which alone is kept.
    Raises Unreadable where they are too large together.
    """
    first, *others = uploads
    if not others and (first.content_type in READ_EVERYWHERE or first.doubt in UNOPENED):
        return first
    if (size := sum(upload.size for upload in uploads)) > TOGETHER_MAX_BYTES:
        said = {"size": size // MB, "limit": TOGETHER_MAX_BYTES // MB}
        raise Unreadable(
            gettext("Ces fichiers pèsent %(size)s Mo ensemble ; la limite est de %(limit)s Mo. Envoyez-les en deux fois.") % said
        )
    doubted = next((upload for upload in uploads if upload.doubt), None)
    try:
        content = _assembled(uploads)
    except NotAssembled:  # each may open and all together be too much: then they are kept as they came
        uploads = [replace(upload, doubt=upload.doubt or Doubt.DAMAGED, doubted=upload.name) for upload in uploads]
        doubted = uploads[0]
        content = _assembled(uploads)
    return _upload(
        ContentFile(content),
        name=f"{PurePath(first.name).stem[:190] or 'document'}.pdf",
        content_type=PDF,
        doubt=doubted.doubt if doubted else "",
        doubted=doubted.name if doubted else "",
        pages=sum(1 if upload.doubt in UNOPENED else upload.pages or 0 for upload in uploads),
    )


def claim(referral: Referral, upload: Upload, *, kind: DocumentKind, at: datetime) -> Document:
    """Store the file, and write the row that claims it as a document of ``referral``.

    Where there is a virus scanner, nobody gets its bytes before that has seen them; nothing else waits: it has arrived.
    """
    document = Document.objects.create(
        referral=referral,
        kind=kind,
        name=upload.name,
        content_type=upload.content_type,
        file=storing.keep(upload.file, kind=kind, extension=EXTENSIONS[upload.content_type]),
        size=upload.size,
        sha256=upload.sha256,
        pages=upload.pages,
        doubt=upload.doubt,
        scan=Scan.WAITING if settings.CLAMAV_URL else Scan.NONE,
        created_at=at,
    )
    scanning.ask_for(document)
    return document


def _upload(file: File, *, name: str, content_type: str, doubt: str, doubted: str, pages: int | None) -> Upload:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    size = file.size or 0
    return Upload(
        file=file, name=name, content_type=content_type, size=size, sha256=digest, doubt=doubt, doubted=doubted, pages=pages
    )


def _assembled(uploads: Sequence[Upload]) -> bytes:
    """Return one PDF of these files. Raises NotAssembled."""
    parts = []
    with in_french():
        for upload in uploads:
            upload.file.seek(0)
            content = upload.file.read()
            unopened = upload.doubt in UNOPENED
            say = UNOPENED_PAGE.format(name=upload.name, doubt=Doubt(upload.doubt).label) if unopened else ""
            part: assembling.Part = {
                "name": upload.name,
                "content_type": upload.content_type,
                "size": len(content),
                "say": say,
            }
            parts.append((part, content))
    try:
        return confined.run("assembling", content=assembling.packed(parts))
    except confined.Failed as failed:
        raise NotAssembled from failed
