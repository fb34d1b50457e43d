"""The points of the check of admissibility, as the office reads them: each says what should be true."""

POINTS: dict[str, str] = {
    "diploma": "Le diplôme est une licence, diplôme national",
    "no_licence": "La licence est obtenue, ou attendue à une date connue",
    "licence_too_old": "La licence n’est pas trop ancienne",
    "admitted": "Aucune candidature n’a reçu de réponse positive",
    "silence_accepts": "Aucun silence ne vaut acceptation",
    "not_yet_refused": "Les candidatures restées sans réponse comptent déjà comme refusées",
    "waiting_list": "Aucune liste d’attente n’empêche la saisine",
    "too_few_applications": "Les candidatures sont assez nombreuses",
    "too_few_refusals": "Les refus sont assez nombreux",
    "too_few_mentions": "Les candidatures portent sur assez de mentions",
    "too_few_institutions": "Les candidatures portent sur assez d’établissements",
    "too_few_compatible": "Assez de candidatures sont compatibles avec la licence",
    "not_open": "La plateforme était ouverte",
    "late": "La saisine est arrivée dans le délai",
    "another_live": "L’étudiant n’a pas d’autre saisine dans la campagne",
    "not_competent": "La licence a été obtenue dans la région académique",
}
"""Code of a reason of `referrals.rules.eligibility` → the point that it speaks against."""
