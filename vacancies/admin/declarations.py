"""Who has not declared, and the seats of a campaign by académie and by mention: for the eye and for a spreadsheet.

Counted in a fixed number of queries, whatever there is to count.
"""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from ..mergers import stands, successors
from ..models import AcademicRegion, Academy, Campaign, Institution, MasterMention, Programme, Vacancy
from .exports import csv_file

ON_A_PAGE = 100
OWN, FRANCE = "", "france"
SUMS = {name: Sum(name) for name in ("declared", "held", "taken", "free")}


@dataclass(kw_only=True)
class Seats:
    """What was declared in a campaign. programmes: those of the catalogue; with_seats: those somebody has declared for."""

    programmes: int = 0
    with_seats: int = 0
    declared: int = 0
    held: int = 0
    taken: int = 0
    free: int = 0

    def add(self, **more: int) -> None:
        for name, count in more.items():
            setattr(self, name, getattr(self, name) + count)


@dataclass(kw_only=True)
class Standing(Seats):
    """How far one institution is. stale: declarations to be confirmed; last: the day of the latest."""

    institution: Institution
    stale: int = 0
    last: date | None = None

    @property
    def first_to_ask(self) -> tuple[Any, ...]:
        """Who never declared comes first, then who has been silent the longest."""
        return self.last is not None, self.last or date.min, self.institution.name


@dataclass(kw_only=True)
class Total(Seats):
    name: str


class CampaignForm(forms.Form):
    """Of which campaign and where. Every office may look at the nation; it begins with its own regions."""

    campaign = forms.ModelChoiceField(Campaign.objects.all(), label="Campagne", required=False, empty_label=None)
    region = forms.ChoiceField(label="Région académique", required=False)

    def __init__(self, *args: Any, scope: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._scope = scope
        names = dict(AcademicRegion.objects.values_list("pk", "name"))
        everywhere = [(OWN, "toute la France")] if scope.nation else [(OWN, _own(scope, names)), (FRANCE, "toute la France")]
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*everywhere, *names.items()]

    def where(self, region: str) -> Q:
        """Return the condition for rows of which ``region`` is the look-up of the region."""
        chosen = self.cleaned_data.get("region", OWN)
        if chosen == FRANCE or (chosen == OWN and self._scope.nation):
            return Q()
        return Q(**{f"{region}__in": [chosen] if chosen else self._scope.regions})


def _own(scope: Any, names: dict[str, str]) -> str:
    own = sorted(names[region] for region in scope.regions if region in names)
    return own[0] if len(own) == 1 else "mes régions académiques"


def standings(*, campaign: Campaign, institutions: QuerySet[Institution], on: date) -> list[Standing]:
    """Return how far each of ``institutions`` is that has a programme or a declaration, the first to ask on top.

    What is left with an institution that was taken over counts for the one that answers for it.
    """
    after = successors()
    found = {institution.pk: Standing(institution=institution) for institution in institutions.select_related("academy")}

    def of(uai: str) -> Standing | None:
        return found.get(stands(uai, after))

    for uai, count in _counted(Programme.objects.filter(withdrawn=False), "institution"):
        if one := of(uai):
            one.programmes += count
    vacancies = Vacancy.objects.filter(campaign=campaign)
    for uai, count in _counted(vacancies.stale(on=on), "programme__institution"):
        if one := of(uai):
            one.stale += count
    for row in _summed(vacancies, "programme__institution"):
        last = row.pop("last")
        if one := of(row.pop("programme__institution")):
            one.add(**row)
            one.last = max(filter(None, (one.last, last)), default=None)
    return sorted((one for one in found.values() if one.programmes or one.with_seats), key=lambda one: one.first_to_ask)


def totals(vacancies: QuerySet[Vacancy], programmes: QuerySet[Programme], *, by: str) -> list[Total]:
    """Return the seats by académie or by mention (a column of the programme), by name; the programmes without any count too."""
    model: type[Academy] | type[MasterMention] = Academy if by == "academy" else MasterMention
    found = {pk: Total(name=name) for pk, name in model.objects.values_list("pk", "name")}
    for pk, count in _counted(programmes.filter(withdrawn=False), by):
        found[pk].programmes = count
    for row in _summed(vacancies, f"programme__{by}"):
        row.pop("last")
        found[row.pop(f"programme__{by}")].add(**row)
    return [total for total in found.values() if total.programmes or total.with_seats]


def _counted(rows: QuerySet, by: str) -> Iterator[tuple[str, int]]:
    yield from rows.order_by().values_list(by).annotate(count=Count("pk"))


def _summed(vacancies: QuerySet[Vacancy], by: str) -> Iterator[dict[str, Any]]:
    """Yield the sums of the counters for each value of ``by``, with how many programmes were declared, and the last day."""
    sums = {f"sum_{name}": total for name, total in SUMS.items()}
    declared = Count("programme", distinct=True, filter=Q(declared_on__isnull=False))
    for row in vacancies.order_by().values(by).annotate(**sums, with_seats=declared, last=Max("declared_on")):
        yield {name.removeprefix("sum_"): value for name, value in row.items()}


def in_all(rows: Iterable[Seats]) -> Seats:
    whole = Seats()
    for row in rows:
        whole.add(**{name: getattr(row, name) for name in Seats.__dataclass_fields__})
    return whole


class Declarations:
    """The pages, in the frame of the vacancies' own admin: whoever reads vacancies reads them."""

    def __init__(self, office: ModelAdmin) -> None:
        self._office = office

    def declarations(self, request: HttpRequest) -> HttpResponse:
        """Show the institutions of a campaign, those that never declared on top."""
        form, campaign = self._asked(request)
        rows = self._standings(request, form, campaign)
        silent = sum(row.last is None for row in rows)
        stale = sum(row.stale for row in rows)
        page = {"title": "Qui n’a pas déclaré ses places", "rows": rows, "silent": silent, "stale": stale, "whole": in_all(rows)}
        return self._page(request, "declarations", form, campaign, by="", **page)

    def declarations_csv(self, request: HttpRequest) -> StreamingHttpResponse:
        form, campaign = self._asked(request)
        labels = (
            "code UAI", "établissement", "académie", "parcours", "parcours déclarés", "places déclarées", "réservées", "prises",
            "libres", "à confirmer", "dernière déclaration",
        )  # fmt: skip
        rows = (
            (
                row.institution.pk, row.institution.name, row.institution.academy.name, row.programmes, row.with_seats,
                row.declared, row.held, row.taken, row.free, row.stale, f"{row.last:%d/%m/%Y}" if row.last else "",
            )
            for row in self._standings(request, form, campaign)
        )  # fmt: skip
        return csv_file(f"declarations-{campaign.pk if campaign else 'vide'}.csv", labels, rows)

    def totals(self, request: HttpRequest) -> HttpResponse:
        """Show the seats of a campaign by académie or by mention, a hundred lines to a page."""
        form, campaign = self._asked(request)
        rows = self._totals(request, form, campaign)
        page = {
            "title": "Totaux par mention" if _by(request) == "mention" else "Totaux par académie",
            "by": _by(request),
            "rows": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
            "whole": in_all(rows),
        }
        return self._page(request, "totals", form, campaign, **page)

    def totals_csv(self, request: HttpRequest) -> StreamingHttpResponse:
        form, campaign = self._asked(request)
        by = "mention" if _by(request) == "mention" else "académie"
        labels = ("parcours", "parcours déclarés", "places déclarées", "réservées", "prises", "libres")
        rows = ((row.name, *astuple(in_all([row]))) for row in self._totals(request, form, campaign))
        return csv_file(f"totaux-{campaign.pk if campaign else 'vide'}.csv", (by, *labels), rows)

    def _asked(self, request: HttpRequest) -> tuple[CampaignForm, Campaign | None]:
        if not self._office.has_view_permission(request):
            raise PermissionDenied
        latest = Campaign.objects.first()
        asked = {"campaign": request.GET.get("campaign") or (latest and latest.pk), "region": request.GET.get("region", OWN)}
        form = CampaignForm(asked, scope=request.user.scope)
        form.full_clean()
        return form, form.cleaned_data.get("campaign") or latest

    def _standings(self, request: HttpRequest, form: CampaignForm, campaign: Campaign | None) -> list[Standing]:
        if campaign is None:
            return []
        institutions = Institution.objects.filter(form.where("academy__region"))
        return standings(campaign=campaign, institutions=institutions, on=timezone.localdate(request.at))

    def _totals(self, request: HttpRequest, form: CampaignForm, campaign: Campaign | None) -> list[Total]:
        if campaign is None:
            return []
        vacancies = Vacancy.objects.filter(form.where("programme__academy__region"), campaign=campaign)
        return totals(vacancies, Programme.objects.filter(form.where("academy__region")), by=_by(request))

    def _page(self, request: HttpRequest, name: str, form: CampaignForm, campaign: Campaign | None, **shown: Any) -> HttpResponse:
        query = request.GET.copy()
        query.pop("page", None)
        return self._office.page(
            request, f"vacancy/{name}", form=form, campaign=campaign, query=query.urlencode(), active=name, **shown
        )


def _by(request: HttpRequest) -> str:
    return "mention" if request.GET.get("by") == "mention" else "academy"
