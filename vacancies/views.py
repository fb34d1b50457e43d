"""The public list of vacancies, as a page and as open data. It takes nobody's request for a seat: the rectorate proposes those."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from . import open_data, totals
from .models import Vacancy
from .public_search import VacancyFilter

PAGE_SIZE = 25
FRESH_FOR = 300
"""Seconds for which open data may be kept by whoever has asked for them."""


@require_safe
def vacancy_list(request: HttpRequest) -> HttpResponse:
    """Show the vacancies of a campaign that the reader asks for, 25 to a page, and the totals of all by académie."""
    wanted = VacancyFilter(request.GET)
    wanted.full_clean()
    answers = wanted.answers()
    page = Paginator(answers.keys, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = wanted.read(page.object_list, on=timezone.localdate())
    campaign = wanted.chosen_campaign
    by_academy = totals.totals(campaign, wanted.academies) if campaign else []
    context = {
        "form": wanted,
        "campaign": campaign,
        "page": page,
        "exact": answers.exact,
        "totals": by_academy,
        "seats": sum(total.seats for total in by_academy),
        "vacancies": sum(total.vacancies for total in by_academy),
        "chosen": wanted.cleaned_data.get("academy", []),
        "legend": totals.legend(),
        "picture": totals.PICTURE,
        "open_data": open_data,
    }
    return render(request, "vacancies/list.html", context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """The same vacancies as CSV."""

    def lines(wanted: VacancyFilter, found: QuerySet[Vacancy]) -> Iterator[str]:
        return open_data.as_csv(found, today=timezone.localdate())

    return _data(request, lines, kind="text/csv; charset=utf-8", name="places-vacantes.csv")


@require_safe
def as_json(request: HttpRequest) -> HttpResponseBase:
    """The same vacancies as JSON."""

    def lines(wanted: VacancyFilter, found: QuerySet[Vacancy]) -> Iterator[str]:
        at = timezone.now()
        criteria = wanted.criteria()
        return open_data.as_json(found, campaign=wanted.chosen_campaign, criteria=criteria, at=at, today=timezone.localdate(at))

    return _data(request, lines, kind="application/json", name="places-vacantes.json")


def _data(
    request: HttpRequest, lines: Callable[[VacancyFilter, QuerySet[Vacancy]], Iterator[str]], *, kind: str, name: str
) -> HttpResponseBase:
    """Write the vacancies as they are read. What is asked wrongly is not left out here: a program would take the rest for all."""
    wanted = VacancyFilter(request.GET)
    wanted.full_clean()
    if wanted.errors:
        said = [f"{wanted.fields[field].label} ({field}) : {' '.join(errors)}" for field, errors in wanted.errors.items()]
        return HttpResponse("\n".join([*said, ""]), content_type="text/plain; charset=utf-8", status=400)
    found = wanted.exactly()
    response = StreamingHttpResponse(lines(wanted, found), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Access-Control-Allow-Origin"] = "*"
    response["Link"] = f'<{open_data.LICENCE_URL}>; rel="license"'
    # Somebody who has signed in gets her session's cookie renewed with the answer: that one is hers alone.
    keeper = "private" if settings.SESSION_COOKIE_NAME in request.COOKIES else "public"
    patch_cache_control(response, max_age=FRESH_FOR, **{keeper: True})
    patch_vary_headers(response, ["Cookie"])
    return response
