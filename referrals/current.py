"""Which campaign a visitor means today, and its rules."""

from datetime import date

from .models import CampaignRules


def current_rules(*, on: date) -> CampaignRules | None:
    """Return the newest rules of the last campaign opened by ``on``, else of the first to come; None where there is none."""
    rules = CampaignRules.objects.select_related("campaign").order_by("campaign__opens_on", "version")
    return rules.filter(campaign__opens_on__lte=on).last() or _newest_of_first(rules)


def _newest_of_first(rules) -> CampaignRules | None:
    first = rules.first()
    return rules.filter(campaign=first.campaign).last() if first else None
