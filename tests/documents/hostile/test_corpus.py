"""Files that are meant to harm: each is kept with a doubt, read, or refused with a sentence; none harms, or is shown as it came.

That the worker survives is that the test goes on. What a file may take is asserted in `tests/documents/test_confined.py`.
"""

from io import BytesIO
from zipfile import ZipFile

import pikepdf
import pytest
from django.core.files.base import ContentFile
from PIL import Image

from referrals.documents.pages import NoSuchPage, NotDrawn, copy_of, picture_of
from referrals.documents.uploads import EXTENSIONS, OF_ANOTHER_TYPE, TO_BE_CONVERTED, Unreadable, Upload, examine, together
from referrals.models import Doubt
from referrals.models.document import ADVICE
from tests.documents.hostile import pdfs, pictures
from tests.documents.pictures import photo
from tests.documents.scanner import EICAR

PDF = "application/pdf"


def given(content: bytes, name: str = "relevé.pdf") -> Upload:
    return examine(ContentFile(content, name=name))


def copied(content: bytes, content_type: str = PDF) -> bytes | None:
    """Return the copy that is handed out; none where nothing is."""
    try:
        return copy_of(content, content_type)[0]
    except NotDrawn:
        return None


def drawn(content: bytes, content_type: str = PDF) -> Image.Image | None:
    try:
        return Image.open(BytesIO(picture_of(content, content_type, 1)))
    except (NotDrawn, NoSuchPage):
        return None


HEAVY = {
    "pages without end",
    "unpacks to two billion",
    "unpacks twice",
    "forms of forms",
    "a pattern of itself",
}
DAMAGED = {
    "nothing after the mark",
    "random after the mark",
    "cut in the middle",
    "no page",
    "pages in a circle",
    "pages that are their own parents",
    "a catalogue of itself",
    "an object that is itself",
    "half a page in brackets",
    "pages in pages",
}


@pytest.mark.parametrize("name", pdfs.BROKEN)
def test_a_pdf_that_breaks_its_readers_is_kept_and_harms_nobody(name):
    content = pdfs.BROKEN[name]
    upload = given(content)
    doubt = Doubt.HEAVY if name in HEAVY else Doubt.DAMAGED if name in DAMAGED else ""
    assert (upload.content_type, upload.doubt) == (PDF, doubt)
    if doubt:
        assert str(ADVICE[doubt]) in upload.warning
    assert together([upload]).sha256 == upload.sha256
    page, copy = drawn(content), copied(content)
    assert page is None or max(page.size) <= 1754
    assert copy is None or b"MARK" not in copy


@pytest.mark.parametrize("name", pdfs.ARMED)
def test_of_a_pdf_that_acts_the_pages_are_handed_out_and_nothing_else(name):
    content = pdfs.ARMED[name]
    upload = given(content)
    assert (upload.doubt, upload.pages) == ("", 1)
    copy = copied(content)
    assert copy is not None
    with pikepdf.open(BytesIO(copy)) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        assert list(pdf.attachments) == []
        assert "/Annots" not in pdf.pages[0].obj
        found = [held for held in pdf.objects if isinstance(held, pikepdf.Dictionary | pikepdf.Stream)]
        assert [held for held in found if {"/JS", "/AA", "/EF", "/URI", "/A", "/OPI", "/Ref", "/Metadata"} & set(held.keys())] == []
        pdf.save(plain := BytesIO(), compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert b"MARK" not in plain.getvalue()
    assert upload.file.read() == content  # the original stays as it came


def test_what_was_filled_in_a_form_stays_on_the_page():
    blank = Image.open(BytesIO(picture_of(pdfs.SOUND, PDF, 1))).convert("L")
    copy = copied(pdfs.ARMED["form with xfa"])
    assert copy is not None
    seen = drawn(copy)
    assert seen is not None
    assert blank.getextrema() == (255, 255)
    assert seen.convert("L").getextrema()[0] < 128


@pytest.mark.parametrize("name", pdfs.LOCKED)
def test_behind_a_password_it_is_kept_and_nothing_is_shown(name):
    content = pdfs.LOCKED[name]
    upload = given(content)
    assert (upload.doubt, upload.pages) == (Doubt.LOCKED, 0)
    assert str(ADVICE[Doubt.LOCKED]) in upload.warning
    assert (drawn(content), copied(content)) == (None, None)


@pytest.mark.parametrize("name", pdfs.OWNED)
def test_an_owners_password_keeps_nobody_from_reading(name):
    content = pdfs.OWNED[name]
    assert (given(content).doubt, drawn(content) is not None) == ("", True)
    copy = copied(content)
    assert copy is not None
    with pikepdf.open(BytesIO(copy)) as pdf:
        assert not pdf.is_encrypted


@pytest.mark.parametrize("name", pictures.BROKEN)
def test_a_picture_that_breaks_its_readers_is_kept_and_harms_nobody(name):
    content, content_type = pictures.BROKEN[name]
    upload = given(content, "photo.jpg")
    assert upload.content_type == content_type
    assert upload.doubt in (Doubt.DAMAGED, Doubt.HEAVY, Doubt.BLANK)
    assert str(ADVICE[Doubt(upload.doubt)]) in upload.warning
    assert together([upload])
    page = drawn(content, content_type)
    assert page is None or max(page.size) <= 1754


@pytest.mark.parametrize("name", pictures.READABLE)
def test_an_odd_picture_is_read_and_only_its_pixels_are_handed_out(name):
    content, content_type = pictures.READABLE[name]
    assert given(content, "photo.jpg").content_type == content_type
    copy = copied(content, content_type)
    assert copy is not None
    assert [mark for mark in (b"MARK", b"Exif", b"<script", b"<?php", b"PK\3\4", b"ICC_PROFILE", b"acTL") if mark in copy] == []
    again = Image.open(BytesIO(copy))
    assert (again.format, getattr(again, "n_frames", 1)) == ("PNG" if content_type == "image/png" else "JPEG", 1)
    assert not again.getexif()


@pytest.mark.parametrize(
    "name",
    [name for name in pictures.READABLE if "seen through" in name or name in ("sixteen bits", "one bit", "a palette", "inks")],
)
def test_ink_is_dark_and_paper_bright_however_colours_are_kept(name):
    content, content_type = pictures.READABLE[name]
    assert given(content).doubt == ""
    page = drawn(content, content_type)
    assert page is not None
    grey = page.convert("L")
    assert grey.getpixel((grey.width // 2, grey.height // 4)) < 60
    assert grey.getpixel((grey.width // 2, grey.height * 3 // 4)) > 230


def test_a_strip_of_sixty_million_pixels_is_seen_to_be_too_small():
    upload = given(pictures.of_pixels(1, 60_000_000))
    assert upload.doubt == Doubt.SMALL


def test_the_largest_picture_that_is_drawn_is_drawn():
    content = pictures.of_pixels(7_700, 7_700, colour=6)
    assert (given(content).doubt, drawn(content, "image/png") is not None) == (Doubt.BLANK, True)


GIF = b"GIF89a\1\0\1\0\0\0\0;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def office_document(*, macros: bool) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", "<Relationships/>")
        archive.writestr("word/document.xml", "<w:document/>")
        if macros:
            archive.writestr("word/vbaProject.bin", b"MARK")
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("photo.gif", GIF + b"/*" + HTML + b"*/", OF_ANOTHER_TYPE),
        ("script.gif", b"GIF89a=0;alert(1)//" + bytes(20), OF_ANOTHER_TYPE),
        ("photo.png", SVG, OF_ANOTHER_TYPE),
        ("photo.svg", b'<?xml version="1.0"?>' + SVG, OF_ANOTHER_TYPE),
        ("relevé.pdf", HTML, OF_ANOTHER_TYPE),
        ("relevé.pdf", HTML + b"%PDF-1.7", OF_ANOTHER_TYPE),
        ("relevé.pdf", EICAR, OF_ANOTHER_TYPE),
        ("relevé.pdf", b"MZ" + bytes(500), OF_ANOTHER_TYPE),
        ("relevé.pdf", b"#!/bin/sh\nid\n", OF_ANOTHER_TYPE),
        ("relevé.pdf", b"\x7fELF\2\1\1" + bytes(100), OF_ANOTHER_TYPE),
        ("photo.tiff", b"II*\0\x08\0\0\0\xff\xff" + bytes(500), OF_ANOTHER_TYPE),
        ("photo.bmp", b"BM" + bytes(60), OF_ANOTHER_TYPE),
        ("photo.psd", b"8BPS\0\1" + bytes(60), OF_ANOTHER_TYPE),
        ("relevé.ps", b"%!PS-Adobe-3.0\n(%pipe%id) (r) file\n", OF_ANOTHER_TYPE),
        ("relevé.zip", pictures.zipped(), OF_ANOTHER_TYPE),
        ("lettre.docm", office_document(macros=True), TO_BE_CONVERTED),
        ("lettre.docx", office_document(macros=False), TO_BE_CONVERTED),
        ("lettre.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), None),
        ("lettre.rtf", b"{\\rtf1{\\object\\objocx}}", TO_BE_CONVERTED),
    ],
)
def test_what_is_neither_is_refused_whatever_it_is_called(name, content, sentence):
    with pytest.raises(Unreadable) as refused:
        given(content, name)
    assert refused.value.sentence in ([str(sentence)] if sentence else [str(OF_ANOTHER_TYPE), str(TO_BE_CONVERTED)])


@pytest.mark.parametrize(
    "content",
    [
        pdfs.SOUND + pictures.zipped(),
        pdfs.raw(pdfs.CATALOG, pdfs.PAGES, pdfs.page(), head=b"%PDF-1.7\n<script>alert('MARK')</script>\n"),
        b"\n\n" + pdfs.SOUND,
        b"\0" * 100 + pdfs.SOUND,
    ],
    ids=["with an archive", "with a page", "after empty lines", "after noughts"],
)
def test_a_pdf_that_is_something_else_too_is_handed_out_as_a_pdf_alone(content):
    upload = given(content)
    copy = copied(content)
    assert (upload.content_type, upload.doubt) == (PDF, "")
    assert copy is not None
    assert (copy[:5], b"MARK" in copy, b"PK\3\4" in copy) == (b"%PDF-", False, False)


def test_the_extensions_are_those_of_what_it_is():
    assert given(photo("JPEG"), "photo.exe").name == "photo.exe"
    assert set(EXTENSIONS.values()) == {".pdf", ".jpg", ".png", ".webp", ".heic"}
