"""Sound files with something wrong in them, in an order that is always the same; and what must be true of whatever becomes of them.

Run as a process of its own (``python -m tests.documents.hostile.mutations kind first last``), which a library may well end: it says
of each mutation, in a line, what came of it. It calls the programs of `confined` without starting a process for each.
"""

import json
import random
import resource
import signal
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
from PIL import Image

from referrals.documents import copying, judging
from referrals.documents.confined import MB
from tests.documents.hostile import pdfs, pictures
from tests.documents.pictures import photo

HEIC = Path(__file__).parents[1].joinpath("photo.heic").read_bytes()
SOUND: dict[str, tuple[str, list[bytes]]] = {
    "pdf": ("application/pdf", [pdfs.SOUND, *pdfs.ARMED.values(), *pdfs.OWNED.values(), pdfs.form_of_itself()]),
    "jpeg": ("image/jpeg", [photo("JPEG", width=900, height=600), pictures.jpeg_with_everything()]),
    "png": (
        "image/png",
        [photo("PNG", width=900, height=600), pictures.READABLE["a palette"][0], pictures.READABLE["sixteen bits"][0]],
    ),
    "webp": ("image/webp", [photo("WEBP", width=900, height=600)]),
    "heic": ("image/heic", [HEIC]),
}
MARKS = (b"/JavaScript", b"/Launch", b"<script", b"Exif\0\0MARK", b"/EmbeddedFile")
SECONDS = 20
NUMBERS = (
    b"0",
    b"-1",
    b"2147483648",
    b"99999999999999999999",
    b"1e99",
    b"0.00000001",
    b"null",
    b"<<",
    b"]",
    b"endobj",
    b"1 0 R",
    b"4 0 R",
)


def mutated(kind: str, number: int) -> bytes:
    """Return one of the kind's files, the ``number``-th time it is spoilt. Its first bytes still say what it is."""
    chance = random.Random(f"{kind}-{number}")
    content = bytearray(chance.choice(SOUND[kind][1]))
    head = 12
    for _ in range(chance.randint(1, 6)):
        place, length = chance.randrange(head, len(content)), chance.randint(1, 64)
        match chance.randrange(6):
            case 0:
                content[place] = chance.randrange(256)
            case 1:
                content[place : place + length] = chance.randbytes(length)
            case 2:
                content[place:place] = content[place : place + length * 20] * chance.randint(1, 5)
            case 3:
                del content[place : place + length]
            case 4:
                content[place : place + chance.randint(1, 5)] = chance.choice(NUMBERS)
            case 5 if len(content) > 2 * head:
                del content[chance.randrange(len(content) // 2, len(content)) :]
        if len(content) <= head:
            break
    return bytes(content)


def outcome(kind: str, content: bytes) -> str:
    """Return what came of it. Raises AssertionError where it is not what was promised."""
    content_type = SOUND[kind][0]
    try:
        said = json.loads(judging.main(content, [content_type]))
        assert said["doubt"] in ("", "locked", "damaged", "small", "blank", "heavy"), said
        copy = copying.main(content, [content_type])
    except AssertionError:
        raise
    except (Exception, SystemExit) as error:  # the parent takes any for a doubt
        return type(error).__name__
    if kind == "pdf":
        with pikepdf.open(BytesIO(copy)) as pdf:
            assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
            assert len(pdf.attachments) == 0
            pdf.save(plain := BytesIO(), compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        assert [
            mark for mark in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/URI", b"/OpenAction") if mark in plain.getvalue()
        ] == []
    else:
        picture = Image.open(BytesIO(copy))
        picture.load()
        assert not picture.getexif()
        assert "icc_profile" not in picture.info
    return "copied"


def main() -> int:
    kind, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (1536 * MB, 1536 * MB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in range(first, last):
        signal.setitimer(signal.ITIMER_REAL, SECONDS)  # who does not come back is ended, as the parent would
        print(number, outcome(kind, mutated(kind, number)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
