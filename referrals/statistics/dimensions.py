"""By what figures are broken down: one table. A file counts under what its licence is; an offer under its file's, or its own."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db.models import CharField, DateField, DateTimeField, F, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from vacancies.models import AcademicRegion, Academy, Institution, LicenceMention, MasterMention

ZONE = "licence_academy__zone"
NO_MENTION = "0"
"""The key of the licences whose title is in no list."""

Names = Callable[[Iterable[str]], dict[str, str]]


class Dimension(NamedTuple):
    """label: in the list to choose from. heading: of the column. key: of a row, from a file; from an offer where ``of_offers``.

    names: what its keys are called. query: the queue's parameter for the files of one key; empty where it has none. merges: what
    was an institution's that was taken over counts for the one that answers for it.
    """

    label: str
    heading: str
    key: Callable[[str], Combinable]
    names: Names
    query: str = ""
    of_offers: bool = False
    is_time: bool = False
    merges: bool = False


def week(prefix: str = "") -> Cast:
    """Return the Monday of the week in which a file was filed, in its académie."""
    local = Func(F(prefix + ZONE), F(f"{prefix}filed_at"), function="timezone", output_field=DateTimeField())
    return Cast(Func(Value("week"), local, function="date_trunc", output_field=DateTimeField()), DateField())


def _column(name: str) -> Callable[[str], Combinable]:
    return lambda prefix: Cast(F(prefix + name), CharField())


def _named(model: Any) -> Names:
    return lambda keys: {str(pk): name for pk, name in model.objects.filter(pk__in=list(keys)).values_list("pk", "name")}


def _licences(keys: Iterable[str]) -> dict[str, str]:
    return _named(LicenceMention)(keys) | {NO_MENTION: "hors de la liste des mentions"}


def _weeks(keys: Iterable[str]) -> dict[str, str]:
    return {key: f"{date.fromisoformat(key):%d/%m/%Y}" for key in sorted(keys)}


DIMENSIONS: dict[str, Dimension] = {
    "region": Dimension(
        "région académique de la saisine", "Région académique", _column("region"), _named(AcademicRegion)
    ),
    "academie": Dimension(
        "académie de la licence", "Académie", _column("licence_academy"), _named(Academy), "academie"
    ),
    "etablissement": Dimension(
        "établissement de la licence", "Établissement", _column("licence_institution"), _named(Institution), merges=True
    ),
    "mention": Dimension(
        "mention de la licence", "Mention de licence",
        lambda prefix: Coalesce(Cast(F(f"{prefix}licence_mention"), CharField()), Value(NO_MENTION)), _licences,
    ),
    "semaine": Dimension(
        "semaine du dépôt", "Semaine du", lambda prefix: Cast(week(prefix), CharField()), _weeks, "semaine", is_time=True
    ),
    "etablissement-master": Dimension(
        "établissement du master proposé", "Établissement", _column("vacancy__programme__institution"), _named(Institution),
        of_offers=True, merges=True,
    ),
    "mention-master": Dimension(
        "mention du master proposé", "Mention de master", _column("vacancy__programme__mention"), _named(MasterMention),
        of_offers=True,
    ),
}  # fmt: skip
"""Key in the address → the dimension."""
