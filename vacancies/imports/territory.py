"""Academic regions and académies: the project's own two files."""

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..models import AcademicRegion, Academy
from .pipeline import Reader, Record, write_rows
from .report import Change, Key, LineRefused, Values
from .values import fitting, required

YES_OR_NO = {"oui": True, "non": False}


class Regions(Reader):
    """Reader of regions.csv. An empty court is one the project does not know: what an administrator wrote there stays."""

    columns = {name: name for name in ("code", "name", "single_university", "vice_rectorate", "court")}

    fields = ("name", "single_university", "vice_rectorate", "court")

    def resolve(self, cells: dict[str, str]) -> Record:
        for column in ("single_university", "vice_rectorate"):
            if cells[column] not in YES_OR_NO:
                raise LineRefused("ni « oui » ni « non »", column=column)
        code = fitting(required(cells, "code", columns=self.columns), model=AcademicRegion, field="code", column="code")
        values: Values = {
            "name": fitting(required(cells, "name", columns=self.columns), model=AcademicRegion, field="name", column="name"),
            "single_university": YES_OR_NO[cells["single_university"]],
            "vice_rectorate": YES_OR_NO[cells["vice_rectorate"]],
            "court": fitting(cells["court"], model=AcademicRegion, field="court", column="court"),
        }
        return Record(key=(code,), values=values, label=values["name"])

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        self._existing: dict[Key, AcademicRegion] = {(region.code,): region for region in AcademicRegion.objects.all()}
        return {key: {name: getattr(region, name) for name in self.fields} for key, region in self._existing.items()}

    def settled(self, before: Values | None, wanted: Values) -> Values:
        return wanted | {"court": wanted["court"] or (before["court"] if before else "")}

    def write(self, changes: Sequence[Change]) -> None:
        def build(change: Change) -> AcademicRegion:
            return AcademicRegion(code=change.key[0], **(change.after or {}))

        write_rows(AcademicRegion, changes, existing=self._existing, build=build, fields=self.fields)


class Academies(Reader):
    """Reader of academies.csv; regions come first."""

    columns = {name: name for name in ("code", "name", "region", "zone", "calendar")}
    fields = ("name", "region_id", "zone", "calendar")

    def __init__(self) -> None:
        self._regions = set(AcademicRegion.objects.values_list("pk", flat=True))

    def resolve(self, cells: dict[str, str]) -> Record:
        if cells["region"] not in self._regions:
            raise LineRefused(f"région académique inconnue : « {cells['region']} »", column="region")
        try:
            ZoneInfo(cells["zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise LineRefused(f"fuseau horaire inconnu : « {cells['zone']} »", column="zone") from None
        code = fitting(required(cells, "code", columns=self.columns), model=Academy, field="code", column="code")
        values = {
            "name": fitting(required(cells, "name", columns=self.columns), model=Academy, field="name", column="name"),
            "region_id": cells["region"],
            "zone": cells["zone"],
            "calendar": fitting(
                required(cells, "calendar", columns=self.columns), model=Academy, field="calendar", column="calendar"
            ),
        }
        return Record(key=(code,), values=values, label=values["name"])

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        self._existing: dict[Key, Academy] = {(academy.code,): academy for academy in Academy.objects.all()}
        return {key: {name: getattr(academy, name) for name in self.fields} for key, academy in self._existing.items()}

    def write(self, changes: Sequence[Change]) -> None:
        def build(change: Change) -> Academy:
            return Academy(code=change.key[0], **(change.after or {}))

        write_rows(Academy, changes, existing=self._existing, build=build, fields=self.fields)
