"""What each verb of the office asks, calls and says beforehand: one table for the referral, one for its offers."""

from collections.abc import Callable
from typing import NamedTuple

from ... import procedure
from ...rules.states import Action
from ..file import conversation_forms
from . import correction_forms as corrections
from . import forms


class Deed(NamedTuple):
    """form: what has to be said. verb: what is done with it. sentence: what will happen, and who will be told."""

    form: type[forms.DeedForm]
    verb: Callable
    sentence: str


TOLD = "L’étudiant en est informé par courriel."
NOT_TOLD = "L’étudiant n’est pas prévenu."
LETTER = (
    "L’étudiant reçoit par courriel la lettre de décision, avec vos motifs, votre nom, votre délégation et les voies de recours."
)
NEVER_LESS = "Les délais qui en dépendent sont recalculés, jamais à son détriment."

REFERRAL_DEEDS: dict[Action, Deed] = {
    Action.PROVE_LICENCE: Deed(
        forms.ProveLicence,
        procedure.prove_licence,
        f"Le dossier passe à l’examen, avec le relevé définitif. La date de dépôt ne change pas. {TOLD}",
    ),
    Action.POSTPONE_LICENCE: Deed(
        forms.PostponeLicence,
        procedure.postpone_licence,
        f"Le dossier attend jusqu’à ce jour. La date de dépôt ne change pas. {TOLD}",
    ),
    Action.CHOOSE_LICENCE: Deed(
        corrections.ChooseLicence,
        procedure.choose_licence,
        f"La saisine repose sur cette licence, l’autre reste au dossier. {NEVER_LESS} Si la région compétente change, transférez "
        f"ensuite le dossier. {TOLD}",
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
    Action.REVIEW: Deed(
        conversation_forms.Review,
        procedure.review,
        f"Chaque point s’inscrit à l’historique, avec vos motifs. Rien n’est encore décidé. {NOT_TOLD}",
    ),
    Action.ASSIGN: Deed(
        forms.Assign,
        procedure.assign,
        f"Le dossier apparaît parmi les siens. {NOT_TOLD}",
    ),
    Action.DECLARE_ADMISSIBLE: Deed(
        forms.DeclareAdmissible,
        procedure.declare_admissible,
        f"La recherche de places commence. {TOLD}",
    ),
    Action.PREPARE_DECISION: Deed(
        forms.PrepareDecision,
        procedure.prepare_decision,
        "Rien n’est décidé : le dossier attend, avec vos motifs, la signature d’une personne qui en a la délégation. Elle en est "
        f"informée par courriel. {NOT_TOLD}",
    ),
    Action.DECLARE_INADMISSIBLE: Deed(
        forms.DeclareInadmissible,
        procedure.declare_inadmissible,
        f"La saisine est rejetée. {LETTER}",
    ),
    Action.WITHDRAW_DECISION: Deed(
        forms.TakeUpAgain,
        procedure.withdraw_decision,
        f"La décision d’irrecevabilité est retirée et le dossier est examiné de nouveau. {TOLD}",
    ),
    Action.END_SEARCH: Deed(
        forms.EndSearch,
        procedure.end_search,
        "Le délai de réponse commence pour les propositions déjà envoyées ; s’il n’y en a aucune, les propositions sont épuisées. "
        f"{TOLD}",
    ),
    Action.REFER_TO_COMMISSION: Deed(
        forms.ReferToCommission,
        procedure.refer_to_commission,
        f"La commission régionale prend le dossier ; les propositions déjà faites demeurent. {TOLD}",
    ),
    Action.RESTART_LIMIT: Deed(
        forms.RestartLimit,
        procedure.restart_limit,
        f"Un nouveau délai, de même durée, remplace l’ancien à compter de ce jour. {TOLD}",
    ),
    Action.EXTEND: Deed(
        forms.Extend,
        procedure.extend,
        "Chacun de ses délais gagne ces jours. Un délai de réponse déjà passé reprend si cela lui rend du temps et que les places "
        f"sont encore libres ; leurs établissements en sont prévenus. {TOLD}",
    ),
    Action.RECORD_CONTACT: Deed(
        forms.RecordContact,
        procedure.record_contact,
        "Le contact s’inscrit à l’historique du dossier. Aucun courriel n’est envoyé.",
    ),
    Action.WRITE_NOTE: Deed(
        conversation_forms.WriteNote,
        procedure.write_note,
        "La note s’inscrit à l’historique, pour vos collègues. Aucun courriel n’est envoyé.",
    ),
    Action.WRITE_TO_STUDENT: Deed(
        conversation_forms.WriteToStudent,
        procedure.write_to_student,
        "L’étudiant est prévenu par courriel, et lit votre message dans son espace ; il peut y répondre.",
    ),
    Action.SEND_LETTER: Deed(
        conversation_forms.SendLetter,
        procedure.send_letter,
        "Le courrier est archivé en PDF tel qu’il part, joint au courriel de l’étudiant, gardé dans son espace. Il ne décide rien.",
    ),
    Action.GIVE_MANDATE: Deed(
        conversation_forms.GiveMandate,
        procedure.give_mandate,
        f"Cette personne pourra parler du dossier au nom de l’étudiant, qui peut y mettre fin à tout moment. {TOLD}",
    ),
    Action.END_MANDATE: Deed(
        conversation_forms.EndMandate,
        procedure.end_mandate,
        f"Plus personne ne parle au nom de l’étudiant. {TOLD}",
    ),
    Action.CORRECT_FACTS: Deed(
        corrections.CorrectFacts,
        procedure.correct_facts,
        f"Seules les valeurs changées sont écrites. {NEVER_LESS} {TOLD}",
    ),
    Action.CORRECT_APPLICATION: Deed(
        corrections.CorrectApplication,
        procedure.correct_application,
        f"Seules les valeurs changées sont écrites. {NEVER_LESS} {TOLD}",
    ),
    Action.TRANSFER: Deed(
        corrections.Transfer,
        procedure.transfer,
        f"Le dossier passe au rectorat choisi, avec ses dates et son historique : vous ne le verrez plus. {TOLD}",
    ),
    Action.ABSORB: Deed(
        corrections.Absorb,
        procedure.merge,
        "L’autre saisine prend fin ; ses documents et ses candidatures rejoignent celle-ci, qui garde la plus ancienne des "
        "deux dates de dépôt. L’étudiant en est informé par courriel, à l’adresse de chacun des deux comptes.",
    ),
    Action.FREEZE_ACCOUNT: Deed(
        corrections.OfTheAccount,
        procedure.freeze_account,
        f"Plus personne n’entre dans le compte ; les délais courent toujours, et les courriels partent encore. {TOLD} "
        "Joignez-le aussi autrement.",
    ),
    Action.THAW_ACCOUNT: Deed(
        corrections.OfTheAccount,
        procedure.thaw_account,
        f"Le compte s’ouvre de nouveau. {TOLD}",
    ),
    Action.CHANGE_ADDRESS: Deed(
        corrections.ChangeAddress,
        procedure.change_address,
        "Le compte et les courriels passent à cette adresse ; le mot de passe est à choisir de nouveau. L’ancienne adresse et la "
        "nouvelle en sont informées par courriel.",
    ),
    Action.REOPEN: Deed(
        forms.TakeUpAgain,
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
        f"La place est libérée. {NOT_TOLD}",
    ),
    Action.RECORD_CONDITION: Deed(
        forms.RecordCondition,
        procedure.record_condition,
        "Un oui sous condition n’est pas un accord : la place reste réservée jusqu’à la date prévue, puis elle est libérée si "
        f"l’accord n’est pas venu. {NOT_TOLD}",
    ),
    Action.SEND_OFFER: Deed(
        forms.SendOffer,
        procedure.send_offer,
        "L’étudiant reçoit aussitôt la proposition par courriel. Selon les règles de la campagne, chaque proposition fait courir "
        "son délai de réponse, ou la dernière des propositions dues.",
    ),
    Action.RETRACT_OFFER: Deed(
        forms.RetractOffer,
        procedure.retract_offer,
        "La place est libérée, l’établissement prévenu, et la proposition ne compte plus. Si l’étudiant l’avait reçue, un courriel "
        "l’en informe.",
    ),
    Action.RECORD_ENROLMENT: Deed(
        forms.RecordEnrolment,
        procedure.record_enrolment,
        f"L’inscription est confirmée, et le dossier aboutit. {TOLD}",
    ),
    Action.RECORD_NO_ENROLMENT: Deed(
        forms.RecordNoEnrolment,
        procedure.record_no_enrolment,
        "La place est rendue et l’établissement prévenu. S’il a refusé l’inscription, la recherche reprend aussitôt ; sinon le "
        f"dossier attend votre décision. {TOLD}",
    ),
}

BESIDE_DOCUMENTS = frozenset(
    {
        Action.PROVE_LICENCE,
        Action.CHOOSE_LICENCE,
        Action.ADD_DOCUMENT,
        Action.REQUEST_DOCUMENTS,
        Action.RESUME,
        Action.REVIEW,
        Action.DECLARE_ADMISSIBLE,
        Action.PREPARE_DECISION,
        Action.DECLARE_INADMISSIBLE,
        Action.REFER_TO_COMMISSION,
        Action.RECORD_CONTACT,
        Action.WRITE_NOTE,
        Action.WRITE_TO_STUDENT,
        Action.SEND_LETTER,
        Action.GIVE_MANDATE,
        Action.CORRECT_FACTS,
        Action.CORRECT_APPLICATION,
        Action.ABSORB,
    }
)
"""The verbs for which one reads the documents: they stand beside the form."""

DEEDS = REFERRAL_DEEDS | OFFER_DEEDS
"""Every verb of the office but `consult`, which starts from the search of seats."""
