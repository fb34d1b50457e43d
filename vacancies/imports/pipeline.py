"""Read, resolve, compare, report, apply: the one way a file comes in, whatever its reader.

A reader knows one kind of file and the rows it speaks of. It says what each line means (`resolve`), what stands today (`stored`),
and writes changes (`write`). Comparing is done here, in plain values; so the same changes can be shown before they are applied,
and applied backwards.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import IntegrityError, connection, models, transaction

from .reading import Broken, Row, Source, read
from .report import Change, FileRefused, Finding, Key, LineRefused, Report, Values

Progress = Callable[[str, int, int], None]
"""Told the phase, how much is done, and of how much (0 while nobody knows)."""

BATCH = 2_000
ONE_AT_A_TIME = 0x5A151_0001
"""Key of the advisory lock of imports: two at once would both add the same rows."""


def no_progress(phase: str, done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One row that found its place.

    key: what makes two rows the same thing. values: the thing as the file would have it. label: what a person calls it.
    set_aside: values of the row that were left out, each with its reason.
    """

    key: Key
    values: Values
    label: str
    set_aside: list[LineRefused] = field(default_factory=list)


class Reader(ABC):
    """One kind of file. It is made anew for each run, and reads then what it needs to know of the database."""

    columns: ClassVar[Mapping[str, str]]
    """Field → label in the file."""
    labels: ClassVar[Mapping[str, str]] = {}
    """Field of the values → what a person calls it; a field without one is not shown."""
    usual: ClassVar[Mapping[str, Any]] = {}
    """Field of the values → what goes without saying of something new."""
    withdrawing_is_a_mark: ClassVar[bool] = False
    """Whether what a complete file lacks is only marked, and comes back with the next file: then refused lines stop nothing."""

    @abstractmethod
    def resolve(self, cells: dict[str, str]) -> Record | None:
        """Return the record that the row is; None for a row that says nothing. Raises LineRefused."""

    @abstractmethod
    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        """Return what stands, by key: all that a complete file would speak of, and at least those of ``keys`` that exist."""

    @abstractmethod
    def write(self, changes: Sequence[Change]) -> None:
        """Make each thing what its change says, in bulk; ``after`` is None for what goes. Raises FileRefused."""

    def key_in(self, cells: dict[str, str]) -> Key | None:
        """Return the key of what a refused row speaks of; None where it cannot be told."""
        return None

    def combined(self, first: Record, second: Record) -> Record:
        """Return what two rows of one key say together. Raises LineRefused, as most files have one row for each thing."""
        raise LineRefused("déjà lu")

    def settled(self, before: Values | None, wanted: Values) -> Values:
        """Return the values to write where ``before`` stands: those of the file, unless what stands must not be lost."""
        return wanted

    def absent(self, key: Key, before: Values) -> Values | None:
        """Return what becomes of what a complete file no longer has: by default nothing."""
        return before

    def label_of(self, key: Key, before: Values) -> str:
        """Return what a person calls what stands."""
        return " – ".join(key)

    def lock(self) -> None:  # noqa: B027 - most have nothing to lock
        """Lock what nobody else may move between comparing and writing."""


def compare(reader: Reader, source: Source, *, name: str, complete: bool = False, progress: Progress = no_progress) -> Report:
    """Return what ``source`` would add, change, withdraw and leave out; ``name`` is the file's. Nothing is written.

    Raises FileRefused.
    """
    report = Report(file=name)
    records: dict[Key, tuple[int, Record]] = {}
    silent: set[Key | None] = set()
    for count, row in enumerate(read(source, columns=reader.columns)):
        if count % 500 == 0:
            progress("lecture", count, 0)
        try:
            if isinstance(row, Broken):
                raise row.refusal
            record = reader.resolve(row.cells)
            if record is None:
                silent.add(reader.key_in(row.cells))
                continue
            line, first = records.get(record.key, (row.line, None))
            records[record.key] = line, _together(reader, line, first, record) if first else record
            report.set_aside += [Finding.of(row.line, value, key=record.key) for value in record.set_aside]
        except LineRefused as refusal:
            key = reader.key_in(row.cells) if isinstance(row, Row) else None
            report.refused.append(Finding.of(row.line, refusal, key=key))
    report.asked = {finding.asked for finding in [*report.refused, *report.set_aside] if finding.asked}
    progress("comparaison", 0, len(records))
    stored = reader.stored(records.keys())
    for key, (line, record) in records.items():
        before = stored.get(key)
        after = reader.settled(before, record.values)
        if before == after:
            report.unchanged += 1
        else:
            report.changes.append(Change(key=key, label=record.label, before=before, after=after, line=line))
    if complete:
        spoken_of = records.keys() | {finding.key for finding in report.refused}
        report.withholds = None in spoken_of and not reader.withdrawing_is_a_mark
        for key in [] if report.withholds else sorted(stored.keys() - spoken_of - silent):
            standing = stored[key]
            if (left := reader.absent(key, standing)) != standing:
                report.changes.append(Change(key=key, label=reader.label_of(key, standing), before=standing, after=left))
    return report


def _together(reader: Reader, line: int, first: Record, second: Record) -> Record:
    try:
        return reader.combined(first, second)
    except LineRefused as refusal:
        raise LineRefused(f"{refusal.reason} à la ligne {line}", column=refusal.column) from None


def write(reader: Reader, changes: Sequence[Change], *, progress: Progress = no_progress) -> None:
    """Write ``changes`` in the caller's transaction, batch by batch. Raises FileRefused."""
    assert connection.in_atomic_block
    for start in range(0, len(changes), BATCH):
        progress("écriture", start, len(changes))
        reader.write(changes[start : start + BATCH])


def one_at_a_time() -> None:
    """Wait for the import that another transaction is applying, and keep others waiting until ours is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


@transaction.atomic
def load(reader: Reader, source: Source, *, name: str) -> Report:
    """Compare ``source`` and write what differs, in one transaction. Doing it twice changes nothing. Raises FileRefused."""
    try:
        report = compare(reader, source, name=name)
        write(reader, report.changes)
    except FileRefused as refusal:
        raise FileRefused(f"{name} : {refusal}") from None
    return report


def write_rows(
    model: type[models.Model],
    changes: Sequence[Change],
    *,
    existing: Mapping[Key, models.Model],
    build: Callable[[Change], models.Model],
    fields: Collection[str],
) -> dict[Key, models.Model]:
    """Create, update and delete the rows of ``model`` that ``changes`` speak of; return those that stand afterwards, by key.

    existing: the rows that stand, by key. build: makes the row of a change, without its primary key.
    """
    try:
        with transaction.atomic():
            return _written(model, changes, existing=existing, build=build, fields=fields)
    except IntegrityError as error:
        what = model._meta.verbose_name
        raise FileRefused(
            f"deux objets n’en feraient qu’un ({what}) : la base a changé, ou le fichier nomme le même deux fois"
        ) from error


def _written(
    model: type[models.Model],
    changes: Sequence[Change],
    *,
    existing: Mapping[Key, models.Model],
    build: Callable[[Change], models.Model],
    fields: Collection[str],
) -> dict[Key, models.Model]:
    wanted = {change.key: build(change) for change in changes if change.after is not None}
    gone = [existing[change.key].pk for change in changes if change.after is None and change.key in existing]
    if gone:
        try:
            model._default_manager.filter(pk__in=gone).delete()
        except models.ProtectedError as error:
            rows = sorted({str(row) for row in error.protected_objects})
            what = model._meta.verbose_name
            raise FileRefused(f"un objet ({what}) sert déjà et ne peut pas être retiré : {rows[0]}") from error
    for key, row in wanted.items():
        if key in existing:
            row.pk = existing[key].pk
    model._default_manager.bulk_create([row for key, row in wanted.items() if key not in existing], batch_size=BATCH)
    kept = [row for key, row in wanted.items() if key in existing]
    if fields and kept:
        # As rows that are there already: bulk_update writes a CASE for each column of each row, which is many times slower.
        unique = [model._meta.pk.attname]
        columns = [model._meta.get_field(name.removesuffix("_id")).name for name in fields]
        model._default_manager.bulk_create(
            kept, batch_size=BATCH, update_conflicts=True, unique_fields=unique, update_fields=columns
        )
    return wanted
