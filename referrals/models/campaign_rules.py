"""The rules in force in a campaign: versions that never change, each value with the source or the ground it stands on."""

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.utils import timezone

from vacancies.models import Campaign

from ..rules.rule_sets import RULE_SETS, TABLE, AnswerClock, Compatibility, Silence, Stated, WaitingList, stated
from ..wording_rules import ANSWER_CLOCKS, COMPATIBILITIES, RULES, SILENCES, WAITING_LISTS


def _choices(words: dict[StrEnum, str]) -> list[tuple[str, str]]:
    return [(str(code), label) for code, label in words.items()]


class CampaignRules(models.Model):
    """The rules in force in a campaign: an immutable version (a trigger sees to it); a change is a new one.

    It starts from a rule set of `referrals.rules.rule_sets`; a value that differs from it has its ground in ``grounds`` (name of
    the value → why). days, months and years are those of the calendar. `referrals.procedure.establish_rules` writes it; the
    defaults are the values of the first rule set.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="rules", verbose_name="campagne")
    version = models.PositiveSmallIntegerField("version")
    rule_set = models.CharField("règles de départ", max_length=10, choices=[(name, name) for name in RULE_SETS], default="2018")
    filing_days = models.PositiveSmallIntegerField(RULES["filing_days"].label, default=15)
    answer_days = models.PositiveSmallIntegerField(RULES["answer_days"].label, default=15)
    answer_clock = models.CharField(
        RULES["answer_clock"].label, max_length=20, choices=_choices(ANSWER_CLOCKS), default=AnswerClock.LAST_DUE
    )
    franc = models.BooleanField(RULES["franc"].label, default=True)
    offers_required = models.PositiveSmallIntegerField(RULES["offers_required"].label, default=3)
    min_applications = models.PositiveSmallIntegerField(RULES["min_applications"].label, default=1)
    min_refusals = models.PositiveSmallIntegerField(RULES["min_refusals"].label, default=0)
    min_mentions = models.PositiveSmallIntegerField(RULES["min_mentions"].label, default=1)
    min_institutions = models.PositiveSmallIntegerField(RULES["min_institutions"].label, default=1)
    min_applications_single = models.PositiveSmallIntegerField(RULES["min_applications_single"].label, default=1)
    compatibility = models.CharField(
        RULES["compatibility"].label, max_length=20, choices=_choices(COMPATIBILITIES), default=Compatibility.INDICATION
    )
    silence = models.CharField(RULES["silence"].label, max_length=20, choices=_choices(SILENCES), default=Silence.ACCEPTED)
    silence_months = models.PositiveSmallIntegerField(RULES["silence_months"].label, default=2)
    waiting_list = models.CharField(
        RULES["waiting_list"].label, max_length=20, choices=_choices(WAITING_LISTS), default=WaitingList.COUNTS
    )
    licence_years = models.PositiveSmallIntegerField(RULES["licence_years"].label, null=True, blank=True)
    nationwide = models.BooleanField(RULES["nationwide"].label, default=False)
    commission = models.BooleanField(RULES["commission"].label, default=False)
    health_days = models.PositiveSmallIntegerField(RULES["health_days"].label, default=8)
    consultation_working_days = models.PositiveSmallIntegerField(RULES["consultation_working_days"].label, default=5, db_default=5)
    enrolment_days = models.PositiveSmallIntegerField(RULES["enrolment_days"].label, default=30)
    examination_days = models.PositiveSmallIntegerField(RULES["examination_days"].label, default=15, db_default=15)
    search_days = models.PositiveSmallIntegerField(RULES["search_days"].label, default=30, db_default=30)
    score_floor = models.PositiveSmallIntegerField(RULES["score_floor"].label, default=25, db_default=25)
    max_per_institution = models.PositiveSmallIntegerField(RULES["max_per_institution"].label, default=2, db_default=2)
    refused_again = models.BooleanField(RULES["refused_again"].label, default=False, db_default=False)
    source = models.CharField("source", max_length=250)
    grounds = models.JSONField("motifs des valeurs modifiées", default=dict, blank=True)
    by_name = models.CharField("établies par", max_length=150, blank=True)
    created_at = models.DateTimeField("établies le", default=timezone.now)

    class Meta:
        verbose_name = "règles de campagne"
        verbose_name_plural = "règles de campagne"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "version"], name="campaign_rules_version"),
            models.CheckConstraint(
                condition=Q(filing_days__gte=1, answer_days__gte=1, health_days__gte=1, offers_required__gte=1),
                name="campaign_rules_leave_time",
                violation_error_message="Un délai compte au moins un jour, et une proposition au moins est due.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign}, version {self.version}"

    @property
    def departures(self) -> list[str]:
        """The names of the values in which the campaign departs from its rule set."""
        return [name for name in TABLE if getattr(self, name) != stated(self.rule_set, name).value]

    def stated(self, name: str) -> Stated:
        """Return the value of ``name`` with its source: the rule set's, or the ground on which the campaign departs from it."""
        value, by_the_set = getattr(self, name), stated(self.rule_set, name)
        if value == by_the_set.value:
            return by_the_set
        return Stated(value, self.grounds.get(name, self.source))
