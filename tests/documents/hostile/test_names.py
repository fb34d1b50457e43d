"""Names are text from outside: shown and put into a header, they do no harm, and no file is ever written under one."""

import unicodedata
from email.message import Message

import pytest
from django.core.files.base import ContentFile
from hypothesis import given as for_all
from hypothesis import settings as tried
from hypothesis import strategies

from referrals import procedure
from referrals.documents.names import LONGEST, UNSEEN, name_of_download, plain_name
from referrals.documents.uploads import examine
from tests import factories
from tests.story import Story

NAMES = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\windows\\system32\\x.pdf", "x.pdf"),
    ("/etc/shadow", "shadow"),
    ("C:\\Users\\x.pdf", "x.pdf"),
    ("..", "document"),
    (".", "document"),
    ("", "document"),
    ("   ", "document"),
    (".htaccess", "htaccess"),
    ("...pdf", "pdf"),
    ("a\0.pdf", "a.pdf"),
    ("rel\u202efdp.exe", "relfdp.exe"),
    ("a\u2066b\u200fc\u200b.pdf", "abc.pdf"),
    ("a\r\nSet-Cookie: x=1\r\n\r\n<html>.pdf", "aSet-Cookie_ x=1_html_.pdf"),
    ('a"; filename="b.exe', "a_; filename=_b.exe"),
    ("a;b=c'd.pdf", "a;b=c'd.pdf"),
    ("con.pdf", "_con.pdf"),
    ("LPT1", "_LPT1"),
    ("nul", "_nul"),
    ("x:alternate.pdf", "x_alternate.pdf"),
    ("<script>alert(1)</script>.pdf", "script_.pdf"),
    ("relevé 🎓.pdf", "relevé 🎓.pdf"),
    ("e\u0301te\u0301.pdf", "été.pdf"),
    ("z" + "\u0301" * 150 + ".pdf", "ź" + "\u0301" * 149 + ".pdf"),
    ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ("x" * 300, "x" * 200),
    ("relevé\ud800.pdf", "relevé.pdf"),
    ("a\u2028b\u2029c.pdf", "abc.pdf"),
    ("point. . .", "point"),
]


@pytest.mark.parametrize(("name", "plain"), NAMES)
def test_of_a_name_what_is_seen_is_kept(name, plain):
    assert plain_name(name) == plain
    assert plain_name(plain) == plain


@for_all(strategies.text(max_size=400))
@tried(max_examples=300, deadline=None)
def test_whatever_is_typed_is_a_name(name):
    plain = plain_name(name)
    assert plain == plain_name(plain)
    assert 0 < len(plain) <= LONGEST
    assert not set(plain) & set('/\\<>:"|?*')
    assert not plain.startswith(".")
    assert not [sign for sign in plain if unicodedata.category(sign) in UNSEEN]
    plain.encode()


@pytest.mark.parametrize(
    ("name", "content_type", "mark", "saved"),
    [
        ("relevé.pdf", "application/pdf", "", "relevé.pdf"),
        ("RELEVÉ.PDF", "application/pdf", "", "RELEVÉ.PDF"),
        ("relevé.exe", "application/pdf", "", "relevé.exe.pdf"),
        ("photo.html", "image/jpeg", "", "photo.html.jpg"),
        ("photo.jpeg", "image/jpeg", "original", "original-photo.jpeg"),
        ("photo.heic", "image/jpeg", "", "photo.heic.jpg"),
        ("x", "application/pdf", "original", "original-x.pdf"),
        ("x" * 200, "application/pdf", "original", f"original-{'x' * 187}.pdf"),
        ("x.pdf", "text/html", "", "x.pdf.bin"),
    ],
)
def test_it_is_saved_as_what_it_is(name, content_type, mark, saved):
    assert name_of_download(name, content_type, mark=mark) == saved
    assert len(saved) <= LONGEST


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "plain"), NAMES)
def test_in_a_header_it_says_one_thing(name, plain):
    story = Story().draft()
    upload = examine(ContentFile(factories.pdf(), name=name))
    procedure.add_document(story.id, kind="other", upload=upload, by=story.her, at=story.at)
    document = story.referral.documents.latest("pk")
    assert document.name == plain
    folder, _, stored = document.file.name.partition("/")
    assert (folder, len(stored), stored.removesuffix(".pdf").isalnum()) == ("recus", 36, True)
    response = factories.signed_in(story.student).get(f"/documents/{document.key}/")
    assert b"".join(response)
    header = response["Content-Disposition"]
    assert (header.startswith("attachment;"), "\r" in header, "\n" in header) == (True, False, False)
    read = Message()
    read["Content-Disposition"] = header
    assert read.get_content_disposition() == "attachment"
    assert len(read.get_params(header="content-disposition")) == 2
    assert read.get_filename() == name_of_download(plain, "application/pdf")
