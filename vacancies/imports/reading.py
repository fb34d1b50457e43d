"""A file of a ministry, or somebody's spreadsheet: bytes in, numbered rows out, whatever its shape (CSV, XLSX, ODS, JSON).

The content decides the shape, not the name. Labels are found whatever their case, accents and apostrophes, and a title may stand
above them. What is wrong with one line is said of that line alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.core.files import File

from . import delimited, json_records, workbooks
from .report import FileRefused, LineRefused
from .tables import MOST_ROWS, Header, Table

Source = Path | BinaryIO | File

LONGEST_CELL = 5_000
"""Characters; the longest of the ministry's files has a tenth of it. A small archive may hold a very long one a million times."""
MOST_BYTES = 60_000_000
"""The largest file of the ministry, with room to grow."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record: the number of its first line in the file, and its cells, trimmed, by field."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One line that is no record, and why."""

    line: int
    refusal: LineRefused


def read(source: Source, *, columns: Mapping[str, str]) -> Iterator[Row | Broken]:
    """Yield the records of ``source``, whose ``columns`` give the label of each wanted field.

    Raises FileRefused: an empty or oversized file, a shape that is not read here, a column that is not there.
    """
    content = _content(source)
    header = Header(columns)
    table = _shape(content)(content, header)
    places = header.places(table.labels)
    for count, (line, cells) in enumerate(table.rows, 1):
        if count > MOST_ROWS:
            raise FileRefused(f"plus de {MOST_ROWS} lignes")
        if isinstance(cells, LineRefused):
            yield Broken(line=line, refusal=cells)
        elif any(cells):
            found = {field: cells[place].strip() if place < len(cells) else "" for field, place in places.items()}
            refusal = next((_unfit(cell, column=columns[field]) for field, cell in found.items() if _unfit(cell, column="")), None)
            if refusal:
                yield Broken(line=line, refusal=refusal)
            else:
                yield Row(line=line, cells={field: " ".join(found.get(field, "").split()) for field in columns})


def _unfit(cell: str, *, column: str) -> LineRefused | None:
    """Return why a cell is not read; None where it is."""
    if len(cell) > LONGEST_CELL:
        return LineRefused(f"cellule de {len(cell)} caractères, au plus {LONGEST_CELL}", column=column)
    if cell.startswith("="):
        return LineRefused("une formule au lieu d’une valeur : recopiez la valeur", column=column)
    return None


def _content(source: Source) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    else:
        content = source.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FileRefused(f"le fichier dépasse {MOST_BYTES // 1_000_000} Mo")
    return content


def _shape(content: bytes) -> Callable[[bytes, Header], Table]:
    """Return what reads ``content``. Raises FileRefused for what is known to be no table."""
    for magic, sentence in NO_TABLE.items():
        if content.startswith(magic):
            raise FileRefused(sentence)
    if content.startswith(b"PK\x03\x04"):
        return workbooks.table
    start = content.removeprefix(b"\xef\xbb\xbf")[:200].lstrip()
    if start[:1] == b"{" or (start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"]", b"")):
        return json_records.table
    if start[:1] == b"<":
        raise FileRefused("c’est une page web ou un document XML : enregistrez le tableau en CSV, XLSX ou ODS")
    return delimited.table


NO_TABLE = {
    b"\xd0\xcf\x11\xe0": "c’est un ancien classeur Excel (.xls), ou un classeur protégé par un mot de passe : enregistrez-le en "
    ".xlsx, sans mot de passe",
    b"%PDF": "c’est un PDF : envoyez le tableau en CSV, XLSX ou ODS",
    b"\x1f\x8b": "c’est une archive compressée : envoyez le fichier qu’elle contient",
    b"7z\xbc\xaf": "c’est une archive compressée : envoyez le fichier qu’elle contient",
    b"Rar!": "c’est une archive compressée : envoyez le fichier qu’elle contient",
    b"\x89PNG": "c’est une image : envoyez le tableau en CSV, XLSX ou ODS",
    b"\xff\xd8\xff": "c’est une image : envoyez le tableau en CSV, XLSX ou ODS",
}
"""How files begin that people send by mistake, and what to tell them."""
