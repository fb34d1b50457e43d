"""Tables that leave as files for a spreadsheet: nothing in them is ever taken for a formula."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.functional import Promise
from openpyxl import Workbook

from ..imports.template import NOT_IN_A_WORKBOOK, SHAPES, ods_book
from ..open_data import FORMULA, Echo

NOT_A_PAGE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
"""What is sent with a file, so that no browser opens it as a page nor keeps it, and no other site uses it."""


def cell(value: Any) -> Any:
    """Return the value as a cell; a text that looks like a formula gets an apostrophe in front.

    >>> [cell("=1+1"), cell("Histoire"), cell(-3), cell(None)]
    ["'=1+1", 'Histoire', -3, '']
    """
    if value is None:
        return ""
    if isinstance(value, Promise):  # a text in the language of whoever reads it
        value = str(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def csv_file(name: str, labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Return the table as an attachment, line by line: ``;`` and a byte-order mark, as French spreadsheets expect."""

    def lines() -> Iterator[str]:
        writer = csv.writer(Echo(), delimiter=";")
        yield "\ufeff" + writer.writerow(labels)
        for row in rows:
            yield writer.writerow([cell(value) for value in row])

    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8", headers=disposition | NOT_A_PAGE)


Sheets = Mapping[str, Sequence[Sequence[Any]]]
"""The name of each sheet of a workbook → its rows, headings first."""


def workbook(name: str, shape: str, sheets: Sheets) -> HttpResponse:
    """Return the sheets as an attachment; ``shape``: xlsx or ods."""
    written = {sheet: [[_written(value) for value in row] for row in rows] for sheet, rows in sheets.items()}
    content = _ods(written) if shape == "ods" else _xlsx(written)
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{shape}"'}
    return HttpResponse(content, content_type=SHAPES[shape][1], headers=disposition | NOT_A_PAGE)


def _written(value: Any) -> Any:
    """As `cell`, without the characters that the formats have no way to write; a number stays one."""
    written = cell(value)
    return NOT_IN_A_WORKBOOK.sub("", written) if isinstance(written, str) else value


def _xlsx(sheets: Sheets) -> bytes:
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _ods(sheets: Sheets) -> bytes:
    return ods_book([(name, rows, [_width(column) for column in zip(*rows, strict=True)]) for name, rows in sheets.items()])


def _width(column: Sequence[Any]) -> int:
    return min(60, max(12, *(len(str(value)) for value in column)))
