"""An institution's answer to one request, on its own screen or by the link of a mail: yes, no, yes if; or a colleague answers."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from dsfr.forms import DsfrBaseForm

from .. import procedure
from ..models import Channel, Offer
from ..procedure import By, Refused
from ..procedure.limits import local_date
from ..rules.states import MOVES, OFFER_MOVES, Action, OfferState
from ..templatetags.instants import before

LONGEST_TEXT = 2_000


class AnswerForm(DsfrBaseForm):
    """One answer, under its own button. What it has cleaned are the verb's own arguments, under their own names.

    answer: the value of the field ``answer`` that is posted with it.
    """

    answer: ClassVar[str]
    action: ClassVar[Action]
    title: ClassVar[str]
    follows: ClassVar[str]
    """What it leads to, said before one answers."""
    button: ClassVar[str]

    def record(self, offer: Offer, *, by: By, at: datetime, through: Channel) -> None:
        """Call the verb. Raises Refused."""
        raise NotImplementedError

    def done(self, offer: Offer) -> str:
        """Return what to say once ``offer`` has this answer."""
        raise NotImplementedError


class Yes(AnswerForm):
    answer, action = "yes", Action.RECORD_AGREEMENT
    title, button = "Oui, nous l’admettons", "Donner l’accord"
    follows = "C’est un accord sans condition : le rectorat peut proposer la place à l’étudiant, qui peut l’accepter."

    agreed_by = forms.CharField(label="Accord donné par", max_length=Offer._meta.get_field("agreed_by").max_length)
    agreed_as = forms.CharField(
        label="En qualité de",
        max_length=Offer._meta.get_field("agreed_as").max_length,
        help_text="Par exemple : responsable de la mention, par délégation.",
    )

    def record(self, offer: Offer, *, by: By, at: datetime, through: Channel) -> None:
        agreed_on = local_date(offer.referral, at)
        procedure.record_agreement(
            offer.referral_id, offer_id=offer.pk, agreed_on=agreed_on, through=through, by=by, at=at, **self.cleaned_data
        )

    def done(self, offer: Offer) -> str:
        given = f"accord donné par {offer.agreed_by}, {offer.agreed_as}"
        return f"C’est enregistré : {given}. Le rectorat peut maintenant proposer la place."


class No(AnswerForm):
    answer, action = "no", Action.RECORD_REFUSAL
    title, button = "Non", "Refuser"
    follows = "La place est libre de nouveau, et le rectorat cherche ailleurs."

    reason = forms.CharField(
        label="Motif du refus", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3}), help_text="Le rectorat le lit."
    )

    def record(self, offer: Offer, *, by: By, at: datetime, through: Channel) -> None:
        procedure.record_refusal(offer.referral_id, offer_id=offer.pk, by=by, at=at, **self.cleaned_data)

    def done(self, offer: Offer) -> str:
        return "C’est enregistré : vous refusez. Le rectorat cherche une autre place."


class UnderCondition(AnswerForm):
    answer, action = "condition", Action.RECORD_CONDITION
    title, button = "Oui, sous condition", "Dire la condition"
    follows = (
        "Un test, un entretien : ce n’est pas un accord. La place n’est pas réservée plus longtemps, et rien n’est proposé à "
        "l’étudiant tant que vous n’avez pas répondu oui."
    )

    condition = forms.CharField(label="Condition", max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3}))

    def record(self, offer: Offer, *, by: By, at: datetime, through: Channel) -> None:
        procedure.record_condition(offer.referral_id, offer_id=offer.pk, by=by, at=at, **self.cleaned_data)

    def done(self, offer: Offer) -> str:
        return f"Votre condition est enregistrée ; ce n’est pas un accord. Répondez oui ou non avant le {held_until(offer)}."


class Delegation(AnswerForm):
    answer, action = "delegate", Action.DELEGATE
    title, button = "Confier la réponse à un collègue", "Confier la réponse"
    follows = (
        "Il reçoit un courriel et répond sans se connecter ; le dossier de l’étudiant n’y est pas. "
        "Vous pouvez toujours répondre vous-même."
    )

    to = forms.EmailField(label="Adresse électronique du collègue", max_length=Offer._meta.get_field("delegated_to").max_length)

    def record(self, offer: Offer, *, by: By, at: datetime, through: Channel) -> None:
        procedure.delegate(offer.referral_id, offer_id=offer.pk, by=by, at=at, **self.cleaned_data)

    def done(self, offer: Offer) -> str:
        return f"La réponse est confiée à {offer.delegated_to}, avant le {held_until(offer)}."


ANSWERS: tuple[type[AnswerForm], ...] = (Yes, No, UnderCondition)
"""What answers a request."""
ANSWERS_AND_DELEGATION = (*ANSWERS, Delegation)


def answers_to(
    offer: Offer,
    data: Mapping[str, Any] | None = None,
    *,
    initial: Mapping[str, Any],
    among: Collection[type[AnswerForm]] = ANSWERS,
) -> dict[str, AnswerForm]:
    """Return the forms of the answers that ``offer`` may still have, by their name; the one that ``data`` names is bound to it.

    ``initial``: agreed_by and agreed_as, as far as they are known.
    """
    possible = [one for one in among if may(one.action, offer)]
    named = data.get("answer") if data is not None else None
    return {one.answer: one(data if one.answer == named else None, initial=initial, auto_id=f"{one.answer}_%s") for one in possible}


def may(action: Action, offer: Offer) -> bool:
    return offer.state in OFFER_MOVES[action].sources and offer.referral.state in MOVES[action].sources


def give(form: AnswerForm, offer: Offer, *, by: By, at: datetime, through: Channel) -> str:
    """Record the answer of a valid ``form``, and return what to say. Given twice, it is given once.

    Raises Refused; where somebody else has answered otherwise, with what the answer is.
    """
    try:
        form.record(offer, by=by, at=at, through=through)
    except Refused as refused:
        if refused.code != "wrong_state":
            raise
        offer.refresh_from_db()
        if offer.state in OFFER_MOVES[form.action].targets - OFFER_MOVES[form.action].sources:
            return stands(offer)
        raise Refused("answered", stands(offer)) from None
    offer.refresh_from_db()
    return form.done(offer)


def stands(offer: Offer) -> str:
    """Return the answer that ``offer`` has, or why it needs none any more."""
    if offer.state == OfferState.REFUSED:
        return "Cette demande a déjà une réponse : votre établissement a refusé."
    if offer.state == OfferState.UNANSWERED:
        return f"Cette demande est restée sans réponse : la place n’est plus réservée depuis le {held_until(offer)}."
    if offer.agreed_by:
        return f"Cette demande a déjà une réponse : accord donné par {offer.agreed_by}, {offer.agreed_as}."
    return "Cette demande n’attend plus de réponse : le rectorat n’a plus besoin de cette place pour cet étudiant."


def held_until(offer: Offer) -> str:
    """Return until when its seat is held, on the clock of the programme's académie."""
    return before(offer.held_until, offer.vacancy.programme.academy.zone)
