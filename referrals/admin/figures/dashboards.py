"""Dashboards: a campaign in figures by one dimension, drawn and in tables; the same for a spreadsheet.

Who works in an office reads those of the files that its queue shows: a region's caseworkers and heads their regions', the national
administrator the nation's. Counted in a fixed number of queries, whatever there is to count.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.timezone import localdate

from vacancies.admin.exports import csv_file, workbook
from vacancies.models import AcademicRegion, Campaign

from ...statistics.dimensions import DIMENSIONS, Dimension
from ...statistics.figures import Figures, Row
from ...statistics.kept import Kept, kept, where_of
from ...statistics.measures import DENOMINATORS, SECTIONS, Delay, Measure, Section
from ..request import OfficeRequest
from ..team.page import regions_of

DRAWN = 20
"""Rows of a chart: with more it would be longer than the table below it."""
SHAPES = ("csv", "ods", "xlsx")
NAME = "nom"
"""The key of the first column, in the address that sorts."""


class FiguresForm(forms.Form):
    """Which campaign, by what, and of which of her regions."""

    campagne = forms.ModelChoiceField(Campaign.objects.all(), label="Campagne", required=False, empty_label=None)
    par = forms.ChoiceField(label="Par", choices=[(key, one.label) for key, one in DIMENSIONS.items()], required=False)
    region = forms.ModelChoiceField(AcademicRegion.objects.none(), label="Région académique", required=False)

    def __init__(self, *args: Any, request: OfficeRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = regions_of(request.user)
        field.empty_label = "toute la France" if request.user.scope.nation else "toutes mes régions"


class Column(NamedTuple):
    """One column of a table: of a count, or of one of the two numbers of a delay. place: which of the two."""

    key: str
    label: str
    figure: Measure | Delay
    place: int = 0

    @property
    def drawn(self) -> bool:
        return self.figure.drawn if isinstance(self.figure, Measure) else self.place == 0

    def number(self, row: Row) -> float | None:
        """Return a count, or days; None where no file has come so far."""
        value = row.values[self.figure.key]
        return value[self.place] if isinstance(value, list) else value

    def share(self, row: Row) -> float | None:
        """Return the count in per cent of its denominator; None where it has none, or that is zero."""
        over = row.values[self.figure.of] if isinstance(self.figure, Measure) and self.figure.of else 0
        return 100 * row.values[self.figure.key] / over if over else None

    def text(self, row: Row) -> str:
        number = self.number(row)
        if number is None:
            return "—"
        digits = 0 if isinstance(self.figure, Measure) else 1
        return number_format(f"{number:.{digits}f}", digits, force_grouping=True)  # which cuts, and does not round


def columns_of(section: Section) -> list[Column]:
    columns: list[Column] = []
    for figure in section.figures:
        if isinstance(figure, Measure):
            columns.append(Column(figure.key, figure.label, figure))
        else:
            columns.append(Column(figure.key, f"{figure.label}, médiane", figure))
            columns.append(Column(f"{figure.key}-90", f"{figure.label}, 9 sur 10 en", figure, 1))
    return columns


class Asked(NamedTuple):
    """What an address of the dashboards asks for, and its answer. found: what is kept, in the order asked for."""

    form: FiguresForm
    campaign: Campaign | None
    by: Dimension
    kept: Kept | None
    found: Figures | None
    sort: str

    @property
    def sections(self) -> list[Section]:
        return [section for section in SECTIONS if section.of_offers or not self.by.of_offers]


def asked(request: OfficeRequest) -> Asked:
    """Read the address. A value that means nothing asks for nothing; a region that is not hers is a 404. Raises Http404."""
    if not request.user.has_perm("referrals.view_publication"):
        raise Http404
    latest = Campaign.objects.first()
    given = {
        "campagne": request.GET.get("campagne") or (latest and latest.pk),
        "par": request.GET.get("par") or next(iter(DIMENSIONS)),
        "region": request.GET.get("region"),
    }
    form = FiguresForm(given, request=request)
    form.full_clean()
    if "region" in form.errors:
        raise Http404
    campaign = form.cleaned_data.get("campagne") or latest
    par = form.cleaned_data.get("par") or next(iter(DIMENSIONS))
    by = DIMENSIONS[par]
    sort = request.GET.get("tri", "")
    if campaign is None:
        return Asked(form, None, by, None, None, sort)
    region, scope = form.cleaned_data["region"], request.user.scope
    where = where_of(frozenset({region.pk}) if region else None if scope.nation else scope.regions)
    counted = kept(par, campaign=campaign, where=where, at=request.at)
    return Asked(form, campaign, by, counted, _sorted(counted.found, sort), sort)


def _sorted(found: Figures, sort: str) -> Figures:
    """Return the rows in the order of one column, the greatest first after « - »; what has no number comes last."""
    columns = {column.key: column for section in SECTIONS for column in columns_of(section)}
    key = sort.removeprefix("-")
    if key == NAME:
        return Figures(rows=found.rows[::-1] if sort.startswith("-") else found.rows, whole=found.whole)
    if key not in columns or key not in {column.key for column in columns.values() if column.figure.key in found.whole.values}:
        return found
    way = -1 if sort.startswith("-") else 1
    numbers = [(columns[key].number(row), row) for row in found.rows]
    with_one = sorted((pair for pair in numbers if pair[0] is not None), key=lambda pair: way * (pair[0] or 0))
    without = [row for number, row in numbers if number is None]
    return Figures(rows=(*(row for _, row in with_one), *without), whole=found.whole)


def dashboards(request: OfficeRequest) -> HttpResponse:
    """Show the figures of one campaign by one dimension."""
    here = asked(request)
    query = request.GET.copy()
    query.pop("tri", None)
    page = {
        "title": "La campagne en chiffres",
        "subtitle": None,
        "asked": here,
        "query": query.urlencode(),
        "shapes": SHAPES,
        "sections": [_shown(section, here) for section in here.sections] if here.found else [],
    }
    return render(request, "admin/figures/figures.html", admin.site.each_context(request) | page)


def _shown(section: Section, here: Asked) -> dict[str, Any]:
    """Return what the page says of a section: its headings, its rows with what is drawn first, its definitions."""
    assert here.found is not None
    columns = columns_of(section)
    rows = [_line(row, columns, here) for row in here.found.rows]
    kind = "across"
    if here.by.is_time:
        kind = "line" if isinstance(section.figures[0], Delay) else "bar"
    return {
        "section": section,
        "kind": kind,
        "headings": [_heading(NAME, here.by.heading, True, here.sort)]
        + [_heading(column.key, column.label, column.drawn, here.sort) for column in columns],
        "drawn": rows[:DRAWN],
        "rest": rows[DRAWN:],
        "whole": _line(here.found.whole, columns, here),
        "definitions": [(figure, _over(figure)) for figure in section.figures],
    }


def _over(figure: Measure | Delay) -> str:
    """Return the sentence that names the denominator; empty where there is none."""
    if not figure.of:
        return ""
    return f"{'Rapporté à' if isinstance(figure, Measure) else 'Calculé sur'} : {DENOMINATORS[figure.of]}."


def _heading(key: str, label: str, drawn: bool, sort: str) -> dict[str, Any]:
    """Return a heading with what the address says to sort by it: counts begin with the greatest, names with the first."""
    first, other = (NAME, f"-{NAME}") if key == NAME else (f"-{key}", key)
    state = {first: "descending", other: "ascending"} if key != NAME else {first: "ascending", other: "descending"}
    return {"label": label, "drawn": drawn, "sort": other if sort == first else first, "state": state.get(sort, "")}


def _line(row: Row, columns: Sequence[Column], here: Asked) -> dict[str, Any]:
    link = f"{here.by.query}={row.key}&campagne={here.campaign.pk}" if here.by.query and row.key and here.campaign else ""
    cells = []
    for column in columns:
        number, share = column.number(row), column.share(row)
        cells.append(
            {
                "text": column.text(row),
                "value": "" if number is None else f"{number:.2f}",
                "share": "" if share is None else f"{share:.0f} %",
            }
        )
    return {"label": row.label, "link": link, "cells": cells}


def dashboards_file(request: OfficeRequest, shape: str) -> HttpResponseBase:
    """The same figures as a table: CSV, ODS or XLSX; the workbooks have the definitions on a sheet of their own."""
    here = asked(request)
    if shape not in SHAPES or here.campaign is None or here.found is None:
        raise Http404
    columns = [column for section in here.sections for column in columns_of(section)]
    labels = [here.by.heading, *(label for column in columns for label in _labels(column))]
    lines = [
        [row.label, *(number for column in columns for number in _numbers(column, row))]
        for row in (*here.found.rows, here.found.whole)
    ]
    name = f"chiffres-{here.campaign.pk}-{localdate(request.at):%Y-%m-%d}"
    if shape == "csv":
        return csv_file(f"{name}.csv", labels, ([_decimal_comma(value) for value in line] for line in lines))
    return workbook(name, shape, {"Chiffres": [labels, *lines], "Définitions": definitions(here)})


def _labels(column: Column) -> list[str]:
    if isinstance(column.figure, Delay):
        return [f"{column.label} (jours depuis {'la demande' if column.figure.key == 'to_answer' else 'le dépôt'})"]
    return [column.label, f"{column.label} (% sur {DENOMINATORS[column.figure.of]})"] if column.figure.of else [column.label]


def _numbers(column: Column, row: Row) -> list[float | None]:
    number = column.number(row)
    numbers = [number if number is None or isinstance(number, int) else round(number, 2)]
    if isinstance(column.figure, Measure) and column.figure.of:
        share = column.share(row)
        numbers.append(None if share is None else round(share, 1))
    return numbers


def _decimal_comma(value: Any) -> Any:
    return str(value).replace(".", ",") if isinstance(value, float) else value


def definitions(here: Asked) -> list[list[str]]:
    """Return the table of what each figure is, and over what."""
    lines = [["Chiffre", "Définition", "Rapporté à"]]
    for section in here.sections:
        for figure in section.figures:
            lines.append([f"{section.title} : {figure.label}", figure.definition, DENOMINATORS[figure.of] if figure.of else ""])
    return lines
