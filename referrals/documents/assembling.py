"""Several files as one PDF. A program of `confined`: what it reads may be anything.

A photo stands upright, on a page no greater than A4, small enough to be sent and great enough to be read; a PDF keeps its pages.
A file that nobody can open is attached as it came, behind a page that says so.
"""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from io import BytesIO
from typing import TypedDict

import pikepdf
from PIL import Image, ImageDraw, ImageFont

from .drawing import picture_in

LONG, SHORT = 2048, 1448
"""Pixels of a page at most, along its sides: A4 at 175 dpi."""
LONG_INCHES, SHORT_INCHES = 11.69, 8.27
QUALITY = 75
MARGIN, LETTER_HEIGHT, LETTERS_IN_A_LINE = 120, 34, 62
"""Of a page that says something, in pixels."""


class Part(TypedDict):
    """One of the files. size: of its bytes; say: what its page says instead, where it does not open."""

    name: str
    content_type: str
    size: int
    say: str


def packed(parts: Sequence[tuple[Part, bytes]]) -> bytes:
    """Return the files as the program reads them: a line about them, then their bytes."""
    return b"\n".join([json.dumps([part for part, _ in parts]).encode(), b"".join(content for _, content in parts)])


def saying(text: str) -> Image.Image:
    """Return a page that says ``text``."""
    page = Image.new("RGB", (SHORT, LONG), "white")
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) >= LETTERS_IN_A_LINE:
            lines, line = [*lines, line], ""
        line = f"{line} {word}".strip()
    font = ImageFont.load_default(size=LETTER_HEIGHT)
    ImageDraw.Draw(page).multiline_text((MARGIN, MARGIN), "\n".join([*lines, line]), fill="black", font=font, spacing=14)
    return page


def page_with(picture: Image.Image) -> BytesIO:
    """Return a PDF of one page, of which A4 is the greatest."""
    long, short = max(picture.size), min(picture.size)
    written = BytesIO()
    picture.save(written, "PDF", resolution=max(long / LONG_INCHES, short / SHORT_INCHES), quality=QUALITY)
    return written


def assembled(parts: list[Part], content: bytes) -> bytes:
    """Return the PDF. Raises anything at all on broken bytes."""
    written, begin = BytesIO(), 0
    with ExitStack() as opened:
        whole = opened.enter_context(pikepdf.new())
        for number, part in enumerate(parts):
            file = content[begin : begin + part["size"]]
            begin += part["size"]
            if part["say"]:
                whole.attachments[str(number)] = pikepdf.AttachedFileSpec(
                    whole, file, filename=part["name"], mime_type=part["content_type"]
                )
                pages = page_with(saying(part["say"]))
            elif part["content_type"] == "application/pdf":
                pages = BytesIO(file)
            else:
                pages = page_with(picture_in(file, part["content_type"], within=(SHORT, LONG), turning=True))
            whole.pages.extend(opened.enter_context(pikepdf.open(pages)).pages)
        whole.save(written, deterministic_id=True)
    return written.getvalue()


def main(content: bytes, arguments: list[str]) -> bytes:
    """No argument; the content as `packed` makes it."""
    about, _, files = content.partition(b"\n")
    return assembled(json.loads(about), files)
