"""Workbooks that are meant to harm: XML that reads files, calls out, or grows as it is read."""

import socket
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.vacancies.test_shapes import DAMAGED, ONE, archive, refusal, rows, xlsx

SECRET = "/etc/passwd"
OUTSIDE = f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{SECRET}">]>'
GROWING = f'<!DOCTYPE x [<!ENTITY x "{"a" * 100_000}">]>'


def ods(head: str, body: str) -> bytes:
    content = f'<?xml version="1.0"?>{head}<x>{body}</x>'
    return archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode()})


def book(head: str, body: str) -> bytes:
    """Return a workbook whose every sheet, text and list of sheets begins with ``head``."""
    parts = {}
    with ZipFile(BytesIO(xlsx(ONE))) as zipped:
        for name in zipped.namelist():
            content = zipped.read(name)
            if name.startswith("xl/") and name.endswith(".xml"):
                begin = content.index(b"?>") + 2 if content.startswith(b"<?xml") else 0
                content = content[:begin] + head.encode() + content[begin:].replace(b"</t>", f"{body}</t>".encode())
            parts[name] = content
    return archive(parts)


@pytest.mark.parametrize("made", [ods, book])
@pytest.mark.parametrize(("head", "body"), [(OUTSIDE, "&x;"), (GROWING, "&x;" * 10_000)], ids=["a file", "quadratic"])
def test_xml_that_stands_for_something_else_is_not_read(made: Callable[[str, str], bytes], head: str, body: str):
    assert refusal(made(head, body)) == DAMAGED


def test_xml_that_names_an_address_calls_nobody():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        calling = f'<!DOCTYPE x SYSTEM "http://127.0.0.1:{listening.getsockname()[1]}/x.dtd">'
        assert refusal(ods(calling, "")) == DAMAGED
        assert rows(book(calling, "")) == [(2, "École d’Ici", "3", "vu")]
        with pytest.raises(BlockingIOError):
            listening.accept()
