"""Whatever the bytes, a file is either read, doubted or refused with a sentence: never a crash. Files chosen together are one."""

import random
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from referrals.documents.assembling import SHORT
from referrals.documents.pages import NoSuchPage, NotDrawn, picture_of
from referrals.documents.uploads import Unreadable, Upload, examine, opened, together
from referrals.models import Doubt
from tests import factories
from tests.documents import pictures

HEIC = Path(__file__).with_name("photo.heic").read_bytes()
"""Made for the purpose: 600 by 900 once upright, a black rectangle at the top right and a red one at the bottom left."""


def given(content: bytes, name: str = "releve.pdf") -> Upload:
    return examine(ContentFile(content, name=name))


@pytest.mark.parametrize(("sound", "times"), [(factories.pdf(), 60), (pictures.png(), 15)], ids=["pdf", "png"])
def test_a_damaged_file_is_doubted_and_never_a_crash(sound, times):
    chance = random.Random(20180629)
    doubted = 0
    for _ in range(times):
        broken = bytearray(sound)
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(8, len(broken))] = chance.randrange(256)
        try:
            doubted += bool(given(bytes(broken)).doubt)
        except Unreadable:
            continue
    assert doubted > 0


@pytest.mark.parametrize(
    ("content", "doubt"),
    [
        (factories.pdf(), ""),
        (pictures.locked(), Doubt.LOCKED),
        (b"%PDF-1.7\nrien", Doubt.DAMAGED),
        (factories.pdf(pages=0), Doubt.DAMAGED),
        (pictures.png(), ""),
        (pictures.png()[:4000], Doubt.DAMAGED),
        (pictures.photo("JPEG"), ""),
        (pictures.photo("JPEG")[:-4000], Doubt.DAMAGED),
        (pictures.photo("WEBP"), ""),
        (HEIC, ""),
        (HEIC[:600], Doubt.DAMAGED),
        (pictures.photo("PNG", width=300, height=400), Doubt.SMALL),
        (pictures.photo("PNG", width=2000, height=90), Doubt.SMALL),
        (pictures.plain("white"), Doubt.BLANK),
        (pictures.plain("black"), Doubt.BLANK),
    ],
)
def test_what_cannot_be_read_is_doubted(content, doubt):
    upload = given(content)
    assert upload.doubt == doubt
    assert (upload.warning == "") == (doubt == "")


def test_a_doubtful_file_is_kept_as_it_came():
    upload = together([given(pictures.locked(), "notes.pdf")])
    assert (upload.name, upload.file.read()) == ("notes.pdf", pictures.locked())
    assert upload.warning.startswith("« notes.pdf » est reçu et gardé quand même. Ce PDF est protégé par un mot de passe")


def test_who_can_do_better_at_once_has_to():
    for content in (pictures.locked(), b"%PDF-1.7\nrien"):
        with pytest.raises(Unreadable):
            opened(given(content))
    assert opened(given(pictures.plain("white"))).doubt == Doubt.BLANK


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Ce fichier est vide. Choisissez-en un autre."),
        (b"MZ\x90\x00" + bytes(200), "Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG."),
        (b"PK\x03\x04" + b"\x14\0\6\0\x08\0" + bytes(200), "Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG."),
        (pictures.word(), "Ce fichier vient d’un traitement de texte ou d’un tableur."),
        (b"{\\rtf1 Bonjour}", "Ce fichier vient d’un traitement de texte ou d’un tableur."),
    ],
)
def test_what_nobody_could_use_is_refused_with_what_to_do(content, sentence):
    with pytest.raises(Unreadable) as refused:
        given(content)
    assert refused.value.sentence.startswith(sentence)


def test_a_picture_that_nobody_could_draw_is_kept_and_never_drawn():
    upload = given(pictures.bomb(), "plan.png")
    assert (upload.doubt, upload.pages, together([upload])) == (Doubt.HEAVY, 0, upload)
    assert "« plan.png » est reçu et gardé quand même. Ce fichier demande trop de temps ou de mémoire" in upload.warning
    with pytest.raises(NotDrawn):
        picture_of(pictures.bomb(), "image/png", 1)
    with pytest.raises(Unreadable):
        opened(upload)


@pytest.mark.parametrize("content", [factories.pdf(), pictures.photo("JPEG"), pictures.png()])
def test_a_file_that_everybody_reads_stays_as_it_came(content):
    upload = given(content)
    assert together([upload]) is upload


def pages_of(upload: Upload) -> list[Image.Image]:
    with pypdfium2.PdfDocument(upload.file.read()) as pdf:
        return [page.render(scale=1).to_pil().convert("RGB") for page in pdf]


def test_photos_become_one_pdf_in_their_order_upright_and_small():
    turned = pictures.photo("JPEG", width=4000, height=3000, colour="blue", turned=6)
    uploads = [given(turned, "IMG 1.jpg"), given(HEIC, "IMG 2.heic"), given(pictures.photo("WEBP", colour="green"), "IMG 3.webp")]
    upload = together(uploads)
    assert (upload.name, upload.content_type, upload.doubt) == ("IMG 1.pdf", "application/pdf", "")
    assert upload.size < 400_000
    first, second, third = pages_of(upload)
    assert [page.height > page.width for page in (first, second, third)] == [True, True, False]
    for page in (first, second, third):
        assert max(page.size) <= 843
        assert min(page.size) <= 597
    assert first.getpixel((first.width - 20, 20))[2] > 200  # blue at the top left of the sensor: at the top right once upright
    red, green, _ = second.getpixel((second.width // 4, second.height * 3 // 4))
    assert red > 150 > green
    assert third.getpixel((20, 20))[1] > 90
    with pikepdf.open(upload.file) as pdf:
        sizes = [(image.Width, image.Height) for page in pdf.pages for image in pikepdf.Page(page).get_images().values()]
    assert sizes == [(SHORT, 1931), (600, 900), (1600, 1200)]


def test_one_photo_of_a_kind_not_everybody_opens_becomes_a_pdf():
    upload = together([given(HEIC, "IMG_0001.HEIC")])
    assert (upload.name, upload.content_type) == ("IMG_0001.pdf", "application/pdf")
    assert picture_of(upload.file.read(), "application/pdf", 1)


def test_the_same_photos_make_the_same_document():
    def made() -> str:
        return together([given(pictures.png(), "a.png"), given(HEIC, "b.heic")]).sha256

    assert made() == made()


def test_where_it_was_taken_does_not_travel_with_a_photo():
    upload = together([given(pictures.photo("JPEG", place=True), "a.jpg"), given(pictures.png(), "b.png")])
    assert b"Exif" not in upload.file.read()


def test_what_one_sees_through_is_on_white():
    seen_through = Image.new("RGBA", (900, 1200), (0, 0, 0, 0))
    ImageDraw.Draw(seen_through).rectangle((100, 100, 800, 300), fill="black")
    written = BytesIO()
    seen_through.save(written, "PNG")
    page, _ = pages_of(together([given(written.getvalue(), "a.png"), given(pictures.png(), "b.png")]))
    assert page.getpixel((5, page.height - 5)) > (250, 250, 250)


def test_pdfs_and_photos_chosen_together_are_one_document():
    upload = together([given(factories.pdf(pages=2), "s5.pdf"), given(pictures.png(), "s6.png"), given(factories.pdf(), "s7.pdf")])
    assert (upload.name, len(pages_of(upload))) == ("s5.pdf", 4)


def test_a_file_that_does_not_open_is_attached_behind_a_page_that_says_so():
    upload = together([given(pictures.png(), "s5.png"), given(pictures.locked(), "s6.pdf")])
    assert (upload.doubt, upload.doubted) == (Doubt.LOCKED, "s6.pdf")
    assert "« s6.pdf »" in upload.warning
    with pikepdf.open(upload.file) as pdf:
        assert len(pdf.pages) == 2
        (attached,) = pdf.attachments.values()
        assert (attached.filename, attached.get_file().read_bytes()) == ("s6.pdf", pictures.locked())


def test_files_of_which_none_opens_are_one_document_all_the_same():
    upload = together([given(pictures.locked(), "s.pdf"), given(b"%PDF-1.7\nrien", "s.pdf")])
    assert (upload.doubt, len(pages_of(upload))) == (Doubt.LOCKED, 2)
    upload.file.seek(0)
    with pikepdf.open(upload.file) as pdf:
        attached = {one.get_file().read_bytes() for one in pdf.attachments.values()}
    assert attached == {pictures.locked(), b"%PDF-1.7\nrien"}


def test_together_they_may_not_weigh_too_much(monkeypatch):
    monkeypatch.setattr("referrals.documents.uploads.TOGETHER_MAX_BYTES", 10)
    with pytest.raises(Unreadable) as refused:
        together([given(pictures.png(), "a.png"), given(pictures.png(), "b.png")])
    assert refused.value.sentence.endswith("Envoyez-les en deux fois.")


def test_what_is_too_much_to_assemble_is_kept_as_it_came():
    """A photo that opened alone, and not beside the others: everything is attached."""
    sound = given(pictures.png(), "a.png")
    sound.file.seek(0)
    broken = Upload(file=ContentFile(b"%PDF-1.7\nrien"), name="b.pdf", content_type="application/pdf", size=13, sha256="0" * 64)
    upload = together([sound, broken])
    assert (upload.doubt, len(pages_of(upload))) == (Doubt.DAMAGED, 2)
    upload.file.seek(0)
    with pikepdf.open(upload.file) as pdf:
        assert sorted(one.filename for one in pdf.attachments.values()) == ["a.png", "b.pdf"]


def test_what_assembles_knows_nothing_of_the_project(monkeypatch):
    import subprocess

    asked = []
    run = subprocess.run

    def watched(command, **options):
        asked.append((command[1], options["env"]))
        return run(command, **options)

    uploads = [given(pictures.png()), given(pictures.png())]
    monkeypatch.setattr(subprocess, "run", watched)
    together(uploads)
    assert asked == [("-I", {})]


def test_a_heic_photo_is_drawn():
    assert Image.open(BytesIO(picture_of(HEIC, "image/heic", 1))).size == (600, 900)
    with pytest.raises(NoSuchPage):
        picture_of(HEIC, "image/heic", 2)
    with pytest.raises(NotDrawn):
        picture_of(HEIC[:500], "image/heic", 1)
