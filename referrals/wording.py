"""What states, actions and events are called on the screens, who holds a file in each state, and what comes next."""

from typing import NamedTuple

from .rules.follow_up import Due, Holder
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
    State.ENROLLED: Wording("inscrite", "success", "personne", "Votre inscription est confirmée par l’établissement."),
    State.NOT_ENROLLED: Wording(
        "inscription manquée", "warning", "le rectorat", "Le rectorat décide de reprendre la recherche ou d’en rester là."
    ),
    State.INADMISSIBLE: Wording("irrecevable", "error", "personne", "La décision et les voies de recours figurent dans la lettre."),
    State.EXHAUSTED: Wording(
        "propositions épuisées", "warning", "le rectorat", "Le rectorat décide de reprendre la recherche ou de clore la saisine."
    ),
    State.COMMISSION: Wording(
        "en commission régionale",
        "info",
        "la commission régionale",
        "La commission régionale d’accès au master cherche à vous faire une ou plusieurs propositions.",
    ),
    State.WITHDRAWN: Wording("retirée", "error", "personne", "Vous avez retiré cette saisine : rien ne se passera plus."),
    State.CLOSED: Wording("close", "error", "personne", "La décision et les voies de recours figurent dans la lettre."),
    State.MERGED: Wording("réunie à une autre", "info", "personne", "Tout se passe désormais dans l’autre saisine."),
}

SEEN_BY_OTHERS: dict[State, str] = {state: wording.label for state, wording in STATES.items()} | {
    State.OFFERED: "réponse de l’étudiant attendue"
}
"""What a state is called where its reader is not the student."""

OFFER_STATES: dict[OfferState, tuple[str, str]] = {
    OfferState.CONSULTING: ("établissement consulté", "info"),
    OfferState.AGREED: ("accord de l’établissement", "success"),
    OfferState.REFUSED: ("refusée par l’établissement", "error"),
    OfferState.UNANSWERED: ("établissement sans réponse", "warning"),
    OfferState.SENT: ("envoyée, en attente de réponse", "new"),
    OfferState.ACCEPTED: ("acceptée", "success"),
    OfferState.ENROLLED: ("inscription confirmée", "success"),
    OfferState.LOST: ("inscription manquée", "error"),
    OfferState.DECLINED: ("refusée par l’étudiant", "error"),
    OfferState.EXPIRED: ("délai dépassé", "error"),
    OfferState.RELEASED: ("libérée", "info"),
    OfferState.RETRACTED: ("retirée par le rectorat", "warning"),
}
"""Label and badge of an offer's state."""

OUTCOMES: dict[OfferState, str] = {
    OfferState.CONSULTING: "sans réponse à ce jour",
    OfferState.AGREED: "accord donné, place non proposée",
    OfferState.REFUSED: "refus de l’établissement",
    OfferState.UNANSWERED: "aucune réponse de l’établissement",
    OfferState.SENT: "place proposée",
    OfferState.ACCEPTED: "place acceptée",
    OfferState.ENROLLED: "inscription confirmée",
    OfferState.LOST: "place acceptée, sans inscription",
    OfferState.DECLINED: "proposition que vous avez refusée",
    OfferState.EXPIRED: "proposition restée sans réponse de votre part",
    OfferState.RELEASED: "place rendue",
    OfferState.RETRACTED: "proposition retirée",
}
"""What a letter tells the student of each seat that was asked for."""

ACTORS: dict[Actor, str] = {
    Actor.STUDENT: "étudiant",
    Actor.CASEWORKER: "rectorat",
    Actor.HEAD: "rectorat",
    Actor.MEDICAL: "médecin conseiller",
    Actor.INSTITUTION: "établissement",
    Actor.ADVISER: "SCUIO-BAIP",
    Actor.CLOCK: "automatique",
}

ACTIONS: dict[Action, tuple[str, str]] = {
    Action.FILE: ("Déposer la saisine", "Saisine déposée"),
    Action.PROVE_LICENCE: ("Constater la licence", "Licence obtenue, relevé définitif reçu"),
    Action.POSTPONE_LICENCE: ("Donner une autre date de jury", "Licence attendue à une autre date"),
    Action.REPORT_FAILURE: ("Signaler un échec au jury", "Échec au jury signalé"),
    Action.CHOOSE_LICENCE: ("Fonder la saisine sur une autre licence", "Saisine fondée sur une autre licence"),
    Action.ADD_DOCUMENT: ("Ajouter un document", "Document ajouté"),
    Action.REQUEST_DOCUMENTS: ("Demander des documents", "Documents demandés"),
    Action.SUPPLY_DOCUMENTS: ("Envoyer les documents demandés", "Documents envoyés"),
    Action.RESUME: ("Reprendre l’examen", "Examen repris"),
    Action.LAPSE_REQUEST: ("Clore la demande de documents", "Délai d’envoi des documents dépassé"),
    Action.REVIEW: ("Contrôler la recevabilité", "Recevabilité contrôlée"),
    Action.ASSIGN: ("Attribuer le dossier", "Dossier attribué"),
    Action.DECLARE_ADMISSIBLE: ("Déclarer recevable", "Saisine déclarée recevable"),
    Action.PREPARE_DECISION: ("Préparer une décision", "Décision préparée pour signature"),
    Action.DECLARE_INADMISSIBLE: ("Déclarer irrecevable", "Saisine déclarée irrecevable"),
    Action.WITHDRAW_DECISION: ("Retirer la décision d’irrecevabilité", "Décision d’irrecevabilité retirée"),
    Action.CONSULT: ("Consulter l’établissement", "Établissement consulté"),
    Action.RECORD_AGREEMENT: ("Enregistrer l’accord", "Accord de l’établissement enregistré"),
    Action.RECORD_REFUSAL: ("Enregistrer le refus de l’établissement", "Refus de l’établissement enregistré"),
    Action.RECORD_CONDITION: ("Enregistrer une réponse sous condition", "Réponse de l’établissement sous condition, sans accord"),
    Action.DELEGATE: ("Confier la réponse à un collègue", "Réponse confiée à un collègue de l’établissement"),
    Action.LAPSE_CONSULTATION: ("Libérer la place", "Aucune réponse de l’établissement dans le délai, place libérée"),
    Action.SEND_OFFER: ("Envoyer la proposition", "Proposition envoyée"),
    Action.RETRACT_OFFER: ("Retirer la proposition", "Proposition retirée par le rectorat"),
    Action.END_SEARCH: ("Mettre fin à la recherche", "Fin de la recherche"),
    Action.ESCALATE: ("Signaler au chef de service", "Signalée au chef de service"),
    Action.REFER_TO_COMMISSION: ("Confier à la commission régionale", "Confiée à la commission régionale"),
    Action.RECORD_MINUTES: ("Enregistrer la décision de la commission", "Dossier examiné par la commission régionale"),
    Action.ACCEPT: ("Accepter la proposition", "Proposition acceptée"),
    Action.DECLINE: ("Refuser la proposition", "Proposition refusée"),
    Action.EXPIRE: ("Constater la fin du délai", "Délai de réponse dépassé"),
    Action.RESTART_LIMIT: ("Faire repartir un délai", "Délai reparti après un défaut d’information"),
    Action.EXTEND: ("Prolonger les délais", "Délai prolongé"),
    Action.RECORD_CONTACT: ("Noter un contact", "Contact avec l’étudiant"),
    Action.WRITE_NOTE: ("Écrire une note interne", "Note interne"),
    Action.WRITE_TO_STUDENT: ("Écrire à l’étudiant", "Message du rectorat"),
    Action.WRITE_TO_OFFICE: ("Écrire au rectorat", "Message de l’étudiant"),
    Action.SEND_LETTER: ("Envoyer un courrier", "Courrier du rectorat"),
    Action.ADVISE_STUDENT: ("Écrire à l’étudiant", "Message du SCUIO-BAIP"),
    Action.ADVISE_OFFICE: ("Donner un avis au rectorat", "Avis du SCUIO-BAIP"),
    Action.GIVE_MANDATE: ("Mandater une personne", "Mandat donné"),
    Action.END_MANDATE: ("Mettre fin au mandat", "Mandat retiré"),
    Action.RECORD_ENROLMENT: ("Enregistrer l’inscription", "Inscription confirmée"),
    Action.RECORD_NO_ENROLMENT: ("Enregistrer l’absence d’inscription", "Inscription manquée"),
    Action.WITHDRAW: ("Retirer la saisine", "Saisine retirée"),
    Action.SET_ADVISER_CONSENT: ("Choisir le suivi par le SCUIO-BAIP", "Choix sur le suivi par le SCUIO-BAIP"),
    Action.CORRECT_FACTS: ("Corriger un fait", "Fait corrigé"),
    Action.CORRECT_APPLICATION: ("Corriger une candidature", "Candidature corrigée"),
    Action.TRANSFER: ("Transférer à une autre région", "Saisine transférée"),
    Action.ABSORB: ("Réunir avec une autre saisine", "Autre saisine réunie à celle-ci"),
    Action.MERGE: ("Réunir à une autre saisine", "Réunie à une autre saisine"),
    Action.FREEZE_ACCOUNT: ("Geler le compte", "Compte gelé"),
    Action.THAW_ACCOUNT: ("Dégeler le compte", "Compte dégelé"),
    Action.CHANGE_ADDRESS: ("Changer l’adresse du compte", "Adresse du compte changée"),
    Action.REOPEN: ("Rouvrir le dossier", "Dossier rouvert"),
    Action.CLOSE: ("Clore le dossier", "Dossier clos"),
}
"""Each action as something to do, and as something done."""

HOLDERS: dict[Holder, str] = {
    Holder.STUDENT: "l’étudiant",
    Holder.OFFICE: "le rectorat",
    Holder.INSTITUTION: "l’établissement",
    Holder.NOBODY: "personne",
}
"""Who has to act on a file, as the office and the adviser read it."""

DUES: dict[Due, str] = {
    Due.ANSWER: "réponse de l’étudiant",
    Due.SUPPLY: "documents demandés",
    Due.SEAT: "réponse de l’établissement",
    Due.LICENCE: "licence attendue",
    Due.ENROLMENT: "inscription à confirmer par l’établissement",
    Due.OFFICE: "à traiter par le rectorat",
    Due.NOTHING: "",
}
"""What a file's next date is for."""

BESIDE_THE_TABLES: dict[str, str] = {
    "start": "Brouillon commencé",
    "help_draft": "Brouillon complété par le SCUIO-BAIP",
    "mail_sent": "Courriel parti",
    "mail_failed": "Courriel non parti",
    "first_reading": "Propositions lues pour la première fois",
    "move_limit": "Délai déplacé",
    "health_request": "Demande confidentielle",
    "health_document": "Document confidentiel ajouté",
    "health_opinion": "Avis rendu",
    "health_end": "Demande confidentielle retirée",
    "health_reading": "Document confidentiel consulté",
}

STATE_CHOICES = [(state.value, wording.label) for state, wording in STATES.items()]
OFFER_STATE_CHOICES = [(state.value, label) for state, (label, _) in OFFER_STATES.items()]
HOLDER_CHOICES = [(holder.value, label) for holder, label in HOLDERS.items()]
DUE_CHOICES = [(due.value, label) for due, label in DUES.items()]
ACTOR_CHOICES = [(actor.value, label) for actor, label in ACTORS.items()]
EVENT_CHOICES = [*((action.value, done) for action, (_, done) in ACTIONS.items()), *BESIDE_THE_TABLES.items()]
