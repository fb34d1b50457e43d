"""What each verb of the office asks, calls and says beforehand: one table for the referral, one for its offers."""

from collections.abc import Callable
from typing import NamedTuple

from .. import procedure
from ..rules.states import Action
from . import forms


class Deed(NamedTuple):
    """form: what has to be said. verb: what is done with it. sentence: what will happen, and who will be told."""

    form: type[forms.DeedForm]
    verb: Callable
    sentence: str


TOLD = "L’étudiant en est informé par courriel."
LETTER = "L’étudiant reçoit par courriel la lettre de décision, avec vos motifs, votre nom et les voies de recours."

REFERRAL_DEEDS: dict[Action, Deed] = {
    Action.PROVE_LICENCE: Deed(
        forms.ProveLicence,
        procedure.prove_licence,
        f"Le dossier passe à l’examen, avec le relevé définitif. La date de dépôt ne change pas. {TOLD}",
    ),
    Action.ADD_DOCUMENT: Deed(
        forms.AddDocument,
        procedure.add_document,
        "Le document rejoint le dossier ; l’étudiant le voit dans son espace. Aucun courriel n’est envoyé.",
    ),
    Action.REQUEST_DOCUMENTS: Deed(
        forms.RequestDocuments,
        procedure.request_documents,
        "L’étudiant reçoit la liste par courriel, avec la date limite. La date de dépôt ne change pas.",
    ),
    Action.RESUME: Deed(
        forms.Resume,
        procedure.resume,
        f"L’examen reprend sans attendre les documents, et leur délai s’arrête. {TOLD}",
    ),
    Action.ASSIGN: Deed(
        forms.Assign,
        procedure.assign,
        "Le dossier apparaît parmi les siens. L’étudiant n’est pas prévenu.",
    ),
    Action.DECLARE_ADMISSIBLE: Deed(
        forms.DeclareAdmissible,
        procedure.declare_admissible,
        f"La recherche de places commence. {TOLD}",
    ),
    Action.DECLARE_INADMISSIBLE: Deed(
        forms.DeclareInadmissible,
        procedure.declare_inadmissible,
        f"La saisine est rejetée. {LETTER}",
    ),
    Action.WITHDRAW_DECISION: Deed(
        forms.Ground,
        procedure.withdraw_decision,
        f"La décision d’irrecevabilité est retirée et le dossier est examiné de nouveau. {TOLD}",
    ),
    Action.END_SEARCH: Deed(
        forms.EndSearch,
        procedure.end_search,
        "Le délai de réponse commence pour les propositions déjà envoyées ; s’il n’y en a aucune, les propositions sont épuisées. "
        f"{TOLD}",
    ),
    Action.CORRECT_FACTS: Deed(
        forms.CorrectFacts,
        procedure.correct_facts,
        f"Seules les valeurs changées sont écrites. {TOLD}",
    ),
    Action.TRANSFER: Deed(
        forms.Transfer,
        procedure.transfer,
        f"Le dossier passe au rectorat choisi, avec ses dates et son historique : vous ne le verrez plus. {TOLD}",
    ),
    Action.REOPEN: Deed(
        forms.Ground,
        procedure.reopen,
        f"Le dossier reprend là où il en était ; une place déjà acceptée est rendue, et son établissement prévenu. {TOLD}",
    ),
    Action.CLOSE: Deed(
        forms.Close,
        procedure.close,
        f"Le dossier prend fin ; les places réservées sont libérées et leurs établissements prévenus. {LETTER}",
    ),
}

OFFER_DEEDS: dict[Action, Deed] = {
    Action.RECORD_AGREEMENT: Deed(
        forms.RecordAgreement,
        procedure.record_agreement,
        "La place reste réservée, et la proposition peut être envoyée. L’étudiant n’est pas encore prévenu.",
    ),
    Action.RECORD_REFUSAL: Deed(
        forms.RecordRefusal,
        procedure.record_refusal,
        "La place est libérée. L’étudiant n’est pas prévenu.",
    ),
    Action.SEND_OFFER: Deed(
        forms.SendOffer,
        procedure.send_offer,
        "L’étudiant reçoit aussitôt la proposition par courriel. La dernière des propositions dues fait courir son délai.",
    ),
    Action.RETRACT_OFFER: Deed(
        forms.RetractOffer,
        procedure.retract_offer,
        "La place est libérée, l’établissement prévenu, et la proposition ne compte plus. Si l’étudiant l’avait reçue, un courriel "
        "l’en informe.",
    ),
}

DEEDS = REFERRAL_DEEDS | OFFER_DEEDS
"""Every verb of the office but `consult`, which starts from the search of seats."""
