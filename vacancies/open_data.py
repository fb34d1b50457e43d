"""The vacancies as open data: one record each, as CSV and as JSON, written while they are read. No person is in them."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Choices, QuerySet
from django.utils.translation import gettext_noop, override

from .models import Attendance, Campaign, Language, Modality, Vacancy

LICENCE = "Licence Ouverte 2.0"
LICENCE_URL = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
TITLE = "Places vacantes en première année de master"
AT_A_TIME = 2000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would execute."""


COLUMNS = (
    "programme__ifc", "programme_id", "programme__institution_id", "programme__institution__name", "programme__mention__name",
    "programme__track", "programme__site", "programme__town", "programme__academy_id", "programme__academy__name",
    "programme__academy__region__name", "programme__latitude", "programme__longitude", "modality", "attendance", "language",
    "free", "declared_on", "valid_until", "programme__url",
)  # fmt: skip
"""What is read of each vacancy, and nothing else: no contact can slip in."""


@cache
def _in_french(choice: Choices) -> str:
    """Return what a choice is called: the data are French, whoever takes them away."""
    with override(settings.LANGUAGE_CODE):
        return str(choice.label)


class Field(NamedTuple):
    """One column of the data. value: what it is, of a row of `COLUMNS`, on a day."""

    name: str
    label: str
    meaning: str
    value: Callable[[Any, date], Any]


FIELDS = (
    Field(
        "formation",
        "Identifiant de la formation",
        gettext_noop("identifiant national (ifc) ou le nôtre"),
        lambda v, _: v.programme__ifc or f"S{v.programme_id}",
    ),
    Field("etablissement_uai", "Code UAI", gettext_noop("code de l’établissement"), lambda v, _: v.programme__institution_id),
    Field("etablissement", "Établissement", gettext_noop("nom de l’établissement"), lambda v, _: v.programme__institution__name),
    Field("mention", "Mention", gettext_noop("mention de master"), lambda v, _: v.programme__mention__name),
    Field("parcours", "Parcours", gettext_noop("vide si la mention n’en a pas"), lambda v, _: v.programme__track),
    Field("site", "Site", gettext_noop("site où la formation est donnée"), lambda v, _: v.programme__site),
    Field("ville", "Ville", gettext_noop("ville du site"), lambda v, _: v.programme__town),
    Field("academie_code", "Code académie", gettext_noop("code du ministère"), lambda v, _: v.programme__academy_id),
    Field("academie", "Académie", gettext_noop("académie du site"), lambda v, _: v.programme__academy__name),
    Field(
        "region_academique",
        "Région académique",
        gettext_noop("région de l’académie"),
        lambda v, _: v.programme__academy__region__name,
    ),
    Field(
        "latitude",
        "Latitude",
        gettext_noop("en degrés décimaux (WGS 84) ; vide : inconnue"),
        lambda v, _: _degrees(v.programme__latitude),
    ),
    Field(
        "longitude",
        "Longitude",
        gettext_noop("en degrés décimaux (WGS 84) ; vide : inconnue"),
        lambda v, _: _degrees(v.programme__longitude),
    ),
    Field(
        "modalite",
        "Modalité",
        gettext_noop("formation initiale, formation continue ou apprentissage ; deux modalités font deux lignes"),
        lambda v, _: _in_french(Modality(v.modality)),
    ),
    Field(
        "presence",
        "Présence",
        gettext_noop("sur place, en partie à distance ou à distance"),
        lambda v, _: _in_french(Attendance(v.attendance)),
    ),
    Field("langue", "Langue", gettext_noop("langue de la formation"), lambda v, _: _in_french(Language(v.language))),
    Field("places_libres", "Places libres", gettext_noop("déclarées, ni réservées ni prises ; au moins 1"), lambda v, _: v.free),
    Field(
        "declaree_le",
        "Déclarée le",
        gettext_noop("dernier jour où l’établissement a déclaré ou confirmé"),
        lambda v, _: v.declared_on,
    ),
    Field(
        "valable_jusqu_au", "Valable jusqu’au", gettext_noop("dernier jour où la déclaration fait foi"), lambda v, _: v.valid_until
    ),
    Field(
        "a_confirmer",
        "À confirmer",
        gettext_noop("oui si la déclaration n’est plus valable : l’établissement est invité à la confirmer"),
        lambda v, today: v.valid_until is not None and v.valid_until < today,
    ),
    Field("page", "Page de la formation", gettext_noop("sur le site de l’établissement"), lambda v, _: v.programme__url),
)


def _rows(vacancies: QuerySet[Vacancy]) -> Iterator[Any]:
    return vacancies.values_list(*COLUMNS, named=True).iterator(chunk_size=AT_A_TIME)


def _degrees(number: float | None) -> float | None:
    """To a decimetre: what is behind is noise of the computation."""
    return None if number is None else round(number, 6)


class Echo:
    """A file that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def as_csv(vacancies: QuerySet[Vacancy], *, today: date) -> Iterator[str]:
    """Yield the lines of a CSV that Excel opens in French: a byte order mark, semicolons, decimal commas, days as 31/10/2026."""
    write = csv.writer(Echo(), delimiter=";").writerow
    yield "\ufeff" + write([field.label for field in FIELDS])
    for vacancy in _rows(vacancies):
        yield write([_cell(field.value(vacancy, today)) for field in FIELDS])


def _cell(value: Any) -> str:
    """Return the value as French spreadsheets write it. Text that they would execute begins with an apostrophe."""
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case float():
            return str(value).replace(".", ",")
        case date():
            return value.strftime("%d/%m/%Y")
        case str() if value.startswith(FORMULA):
            return f"'{value}"
    return str(value)


def as_json(
    vacancies: QuerySet[Vacancy], *, campaign: Campaign | None, criteria: dict[str, str], at: datetime, today: date
) -> Iterator[str]:
    """Yield a JSON object: what this is, under which licence, what each field means, and the records, one a line."""
    about = {
        "titre": TITLE,
        "source": "Déclarations des établissements",
        "licence": {"nom": LICENCE, "url": LICENCE_URL},
        "campagne": {"code": campaign.code, "nom": campaign.name} if campaign else None,
        "criteres": criteria,
        "generated_at": at.isoformat(timespec="seconds"),
        "champs": [{"nom": field.name, "libelle": field.label, "sens": field.meaning} for field in FIELDS],
    }
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "places": ['
    parting = "\n"
    for vacancy in _rows(vacancies):
        record = {field.name: _plain(field.value(vacancy, today)) for field in FIELDS}
        yield parting + json.dumps(record, ensure_ascii=False)
        parting = ",\n"
    yield "\n]}\n"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
