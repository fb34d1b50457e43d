"""Minimum-cost flows, one after the other, each among the optimal flows of those before. Exact: integers, no giant weights.

`Flows` is a set of integral flows: at first all those that a network allows, after each `minimise` those of least cost alone.
By complementary slackness a flow is of least cost exactly if it is zero on the arcs whose reduced cost is positive and fills
those whose reduced cost is negative, for any one choice of optimal potentials. So these arcs are fixed and leave the network; what
remains is again a network. The solver does not tell its potentials: they are lengths of shortest paths in the residual graph of
its flow. That they exist proves the flow optimal; it is checked each time.
"""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import ortools
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from .problem import Booleans, Integers

SOLVER = f"OR-Tools SimpleMinCostFlow {ortools.__version__}"


@dataclass(frozen=True, kw_only=True)
class Arcs:
    """The arcs of a network: from node to node, at most ``capacity`` units each."""

    tail: Integers
    head: Integers
    capacity: Integers

    def some(self, which: Integers) -> "Arcs":
        return Arcs(tail=self.tail[which], head=self.head[which], capacity=self.capacity[which])


class Flows:
    """The flows through ``arcs`` that send the ``supply`` of each node (negative: its demand), and one of them, ``flow``.

    solver_seconds, potentials_seconds: what the two parts of `minimise` took so far.
    """

    def __init__(self, *, arcs: Arcs, supply: Integers, flow: Integers) -> None:
        self.flow = flow.copy()
        self.solver_seconds = 0.0
        self.potentials_seconds = 0.0
        self._arcs = arcs
        self._supply = supply.copy()
        self._open = np.arange(len(flow))

    def minimise(self, cost: Integers) -> None:
        """Keep the flows of least ``cost``, given for one unit on each arc of the network, and let ``flow`` be one of them."""
        cost = cost[self._open]
        if not cost.any():
            return
        start = perf_counter()
        arcs = self._arcs.some(self._open)
        flow = solved(arcs, supply=self._supply, cost=cost)
        between = perf_counter()
        self._restrict(arcs, cost, flow)
        self.solver_seconds += between - start
        self.potentials_seconds += perf_counter() - between

    def _restrict(self, arcs: Arcs, cost: Integers, flow: Integers) -> None:
        spare, used = flow < arcs.capacity, flow > 0
        potential = potentials(arcs, cost, spare=spare, used=used, nodes=len(self._supply))
        reduced = cost + potential[arcs.tail] - potential[arcs.head]
        assert (reduced[spare] >= 0).all()
        assert (reduced[used] <= 0).all()
        full = reduced < 0
        np.subtract.at(self._supply, arcs.tail[full], flow[full])
        np.add.at(self._supply, arcs.head[full], flow[full])
        self.flow[self._open] = flow
        self._open = self._open[reduced == 0]


def solved(arcs: Arcs, *, supply: Integers, cost: Integers) -> Integers:
    """Return a flow of least cost."""
    solver = SimpleMinCostFlow()
    numbers = solver.add_arcs_with_capacity_and_unit_cost(arcs.tail, arcs.head, arcs.capacity, cost)
    solver.set_nodes_supplies(np.arange(len(supply), dtype=np.int32), supply)
    status = solver.solve()
    assert status == SimpleMinCostFlow.OPTIMAL, status
    return solver.flows(numbers)


def potentials(arcs: Arcs, cost: Integers, *, spare: Booleans, used: Booleans, nodes: int) -> Integers:
    """Return for each node the length of the shortest path of the residual graph that ends there, wherever it starts.

    An arc can be followed where it has something to ``spare``, and backwards where it is ``used``. The nodes whose label fell are
    looked at together, round after round: at most once for each node, for a flow of least cost leaves no cycle of negative length.
    """
    tail = np.concatenate((arcs.tail[spare], arcs.head[used]))
    order = np.argsort(tail, kind="stable")
    tail = tail[order]
    head = np.concatenate((arcs.head[spare], arcs.tail[used]))[order]
    length = np.concatenate((cost[spare], -cost[used]))[order]
    first = np.searchsorted(tail, np.arange(nodes + 1))
    label = np.zeros(nodes, np.int64)
    fallen = np.arange(nodes)
    for _ in range(nodes + 1):
        if not len(fallen):
            return label
        leaving = _ranges(first[fallen], first[fallen + 1])
        to, new = head[leaving], label[tail[leaving]] + length[leaving]
        better = new < label[to]
        np.minimum.at(label, to[better], new[better])
        fallen = np.unique(to[better])
    raise AssertionError("a cycle of negative length: the flow is not of least cost")


def _ranges(start: Integers, stop: Integers) -> Integers:
    """Return the numbers of the half-open ranges, one range after the other."""
    count = stop - start
    return np.repeat(stop - np.cumsum(count), count) + np.arange(count.sum())
