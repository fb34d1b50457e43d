"""Tables that leave as files for a spreadsheet: nothing in them is ever taken for a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

from ..open_data import FORMULA, Echo

NOT_A_PAGE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
"""What is sent with a file, so that no browser opens it as a page nor keeps it."""


def cell(value: Any) -> Any:
    """Return the value as a cell; a text that looks like a formula gets an apostrophe in front.

    >>> [cell("=1+1"), cell("Histoire"), cell(-3), cell(None)]
    ["'=1+1", 'Histoire', -3, '']
    """
    if value is None:
        return ""
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
