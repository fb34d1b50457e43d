"""Documents looked at on the screen, page by page: how many they have, and one of them as a picture."""

import json

from ..models import Document
from ..models.document import UNOPENED
from . import confined
from .confined import Failed, NoSuchPage
from .storing import Withheld, served

PDF = "application/pdf"


class NotDrawn(Exception):
    """The page cannot be drawn, or not within the limits of `confined`."""


def pages_in(document: Document) -> int:
    """Return how many pages can be looked at; 0 where none can: a letter nobody has rendered yet, bytes that do not open."""
    unopened = document.doubt in UNOPENED and document.content_type != PDF
    if not document.file or unopened or document.is_withheld:
        return 0
    if document.pages is None:  # older than the count
        document.pages = _counted(document)
        document.save(update_fields=["pages"])
    return document.pages


def _counted(document: Document) -> int:
    try:
        with served(document) as file:
            judged = json.loads(confined.run("judging", document.content_type, content=file.read()))
    except (Failed, OSError):
        return 0
    return int(judged["pages"])


def page_of(document: Document, number: int) -> bytes:
    """Return the page ``number``, from 1, of a stored document, as a PNG of bounded size. Raises NoSuchPage, NotDrawn, Withheld."""
    with served(document) as file:
        return picture_of(file.read(), document.content_type, number)


def picture_of(content: bytes, content_type: str, number: int) -> bytes:
    """Return the page ``number``, from 1, as a PNG. Raises NoSuchPage, NotDrawn."""
    try:
        return confined.run("drawing", content_type, str(number), content=content)
    except NoSuchPage:
        raise
    except Failed as failed:
        raise NotDrawn from failed


def copy_of(content: bytes, content_type: str) -> tuple[bytes, str]:
    """Return a copy in which nothing runs and nothing hides, as `copying` makes it, and its type. Raises NotDrawn."""
    kind = content_type if content_type in (PDF, "image/png") else "image/jpeg"
    try:
        return confined.run("copying", content_type, content=content), kind
    except Failed as failed:
        raise NotDrawn from failed


def pictures_of(pdf: bytes, *, at_most: int) -> list[bytes]:
    """Return the first pages of a PDF of our own, as PNGs."""
    pictures: list[bytes] = []
    while len(pictures) < at_most:
        try:
            pictures.append(picture_of(pdf, PDF, len(pictures) + 1))
        except NoSuchPage:
            break
    return pictures


__all__ = ["NoSuchPage", "NotDrawn", "Withheld", "copy_of", "page_of", "pages_in", "picture_of", "pictures_of"]
