"""The report of a run as its page shows it: each chart is a table of figures with a bar beside each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator

from vacancies.models import Vacancy

from ...models import MatchingRun
from ...rules.matching.explanation import Cause, Leftover
from ...rules.suitability import Obstacle, Part
from ...wording_matching import CAUSES, LEFTOVERS, PARTS
from .what_if import worded

ON_A_PAGE = 50
WIDTH = 100
"""Of the longest bar, in units of its drawing."""
KEPT_AWAY: dict[Obstacle, str] = {
    Obstacle.OUTSIDE_PERIMETER: "hors de la région académique",
    Obstacle.ON_ITS_WAY: "d’un parcours en cours de proposition",
    Obstacle.PROPOSED: "d’un parcours déjà proposé",
    Obstacle.REFUSED: "d’une formation qui l’a refusé",
    Obstacle.SAID_NO: "d’un établissement qui, consulté, a refusé",
    Obstacle.SILENT: "d’un établissement qui, consulté, n’a pas répondu",
    Obstacle.OUTSIDE_TABLE: "hors de la table de compatibilité",
    Obstacle.NO_CONTRACT: "en apprentissage, sans contrat",
    Obstacle.TOO_FAR: "trop loin",
    Obstacle.DECLINED_FOR: "sous un motif pour lequel il a déjà refusé",
    Obstacle.BELOW_FLOOR: "sous le minimum de convenance",
}
"""What keeps seats from a student, after their number."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """label; then a figure for each series, and how long its bar is."""

    label: str
    cells: list[tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A table of figures with bars. what: what the first column names; series: what the others count; note: what to know of it."""

    title: str
    what: str
    series: Sequence[str]
    rows: list[Row]
    note: str = ""


def chart(title: str, what: str, series: Sequence[str], figures: Iterable[tuple[str, Sequence[int]]], note: str = "") -> Chart:
    """Return the chart of these figures; the longest bar is the greatest of them."""
    listed = list(figures)
    longest = max((value for _, values in listed for value in values), default=0) or 1
    rows = [
        Row(label=label, cells=[(value, max(round(value * WIDTH / longest), 1 if value else 0)) for value in values])
        for label, values in listed
    ]
    return Chart(title=title, what=what, series=series, rows=rows, note=note)


def page_of_report(run: MatchingRun, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page of a run that is ready shows of its report."""
    report = run.report
    return {
        "report": report,
        "gains": gains_of(report) if run.hypothetical else [],
        "charts": charts_of(report),
        "left": page_of_left(report, query.get("etudiants")),
        "unused": page_of_unused(run, query.get("places")),
        "weights": [(PARTS[Part(part)], weight // 10) for part, weight in run.parameters["weights"].items()],
        "floors": run.parameters["score_floors"],
    }


def gains_of(report: Mapping[str, Any]) -> list[str]:
    """Return what the hypothetical seats change, a sentence for each level; none where they change nothing."""
    now, before = report["figures"], report["without"]
    said = []
    for number, (with_them, without) in enumerate(zip(now["with_at_least"], before["with_at_least"], strict=True), 1):
        offers = "une proposition" if number == 1 else f"{number} propositions"
        said += _gained(with_them - without, f"avec au moins {offers}")
    said += _gained(now["at_origin"] - before["at_origin"], "avec une proposition dans leur établissement d’origine")
    return said


def _gained(students: int, holding: str) -> list[str]:
    if students == 0:
        return []
    many = "s" if abs(students) > 1 else ""
    return [f"{abs(students)} étudiant{many} de {'plus' if students > 0 else 'moins'} {holding}"]


def charts_of(report: Mapping[str, Any]) -> list[Chart]:
    holding, origin, region, km = report["holding"], report["at_origin"], report["in_region"], report["km"]
    most = len(holding["after"]) - 1
    pairs = zip(holding["before"], holding["after"], strict=True)
    median = f"Médiane : {km['median']} km." if km["median"] is not None else ""
    mean = f"Moyenne : {report['mean_score'] / 10:.0f} sur 100." if report["mean_score"] is not None else ""
    return [
        chart(
            "Combien de propositions par étudiant",
            "Propositions",
            ("Étudiants avant", "Étudiants après"),
            [(str(offers) if offers < most else f"{offers} ou plus", pair) for offers, pair in enumerate(pairs)],
            "« Après » compte ce que la recherche propose, si tout aboutit.",
        ),
        chart(
            "Dans l’établissement de la licence",
            "Étudiants",
            ("Avant", "Après"),
            [("avec une proposition dans leur établissement d’origine", (origin["before"], origin["after"]))],
        ),
        chart(
            "Où sont les places proposées",
            "Lieu",
            ("Propositions",),
            [("dans la région académique", [region["here"]]), ("ailleurs en France", [region["elsewhere"]])],
        ),
        chart(
            "À quelle distance",
            "Distance",
            ("Propositions",),
            zip(_classes(km), _each(km["drafts"], km["unknown"]), strict=True),
            median,
        ),
        chart(
            "Convenance des places proposées",
            "Sur 100",
            ("Propositions",),
            [(f"de {tenth * 10} à {tenth * 10 + 10}", [drafts]) for tenth, drafts in enumerate(report["scores"])],
            mean,
        ),
        chart(
            "Étudiants à qui il manque des propositions, et ce qui les retient",
            "Cause",
            ("Étudiants",),
            [(CAUSES[Cause(cause)], [count]) for cause, count in most_first(report["left_by_cause"])],
        ),
        chart(
            "Places qui restent, et pourquoi",
            "Raison",
            ("Places",),
            [(LEFTOVERS[Leftover(why)], [count]) for why, count in most_first(report["unused_by_reason"])],
        ),
    ]


def _classes(km: Mapping[str, Any]) -> list[str]:
    lower = [0, *km["up_to"]]
    between = [f"de {low} à {high} km" for low, high in zip(lower, km["up_to"], strict=False)]
    return [*between, f"plus de {km['up_to'][-1]} km", "inconnue"]


def _each(classes: list[int], unknown: int) -> list[list[int]]:
    return [[drafts] for drafts in (*classes, unknown)]


def most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def page_of_left(report: Mapping[str, Any], number: str | None) -> Any:
    """Return a page of the students who stay short, each with its cause and what keeps seats away."""
    page = Paginator(report["left"], ON_A_PAGE).get_page(number)
    page.object_list = [
        row
        | {
            "cause": CAUSES[Cause(row["cause"])],
            "ruled_out": [(seats, KEPT_AWAY[Obstacle(name)]) for name, seats in most_first(row["ruled_out"])],
        }
        for row in page.object_list
    ]
    return page


def page_of_unused(run: MatchingRun, number: str | None) -> Any:
    """Return a page of the vacancies with seats left, hypothetical lines among them."""
    page = Paginator(run.report["unused"], ON_A_PAGE).get_page(number)
    related = Vacancy.objects.select_related("programme__mention", "programme__institution")
    named = related.in_bulk([row["vacancy"] for row in page.object_list if row["vacancy"] > 0])
    supposed = [line["programme"] for line in worded(run.hypothetical)]
    page.object_list = [
        row
        | {
            "programme": named[row["vacancy"]].programme if row["vacancy"] > 0 else supposed[-row["vacancy"] - 1],
            "modality": named[row["vacancy"]].get_modality_display() if row["vacancy"] > 0 else "places supposées",
            "why": LEFTOVERS[Leftover(row["why"])],
        }
        for row in page.object_list
    ]
    return page
