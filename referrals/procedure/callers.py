"""Who may speak for a student, and how the office knows who calls."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ..caller_codes import is_hers
from ..models import Caller, Channel
from ..rules.states import Action
from .limits import local_date
from .moving import By, Refused, moving


def record_contact(
    referral_id: int, *, channel: Channel, note: str, by: By, at: datetime, caller: Caller = Caller.STUDENT, code: str = ""
) -> None:
    """Note that the office reached the student, or was reached, by another way than the portal's mails.

    code: what the caller read from the student's space; it shows that it is she, or somebody whom she lets speak.
    Raises Refused: a code that is not the day's, somebody mandated where no mandate is on file.
    """
    with moving(Action.RECORD_CONTACT, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        if code and not is_hers(code, referral, on=local_date(referral, at)):
            raise Refused("wrong_code", "Ce code n’est pas celui que l’espace de l’étudiant affiche aujourd’hui.")
        if caller == Caller.MANDATED and not referral.mandated:
            raise Refused("no_mandate", "Aucun mandat n’est au dossier : seule la procédure peut être expliquée à cette personne.")
        step.payload |= {"channel": channel, "caller": caller, "identified": bool(code)}
        step.note = note


def give_mandate(referral_id: int, *, name: str, by: By, at: datetime) -> None:
    """Let ``name`` speak for the student; whoever spoke for her before does so no more. The office notes one it was given.
    The one on file, given again, changes nothing.

    Raises Refused where nobody is named.
    """
    with moving(Action.GIVE_MANDATE, referral_id=referral_id, by=by, at=at) as step:
        if not name.strip():
            raise Refused("nobody_named", _("Indiquez le nom de la personne mandatée."))
        step.repeated = step.referral.mandated == name.strip()
        step.referral.mandated = step.note = name.strip()


def end_mandate(referral_id: int, *, by: By, at: datetime) -> None:
    """Nobody speaks for the student any more.

    Raises Refused where nobody did.
    """
    with moving(Action.END_MANDATE, referral_id=referral_id, by=by, at=at) as step:
        if not step.referral.mandated:
            raise Refused("no_mandate", _("Aucun mandat n’est au dossier."))
        step.note, step.referral.mandated = step.referral.mandated, ""
