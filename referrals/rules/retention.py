"""How long personal data are kept: one period for each category, from when it runs, as data. Pure: dates in, dates out.

The periods are this software's defaults. The controller confirms them in its register of processing, or changes them here.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from .states import FOLLOWED, State


class Category(Enum):
    """What is destroyed together. label: in the office's words."""

    DRAFT = "draft"
    HEALTH = "health"
    DOCUMENTS = "documents"
    CASE = "case"
    MAILS = "mails"
    ACCOUNT = "account"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Category.DRAFT: "brouillon non déposé",
    Category.HEALTH: "demande confidentielle et ses documents",
    Category.DOCUMENTS: "documents donnés par l’étudiant",
    Category.CASE: "dossier : identité, textes, courriers, échanges",
    Category.MAILS: "courriels hors d’un dossier",
    Category.ACCOUNT: "compte d’étudiant sans dossier",
}


@dataclass(frozen=True, kw_only=True)
class Period:
    """So many months and days after an event. since: that event, in words that follow « après »."""

    months: int = 0
    days: int = 0
    since: str

    def end(self, event: date) -> date:
        """Return the last day on which the data are kept; on the next they may be destroyed.

        >>> Period(months=6, since="…").end(date(2026, 10, 31))
        datetime.date(2027, 4, 30)
        """
        year, month = divmod(event.month - 1 + self.months, 12)
        year, month = event.year + year, month + 1
        return date(year, month, min(event.day, monthrange(year, month)[1])) + timedelta(days=self.days)

    def latest_event(self, today: date) -> date:
        """Return the latest event whose period is over on ``today``: data of it, and of every earlier one, are due."""
        event = date(today.year - 1 - self.months // 12, 1, 1)
        while self.end(event + timedelta(days=1)) < today:
            event += timedelta(days=1)
        return event

    @property
    def length(self) -> str:
        return f"{self.months} mois" if self.months else f"{self.days} jours"

    def __str__(self) -> str:
        return f"{self.length} après {self.since}"


END_OF_CAMPAIGN = "la fin de la campagne"
PERIODS = {
    Category.DRAFT: Period(days=30, since=END_OF_CAMPAIGN),
    Category.HEALTH: Period(months=6, since=END_OF_CAMPAIGN),
    Category.DOCUMENTS: Period(months=12, since=END_OF_CAMPAIGN),
    Category.CASE: Period(months=24, since=END_OF_CAMPAIGN),
    Category.MAILS: Period(months=12, since="leur envoi"),
    Category.ACCOUNT: Period(months=12, since="la dernière connexion"),
}
"""The end of a campaign is its last day for offers (`Campaign.search_until`)."""

OF_A_REFERRAL = (Category.DRAFT, Category.HEALTH, Category.DOCUMENTS, Category.CASE)
"""In the order in which they fall due."""

SETTLED = frozenset(State) - FOLLOWED - {State.DRAFT}
"""Of a file that somebody still has to do something about nothing is destroyed: the office settles it first."""
