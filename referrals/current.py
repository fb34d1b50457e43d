"""Which campaign a visitor means today, and its rules."""

from datetime import date

from django.db.models import QuerySet

from .models import CampaignRules


def current_rules(*, on: date) -> CampaignRules | None:
    """Return the newest rules of the last campaign opened by ``on``, else of the first to come; None where there is none."""
    rules = _by_opening()
    return rules.filter(campaign__opens_on__lte=on).last() or _newest_of_first(rules)


def next_rules(*, on: date) -> CampaignRules | None:
    """Return the newest rules of the first campaign that opens after ``on`` and after the current one; None where there is none."""
    current = current_rules(on=on)
    if current is None:
        return None
    return _newest_of_first(_by_opening().filter(campaign__opens_on__gt=max(on, current.campaign.opens_on)))


def _by_opening() -> QuerySet[CampaignRules]:
    return CampaignRules.objects.select_related("campaign").order_by("campaign__opens_on", "version")


def _newest_of_first(rules: QuerySet[CampaignRules]) -> CampaignRules | None:
    first = rules.first()
    return rules.filter(campaign=first.campaign).last() if first else None
