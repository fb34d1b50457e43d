"""An institution's declaration: which of its programmes have how many M1 seats left, in one campaign. The template is ours."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from .. import seats
from ..mergers import family
from ..models import Attendance, Campaign, Institution, Language, Modality, Programme, Vacancy
from ..names import normalise
from .pipeline import Reader, Record
from .report import Change, FileRefused, Key, LineRefused, Values
from .tables import Column
from .values import day, fitting, whole_number

MODALITIES = {
    "fi": Modality.INITIAL,
    "initiale": Modality.INITIAL,
    "fc": Modality.CONTINUING,
    "continue": Modality.CONTINUING,
    "alternance": Modality.APPRENTICESHIP,
    "en alternance": Modality.APPRENTICESHIP,
}
"""What people write besides the labels of our own."""
CONTACT = ("contact_name", "contact_email", "contact_phone")
KEPT = (*CONTACT, "language", "attendance")
"""Fields of which an empty cell says: as before."""


class Declaration(Reader):
    """Reader of a declaration. A line names its programme by reference, else by mention, track, site and town.

    A line without a number of seats says nothing. Every number it gives, even the one that stands, confirms it until its date.
    """

    columns = {
        "campaign": Column("Campagne", optional=True),
        "reference": Column("Référence", "ifc", "Identifiant de la formation", optional=True),
        "mention": Column("Mention", "Intitulé de la mention", optional=True),
        "track": Column("Parcours", "Intitulé du parcours", optional=True),
        "site": Column("Site", optional=True),
        "town": Column("Ville", optional=True),
        "modality": Column("Modalité", optional=True),
        "seats": Column("Places déclarées", "Places vacantes", "Places", "Nombre de places", "Nombre de places vacantes"),
        "committed": Column("Dont réservées ou prises", optional=True),
        "valid_until": Column("Valable jusqu’au", optional=True),
        "contact_name": Column("Contact", "Nom du contact", optional=True),
        "contact_email": Column("Adresse électronique", "Courriel", "E-mail", "Mail", optional=True),
        "contact_phone": Column("Téléphone", optional=True),
        "language": Column("Langue", optional=True),
        "attendance": Column("Présence", "À distance", optional=True),
    }
    labels = {
        "seats": "places déclarées",
        "valid_until": "valable jusqu’au",
        "contact_name": "contact",
        "contact_email": "adresse électronique",
        "contact_phone": "téléphone",
        "language": "langue",
        "attendance": "présence",
    }

    usual = dict.fromkeys(CONTACT, "") | {"language": Language.FRENCH.value, "attendance": Attendance.ON_SITE.value}

    def __init__(
        self, *, institution: Institution, campaign: Campaign, file: str, by: str, at: datetime, handed_in: datetime | None = None
    ) -> None:
        """``handed_in``: when, if not ``at``. Its day is the declaration's: what was shown at night stands in the morning."""
        self._institution, self._campaign, self._file, self._by, self._at = institution, campaign, file, by, at
        self._handed_in = handed_in or at
        if at.astimezone(institution.academy.tz).date() > campaign.search_until:
            raise FileRefused(f"la recherche de places est close depuis le {campaign.search_until:%d/%m/%Y} ({campaign})")
        self._programmes: dict[str, Programme] = {}
        self._called: dict[tuple[str, ...], list[Programme]] = defaultdict(list)
        for programme in programmes_of(institution):
            self._programmes[programme.reference.upper()] = programme
            for parts in range(1, 5):
                self._called[_name(programme)[:parts]].append(programme)
        self._committed = {
            self._key(vacancy): vacancy.held + vacancy.taken for vacancy in self._vacancies().select_related("programme")
        }

    def resolve(self, cells: dict[str, str]) -> Record | None:
        if not cells["seats"]:
            return None
        self._check_campaign(cells["campaign"])
        programme, modality = self._programme(cells), self._modality(cells)
        key = (programme.reference, str(modality))
        number = self._seats(cells["seats"], committed=self._committed.get(key, 0))
        set_aside = []
        if programme.capacity and number > programme.capacity:
            much = f"{number} places déclarées pour une capacité de {programme.capacity} : le nombre est repris tel quel"
            set_aside.append(LineRefused(much, column=self.columns["seats"]))
        given = {
            "contact_name": self._fitting(cells, "contact_name"),
            "contact_email": self._email(cells),
            "contact_phone": self._fitting(cells, "contact_phone"),
            "language": self._choice(cells, "language", Language, {}),
            "attendance": self._choice(cells, "attendance", Attendance, {"oui": Attendance.REMOTE, "non": Attendance.ON_SITE}),
        }
        values: Values = {name: str(value) for name, value in given.items() if value}
        today = self._day_in(programme)
        until = self._valid_until(cells, today=today)
        values |= {"seats": number, "declared_on": today.isoformat(), "valid_until": until.isoformat()}
        return Record(key=key, values=values, label=_label(programme, modality), set_aside=set_aside)

    def key_in(self, cells: dict[str, str]) -> Key | None:
        try:
            return self._programme(cells).reference, str(self._modality(cells))
        except LineRefused:
            return None

    def stored(self, keys: Collection[Key]) -> dict[Key, Values]:
        found = self._vacancies().select_related("programme__mention", "programme__academy")
        self._vacancy = {self._key(vacancy): vacancy for vacancy in found}
        return {
            key: {name: getattr(vacancy, name) for name in KEPT}
            | {"seats": vacancy.declared, "declared_on": _iso(vacancy.declared_on), "valid_until": _iso(vacancy.valid_until)}
            for key, vacancy in self._vacancy.items()
        }

    def settled(self, before: Values | None, wanted: Values) -> Values:
        return {**self.usual, **(before or {}), **wanted}

    def absent(self, key: Key, before: Values) -> Values:
        """No seat is left, but for those that are held or taken."""
        left = min(before["seats"], self._committed.get(key, 0))
        if left == before["seats"]:
            return before
        today = self._day_in(self._vacancy[key].programme)
        until = seats.usual_validity(self._campaign, on=today)
        return before | {"seats": left, "declared_on": today.isoformat(), "valid_until": until.isoformat()}

    def label_of(self, key: Key, before: Values) -> str:
        vacancy = self._vacancy[key]
        return _label(vacancy.programme, Modality(vacancy.modality))

    def lock(self) -> None:
        locked = self._vacancies().select_for_update(of=("self",), no_key=True).order_by("pk")
        self._committed = {self._key(vacancy): vacancy.held + vacancy.taken for vacancy in locked.select_related("programme")}

    def write(self, changes: Sequence[Change]) -> None:
        for change in sorted(changes, key=lambda change: getattr(self._vacancy.get(change.key), "pk", 0)):
            # A ledger forgets nothing: undone, a first declaration leaves a vacancy without a seat that nobody has declared.
            after = change.after or (change.before or {}) | {"seats": 0, "declared_on": None, "valid_until": None}
            reference, modality = change.key
            programme = self._programmes[reference.upper()]
            vacancy = seats.vacancy_of(programme_id=programme.pk, campaign_id=self._campaign.pk, modality=modality)
            Vacancy.objects.filter(pk=vacancy.pk).update(**{name: after[name] for name in KEPT})
            try:
                seats.redeclare(
                    vacancy_id=vacancy.pk,
                    seats=after["seats"],
                    declared_on=_day(after["declared_on"]),
                    valid_until=_day(after["valid_until"]),
                    by=self._by,
                    at=self._at,
                    reason=f"fichier « {self._file} »",
                )
            except seats.BelowCommitted as refusal:
                raise FileRefused(
                    f"{change.label} : {seats.below(committed=refusal.committed, wanted=after['seats'])}"
                ) from refusal

    def _vacancies(self) -> QuerySet[Vacancy]:
        return Vacancy.objects.filter(campaign=self._campaign, programme__in=[p.pk for p in self._programmes.values()])

    def _key(self, vacancy: Vacancy) -> Key:
        return vacancy.programme.reference, str(vacancy.modality)

    def _check_campaign(self, text: str) -> None:
        if text and normalise(text) not in (normalise(self._campaign.code), normalise(self._campaign.name)):
            raise LineRefused(
                f"campagne « {text} », alors que ce fichier est déposé pour « {self._campaign} »", column=self.columns["campaign"]
            )

    def _programme(self, cells: dict[str, str]) -> Programme:
        if reference := cells["reference"].upper():
            if found := self._programmes.get(reference):
                return found
            raise LineRefused(f"référence inconnue de cet établissement : « {reference} »", column=self.columns["reference"])
        if not cells["mention"]:
            raise LineRefused("ni référence ni mention", column=self.columns["reference"])
        wanted = tuple(normalise(cells[name]) for name in ("mention", "track", "site", "town"))
        while len(wanted) > 1 and not wanted[-1]:
            wanted = wanted[:-1]
        called = self._called.get(wanted, [])
        if len(called) == 1:
            return called[0]
        if called:
            reason = "plusieurs parcours de ce nom : indiquez la référence"
        else:
            reason = "parcours introuvable dans votre catalogue : partez du modèle, ou demandez son ajout au rectorat"
            called = self._called.get(wanted[:1], [])
        raise LineRefused(
            reason, column=self.columns["mention"], candidates=tuple(f"{p.title} ({p.reference})" for p in called[:5])
        )

    def _modality(self, cells: dict[str, str]) -> Modality:
        return self._choice(cells, "modality", Modality, MODALITIES) or Modality.INITIAL

    def _seats(self, text: str, *, committed: int) -> int:
        column = self.columns["seats"]
        if text.startswith(("-", "−")):
            raise LineRefused(f"nombre négatif : « {text} »", column=column)
        number = whole_number(text, column=column)
        assert number is not None, "a line without a number says nothing"
        if number > seats.MOST_SEATS:
            raise LineRefused(f"{number} places : au plus {seats.MOST_SEATS}", column=column)
        if number < committed:
            raise LineRefused(seats.below(committed=committed, wanted=number), column=column)
        return number

    def _day_in(self, programme: Programme) -> date:
        """Return the day on which the file was handed in, where the programme is taught."""
        return self._handed_in.astimezone(programme.academy.tz).date()

    def _valid_until(self, cells: dict[str, str], *, today: date) -> date:
        column = self.columns["valid_until"]
        until = day(cells["valid_until"], column=column)
        if until is None:
            return seats.usual_validity(self._campaign, on=today)
        if not today <= until <= self._campaign.search_until:
            last = self._campaign.search_until
            raise LineRefused(f"date hors de la campagne : entre aujourd’hui et le {last:%d/%m/%Y}", column=column)
        return until

    def _email(self, cells: dict[str, str]) -> str:
        try:
            if cells["contact_email"]:
                validate_email(cells["contact_email"])
        except ValidationError:
            raise LineRefused(f"adresse incorrecte : « {cells['contact_email']} »", column=self.columns["contact_email"]) from None
        return self._fitting(cells, "contact_email")

    def _fitting(self, cells: dict[str, str], field: str) -> str:
        return fitting(cells[field], model=Vacancy, field=field, column=self.columns[field])

    def _choice(self, cells: dict[str, str], field: str, choices: Any, also: Mapping[str, Enum]) -> Any:
        """Return which of ``choices`` the cell means, by its label or by what people also write; None for an empty cell."""
        text = cells[field]
        known = {normalise(label): choices(value) for value, label in choices.choices} | dict(also)
        if text and normalise(text) not in known:
            expected = ", ".join(map(str, choices.labels))
            raise LineRefused(f"valeur inconnue : « {text} » ; attendu : {expected}", column=self.columns[field])
        return known.get(normalise(text))


def programmes_of(institution: Institution) -> QuerySet[Programme]:
    """Return the programmes an institution answers for, those of its predecessors included."""
    found = Programme.objects.filter(institution__in=family([institution.pk]))
    return found.select_related("mention", "institution", "academy").order_by("mention__normalised", "track", "pk")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _name(programme: Programme) -> tuple[str, ...]:
    parts = (programme.mention.name, programme.track, programme.site, programme.town)
    return tuple(normalise(part) for part in parts)


def _label(programme: Programme, modality: Modality) -> str:
    where = f" ({programme.town})" if programme.town else ""
    how = f", {modality.label}" if modality != Modality.INITIAL else ""
    return f"{programme.title}{where}{how}"
