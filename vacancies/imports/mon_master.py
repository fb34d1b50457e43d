"""The "Mon Master" catalogue (data set ``fr-esr-mon_master``, since 2023): one row for each programme and session.

JSON of the ministry's interface, with technical names, or its CSV with French labels; 2023 is a data set of its own, with names of
its own. It gives the seats and the
admissions of past years, never what is left: institutions declare that.
"""

import re
from collections import defaultdict
from collections.abc import Collection

from django.db.models import QuerySet

from ..models import Institution, Programme
from ..names import normalise
from .pipeline import Record
from .places import Place
from .programmes import Programmes, label_of, several
from .report import Key, LineRefused, Values
from .resolution import Resolver
from .tables import Column
from .values import fitting, required, whole_number

SESSION = re.compile(r"(?P<year>20\d\d)")
BETWEEN_PLACES = re.compile(r"\||(?<=\)),")
"""A bar since 2025; before, a comma after the department, for there are commas in names."""
PLACE = re.compile(r"(?P<site>.*) - (?P<town>[^()]+?)\s*(\([0-9AB]{2,3}\))?")
"""``Name of the site - TOWN (75)``, sometimes without the department."""
IN_BRACKETS = re.compile(r"\([^()]*\)")
BOTH_PHASES = "pour une candidature formulée en phase principale ou en phase complémentaire"
MODALITIES = {
    "INITIALE": "Formation initiale",
    "CONTINUE": "Formation continue",
    "APPRENTISSAGE": "Apprentissage",
    "CONTRAT_PRO": "Contrat de professionnalisation",
    "DISTANCE": "À distance",
    "HYBRIDE": "En partie à distance",
}
FIGURES = ("capacity", "candidates", "proposals", "accepted", "last_rank")
OLDEST_SESSION = 2023


class MonMaster(Programmes):
    """Reader of fr-esr-mon_master; the register comes first.

    A programme's key is its ``ifc``. A known programme that has none yet receives it, where its institution, mention and track
    mean one only. The row of the latest session describes the programme; each session leaves its figures.
    """

    columns = {
        "session": Column("Session"),
        "uai": Column("Identifiant de l'établissement", "eta_uai"),
        "institution": Column("Libellé de l'établissement", "eta_nom"),
        "ifc": Column("Identifiant de la formation", "ifc"),
        "mention": Column("Intitulé de la mention", "mention"),
        "track": Column("Intitulé du parcours", "parcours"),
        "alternation": Column("Alternance"),
        "modalities": Column("Modalités d'enseignement", "modalite_enseignement"),
        "places": Column("Lieu(x) de formation", "lieux", "lieux_formation"),
        "academy": Column("Code de l'académie du lieu de formation", "lieu_acad", optional=True),
        "capacity": Column("Capacité offerte limitée par la formation", "col"),
        "candidates": Column(
            "Effectif de candidats ayant confirmé une candidature en phase principale", "n_can_pp", "n_can", optional=True
        ),
        "proposals": Column(
            f"Effectif de candidats ayant reçu une proposition {BOTH_PHASES}", "n_prop_total", "n_prop", optional=True
        ),
        "accepted": Column(
            f"Effectif de candidats ayant accepté une proposition d'admission {BOTH_PHASES}",
            "n_accept_total",
            "n_accept",
            optional=True,
        ),
        "last_rank": Column("Rang du dernier appelé en phase principale", "rang_dernier_appele_pp", "rang_dernier", optional=True),
    }

    def __init__(self) -> None:
        super().__init__()
        self._resolver = Resolver()
        self._ifcs = set(Programme.objects.filter(ifc__isnull=False).values_list("ifc", flat=True))
        self._met: dict[Key, set[str]] = defaultdict(set)
        """The ifcs of the file, by what their rows have in common with a programme that has none."""
        self._named: dict[int, str] = {}
        """Which programme without an ifc receives which."""
        self._sessions: dict[str, str] = {}

    def stands(self) -> QuerySet[Programme]:
        return Programme.objects.filter(ifc__isnull=False) | Programme.objects.filter(pk__in=self._named)

    def key_of(self, programme: Programme, values: Values) -> Key:
        return (programme.ifc or self._named[programme.pk],)

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        self._named = self._receiving()
        return super().stored(keys)

    def resolve(self, cells: dict[str, str]) -> Record:
        session = self._session(cells)
        self._meet(cells["ifc"], session)
        ifc = fitting(required(cells, "ifc", columns=self.columns), model=Programme, field="ifc", column=self.columns["ifc"])
        institution, set_aside = self._institution(cells)
        title = required(cells, "mention", columns=self.columns)
        figures = {name: whole_number(cells[name], column=self.columns[name]) for name in FIGURES}
        mention = self.masters.resolve(_as_title(title), column=self.columns["mention"])
        place, site, others = self._places(cells, institution)
        modalities = [MODALITIES.get(code, code) for code in several(cells["modalities"].replace(",", "|"))]
        if cells["alternation"] == "1" and MODALITIES["APPRENTISSAGE"] not in modalities:
            modalities.append("Alternance")
        values = self.values(
            institution=institution,
            place=place,
            point=self.places.middle(place),
            ifc=ifc,
            mention=mention,
            track=self.fitting(cells["track"], "track", column=self.columns["track"]),
            site=site,
            other_sites=others,
            modalities=self.modalities(modalities, column=self.columns["modalities"], set_aside=set_aside),
            capacity=figures["capacity"],
            intakes={session: figures},
        )
        self._met[institution.pk, normalise(mention), normalise(values["track"])].add(ifc)
        return Record(key=(ifc,), values=values, label=label_of(values, institution), set_aside=set_aside)

    def key_in(self, cells: dict[str, str]) -> Key | None:
        if match := SESSION.search(cells["session"]):
            self._meet(cells["ifc"], match["year"])
        return (cells["ifc"],) if cells["ifc"] else None

    def _meet(self, ifc: str, session: str) -> None:
        """Remember the latest session in which the file speaks of a programme, be its row refused."""
        self._sessions[ifc] = max(session, self._sessions.get(ifc, ""))

    def combined(self, first: Record, second: Record) -> Record:
        """Two sessions of one programme: the later one describes it. Raises LineRefused for the same session twice."""
        one, other = first.values["intakes"], second.values["intakes"]
        if both := one.keys() & other.keys():
            raise LineRefused(f"session {min(both)} de cette formation déjà lue")
        later = max(first, second, key=lambda record: max(record.values["intakes"]))
        return Record(
            key=later.key,
            label=later.label,
            values=later.values | {"intakes": dict(sorted((one | other).items()))},
            set_aside=second.set_aside,
        )

    def settled(self, before: Values | None, wanted: Values) -> Values:
        """Sessions that the file does not speak of stay, and so does what only another source says: licences, page, point.

        A programme that the latest session of the file lacks is withdrawn.
        """
        wanted = wanted | {"withdrawn": self._sessions[wanted["ifc"]] < max(self._sessions.values())}
        if before is None:
            return wanted
        kept = {name: before[name] for name in ("recommended", "any_licence", "url")}
        intakes = dict(sorted((before["intakes"] | wanted["intakes"]).items()))
        if max(before["intakes"], default="") > max(wanted["intakes"]):
            return before | {"intakes": intakes}
        point = {name: wanted[name] for name in ("latitude", "longitude")}
        if before["town"] == wanted["town"] and before["latitude"] is not None:
            point = {name: before[name] for name in point}
        return wanted | kept | point | {"intakes": intakes}

    def _session(self, cells: dict[str, str]) -> str:
        column = self.columns["session"]
        match = SESSION.search(required(cells, "session", columns=self.columns))
        if not match or int(match["year"]) < OLDEST_SESSION:
            raise LineRefused(f"session illisible : « {cells['session']} »", column=column)
        return match["year"]

    def _institution(self, cells: dict[str, str]) -> tuple[Institution, list[LineRefused]]:
        """Return the institution of the row, by its code where we know it, else by its name; and what to look at."""
        try:
            if cells["uai"]:
                return self._resolver.by_uai(cells["uai"].upper(), column=self.columns["uai"]), []
        except LineRefused:
            if not cells["institution"]:
                raise
        name = required(cells, "institution", columns=self.columns)
        meant = self._resolver.resolve(name, column=self.columns["institution"])
        return meant.institution, meant.remarks(name, column=self.columns["institution"])

    def _places(self, cells: dict[str, str], institution: Institution) -> tuple[Place, str, list[str]]:
        """Return the first place of the row, its site, and the others as they are written."""
        column = self.columns["places"]
        first, *others = several(BETWEEN_PLACES.sub("|", cells["places"])) or [""]
        match = PLACE.fullmatch(first)
        town = match["town"].strip() if match else institution.town
        place = self.places.place(town, institution=institution, academy=cells["academy"])
        if place.abroad:
            raise LineRefused(f"formation à l’étranger, hors de toute académie : {place.town}", column=column)
        self.fitting(place.town, "town", column=column)
        site = self.fitting(match["site"] if match else first, "site", column=column)
        return place, site, [fitting(other, model=Programme, field="site", column=column) for other in others]

    def _receiving(self) -> dict[int, str]:
        """Return which ifc each programme without one receives: where one row and one programme are surely the same."""
        nameless: dict[Key, list[int]] = defaultdict(list)
        rows = Programme.objects.filter(ifc__isnull=True).values_list("pk", "institution", "mention__normalised", "track")
        for pk, uai, mention, track in rows:
            nameless[uai, mention, normalise(track)].append(pk)
        pairs = ((nameless[same][0], min(ifcs)) for same, ifcs in self._met.items() if len(ifcs) == len(nameless[same]) == 1)
        return {pk: ifc for pk, ifc in pairs if ifc not in self._ifcs}


def _as_title(text: str) -> str:
    """Write a title that came in capitals as one writes a mention, but for an acronym in brackets; another as it came."""
    return IN_BRACKETS.sub(lambda match: match[0].upper(), text.capitalize()) if text.isupper() else text
