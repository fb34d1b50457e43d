"""Which vacancies suit a licence, a project and a place, and which institution or mention is meant. Knows no person."""

from collections.abc import Iterable
from typing import TypeVar

from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db.models import Case, Exists, ExpressionWrapper, F, FloatField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

from .mergers import family, present
from .models import (
    Campaign,
    Compatibility,
    Institution,
    InstitutionName,
    LicenceMention,
    MasterMention,
    Programme,
)
from .models.catalogue import Mention
from .names import normalise

AnyMention = TypeVar("AnyMention", bound=Mention)

EARTH_RADIUS_KM = 6371.0088


def takes_licence(licence: LicenceMention | None, campaign: Campaign, *, programme: str = "") -> Q:
    """Return the condition that the programme takes the licence, for rows of which ``programme`` is the look-up (or is it)."""
    at = f"{programme}__" if programme else ""
    takes = Q(**{f"{at}any_licence": True})
    if licence:
        recommends = Programme.recommended.through.objects.filter(programme=OuterRef(f"{at}pk"), licencemention=licence)
        compatible = Compatibility.objects.filter(campaign=campaign, licence=licence, master=OuterRef(f"{at}mention"))
        takes |= Q(Exists(recommends)) | Q(Exists(compatible))
    return takes


def has_table(campaign: Campaign, licence: LicenceMention | None) -> bool:
    """Whether the campaign's table of compatibility has a line of the licence. Where it says nothing, nothing is outside it."""
    return licence is not None and Compatibility.objects.filter(campaign=campaign, licence=licence).exists()


def containing(text: str, *, mention: str = "", others: Iterable[str] = ()) -> Q:
    """Return the condition that each word of ``text`` is in one of the look-ups, blind to case and accents.

    mention: a look-up of a name that is stored as `names.normalise` sees it; others: look-ups of plain text.
    """
    condition = Q()
    for word in normalise(text).split():
        in_one = Q(**{f"{mention}__contains": word}) if mention else Q()
        for lookup in others:
            in_one |= Q(**{f"{lookup}__unaccent__icontains": word})
        condition &= in_one
    return condition


def find_institution(text: str) -> Institution | None:
    """Return the institution that is or was called ``text``, its successor if it has one.

    None where nobody is called so, or more than one: show `institution_candidates`.
    """
    names = InstitutionName.objects.filter(normalised=normalise(text)).select_related("institution__successor")
    called_so = {present(name.institution) for name in names}
    return called_so.pop() if len(called_so) == 1 else None


def institution_candidates(text: str, limit: int = 5) -> list[Institution]:
    """Return at most ``limit`` institutions of which a present or former name resembles ``text``, the closest first."""
    return [institution for institution, _ in institutions_resembling(text, limit)]


def institutions_resembling(text: str, limit: int = 5) -> list[tuple[Institution, float]]:
    """Return the same institutions, each with how much the closest of its names resembles ``text``, from 0 to 1."""
    # An institution has a handful of names, and may be met under several.
    names = _resembling(InstitutionName.objects.select_related("institution__academy", "institution__successor__academy"), text)
    found: dict[Institution, float] = {}
    for name in names[: limit * 8]:
        found.setdefault(present(name.institution), name.resemblance / 2)
    return list(found.items())[:limit]


def find_mention(model: type[AnyMention], text: str) -> AnyMention | None:
    """Return the mention of ``model`` that is called ``text``, or None: show `mention_candidates`."""
    return model.objects.filter(normalised=normalise(text)).first()


def mention_candidates(model: type[AnyMention], text: str, limit: int = 5) -> list[AnyMention]:
    """Return at most ``limit`` mentions of ``model`` whose name resembles ``text``, the closest first."""
    return list(_resembling(model.objects.all(), text)[:limit])


def institutions_beginning(text: str, limit: int = 10) -> list[tuple[Institution, str]]:
    """Return at most ``limit`` institutions that ``text`` begins to name, each with the name it was met under.

    Each word of ``text`` begins a word of one of its names, present or former; blind to case and accents.
    """
    names = _beginning(InstitutionName.objects.select_related("institution__academy", "institution__successor__academy"), text)
    found: dict[Institution, str] = {}
    for name in names[: limit * 8]:
        found.setdefault(present(name.institution), name.name)
    return list(found.items())[:limit]


def mentions_beginning(model: type[AnyMention], text: str, limit: int = 10) -> list[AnyMention]:
    """Return at most ``limit`` mentions of ``model`` that ``text`` begins to name, as for institutions."""
    return list(_beginning(model.objects.all(), text)[:limit])


def tracks_beginning(text: str, *, institution: Institution, mention: MasterMention | None, limit: int = 10) -> list[str]:
    """Return at most ``limit`` tracks of the institution, or of one that became it, in which each word of ``text`` is found."""
    programmes = Programme.objects.filter(containing(text, others=["track"]), institution__in=family([institution.pk]))
    if mention:
        programmes = programmes.filter(mention=mention)
    return list(programmes.exclude(track="").order_by("track").values_list("track", flat=True).distinct()[:limit])


def _beginning(named: QuerySet, text: str) -> QuerySet:
    """The rows of which each word of ``text`` begins a word; those that begin with the whole of it come first."""
    wanted = normalise(text)
    begins = Q()
    for word in wanted.split():
        begins &= Q(normalised__startswith=word) | Q(normalised__contains=f" {word}")
    return named.filter(begins).order_by(says(Q(normalised__startswith=wanted)).desc(), "normalised", "pk")


def _resembling(named: QuerySet, text: str) -> QuerySet:
    wanted = normalise(text)
    return (
        named.filter(Q(normalised__trigram_similar=wanted) | Q(normalised__trigram_word_similar=wanted))
        .annotate(resemblance=TrigramSimilarity("normalised", wanted) + TrigramWordSimilarity(wanted, "normalised"))
        .order_by("-resemblance", "normalised", "pk")
    )


def says(condition: Q) -> Case:
    """Return the condition as a column: true or false, never NULL."""
    return Case(When(condition, then=Value(True)), default=Value(False))


def distance_from(near: tuple[float, float]) -> Case:
    """The haversine formula on a spherical Earth, in kilometres; NULL, which LEAST would overlook, where there is no point."""
    latitude, longitude = near
    north = Radians(F("programme__latitude") - latitude) / 2
    east = Radians(F("programme__longitude") - longitude) / 2
    chord = Power(Sin(north), 2) + Cos(Radians(Value(latitude))) * Cos(Radians(F("programme__latitude"))) * Power(Sin(east), 2)
    distance = ExpressionWrapper(2 * EARTH_RADIUS_KM * ASin(Sqrt(Least(chord, Value(1.0)))), output_field=FloatField())
    placed = Q(programme__latitude__isnull=False, programme__longitude__isnull=False)
    return Case(When(placed, then=distance), output_field=FloatField())
