"""Files as people send them: photos, pictures with nothing on them, a PDF behind a password, a text that is no PDF."""

import struct
import zlib
from io import BytesIO
from zipfile import ZipFile

import pikepdf
from PIL import Image, ImageDraw

TURNED, PLACE = 0x0112, 0x8825


def photo(form: str, *, width: int = 1600, height: int = 1200, colour: str = "navy", turned: int = 1, place: bool = False) -> bytes:
    """Return a picture with a coloured quarter at its top left and black lines below. turned: as EXIF says how it was held."""
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, width // 4, height // 4), fill=colour)
    for line in range(height // 2, height - height // 10, max(height // 20, 4)):
        pen.line((width // 10, line, width - width // 10, line), fill="black", width=max(height // 100, 1))
    exif = Image.Exif()
    exif[TURNED] = turned
    if place:
        exif.get_ifd(PLACE)[1] = "N"
    written = BytesIO()
    picture.save(written, form, exif=exif.tobytes())
    return written.getvalue()


def png() -> bytes:
    return photo("PNG", width=900, height=1200)


def plain(colour: str) -> bytes:
    written = BytesIO()
    Image.new("RGB", (900, 1200), colour).save(written, "PNG")
    return written.getvalue()


def locked() -> bytes:
    """Return a PDF of one page behind a password; the same at each call."""
    return LOCKED


def _locked() -> bytes:
    written, pdf = BytesIO(), pikepdf.new()
    pdf.add_blank_page()
    pdf.save(written, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    return written.getvalue()


LOCKED = _locked()


def word() -> bytes:
    """Return the beginning of a text of a word processor, as libmagic knows it."""
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<office/>")
    return written.getvalue()


def bomb() -> bytes:
    """Return a PNG of few bytes that says it has a hundred million pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
