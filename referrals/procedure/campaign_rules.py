"""The rules of a campaign: each change is a new version, and every value that departs from the rule set says on what ground."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vacancies.models import Campaign

from ..models import CampaignRules
from ..rules.rule_sets import ALLOWED, TABLE, TEXTS, stated, values_of
from ..wording_rules import RULES
from .moving import Refused, transacting

CONTENT = ("rule_set", "source", "grounds", *TABLE)
"""What makes one version differ from another."""


def establish_rules(
    *,
    campaign: Campaign,
    rule_set: str,
    overrides: Mapping[str, Any],
    grounds: Mapping[str, str],
    by_name: str,
    at: datetime,
    source: str = "",
) -> CampaignRules:
    """Write the campaign's next version: the values of ``rule_set`` but for ``overrides``, each on its ground.

    Referrals begun under an earlier version keep it. source: the text the version stands on; else that of the rule set.
    Raises Refused: see `next_rules`.
    """
    with transacting():
        Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        rules = next_rules(campaign=campaign, rule_set=rule_set, overrides=overrides, grounds=grounds, source=source)
        rules.by_name, rules.created_at = by_name, at
        rules.save(force_insert=True)
    return rules


def next_rules(
    *, campaign: Campaign, rule_set: str, overrides: Mapping[str, Any], grounds: Mapping[str, str], source: str = ""
) -> CampaignRules:
    """Return the version that would follow the campaign's newest, not saved.

    Raises Refused where a value departs from the rule set without a ground, a ground stands without a value, a value is out of
    range or is the rule set's own, or nothing differs from the newest version.
    """
    if strangers := (overrides.keys() | grounds.keys()) - TABLE.keys():
        raise ValueError(f"no rules of a campaign: {sorted(strangers)}")
    for name, value in overrides.items():
        _refuse_what_is_no_override(rule_set, name, value)
    given = {name: ground.strip() for name, ground in grounds.items() if ground.strip()}
    if lacking := overrides.keys() - given.keys():
        raise Refused("no_ground", f"Dites sur quel motif la campagne s’écarte des règles {rule_set} : {_labels(lacking)}.")
    if alone := given.keys() - overrides.keys():
        raise Refused("ground_alone", f"Un motif est donné, mais aucune valeur de cette campagne : {_labels(alone)}.")
    newest = CampaignRules.objects.filter(campaign=campaign).order_by("-version").first()
    rules = CampaignRules(
        campaign=campaign,
        version=newest.version + 1 if newest else 1,
        rule_set=rule_set,
        source=source.strip() or TEXTS[rule_set],
        grounds=given,
        **(values_of(rule_set) | dict(overrides)),
    )
    if newest and all(getattr(rules, name) == getattr(newest, name) for name in CONTENT):
        raise Refused("unchanged", f"Rien ne change par rapport à la version {newest.version}.")
    return rules


def _refuse_what_is_no_override(rule_set: str, name: str, value: Any) -> None:
    if value not in ALLOWED[name]:
        raise Refused("out_of_range", f"Cette valeur n’est pas possible : {_labels({name})}.")
    if value == stated(rule_set, name).value:
        raise Refused("no_override", f"Cette valeur est déjà celle des règles {rule_set} : {_labels({name})}.")


def _labels(names: set[str]) -> str:
    """Return « délai pour déposer la saisine », « délais francs », in the order of the table."""
    return ", ".join(f"« {RULES[name].label} »" for name in TABLE if name in names)
