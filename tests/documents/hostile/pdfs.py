"""PDFs that are meant to harm, each made here: nothing of them comes from anybody else."""

import zlib
from collections.abc import Callable
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Encryption, Name, Pdf, Stream, String

from tests.documents.scanner import EICAR


def raw(*objects: bytes, root: int = 1, trailer: bytes = b"", head: bytes = b"%PDF-1.7\n") -> bytes:
    """Return a PDF of these objects, numbered from 1, written out as they are: no library has a say."""
    written, places = BytesIO(), []
    written.write(head)
    for number, content in enumerate(objects, 1):
        places.append(written.tell())
        written.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    table = written.tell()
    written.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        written.write(b"%010d 00000 n \n" % place)
    written.write(b"trailer << /Size %d /Root %d 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, trailer, table))
    return written.getvalue()


def stream(content: bytes, about: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), about, content)


CATALOG, PAGES = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def page(about: bytes = b"", *, box: bytes = b"[0 0 595 842]") -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /MediaBox %b %b >>" % (box, about)


def one_page(about: bytes = b"", *more: bytes, box: bytes = b"[0 0 595 842]") -> bytes:
    """Return a PDF of one page that says ``about``; ``more`` are objects from 4 on."""
    return raw(CATALOG, PAGES, page(about, box=box), *more)


def built(make: Callable[[Pdf], None], **options) -> bytes:
    """Return a PDF of one page to which ``make`` has done what it does."""
    written, pdf = BytesIO(), pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    make(pdf)
    pdf.save(written, **({"deterministic_id": True} if not options.get("encryption") else {}), **options)
    return written.getvalue()


def action(kind: str, **more) -> Dictionary:
    return Dictionary(S=Name(f"/{kind}"), **more)


def _script_at_opening(pdf: Pdf) -> None:
    pdf.Root.OpenAction = action("JavaScript", JS=String("app.alert('MARK')"))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), action("JavaScript", JS=String("MARK"))])))
    pdf.Root.AA = Dictionary(WC=action("JavaScript", JS=String("MARK")))


def _script_on_the_page(pdf: Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(O=action("JavaScript", JS=Stream(pdf, b"MARK")))


def _actions(*kinds: str) -> Callable[[Pdf], None]:
    def make(pdf: Pdf) -> None:
        pdf.pages[0].obj.Annots = pdf.make_indirect(
            Array(
                [
                    Dictionary(
                        Type=Name.Annot,
                        Subtype=Name.Link,
                        Rect=Array([0, 0, 595, 842]),
                        A=action(kind, URI=String("http://MARK.example/"), F=String("\\\\MARK.example\\x"), JS=String("MARK")),
                    )
                    for kind in kinds
                ]
            )
        )

    return make


def _embedded(pdf: Pdf) -> None:
    pdf.attachments["MARK.exe"] = b"MZ MARK"
    pdf.pages[0].obj.Annots = Array(
        [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.FileAttachment,
                    Rect=Array([0, 0, 10, 10]),
                    FS=Dictionary(Type=Name.Filespec, F=String("MARK"), EF=Dictionary(F=Stream(pdf, b"MARK"))),
                )
            )
        ]
    )


def _form(pdf: Pdf) -> None:
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String("nom"),
            V=String("Quitterie"),
            Rect=Array([100, 700, 300, 730]),
            DA=String("/Helv 12 Tf 0 g"),
            AA=Dictionary(K=action("JavaScript", JS=String("MARK"))),
            A=action("SubmitForm", F=String("http://MARK.example/")),
        )
    )
    pdf.pages[0].obj.Annots = Array([field])
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.Root.AcroForm = pdf.make_indirect(
        Dictionary(
            Fields=Array([field]),
            NeedAppearances=True,
            DR=Dictionary(Font=Dictionary(Helv=font)),
            XFA=Array([String("template"), Stream(pdf, b"<xfa>MARK</xfa>")]),
        )
    )


def _rich_media(pdf: Pdf) -> None:
    pdf.pages[0].obj.Annots = Array(
        [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.RichMedia,
                    Rect=Array([0, 0, 500, 500]),
                    RichMediaContent=Dictionary(Assets=Dictionary(Names=Array([String("MARK.swf"), Stream(pdf, b"FWS MARK")]))),
                )
            )
        ]
    )


def _outside(pdf: Pdf) -> None:
    """Pictures, forms and streams that lie in other files, and a script hidden where only pictures belong."""
    elsewhere = Stream(pdf, b"")
    elsewhere.F = Dictionary(Type=Name.Filespec, FS=Name.URL, F=String("http://MARK.example/x"))
    form = Stream(pdf, b"")
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 1, 1])
    form.Ref = Dictionary(F=String("MARK.pdf"), Page=0)
    form.OPI = Dictionary(F=String("MARK"))
    form.Metadata = Stream(pdf, b"MARK")
    form.PieceInfo = Dictionary(X=Dictionary(Private=String("MARK")))
    pdf.pages[0].obj.Resources = Dictionary(
        XObject=Dictionary(A=elsewhere, B=form), Properties=Dictionary(MC0=action("Launch", F=String("MARK.exe")))
    )
    pdf.Root.Outlines = pdf.make_indirect(
        Dictionary(First=Dictionary(Title=String("x"), A=action("URI", URI=String("http://MARK"))))
    )
    pdf.Root.URI = Dictionary(Base=String("http://MARK.example/"))
    pdf.docinfo["/Author"] = "MARK"


ARMED: dict[str, bytes] = {
    "script at opening": built(_script_at_opening),
    "script on the page": built(_script_on_the_page),
    "links and launches": built(
        _actions("URI", "Launch", "GoToR", "GoToE", "SubmitForm", "ImportData", "Rendition", "JavaScript", "Named", "Hide")
    ),
    "embedded files": built(_embedded),
    "form with xfa": built(_form),
    "rich media": built(_rich_media),
    "references outside": built(_outside),
    "script, in object streams": built(_script_at_opening, object_stream_mode=pikepdf.ObjectStreamMode.generate),
}
"""PDFs that open, and carry something that acts; MARK stands wherever it does."""


def bomb(size: int = 2_000_000_000, *, filters: int = 1) -> bytes:
    """Return a page whose content unpacks to ``size`` bytes, packed ``filters`` times."""
    packing = zlib.compressobj(9)
    block = packing.compress(b"0 0 m " * 166_667) + packing.flush(zlib.Z_FULL_FLUSH)  # it stands for itself, however often it comes
    rest = zlib.compressobj(9, wbits=-15)
    again = rest.compress(b"0 0 m " * 166_667) + rest.flush(zlib.Z_FULL_FLUSH)
    packed = block + again * (size // 1_000_000)
    for _ in range(filters - 1):
        packed = zlib.compress(packed, 9)
    names = b" ".join([b"/FlateDecode"] * filters)
    return one_page(b"/Contents 4 0 R", stream(packed, b"/Filter [%b]" % names))


def deep(levels: int = 100_000) -> bytes:
    return raw(CATALOG, PAGES, page(b"/X " + b"[" * levels + b"]" * levels))


def deep_pages(levels: int = 5_000) -> bytes:
    """A tree of pages in which each node has one child."""
    nodes = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % number for number in range(3, levels + 3)]
    return raw(CATALOG, *nodes, b"<< /Type /Page /MediaBox [0 0 595 842] >>")


def many_pages(count: int = 100_000) -> bytes:
    """One page, named that many times."""
    return raw(CATALOG, b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, b"3 0 R " * count), page())


def xref_loop() -> bytes:
    """A table that names itself as the one before it."""
    sound = one_page()
    place = sound.rindex(b"xref\n0")
    return sound.replace(b"trailer <<", b"trailer << /Prev %d" % place)


def object_stream_of_itself() -> bytes:
    """A stream of objects that says it extends itself, and holds the length it has."""
    inner = b"4 0 5 3 << /Type /Catalog /Pages 2 0 R >> 4 0 R"
    return raw(CATALOG, PAGES, page(), stream(inner, b"/Type /ObjStm /N 2 /First 8 /Extends 4 0 R"), root=1)


def form_of_itself() -> bytes:
    form = stream(b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >>")
    return one_page(b"/Resources << /XObject << /X 4 0 R >> >> /Contents 5 0 R", form, stream(b"/X Do"))


def forms_of_forms(levels: int = 25) -> bytes:
    """Each draws the next one ten times: 10 to the power of ``levels``."""
    forms = [
        stream(
            b"/X Do " * 10,
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>" % (6 + level),
        )
        for level in range(levels)
    ]
    last = stream(b"0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return one_page(b"/Resources << /XObject << /X 5 0 R >> >> /Contents 4 0 R", stream(b"/X Do"), *forms, last)


def pattern_of_itself() -> bytes:
    pattern = stream(
        b"/Pattern cs /P scn 0 0 9 9 re f",
        b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 0.001 /YStep 0.001 "
        b"/Resources << /Pattern << /P 4 0 R >> >>",
    )
    drawn = stream(b"/Pattern cs /P scn 0 0 595 842 re f")
    return one_page(b"/Resources << /Pattern << /P 4 0 R >> >> /Contents 5 0 R", pattern, drawn)


def font_of_itself() -> bytes:
    """A Type 3 font whose letter is written in that font."""
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97 /Widths [9] "
        b"/Encoding << /Differences [97 /a] >> /CharProcs << /a 5 0 R >> /Resources << /Font << /F 4 0 R >> >> >>"
    )
    letter = stream(b"9 0 d0 BT /F 9 Tf (aaaa) Tj ET")
    return one_page(b"/Resources << /Font << /F 4 0 R >> >> /Contents 6 0 R", font, letter, stream(b"BT /F 9 Tf (a) Tj ET"))


def soft_mask_of_itself() -> bytes:
    group = stream(
        b"/G gs 0 0 9 9 re f",
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Group << /S /Transparency /CS /DeviceGray >> "
        b"/Resources << /ExtGState << /G 5 0 R >> >>",
    )
    state = b"<< /Type /ExtGState /SMask << /Type /Mask /S /Luminosity /G 4 0 R >> >>"
    return one_page(b"/Resources << /ExtGState << /G 5 0 R >> >> /Contents 6 0 R", group, state, stream(b"/G gs 0 0 595 842 re f"))


def huge_picture() -> bytes:
    """A picture of 2·10⁹ pixels of which no byte is there."""
    picture = stream(
        b"",
        b"/Type /XObject /Subtype /Image /Width 50000 /Height 40000 /BitsPerComponent 8 /ColorSpace /DeviceRGB "
        b"/Filter /FlateDecode",
    )
    return one_page(b"/Resources << /XObject << /X 4 0 R >> >> /Contents 5 0 R", picture, stream(b"595 0 0 842 0 0 cm /X Do"))


def odd_picture(kind: bytes) -> bytes:
    """A picture in a format of its own whose bytes are none."""
    picture = stream(
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(range(256)),
        b"/Type /XObject /Subtype /Image /Width 900 /Height 900 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /%b" % kind,
    )
    return one_page(b"/Resources << /XObject << /X 4 0 R >> >> /Contents 5 0 R", picture, stream(b"595 0 0 842 0 0 cm /X Do"))


def function_of_itself() -> bytes:
    function = b"<< /FunctionType 3 /Domain [0 1] /Functions [4 0 R 4 0 R] /Bounds [0.5] /Encode [0 1 0 1] >>"
    shading = b"<< /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 595 842] /Function 4 0 R >>"
    return one_page(b"/Resources << /Shading << /S 5 0 R >> >> /Contents 6 0 R", function, shading, stream(b"/S sh"))


def encrypted(*, owner: str, user: str, **options) -> bytes:
    return built(lambda pdf: None, encryption=Encryption(owner=owner, user=user, **options))


SOUND = built(lambda pdf: None)
BROKEN: dict[str, bytes] = {
    "nothing after the mark": b"%PDF-1.7\n",
    "random after the mark": b"%PDF-1.7\n" + bytes((7 * n * n + 13 * n) % 251 for n in range(50_000)),
    "cut in the middle": SOUND[: len(SOUND) // 2],
    "no page": raw(CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"),
    "a count below nothing": raw(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count -5 >>", page()),
    "a count beyond all": raw(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>", page()),
    "pages in a circle": raw(CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
    "pages that are their own parents": raw(CATALOG, b"<< /Type /Pages /Parent 2 0 R /Kids [3 0 R 2 0 R] /Count 2 >>", page()),
    "a catalogue of itself": raw(b"<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >>"),
    "an object that is itself": raw(CATALOG, b"2 0 R"),
    "a length that is itself": one_page(b"/Contents 4 0 R", b"<< /Length 4 0 R >>\nstream\nq Q\nendstream"),
    "a length beyond all": one_page(b"/Contents 4 0 R", b"<< /Length 999999999999 >>\nstream\nq Q\nendstream"),
    "a table of itself": xref_loop(),
    "a table far away": SOUND.replace(b"startxref\n", b"startxref\n99999999999"),
    "objects of themselves": object_stream_of_itself(),
    "a size beyond all": raw(CATALOG, PAGES, page(), trailer=b"/Size 2147483647"),
    "a page of ten million points": one_page(box=b"[0 0 10000000 10000000]"),
    "a page as long as a hair": one_page(box=b"[0 0 0.0001 10000000]"),
    "a page without a size": one_page(box=b"[0 0 0 0]"),
    "a page the wrong way round": one_page(box=b"[595 842 0 0]"),
    "a page whose size is no number": one_page(box=b"[0 0 NaN Infinity]"),
    "a page whose size is a word": one_page(box=b"(grand)"),
    "a page turned by 45": one_page(b"/Rotate 45"),
    "a page turned by a word": one_page(b"/Rotate (beaucoup)"),
    "a tiny unit": one_page(b"/UserUnit 0.0000001", box=b"[0 0 14400 14400]"),
    "a huge unit": one_page(b"/UserUnit 1e30"),
    "a unit below nothing": one_page(b"/UserUnit -1"),
    "numbers beyond all": one_page(b"/Contents 4 0 R", stream(b"1e308 1e308 1e308 1e308 1e308 1e308 cm 0 0 1e308 1e308 re f")),
    "states never given back": one_page(b"/Contents 4 0 R", stream(b"q " * 500_000)),
    "half a page in brackets": deep(),
    "pages in pages": deep_pages(),
    "pages without end": many_pages(),
    "unpacks to two billion": bomb(),
    "unpacks twice": bomb(filters=2),
    "a form of itself": form_of_itself(),
    "forms of forms": forms_of_forms(),
    "a pattern of itself": pattern_of_itself(),
    "a font of itself": font_of_itself(),
    "a mask of itself": soft_mask_of_itself(),
    "a function of itself": function_of_itself(),
    "a picture beyond all": huge_picture(),
    "a broken JPX": odd_picture(b"JPXDecode"),
    "a broken JBIG2": odd_picture(b"JBIG2Decode"),
    "a broken CCITT": odd_picture(b"CCITTFaxDecode"),
    "a broken DCT": odd_picture(b"DCTDecode"),
    "a broken LZW": odd_picture(b"LZWDecode"),
    "a filter nobody knows": odd_picture(b"Inconnu"),
    "the test file of virus scanners": built(lambda pdf: pdf.attachments.update({"x.txt": EICAR})),
}
LOCKED = {
    "a password": encrypted(owner="x", user="y"),
    "a password, AES-256": encrypted(owner="x", user="y", R=6),
    "a password, RC4": encrypted(owner="x", user="y", R=3, aes=False, metadata=False),
}
OWNED = {
    "an owner's password": encrypted(owner="x", user=""),
    "an owner's, RC4": encrypted(owner="x", user="", R=2, aes=False, metadata=False),
}
"""They open for everybody."""
