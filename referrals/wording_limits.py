"""What each limit is called where the student reads it, what comes after it, and which rule of the campaign gives its length."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class LimitWording(NamedTuple):
    """after: what its end means while it runs; over: once it has ended. rule: of `CampaignRules.stated`, where one says it."""

    label: Promise
    after: Promise
    over: Promise
    rule: str = ""


LIMITS: dict[str, LimitWording] = {
    "filing": LimitWording(
        _("Dépôt de la saisine"),
        _("Après ce moment, vous pouvez encore déposer, en disant pourquoi c’est tard : le rectorat décide."),
        _("Vous pouvez encore déposer, en disant pourquoi c’est tard : le rectorat décide."),
        "filing_days",
    ),
    "supply": LimitWording(
        _("Envoi des documents demandés"),
        _(
            "Sans envoi de votre part à ce moment-là, le rectorat examine la saisine telle qu’elle est. "
            "Rien n’est décidé contre vous pour cette seule raison."
        ),
        _(
            "Le rectorat examine la saisine telle qu’elle est. Rien n’est décidé contre vous pour cette seule raison, "
            "et vous pouvez encore ajouter un document."
        ),
    ),
    "answer": LimitWording(
        _("Réponse aux propositions"),
        _("Sans réponse de votre part à ce moment-là, la proposition tombe et la place est rendue : votre silence vaut refus."),
        _("Sans réponse de votre part, la proposition tombe et la place est rendue. Un empêchement ? Écrivez vite au rectorat."),
        "answer_days",
    ),
}
"""By `LimitKind`."""
