"""Every address of the site, and what may stand in it: what is somebody's, what is somebody else's, what does not exist."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from referrals.admin.bulk.pages import BULK
from referrals.models import Document, Draft, MatchingRun, Referral, SavedFilter

from .world import Side

NOWHERE = "00000000-0000-4000-8000-000000000000"
NOBODY = 987_654_321
ABSENT: dict[str, Any] = {
    "key": NOWHERE, "document": NOWHERE, "offer": NOWHERE, "part": NOWHERE, "begun": NOWHERE, "uai": "9999999Z", "token": "inconnu",
    "code": "0" * 16, "uidb36": "zzz", "secret": "inconnu", "provider_id": "inconnu",
}  # fmt: skip
"""What stands for something that does not exist; where nothing is said, a number that nobody has."""
SAID: dict[str, Any] = {
    "number": 1, "edition": "internal", "form": "zip", "shape": "csv", "kind": "etablissements", "modality": "initiale",
    "campaign": "2026", "url": "inconnue", "app_label": "referrals",
}  # fmt: skip
"""What is no object of anybody's."""


class Door(NamedTuple):
    """name: of the address, with its namespaces; the route of one that has no name. wanted: what has to be filled in."""

    name: str
    wanted: tuple[str, ...]
    route: str

    @property
    def objects(self) -> tuple[str, ...]:
        """Those of ``wanted`` that stand for a row of somebody's."""
        keys = ("key",) if "_bulk" in self.name else ()
        return tuple(one for one in self.wanted if one not in SAID and one not in keys and one != "content_type_id")

    def address(self, filled: dict[str, Any]) -> str:
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(filled[found[1]]), self.route)
        address = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^)]*\))*\)", lambda found: str(filled[found[1]]), address)
        return "/" + re.sub(r"[\^$]|\\Z", "", address).replace("\\", "")


def doors() -> list[Door]:
    """Return all there are, in the order of the site's addresses."""

    def walk(patterns: list[Any], space: str, wanted: tuple[str, ...], route: str) -> Iterator[Door]:
        for pattern in patterns:
            names = (*wanted, *pattern.pattern.converters, *getattr(pattern.pattern, "regex", re.compile("")).groupindex)
            here = route + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, space + (f"{pattern.namespace}:" if pattern.namespace else ""), names, here)
            elif isinstance(pattern, URLPattern):
                yield Door(f"{space}{pattern.name}" if pattern.name else here, tuple(dict.fromkeys(names)), here)

    return list(walk(get_resolver().url_patterns, "", (), ""))


@cache
def model_of(name: str) -> type[Model] | None:
    """Return the model whose pages of the office an address is of."""
    for model in sorted(admin.site._registry, key=lambda model: -len(model._meta.model_name or "")):
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        if name.startswith((f"admin:{label}_", f"bureau/{label.replace('_', '/', 1)}/")):
            return model
    return None


def absent(door: Door) -> dict[str, Any]:
    """Fill in what does not exist."""
    said = {name: SAID[name] for name in door.wanted if name in SAID}
    more = {"key": next(iter(BULK))} if "_bulk" in door.name else {}
    more |= {"content_type_id": ContentType.objects.get_for_model(Referral).pk} if "content_type_id" in door.wanted else {}
    return {name: ABSENT.get(name, NOBODY) for name in door.wanted} | said | more


def of(side: Side, door: Door, case: str = "case") -> dict[str, Any] | None:
    """Fill in what is of ``side``; ``case``: which of its three students'. None where she has nothing that would fit."""
    found = absent(door)
    for name in door.objects:
        value = _object(side, door, name, case)
        if value is None:  # nobody's here
            return None
        found[name] = value
    return found


def _object(side: Side, door: Door, name: str, case: str) -> Any:
    room = door.name.split(":")[0]
    if room in ("student", "adviser"):
        hers = _of_her_case(side, case)
        return hers["licence"] if name == "pk" and ("licence" in door.name or "found_on" in door.name) else hers[name]
    if door.name == "document":
        return _of_her_case(side, case)["document"]
    if case != "case":
        return None
    if door.name in (of_one_door := _of_one_door(side)):
        return of_one_door[door.name]
    if name in (of_any_door := _of_any_door(side)):
        return of_any_door[name]
    model = model_of(door.name)
    if name == "key" and model is Referral:
        return side.rows[Document].key
    if name in ("object_id", "pk") and model:
        return side.rows[model].pk if model in side.rows else _anybodys(model)
    return None


@cache
def _of_her_case(side: Side, case: str) -> dict[str, Any]:
    """What stands in the addresses of a student's case, and of her adviser's."""
    told = {"case": side.story, "draft": side.drafting, "silent": side.silent}[case]
    referral = told.referral
    return {
        "key": referral.key,
        "document": referral.transcript.key,
        "offer": side.sent.key if told is side.story else None,
        "limit": referral.limits.values_list("pk", flat=True).first(),
        "part": NOWHERE,
        "begun": NOWHERE,
        "licence": side.other_licence.pk,
        "pk": referral.applications.get().pk,
    }


@cache
def _of_any_door(side: Side) -> dict[str, Any]:
    """What stands for the same thing in every address it is in."""
    return {
        "referral_id": side.story.id,
        "offer_id": side.agreed.pk,
        "case_id": side.case.pk,
        "run_id": side.rows[MatchingRun].pk,
        "draft_id": side.rows[Draft].pk,
        "filter_id": side.rows[SavedFilter].pk,
        "user_id": side.invited.pk,
        "uai": side.story.institution.pk,
        "secret": side.secret,
        "code": side.code,
    }


@cache
def _of_one_door(side: Side) -> dict[str, Any]:
    return {
        "answer_by_link": side.link,
        "calendar_feed": side.calendar_key,
        "admin:referrals_absence_move_work": side.story.caseworker.pk,
        "admin:view_on_site": side.story.id,
        "institution:import": side.import_key,
        "institution:request": side.asked.key,
        "institution:end_agreement": side.standing.pk,
        "institution:declaration": side.seats[0].programme_id,
    }


def _anybodys(model: type[Model]) -> Any:
    """What belongs to no region: the first there is."""
    found = model._default_manager.first()
    return found.pk if found else None
