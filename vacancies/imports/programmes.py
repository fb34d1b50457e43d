"""M1 programmes as plain values, and back into rows: what the two catalogues of the ministry share."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import F, Q, QuerySet

from ..models import Institution, LicenceMention, MasterMention, Programme
from ..names import normalise
from .pipeline import Reader, write_rows
from .places import Place, Places
from .report import Change, Key, LineRefused, Values
from .resolution import Mentions
from .values import Point, fitting, longest

ANY_LICENCE = "toutes licences"
LONGEST_URL = longest(Programme, "url")
LONGEST_MODALITY = longest(Programme, "modalities")

AnyMention = TypeVar("AnyMention", LicenceMention, MasterMention)

SIMPLE = (
    "track", "site", "town", "academy_id", "latitude", "longitude", "modalities", "capacity", "any_licence", "url", "other_sites",
    "intakes", "withdrawn",
)  # fmt: skip
"""Columns whose value is the field's."""
FIELDS = ("ifc", "institution_id", "mention_id", *SIMPLE)


class Programmes(Reader):
    """A reader of a catalogue of programmes: what does not depend on how its file is written."""

    labels = {
        "institution": "établissement",
        "mention": "mention",
        "track": "parcours",
        "site": "site",
        "town": "ville",
        "academy_id": "académie",
        "latitude": "latitude",
        "longitude": "longitude",
        "modalities": "modalités",
        "capacity": "capacité d’accueil",
        "recommended": "licences conseillées",
        "any_licence": "toutes licences",
        "url": "page de la formation",
        "other_sites": "autres sites",
        "intakes": "admissions des années passées",
        "ifc": "identifiant national (ifc)",
        "withdrawn": "retiré du catalogue",
    }

    withdrawing_is_a_mark = True

    def __init__(self) -> None:
        self.places = Places()
        self.masters = Mentions(MasterMention)
        self.licences = Mentions(LicenceMention)

    def stands(self) -> QuerySet[Programme]:
        """Return the programmes that a complete file of this catalogue would speak of."""
        raise NotImplementedError

    def key_of(self, programme: Programme, values: Values) -> Key:
        """Return the key of a stored programme, whose values are given."""
        raise NotImplementedError

    def absent(self, key: Key, before: Values) -> Values:
        return before | {"withdrawn": True}

    def label_of(self, key: Key, before: Values) -> str:
        return label_of(before, self.existing[key].institution)

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        self.existing: dict[Key, Programme] = {}
        stored = {}
        for programme in (
            self.stands()
            .select_related("institution")
            .annotate(
                mention_name=F("mention__name"),
                licences=ArrayAgg("recommended__name", filter=Q(recommended__isnull=False), default=[]),
            )
        ):
            values = {name: getattr(programme, name) for name in SIMPLE} | {
                "ifc": programme.ifc or "",
                "institution": programme.institution_id,
                "mention": programme.mention_name,
                "recommended": sorted(programme.licences),
            }
            key = self.key_of(programme, values)
            self.existing[key] = programme
            stored[key] = values
        return stored

    def write(self, changes: Sequence[Change]) -> None:
        after = [change.after for change in changes if change.after is not None]
        masters = _mentions(MasterMention, (values["mention"] for values in after))
        licences = _mentions(LicenceMention, (licence for values in after for licence in values["recommended"]))

        def build(change: Change) -> Programme:
            values: dict[str, Any] = change.after or {}
            return Programme(
                ifc=values["ifc"] or None,
                institution_id=values["institution"],
                mention=masters[normalise(values["mention"])],
                **{name: values[name] for name in SIMPLE},
            )

        rows = write_rows(Programme, changes, existing=self.existing, build=build, fields=FIELDS)
        _recommend(
            {
                rows[change.key].pk: {licences[normalise(licence)].pk for licence in change.after["recommended"]}
                for change in changes
                if change.after is not None
            }
        )

    def values(self, *, institution: Institution, place: Place, point: Point | None, **given: Any) -> Values:
        """Return the values of a programme there; of what is not ``given``, nothing is known. Raises LineRefused."""
        latitude, longitude = point or (None, None)
        unknown: Values = {
            "ifc": "", "track": "", "site": "", "modalities": [], "capacity": None, "any_licence": False, "url": "",
            "recommended": [], "other_sites": [], "intakes": {}, "withdrawn": False,
        }  # fmt: skip
        where = {
            "institution": institution.pk,
            "town": place.town,
            "academy_id": place.academy.pk,
            "latitude": latitude,
            "longitude": longitude,
        }
        return unknown | where | given

    def fitting(self, value: str, field: str, *, column: str) -> str:
        fitting(normalise(value), model=Programme, field=field, column=column)
        return fitting(value, model=Programme, field=field, column=column)

    def modalities(self, found: list[str], *, column: str, set_aside: list[LineRefused]) -> list[str]:
        short = [modality for modality in found if len(modality) <= LONGEST_MODALITY]
        if short != found:
            set_aside.append(LineRefused("modalité trop longue", column=column))
        return short

    def recommended(self, found: list[str], *, column: str, set_aside: list[LineRefused]) -> list[str]:
        """Return the licences of ``found`` as we name them; one that is in doubt is set aside, not its programme."""
        named = []
        for licence in found:
            if normalise(licence) not in ("", ANY_LICENCE):
                try:
                    named.append(self.licences.resolve(licence, column=column))
                except LineRefused as refusal:
                    set_aside.append(refusal)
        return sorted(set(named))

    def url(self, url: str, *, column: str, set_aside: list[LineRefused]) -> str:
        try:
            if url:
                URLValidator(schemes=["http", "https"])(url)
            if len(url) <= LONGEST_URL:
                return url
        except ValidationError:
            pass
        set_aside.append(LineRefused("adresse de page incorrecte", column=column))
        return ""


def label_of(values: Values, institution: Institution) -> str:
    track = f", parcours {values['track']}" if values["track"] else ""
    return f"{values['mention']}{track} – {institution}"


def several(cell: str) -> list[str]:
    """Return the values that a cell joins by ``|``."""
    return list(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))


def _mentions(model: type[AnyMention], names: Iterable[str]) -> dict[str, AnyMention]:
    """Return every mention of ``model`` by its normalised name, those of ``names`` included; the first spelling stays."""
    stored = {mention.normalised: mention for mention in model.objects.all()}
    new: dict[str, AnyMention] = {}
    for name in names:
        if (normalised := normalise(name)) not in stored:
            new.setdefault(normalised, model(name=name, normalised=normalised))
    model.objects.bulk_create(new.values(), batch_size=2000)
    return stored | new


def _recommend(wanted: dict[int, set[int]]) -> None:
    """Make the recommended licences of each programme those of ``wanted``."""
    links = Programme.recommended.through.objects
    stored = {
        (programme, licence): pk
        for pk, programme, licence in links.filter(programme__in=wanted).values_list("pk", "programme_id", "licencemention_id")
    }
    pairs = {(programme, licence) for programme, licences in wanted.items() for licence in licences}
    links.filter(pk__in=[stored[pair] for pair in stored.keys() - pairs]).delete()
    missing = sorted(pairs - stored.keys())
    links.bulk_create([links.model(programme_id=programme, licencemention_id=licence) for programme, licence in missing])
