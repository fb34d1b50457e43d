"""Why a student got fewer offers than she needs, and why a seat was left over. Pure: codes, no sentences."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .problem import Assignment, Booleans, Integers, Problem


class Cause(StrEnum):
    """What holds a student short; the first that is true of her.

    NO_POSSIBLE_SEAT: no vacancy is possible for her.
    TOO_FEW_POSSIBLE: she got one of every programme that is possible for her.
    INSTITUTION_BOUND: of the programmes she did not get, one has a seat left over, which the bound alone forbids her; or all are
        where she has as many offers as the bound allows, so that no further seat would change anything.
    GIVEN_TO_OTHERS: every vacancy that is possible for her, of the programmes she did not get, is full; for one at least, the bound
        would have let her in. Giving her that seat would have made the figures worse, or passed over one who waited longer.
    """

    NO_POSSIBLE_SEAT = "no_possible_seat"
    TOO_FEW_POSSIBLE = "too_few_possible"
    INSTITUTION_BOUND = "institution_bound"
    GIVEN_TO_OTHERS = "given_to_others"


class Leftover(StrEnum):
    """Why a vacancy keeps free seats; the first that is true of it.

    NOBODY_POSSIBLE: it is possible for no student.
    INSTITUTION_BOUND: a student who is short could have taken it, but has as many offers there as the bound allows.
    PROGRAMME_HELD: those who are short and could have taken it have another vacancy of the same programme.
    EVERYBODY_SERVED: each student for whom it is possible has one of its seats, or all the offers she needs.
    """

    NOBODY_POSSIBLE = "nobody_possible"
    INSTITUTION_BOUND = "institution_bound"
    PROGRAMME_HELD = "programme_held"
    EVERYBODY_SERVED = "everybody_served"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """short: cause of each student who got fewer than she needs. left: reason for each vacancy with seats left. Both by id."""

    short: dict[str, Cause]
    left: dict[str, Leftover]


def explain(problem: Problem, assignment: Assignment) -> Explanation:
    """Return what held each student who is short, and each vacancy with seats left, in the order of the problem."""
    student, vacancy = problem.pair_student, problem.pair_vacancy
    chosen = np.zeros(len(student), bool)
    chosen[assignment.chosen] = True
    short = np.bincount(student[chosen], minlength=len(problem.students)) < problem.needed
    left = np.bincount(vacancy[chosen], minlength=len(problem.vacancies)) < problem.free
    other = ~_shared(student, problem.programme[vacancy], chosen)
    bound = _at_the_bound(problem, chosen)

    def of_students(which: Booleans) -> Booleans:
        return _any(student[which], len(problem.students))

    def of_vacancies(which: Booleans) -> Booleans:
        return _any(vacancy[which], len(problem.vacancies))

    lacking = short[student] & ~chosen
    cause = np.select(
        [
            ~of_students(np.ones(len(student), bool)),
            ~of_students(other),
            of_students(other & left[vacancy]) | ~of_students(other & ~bound),
        ],
        [Cause.NO_POSSIBLE_SEAT, Cause.TOO_FEW_POSSIBLE, Cause.INSTITUTION_BOUND],
        Cause.GIVEN_TO_OTHERS,
    )
    reason = np.select(
        [~of_vacancies(np.ones(len(vacancy), bool)), of_vacancies(lacking & other), of_vacancies(lacking)],
        [Leftover.NOBODY_POSSIBLE, Leftover.INSTITUTION_BOUND, Leftover.PROGRAMME_HELD],
        Leftover.EVERYBODY_SERVED,
    )
    return Explanation(
        short={problem.students[s]: Cause(str(cause[s])) for s in np.flatnonzero(short)},
        left={problem.vacancies[v]: Leftover(str(reason[v])) for v in np.flatnonzero(left)},
    )


def _at_the_bound(problem: Problem, chosen: Booleans) -> Booleans:
    """Return for each pair whether its student has as many offers at its institution as she may."""
    student, institution = problem.pair_student, problem.pair_institution()
    _, place = np.unique(student * len(problem.institutions) + institution, return_inverse=True)
    return np.bincount(place[chosen], minlength=len(place))[place] >= problem.room(student, institution)


def _shared(student: Integers, programme: Integers, chosen: Booleans) -> Booleans:
    """Return for each pair whether its student was given a vacancy of its programme."""
    key = student * (int(programme.max(initial=0)) + 1) + programme
    return np.isin(key, key[chosen])


def _any(at: Integers, count: int) -> Booleans:
    return np.bincount(at, minlength=count) > 0
