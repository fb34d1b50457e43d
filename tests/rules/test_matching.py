"""The matching beside an enumeration of all choices, on thousands of small instances; what must not change it; and its controls."""

import json
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.rules.matching.exchange import write_answer, write_problem
from referrals.rules.matching.flows import Arcs, Flows, potentials
from referrals.rules.matching.network import NONE, network
from referrals.rules.matching.problem import canonical
from referrals.rules.matching.solving import levels, solve
from tests.rules.matching_oracle import (
    Choice,
    Document,
    better_between_two,
    blocking_exchanges,
    figures,
    greedy,
    is_possible,
    matched,
    possible_choices,
    problem_of,
    random_document,
)

SMALL = {"students": 4, "vacancies": 4, "institutions": 3, "pairs": 9}
BLOCKS, OF_A_BLOCK = 8, 500


def small_documents(block: int, count: int = OF_A_BLOCK) -> list[Document]:
    random = Random(f"matching {block}")
    return [random_document(random, **SMALL) for _ in range(count)]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_choice_is_better(block):
    for document in small_documents(block):
        choice, claimed = matched(document)
        every = {other: figures(document, other) for other in possible_choices(document)}
        best = max(every.values())
        assert (choice in every, claimed, figures(document, choice)) == (True, best, best), document
        assert list(blocking_exchanges(document, choice)) == [], document
        equals = [other for other, worth in every.items() if worth == best]
        assert list(better_between_two(document, choice, equals)) == [], document


SEEDS = st.integers(0, 10**9)


def of_seed(seed: int) -> Document:
    return random_document(Random(seed), **SMALL)


@settings(deadline=None)
@given(seed=SEEDS, more=SEEDS)
def test_a_free_seat_more_never_makes_the_figures_worse(seed, more):
    document = of_seed(seed)
    before = matched(document)[1]
    vacancy = document["vacancies"][more % len(document["vacancies"])]
    vacancy["free"] += 1
    assert matched(document)[1] >= before


def written(document: Document) -> tuple[str, str]:
    """Return the answer but for its seconds, and the problem as it is kept."""
    problem = problem_of(document)
    answer = json.loads(write_answer(problem, solve(problem)))
    del answer["seconds"]
    return json.dumps(answer), write_problem(problem)


def shuffled(document: Document, random: Random) -> Document:
    """Return the same in another order: of the rows, and of the keys of each."""
    turned = {
        name: [dict(random.sample(list(row.items()), len(row))) for row in random.sample(value, len(value))]
        if isinstance(value, list)
        else value
        for name, value in document.items()
    }
    return dict(random.sample(list(turned.items()), len(turned)))


@settings(deadline=None)
@given(seed=SEEDS, order=st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_no_byte(seed, order):
    document = of_seed(seed)
    assert written(shuffled(document, order)) == written(document)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_a_large_input_changes_no_byte(seed):
    random = Random(seed)
    document = random_document(random, students=600, vacancies=200, institutions=10, pairs=6000)
    assert [written(shuffled(document, random)) for _ in range(3)] == [written(document)] * 3


@settings(deadline=None)
@given(seed=SEEDS, order=st.randoms(use_true_random=False))
def test_names_change_no_figure(seed, order):
    document = of_seed(seed)
    renamed = json.loads(json.dumps(document))
    for name, key in (("students", "student"), ("vacancies", "vacancy")):
        ids = [row["id"] for row in document[name]]
        others = dict(zip(ids, order.sample(ids, len(ids)), strict=True))
        for row in renamed[name]:
            row["id"] = others[row["id"]]
        for pair in renamed["pairs"]:
            pair[key] = others[pair[key]]
    for vacancy in renamed["vacancies"]:
        vacancy["programme"] = "/".join((vacancy["institution"], vacancy.get("programme", vacancy["id"])))
    assert matched(renamed)[1] == matched(document)[1]


def a_document(*pairs: tuple[str, str, float], offers_required: int = 3, bound: int | None = 2, **changes) -> Document:
    """Return a problem of one-letter students, each an hour after the one before and in need of all, at home nowhere, and of
    vacancies such as ``X1``, each with a seat in institution ``X``. ``changes``: what else is true of a row, by its id.
    """
    students, vacancies = sorted({pair[0] for pair in pairs}), sorted({pair[1] for pair in pairs})
    return {
        "offers_required": offers_required,
        "max_per_institution": bound,
        "students": [
            {"id": name, "waiting_since": f"2026-07-01T{hour:02}:00:00Z", "needed": offers_required, "origin": None}
            | changes.get(name, {})
            for hour, name in enumerate(students)
        ],
        "vacancies": [{"id": name, "institution": name[0], "free": 1} | changes.get(name, {}) for name in vacancies],
        "pairs": [{"student": student, "vacancy": vacancy, "score": score} for student, vacancy, score in pairs],
    }


HAS_ONE = {"needed": 2}

CASES = [
    ("a first offer before scores", a_document(("a", "X1", 0.9), ("b", "X1", 0.1), a=HAS_ONE), "b X1"),
    ("a first offer before the origin", a_document(("a", "X1", 0.5), ("b", "X1", 0.5), a=HAS_ONE | {"origin": "X"}), "b X1"),
    ("the origin before scores", a_document(("a", "X1", 0.9), ("b", "X1", 0.1), b={"origin": "X"}), "b X1"),
    (
        "the origin before a second offer",
        a_document(("a", "X1", 0.9), ("b", "X1", 0.1), ("b", "Y1", 0.1), ("a", "Z1", 0), b={"origin": "X"}, Y1={"free": 0}),
        "a Z1, b X1",
    ),
    (
        "one at the origin is enough",
        a_document(("a", "X1", 0.1), ("a", "X2", 0.2), ("a", "Y1", 1), offers_required=2, a={"origin": "X"}),
        "a X2, a Y1",
    ),
    ("a second offer before a third", a_document(("a", "X1", 0.9), ("b", "X1", 0.1), a={"needed": 1}, b=HAS_ONE), "b X1"),
    ("scores before waiting", a_document(("a", "X1", 0.5), ("b", "X1", 0.501)), "b X1"),
    ("the longest waiting among equals", a_document(("a", "X1", 0.5), ("b", "X1", 0.5)), "a X1"),
    (
        "the longest waiting has the better of two",
        a_document(("a", "X1", 0.5), ("a", "X2", 0.7), ("b", "X1", 0.5), ("b", "X2", 0.7), offers_required=1),
        "a X2, b X1",
    ),
    ("the bound of an institution", a_document(("a", "X1", 0.1), ("a", "X2", 0.2), ("a", "X3", 0.3)), "a X2, a X3"),
    ("no bound", a_document(("a", "X1", 0.1), ("a", "X2", 0.2), ("a", "X3", 0.3), bound=None), "a X1, a X2, a X3"),
    ("offers in hand fill the bound", a_document(("a", "X1", 0.1), ("a", "X2", 0.2), a=HAS_ONE | {"held_at": {"X": 1}}), "a X2"),
    ("more in hand than the bound", a_document(("a", "X1", 0.1), bound=1, a={"needed": 1, "held_at": {"X": 2}}), ""),
    ("a bound of more than is needed", a_document(("a", "X1", 0.1), ("a", "X2", 0.2), offers_required=1, bound=9), "a X2"),
    (
        "two modalities of a programme",
        a_document(("a", "X1", 0.1), ("a", "X2", 0.2), ("a", "X3", 0), X1={"programme": "M"}, X2={"programme": "M"}),
        "a X2, a X3",
    ),
    (
        "a programme at the origin",
        a_document(("a", "X1", 0.1), ("a", "X2", 0.2), a={"origin": "X"}, X1={"programme": "X2"}),
        "a X2",
    ),
    ("no seat", a_document(("a", "X1", 1), X1={"free": 0}), ""),
    ("more seats than students", a_document(("a", "X1", 1), X1={"free": 1_000_000_000}), "a X1"),
    ("a score of nothing is an offer", a_document(("a", "X1", 0)), "a X1"),
    ("five offers", a_document(*(("a", f"{place}1", 0.5) for place in "VWXYZ"), offers_required=5), "a V1, a W1, a X1, a Y1, a Z1"),
    ("nobody, nothing", a_document(), ""),
    ("a student, no vacancy", a_document() | {"students": a_document(("a", "X1", 1))["students"]}, ""),
    ("a vacancy, no student", a_document() | {"vacancies": a_document(("a", "X1", 1))["vacancies"]}, ""),
    ("no pair", a_document(("a", "X1", 1)) | {"pairs": []}, ""),
]


@pytest.mark.parametrize(("document", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_choices_a_person_would_make(document, expected):
    choice, claimed = matched(document)
    assert (", ".join(sorted(map(" ".join, choice))), claimed) == (expected, figures(document, choice))


def test_progress_is_told_level_by_level():
    heard = []
    solve(problem_of(a_document(("a", "X1", 1))), on_level=lambda *level: heard.append(level))
    names = ("with_1", "at_origin", "with_2", "with_3", "score", "offers_by_waiting", "score_by_waiting")
    assert heard == [(name, done, 7) for done, name in enumerate(names, 1)]


def test_the_pairs_chosen_are_named_by_their_place_in_what_was_asked():
    problem = problem_of(a_document(("b", "X1", 1), ("a", "X1", 1), ("a", "Y1", 1), offers_required=1))
    assert solve(problem).chosen.tolist() == [2, 0]


def without(document: Document, dropped: str) -> Choice:
    """Match as the project does, with one level left out."""
    problem, _ = canonical(problem_of(document))
    net = network(problem)
    flows = Flows(arcs=net.arcs, supply=net.supply, flow=net.flow)
    for level, cost in levels(problem, net):
        if level != dropped:
            flows.minimise(cost)
    chosen = net.pair[(net.pair != NONE) & (flows.flow > 0)]
    pairs = zip(problem.pair_student[chosen], problem.pair_vacancy[chosen], strict=True)
    return frozenset((problem.students[s], problem.vacancies[v]) for s, v in pairs)


@pytest.mark.parametrize("dropped", ["with_1", "at_origin", "with_2", "with_3", "score"])
def test_control_a_level_left_out_is_missed(dropped):
    compared = [(figures(document, without(document, dropped)), matched(document)[1]) for document in small_documents(0, count=300)]
    assert [worse for worse, best in compared if worse > best] == []
    assert [worse for worse, best in compared if worse < best] != []


def crowded_documents() -> list[Document]:
    random = Random("many equals")
    return [random_document(random, students=12, vacancies=10, institutions=3, pairs=60) for _ in range(200)]


def all_of_score_zero(document: Document) -> Document:
    return document | {"pairs": [pair | {"score": 0} for pair in document["pairs"]]}


@pytest.mark.parametrize(
    ("dropped", "documents"),
    [
        ("offers_by_waiting", [all_of_score_zero(document) for document in crowded_documents()]),
        ("score_by_waiting", crowded_documents()),
    ],
    ids=["offers", "scores"],
)
def test_control_without_waiting_exchanges_block(dropped, documents):
    choices = [(document, without(document, dropped)) for document in documents]
    assert [choice for document, choice in choices if figures(document, choice) != matched(document)[1]] == []
    assert [choice for document, choice in choices if any(blocking_exchanges(document, choice))] != []
    assert [document for document in documents if any(blocking_exchanges(document, matched(document)[0]))] == []


def test_control_the_greedy_choice_is_worse():
    document = a_document(("a", "X1", 0.9), ("a", "Y1", 0.8), ("b", "X1", 0.9), ("b", "X2", 0.1), offers_required=1, X2={"free": 0})
    assert figures(document, greedy(document)) == (1, 0, 900)
    assert matched(document) == (frozenset({("a", "Y1"), ("b", "X1")}), (2, 0, 1700))


@pytest.mark.parametrize("block", range(2))
def test_the_greedy_choice_is_possible_and_never_better(block):
    documents = [(document, greedy(document)) for document in small_documents(block)]
    assert [choice for document, choice in documents if not is_possible(document, choice)] == []
    assert [choice for document, choice in documents if figures(document, choice) > matched(document)[1]] == []


def test_control_a_flow_that_is_not_the_cheapest_has_no_potentials():
    two_ways = Arcs(tail=np.array([0, 0]), head=np.array([1, 1]), capacity=np.array([1, 1]))
    cost, cheap, dear = np.array([1, 2]), np.array([1, 0]), np.array([0, 1])
    assert potentials(two_ways, cost, spare=cheap < 1, used=cheap > 0, nodes=2).tolist() == [-1, 0]
    with pytest.raises(AssertionError, match="a cycle of negative length"):
        potentials(two_ways, cost, spare=dear < 1, used=dear > 0, nodes=2)
