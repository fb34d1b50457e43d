"""What states, actions and events are called on the screens, who holds a file in each state, and what comes next.

What a student may read is marked for the catalogues, and put into her language when it is shown.
"""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from .rules.follow_up import Due, Holder
from .rules.states import Action, Actor, OfferState, State


class Wording(NamedTuple):
    """A state in the reader's words. badge: success, info, warning, error or new (as the State's design system has them)."""

    label: str
    badge: str
    holder: str
    next: str


STATES: dict[State, Wording] = {
    State.DRAFT: Wording(_("brouillon, non déposée"), "warning", _("vous"), _("Complétez le formulaire, puis déposez la saisine.")),
    State.AWAITING_LICENCE: Wording(
        _("déposée, licence attendue"),
        "info",
        _("vous"),
        _("Dès votre licence obtenue, ajoutez ici votre relevé de notes définitif."),
    ),
    State.FILED: Wording(_("déposée"), "info", _("le rectorat"), _("Le rectorat vérifie que votre saisine est recevable.")),
    State.INCOMPLETE: Wording(
        _("documents demandés"), "warning", _("vous"), _("Envoyez les documents demandés avant la date indiquée.")
    ),
    State.ADMISSIBLE: Wording(
        _("recevable, recherche en cours"),
        "info",
        _("le rectorat"),
        _("Le rectorat cherche des places et consulte les établissements."),
    ),
    State.OFFERED: Wording(
        _("en attente de votre réponse"), "new", _("vous"), _("Répondez aux propositions avant la fin du délai.")
    ),
    State.ACCEPTED: Wording(
        _("proposition acceptée"),
        "success",
        _("l’établissement"),
        _("Inscrivez-vous auprès de l’établissement que vous avez choisi."),
    ),
    State.ENROLLED: Wording(_("inscrite"), "success", _("personne"), _("Votre inscription est confirmée par l’établissement.")),
    State.NOT_ENROLLED: Wording(
        _("inscription manquée"), "warning", _("le rectorat"), _("Le rectorat décide de reprendre la recherche ou d’en rester là.")
    ),
    State.INADMISSIBLE: Wording(
        _("irrecevable"), "error", _("personne"), _("La décision et les voies de recours figurent dans la lettre.")
    ),
    State.EXHAUSTED: Wording(
        _("propositions épuisées"),
        "warning",
        _("le rectorat"),
        _("Le rectorat décide de reprendre la recherche ou de clore la saisine."),
    ),
    State.COMMISSION: Wording(
        _("en commission régionale"),
        "info",
        _("la commission régionale"),
        _("La commission régionale d’accès au master cherche à vous faire une ou plusieurs propositions."),
    ),
    State.WITHDRAWN: Wording(_("retirée"), "error", _("personne"), _("Vous avez retiré cette saisine : rien ne se passera plus.")),
    State.CLOSED: Wording(_("close"), "error", _("personne"), _("La décision et les voies de recours figurent dans la lettre.")),
    State.MERGED: Wording(_("réunie à une autre"), "info", _("personne"), _("Tout se passe désormais dans l’autre saisine.")),
}

SEEN_BY_OTHERS: dict[State, str] = {state: wording.label for state, wording in STATES.items()} | {
    State.OFFERED: "réponse de l’étudiant attendue"
}
"""What a state is called where its reader is not the student."""

OFFER_STATES: dict[OfferState, tuple[str, str]] = {
    OfferState.CONSULTING: (_("établissement consulté"), "info"),
    OfferState.AGREED: (_("accord de l’établissement"), "success"),
    OfferState.REFUSED: (_("refusée par l’établissement"), "error"),
    OfferState.UNANSWERED: (_("établissement sans réponse"), "warning"),
    OfferState.SENT: (_("envoyée, en attente de réponse"), "new"),
    OfferState.ACCEPTED: (_("acceptée"), "success"),
    OfferState.ENROLLED: (_("inscription confirmée"), "success"),
    OfferState.LOST: (_("inscription manquée"), "error"),
    OfferState.DECLINED: (_("refusée par l’étudiant"), "error"),
    OfferState.EXPIRED: (_("délai dépassé"), "error"),
    OfferState.RELEASED: (_("libérée"), "info"),
    OfferState.RETRACTED: (_("retirée par le rectorat"), "warning"),
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
"""What a letter, French as all of them, tells the student of each seat that was asked for."""

ACTORS: dict[Actor, str] = {
    Actor.STUDENT: _("étudiant"),
    Actor.CASEWORKER: _("rectorat"),
    Actor.HEAD: _("rectorat"),
    Actor.MEDICAL: _("médecin conseiller"),
    Actor.INSTITUTION: _("établissement"),
    Actor.ADVISER: _("SCUIO-BAIP"),
    Actor.CLOCK: _("automatique"),
}

ACTIONS: dict[Action, tuple[str, str]] = {
    Action.FILE: ("Déposer la saisine", _("Saisine déposée")),
    Action.PROVE_LICENCE: ("Constater la licence", _("Licence obtenue, relevé définitif reçu")),
    Action.POSTPONE_LICENCE: ("Donner une autre date de jury", _("Licence attendue à une autre date")),
    Action.REPORT_FAILURE: ("Signaler un échec au jury", _("Échec au jury signalé")),
    Action.CHOOSE_LICENCE: ("Fonder la saisine sur une autre licence", _("Saisine fondée sur une autre licence")),
    Action.ADD_DOCUMENT: ("Ajouter un document", _("Document ajouté")),
    Action.REQUEST_DOCUMENTS: ("Demander des documents", _("Documents demandés")),
    Action.SUPPLY_DOCUMENTS: ("Envoyer les documents demandés", _("Documents envoyés")),
    Action.RESUME: ("Reprendre l’examen", _("Examen repris")),
    Action.LAPSE_REQUEST: ("Clore la demande de documents", _("Délai d’envoi des documents dépassé")),
    Action.REVIEW: ("Contrôler la recevabilité", _("Recevabilité contrôlée")),
    Action.ASSIGN: ("Attribuer le dossier", _("Dossier attribué")),
    Action.DECLARE_ADMISSIBLE: ("Déclarer recevable", _("Saisine déclarée recevable")),
    Action.PREPARE_DECISION: ("Préparer une décision", _("Décision préparée pour signature")),
    Action.DECLARE_INADMISSIBLE: ("Déclarer irrecevable", _("Saisine déclarée irrecevable")),
    Action.WITHDRAW_DECISION: ("Retirer la décision d’irrecevabilité", _("Décision d’irrecevabilité retirée")),
    Action.CONSULT: ("Consulter l’établissement", _("Établissement consulté")),
    Action.RECORD_AGREEMENT: ("Enregistrer l’accord", _("Accord de l’établissement enregistré")),
    Action.RECORD_REFUSAL: ("Enregistrer le refus de l’établissement", _("Refus de l’établissement enregistré")),
    Action.RECORD_CONDITION: (
        "Enregistrer une réponse sous condition",
        _("Réponse de l’établissement sous condition, sans accord"),
    ),
    Action.DELEGATE: ("Confier la réponse à un collègue", _("Réponse confiée à un collègue de l’établissement")),
    Action.LAPSE_CONSULTATION: ("Libérer la place", _("Aucune réponse de l’établissement dans le délai, place libérée")),
    Action.SEND_OFFER: ("Envoyer la proposition", _("Proposition envoyée")),
    Action.RETRACT_OFFER: ("Retirer la proposition", _("Proposition retirée par le rectorat")),
    Action.END_SEARCH: ("Mettre fin à la recherche", _("Fin de la recherche")),
    Action.ESCALATE: ("Signaler au chef de service", _("Signalée au chef de service")),
    Action.REFER_TO_COMMISSION: ("Confier à la commission régionale", _("Confiée à la commission régionale")),
    Action.RECORD_MINUTES: ("Enregistrer la décision de la commission", _("Dossier examiné par la commission régionale")),
    Action.ACCEPT: ("Accepter la proposition", _("Proposition acceptée")),
    Action.DECLINE: ("Refuser la proposition", _("Proposition refusée")),
    Action.EXPIRE: ("Constater la fin du délai", _("Délai de réponse dépassé")),
    Action.RESTART_LIMIT: ("Faire repartir un délai", _("Délai reparti après un défaut d’information")),
    Action.EXTEND: ("Prolonger les délais", _("Délai prolongé")),
    Action.RECORD_CONTACT: ("Noter un contact", _("Contact avec l’étudiant")),
    Action.WRITE_NOTE: ("Écrire une note interne", _("Note interne")),
    Action.WRITE_TO_STUDENT: ("Écrire à l’étudiant", _("Message du rectorat")),
    Action.WRITE_TO_OFFICE: ("Écrire au rectorat", _("Message de l’étudiant")),
    Action.SEND_LETTER: ("Envoyer un courrier", _("Courrier du rectorat")),
    Action.ADVISE_STUDENT: ("Écrire à l’étudiant", _("Message du SCUIO-BAIP")),
    Action.ADVISE_OFFICE: ("Donner un avis au rectorat", _("Avis du SCUIO-BAIP")),
    Action.GIVE_MANDATE: ("Mandater une personne", _("Mandat donné")),
    Action.END_MANDATE: ("Mettre fin au mandat", _("Mandat retiré")),
    Action.RECORD_ENROLMENT: ("Enregistrer l’inscription", _("Inscription confirmée")),
    Action.RECORD_NO_ENROLMENT: ("Enregistrer l’absence d’inscription", _("Inscription manquée")),
    Action.WITHDRAW: ("Retirer la saisine", _("Saisine retirée")),
    Action.SET_ADVISER_CONSENT: ("Choisir le suivi par le SCUIO-BAIP", _("Choix sur le suivi par le SCUIO-BAIP")),
    Action.CORRECT_FACTS: ("Corriger un fait", _("Fait corrigé")),
    Action.CORRECT_APPLICATION: ("Corriger une candidature", _("Candidature corrigée")),
    Action.TRANSFER: ("Transférer à une autre région", _("Saisine transférée")),
    Action.ABSORB: ("Réunir avec une autre saisine", _("Autre saisine réunie à celle-ci")),
    Action.MERGE: ("Réunir à une autre saisine", _("Réunie à une autre saisine")),
    Action.FREEZE_ACCOUNT: ("Geler le compte", _("Compte gelé")),
    Action.THAW_ACCOUNT: ("Dégeler le compte", _("Compte dégelé")),
    Action.CHANGE_ADDRESS: ("Changer l’adresse du compte", _("Adresse du compte changée")),
    Action.REOPEN: ("Rouvrir le dossier", _("Dossier rouvert")),
    Action.CLOSE: ("Clore le dossier", _("Dossier clos")),
}
"""Each action as something to do, which the office reads alone, and as something done, which the student reads too."""

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
    "start": _("Brouillon commencé"),
    "help_draft": _("Brouillon complété par le SCUIO-BAIP"),
    "mail_sent": _("Courriel parti"),
    "mail_failed": _("Courriel non parti"),
    "first_reading": _("Propositions lues pour la première fois"),
    "move_limit": _("Délai déplacé"),
    "health_request": _("Demande confidentielle"),
    "health_document": _("Document confidentiel ajouté"),
    "health_opinion": _("Avis rendu"),
    "health_end": _("Demande confidentielle retirée"),
    "health_reading": _("Document confidentiel consulté"),
    "file_blocked": _("Fichier bloqué par l’antivirus"),
    "health_file_blocked": _("Document confidentiel bloqué par l’antivirus"),
}

STATE_CHOICES = [(state.value, wording.label) for state, wording in STATES.items()]
OFFER_STATE_CHOICES = [(state.value, label) for state, (label, _) in OFFER_STATES.items()]
HOLDER_CHOICES = [(holder.value, label) for holder, label in HOLDERS.items()]
DUE_CHOICES = [(due.value, label) for due, label in DUES.items()]
ACTOR_CHOICES = [(actor.value, label) for actor, label in ACTORS.items()]
EVENT_CHOICES = [*((action.value, done) for action, (_, done) in ACTIONS.items()), *BESIDE_THE_TABLES.items()]
