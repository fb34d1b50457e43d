"""Why a seat suits a student, and what stands in its way, in the words of the office and of the student."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .rules.matching.explanation import Cause, Leftover
from .rules.suitability import FIT, DeclineCause, Obstacle, Part

PARTS: dict[Part, str] = {
    Part.MENTION: "mention souhaitée",
    Part.LICENCE: "licence",
    Part.ACADEMY: "académie souhaitée",
    Part.DISTANCE: "distance",
    Part.MODALITY: "modalité",
    Part.KEYWORDS: "mots du projet",
}

OBSTACLES: dict[Obstacle, str] = {
    Obstacle.OUTSIDE_PERIMETER: "Elle n’est pas dans la région académique.",
    Obstacle.ON_ITS_WAY: "Une place de ce parcours est déjà en cours de proposition à cet étudiant.",
    Obstacle.PROPOSED: "Ce parcours lui a déjà été proposé dans cette saisine.",
    Obstacle.REFUSED: "Cette formation a déjà refusé cet étudiant.",
    Obstacle.SAID_NO: "L’établissement, consulté, a déjà refusé.",
    Obstacle.SILENT: "L’établissement, consulté, n’a pas répondu.",
    Obstacle.OUTSIDE_TABLE: "La table de compatibilité de la campagne n’a pas cette mention pour sa licence.",
    Obstacle.NO_CONTRACT: "Place en apprentissage, et l’étudiant n’a pas indiqué de contrat.",
    Obstacle.TOO_FAR: "Elle est plus loin que la distance acceptée par l’étudiant.",
    Obstacle.DECLINED_FOR: "Elle tombe sous un motif pour lequel il a déjà refusé une proposition.",
    Obstacle.BELOW_FLOOR: "Elle convient moins que le minimum fixé pour la campagne.",
}
"""Why no machine proposes it, as a sentence for the office."""

CAUSES: dict[Cause, str] = {
    Cause.NO_POSSIBLE_SEAT: "aucune place ne lui convient",
    Cause.TOO_FEW_POSSIBLE: "moins de places lui conviennent qu’il ne lui en faut, et elles lui sont proposées",
    Cause.INSTITUTION_BOUND: "il ne reste de place que là où elle a déjà le nombre de propositions permis",
    Cause.GIVEN_TO_OTHERS: "les places qui lui conviennent vont à d’autres, ou elles manqueraient à davantage d’étudiants",
}
"""Why a student gets fewer offers than she needs."""

LEFTOVERS: dict[Leftover, str] = {
    Leftover.NOBODY_POSSIBLE: "ne convient à aucun étudiant en attente",
    Leftover.INSTITUTION_BOUND: "ceux à qui elle conviendrait ont déjà le nombre de propositions permis dans l’établissement",
    Leftover.PROGRAMME_HELD: "ceux à qui elle conviendrait ont déjà ce parcours, dans une autre modalité",
    Leftover.EVERYBODY_SERVED: "tous ceux à qui elle convient ont toutes leurs propositions",
}
"""Why seats are left over."""

DECLINE_CAUSES: dict[DeclineCause, str] = {
    DeclineCause.DISTANCE: _("c’est trop loin"),
    DeclineCause.MENTION: _("cette mention ne correspond pas à mon projet"),
    DeclineCause.INSTITUTION: _("je ne souhaite pas étudier dans cet établissement"),
    DeclineCause.MODALITY: _("cette modalité ne me convient pas (apprentissage, formation continue)"),
    DeclineCause.OTHER: _("une autre raison"),
}


def reasons_to_student(suits: Mapping[str, Any]) -> list[str]:
    """Return why the offer was made to her, of what `Offer.suits` says, in sentences that speak to her; nothing against it.

    ``suits``: ``parts`` (part → thousandths), ``km`` (whole kilometres or None), ``rank`` (of the wish, from 1, or None),
    ``origin`` (whether it is at the institution of her licence).
    """
    if not suits:
        return []
    said = []
    if rank := suits["rank"]:
        first = gettext("C’est la mention que vous souhaitez en premier.")
        said.append(first if rank == 1 else gettext("C’est votre vœu de mention n° %(rank)s.") % {"rank": rank})
    if fit := FITS.get(suits["parts"][Part.LICENCE]):
        said.append(str(fit))
    if suits["origin"]:
        said.append(gettext("Elle est dans l’établissement où vous avez obtenu votre licence."))
    elif suits["parts"][Part.ACADEMY] == 1000:
        said.append(gettext("Elle est dans une académie que vous souhaitez."))
    if suits["parts"][Part.KEYWORDS]:
        said.append(gettext("Son intitulé reprend des mots de votre projet."))
    return said


FITS = {
    round(FIT.recommended * 1000): _("La formation conseille votre licence."),
    round(FIT.any_licence * 1000): _("La formation est ouverte à toutes les licences."),
    round(FIT.compatible * 1000): _("La table de la campagne la dit compatible avec votre licence."),
}
