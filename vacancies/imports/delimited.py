"""CSV: byte-order marks, ``;`` ``,`` and tabs, Excel's ``sep=`` line, and broken lines, each refused alone, even one whose
quotation mark never closes.
"""

import csv
import re
from collections.abc import Iterator

from .report import FileRefused, LineRefused
from .tables import HEADER_WITHIN, Header, Table

DELIMITERS = ";,\t"
LONGEST_RECORD = 30
"""Physical lines that one quoted record may span; beyond, the quotation mark is taken for a stray one."""
NO_TEXT = 20
"""NUL bytes among the first thousand, beyond which these are no letters."""
NOT_FOR_A_DATABASE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]")
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def table(content: bytes, header: Header) -> Table:
    """Read ``content`` as delimited text. Raises FileRefused."""
    if content[:1000].count(b"\x00") > NO_TEXT and not content.startswith(tuple(BYTE_ORDER_MARKS)):
        raise FileRefused("ce n’est ni un texte ni un classeur : envoyez un fichier CSV, XLSX ou ODS")
    lines = _decode(content)
    told = lines[0].removeprefix("sep=").strip("\r\n") if lines and lines[0].startswith("sep=") else ""
    if told:
        lines[0] = ""
    filled = [place for place, line in enumerate(lines[: HEADER_WITHIN * 2]) if line.strip()]
    delimiters = [told if told in tuple(DELIMITERS) else max(DELIMITERS, key=lines[place].count) for place in filled]
    headings = [_cells(lines[place], delimiter) for place, delimiter in zip(filled, delimiters, strict=True)]
    found = header.find(headings)
    labels = headings[found]
    rows = _rows(lines, filled[found] + 1, delimiter=delimiters[found], width=len(labels), least=header.least(labels))
    return Table(labels=labels, rows=rows)


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line that need not be a record of the table."""
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:  # longer than any line of labels
        return []


def _decode(content: bytes) -> list[str]:
    """Return the lines of ``content``: as its byte-order mark says, else UTF-8, or the Western code page of Windows where no
    accent of it is UTF-8.

    Undecodable bytes of a UTF-8 file become U+FFFD, for which their line is then refused.
    """
    mark = next((mark for mark in BYTE_ORDER_MARKS if content.startswith(mark)), b"")
    content = content.removeprefix(mark)
    try:
        text = content.decode(BYTE_ORDER_MARKS.get(mark, "utf-8"))
    except UnicodeDecodeError:
        text = content.decode(BYTE_ORDER_MARKS.get(mark, "utf-8"), errors="replace")
        if not mark and not any(ord(character) > 127 for character in text.replace("\ufffd", "")):
            text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _rows(lines: list[str], at: int, *, delimiter: str, width: int, least: int) -> Iterator[tuple[int, list[str] | LineRefused]]:
    while at < len(lines):
        try:
            cells, span = _record(lines, at, delimiter=delimiter, width=width, least=least)
            if cells:
                yield at + 1, cells
        except LineRefused as refusal:
            yield at + 1, refusal
            span = 1
        at += span


def _record(lines: list[str], at: int, *, delimiter: str, width: int, least: int) -> tuple[list[str], int]:
    """Return the cells of the record that starts at line ``at``, and how many lines it spans; no cells for a blank line.

    Empty cells beyond the labels say nothing, and the last ones may be missing down to ``least``.
    Raises LineRefused.
    """
    if not lines[at].strip():
        return [], 1
    longest = min(LONGEST_RECORD, len(lines) - at)
    spans = [1, *(span for span in range(2, longest + 1) if lines[at].count('"') % 2)]
    for span in spans:
        text = "\n".join(lines[at : at + span])
        try:
            records = list(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        if len(records) == 1 and least <= len(records[0]) and not any(cell.strip() for cell in records[0][width:]):
            if NOT_FOR_A_DATABASE.search(text):
                raise LineRefused("la ligne contient des caractères illisibles")
            return records[0][:width], span
    try:
        found = len(next(csv.reader([lines[at]], delimiter=delimiter)))
    except csv.Error:
        raise LineRefused("la ligne est trop longue") from None
    if found == width or lines[at].count('"') % 2:
        raise LineRefused("un guillemet n’est pas fermé ou est mal placé")
    raise LineRefused(f"{found} colonne{'s' * (found > 1)} au lieu de {width}")
