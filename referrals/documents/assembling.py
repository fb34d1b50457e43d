"""Several files as one PDF. Run as a process of its own, within limits, like `drawing`: what it reads may be anything.

Argument: a folder, with a list ``parts.json`` of the files in it, in their order. Standard output: the PDF. A photo stands upright,
on a page no greater than A4, small enough to be sent and great enough to be read; a PDF keeps its pages. A file that nobody can
open is attached as it came, behind a page that says so. The process needs no other part of the project.
"""

import json
import resource
import sys
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import TypedDict

import pikepdf
from PIL import Image, ImageDraw, ImageFont, ImageOps

LONG, SHORT = 2048, 1448
"""Pixels of a page at most, along its sides: A4 at 175 dpi."""
LONG_INCHES, SHORT_INCHES = 11.69, 8.27
QUALITY = 75
MARGIN, LETTER_HEIGHT, LETTERS_IN_A_LINE = 120, 34, 62
"""Of a page that says something, in pixels."""
MEMORY = 1024**3
SECONDS = 60


class Part(TypedDict):
    """One of the files. say: what its page says instead, where it does not open."""

    path: str
    name: str
    content_type: str
    say: str


def upright(path: Path) -> Image.Image:
    """Return the picture as it was meant to be looked at, small enough, on white."""
    picture = Image.open(path)
    picture.draft("RGB", (LONG, LONG))  # a JPEG need not be read in full
    picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((LONG, SHORT) if picture.width > picture.height else (SHORT, LONG))
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("RGB")


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


def assembled(folder: Path, parts: list[Part]) -> bytes:
    """Return the PDF. Raises anything at all on broken bytes."""
    written = BytesIO()
    with ExitStack() as opened:
        whole = opened.enter_context(pikepdf.new())
        for part in parts:
            path = folder / part["path"]
            if part["say"]:
                whole.attachments[part["path"]] = pikepdf.AttachedFileSpec(
                    whole, path.read_bytes(), filename=part["name"], mime_type=part["content_type"]
                )
                pages: Path | BytesIO = page_with(saying(part["say"]))
            else:
                pages = path if part["content_type"] == "application/pdf" else page_with(upright(path))
            whole.pages.extend(opened.enter_context(pikepdf.open(pages)).pages)
        whole.save(written, deterministic_id=True)
    return written.getvalue()


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    folder = Path(sys.argv[1])
    parts = json.loads((folder / "parts.json").read_text())
    if any(part["content_type"] == "image/heic" for part in parts):
        import pi_heif  # a native library: only who needs it loads it

        pi_heif.register_heif_opener()
    sys.stdout.buffer.write(assembled(folder, parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
