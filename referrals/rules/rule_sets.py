"""The rules of a campaign, as data: three rule sets, each value with its legal source. Pure.

A campaign picks a rule set and may override single values, each on a stated ground (`referrals.models.CampaignRules`).
What the texts do not settle is marked so, and stands in the student's favour.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class AnswerClock(StrEnum):
    """What starts the student's clock for her answer."""

    LAST_DUE = "last_due"
    EACH_OFFER = "each_offer"


class Silence(StrEnum):
    """What a university's silence on an application means."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class WaitingList(StrEnum):
    """What a place on a waiting list means for the referral."""

    COUNTS = "counts"
    BLOCKS = "blocks"


class Compatibility(StrEnum):
    """Whether masters applied for must be compatible with the licence: as many as must be applied for, or none."""

    CONDITION = "condition"
    INDICATION = "indication"


class Rules(Protocol):
    """The values that the other rules ask of a campaign's rules. days, months and years are those of the calendar.

    licence_years: how many academic years a licence may be old; None asks nothing. commission: whether a regional
    commission takes what is left in September. health_days: the student's answer on the ground of health or disability.
    """

    filing_days: int
    answer_days: int
    answer_clock: str
    franc: bool
    offers_required: int
    min_applications: int
    min_refusals: int
    min_mentions: int
    min_institutions: int
    min_applications_single: int
    compatibility: str
    silence: str
    silence_months: int
    waiting_list: str
    licence_years: int | None
    nationwide: bool
    commission: bool
    health_days: int


class Stated(NamedTuple):
    """A value, where it stands, and whether the texts settle it.

    Where they are silent the value favours the student; where two differ, the warning that rests on it says so.
    """

    value: Any
    source: str
    settled: bool = True


LAW = "Code de l’éducation, art. L. 612-6 et R. 612-36-3"
NOTE_2018 = "Note de l’Onisep du 27 juin 2018"
DECREE_2021 = "Code de l’éducation, art. R. 612-36-3 (décret n° 2021-629 du 19 mai 2021)"
DECREE_2023 = "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023)"
OFFICIAL_PAGE = "Page officielle de la procédure, depuis 2021"
REPORTED = "pratique rapportée par la presse et les associations, sans texte connu"
PRACTICE = "« ses demandes d’admission », sans nombre dans les textes ; l’usage publié depuis 2019 en demande deux"
UNSETTLED = "aucun texte connu ne le dit"
FAVOUR_15 = "8 jours sont rapportés, sans texte connu"
NO_POSITIVE_ANSWER = "« aucune réponse positive », sans nombre de refus"
FLAGGED_REFUSALS = f"{DECREE_2023} : cinq refus ; la foire aux questions officielle compte encore les candidatures"
FAVOUR_SOME = f"{DECREE_2021} : exigée de toutes les candidatures ; la page officielle ne l’exige que de cinq"
HEALTH = "Code de l’éducation, art. D. 612-36-3-1"
NOTHING = "aucune condition dans les textes"
ORGANISATION = "organisation de la campagne : aucun texte ne fixe cette valeur"
LAST_OFFERS = f"{NOTE_2018} : au plus tard en octobre de la nouvelle année universitaire"
"""On what the last day for offers, a date of the campaign itself, stands."""

RULE_SETS = ("2018", "2021", "2023")
LATEST = RULE_SETS[-1]
TEXTS = {
    "2018": "Onisep, 27 juin 2018 ; arrêté du 17 mai 2018",
    "2021": "Décret n° 2021-629 du 19 mai 2021, en vigueur le 22 mai 2021",
    "2023": "Décret n° 2023-179 du 15 mars 2023, en vigueur le 17 mars 2023",
}
"""The source of each rule set as a whole."""

TABLE: dict[str, tuple[Stated, Stated, Stated]] = {
    # value: under 2018, 2021, 2023
    "filing_days": (Stated(15, NOTE_2018), Stated(15, DECREE_2021), Stated(15, DECREE_2023)),
    "answer_days": (
        Stated(15, NOTE_2018),
        Stated(15, FAVOUR_15, False),
        Stated(8, f"8 jours pour chaque proposition : {REPORTED}"),
    ),
    "answer_clock": (
        Stated(AnswerClock.LAST_DUE, f"À partir de la troisième proposition : {REPORTED}"),
        Stated(AnswerClock.LAST_DUE, UNSETTLED, False),
        Stated(AnswerClock.EACH_OFFER, f"8 jours pour chaque proposition : {REPORTED}"),
    ),
    "franc": (Stated(True, UNSETTLED, False), Stated(True, UNSETTLED, False), Stated(True, UNSETTLED, False)),
    "offers_required": (Stated(3, NOTE_2018), Stated(3, DECREE_2021), Stated(3, DECREE_2023)),
    "min_applications": (
        Stated(1, PRACTICE, False),
        Stated(5, DECREE_2021),
        Stated(5, f"{DECREE_2023} : cinq refus, donc cinq candidatures"),
    ),
    "min_refusals": (
        Stated(0, f"{NOTE_2018} : {NO_POSITIVE_ANSWER}"),
        Stated(0, f"{DECREE_2021} : {NO_POSITIVE_ANSWER}"),
        Stated(5, FLAGGED_REFUSALS, False),
    ),
    "min_mentions": (Stated(1, NOTHING), Stated(2, DECREE_2021), Stated(2, DECREE_2023)),
    "min_institutions": (Stated(1, NOTHING), Stated(2, DECREE_2021), Stated(2, DECREE_2023)),
    "min_applications_single": (Stated(1, PRACTICE, False), Stated(2, OFFICIAL_PAGE), Stated(2, OFFICIAL_PAGE)),
    "compatibility": (
        Stated(Compatibility.INDICATION, NOTHING),
        Stated(Compatibility.CONDITION, FAVOUR_SOME, False),
        Stated(Compatibility.INDICATION, DECREE_2023),
    ),
    "silence": (
        Stated(Silence.ACCEPTED, "CRPA, art. L. 231-1"),
        Stated(Silence.REFUSED, UNSETTLED, False),
        Stated(Silence.REFUSED, f"{DECREE_2023} : à la fin de la phase d’admission"),
    ),
    "silence_months": (
        Stated(2, "CRPA, art. L. 231-1"),
        Stated(4, UNSETTLED, False),
        Stated(4, f"{DECREE_2023} : hors de la plateforme nationale"),
    ),
    "waiting_list": (
        Stated(WaitingList.COUNTS, "aucune règle dans les textes, et ce n’est pas une réponse positive", False),
        Stated(WaitingList.COUNTS, OFFICIAL_PAGE),
        Stated(WaitingList.BLOCKS, f"{DECREE_2023} ; la recherche d’un contrat d’apprentissage ne l’empêche pas"),
    ),
    "licence_years": (Stated(None, UNSETTLED, False), Stated(3, OFFICIAL_PAGE), Stated(3, OFFICIAL_PAGE)),
    "nationwide": (
        Stated(False, f"{NOTE_2018} : les places vacantes de la région académique"),
        Stated(False, f"{LAW} : les places vacantes de la région académique"),
        Stated(True, "Page officielle de la procédure, depuis 2023"),
    ),
    "commission": (Stated(False, NOTHING), Stated(True, DECREE_2021), Stated(True, DECREE_2023)),
    "health_days": (Stated(8, f"{HEALTH} (étendu au master en 2021)"), Stated(8, HEALTH), Stated(8, HEALTH)),
    "consultation_working_days": (Stated(5, ORGANISATION), Stated(5, ORGANISATION), Stated(5, ORGANISATION)),
    "enrolment_days": (Stated(30, ORGANISATION), Stated(30, ORGANISATION), Stated(30, ORGANISATION)),
    "examination_days": (Stated(15, ORGANISATION), Stated(15, ORGANISATION), Stated(15, ORGANISATION)),
    "search_days": (Stated(30, ORGANISATION), Stated(30, ORGANISATION), Stated(30, ORGANISATION)),
    "score_floor": (Stated(25, ORGANISATION), Stated(25, ORGANISATION), Stated(25, ORGANISATION)),
    "max_per_institution": (Stated(2, ORGANISATION), Stated(2, ORGANISATION), Stated(2, ORGANISATION)),
    "refused_again": (Stated(False, ORGANISATION), Stated(False, ORGANISATION), Stated(False, ORGANISATION)),
}
"""Each value under each rule set."""

DAYS, COUNT, FLAG = range(1, 366), range(31), (False, True)
ALLOWED: dict[str, Collection[Any]] = {
    "filing_days": DAYS,
    "answer_days": DAYS,
    "answer_clock": tuple(AnswerClock),
    "franc": FLAG,
    "offers_required": range(1, 11),
    "min_applications": COUNT,
    "min_refusals": COUNT,
    "min_mentions": COUNT,
    "min_institutions": COUNT,
    "min_applications_single": COUNT,
    "compatibility": tuple(Compatibility),
    "silence": tuple(Silence),
    "silence_months": range(1, 13),
    "waiting_list": tuple(WaitingList),
    "licence_years": (None, *range(1, 11)),
    "nationwide": FLAG,
    "commission": FLAG,
    "health_days": DAYS,
    "consultation_working_days": range(1, 61),
    "enrolment_days": DAYS,
    "examination_days": DAYS,
    "search_days": DAYS,
    "score_floor": range(101),
    "max_per_institution": range(1, 11),
    "refused_again": FLAG,
}
"""What a campaign may put in the place of each value."""


def stated(rule_set: str, name: str) -> Stated:
    """Return the value that ``rule_set`` gives to ``name``, with its source.

    Raises KeyError for a name, ValueError for a rule set, that does not exist.
    """
    return TABLE[name][RULE_SETS.index(rule_set)]


def values_of(rule_set: str) -> dict[str, Any]:
    """Return every value of ``rule_set``, by name."""
    return {name: stated(rule_set, name).value for name in TABLE}
