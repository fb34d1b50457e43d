"""What a run found, in figures: before and after, where, how far, how well, and what stays without an answer."""

from collections import Counter
from typing import Any

import numpy as np

from ..rules.matching.explanation import explain
from ..rules.matching.problem import Assignment, Integers, Summary
from .posing import Posed

KILOMETRES = (25, 50, 100, 200, 500)
"""Upper bounds of the classes of distance; beyond the last, and at an unknown distance, are classes of their own."""
TENTHS = 10


def report_of(posed: Posed, assignment: Assignment, *, without: Summary | None) -> dict[str, Any]:
    """Return the report, as the page reads it; ``without``: what the run is worth without its hypothetical seats.

    holding: how many students hold 0, 1, 2… offers, before and after. km, scores: how many drafts in each class. left: each
    student who gets fewer than she needs, which cause holds her, and how many seats each obstacle keeps from her. unused: each
    vacancy with seats left, how many and why; minus the rank of a hypothetical line, from 1, stands for a vacancy's id.
    """
    problem = posed.problem
    chosen = assignment.chosen
    student = problem.pair_student[chosen]
    before = problem.offers_required - problem.needed
    return {
        "students": len(problem.students),
        "seats": int(problem.free.sum()),
        "pairs": len(problem.score),
        "drafts": len(chosen),
        "holding": {
            "before": _holding(before, problem.offers_required),
            "after": _holding(before + np.bincount(student, minlength=len(before)), problem.offers_required),
        },
        "at_origin": {"before": posed.at_origin, "after": posed.at_origin + assignment.summary.at_origin},
        "in_region": _in_region(posed, chosen),
        "km": _kilometres(posed, chosen),
        "scores": np.bincount(np.minimum(problem.score[chosen] // 100, TENTHS - 1), minlength=TENTHS).tolist(),
        "mean_score": round(float(problem.score[chosen].mean())) if len(chosen) else None,
        "figures": _figures(assignment.summary),
        "without": _figures(without) if without else None,
        **_what_is_left(posed, assignment),
    }


def _holding(offers: Integers, most: int) -> list[int]:
    return np.bincount(np.minimum(offers, most), minlength=most + 1).tolist()


def _figures(summary: Summary) -> dict[str, Any]:
    return {"with_at_least": list(summary.with_at_least), "at_origin": summary.at_origin, "score": summary.score}


def _in_region(posed: Posed, chosen: Integers) -> dict[str, int]:
    here = posed.ground.seats.region[posed.problem.pair_vacancy[chosen]] == posed.region
    return {"here": int(here.sum()), "elsewhere": int((~here).sum())}


def _kilometres(posed: Posed, chosen: Integers) -> dict[str, Any]:
    """Return the drafts in each class of distance, and the median of the known ones, in whole kilometres."""
    km = posed.km[chosen]
    known = km[~np.isnan(km)]
    classes = np.bincount(np.searchsorted(KILOMETRES, known, side="left"), minlength=len(KILOMETRES) + 1)
    return {
        "up_to": list(KILOMETRES),
        "drafts": classes.tolist(),
        "unknown": len(km) - len(known),
        "median": round(float(np.median(known))) if len(known) else None,
    }


def _what_is_left(posed: Posed, assignment: Assignment) -> dict[str, Any]:
    problem, found = posed.problem, explain(posed.problem, assignment)
    given = Counter(problem.pair_student[assignment.chosen].tolist())
    used = Counter(problem.pair_vacancy[assignment.chosen].tolist())
    left = [
        {
            "referral": referral.pk,
            "number": referral.number,
            "holds": referral.rules.offers_required - int(problem.needed[place]) + given[place],
            "short": int(problem.needed[place]) - given[place],
            "cause": str(found.short[name]),
            "ruled_out": {str(obstacle): seats for obstacle, seats in posed.ruled_out[place].most_common()},
        }
        for place, (name, referral) in enumerate(zip(problem.students, posed.referrals, strict=True))
        if name in found.short
    ]
    unused = [
        {"vacancy": int(name), "seats": int(problem.free[place]) - used[place], "why": str(found.left[name])}
        for place, name in enumerate(problem.vacancies)
        if name in found.left
    ]
    return {
        "left": sorted(left, key=lambda row: (row["holds"], row["number"])),
        "left_by_cause": dict(Counter(row["cause"] for row in left)),
        "unused": sorted(unused, key=lambda row: -row["seats"]),
        "unused_by_reason": dict(sum((Counter({row["why"]: row["seats"]}) for row in unused), Counter())),
    }
