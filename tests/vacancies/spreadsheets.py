"""Workbooks of a few lines, as office programs write them, and as somebody hostile would."""

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import odfdo
from openpyxl import Workbook

Lines = list[list[Any]]


def xlsx(lines: Lines, *, before: list[Lines] = ()) -> bytes:
    """A workbook whose last sheet has ``lines``; ``before`` are the sheets above it."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for sheet in [*before, lines]:
        page = workbook.create_sheet()
        for line in sheet:
            page.append(line)
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def ods(lines: Lines) -> bytes:
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    table = odfdo.Table("Feuille")
    for line in lines:
        row = odfdo.Row()
        for value in line:
            row.append_cell(odfdo.Cell(value))
        table.append_row(row)
    document.body.append(table)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def ods_of(rows: str) -> bytes:
    """An ODS whose table is written by hand."""
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f"<table:table>{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": xml.encode()})


def ods_row(*cells: str, times: int = 1) -> str:
    written = "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells)
    return f'<table:table-row table:number-rows-repeated="{times}">{written}</table:table-row>'


def archive(parts: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as zipped:
        for name, part in parts.items():
            zipped.writestr(name, part)
    return content.getvalue()
