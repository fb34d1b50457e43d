"""Files that come in: known by their content, never by their name; stored under a random name, out of the web's reach."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from uuid import uuid4

import magic
import pikepdf
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from PIL import Image

from ..models import Document, DocumentKind, Referral

EXTENSIONS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
"""What may be given, and how it is stored."""
SNIFFED_BYTES = 4096
MAX_PIXELS = 60_000_000


class Unreadable(Exception):
    """The file cannot serve. ``sentence`` says why and what to do, in French."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that was examined. size in bytes; sha256 in hexadecimal."""

    file: File
    name: str
    content_type: str
    size: int
    sha256: str


def examine(file: File) -> Upload:
    """Return what ``file`` really is.

    Raises Unreadable for an empty, too large, damaged or password-protected file, or one of another type.
    """
    size = file.size or 0
    if size == 0:
        raise Unreadable("Ce fichier est vide. Choisissez-en un autre.")
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 1024**2
        raise Unreadable(
            f"Ce fichier pèse {size / 1024**2:.0f} Mo ; la limite est de {limit} Mo. Réduisez-le ou scannez-le en plus petit."
        )
    file.seek(0)
    content_type = magic.from_buffer(file.read(SNIFFED_BYTES), mime=True)
    if content_type not in EXTENSIONS:
        raise Unreadable(
            "Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG. Enregistrez-le en PDF, ou photographiez le document."
        )
    file.seek(0)
    _open(file, content_type)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return Upload(file=file, name=_plain_name(file.name or ""), content_type=content_type, size=size, sha256=digest)


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
        created_at=at,
    )


def _open(file: File, content_type: str) -> None:
    """Raise Unreadable where the file does not open as what it says it is."""
    try:
        if content_type == "application/pdf":
            with pikepdf.open(file) as pdf:
                if not pdf.pages:
                    raise Unreadable("Ce PDF ne contient aucune page.")
        else:
            with Image.open(file) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise Unreadable("Cette image est trop grande. Réduisez-la, ou photographiez le document de nouveau.")
                image.verify()
    except Unreadable:
        raise
    except pikepdf.PasswordError:
        raise Unreadable("Ce PDF est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis recommencez.") from None
    except Exception as error:  # on broken bytes a decoder may raise anything: to her it is one and the same
        raise Unreadable("Ce fichier est abîmé et ne s’ouvre pas. Enregistrez-le de nouveau, puis recommencez.") from error


def _plain_name(name: str) -> str:
    """Return the last part of ``name`` without control characters, for display only."""
    return re.sub(r"[\x00-\x1f\x7f]", "", PurePath(name.replace("\\", "/")).name)[:200] or "document"
