"""Mergers of institutions: who answers today for an institution of yesterday.

Nothing that was filed is rewritten: a licence stays that of the university which gave it. Names and codes of the former one stay
to be found, and whoever looks through an institution's eyes sees its whole family.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from .imports.places import town_key
from .models import Institution, Merger, Programme
from .names import normalise


class MergerRefused(Exception):
    """The merger cannot be recorded, or not undone. The message is a French sentence."""


def present(institution: Institution) -> Institution:
    """Follow the successors of ``institution`` to the one that stands today."""
    followed = {institution}
    while institution.successor and institution.successor not in followed:
        institution = institution.successor
        followed.add(institution)
    return institution


def family(institutions: Collection[str]) -> frozenset[str]:
    """Return the codes of all that have become the same institution as one of ``institutions``, themselves included."""
    if not institutions:
        return frozenset()
    after = successors()
    wanted = {stands(uai, after) for uai in institutions}
    return frozenset([*wanted, *institutions, *(uai for uai in after if stands(uai, after) in wanted)])


def successors() -> dict[str, str]:
    """Return the code of the direct successor of each institution that has one."""
    return {uai: after for uai, after in Institution.objects.values_list("pk", "successor") if after}


def stands(uai: str, after: Mapping[str, str]) -> str:
    """Return the code of the institution that answers today for ``uai``, by its `successors`."""
    followed = {uai}
    while uai in after and after[uai] not in followed:
        uai = after[uai]
        followed.add(uai)
    return uai


def twins(former: Institution, successor: Institution) -> QuerySet[Programme]:
    """Return the programmes of ``former`` that ``successor`` has too, as the catalogue's file tells them apart: they stay there."""
    there = {key for _, key in _in_the_catalogue(successor)}
    return former.programmes.filter(pk__in=[pk for pk, key in _in_the_catalogue(former) if key in there])


def _in_the_catalogue(institution: Institution) -> list[tuple[int, tuple[int, str, str, str]]]:
    """Return the key of each programme without an ``ifc``, blind to case and accents: two of one key would be one to a reader."""
    rows = institution.programmes.filter(ifc__isnull=True).values_list("pk", "mention", "track", "site", "town")
    return [(pk, (mention, normalise(track), normalise(site), town_key(town))) for pk, mention, track, site, town in rows]


@transaction.atomic
def merge(*, former: str, successor: str, effective_on: date, ground: str, by: str, at: datetime) -> Merger:
    """Record that ``successor`` has taken ``former`` over (two codes UAI), and move the programmes of the one to the other.

    Where the two lie in two académies, the successor teaches in both from now on. Raises MergerRefused.
    """
    both = {institution.pk: institution for institution in _locked(former, successor)}
    one, other = both[former], both[successor]
    if former == successor:
        raise MergerRefused("Un établissement ne peut pas succéder à lui-même.")
    if one.successor_id:
        raise MergerRefused(f"« {one} » a déjà un successeur : « {one.successor} ».")
    if other.successor_id:
        raise MergerRefused(f"« {other} » a lui-même un successeur : « {present(other)} ». Choisissez celui-ci.")
    if effective_on > at.astimezone(other.academy.tz).date():
        raise MergerRefused("La fusion s’enregistre à partir de sa date d’effet.")
    moved = one.programmes.exclude(pk__in=twins(one, other).values("pk"))
    merger = Merger(former=one, successor=other, effective_on=effective_on, ground=ground, by=by, at=at)
    merger.programmes = sorted(moved.values_list("pk", flat=True))
    merger.save()
    Programme.objects.filter(pk__in=merger.programmes).update(institution=other)
    other.other_academies.add(*({one.academy, *one.other_academies.all()} - {other.academy}))
    one.successor = other
    one.save(update_fields=["successor"])
    return merger


@transaction.atomic
def undo(merger_id: int, *, by: str, at: datetime) -> Merger:
    """Undo a merger that was an error: the programmes it moved go back. A chain is undone from its end. Raises MergerRefused."""
    merger = Merger.objects.select_for_update(of=("self",), no_key=True).get(pk=merger_id)
    if merger.undone_at:
        raise MergerRefused("Cette fusion est déjà annulée.")
    both = {institution.pk: institution for institution in _locked(merger.former_id, merger.successor_id)}
    former, successor = both[merger.former_id], both[merger.successor_id]
    if successor.successor_id:  # the programmes have gone on with it
        raise MergerRefused(f"« {successor} » a depuis un successeur : « {successor.successor} ». Annulez d’abord cette fusion-là.")
    former.successor = None
    former.save(update_fields=["successor"])
    Programme.objects.filter(pk__in=merger.programmes, institution=merger.successor_id).update(institution=merger.former_id)
    merger.undone_by, merger.undone_at = by, at
    merger.save(update_fields=["undone_by", "undone_at"])
    return merger


def _locked(*uais: str) -> QuerySet[Institution]:
    """Lock both, in one order. Their successors are read afterwards: a join would show those of before the lock was waited for."""
    locked = Institution.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("academy").filter(pk__in=uais).order_by("pk")
