"""The matching of the whole nation: what its parts take, beside the bare solver, a greedy choice, HiGHS and the `matching` package.

Each is measured in a process of its own, so that its greatest memory is its own. Alone: `python -m tests.benchmarks.matching`.
"""

import json
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

import highspy
import numpy as np
from matching.games import StudentAllocation

from referrals.rules.matching.exchange import read_problem, write_answer, write_problem
from referrals.rules.matching.explanation import explain
from referrals.rules.matching.flows import solved
from referrals.rules.matching.network import NONE, network
from referrals.rules.matching.problem import NOWHERE, Problem, canonical, summary
from referrals.rules.matching.solving import solve
from tests.benchmarks.matching_instances import national

STUDENTS = 20_000
GROWTH = (1_000, 3_000, 10_000, 20_000, 100_000)
PATIENCE = 20
"""Seconds for the `matching` package; its instances double until one takes longer."""
HIGHS_PATIENCE = 120


def main() -> None:
    ours = in_a_process("ours", STUDENTS)
    seconds, solver = ours["seconds"], ours["seconds"]["  bare solver calls"]
    sizes = ", ".join(f"{ours[name]} {name}" for name in ("vacancies", "pairs", "arcs"))
    print(f"matching of {STUDENTS} students, {sizes}; the instance alone: {ours['alone']:.0f} MB")
    for part, taken in seconds.items():
        line(part, taken, megabytes=ours["megabytes"].get(part))
    print(f"{'the whole beside its bare solver calls':44}{seconds['matching'] / solver:>10.2f}", flush=True)
    quality("it", ours)
    print(f"{'  and explains':44}{', '.join(f'{count} {cause}' for cause, count in ours['causes'].items())}", flush=True)
    for other in ("bare solver, scores alone", "greedy, in order of waiting", "HiGHS, scores alone"):
        answer = in_a_process(other, STUDENTS)
        line(other, answer["taken"], megabytes=answer["megabytes"])
        quality(other, answer)
    beside_the_package()
    for students in GROWTH:
        grown = in_a_process("growth", students)
        line(f"{students} students, {grown['pairs']} pairs", grown["taken"], megabytes=grown["megabytes"])


def line(name: str, seconds: float, *, megabytes: float | None = None) -> None:
    memory = f"{megabytes:>10.0f} MB at most" if megabytes else ""
    print(f"{name:44}{seconds:>10.2f} s  {memory}", flush=True)


def quality(name: str, answer: dict[str, Any]) -> None:
    print(f"{'  ' + name + ' gives':44}{answer['worth']}", flush=True)


def in_a_process(part: str, students: int) -> dict[str, Any]:
    """Return what that part measured."""
    command = [sys.executable, "-m", "tests.benchmarks.matching", part, str(students)]
    ended = subprocess.run(command, capture_output=True, check=True)
    return json.loads(ended.stdout.splitlines()[-1])  # HiGHS has its name printed before


def megabytes() -> float:
    """Return the greatest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    result = act()
    return perf_counter() - start, result


def worth(problem: Problem, chosen: np.ndarray) -> str:
    """Return the figures of a choice as one reads them."""
    figures = summary(problem, chosen)
    counts = ", ".join(f"{count} with {k}" for k, count in enumerate(figures.with_at_least, 1))
    return f"{counts}, {figures.at_origin} at origin, score {figures.score / 1000:.0f}"


def ours(students: int) -> dict[str, Any]:
    problem = national(students)
    alone, memory, taken = megabytes(), {}, {}

    def step(name: str, act: Callable[[], Any]) -> Any:
        taken[name], result = timed(act)
        memory[name] = megabytes()
        return result

    assignment = step("matching", lambda: solve(problem))
    seconds = assignment.seconds
    taken["  building"] = seconds.building
    taken["  bare solver calls"] = seconds.solver
    taken["  potentials"] = seconds.potentials
    taken["  the rest"] = seconds.total - seconds.building - seconds.solver - seconds.potentials
    explanation = step("explaining", lambda: explain(problem, assignment))
    step("writing the answer", lambda: write_answer(problem, assignment))
    text = step("writing the problem as JSON", lambda: write_problem(problem))
    step("reading it", lambda: read_problem(text.encode()))
    return {
        "seconds": taken,
        "megabytes": memory,
        "alone": alone,
        "vacancies": len(problem.vacancies),
        "pairs": len(problem.score),
        "arcs": len(network(canonical(problem)[0]).lacks),
        "worth": worth(problem, assignment.chosen),
        "causes": Counter((*explanation.short.values(), *explanation.left.values())),
    }


def growth(students: int) -> dict[str, Any]:
    problem = national(students)
    taken, _ = timed(lambda: solve(problem))
    return {"taken": taken, "megabytes": megabytes(), "pairs": len(problem.score)}


def bare(students: int) -> dict[str, Any]:
    """The solver once on the same arcs, for the greatest sum of scores."""
    problem, _ = canonical(national(students))
    net = network(problem)
    cost = -np.append(problem.score, 0)[net.pair]
    taken, flow = timed(lambda: solved(net.arcs, supply=net.supply, cost=cost))
    return {"taken": taken, "megabytes": megabytes(), "worth": worth(problem, net.pair[(net.pair != NONE) & (flow > 0)])}


def highs(students: int) -> dict[str, Any]:
    """HiGHS on the same arcs, as a linear programme for the greatest sum of scores: a node is a row, an arc a column."""
    problem, _ = canonical(national(students))
    net = network(problem)
    arcs, nodes = len(net.pair), len(net.supply)
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = arcs, nodes
    programme.col_cost_ = -np.append(problem.score, 0)[net.pair].astype(float)
    programme.col_lower_, programme.col_upper_ = np.zeros(arcs), net.arcs.capacity.astype(float)
    programme.row_lower_ = programme.row_upper_ = net.supply.astype(float)
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = np.arange(0, 2 * arcs + 1, 2)
    programme.a_matrix_.index_ = np.column_stack((net.arcs.tail, net.arcs.head)).ravel()
    programme.a_matrix_.value_ = np.tile((1.0, -1.0), arcs)
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("time_limit", float(HIGHS_PATIENCE))
    solver.passModel(programme)
    taken, _ = timed(solver.run)
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return {"taken": taken, "megabytes": megabytes(), "worth": f"nothing in {HIGHS_PATIENCE} s"}
    flow = np.round(solver.getSolution().col_value)
    return {"taken": taken, "megabytes": megabytes(), "worth": worth(problem, net.pair[(net.pair != NONE) & (flow > 0)])}


def greedy(students: int) -> dict[str, Any]:
    """Each student in the order of waiting, with the best seats left of other programmes and within the bound."""
    problem, _ = canonical(national(students))
    taken, chosen = timed(lambda: served_in_turn(problem))
    return {"taken": taken, "megabytes": megabytes(), "worth": worth(problem, chosen)}


def served_in_turn(problem: Problem) -> np.ndarray:
    free, needed, most = problem.free.tolist(), problem.needed.tolist(), problem.max_per_institution
    institution, programme = problem.institution.tolist(), problem.programme.tolist()
    best_first = np.lexsort((problem.pair_vacancy, -problem.score, problem.pair_student))
    student, vacancy = problem.pair_student[best_first].tolist(), problem.pair_vacancy[best_first].tolist()
    places: Counter[tuple[int, int]] = Counter()
    held: set[tuple[int, int]] = set()
    chosen = []
    for pair, s, v in zip(best_first.tolist(), student, vacancy, strict=True):
        if needed[s] and free[v] and places[s, institution[v]] != most and (s, programme[v]) not in held:
            needed[s] -= 1
            free[v] -= 1
            places[s, institution[v]] += 1
            held.add((s, programme[v]))
            chosen.append(pair)
    return np.array(chosen, np.int64)


def beside_the_package() -> None:
    """The stable allocation of one seat each, on instances that double, beside ours on the largest that ends in time."""
    students, taken, last = 50, 0.0, None
    while taken < PATIENCE:
        try:
            answer = in_a_process("matching package, one seat each", students)
        except subprocess.CalledProcessError:
            print(f"matching package: {students} students are more than it takes", flush=True)
            break
        last, taken, students = answer, answer["taken"], students * 2
    line(f"matching package, {last['students']} students, one seat each", last["taken"], megabytes=last["megabytes"])
    quality("the package", last)
    line("ours, the same instance", last["ours"])
    quality("ours", {"worth": last["ours_worth"]})


def package(students: int) -> dict[str, Any]:
    """Students rank vacancies by score; institutions rank students by waiting."""
    problem, _ = canonical(of_one_seat(national(students)))
    best_first = np.lexsort((problem.pair_vacancy, -problem.score, problem.pair_student))
    wishes: dict[int, list[int]] = {}
    for s, v in zip(problem.pair_student[best_first].tolist(), problem.pair_vacancy[best_first].tolist(), strict=True):
        wishes.setdefault(s, []).append(v)
    wanted = sorted({v for vacancies in wishes.values() for v in vacancies})
    institution = {v: int(problem.institution[v]) for v in wanted}
    ranked: dict[int, list[int]] = {u: [] for u in institution.values()}
    for s, vacancies in wishes.items():
        for u in {institution[v] for v in vacancies}:
            ranked[u].append(s)
    seats = {v: int(problem.free[v]) for v in wanted}
    seats_of = {u: sum(seats[v] for v in wanted if institution[v] == u) for u in ranked}

    sys.setrecursionlimit(10**9)  # it copies its players, each with those they know, by recursion
    taken, allocation = timed(
        lambda: StudentAllocation.create_from_dictionaries(wishes, ranked, institution, seats, seats_of).solve()
    )
    given = {(student.name, project.name) for project, found in allocation.items() for student in found}
    pairs = zip(problem.pair_student.tolist(), problem.pair_vacancy.tolist(), strict=True)
    chosen = np.array([number for number, pair in enumerate(pairs) if pair in given], np.int64)
    ours_taken, assignment = timed(lambda: solve(problem))
    return {
        "students": students,
        "taken": taken,
        "megabytes": megabytes(),
        "worth": worth(problem, chosen),
        "ours": ours_taken,
        "ours_worth": worth(problem, assignment.chosen),
    }


def of_one_seat(problem: Problem) -> Problem:
    """Return the same students, each in need of one seat anywhere, and the pairs with a seat that is free."""
    pairs = problem.free[problem.pair_vacancy] > 0
    return replace(
        problem,
        offers_required=1,
        max_per_institution=None,
        needed=np.ones_like(problem.needed),
        origin=np.full_like(problem.origin, NOWHERE),
        pair_student=problem.pair_student[pairs],
        pair_vacancy=problem.pair_vacancy[pairs],
        score=problem.score[pairs],
    )


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "ours": ours,
    "growth": growth,
    "bare solver, scores alone": bare,
    "greedy, in order of waiting": greedy,
    "HiGHS, scores alone": highs,
    "matching package, one seat each": package,
}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(PARTS[sys.argv[1]](int(sys.argv[2]))))
    else:
        main()
