"""The check of admissibility, point by point: what the rules say of the facts, and what the office makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..models import Referral
from ..rules.eligibility import Reason, reasons
from ..rules.states import Action
from ..wording_points import POINTS
from .facts import facts_of
from .moving import By, Refused, moving


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the check. against: what the rules find against the referral; None where they find nothing. confirmed: what the
    office last said of it, True where it is met; None before. ground: why, where it overruled the rules.
    """

    code: str
    label: str
    against: Reason | None
    confirmed: bool | None
    ground: str

    @property
    def met(self) -> bool:
        """Whether the point is met: as the office said, else as the rules say."""
        return self.against is None if self.confirmed is None else self.confirmed


def points_of(referral: Referral, *, at: datetime) -> list[Point]:
    """Return every point in the order in which it is checked, filled in by the rules and by the office's last review."""
    against = {reason.code: reason for reason in reasons(facts_of(referral, at=at), referral.rules.stated)}
    last = referral.events.of_case().filter(kind=Action.REVIEW).order_by("-seq").first()
    said = last.payload["points"] if last else {}
    grounds = dict(line.split(" : ", 1) for line in last.note.splitlines() if " : " in line) if last else {}
    return [
        Point(code=code, label=label, against=against.get(code), confirmed=said.get(code), ground=grounds.get(label, ""))
        for code, label in POINTS.items()
    ]


def review(referral_id: int, *, points: Mapping[str, bool], grounds: Mapping[str, str], by: By, at: datetime) -> None:
    """Say of each point whether it is met; where that is not what the rules say, ``grounds`` says why (code → reason).

    Raises Refused: a point left out, one overruled without a reason.
    """
    with moving(Action.REVIEW, referral_id=referral_id, by=by, at=at) as step:
        if points.keys() != POINTS.keys():
            raise Refused("incomplete_review", "Dites pour chaque point s’il est rempli.")
        found = {point.code: point for point in points_of(step.referral, at=at)}
        overruled = [code for code in POINTS if points[code] != (found[code].against is None)]
        for code in overruled:
            if not grounds.get(code, "").strip():
                raise Refused("no_ground", f"Dites pourquoi vous vous écartez de la règle : {POINTS[code]}.")
        step.payload |= {"points": {code: points[code] for code in POINTS}, "overruled": overruled}
        step.note = "\n".join(f"{POINTS[code]} : {' '.join(grounds[code].split())}" for code in overruled)
