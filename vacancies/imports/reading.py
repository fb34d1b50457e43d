"""A CSV file of a ministry, or of somebody's spreadsheet: bytes in, numbered rows out.

Knows byte-order marks, ``;`` ``,`` and tabs, French labels whatever their case and apostrophes, and broken lines: each of
those is refused alone, even one whose quotation mark never closes.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..names import normalise
from .report import FileRefused, LineRefused

Source = Path | BinaryIO

DELIMITERS = ";,\t"
LONGEST_RECORD = 30
"""Physical lines that one quoted record may span; beyond, the quotation mark is taken for a stray one."""
NOT_FOR_A_DATABASE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record: the number of its first line in the file (the labels are line 1), and its cells, trimmed, by field."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One line that is no record, and why."""

    line: int
    refusal: LineRefused


def read(source: Source, *, columns: Mapping[str, str]) -> Iterator[Row | Broken]:
    """Yield the records of ``source``, whose ``columns`` give the label of each wanted field.

    Raises FileRefused: an empty file, a column that is not there.
    """
    lines = _decode(source.read_bytes() if isinstance(source, Path) else source.read())
    if not lines or not lines[0].strip():
        raise FileRefused("le fichier est vide")
    delimiter = max(DELIMITERS, key=lines[0].count)
    labels = [normalise(label) for label in next(csv.reader([lines[0]], delimiter=delimiter))]
    missing = [label for label in columns.values() if normalise(label) not in labels]
    if missing:
        raise FileRefused("colonne absente : " + ", ".join(f"« {label} »" for label in missing))
    places = {field: labels.index(normalise(label)) for field, label in columns.items()}
    at = 1
    while at < len(lines):
        try:
            cells, span = _record(lines, at, delimiter=delimiter, width=len(labels))
            if cells:
                yield Row(line=at + 1, cells={field: " ".join(cells[place].split()) for field, place in places.items()})
        except LineRefused as refusal:
            yield Broken(line=at + 1, refusal=refusal)
            span = 1
        at += span


def _decode(content: bytes) -> list[str]:
    """Return the lines of ``content``: UTF-8, or the Western code page of Windows where no accent of it is UTF-8.

    Undecodable bytes of a UTF-8 file become U+FFFD, for which their line is then refused.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode(errors="replace")
        if not any(ord(character) > 127 for character in text.replace("\ufffd", "")):
            text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _record(lines: list[str], at: int, *, delimiter: str, width: int) -> tuple[list[str], int]:
    """Return the cells of the record that starts at line ``at``, and how many lines it spans; no cells for a blank line.

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
        if len(records) == 1 and len(records[0]) == width:
            if NOT_FOR_A_DATABASE.search(text):
                raise LineRefused("la ligne contient des caractères illisibles")
            return records[0], span
    try:
        found = len(next(csv.reader([lines[at]], delimiter=delimiter)))
    except csv.Error:
        raise LineRefused("la ligne est trop longue") from None
    if found == width or lines[at].count('"') % 2:
        raise LineRefused("un guillemet n’est pas fermé ou est mal placé")
    raise LineRefused(f"{found} colonne{'s' * (found > 1)} au lieu de {width}")
