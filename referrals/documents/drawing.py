"""One page of a file as a PNG. Run as a process of its own, within limits: what it reads comes from outside, and may be anything.

Standard input: the file. Arguments: its type, the page, from 1. Standard output: the PNG. It needs no other part of the project.
"""

import resource
import sys
from io import BytesIO

from PIL import Image, ImageOps

WIDEST, HIGHEST = 1240, 1754
"""Pixels of a page at most: A4 at 150 dpi."""
MEMORY = 1024**3
SECONDS = 10
NO_SUCH_PAGE = 3
"""How the process ends where the file has no such page."""


def drawn(content: bytes, content_type: str, number: int) -> Image.Image:
    """Return the page ``number``, from 1. Raises IndexError where there is none, and anything at all on broken bytes."""
    if content_type == "application/pdf":
        import pypdfium2  # a native library: only who draws loads it

        with pypdfium2.PdfDocument(content) as pdf:
            if not 1 <= number <= len(pdf):
                raise IndexError(number)
            page = pdf[number - 1]
            width, height = page.get_size()
            return page.render(scale=min(WIDEST / width, HIGHEST / height)).to_pil()
    if number != 1:
        raise IndexError(number)
    if content_type == "image/heic":
        import pi_heif  # likewise

        pi_heif.register_heif_opener()
    picture = ImageOps.exif_transpose(Image.open(BytesIO(content)))
    picture.thumbnail((WIDEST, HIGHEST))
    return picture.convert("RGB")


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        page = drawn(sys.stdin.buffer.read(), sys.argv[1], int(sys.argv[2]))
    except IndexError:
        return NO_SUCH_PAGE
    page.save(sys.stdout.buffer, "PNG")
    return 0


if __name__ == "__main__":
    sys.exit(main())
