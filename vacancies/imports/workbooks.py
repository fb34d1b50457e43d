"""Workbooks: XLSX through openpyxl, ODS through its own XML. The first sheet that has the labels is read.

A workbook is a ZIP archive: what it would unpack to is asked before it is unpacked. An ODS may say "this cell, a million times"
in one element, and no library stops before it has written them all out; so its XML is read here as it streams by.
"""

from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from itertools import chain, islice
from typing import Any
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from defusedxml.ElementTree import iterparse
from openpyxl import load_workbook

from .report import FileRefused
from .tables import HEADER_WITHIN, MOST_ROWS, Header, Table

MOST_UNPACKED = 100_000_000
MOST_PARTS = 2_000
MOST_SHEETS = 20
MOST_COLUMNS = 300
LAST_LINE = MOST_ROWS + 1_000_000
FORMULA = "="
"""What stands for a formula, whatever it computes: `reading.read` refuses it where it matters."""

DAMAGED = "le classeur est abîmé : ouvrez-le et enregistrez-le de nouveau"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
SHEET = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

Rows = Iterator[tuple[int, list[str]]]


def table(content: bytes, header: Header) -> Table:
    """Read ``content``, a ZIP archive, as a workbook. Raises FileRefused."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise FileRefused("ce classeur se déplierait en un fichier démesuré : il n’est pas ouvert")
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefused("le classeur est protégé par un mot de passe : enregistrez-le sans")
            names = archive.namelist()
            if "xl/workbook.xml" in names:
                return _first(_sheets_of_xlsx(content), header)
            if "content.xml" in names and archive.read("mimetype").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
                return _first(_sheets_of_ods(archive), header)
    except FileRefused:
        raise
    except Exception as error:  # whatever a damaged or hostile workbook makes three parsers say
        raise FileRefused(DAMAGED) from error
    raise FileRefused("c’est une archive ou un document, non un tableau : envoyez un fichier CSV, XLSX ou ODS")


def _first(sheets: Iterator[Rows], header: Header) -> Table:
    """Return the first sheet that has the labels; where none has, what the first one lacks is said."""
    refused: FileRefused | None = None
    for sheet in islice(sheets, MOST_SHEETS):
        filled = ((line, cells) for line, cells in sheet if any(cells))
        top = list(islice(filled, HEADER_WITHIN))
        try:
            found = header.find(cells for _, cells in top)
        except FileRefused as refusal:
            refused = refused or refusal
        else:
            rows = list(islice(chain(top[found + 1 :], filled), MOST_ROWS + 1))
            return Table(labels=top[found][1], rows=rows)
    raise refused or FileRefused("le fichier est vide")


def _sheets_of_xlsx(content: bytes) -> Iterator[Rows]:
    workbook = load_workbook(BytesIO(content), read_only=True)
    try:
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # what the file says of its size need not be so
            yield _rows_of_xlsx(sheet)
    finally:
        workbook.close()


def _rows_of_xlsx(sheet: Any) -> Rows:
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
        _count(number)
        yield number, _trimmed([_text(cell) for cell in row])


def _text(cell: Any) -> str:
    match cell.value:
        case None:
            return ""
        case _ if cell.data_type == "f":
            return FORMULA
        case bool():
            return "oui" if cell.value else "non"
        case datetime():
            return cell.value.date().isoformat()
        case date():
            return cell.value.isoformat()
        case float() if cell.value.is_integer():
            return str(int(cell.value))
    return str(cell.value)


def _count(number: int) -> None:
    """Stop at a line so far down that no table has it; a file may name one without having those above."""
    if number > LAST_LINE:
        raise FileRefused(f"plus de {LAST_LINE} lignes, vides ou non")


def _trimmed(cells: list[str]) -> list[str]:
    """Return ``cells`` without the empty ones at the end: a sheet is as wide as its widest line."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _sheets_of_ods(archive: ZipFile) -> Iterator[Rows]:
    with archive.open("content.xml") as content:
        elements = iterparse(content, events=("start", "end"), forbid_dtd=True)
        for event, element in elements:
            if event == "start" and element.tag == f"{SHEET}table":
                yield _rows_of_ods(elements)


def _rows_of_ods(elements: Iterator[tuple[str, Element]]) -> Rows:
    number = 1
    for event, element in elements:
        if event != "end":
            continue
        if element.tag == f"{SHEET}table":
            return
        if element.tag == f"{SHEET}table-row":
            _count(number)
            cells = _trimmed(list(islice(_cells_of_ods(element), MOST_COLUMNS)))
            times = _repeated(element, "rows")
            for copy in range(min(times, MOST_ROWS + 1) if cells else 0):
                yield number + copy, cells
            number += times
            element.clear()


def _cells_of_ods(row: Element) -> Iterator[str]:
    for cell in row:
        if cell.tag in (f"{SHEET}table-cell", f"{SHEET}covered-table-cell"):
            text = _text_of_ods(cell)
            for _ in range(min(_repeated(cell, "columns"), MOST_COLUMNS)):
                yield text


def _text_of_ods(cell: Element) -> str:
    if cell.get(f"{SHEET}formula"):
        return FORMULA
    match cell.get(f"{OFFICE}value-type"):
        case "float" | "currency" | "percentage":
            value = cell.get(f"{OFFICE}value", "")
            return value.removesuffix(".0")
        case "date":
            return cell.get(f"{OFFICE}date-value", "")[:10]
        case "boolean":
            return "oui" if cell.get(f"{OFFICE}boolean-value") == "true" else "non"
    # Only the paragraphs of the cell itself: a comment has paragraphs too.
    return "\n".join("".join(paragraph.itertext()) for paragraph in cell.findall(f"{TEXT}p"))


def _repeated(element: Element, what: str) -> int:
    return max(1, int(element.get(f"{SHEET}number-{what}-repeated", "1")))
