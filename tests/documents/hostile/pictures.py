"""Pictures that are meant to harm, each made here: nothing of them comes from anybody else."""

import struct
import zlib
from io import BytesIO
from zipfile import ZipFile

from PIL import Image

from tests.documents.pictures import PLACE, TURNED, photo

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = b"IEND"


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 0, data: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", head) + b"".join(chunks) + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(END, b"")


def with_chunk(*chunks: bytes) -> bytes:
    """Return a sound PNG with more chunks behind its head."""
    sound = photo("PNG", width=900, height=1200)
    after_the_head = 8 + 25
    return sound[:after_the_head] + b"".join(chunks) + sound[after_the_head:]


def saved(picture: Image.Image, form: str, **options) -> bytes:
    written = BytesIO()
    picture.save(written, form, **options)
    return written.getvalue()


def sheet(mode: str, ink: object, paper: object) -> Image.Image:
    """Return a sheet in one of the ways to keep colours, with a block of ink on it."""
    picture = Image.new(mode, (900, 1200), paper)
    picture.paste(ink, (100, 100, 800, 500))
    return picture


def zipped(content: bytes = b"MARK") -> bytes:
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("MARK.txt", content)
    return written.getvalue()


def exif(*, turned: int = 1, thumbnail: bytes = b"") -> bytes:
    """Return what a camera notes: a place, and a small picture of its own."""
    noted = Image.Exif()
    noted[TURNED] = turned
    noted[0x010F] = "MARK"
    noted.get_ifd(PLACE).update({1: "N", 2: (48.0, 51.0, 30.0), 29: "MARK"})
    return noted.tobytes() + thumbnail


def jpeg_with_everything() -> bytes:
    """A JPEG with a place, a comment, a profile, and a small picture that has a place too."""
    picture = Image.open(BytesIO(photo("JPEG")))
    small = saved(Image.new("RGB", (160, 120), "red"), "JPEG", exif=exif(), comment=b"MARK")
    return saved(
        picture,
        "JPEG",
        exif=exif(turned=6, thumbnail=small),
        comment=b"MARK",
        icc_profile=b"MARK" * 50,
        xmp=b"<x:xmpmeta>MARK</x:xmpmeta>",
    )


def turned_by_nothing() -> bytes:
    """A JPEG whose note of how it was held points nowhere."""
    note = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12" + b"\xff" * 10
    sound = photo("JPEG")
    return sound[:2] + b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note + sound[2:]


def scans(count: int = 500) -> bytes:
    """A progressive JPEG that begins the same scan again and again."""
    sound = saved(Image.new("L", (3000, 3000), 200), "JPEG", progressive=True)
    begin = sound.index(b"\xff\xda")
    again = sound.find(b"\xff\xda", begin + 2)
    again = again if again > 0 else len(sound) - 2
    return sound[:begin] + sound[begin:again] * count + sound[again:]


def frames(form: str) -> bytes:
    """Sixty pictures in one."""
    first, *others = [Image.new("RGB", (900, 1200), (number % 255, 0, 0)) for number in range(60)]
    return saved(first, form, save_all=True, append_images=others, duration=10)


def heic(*, width: int = 0x7FFFFFFF) -> bytes:
    """The beginning of an HEIC whose boxes are longer than it is."""
    return struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + struct.pack(">I", width) + b"meta" + bytes(40)


def of_pixels(width: int, height: int, *, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG of so many pixels, all there and all black."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    size = height * (1 + width * channels * depth // 8)
    packing = zlib.compressobj(1)
    packed = [packing.compress(bytes(min(10_000_000, size - done))) for done in range(0, size, 10_000_000)] + [packing.flush()]
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", b"".join(packed)) + chunk(END, b"")


SCRIPT = b"<script>alert('MARK')</script><?php system('MARK'); ?>"
TEXT_BOMB = zlib.compress(bytes(50_000_000), 9)

BROKEN: dict[str, tuple[bytes, str]] = {
    "random behind a JPEG's mark": (b"\xff\xd8\xff\xe0" + bytes(n * n % 251 for n in range(20_000)), "image/jpeg"),
    "random behind a PNG's head": (png(900, 1200)[:33] + bytes(n * n % 251 for n in range(20_000)), "image/png"),
    "a PNG of 50,000 by 50,000": (png(50_000, 50_000), "image/png"),
    "a PNG of the greatest size": (png(2**31 - 1, 2**31 - 1), "image/png"),
    "a PNG of no size": (png(0, 0), "image/png"),
    "a PNG that unpacks to a hundred million": (of_pixels(12_000, 10_000), "image/png"),
    "a JPEG that says 65,000 by 65,000": (
        photo("JPEG").replace(struct.pack(">HH", 1200, 1600), struct.pack(">HH", 65_000, 65_000)),
        "image/jpeg",
    ),
    "an endless JPEG": (scans(), "image/jpeg"),
    "a HEIC that is none": (heic(), "image/heic"),
    "a HEIC of no box": (struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic", "image/heic"),
    "a WebP cut short": (photo("WEBP")[:60], "image/webp"),
    "a WebP of the greatest size": (b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f" + b"\xff" * 12, "image/webp"),
    "a text that unpacks to 50 MB": (with_chunk(chunk(b"zTXt", b"x\0\0" + TEXT_BOMB)), "image/png"),
    "another text that does": (with_chunk(chunk(b"iTXt", b"x\0\1\0\0\0" + TEXT_BOMB)), "image/png"),
    "a profile that does": (with_chunk(chunk(b"iCCP", b"x\0\0" + TEXT_BOMB)), "image/png"),
}
"""What must do no harm, whatever is said of it, and what it is taken for."""

READABLE: dict[str, tuple[bytes, str]] = {
    "turned by what is no number": (turned_by_nothing(), "image/jpeg"),
    "a place, a profile, a small picture": (jpeg_with_everything(), "image/jpeg"),
    "a script behind a JPEG": (photo("JPEG") + SCRIPT, "image/jpeg"),
    "a script within a JPEG": (saved(Image.open(BytesIO(photo("JPEG"))), "JPEG", comment=SCRIPT), "image/jpeg"),
    "an archive behind a PNG": (photo("PNG", width=900, height=1200) + zipped(), "image/png"),
    "a script in a PNG's text": (with_chunk(chunk(b"tEXt", b"Comment\0" + SCRIPT)), "image/png"),
    "an animated PNG": (frames("PNG"), "image/png"),
    "an animated WebP": (frames("WEBP"), "image/webp"),
    "sixteen bits": (saved(sheet("I;16", 0, 65535), "PNG"), "image/png"),
    "grey, seen through": (saved(sheet("LA", (0, 255), (0, 0)), "PNG"), "image/png"),
    "colours, seen through": (saved(sheet("RGBA", (0, 0, 0, 255), (0, 0, 0, 0)), "PNG"), "image/png"),
    "one bit": (saved(sheet("1", 0, 1), "PNG"), "image/png"),
    "a palette": (saved(sheet("RGB", (0, 0, 0), (255, 255, 255)).quantize(4), "PNG"), "image/png"),
    "a palette, seen through": (saved(sheet("L", 0, 255).convert("P"), "PNG", transparency=255), "image/png"),
    "inks": (saved(sheet("CMYK", (0, 0, 0, 255), (0, 0, 0, 0)), "JPEG"), "image/jpeg"),
    "as a telephone of today": (saved(sheet("L", 0, 255).resize((12_000, 9_000)), "JPEG"), "image/jpeg"),
}
"""What looks odd, and is read: the ink on it is dark, and the paper bright."""
