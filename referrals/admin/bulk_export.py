"""The chosen files of the queue as a table for a spreadsheet: every column, and nothing that it would execute."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from vacancies.admin.exports import NOT_A_PAGE, cell, csv_file

from ..models import Referral
from .queue_columns import COLUMNS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_of(referrals: Sequence[Referral], form: str, *, at: datetime) -> HttpResponseBase:
    """Return ``referrals``, read with all that the columns need, as an attachment; ``form``: csv or xlsx."""
    name = f"saisines-{timezone.localdate(at):%Y-%m-%d}"
    labels = [column.label for column in COLUMNS.values()]
    rows = [[column.says(referral) for column in COLUMNS.values()] for referral in referrals]
    return csv_file(f"{name}.csv", labels, rows) if form == "csv" else xlsx_file(f"{name}.xlsx", labels, rows)


def xlsx_file(name: str, labels: Sequence[str], rows: Sequence[Sequence[str | int]]) -> HttpResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Saisines")
    sheet.append(list(labels))
    for row in rows:
        sheet.append([_written(value) for value in row])
    content = BytesIO()
    book.save(content)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content.getvalue(), content_type=XLSX, headers=disposition | NOT_A_PAGE)


def _written(value: str | int) -> str | int:
    """Return the value as a cell that no spreadsheet executes, without the characters that the format has no way to write."""
    return ILLEGAL_CHARACTERS_RE.sub("", cell(value)) if isinstance(value, str) else value
