"""How the office calls what `referrals.wording` says to the student: « vous » there is the student, not the caseworker."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from vacancies.models import Attendance, Vacancy

from ..rules.states import Action, State
from ..rules.suitability import FIT, UNKNOWN, WEIGHTS, Part
from ..wording import ACTIONS, SEEN_BY_OTHERS
from ..wording_matching import PARTS

LABELS = SEEN_BY_OTHERS
TO_DO: dict[Action, str] = {action: to_do for action, (to_do, _) in ACTIONS.items()} | {
    Action.CONSULT: "Chercher une place à consulter",
    Action.CORRECT_APPLICATION: "Corriger ou ajouter une candidature",
}
"""What a button says."""


def due_for(state: str) -> str:
    """Return what the day set on a file is for."""
    return "inscription à confirmer par l’établissement" if state == State.ACCEPTED else "à traiter par le rectorat"


class PartShown(NamedTuple):
    """One part of a score: its name, what is behind it, what it gives and could give at most, in thousandths of the score."""

    name: str
    says: str
    gained: int
    weight: int

    @property
    def points(self) -> float:
        """What it gives to a score out of 100."""
        return self.gained / 10

    @property
    def at_most(self) -> int:
        return self.weight // 10


def _thousandths(words: dict[float, str]) -> dict[int, str]:
    return {round(value * 1000): says for value, says in words.items()}


NOT_A_WISH = _thousandths({UNKNOWN: "aucun vœu indiqué", 0.0: "hors de ses vœux"})
LICENCES = _thousandths(
    {
        FIT.recommended: "conseillée par la formation",
        FIT.any_licence: "toutes licences admises",
        FIT.compatible: "compatible, selon la table",
        FIT.unsaid: "rien n’en est dit",
        FIT.outside: "hors de la table",
    }
)
ACADEMIES = _thousandths({1.0: "souhaitée", UNKNOWN: "aucune préférence", 0.0: "pas parmi les souhaitées"})


def parts_of(suits: Mapping[str, Any], vacancy: Vacancy) -> list[PartShown]:
    """Return the parts of a score of ``vacancy`` that is kept as `Offer.suits`, each in words; none where nothing was kept."""
    if not suits:
        return []
    parts, rank, km = suits["parts"], suits["rank"], suits["km"]
    share = round(parts[Part.KEYWORDS] / 10)
    says = {
        Part.MENTION: f"vœu n° {rank}" if rank else NOT_A_WISH[parts[Part.MENTION]],
        Part.LICENCE: LICENCES[parts[Part.LICENCE]],
        Part.ACADEMY: ACADEMIES[parts[Part.ACADEMY]],
        Part.DISTANCE: "inconnue" if km is None else f"{km} km",
        Part.MODALITY: vacancy.get_modality_display(),
        Part.KEYWORDS: f"{share} % de ceux de l’intitulé" if share else "aucun dans l’intitulé",
    }
    if vacancy.attendance == Attendance.REMOTE:
        says[Part.DISTANCE] = "enseignement à distance"
    return [PartShown(PARTS[part], says[part], round(weight * parts[part] / 1000), weight) for part, weight in WEIGHTS.items()]
