"""The chosen files of the queue as a table for a spreadsheet: every column, and nothing that it would execute."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponseBase
from django.utils import timezone

from vacancies.admin.exports import csv_file, workbook

from ...models import Referral
from ..queue.columns import COLUMNS


def export_of(referrals: Sequence[Referral], form: str, *, at: datetime) -> HttpResponseBase:
    """Return ``referrals``, read with all that the columns need, as an attachment; ``form``: csv, ods or xlsx."""
    name = f"saisines-{timezone.localdate(at):%Y-%m-%d}"
    labels = [column.label for column in COLUMNS.values()]
    rows = [[column.says(referral) for column in COLUMNS.values()] for referral in referrals]
    return csv_file(f"{name}.csv", labels, rows) if form == "csv" else workbook(name, form, {"Saisines": [labels, *rows]})
