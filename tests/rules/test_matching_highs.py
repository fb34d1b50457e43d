"""The matching beside HiGHS, level by level, on instances that no enumeration reaches. The model below knows no network."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from random import Random

import highspy
import pytest

from tests.rules.matching_oracle import (
    Choice,
    Document,
    figures,
    is_possible,
    matched,
    random_document,
    rows,
    scores,
)

Terms = dict[int, int]


class Model:
    """An integer programme whose objectives are maximised one after the other."""

    def __init__(self) -> None:
        self.highs = highspy.Highs()
        self.highs.silent()
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self.highs.setOptionValue("mip_abs_gap", 0.5)
        self.columns = 0

    def binary(self) -> int:
        self.highs.addVar(0, 1)
        self.highs.changeColIntegrality(self.columns, highspy.HighsVarType.kInteger)
        self.columns += 1
        return self.columns - 1

    def between(self, least: float, terms: Terms, most: float) -> None:
        self.highs.addRow(least, most, len(terms), list(terms), [float(value) for value in terms.values()])

    def at_most(self, terms: Terms, most: float) -> None:
        self.between(-highspy.kHighsInf, terms, most)

    def maximum(self, terms: Terms) -> int:
        """Return the greatest value of ``terms``, and hold it from now on."""
        costs = [float(terms.get(column, 0)) for column in range(self.columns)]
        self.highs.changeColsCost(self.columns, list(range(self.columns)), costs)
        self.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.highs.run()
        assert self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        best = round(self.highs.getInfo().objective_function_value)
        self.between(best, terms, best)
        return best


def optima(document: Document) -> tuple[int, ...]:
    """Return the optimum of each level among the optima of those before: the figures, then the two of waiting."""
    model, required = Model(), document["offers_required"]
    students, score = rows(document, "students"), scores(document)
    chosen = {pair: model.binary() for pair in score}
    nth = {(s, k): model.binary() for s, row in students.items() for k in range(required - row["needed"] + 1, required + 1)}
    home = {s: model.binary() for s in students}
    bound_choice(model, document, chosen)
    of_student, at_home, place = defaultdict(list), defaultdict(list), places(document)
    for (s, v), column in chosen.items():
        of_student[s].append(column)
        if place[v] == students[s]["origin"]:
            at_home[s].append(column)
    for s, row in students.items():
        steps = [nth[s, k] for k in range(required - row["needed"] + 1, required + 1)]
        model.between(0, dict.fromkeys(of_student[s], 1) | dict.fromkeys(steps, -1), 0)
        for step, further in pairwise(steps):
            model.at_most({further: 1, step: -1}, 0)
        model.at_most({home[s]: 1} | dict.fromkeys(at_home[s], -1), 0)
    rank = priorities(document)
    one, *more = ({column: 1 for (_, n), column in nth.items() if n == k} for k in range(1, required + 1))
    held = [sum(required - row["needed"] >= k for row in students.values()) for k in range(1, required + 1)]
    first, origin = model.maximum(one) + held[0], model.maximum(dict.fromkeys(home.values(), 1))
    return (
        first,
        origin,
        *(model.maximum(terms) + before for terms, before in zip(more, held[1:], strict=True)),
        model.maximum({column: score[pair] for pair, column in chosen.items()}),
        model.maximum({column: rank[pair[0]] for pair, column in chosen.items()}),
        model.maximum({column: rank[pair[0]] * score[pair] for pair, column in chosen.items()}),
    )


def bound_choice(model: Model, document: Document, chosen: dict[tuple[str, str], int]) -> None:
    """Seats, programmes and institutions."""
    students, vacancies, most = rows(document, "students"), rows(document, "vacancies"), document["max_per_institution"]
    seats, programmes, institutions = defaultdict(list), defaultdict(list), defaultdict(list)
    for (s, v), column in chosen.items():
        seats[v].append(column)
        programmes[s, vacancies[v].get("programme", v)].append(column)
        institutions[s, vacancies[v]["institution"]].append(column)
    for v, columns in seats.items():
        model.at_most(ones(columns), vacancies[v]["free"])
    for columns in programmes.values():
        model.at_most(ones(columns), 1)
    for (s, place), columns in institutions.items():
        if most is not None:
            model.at_most(ones(columns), max(0, most - students[s].get("held_at", {}).get(place, 0)))


def ones(columns: Iterable[int]) -> Terms:
    return dict.fromkeys(columns, 1)


def places(document: Document) -> dict[str, str]:
    return {row["id"]: row["institution"] for row in document["vacancies"]}


def priorities(document: Document) -> dict[str, int]:
    """Rank the students, equals alike: 1 for those who came last."""
    since = {row["id"]: datetime.fromisoformat(row["waiting_since"]) for row in document["students"]}
    latest_first = sorted(set(since.values()), reverse=True)
    return {student: latest_first.index(instant) + 1 for student, instant in since.items()}


def by_waiting(document: Document, choice: Choice) -> tuple[int, int]:
    rank, score = priorities(document), scores(document)
    return sum(rank[student] for student, _ in choice), sum(rank[pair[0]] * score[pair] for pair in choice)


HUNDREDS = {"students": 400, "vacancies": 150, "institutions": 12, "pairs": 2500}
THOUSANDS = {"students": 3000, "vacancies": 1000, "institutions": 40, "pairs": 12000}


@pytest.mark.parametrize(
    ("sizes", "seed"),
    [*((HUNDREDS, seed) for seed in range(12)), *((THOUSANDS, seed) for seed in (12, 14, 15))],
)
def test_every_level_has_the_optimum_of_highs(sizes, seed):
    document = random_document(Random(f"highs {seed}"), **sizes)
    choice, claimed = matched(document)
    assert is_possible(document, choice)
    assert claimed == figures(document, choice)
    assert claimed + by_waiting(document, choice) == optima(document)
