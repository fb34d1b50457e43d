"""What the rules and the limits rest on: kept in French, and put into its reader's language when it is shown.

The rules state their sources themselves, and a limit keeps the rule and the closed days it was computed with: here they are only
marked for the catalogues. A test compares.
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from .rules.eligibility import Reason

SOURCES = (
    _("Note de l’Onisep du 27 juin 2018"),
    _("Code de l’éducation, art. R. 612-36-3 (décret n° 2021-629 du 19 mai 2021)"),
    _("Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023)"),
    _("8 jours sont rapportés, sans texte connu"),
    _("8 jours pour chaque proposition : pratique rapportée par la presse et les associations, sans texte connu"),
    _("À partir de la troisième proposition : pratique rapportée par la presse et les associations, sans texte connu"),
    _("aucun texte connu ne le dit"),
    _("« ses demandes d’admission », sans nombre dans les textes ; l’usage publié depuis 2019 en demande deux"),
    _("Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : cinq refus, donc cinq candidatures"),
    _("Note de l’Onisep du 27 juin 2018 : « aucune réponse positive », sans nombre de refus"),
    _(
        "Code de l’éducation, art. R. 612-36-3 (décret n° 2021-629 du 19 mai 2021) : « aucune réponse positive », "
        "sans nombre de refus"
    ),
    _(
        "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : cinq refus ; la foire aux "
        "questions officielle compte encore les candidatures"
    ),
    _("aucune condition dans les textes"),
    _("Page officielle de la procédure, depuis 2021"),
    _(
        "Code de l’éducation, art. R. 612-36-3 (décret n° 2021-629 du 19 mai 2021) : exigée de toutes les "
        "candidatures ; la page officielle ne l’exige que de cinq"
    ),
    _("CRPA, art. L. 231-1"),
    _("Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : à la fin de la phase d’admission"),
    _("Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : hors de la plateforme nationale"),
    _("aucune règle dans les textes, et ce n’est pas une réponse positive"),
    _(
        "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) ; la recherche d’un contrat "
        "d’apprentissage ne l’empêche pas"
    ),
    _("Note de l’Onisep du 27 juin 2018 : les places vacantes de la région académique"),
    _("Code de l’éducation, art. L. 612-6 et R. 612-36-3 : les places vacantes de la région académique"),
    _("Page officielle de la procédure, depuis 2023"),
    _("Code de l’éducation, art. D. 612-36-3-1 (étendu au master en 2021)"),
    _("Code de l’éducation, art. D. 612-36-3-1"),
    _("organisation de la campagne : aucun texte ne fixe cette valeur"),
    _("Onisep, 27 juin 2018 ; arrêté du 17 mai 2018"),
    _("Décret n° 2021-629 du 19 mai 2021, en vigueur le 22 mai 2021"),
    _("Décret n° 2023-179 du 15 mars 2023, en vigueur le 17 mars 2023"),
    _("Note de l’Onisep du 27 juin 2018 : au plus tard en octobre de la nouvelle année universitaire"),
    _("Code de l’éducation, art. L. 612-6 et R. 612-36-3"),
    _("Code de l’éducation, art. L. 612-6 et R. 612-36-3 ; foire aux questions du ministère, 2023"),
    _("Code de l’éducation, art. L. 612-6 et R. 612-36-3 ; CRPA, art. L. 114-2"),
)
"""Of each value of the rule sets, of the sets themselves, and of the reasons that no rule set varies."""

CLOSED_DAYS = (
    _("jour de l’An"),
    _("fête du Travail"),
    _("victoire de 1945"),
    _("fête nationale"),
    _("Assomption"),
    _("Toussaint"),
    _("armistice de 1918"),
    _("Noël"),
    _("lundi de Pâques"),
    _("Ascension"),
    _("lundi de Pentecôte"),
    _("saint Étienne (droit local)"),
    _("abolition de l’esclavage"),
    _("fête de la citoyenneté"),
    _("arrivée de l’Évangile"),
    _("fête de l’autonomie"),
    _("Matari’i i ni’a"),
    _("Vendredi saint"),
    _("Vendredi saint (droit local)"),
    _("samedi"),
    _("dimanche"),
)
"""Why a limit does not end on a day (`referrals.rules.calendars`)."""


def sources_of(reason: Reason) -> str:
    """Return what a reason rests on."""
    return " ; ".join(gettext(source) for source in reason.sources)
