"""Academic regions and académies: the project's own two files."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..models import AcademicRegion, Academy
from .pipeline import Outcome, Record, write
from .report import LineRefused
from .values import fitting, required

YES_OR_NO = {"oui": True, "non": False}


class Regions:
    """Reader of regions.csv. An empty court is one the project does not know: what an administrator wrote there stays."""

    columns = {name: name for name in ("code", "name", "single_university", "vice_rectorate", "court")}

    def resolve(self, cells: dict[str, str]) -> Record[AcademicRegion]:
        for column in ("single_university", "vice_rectorate"):
            if cells[column] not in YES_OR_NO:
                raise LineRefused("ni « oui » ni « non »", column=column)
        region = AcademicRegion(
            code=fitting(required(cells, "code", columns=self.columns), model=AcademicRegion, field="code", column="code"),
            name=fitting(required(cells, "name", columns=self.columns), model=AcademicRegion, field="name", column="name"),
            single_university=YES_OR_NO[cells["single_university"]],
            vice_rectorate=YES_OR_NO[cells["vice_rectorate"]],
            court=fitting(cells["court"], model=AcademicRegion, field="court", column="court"),
        )
        return Record(key=region.code, wanted=region)

    def apply(self, records: Sequence[Record[AcademicRegion]]) -> Outcome:
        existing = AcademicRegion.objects.in_bulk()
        for record in records:
            if not record.wanted.court and record.key in existing:
                record.wanted.court = existing[record.key].court
        return write(records, existing=existing, fields=["name", "single_university", "vice_rectorate", "court"])


class Academies:
    """Reader of academies.csv; regions come first."""

    columns = {name: name for name in ("code", "name", "region", "zone", "calendar")}

    def __init__(self) -> None:
        self._regions = set(AcademicRegion.objects.values_list("pk", flat=True))

    def resolve(self, cells: dict[str, str]) -> Record[Academy]:
        if cells["region"] not in self._regions:
            raise LineRefused(f"région académique inconnue : « {cells['region']} »", column="region")
        try:
            ZoneInfo(cells["zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise LineRefused(f"fuseau horaire inconnu : « {cells['zone']} »", column="zone") from None
        academy = Academy(
            code=fitting(required(cells, "code", columns=self.columns), model=Academy, field="code", column="code"),
            name=fitting(required(cells, "name", columns=self.columns), model=Academy, field="name", column="name"),
            region_id=cells["region"],
            zone=cells["zone"],
            calendar=fitting(required(cells, "calendar", columns=self.columns), model=Academy, field="calendar", column="calendar"),
        )
        return Record(key=academy.code, wanted=academy)

    def apply(self, records: Sequence[Record[Academy]]) -> Outcome:
        return write(records, existing=Academy.objects.in_bulk(), fields=["name", "region_id", "zone", "calendar"])
