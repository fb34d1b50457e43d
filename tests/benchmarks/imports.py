"""The whole "Mon Master" catalogue: read and compared, applied, read again, beside a bare COPY of the same rows."""

import csv
from collections.abc import Callable
from io import StringIO
from time import perf_counter

from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from vacancies.imports import acts
from vacancies.imports.mon_master import MonMaster
from vacancies.imports.reference import load_reference
from vacancies.models import Import, ImportKind, ImportState, Institution, MasterMention

ROWS = 16_000
FIELDS = (
    "session",
    "uai",
    "institution",
    "ifc",
    "mention",
    "track",
    "alternation",
    "modalities",
    "places",
    "capacity",
    "candidates",
)


def catalogue(*, rows: int = ROWS) -> list[list[str]]:
    """Return rows of two sessions of half as many programmes in the institutions of the register, under their labels."""
    load_reference()
    institutions = list(Institution.objects.exclude(town="").order_by("pk"))
    lines = [[str(MonMaster.columns[field]) for field in FIELDS]]
    for number in range(rows):
        programme = number // 2
        at = institutions[programme % len(institutions)]
        place = f"Site {programme % 9} - {at.town.upper()} (69)|Autre site - {at.town.upper()} (69)"
        lines.append(
            [
                str(2024 + number % 2), at.uai, at.name, f"0900820{programme:05d}", f"MENTION DE BANC {programme % 250} BIS",
                f"Parcours {programme}", str(programme % 2), "INITIALE,CONTINUE", place, "30", "406",
            ]
        )  # fmt: skip
    return lines


def written(rows: list[list[str]]) -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def copied(rows: list[list[str]]) -> None:
    """Copy the rows, as they are, into a table of text."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_copy")
        cursor.execute(f"CREATE TABLE bench_copy ({', '.join(f'{field} text' for field in FIELDS)})")
        with cursor.copy("COPY bench_copy FROM STDIN") as copy:
            for row in rows[1:]:
                copy.write_row(row)


def seconds(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def import_times() -> dict[str, float]:
    """Return the seconds of each step of the way, and of the COPY."""
    rows = catalogue()
    content = written(rows)
    known = list(MasterMention.objects.values_list("pk", flat=True))

    def handed_in(name: str, content: bytes) -> Import:
        file = ContentFile(content, name)
        return acts.submit(kind=ImportKind.MON_MASTER, file=file, complete=True, by="banc", at=timezone.now())

    def worked(of: Import, *, to: ImportState) -> float:
        took = seconds(lambda: acts.run(of.pk, at=timezone.now()))
        of.refresh_from_db()
        assert of.state == to, of.sentence
        return took

    of = handed_in("un.csv", content)
    times = {"read and compared": worked(of, to=ImportState.READY)}
    acts.confirm(of.key, plan=of.plan, by="banc", at=timezone.now())
    times["applied, all new"] = worked(of, to=ImportState.APPLIED)
    assert (of.added, of.refused) == (ROWS // 2, 0)
    again = handed_in("deux.csv", content + b"\n")  # the same rows, not the same file
    times["read again, nothing to change"] = worked(again, to=ImportState.NOTHING)
    assert not again.changes_something
    other = handed_in("trois.csv", content.replace(b";406", b";407"))
    worked(other, to=ImportState.READY)
    acts.confirm(other.key, plan=other.plan, by="banc", at=timezone.now())
    times["applied, all changed"] = worked(other, to=ImportState.APPLIED)
    assert other.changed == ROWS // 2
    acts.reverse(other.key, by="banc", at=timezone.now())
    times["undone"] = worked(other, to=ImportState.REVERSED)
    acts.reverse(of.key, by="banc", at=timezone.now())
    worked(of, to=ImportState.REVERSED)
    MasterMention.objects.exclude(pk__in=known).delete()  # what is measured next finds the catalogue as it was
    copied(rows)
    times["COPY"] = seconds(lambda: copied(rows))
    return times
