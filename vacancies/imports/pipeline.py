"""Read, resolve, report, apply: the one way a file comes in, whatever its reader."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from django.db import models, transaction

from .reading import Broken, Source, read
from .report import FileRefused, Finding, LineRefused, Report

AnyModel = TypeVar("AnyModel", bound=models.Model)


@dataclass(kw_only=True)
class Record(Generic[AnyModel]):
    """One row that found its place.

    key: what makes two rows the same thing. wanted: the object as the file would have it, not yet saved.
    set_aside: values of the row that were left out, each with its reason.
    """

    key: Hashable
    wanted: AnyModel
    line: int = 0
    set_aside: list[LineRefused] = field(default_factory=list)


AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The keys that an application added and changed; the others were as the file has them."""

    added: frozenset[Hashable]
    changed: frozenset[Hashable]


class Reader(Protocol[AnyRecord]):
    """What the pipeline asks of a file's reader."""

    columns: Mapping[str, str]
    """Field → label in the file."""

    def resolve(self, cells: dict[str, str]) -> AnyRecord:
        """Return the record that the row is. Raises LineRefused."""

    def apply(self, records: Sequence[AnyRecord]) -> Outcome:
        """Write the records, of distinct keys, in bulk; what is as the file has it is not written."""


def load(reader: Reader, source: Source, *, name: str) -> Report:
    """Import ``source`` through ``reader`` and return what became of it; ``name`` is the file's, for the report.

    All that can be placed is applied in one transaction. Doing it twice changes nothing. Raises FileRefused.
    """
    report = Report(file=name)
    records: dict[Hashable, Record] = {}
    try:
        for row in read(source, columns=reader.columns):
            try:
                if isinstance(row, Broken):
                    raise row.refusal
                record = reader.resolve(row.cells)
                record.line = row.line
                if first := records.get(record.key):
                    raise LineRefused(f"déjà lu à la ligne {first.line}")
            except LineRefused as refusal:
                report.refused.append(_finding(row.line, refusal))
            else:
                records[record.key] = record
                report.set_aside += [_finding(row.line, value) for value in record.set_aside]
    except FileRefused as refusal:
        raise FileRefused(f"{name} : {refusal}") from None
    with transaction.atomic():
        outcome = reader.apply(list(records.values()))
    report.added = len(outcome.added)
    report.changed = len(outcome.changed)
    report.unchanged = len(records) - report.added - report.changed
    return report


def write(records: Sequence[Record[AnyModel]], *, existing: Mapping[Hashable, AnyModel], fields: Collection[str]) -> Outcome:
    """Create the wanted objects whose keys are not in ``existing``, and update those whose ``fields`` differ.

    Each record's ``wanted`` has a primary key afterwards.
    """
    added = [record for record in records if record.key not in existing]
    changed = []
    for record in records:
        if stored := existing.get(record.key):
            record.wanted.pk = stored.pk
            if any(getattr(record.wanted, name) != getattr(stored, name) for name in fields):
                changed.append(record)
    if added:
        type(added[0].wanted).objects.bulk_create([record.wanted for record in added], batch_size=2000)
    if changed:
        type(changed[0].wanted).objects.bulk_update([record.wanted for record in changed], list(fields), batch_size=2000)
    return Outcome(added=_keys(added), changed=_keys(changed))


def _keys(records: Iterable[Record]) -> frozenset[Hashable]:
    return frozenset(record.key for record in records)


def _finding(line: int, refusal: LineRefused) -> Finding:
    return Finding(line=line, column=refusal.column, reason=refusal.reason, candidates=refusal.candidates)
