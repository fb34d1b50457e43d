"""Documents looked at on the screen, page by page: how many they have, and one of them as a picture."""

import subprocess
import sys
from pathlib import Path

import pikepdf

from ..models import Document
from ..models.document import UNOPENED
from .drawing import NO_SUCH_PAGE, SECONDS

DRAWING = Path(__file__).with_name("drawing.py")


class NoSuchPage(Exception):
    """The document has fewer pages."""


class NotDrawn(Exception):
    """The page cannot be drawn, or not within the limits of `drawing`."""


def pages_in(document: Document) -> int:
    """Return how many pages can be looked at; 0 where none can: a letter nobody has rendered yet, bytes that do not open."""
    if not document.file or (document.doubt in UNOPENED and not _is_pdf(document)):
        return 0
    if not _is_pdf(document):
        return 1
    try:
        with document.file.open("rb") as file, pikepdf.open(file) as pdf:
            return len(pdf.pages)
    except (OSError, pikepdf.PdfError, pikepdf.PasswordError):
        return 0


def _is_pdf(document: Document) -> bool:
    return document.content_type == "application/pdf"


def page_of(document: Document, number: int) -> bytes:
    """Return the page ``number``, from 1, of a stored document, as a PNG of bounded size. Raises NoSuchPage, NotDrawn."""
    with document.file.open("rb") as file:
        return picture_of(file.read(), document.content_type, number)


def picture_of(content: bytes, content_type: str, number: int) -> bytes:
    """Return the page ``number``, from 1, as a PNG. Raises NoSuchPage, NotDrawn."""
    command = [sys.executable, "-I", str(DRAWING), content_type, str(number)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=2 * SECONDS, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise NotDrawn from None
    if done.returncode == NO_SUCH_PAGE:
        raise NoSuchPage(number)
    if done.returncode or not done.stdout:
        raise NotDrawn(done.stderr[-500:].decode(errors="replace"))
    return done.stdout


def pictures_of(pdf: bytes, *, at_most: int) -> list[bytes]:
    """Return the first pages of a PDF of our own, as PNGs."""
    pictures: list[bytes] = []
    while len(pictures) < at_most:
        try:
            pictures.append(picture_of(pdf, "application/pdf", len(pictures) + 1))
        except NoSuchPage:
            break
    return pictures
