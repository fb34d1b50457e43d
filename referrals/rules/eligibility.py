"""May she refer? Reasons, never a bare yes or no: the student is warned and decides, the caseworker decides with reasons. Pure.

The first rule set (2018) is served; each reason names its source.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rules look at.

    licence_on: day the licence was obtained; None while it is still expected.
    filing_ends_at: first instant that is too late to file, if one can be computed.
    """

    licence_on: date | None
    licence_expected_on: date | None
    refusals: int
    filing_ends_at: datetime | None
    at: datetime
    academic_year_starts_on: date


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One doubt: a code, the sentence for the student, the legal source, and what would cure it."""

    code: str
    sentence: str
    source: str
    cure: str


LAW = "Code de l’éducation, art. L. 612-6 et R. 612-36-3"
LICENCE_AGE_YEARS = 3


def doubts(facts: Facts) -> tuple[Reason, ...]:
    """Return every reason for which the referral might be inadmissible; none means nothing speaks against it."""
    found = []
    if facts.refusals == 0:
        found.append(
            Reason(
                code="no_refusal",
                sentence="Vous n’avez indiqué aucun refus d’admission en master.",
                source=LAW,
                cure="Ajoutez chaque refus reçu, même implicite : aucun justificatif n’est exigé.",
            )
        )
    if facts.licence_on is None and facts.licence_expected_on is None:
        found.append(
            Reason(
                code="no_licence",
                sentence="Vous n’avez indiqué ni date d’obtention de la licence, ni date à laquelle vous l’attendez.",
                source=LAW,
                cure="Indiquez la date figurant sur votre relevé de notes ou celle du prochain jury.",
            )
        )
    oldest = facts.academic_year_starts_on.replace(year=facts.academic_year_starts_on.year - LICENCE_AGE_YEARS)
    if facts.licence_on and facts.licence_on < oldest:
        found.append(
            Reason(
                code="licence_too_old",
                sentence="Votre licence a été obtenue il y a plus de trois années universitaires.",
                source=LAW,
                cure="Expliquez votre situation dans le projet : le rectorat décide.",
            )
        )
    if facts.filing_ends_at and facts.at >= facts.filing_ends_at:
        found.append(
            Reason(
                code="late",
                sentence="Le délai pour déposer la saisine est passé.",
                source=LAW,
                cure="Vous pouvez encore déposer : dites pourquoi vous n’avez pas pu le faire plus tôt, le rectorat décide.",
            )
        )
    return tuple(found)
