"""The "Trouver mon master" catalogue: programmes, their mentions, and the licences that they recommend.

Its capacities are those of a year, not vacancies: institutions declare those.
"""

from collections.abc import Collection

from django.db.models import QuerySet

from ..models import Programme
from ..names import normalise
from .pipeline import Record
from .places import Place, town_key
from .programmes import ANY_LICENCE, Programmes, label_of, several
from .report import Key, LineRefused, Values
from .resolution import Resolver
from .values import Point, point, required, whole_number


class Catalogue(Programmes):
    """Reader of trouver-mon-master-programmes.csv; the register comes first.

    A programme's key is its institution, mention, track, site and town, blind to case, accents and punctuation.
    """

    columns = {
        "site": "Nom du site où est dispensée la formation",
        "town": "Ville du site de formation",
        "point": "Coordonnées géographiques du site de formation",
        "institution": "Nom officiel (long) de l’établissement accrédité",
        "mention": "Intitulé de la mention de master",
        "mention_modalities": "Modalités d’enseignement de la mention",
        "track": "Intitulé du parcours",
        "track_modalities": "Modalités d’enseignement du parcours",
        "capacity": "Capacité d’accueil limitée au 1er semestre",
        "licences": "Licences conseillées pour suivre la formation de la mention",
        "url": "URL de la fiche relative à la mention sur le site internet de l’établissement",
    }

    def __init__(self) -> None:
        super().__init__()
        self._resolver = Resolver()

    def stands(self) -> QuerySet[Programme]:
        return Programme.objects.filter(ifc__isnull=True)

    def key_of(self, programme: Programme | None, values: Values) -> Key:
        blind = (normalise(values[name]) for name in ("mention", "track", "site"))
        return values["institution"], *blind, town_key(values["town"])

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        """Also those that the other catalogue knows by their ``ifc``, where a row means one: they stay as it describes them."""
        stored = super().stored(keys)
        named: dict[Key, str] = {}
        for ifc, uai, mention, track in Programme.objects.filter(ifc__isnull=False).values_list(
            "ifc", "institution", "mention__normalised", "track"
        ):
            named.setdefault((uai, mention, normalise(track)), str(ifc))
        for key in keys:
            if key not in stored and key[:3] in named:
                stored[key] = {"ifc": named[key[:3]]}
        return stored

    def settled(self, before: Values | None, wanted: Values) -> Values:
        return before if before and before["ifc"] else wanted

    def resolve(self, cells: dict[str, str]) -> Record:
        title = required(cells, "mention", columns=self.columns)
        name = required(cells, "institution", columns=self.columns)
        capacity = whole_number(cells["capacity"], column=self.columns["capacity"])
        meant = self._resolver.resolve(name, column=self.columns["institution"])
        institution = meant.institution
        mention = self.masters.resolve(title, column=self.columns["mention"])
        place = self.places.place(cells["town"], institution=institution)
        if place.abroad:
            raise LineRefused(f"formation à l’étranger, hors de toute académie : {place.town}", column=self.columns["town"])
        self.fitting(place.town, "town", column=self.columns["town"])
        set_aside = meant.remarks(name, column=self.columns["institution"])
        licences = several(cells["licences"])
        taught = "track_modalities" if cells["track_modalities"] else "mention_modalities"
        values = self.values(
            institution=institution,
            place=place,
            point=self._point(cells, place=place, set_aside=set_aside),
            mention=mention,
            track=self.fitting(cells["track"], "track", column=self.columns["track"]),
            site=self.fitting(cells["site"], "site", column=self.columns["site"]),
            modalities=self.modalities(several(cells[taught]), column=self.columns[taught], set_aside=set_aside),
            capacity=capacity,
            any_licence=any(normalise(licence) == ANY_LICENCE for licence in licences),
            url=self.url(cells["url"], column=self.columns["url"], set_aside=set_aside),
            recommended=self.recommended(licences, column=self.columns["licences"], set_aside=set_aside),
        )
        return Record(key=self.key_of(None, values), values=values, label=label_of(values, institution), set_aside=set_aside)

    def _point(self, cells: dict[str, str], *, place: Place, set_aside: list[LineRefused]) -> Point | None:
        column = self.columns["point"]
        try:
            return self.places.on_the_map(point(cells["point"], column=column), place=place, column=column)
        except LineRefused as refusal:
            set_aside.append(refusal)
            return self.places.middle(place)
