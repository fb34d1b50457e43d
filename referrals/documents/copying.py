"""A copy of a file in which nothing runs and nothing hides. A program of `confined`: what it reads may be anything.

Of a picture the pixels are left: no place, no time, no name of a camera, no small picture of what was cut away. Of a PDF the pages
are left, as they look: what was filled in or noted on them is drawn into them; no script, no action, no link, no attached file, no
form, no reference to anything outside. What was received stays as it came; this is what people look at.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from .drawing import picture_in

WITHIN = (4961, 7016)
"""Pixels of a picture at most: A4 at 600 dpi."""
QUALITY = 88
OF_A_PAGE = ("/Type", "/MediaBox", "/CropBox", "/Resources", "/Contents", "/Rotate", "/UserUnit", "/Group")
"""What of a page makes how it looks."""
ACTIONS = frozenset(
    f"/{name}"
    for name in (
        *("GoToR", "GoToE", "GoTo", "Launch", "Thread", "URI", "Sound", "Movie", "Hide", "Named", "SubmitForm", "ResetForm"),
        *("ImportData", "JavaScript", "SetOCGState", "Rendition", "Trans", "GoTo3DView", "RichMediaExecute"),
    )
)
"""What a dictionary's ``/S`` may say it does."""
THINGS_THAT_ACT = frozenset({"/Action", "/Annot", "/Filespec", "/F", "/EmbeddedFile", "/Catalog", "/Metadata"})
"""What a dictionary's ``/Type`` may not be, below a page."""
NEVER = ("/AA", "/OpenAction", "/JS", "/JavaScript", "/EF", "/AF", "/Metadata", "/PieceInfo", "/OPI", "/Ref", "/Alternates")
OF_AN_EXTERNAL_STREAM = ("/F", "/FFilter", "/FDecodeParms")
"""A stream that says these has its bytes in another file."""


def copied_picture(content: bytes, content_type: str) -> bytes:
    """Return the picture's pixels as a new file: a PNG of a PNG, a JPEG of anything else."""
    picture = picture_in(content, content_type, within=WITHIN, turning=True)
    written = BytesIO()
    if content_type == "image/png":
        picture.save(written, "PNG")
    else:
        picture.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def copied_pdf(content: bytes) -> bytes:
    """Return a new PDF of the same pages. Raises anything at all on broken bytes."""
    import pikepdf  # a native library: only who needs it loads it

    with pikepdf.open(BytesIO(content)) as pdf, pikepdf.new() as copy:
        _draw_what_was_filled_in(pdf)
        for page in pdf.pages:
            for key in set(page.obj.keys()) - {*OF_A_PAGE, "/Parent"}:
                del page.obj[key]
        copy.pages.extend(pdf.pages)
        for thing in copy.objects:
            _disarm(thing)
        written = BytesIO()
        if not len(copy.pages):
            raise ValueError("no page")
        copy.save(
            written,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            # What is packed stays packed: to unpack it may be all that somebody wants.
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return written.getvalue()


def _draw_what_was_filled_in(pdf: Any) -> None:
    """Make the looks of fields and notes part of the page they lie on, as far as they have looks."""
    try:
        if "/AcroForm" in pdf.Root:
            pdf.generate_appearance_streams()
        pdf.flatten_annotations("all")
    except Exception:  # a broken form: the page itself is still there
        return


def _disarm(thing: Any) -> None:
    """Take out of an object, however deep, what acts or leads outside."""
    import pikepdf

    waiting = [thing]
    while waiting:
        held = waiting.pop()
        if isinstance(held, pikepdf.Stream):
            for key in OF_AN_EXTERNAL_STREAM:
                if key in held:
                    del held[key]
        if isinstance(held, pikepdf.Array):
            for place, inner in enumerate(held):
                if _acts(inner):
                    held[place] = None
        if isinstance(held, pikepdf.Stream | pikepdf.Dictionary):
            for key, inner in dict(held.items()).items():
                if _acts(inner) or (key in NEVER and not _is_seen(inner)):
                    del held[key]
        # What is an object of its own has its own turn.
        waiting += [inner for inner in _within(held) if not inner.is_indirect]


def _within(held: Any) -> Iterator[Any]:
    import pikepdf

    if isinstance(held, pikepdf.Array):
        things = iter(held)
    elif isinstance(held, pikepdf.Stream | pikepdf.Dictionary):
        things = iter([inner for _, inner in held.items()])
    else:
        return
    yield from (thing for thing in things if isinstance(thing, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream))


def _acts(thing: Any) -> bool:
    import pikepdf

    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return False
    return str(thing.get("/S", "")) in ACTIONS or str(thing.get("/Type", "")) in THINGS_THAT_ACT


def _is_seen(thing: Any) -> bool:
    """Whether it is a font or a picture, whatever name a page gives it."""
    import pikepdf

    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return False
    return thing.get("/Type") in ("/Font", "/XObject") or thing.get("/Subtype") in ("/Image", "/Form")


def main(content: bytes, arguments: list[str]) -> bytes:
    """Argument: the file's type."""
    (content_type,) = arguments
    return copied_pdf(content) if content_type == "application/pdf" else copied_picture(content, content_type)
