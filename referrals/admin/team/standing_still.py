"""Files that nobody at work follows, or that do not say until when: what breaks two promises of the office, and what mends it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate

from ... import invariants
from ...models import Absence, Post, Referral, Role, User
from ...models.people import ACTOR_OF_ROLE
from ..queue.counting import Counted, counted
from ..request import OfficeRequest

SHOWN = 100
"""Rows of one breach on the page; the others come up once these are seen to."""
CHECKED = 5_000
"""Files, the nearest due first, whose date is computed again for the page; the night's check computes them all."""
RELATED = ("licence_academy", "assigned_to", "region")
ALREADY = "Toute action sur le dossier recalcule sa date : attribuez-le, fût-ce à la même personne."


def late_and_alone(referrals: QuerySet[Referral], at: datetime) -> QuerySet[Referral]:
    """Those whose date has passed, while who follows them is away and nobody at work stands in for her."""
    today = localdate(at)
    away = Absence.objects.on(today)
    here = Post.objects.on(today).filter(user=OuterRef("substitute"), role__in=ACTOR_OF_ROLE, regions=OuterRef(OuterRef("region")))
    present = Exists(here.filter(user__is_active=True)) & ~Exists(away.filter(user=OuterRef("substitute")))
    replaced = Exists(away.filter(present, user=OuterRef("assigned_to")))
    return referrals.filter(~replaced, next_at__lte=at, assigned_to__in=away.values("user"))


@dataclass(frozen=True, kw_only=True)
class Breach:
    """label: what is wrong. holds: those of some files in which it is. todo: what sets it right."""

    label: str
    holds: Callable[[QuerySet[Referral], datetime], QuerySet[Referral]]
    todo: str


BREACHES = {
    "personne": Breach(
        label="Personne du rectorat compétent ne suit ce dossier",
        holds=lambda referrals, at: invariants.unowned(referrals, on=localdate(at)),
        todo="La répartition le donne à quelqu’un dans la minute, si le rectorat a du monde. S’il reste ici, attribuez-le.",
    ),
    "retard": Breach(
        label="Échéance dépassée, et qui suit ce dossier est absent sans personne pour le remplacer",
        holds=late_and_alone,
        todo="Désignez un remplaçant dans l’absence, ou attribuez le dossier à quelqu’un de présent.",
    ),
    "sans-date": Breach(
        label="Ce dossier ne dit pas qui doit agir, ou avant quand",
        holds=lambda referrals, at: invariants.undated(referrals),
        todo=ALREADY,
    ),
    "fini": Breach(
        label="Ce dossier est terminé et attend pourtant encore quelque chose",
        holds=lambda referrals, at: invariants.ended_and_waiting(referrals),
        todo="Signalez-le à l’administration nationale : aucun acte ne devrait y mener.",
    ),
}
"""What a query finds; that a date is not the one the rules give is found by computing it again."""


def counted_breaches(user: User, *, at: datetime) -> Counted:
    """Return how many files of ``user``'s office break a promise that a query can tell; one that breaks two counts twice."""
    referrals = Referral.objects.of_office(user)
    counts = counted({key: breach.holds(referrals, at) for key, breach in BREACHES.items()}).values()
    return Counted(sum(one.files for one in counts), any(one.is_more for one in counts))


def standing_still(request: OfficeRequest) -> HttpResponse:
    """Show them, each with what to do. Raises Http404 for who neither heads a region nor administers the nation."""
    heading = request.user.scope_as(frozenset({Role.HEAD, Role.ADMINISTRATOR}))
    if not (heading.nation or heading.regions):
        raise Http404
    referrals = Referral.objects.of_office(request.user).filter(heading.q(region="region", institution="licence_institution"))
    found = [_found(breach, referrals, request.at) for breach in BREACHES.values()]
    drifted = list(islice(_drifted(referrals), SHOWN + 1))
    page = {
        "title": "Dossiers sans personne ou sans date",
        "subtitle": None,
        "found": [one for one in found if one["files"]],
        "drifted": drifted[:SHOWN],
        "drifted_more": len(drifted) > SHOWN,
        "todo": ALREADY,
        "checked": CHECKED,
        "acts": bool(request.user.roles & set(ACTOR_OF_ROLE)),
    }
    return render(request, "admin/team/standing_still.html", admin.site.each_context(request) | page)


def _found(breach: Breach, referrals: QuerySet[Referral], at: datetime) -> dict[str, Any]:
    rows = breach.holds(referrals, at).select_related(*RELATED).order_by("next_at", "filed_at", "pk")
    files = list(rows[: SHOWN + 1])
    return {"breach": breach, "files": files[:SHOWN], "more": len(files) > SHOWN}


def _drifted(referrals: QuerySet[Referral]) -> Iterator[tuple[Referral, Any]]:
    near = referrals.filter(next_at__isnull=False).order_by("next_at", "filed_at", "pk")[:CHECKED]
    return invariants.misdated(Referral.objects.filter(pk__in=near.values("pk")).order_by("next_at", "pk").select_related(*RELATED))
