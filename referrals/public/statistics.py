"""The public figures of finished campaigns, as a page and as open data. No person is in them, and no small number."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.timezone import localdate
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_safe

from vacancies.admin.exports import cell
from vacancies.models import Campaign
from vacancies.open_data import LICENCE, LICENCE_URL, Echo

from ..models import Publication
from ..statistics.publishing import published

FRESH_FOR = 3600
"""Seconds for which open data may be kept by whoever has asked for them."""
FIELDS = {
    "campagne": gettext_noop("code de la campagne"),
    "publie_le": gettext_noop("jour de la publication : les chiffres sont ceux de ce jour"),
    "tableau": gettext_noop("ce que sont les lignes : ensemble, academies (avec les régions), mentions ou semaines"),
    "code": gettext_noop("code du ministère pour une académie ou une région, le nôtre pour une mention, le lundi pour une semaine"),
    "ligne": gettext_noop("nom de la ligne"),
    "dans": gettext_noop("région académique d’une académie"),
    "mesure": gettext_noop("saisines déposées, ou devenir des saisines : chacune compte sous un seul"),
    "saisines": gettext_noop("nombre de saisines ; vide : non diffusé (secret statistique)"),
}
"""Column of the CSV → what it means."""


OR = gettext_noop(" ou ")
"""Between outcomes that are published as one."""
KEPT = (
    gettext_noop("non déclarées recevables"),
    gettext_noop("recevables, sans proposition"),
    gettext_noop("avec proposition, sans place acceptée"),
    gettext_noop("place acceptée, inscription non confirmée"),
    gettext_noop("inscription confirmée"),
    gettext_noop("Par région académique et académie de la licence"),
    gettext_noop("Par mention de la licence"),
    gettext_noop("Par semaine de dépôt"),
    gettext_noop("Académie"),
    gettext_noop("Mention de licence"),
    gettext_noop("Semaine du"),
    gettext_noop("Recevabilité"),
    gettext_noop("Première proposition"),
    gettext_noop("Dernière proposition due"),
    gettext_noop("Acceptation"),
    gettext_noop("Inscription"),
)
"""What is kept in French with the figures, for the catalogues: outcomes, titles, headings and steps."""


def _category(kept: str) -> str:
    return gettext(OR).join(gettext(outcome) for outcome in kept.split(OR))


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """Show the figures of one published campaign, the newest unless the reader asks for another."""
    publications = published()
    chosen = next((one for one in publications if one.campaign_id == request.GET.get("campagne")), next(iter(publications), None))
    done = [one.campaign_id for one in publications]
    context = {
        "publications": publications,
        "publication": chosen,
        "figures": chosen and chosen.figures,
        "categories": [_category(kept) for kept in chosen.figures["categories"]] if chosen else [],
        "to_come": Campaign.objects.exclude(pk__in=done).filter(opens_on__lte=localdate(request.at)),
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "fields": FIELDS,
    }
    return render(request, "statistics/page.html", context)


@require_safe
def as_csv(request: HttpRequest) -> HttpResponseBase:
    """Every published number, one a line; semicolons and a byte order mark, as French spreadsheets expect."""

    def lines() -> Iterator[str]:
        write = csv.writer(Echo(), delimiter=";").writerow
        yield "\ufeff" + write(FIELDS)
        for publication in published():
            for record in records(publication):
                yield write([cell(value) for value in record])

    return _data(request, lines(), kind="text/csv; charset=utf-8", name="statistiques.csv")


@require_safe
def as_json(request: HttpRequest) -> HttpResponseBase:
    """Every publication as it was published, with what is said of them all."""
    about = {
        "titre": "Saisines du recteur : chiffres des campagnes",
        "licence": {"nom": LICENCE, "url": LICENCE_URL},
        "non_diffuse": "null : nombre masqué, parce qu’il est petit ou qu’il en protège un autre",
        "campagnes": [
            {
                "code": one.campaign_id,
                "nom": one.campaign.name,
                "publie_le": localdate(one.at).isoformat(),
                **one.figures,
            }
            for one in published()
        ],
    }
    written = json.dumps(about, ensure_ascii=False, indent=1)
    return _data(request, iter([written, "\n"]), kind="application/json", name="statistiques.json")


def records(publication: Publication) -> Iterator[list[Any]]:
    """Yield the lines of the CSV: one for each row and measure."""
    figures = publication.figures
    measures = ["saisines déposées", *figures["categories"]]
    whole = {"code": "", "nom": "France entière", "dans": "", **figures["ensemble"]}
    for table, rows in (("ensemble", [whole]), *((table["nom"], table["lignes"]) for table in figures["tableaux"])):
        for row in rows:
            for measure, number in zip(measures, (row["deposees"], *row["issues"]), strict=True):
                day = localdate(publication.at).isoformat()
                yield [publication.campaign_id, day, table, row["code"], row["nom"], row["dans"], measure, number]


def _data(request: HttpRequest, lines: Iterator[str], *, kind: str, name: str) -> HttpResponseBase:
    response = StreamingHttpResponse(lines, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Access-Control-Allow-Origin"] = "*"
    response["Link"] = f'<{LICENCE_URL}>; rel="license"'
    # Somebody who has signed in gets her session's cookie renewed with the answer: that one is hers alone.
    keeper = "private" if settings.SESSION_COOKIE_NAME in request.COOKIES else "public"
    patch_cache_control(response, max_age=FRESH_FOR, **{keeper: True})
    patch_vary_headers(response, ["Cookie"])
    return response
