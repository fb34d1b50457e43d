"""What is to be doubted of a file, looked at as the office will. A program of `confined`: what it reads may be anything."""

import json
from io import BytesIO

from PIL import Image, ImageStat

from .drawing import page_in, picture_in

MOST_PAGES = 2_000
WITHIN = (620, 877)
"""Pixels of the first page of a PDF: enough to see that it draws."""
PICTURE_WITHIN = (1240, 1754)
SMALLEST = (600, 150)
"""Pixels of the long side and of the short one: on less, nobody reads a page."""
FAINTEST = 3.0
"""How far the greys of a picture must differ (standard deviation, out of 255) before there is anything to see."""


def judged_pdf(content: bytes) -> tuple[str, int]:
    """Return a doubt, empty where there is none, and the number of pages. Raises anything at all on broken bytes."""
    import pikepdf  # a native library: only who needs it loads it

    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            pages = len(pdf.pages)
    except pikepdf.PasswordError:
        return "locked", 0
    if not pages:
        return "damaged", 0
    if pages > MOST_PAGES:
        return "heavy", pages
    page_in(content, 1, within=WITHIN)
    return "", pages


def judged_picture(picture: Image.Image) -> str:
    """Return a doubt about a picture that was read, empty where there is none."""
    long, short = SMALLEST
    if max(picture.size) < long or min(picture.size) < short:
        return "small"
    return "" if ImageStat.Stat(picture.convert("L")).stddev[0] > FAINTEST else "blank"


def main(content: bytes, arguments: list[str]) -> bytes:
    """Argument: the file's type. The answer is JSON: ``doubt``, and ``pages``."""
    (content_type,) = arguments
    if content_type == "application/pdf":
        doubt, pages = judged_pdf(content)
    else:
        doubt, pages = judged_picture(picture_in(content, content_type, within=PICTURE_WITHIN)), 1
    return json.dumps({"doubt": doubt, "pages": pages}).encode()
