"""Seats that do not exist: which programmes, in which modality, how many; gathered in the address of the page, line by line."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest

from vacancies.models import Modality, Programme
from vacancies.search import containing

from ...procedure.posing import Hypothetical

MOST_SEATS = 1_000
MOST_LINES = 20
MOST_FOUND = 20


class LineForm(forms.Form):
    """One line: so many more seats of a programme, in a modality."""

    programme = forms.ModelChoiceField(Programme.objects.all())
    modality = forms.ChoiceField(choices=Modality.choices)
    seats = forms.IntegerField(min_value=1, max_value=MOST_SEATS)


def chosen_lines(request: HttpRequest) -> list[Hypothetical]:
    """Return the lines that the address, or the posted form, holds, the one that is being added among them."""
    data = request.POST if request.method == "POST" else request.GET
    asked = [line.split(":") for line in data.getlist("line")]
    asked += [[data["programme"], data.get("modality", ""), data.get("seats", "")]] if "programme" in data else []
    found = (_line(parts) for parts in asked[:MOST_LINES] if len(parts) == 3)
    gathered: dict[tuple[int, str], Hypothetical] = {}
    for line in filter(None, found):
        gathered[line["programme"], line["modality"]] = line
    return list(gathered.values())


def _line(parts: list[str]) -> Hypothetical | None:
    form = LineForm(dict(zip(("programme", "modality", "seats"), parts, strict=True)))
    if not form.is_valid():
        return None
    cleaned = form.cleaned_data
    return {"programme": cleaned["programme"].pk, "modality": cleaned["modality"], "seats": cleaned["seats"]}


def worded(lines: Iterable[Hypothetical]) -> list[dict[str, Any]]:
    """Return the lines with their programmes, for a page to write."""
    named = Programme.objects.select_related("mention", "institution").in_bulk([line["programme"] for line in lines])
    return [
        {
            "seats": line["seats"],
            "programme": named[line["programme"]],
            "modality": Modality(line["modality"]).label,
            "value": f"{line['programme']}:{line['modality']}:{line['seats']}",
        }
        for line in lines
    ]


def page_of_lines(request: HttpRequest, lines: list[Hypothetical]) -> dict[str, Any]:
    """Return the lines, each with the address of the page without it, and the programmes that the words typed mean."""
    shown = worded(lines)
    values = [line["value"] for line in shown]
    for line in shown:
        line["without"] = urlencode([("line", value) for value in values if value != line["value"]])
    text = request.GET.get("q", "")
    found = matching(text)
    return {
        "lines": shown,
        "text": text,
        "found": found[:MOST_FOUND],
        "more": len(found) > MOST_FOUND,
        "modalities": Modality.choices,
        "most_seats": MOST_SEATS,
        "unreadable": "programme" in request.GET and request.GET["programme"] not in {str(line["programme"]) for line in lines},
    }


def matching(text: str) -> list[Programme]:
    """Return the programmes that have each word of ``text``, one more than are shown."""
    if not text.strip():
        return []
    having = containing(text, mention="mention__normalised", others=("track", "institution__name", "site", "town"))
    return list(Programme.objects.filter(having).select_related("mention", "institution")[: MOST_FOUND + 1])
