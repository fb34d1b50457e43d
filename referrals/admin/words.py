"""How the office calls what `referrals.wording` says to the student: « vous » there is the student, not the caseworker."""

from ..rules.states import Action, State
from ..wording import ACTIONS, STATES

LABELS: dict[State, str] = {state: wording.label for state, wording in STATES.items()} | {
    State.OFFERED: "réponse de l’étudiant attendue"
}
HOLDERS: dict[State, str] = {
    state: "l’étudiant" if wording.holder == "vous" else wording.holder for state, wording in STATES.items()
}
"""Who holds the file."""
TO_DO: dict[Action, str] = {action: to_do for action, (to_do, _) in ACTIONS.items()} | {
    Action.CONSULT: "Chercher une place à consulter",
    Action.CORRECT_APPLICATION: "Corriger ou ajouter une candidature",
}
"""What a button says."""


def due_for(state: str) -> str:
    """Return what the day set on a file is for."""
    return "inscription à confirmer par l’établissement" if state == State.ACCEPTED else "à traiter par le rectorat"
