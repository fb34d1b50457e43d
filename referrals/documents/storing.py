"""The one entrance to what is stored: each byte of a document is written and read here, on a disk or on S3-compatible storage.

A file lies under a random name that says nothing of its person, out of the web's reach. Nothing is ever served from here to
anybody: a view asks `served`, which withholds what the virus scanner has not seen yet, or has seen too well.
"""

from collections.abc import Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from uuid import uuid4

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from ..models import Document, DocumentKind
from ..sealing import Purpose, is_current, seal, unseal

RECEIVED, LETTERS, PARTS, LISTS = "recus", "lettres", "parties", "effacements"
"""The folders: what people give, what the office writes, what is still on its way, and the opaque keys of what was destroyed."""
SEALED = ".scelle"
"""The end of the name of what lies here sealed: what is told to the medical adviser alone, and what is on its way to whomever."""
IN_MEMORY = 1024 * 1024
"""Bytes of a file in parts that are put together in memory; more goes through the disk."""


class Withheld(Exception):
    """The file waits for the virus scanner, or the scanner found one in it: nobody gets its bytes."""


def keep(content: File, *, kind: DocumentKind, extension: str) -> str:
    """Write what was received, before the row that claims it, and return the name it is stored under."""
    content.seek(0)
    if kind == DocumentKind.HEALTH:
        return _keep_sealed(f"{RECEIVED}/{uuid4().hex}", content.read())
    return default_storage.save(f"{RECEIVED}/{uuid4().hex}{extension}", content)


def keep_letter(pdf: bytes) -> str:
    """Write a letter's PDF, and return the name it is stored under."""
    return default_storage.save(f"{LETTERS}/{uuid4().hex}.pdf", ContentFile(pdf))


def keep_part(part: bytes) -> str:
    """Write one part of a file that is on its way, and return the name it is stored under."""
    return _keep_sealed(f"{PARTS}/{uuid4().hex}", part)


def keep_list(keys: bytes) -> str:
    """Write a list of what is about to be destroyed, and return the name it is stored under."""
    return default_storage.save(f"{LISTS}/{uuid4().hex}.json", ContentFile(keys))


def _keep_sealed(name: str, content: bytes) -> str:
    return default_storage.save(f"{name}{SEALED}", ContentFile(seal(content, purpose=Purpose.HEALTH)))


def stored(name: str) -> File:
    """Open what is stored under ``name``, as it came. Raises FileNotFoundError, Unopened, and ValueError for no name at all."""
    if not name:
        raise ValueError("nothing is stored yet")
    file = default_storage.open(name)
    if not name.endswith(SEALED):
        return file
    with file:
        return ContentFile(unseal(file.read(), purpose=Purpose.HEALTH), name=name)


def is_sealed_today(name: str) -> bool:
    """Whether what is stored under ``name`` is sealed, by the key that seals today. Raises FileNotFoundError."""
    if not name.endswith(SEALED):
        return False
    with default_storage.open(name) as file:
        return is_current(file.read(), purpose=Purpose.HEALTH)


def served(document: Document) -> File:
    """Open a document's file for somebody who may see it. Raises Withheld, FileNotFoundError."""
    if document.is_withheld:
        raise Withheld(document.key)
    return stored(document.file.name)


def joined(names: Sequence[str]) -> File:
    """Open the parts of a file that came in parts as one."""
    whole = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - it is the caller's to close
    for name in names:
        with stored(name) as part:
            whole.write(part.read())
    whole.seek(0)
    return File(whole)


def forget(names: Sequence[str]) -> None:
    """Remove what no row claims any more."""
    for name in names:
        default_storage.delete(name)


def names_in(folder: str) -> list[str]:
    """Return the names of all that is stored in a folder; of none that does not exist."""
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    return [f"{folder}/{name}" for name in names]


def is_older(name: str, *, than: datetime) -> bool:
    """Whether what is stored was written before an instant; what is gone meanwhile was not."""
    return default_storage.exists(name) and default_storage.get_modified_time(name) < than
