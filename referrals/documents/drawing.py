"""One page of a file as a PNG. A program of `confined`: what it reads comes from outside, and may be anything."""

from io import BytesIO
from math import isfinite

from PIL import Image, ImageOps

from .confined import NO_SUCH_PAGE

WIDEST, HIGHEST = 1240, 1754
"""Pixels of a page at most: A4 at 150 dpi."""
MAX_PIXELS = 60_000_000
REDUCED_MAX_PIXELS = 250_000_000
"""Of a JPEG, which need not be read in full to be drawn small; a telephone of today makes two hundred million."""
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
"""Which of the library's readers sees the bytes."""


class TooManyPixels(MemoryError):
    """Nobody may draw that much."""


def picture_in(content: bytes, content_type: str, *, within: tuple[int, int], turning: bool = False) -> Image.Image:
    """Return the picture as it was meant to be looked at: upright, on white, in plain colours, no larger than ``within``.

    turning: a sheet that lies may be as wide as one that stands is high. Nothing but the pixels is left.
    Raises TooManyPixels, and anything at all on broken bytes.
    """
    Image.MAX_IMAGE_PIXELS = None  # our own limits, which say of which kind they are
    if content_type == "image/heic":
        import pi_heif  # a native library: only who needs it loads it

        pi_heif.register_heif_opener()
    picture = Image.open(BytesIO(content), formats=[FORMATS[content_type]])
    is_jpeg = content_type == "image/jpeg"
    if picture.width * picture.height > (REDUCED_MAX_PIXELS if is_jpeg else MAX_PIXELS):
        raise TooManyPixels
    if is_jpeg:
        picture.draft("RGB", (max(within), max(within)))
    picture.load()
    picture = _upright(picture)
    picture.thumbnail(within[::-1] if turning and picture.width > picture.height else within)
    return _plain(picture)


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # what it says of itself is broken; its pixels are not
        return picture


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # sixteen bits a pixel
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    white = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        seen_through = picture.convert("RGBA")
        white.paste(seen_through, mask=seen_through.getchannel("A"))
    else:
        white.paste(picture.convert("RGB"))
    return white


def page_in(content: bytes, number: int, *, within: tuple[int, int]) -> Image.Image:
    """Return a page of a PDF. Ends the process where there is none; raises anything at all on broken bytes."""
    import pypdfium2  # a native library: only who draws loads it

    with pypdfium2.PdfDocument(content) as pdf:
        if not 1 <= number <= len(pdf):
            raise SystemExit(NO_SUCH_PAGE)
        page = pdf[number - 1]
        width, height = page.get_size()
        if not (isfinite(width) and isfinite(height) and width > 0 and height > 0):
            raise ValueError("a page without a size")
        scale = min(within[0] / width, within[1] / height)
        return page.render(scale=scale).to_pil()


def main(content: bytes, arguments: list[str]) -> bytes:
    """Arguments: the file's type, the page, from 1."""
    content_type, number = arguments[0], int(arguments[1])
    if content_type == "application/pdf":
        page = page_in(content, number, within=(WIDEST, HIGHEST))
    elif number != 1:
        raise SystemExit(NO_SUCH_PAGE)
    else:
        page = picture_in(content, content_type, within=(WIDEST, HIGHEST))
    written = BytesIO()
    page.save(written, "PNG")
    return written.getvalue()
