"""Whom to write to: each rectorate, and the guidance service (SCUIO-BAIP) of each university. Nothing here is guessed."""

from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vacancies.mergers import present
from vacancies.models import AcademicRegion, Academy, Institution
from vacancies.names import normalise
from vacancies.search import institution_candidates, institutions_beginning

from ..models import Referral

LONGEST = 200
"""Characters of a search that are read."""
MOST = 40
"""How many institutions a search shows."""


class Met(NamedTuple):
    """An institution of today. under: the name it was met under, where its present one does not say what was asked."""

    institution: Institution
    under: str = ""


@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    """Show whom the reader asks for, by name or by académie; a student's own come first; else every rectorate."""
    wanted = request.GET.get("q", "").strip()[:LONGEST]
    asked = Academy.objects.filter(pk=request.GET.get("academie", "")).select_related("region").first()
    regions, met = everybody(), list[Met]()
    if wanted:
        regions, met = regions_called(wanted), institutions_called(wanted)
    elif asked:
        regions, met = regions.filter(pk=asked.region_id), [Met(one) for one in institutions_of(asked)]
    context = {"wanted": wanted, "asked": asked, "regions": regions, "met": met, "hers": _hers(request)}
    return render(request, "public/contacts.html", context)


def everybody() -> QuerySet[AcademicRegion]:
    return AcademicRegion.objects.prefetch_related("academies").order_by("name")


def regions_called(wanted: str) -> QuerySet[AcademicRegion]:
    """Return the regions of which each word of ``wanted`` begins a word of their own name or of an académie's, accents aside."""
    own = [code for code, name in AcademicRegion.objects.values_list("pk", "name") if begins(wanted, name)]
    of_academies = [code for code, name in Academy.objects.values_list("region", "name") if begins(wanted, name)]
    return everybody().filter(pk__in=[*own, *of_academies])


def begins(wanted: str, name: str) -> bool:
    """Whether each word of ``wanted``, of which there is one at least, begins a word of ``name``; blind to case and accents."""
    words, known = normalise(wanted).split(), normalise(name).split()
    return bool(words) and all(any(one.startswith(word) for one in known) for word in words)


def institutions_called(wanted: str) -> list[Met]:
    """Return the institutions of today that ``wanted`` begins to name, by a present or a former name; else what resembles it."""
    if not normalise(wanted):
        return []
    found = institutions_beginning(wanted, limit=MOST)
    if found:
        return [Met(one, "" if begins(wanted, one.name) else name) for one, name in found]
    return [Met(one) for one in institution_candidates(wanted)]


def institutions_of(academy: Academy) -> QuerySet[Institution]:
    """Return the institutions of today that teach in ``academy``."""
    there = Institution.objects.filter(Q(academy=academy) | Q(other_academies=academy), successor__isnull=True)
    return there.select_related("academy").distinct().order_by("name")


def _hers(request: HttpRequest) -> dict[str, AcademicRegion | Institution | None] | None:
    """Return the rectorate that has her referral, or will, and the university of her licence; None for anybody else."""
    if not request.user.is_authenticated:
        return None
    known = Referral.objects.of_student(request.user).select_related(
        "region", "licence_academy__region", "licence_institution__academy", "licence_institution__successor"
    )
    referral = known.order_by("pk").last()
    if referral is None or not (referral.region or referral.licence_academy or referral.licence_institution):
        return None
    academy, institution = referral.licence_academy, referral.licence_institution
    return {
        "region": referral.region or (academy.region if academy else None),
        "institution": present(institution) if institution else None,
    }
