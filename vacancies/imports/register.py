"""The ministry's register of institutions, and the project's tables of what it does not know: other names, other académies."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Model

from ..models import Academy, Institution, InstitutionName
from ..names import normalise
from .pipeline import BATCH, Reader, Record, write_rows
from .report import Change, Key, LineRefused, Values
from .resolution import Resolver
from .tables import Column
from .values import fitting, longest, point, required, web_address

UAI = re.compile(r"\d{7}[A-Z]")
ABROAD = "A00"
LONGEST_NAME = longest(InstitutionName, "normalised")


class Register(Reader):
    """Reader of etablissements-enseignement-superieur.csv; académies come first.

    An institution is refused where it has no code or no académie of ours. Names are only ever added: a former one stays
    searchable, and so does one that a person added. So does a web site that the file does not know.
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
        "website": Column("site internet", optional=True),
    }
    labels = {
        "name": "nom",
        "academy_id": "académie",
        "town": "commune",
        "latitude": "latitude",
        "longitude": "longitude",
        "website": "site internet",
        "former_uais": "anciens codes UAI",
        "names": "noms connus",
    }
    fields = ("name", "academy_id", "town", "latitude", "longitude", "website", "former_uais")

    def __init__(self) -> None:
        self._academies = set(Academy.objects.values_list("pk", flat=True))

    def resolve(self, cells: dict[str, str]) -> Record:
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
        website = ""
        try:
            website = web_address(cells["website"], model=Institution, field="website", column=self.columns["website"])
        except LineRefused as refusal:
            set_aside.append(refusal)
        former = _several(cells["former_uais"])
        set_aside += [
            LineRefused(f"code UAI mal formé : « {uai} »", column=self.columns["former_uais"])
            for uai in former
            if not UAI.fullmatch(uai)
        ]
        values = {
            "name": fitting(name, model=Institution, field="name", column=self.columns["name"]),
            "academy_id": cells["academy"],
            "town": fitting(cells["town"], model=Institution, field="town", column=self.columns["town"]),
            "latitude": latitude,
            "longitude": longitude,
            "website": website,
            # One with several seats has several codes: the first is its key, all lead to it.
            "former_uais": [uai for uai in dict.fromkeys([*uais[1:], *former]) if uai != uais[0] and UAI.fullmatch(uai)],
        }
        names = [name, cells["official_name"], cells["short_name"], cells["acronym"], *_several(cells["other_names"])]
        return Record(key=(uais[0],), values=values | {"names": _distinct(names)}, label=f"{name} ({uais[0]})", set_aside=set_aside)

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        self._existing: dict[Key, Institution] = {(institution.uai,): institution for institution in Institution.objects.all()}
        names: dict[str, list[str]] = defaultdict(list)
        for uai, name in InstitutionName.objects.order_by("pk").values_list("institution_id", "name"):
            names[uai].append(name)
        return {
            key: {name: getattr(institution, name) for name in self.fields} | {"names": names[institution.uai]}
            for key, institution in self._existing.items()
        }

    def settled(self, before: Values | None, wanted: Values) -> Values:
        """Names are only ever added: a former one stays searchable, and so does one that a person added."""
        known = before or {"names": (), "website": ""}
        names, website = _distinct([*known["names"], *wanted["names"]]), wanted["website"] or known["website"]
        return wanted | {"names": names, "website": website}

    def write(self, changes: Sequence[Change]) -> None:
        def build(change: Change) -> Institution:
            values = change.after or {}
            # A report that was kept before web sites were read has none.
            return Institution(uai=change.key[0], **{name: values[name] for name in self.fields if name in values})

        gone = [change.key[0] for change in changes if change.after is None]
        InstitutionName.objects.filter(institution__in=gone).delete()
        write_rows(Institution, changes, existing=self._existing, build=build, fields=self.fields)
        wanted = {
            (change.key[0], normalise(name)): name
            for change in changes
            if change.after is not None
            for name in change.after["names"]
        }
        stored = {
            (uai, normalised): pk
            for pk, uai, normalised in InstitutionName.objects.filter(
                institution__in=[change.key[0] for change in changes]
            ).values_list("pk", "institution_id", "normalised")
        }
        InstitutionName.objects.filter(pk__in=[stored[key] for key in stored.keys() - wanted.keys()]).delete()
        InstitutionName.objects.bulk_create(
            [
                InstitutionName(institution_id=uai, name=name, normalised=normalised)
                for (uai, normalised), name in wanted.items()
                if (uai, normalised) not in stored
            ],
            batch_size=BATCH,
        )


class FormerNames(Reader):
    """Reader of former-names.csv; the register comes first."""

    columns = {"name": "name", "uai": "uai"}

    def __init__(self) -> None:
        self._resolver = Resolver()

    def resolve(self, cells: dict[str, str]) -> Record:
        name = fitting(required(cells, "name", columns=self.columns), model=InstitutionName, field="name", column="name")
        institution = self._resolver.by_uai(cells["uai"], column="uai")
        return Record(key=(institution.uai, normalise(name)), values={"name": name}, label=f"{name} : {institution}")

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        names = InstitutionName.objects.all()
        self._existing: dict[Key, InstitutionName] = {(name.institution_id, name.normalised): name for name in names}
        return {key: {"name": name.name} for key, name in self._existing.items()}

    def settled(self, before: Values | None, wanted: Values) -> Values:
        """One that is known already is as well spelt where it stands."""
        return before or wanted

    def write(self, changes: Sequence[Change]) -> None:
        def build(change: Change) -> InstitutionName:
            uai, normalised = change.key
            return InstitutionName(institution_id=uai, name=(change.after or {})["name"], normalised=normalised)

        write_rows(InstitutionName, changes, existing=self._existing, build=build, fields=["name"])


TaughtIn = Institution.other_academies.through
"""One institution in one of its other académies."""


class OtherAcademies(Reader):
    """Reader of other-academies.csv; the register comes first. Rows are only ever added."""

    columns = {"uai": "uai", "academy": "academy"}

    def __init__(self) -> None:
        self._resolver = Resolver()
        self._academies = set(Academy.objects.values_list("pk", flat=True))

    def resolve(self, cells: dict[str, str]) -> Record:
        institution = self._resolver.by_uai(cells["uai"], column="uai")
        if cells["academy"] not in self._academies:
            raise LineRefused(f"académie inconnue : « {cells['academy']} »", column="academy")
        if cells["academy"] == institution.academy_id:
            raise LineRefused("c’est déjà l’académie de l’établissement", column="academy")
        return Record(key=(institution.uai, cells["academy"]), values={}, label=f"{institution} : {cells['academy']}")

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        self._existing: dict[Key, Model] = {(row.institution_id, row.academy_id): row for row in TaughtIn.objects.all()}
        return {key: {} for key in self._existing}

    def write(self, changes: Sequence[Change]) -> None:
        def build(change: Change) -> Model:
            uai, academy = change.key
            return TaughtIn(institution_id=uai, academy_id=academy)

        write_rows(TaughtIn, changes, existing=self._existing, build=build, fields=())


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _distinct(names: Iterable[str]) -> list[str]:
    """Return the names that can be stored, each once, blind to case, accents and punctuation; the first spelling stays."""
    once: dict[str, str] = {}
    for name in names:
        if len(name) <= LONGEST_NAME:
            once.setdefault(normalise(name), name)
    return [name for normalised, name in once.items() if 0 < len(normalised) <= LONGEST_NAME]
