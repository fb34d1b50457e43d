"""What states, actions and events are called on the screens, who holds a file in each state, and what comes next."""

from typing import NamedTuple

from .rules.states import Action, Actor, OfferState, State


class Wording(NamedTuple):
    """A state in the reader's words. badge: success, info, warning, error or new (as the State's design system has them)."""

    label: str
    badge: str
    holder: str
    next: str


STATES: dict[State, Wording] = {
    State.DRAFT: Wording("brouillon, non déposée", "warning", "vous", "Complétez le formulaire, puis déposez la saisine."),
    State.AWAITING_LICENCE: Wording(
        "déposée, licence attendue", "info", "vous", "Dès votre licence obtenue, ajoutez ici votre relevé de notes définitif."
    ),
    State.FILED: Wording("déposée", "info", "le rectorat", "Le rectorat vérifie que votre saisine est recevable."),
    State.INCOMPLETE: Wording("documents demandés", "warning", "vous", "Envoyez les documents demandés avant la date indiquée."),
    State.ADMISSIBLE: Wording(
        "recevable, recherche en cours", "info", "le rectorat", "Le rectorat cherche des places et consulte les établissements."
    ),
    State.OFFERED: Wording("en attente de votre réponse", "new", "vous", "Répondez aux propositions avant la fin du délai."),
    State.ACCEPTED: Wording(
        "proposition acceptée", "success", "l’établissement", "Inscrivez-vous auprès de l’établissement que vous avez choisi."
    ),
    State.INADMISSIBLE: Wording("irrecevable", "error", "personne", "La décision et les voies de recours figurent dans la lettre."),
    State.EXHAUSTED: Wording(
        "propositions épuisées", "warning", "le rectorat", "Le rectorat décide de reprendre la recherche ou de clore la saisine."
    ),
    State.WITHDRAWN: Wording("retirée", "error", "personne", "Vous avez retiré cette saisine : rien ne se passera plus."),
    State.CLOSED: Wording("close", "error", "personne", "La décision et les voies de recours figurent dans la lettre."),
}

OFFER_STATES: dict[OfferState, tuple[str, str]] = {
    OfferState.CONSULTING: ("établissement consulté", "info"),
    OfferState.AGREED: ("accord de l’établissement", "success"),
    OfferState.REFUSED: ("refusée par l’établissement", "error"),
    OfferState.UNANSWERED: ("établissement sans réponse", "warning"),
    OfferState.SENT: ("envoyée, en attente de réponse", "new"),
    OfferState.ACCEPTED: ("acceptée", "success"),
    OfferState.DECLINED: ("refusée par l’étudiant", "error"),
    OfferState.EXPIRED: ("délai dépassé", "error"),
    OfferState.RELEASED: ("libérée", "info"),
    OfferState.RETRACTED: ("retirée par le rectorat", "warning"),
}
"""Label and badge of an offer's state."""

ACTORS: dict[Actor, str] = {
    Actor.STUDENT: "étudiant",
    Actor.CASEWORKER: "rectorat",
    Actor.HEAD: "rectorat",
    Actor.CLOCK: "automatique",
}

ACTIONS: dict[Action, tuple[str, str]] = {
    Action.FILE: ("Déposer la saisine", "Saisine déposée"),
    Action.PROVE_LICENCE: ("Constater la licence", "Licence obtenue, relevé définitif reçu"),
    Action.ADD_DOCUMENT: ("Ajouter un document", "Document ajouté"),
    Action.REQUEST_DOCUMENTS: ("Demander des documents", "Documents demandés"),
    Action.SUPPLY_DOCUMENTS: ("Envoyer les documents demandés", "Documents envoyés"),
    Action.RESUME: ("Reprendre l’examen", "Examen repris"),
    Action.LAPSE_REQUEST: ("Clore la demande de documents", "Délai d’envoi des documents dépassé"),
    Action.ASSIGN: ("Attribuer le dossier", "Dossier attribué"),
    Action.DECLARE_ADMISSIBLE: ("Déclarer recevable", "Saisine déclarée recevable"),
    Action.DECLARE_INADMISSIBLE: ("Déclarer irrecevable", "Saisine déclarée irrecevable"),
    Action.WITHDRAW_DECISION: ("Retirer la décision d’irrecevabilité", "Décision d’irrecevabilité retirée"),
    Action.CONSULT: ("Consulter l’établissement", "Établissement consulté"),
    Action.RECORD_AGREEMENT: ("Enregistrer l’accord", "Accord de l’établissement enregistré"),
    Action.RECORD_REFUSAL: ("Enregistrer le refus de l’établissement", "Refus de l’établissement enregistré"),
    Action.LAPSE_CONSULTATION: ("Libérer la place", "Consultation sans réponse, place libérée"),
    Action.SEND_OFFER: ("Envoyer la proposition", "Proposition envoyée"),
    Action.RETRACT_OFFER: ("Retirer la proposition", "Proposition retirée par le rectorat"),
    Action.END_SEARCH: ("Mettre fin à la recherche", "Fin de la recherche"),
    Action.ACCEPT: ("Accepter la proposition", "Proposition acceptée"),
    Action.DECLINE: ("Refuser la proposition", "Proposition refusée"),
    Action.EXPIRE: ("Constater la fin du délai", "Délai de réponse dépassé"),
    Action.WITHDRAW: ("Retirer la saisine", "Saisine retirée"),
    Action.SET_ADVISER_CONSENT: ("Choisir le suivi par le SCUIO-BAIP", "Choix sur le suivi par le SCUIO-BAIP"),
    Action.CORRECT_FACTS: ("Corriger un fait", "Fait corrigé"),
    Action.TRANSFER: ("Transférer à une autre région", "Saisine transférée"),
    Action.REOPEN: ("Rouvrir le dossier", "Dossier rouvert"),
    Action.CLOSE: ("Clore le dossier", "Dossier clos"),
}
"""Each action as something to do, and as something done."""

BESIDE_THE_TABLES: dict[str, str] = {
    "start": "Brouillon commencé",
    "mail_sent": "Courriel parti",
    "mail_failed": "Courriel non parti",
    "first_reading": "Propositions lues pour la première fois",
    "move_limit": "Délai déplacé",
}

STATE_CHOICES = [(state.value, wording.label) for state, wording in STATES.items()]
OFFER_STATE_CHOICES = [(state.value, label) for state, (label, _) in OFFER_STATES.items()]
ACTOR_CHOICES = [(actor.value, label) for actor, label in ACTORS.items()]
EVENT_CHOICES = [*((action.value, done) for action, (_, done) in ACTIONS.items()), *BESIDE_THE_TABLES.items()]
