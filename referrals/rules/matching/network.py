"""The problem as a network: each student sends what she needs through seats, or what she lacks straight to the end.

    student ──► (student, institution) ──► (student, programme) ──► vacancy ──► end
        └────────────── one arc for each offer she would lack ────────────────► end

The node of a (student, institution) holds the bound there and the reward of an offer at the origin; that of a (student, programme)
lets one of its vacancies through. One that can hold nothing back is left out, and its arcs start at the node before: a place with
no more programmes, or a student with no more needs, than the bound; a programme with one vacancy of hers. The flows stay the same.
"""

from dataclasses import dataclass, fields

import numpy as np

from .flows import Arcs
from .problem import Booleans, Integers, Problem

NONE = -1


@dataclass(frozen=True, kw_only=True)
class Network:
    """Arcs, the supply of each node, and for each arc the flow in which nobody gets anything and:

    lacks: k where its unit is a k-th offer that the student does not get, else 0.
    at_origin: its unit is a first offer at the student's origin.
    pair: position of the pair whose seat it gives, else NONE.
    student: whose it is, if it lacks an offer or gives a seat, else NONE.

    Which of a student’s parallel arcs a flow takes is a matter of naming. One that lacks her k-th offer and not a later one costs
    no less, level by level, than the same with those two exchanged; so at the optimum of the level of k, as many students lack a
    k-th offer as hold fewer than k. The same holds of the first offer at an origin.
    """

    arcs: Arcs
    supply: Integers
    flow: Integers
    lacks: Integers
    at_origin: Booleans
    pair: Integers
    student: Integers


@dataclass(frozen=True, kw_only=True)
class _Bundle:
    """Arcs of one sort; a single value is that of all of them."""

    tail: Integers
    head: Integers
    capacity: Integers | int = 1
    flow: int = 0
    lacks: Integers | int = 0
    at_origin: Booleans | bool = False
    pair: Integers | int = NONE
    student: Integers | int = NONE


@dataclass(frozen=True, kw_only=True)
class _Groups:
    """Rows of the same student and key: of each group its student, key and number of rows; of each row its group."""

    student: Integers
    key: Integers
    size: Integers
    of: Integers

    @classmethod
    def by(cls, student: Integers, key: Integers) -> "_Groups":
        keys = int(key.max(initial=0)) + 1
        found, of, size = np.unique(student * keys + key, return_inverse=True, return_counts=True)
        return cls(student=found // keys, key=found % keys, size=size, of=of)


def network(problem: Problem) -> Network:
    """Return the network whose flows are the possible choices of ``problem``, which is in canonical order."""
    pair = _usable(problem)
    student, vacancy = problem.pair_student[pair], problem.pair_vacancy[pair]
    programmes = _Groups.by(student, problem.programme[vacancy])
    places = _Groups.by(programmes.student, _institution_of_programme(problem)[programmes.key])
    room = np.minimum(problem.room(places.student, places.key), places.size)
    home = places.key == problem.origin[places.student]

    narrow = (np.minimum(places.size, problem.needed[places.student]) > room) | (home & (places.size > 1))
    shared = programmes.size > 1
    place_node = _numbered(narrow, first=len(problem.students))
    programme_node = _numbered(shared, first=len(problem.students) + narrow.sum())
    first_vacancy = len(problem.students) + narrow.sum() + shared.sum()
    end = first_vacancy + len(problem.vacancies)

    before = np.where(narrow, place_node, places.student)[places.of]
    rewarded = (home & ~narrow)[places.of]
    homely = narrow & home
    through = shared[programmes.of]
    return _joined(
        problem,
        end,
        _lacking(problem, end),
        _Bundle(tail=places.student[narrow], head=place_node[narrow], capacity=(room - home)[narrow]),
        _Bundle(tail=places.student[homely], head=place_node[homely], at_origin=True),
        _Bundle(tail=before[shared], head=programme_node[shared], at_origin=rewarded[shared]),
        _Bundle(
            tail=np.where(through, programme_node[programmes.of], before[programmes.of]),
            head=first_vacancy + vacancy,
            at_origin=rewarded[programmes.of] & ~through,
            pair=pair,
            student=student,
        ),
        _Bundle(tail=np.arange(first_vacancy, end), head=np.full(len(problem.vacancies), end), capacity=problem.free),
    )


def _usable(problem: Problem) -> Integers:
    """Return the positions of the pairs with a free seat and room at the institution."""
    seat = problem.free[problem.pair_vacancy] > 0
    return np.flatnonzero(seat & (problem.room(problem.pair_student, problem.pair_institution()) > 0))


def _institution_of_programme(problem: Problem) -> Integers:
    institution = np.zeros(len(problem.programmes), np.int64)
    institution[problem.programme] = problem.institution
    return institution


def _lacking(problem: Problem, end: int) -> _Bundle:
    """Return one arc for each offer that a student needs: R − needed + 1, …, R."""
    student = np.repeat(np.arange(len(problem.students)), problem.needed)
    start = np.cumsum(problem.needed) - problem.needed
    nth = np.arange(len(student)) - start[student] + 1
    lacks = problem.offers_required - problem.needed[student] + nth
    return _Bundle(tail=student, head=np.full(len(student), end), flow=1, lacks=lacks, student=student)


def _numbered(wanted: Booleans, *, first: int) -> Integers:
    return first - 1 + np.cumsum(wanted)


def _joined(problem: Problem, end: int, *bundles: _Bundle) -> Network:
    whole = {
        field.name: np.concatenate([np.broadcast_to(getattr(bundle, field.name), len(bundle.tail)) for bundle in bundles])
        for field in fields(_Bundle)
    }
    supply = np.zeros(end + 1, np.int64)
    supply[: len(problem.students)] = problem.needed
    supply[end] = -problem.needed.sum()
    arcs = Arcs(tail=whole.pop("tail"), head=whole.pop("head"), capacity=whole.pop("capacity"))
    return Network(arcs=arcs, supply=supply, **whole)
