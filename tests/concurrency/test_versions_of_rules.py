"""Two administrators establish rules at the same instant: two versions, or one and a refusal, never one written over the other."""

from functools import partial

import pytest

from referrals import procedure
from referrals.models import CampaignRules
from referrals.procedure import Refused
from tests import factories
from tests.concurrency.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def establishing(campaign, rule_set):
    said = {"overrides": {}, "grounds": {}, "by_name": "Nadia Nationale", "at": factories.instant("2026-06-01 09:00")}
    return partial(procedure.establish_rules, campaign=campaign, rule_set=rule_set, **said)


def test_two_changes_at_once_are_two_versions():
    campaign = factories.CampaignFactory()
    at_once(establishing(campaign, "2021"), establishing(campaign, "2023"))
    assert [rules.version for rules in CampaignRules.objects.order_by("version")] == [1, 2]
    assert {rules.rule_set for rules in CampaignRules.objects.all()} == {"2021", "2023"}


def test_the_same_change_twice_at_once_is_one_version():
    campaign = factories.CampaignFactory()
    told = at_once(*[establishing(campaign, "2023")] * 4)
    assert sorted(type(answer).__name__ for answer in told) == ["CampaignRules", *[Refused.__name__] * 3]
    assert CampaignRules.objects.count() == 1
