"""The ministry's register of institutions, and the project's tables of what it does not know: other names, other académies."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..models import Academy, Institution, InstitutionName
from ..names import normalise
from .pipeline import Outcome, Record, write
from .report import LineRefused
from .resolution import Resolver
from .values import fitting, point, required

UAI = re.compile(r"\d{7}[A-Z]")
ABROAD = "A00"
LONGEST_NAME = InstitutionName._meta.get_field("normalised").max_length


@dataclass(kw_only=True)
class InstitutionRecord(Record[Institution]):
    """An institution, and every name by which the register knows it."""

    names: list[str]


class Register:
    """Reader of etablissements-enseignement-superieur.csv; académies come first.

    An institution is refused where it has no code or no académie of ours. Names are only ever added: a former one stays
    searchable, and so does one that a person added.
    """

    columns = {
        "uai": "uai - identifiant",
        "former_uais": "anciens codes uai",
        "name": "libellé",
        "short_name": "nom court",
        "acronym": "sigle",
        "official_name": "uo_lib_officiel",
        "other_names": "champ_recherche",
        "academy": "Code académie",
        "town": "Commune",
        "point": "géolocalisation",
    }
    fields = ("name", "academy_id", "town", "latitude", "longitude", "former_uais")

    def __init__(self) -> None:
        self._academies = set(Academy.objects.values_list("pk", flat=True))

    def resolve(self, cells: dict[str, str]) -> InstitutionRecord:
        uais = _several(cells["uai"])
        if not uais:
            of = f" : « {cells['name']} »" if cells["name"] else ", et le reste de la ligne est vide"
            raise LineRefused(f"code UAI absent{of}", column=self.columns["uai"])
        if wrong := [uai for uai in uais if not UAI.fullmatch(uai)]:
            raise LineRefused(f"code UAI mal formé : « {wrong[0]} »", column=self.columns["uai"])
        name = required(cells, "name", columns=self.columns)
        if cells["academy"] == ABROAD:
            raise LineRefused(f"établissement à l’étranger, hors de toute académie : « {name} »", column=self.columns["academy"])
        if cells["academy"] not in self._academies:
            raise LineRefused(f"académie inconnue : « {cells['academy']} »", column=self.columns["academy"])
        set_aside = []
        try:
            latitude, longitude = point(cells["point"], column=self.columns["point"]) or (None, None)
        except LineRefused as refusal:
            latitude = longitude = None
            set_aside.append(refusal)
        institution = Institution(
            uai=uais[0],
            name=fitting(name, model=Institution, field="name", column=self.columns["name"]),
            academy_id=cells["academy"],
            town=fitting(cells["town"], model=Institution, field="town", column=self.columns["town"]),
            latitude=latitude,
            longitude=longitude,
            # One with several seats has several codes: the first is its key, all lead to it.
            former_uais=[uai for uai in dict.fromkeys([*uais[1:], *_several(cells["former_uais"])]) if uai != uais[0]],
        )
        names = [name, cells["official_name"], cells["short_name"], cells["acronym"], *_several(cells["other_names"])]
        return InstitutionRecord(key=institution.uai, wanted=institution, names=names, set_aside=set_aside)

    def apply(self, records: Sequence[InstitutionRecord]) -> Outcome:
        outcome = write(records, existing=Institution.objects.in_bulk(), fields=self.fields)
        renamed = _add_names((record.wanted, name) for record in records for name in record.names)
        return Outcome(added=outcome.added, changed=outcome.changed | (renamed - outcome.added))


class FormerNames:
    """Reader of former-names.csv; the register comes first."""

    columns = {"name": "name", "uai": "uai"}

    def __init__(self) -> None:
        self._resolver = Resolver()

    def resolve(self, cells: dict[str, str]) -> Record[InstitutionName]:
        name = fitting(required(cells, "name", columns=self.columns), model=InstitutionName, field="name", column="name")
        institution = self._resolver.by_uai(cells["uai"], column="uai")
        wanted = InstitutionName(institution=institution, name=name, normalised=normalise(name))
        return Record(key=(institution.uai, wanted.normalised), wanted=wanted)

    def apply(self, records: Sequence[Record[InstitutionName]]) -> Outcome:
        existing = {(name.institution_id, name.normalised): name for name in InstitutionName.objects.all()}
        return write(records, existing=existing, fields=())


TaughtIn = Institution.other_academies.through
"""One institution in one of its other académies."""


class OtherAcademies:
    """Reader of other-academies.csv; the register comes first. Rows are only ever added."""

    columns = {"uai": "uai", "academy": "academy"}

    def __init__(self) -> None:
        self._resolver = Resolver()
        self._academies = set(Academy.objects.values_list("pk", flat=True))

    def resolve(self, cells: dict[str, str]) -> Record[TaughtIn]:
        institution = self._resolver.by_uai(cells["uai"], column="uai")
        if cells["academy"] not in self._academies:
            raise LineRefused(f"académie inconnue : « {cells['academy']} »", column="academy")
        if cells["academy"] == institution.academy_id:
            raise LineRefused("c’est déjà l’académie de l’établissement", column="academy")
        wanted = TaughtIn(institution=institution, academy_id=cells["academy"])
        return Record(key=(institution.uai, wanted.academy_id), wanted=wanted)

    def apply(self, records: Sequence[Record[TaughtIn]]) -> Outcome:
        existing = {(row.institution_id, row.academy_id): row for row in TaughtIn.objects.all()}
        return write(records, existing=existing, fields=())


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _add_names(names: Iterable[tuple[Institution, str]]) -> frozenset[str]:
    """Store the names that are new, and return the codes of the institutions that gained one."""
    known = set(InstitutionName.objects.values_list("institution_id", "normalised"))
    new: dict[tuple[str, str], InstitutionName] = {}
    for institution, name in names:
        normalised = normalise(name)
        if normalised and len(normalised) <= LONGEST_NAME and len(name) <= LONGEST_NAME:
            new.setdefault(
                (institution.uai, normalised), InstitutionName(institution=institution, name=name, normalised=normalised)
            )
    missing = [name for key, name in new.items() if key not in known]
    InstitutionName.objects.bulk_create(missing, batch_size=2000)
    return frozenset(name.institution_id for name in missing)
