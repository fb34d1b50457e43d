"""JSON as the ministry's platform gives it: a list of records, alone, under ``results``, or under ``records`` and ``fields``."""

import json
from typing import Any

from .report import FileRefused, LineRefused
from .tables import Header, Table


def table(content: bytes, header: Header) -> Table:
    """Read ``content`` as records; a line's number is its record's, from 1. Raises FileRefused."""
    try:
        found = json.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise FileRefused("le fichier JSON est abîmé ou incomplet") from None
    if isinstance(found, dict):
        found = found.get("results", found.get("records"))
    if not isinstance(found, list):
        raise FileRefused("ce JSON n’est pas une liste d’enregistrements")
    records = [record.get("fields", record) if isinstance(record, dict) else record for record in found]
    known = list(dict.fromkeys(label for record in records if isinstance(record, dict) for label in record))
    header.find([known] if records else [])
    labels = [known[place] for place in sorted(header.places(known).values())]  # of the others there may be any number
    return Table(labels=labels, rows=((number, _cells(record, labels)) for number, record in enumerate(records, 1)))


def _cells(record: Any, labels: list[str]) -> list[str] | LineRefused:
    if not isinstance(record, dict):
        return LineRefused("ce n’est pas un enregistrement")
    try:
        cells = [_text(record.get(label)) for label in labels]
    except RecursionError:
        return LineRefused("des valeurs sont emboîtées trop profondément")
    unfit = any("\x00" in cell for cell in cells)
    return LineRefused("la ligne contient des caractères illisibles") if unfit else cells


def _text(value: Any) -> str:
    """Return ``value`` as a CSV of the same data would have it: a list joined by ``|``, nothing for null."""
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case float() if value.is_integer():
            return str(int(value))
        case list():
            return "|".join(map(_text, value))
        case dict():
            value = json.dumps(value, ensure_ascii=False)
    return str(value).encode(errors="replace").decode()
