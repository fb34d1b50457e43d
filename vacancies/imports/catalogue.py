"""The "Trouver mon master" catalogue: programmes, their mentions, and the licences that they recommend.

Its capacities are those of a year, not vacancies: institutions declare those.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from ..models import LicenceMention, MasterMention, Programme
from ..models.catalogue import Mention
from ..names import normalise
from .pipeline import Outcome, Record, write
from .places import Place, Places, town_key
from .report import LineRefused
from .resolution import Resolver
from .values import Point, fitting, point, required, whole_number

ANY_LICENCE = "toutes licences"
LONGEST_URL = Programme._meta.get_field("url").max_length
LONGEST_MODALITY = Programme._meta.get_field("modalities").base_field.max_length

AnyMention = TypeVar("AnyMention", bound=Mention)


@dataclass(kw_only=True)
class ProgrammeRecord(Record[Programme]):
    """A programme without its mention and licences: they may be new too."""

    mention: str
    recommended: list[str]


class Catalogue:
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
    fields = (
        "track", "site", "town", "academy_id", "latitude", "longitude", "modalities", "capacity", "any_licence", "url",
    )  # fmt: skip

    def __init__(self) -> None:
        self._resolver = Resolver()
        self._places = Places()

    def resolve(self, cells: dict[str, str]) -> ProgrammeRecord:
        mention = self._fitting(required(cells, "mention", columns=self.columns), MasterMention, "name", column="mention")
        name = required(cells, "institution", columns=self.columns)
        capacity = whole_number(cells["capacity"], column=self.columns["capacity"])
        institution = self._resolver.resolve(name, column=self.columns["institution"]).institution
        place = self._places.place(cells["town"], institution=institution)
        if place.abroad:
            raise LineRefused(f"formation à l’étranger, hors de toute académie : {place.town}", column=self.columns["town"])
        set_aside: list[LineRefused] = []
        latitude, longitude = self._point(cells, place=place, set_aside=set_aside) or (None, None)
        licences = _several(cells["licences"])
        programme = Programme(
            institution=institution,
            track=self._fitting(cells["track"], Programme, "track", column="track"),
            site=self._fitting(cells["site"], Programme, "site", column="site"),
            town=self._fitting(place.town, Programme, "town", column="town"),
            academy=place.academy,
            latitude=latitude,
            longitude=longitude,
            modalities=self._modalities(cells, set_aside=set_aside),
            capacity=capacity,
            any_licence=any(normalise(licence) == ANY_LICENCE for licence in licences),
            url=self._url(cells, set_aside=set_aside),
        )
        return ProgrammeRecord(
            key=(institution.uai, normalise(mention), *_as_key(programme)),
            wanted=programme,
            mention=mention,
            recommended=self._licences(licences, set_aside=set_aside),
            set_aside=set_aside,
        )

    def apply(self, records: Sequence[ProgrammeRecord]) -> Outcome:
        mentions = _stored(MasterMention, (record.mention for record in records))
        licences = _stored(LicenceMention, (licence for record in records for licence in record.recommended))
        for record in records:
            record.wanted.mention = mentions[normalise(record.mention)]
        existing = {
            (programme.institution_id, programme.mention.normalised, *_as_key(programme)): programme
            for programme in Programme.objects.filter(ifc__isnull=True).select_related("mention")
        }
        outcome = write(records, existing=existing, fields=self.fields)
        recommended = {record.wanted.pk: {licences[normalise(licence)].pk for licence in record.recommended} for record in records}
        of_changed = _recommend(recommended)
        keys = {record.wanted.pk: record.key for record in records}
        return Outcome(added=outcome.added, changed=outcome.changed | (frozenset(keys[pk] for pk in of_changed) - outcome.added))

    def _fitting(self, value: str, model: type, field: str, *, column: str) -> str:
        fitting(normalise(value), model=model, field=field, column=self.columns[column])
        return fitting(value, model=model, field=field, column=self.columns[column])

    def _point(self, cells: dict[str, str], *, place: Place, set_aside: list[LineRefused]) -> Point | None:
        column = self.columns["point"]
        try:
            return self._places.on_the_map(point(cells["point"], column=column), place=place, column=column)
        except LineRefused as refusal:
            set_aside.append(refusal)
            return self._places.middle(place)

    def _modalities(self, cells: dict[str, str], *, set_aside: list[LineRefused]) -> list[str]:
        """Return those of the track, else those of its mention."""
        field = "track_modalities" if cells["track_modalities"] else "mention_modalities"
        modalities = _several(cells[field])
        short = [modality for modality in modalities if len(modality) <= LONGEST_MODALITY]
        if short != modalities:
            set_aside.append(LineRefused("modalité trop longue", column=self.columns[field]))
        return short

    def _licences(self, licences: list[str], *, set_aside: list[LineRefused]) -> list[str]:
        longest = LicenceMention._meta.get_field("name").max_length
        named = [licence for licence in licences if normalise(licence) not in ("", ANY_LICENCE)]
        short = [licence for licence in named if len(licence) <= longest and len(normalise(licence)) <= longest]
        if short != named:
            set_aside.append(LineRefused("nom de licence trop long", column=self.columns["licences"]))
        return short

    def _url(self, cells: dict[str, str], *, set_aside: list[LineRefused]) -> str:
        url = cells["url"]
        try:
            if url:
                URLValidator(schemes=["http", "https"])(url)
            if len(url) <= LONGEST_URL:
                return url
        except ValidationError:
            pass
        set_aside.append(LineRefused("adresse de page incorrecte", column=self.columns["url"]))
        return ""


def _several(cell: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))


def _as_key(programme: Programme) -> tuple[str, str, str]:
    return normalise(programme.track), normalise(programme.site), town_key(programme.town)


def _stored(model: type[AnyMention], names: Iterable[str]) -> dict[str, AnyMention]:
    """Return every mention of ``model`` by its normalised name, those of ``names`` included; the first spelling stays."""
    stored = {mention.normalised: mention for mention in model.objects.all()}
    new: dict[str, AnyMention] = {}
    for name in names:
        if (normalised := normalise(name)) not in stored:
            new.setdefault(normalised, model(name=name, normalised=normalised))
    model.objects.bulk_create(new.values(), batch_size=2000)
    return stored | new


def _recommend(wanted: dict[int, set[int]]) -> set[int]:
    """Make the recommended licences of each programme those of ``wanted``; return the programmes for which they were not."""
    links = Programme.recommended.through.objects
    stored = {
        (programme, licence): pk
        for pk, programme, licence in links.filter(programme__in=wanted).values_list("pk", "programme_id", "licencemention_id")
    }
    pairs = {(programme, licence) for programme, licences in wanted.items() for licence in licences}
    surplus = stored.keys() - pairs
    missing = sorted(pairs - stored.keys())
    links.filter(pk__in=[stored[pair] for pair in surplus]).delete()
    links.bulk_create([links.model(programme_id=programme, licencemention_id=licence) for programme, licence in missing])
    return {programme for programme, _ in [*surplus, *missing]}
