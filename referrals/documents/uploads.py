"""Files that come in: known by their content, never by their name; stored under a random name, out of the web's reach.

Files that were chosen together are one document. What cannot be read is doubted, and kept: only what nobody could use is refused.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from uuid import uuid4

import magic
import pikepdf
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageStat

from ..language import in_french
from ..models import Document, DocumentKind, Doubt, Referral
from ..models.document import ADVICE, UNOPENED
from . import assembling
from .pages import NoSuchPage, NotDrawn, picture_of

PDF = "application/pdf"
EXTENSIONS = {PDF: ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic"}
"""What may be given, and how it is stored."""
ALIASES = {"image/heif": "image/heic"}
READ_EVERYWHERE = (PDF, "image/jpeg", "image/png")
"""What is kept as it came; any other picture becomes a PDF."""
SNIFFED_BYTES = 4096
MAX_PIXELS = 60_000_000
SMALLEST = (600, 150)
"""Pixels of the long side and of the short one: on less, nobody reads a page."""
FAINTEST = 3.0
"""How far the greys of a picture must differ (standard deviation, out of 255) before there is anything to see."""
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
UNOPENED_PAGE = "Le fichier « {name} » ne s’ouvre pas : {doubt}. Il est joint à ce PDF tel qu’il est arrivé."
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
    """A file that was examined. size in bytes; sha256 in hexadecimal.

    doubt: why it may be unreadable, empty where nothing speaks against it; doubted: the name of the file it is about.
    """

    file: File
    name: str
    content_type: str
    size: int
    sha256: str
    doubt: str = ""
    doubted: str = ""

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
    file.seek(0)
    content_type = magic.from_buffer(file.read(SNIFFED_BYTES), mime=True)
    content_type = ALIASES.get(content_type, content_type)
    if content_type not in EXTENSIONS:
        raise Unreadable(str(TO_BE_CONVERTED if OFFICE_TYPES.match(content_type) else OF_ANOTHER_TYPE))
    file.seek(0)
    doubt = _doubt_about_pdf(file) if content_type == PDF else _doubt_about_picture(file, content_type)
    name = plain_name(file.name or "")
    return _upload(file, name=name, content_type=content_type, doubt=doubt, doubted=name if doubt else "")


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
    )


def store(upload: Upload) -> str:
    """Write the file, before the row that claims it, and return the name it was stored under."""
    upload.file.seek(0)
    return default_storage.save(f"recus/{uuid4().hex}{EXTENSIONS[upload.content_type]}", upload.file)


def claim(referral: Referral, upload: Upload, *, kind: DocumentKind, at: datetime) -> Document:
    """Store the file, and write the row that claims it as a document of ``referral``."""
    return Document.objects.create(
        referral=referral,
        kind=kind,
        name=upload.name,
        content_type=upload.content_type,
        file=store(upload),
        size=upload.size,
        sha256=upload.sha256,
        doubt=upload.doubt,
        created_at=at,
    )


def plain_name(name: str) -> str:
    """Return the last part of ``name`` without control characters, for display only."""
    return re.sub(r"[\x00-\x1f\x7f]", "", PurePath(name.replace("\\", "/")).name)[:200] or "document"


def _upload(file: File, *, name: str, content_type: str, doubt: str, doubted: str) -> Upload:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return Upload(file=file, name=name, content_type=content_type, size=file.size or 0, sha256=digest, doubt=doubt, doubted=doubted)


def _doubt_about_pdf(file: File) -> str:
    try:
        with pikepdf.open(file) as pdf:
            return "" if len(pdf.pages) else Doubt.DAMAGED
    except pikepdf.PasswordError:
        return Doubt.LOCKED
    except Exception:  # on broken bytes a reader may raise anything: to her it is one and the same
        return Doubt.DAMAGED


def _doubt_about_picture(file: File, content_type: str) -> str:
    """Look at the picture as the office will. Raises Unreadable where it has more pixels than anybody may draw."""
    _refuse_pixels(file, content_type)
    file.seek(0)
    try:
        picture = Image.open(BytesIO(picture_of(file.read(), content_type, 1)))
    except (NotDrawn, NoSuchPage):
        return Doubt.DAMAGED
    long, short = SMALLEST
    if max(picture.size) < long or min(picture.size) < short:
        return Doubt.SMALL
    return "" if ImageStat.Stat(picture.convert("L")).stddev[0] > FAINTEST else Doubt.BLANK


def _refuse_pixels(file: File, content_type: str) -> None:
    if content_type == "image/heic":
        return  # only who draws it, within limits, may open it
    try:
        with Image.open(file) as image:
            pixels = image.width * image.height
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pixels = MAX_PIXELS + 1
    except Exception:  # whoever draws it will say the same
        return
    if pixels > MAX_PIXELS:
        raise Unreadable(gettext("Cette image est trop grande. Réduisez-la, ou photographiez le document de nouveau."))


def _assembled(uploads: Sequence[Upload]) -> bytes:
    """Return one PDF of these files. Raises NotAssembled."""
    with TemporaryDirectory() as folder, in_french():
        parts = []
        for number, upload in enumerate(uploads):
            path = f"{number}{EXTENSIONS[upload.content_type]}"
            upload.file.seek(0)
            Path(folder, path).write_bytes(upload.file.read())
            unopened = upload.doubt in UNOPENED
            say = UNOPENED_PAGE.format(name=upload.name, doubt=Doubt(upload.doubt).label) if unopened else ""
            parts.append({"path": path, "name": upload.name, "content_type": upload.content_type, "say": say})
        Path(folder, "parts.json").write_text(json.dumps(parts))
        command = [sys.executable, "-I", assembling.__file__, folder]
        try:
            done = subprocess.run(command, capture_output=True, timeout=2 * assembling.SECONDS, env={}, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise NotAssembled from None
    if done.returncode or not done.stdout:
        raise NotAssembled(done.stderr[-500:].decode(errors="replace"))
    return done.stdout
