"""The best choice of pairs: level after level, each a minimum-cost flow among the best of the level before. Pure and exact."""

from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np

from .flows import SOLVER, Flows
from .network import NONE, Network, network
from .problem import Assignment, Integers, Problem, Seconds, canonical, summary


def nothing(level: str, done: int, levels: int) -> None:
    """Tell nobody."""


def solve(problem: Problem, *, on_level: Callable[[str, int, int], None] = nothing) -> Assignment:
    """Return the best choice of the pairs of ``problem``; the same one in whatever order its rows come.

    Tells ``on_level``, after each level, its name, how many are settled and how many there are.
    """
    start = perf_counter()
    ordered, position = canonical(problem)
    net = network(ordered)
    built = perf_counter()
    flows = Flows(arcs=net.arcs, supply=net.supply, flow=net.flow)
    for done, (level, cost) in enumerate(levels(ordered, net), 1):
        flows.minimise(cost)
        on_level(level, done, ordered.offers_required + 4)
    chosen = position[net.pair[(net.pair != NONE) & (flows.flow > 0)]]
    worth = summary(problem, chosen)
    seconds = Seconds(
        building=built - start, solver=flows.solver_seconds, potentials=flows.potentials_seconds, total=perf_counter() - start
    )
    return Assignment(chosen=chosen, summary=worth, solver=SOLVER, seconds=seconds)


def levels(problem: Problem, net: Network) -> Iterator[tuple[str, Integers]]:
    """Yield each level's name and the cost of a unit on each arc, the first level first.

    The last two make the longest waiting come first. Total offers and scores are settled by then, so whatever two students exchange
    between them (and with seats left free), what one of them gains the other loses. Were it a longer-waiting student who gained an
    offer and figures stayed, the first sum, of offers times priority, would have grown; were it a better score for as many offers,
    the second. Both are at their greatest, so there is no such exchange.
    """
    score = np.append(problem.score, 0)[net.pair]
    priority = _priority(problem.waiting_since)[net.student]
    yield "with_1", (net.lacks == 1).astype(np.int64)
    yield "at_origin", -net.at_origin.astype(np.int64)
    for k in range(2, problem.offers_required + 1):
        yield f"with_{k}", (net.lacks == k).astype(np.int64)
    yield "score", -score
    yield "offers_by_waiting", np.where(net.lacks > 0, priority, 0)
    yield "score_by_waiting", -priority * score


def _priority(waiting_since: Integers) -> Integers:
    """Return a rank for each student: 1 for the shortest waiting, equals alike; then 0 for NONE, the last."""
    _, rank = np.unique(-waiting_since, return_inverse=True)
    return np.append(rank + 1, 0)
