"""The matching of scarce seats to students: what is asked, and what an answer is worth. Pure: arrays in, figures out.

A problem is a set of students who still need offers, of vacancies with free seats, and of possible pairs of both, each with a
score. Three bounds hold any choice of pairs: the free seats of a vacancy, what a student still needs, and what one institution
may offer one student; besides, vacancies of the same programme (its modalities) exclude each other for a student.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

NOWHERE = -1
THOUSANDTHS = 1000


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One matching to be made. Arrays of int64; rows are named by their position, in whatever order they came.

    offers_required: how many offers a student shall hold (R); she holds R − ``needed`` before.
    max_per_institution: the most offers of one institution to one student, those in hand included; None is no bound.
    waiting_since: microseconds since 1970, UTC.
    origin: the institution that shall offer one by priority, or NOWHERE (none is known, or one is in hand).
    programme: vacancies of the same programme exclude each other for a student; all are of one institution.
    score: thousandths, from 0 to 1000. A (student, vacancy) appears once.
    held: offers that a student already has at an institution, for the bound there. A (student, institution) appears once.
    """

    offers_required: int
    max_per_institution: int | None
    institutions: tuple[str, ...]
    programmes: tuple[str, ...]
    students: tuple[str, ...]
    waiting_since: Integers
    needed: Integers
    origin: Integers
    vacancies: tuple[str, ...]
    institution: Integers
    programme: Integers
    free: Integers
    pair_student: Integers
    pair_vacancy: Integers
    score: Integers
    held_student: Integers
    held_institution: Integers
    held_offers: Integers

    def pair_institution(self) -> Integers:
        return self.institution[self.pair_vacancy]

    def room(self, student: Integers, institution: Integers) -> Integers:
        """Return how many more offers each ``student`` may get at each ``institution``, what she needs being the most."""
        needed = self.needed[student]
        if self.max_per_institution is None:
            return needed
        room = np.full(len(student), self.max_per_institution, np.int64)
        if len(self.held_offers):
            room -= looked_up(
                keys=self._place(self.held_student, self.held_institution),
                values=self.held_offers,
                wanted=self._place(student, institution),
            )
        return np.clip(room, 0, needed)

    def _place(self, student: Integers, institution: Integers) -> Integers:
        return student * len(self.institutions) + institution


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a choice is worth, in the order in which it counts, but that ``at_origin`` comes after the first of ``with_at_least``.

    with_at_least: students who then hold at least 1, 2, … R offers, those in hand included.
    at_origin: students who get one of this choice at their origin.
    score: the sum, in thousandths.
    """

    with_at_least: tuple[int, ...]
    at_origin: int
    score: int

    @property
    def figures(self) -> tuple[int, ...]:
        """The levels, the first first: of two choices the better one is the greater tuple."""
        one, *more = self.with_at_least
        return (one, self.at_origin, *more, self.score)


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """What the work took, and three parts of it: sorting and building the network, the bare solver, its potentials."""

    building: float
    solver: float
    potentials: float
    total: float


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """The best choice of pairs.

    chosen: positions among the pairs of the problem that was asked, those of the longest waiting first, then by vacancy.
    """

    chosen: Integers
    summary: Summary
    solver: str
    seconds: Seconds


def looked_up(*, keys: Integers, values: Integers, wanted: Integers) -> Integers:
    """Return the value of each ``wanted`` key, 0 where it has none. ``keys`` are unique, in any order."""
    order = np.argsort(keys)
    at = np.searchsorted(keys, wanted, sorter=order)
    at[at == len(keys)] = 0
    place = order[at]
    return np.where(keys[place] == wanted, values[place], 0)


def summary(problem: Problem, chosen: Integers) -> Summary:
    """Return what the ``chosen`` pairs (positions) are worth."""
    student = problem.pair_student[chosen]
    given = np.bincount(student, minlength=len(problem.students))
    holds = problem.offers_required - problem.needed + given
    at_origin = problem.institution[problem.pair_vacancy[chosen]] == problem.origin[student]
    return Summary(
        with_at_least=tuple(int((holds >= k).sum()) for k in range(1, problem.offers_required + 1)),
        at_origin=len(np.unique(student[at_origin])),
        score=int(problem.score[chosen].sum()),
    )


def canonical(problem: Problem) -> tuple[Problem, Integers]:
    """Return the same problem in the one order that does not depend on how it came, and where each of its pairs stood.

    Students by waiting, the longest first, then by id; pairs by student, then by vacancy; the rest by id.
    """
    waiting = problem.waiting_since.tolist()
    students = sorted(range(len(waiting)), key=lambda s: (waiting[s], problem.students[s]))
    vacancies = _by_id(problem.vacancies)
    institutions, programmes = _by_id(problem.institutions), _by_id(problem.programmes)
    student_rank, vacancy_rank = _rank(students), _rank(vacancies)
    institution_rank, programme_rank = np.append(_rank(institutions), NOWHERE), _rank(programmes)
    pair_student, pair_vacancy = student_rank[problem.pair_student], vacancy_rank[problem.pair_vacancy]
    pairs = np.argsort(pair_student * len(vacancies) + pair_vacancy, kind="stable")
    held = np.lexsort((institution_rank[problem.held_institution], student_rank[problem.held_student]))
    ordered = replace(
        problem,
        institutions=tuple(problem.institutions[i] for i in institutions),
        programmes=tuple(problem.programmes[i] for i in programmes),
        students=tuple(problem.students[i] for i in students),
        waiting_since=problem.waiting_since[students],
        needed=problem.needed[students],
        origin=institution_rank[problem.origin[students]],
        vacancies=tuple(problem.vacancies[i] for i in vacancies),
        institution=institution_rank[problem.institution[vacancies]],
        programme=programme_rank[problem.programme[vacancies]],
        free=problem.free[vacancies],
        pair_student=pair_student[pairs],
        pair_vacancy=pair_vacancy[pairs],
        score=problem.score[pairs],
        held_student=student_rank[problem.held_student[held]],
        held_institution=institution_rank[problem.held_institution[held]],
        held_offers=problem.held_offers[held],
    )
    return ordered, pairs


def _by_id(ids: tuple[str, ...]) -> list[int]:
    return sorted(range(len(ids)), key=ids.__getitem__)


def _rank(order: list[int]) -> Integers:
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank
