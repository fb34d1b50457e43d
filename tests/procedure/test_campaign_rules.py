"""The rules of a campaign: numbered versions that never change, each value from the rule set or on a ground of its own."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from referrals import procedure
from referrals.models import CampaignRules, Limit, LimitKind, Referral
from referrals.procedure import Refused
from referrals.procedure.campaign_rules import next_rules
from referrals.rules.rule_sets import RULE_SETS, TABLE, UNSETTLED, Stated, stated, values_of
from tests import factories
from tests.factories import instant
from tests.story import Story

pytestmark = pytest.mark.django_db

AT = instant("2026-06-01 09:00")


@pytest.fixture
def campaign(db):
    return factories.CampaignFactory()


def establish(campaign, rule_set="2018", overrides=None, grounds=None, **more) -> CampaignRules:
    said = {"by_name": "Nadia Nationale", "at": AT} | more
    return procedure.establish_rules(campaign=campaign, rule_set=rule_set, overrides=overrides or {}, grounds=grounds or {}, **said)


def refused(*args, **kwargs) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        establish(*args, **kwargs)
    return caught.value.code, caught.value.sentence


@pytest.mark.parametrize("rule_set", RULE_SETS)
def test_without_overrides_every_value_is_the_rule_sets(campaign, rule_set):
    rules = CampaignRules.objects.get(pk=establish(campaign, rule_set).pk)
    assert {name: getattr(rules, name) for name in TABLE} == values_of(rule_set)
    assert {name: rules.stated(name) for name in TABLE} == {name: stated(rule_set, name) for name in TABLE}
    assert (rules.version, rules.rule_set, rules.grounds, rules.departures) == (1, rule_set, {}, [])


def test_a_version_says_who_established_it_when_and_on_what_text(campaign):
    by_default = establish(campaign, "2023")
    assert (by_default.by_name, by_default.created_at) == ("Nadia Nationale", AT)
    assert by_default.source == "Décret n° 2023-179 du 15 mars 2023, en vigueur le 17 mars 2023"
    assert establish(campaign, "2023", source="Arrêté d’exemple du 2 mai 2026").source == "Arrêté d’exemple du 2 mai 2026"


def test_a_value_is_overridden_on_a_ground_and_knows_it(campaign):
    rules = establish(
        campaign,
        "2018",
        {"franc": False, "licence_years": 3},
        {"franc": " Circulaire d’exemple ", "licence_years": "Usage d’exemple", "filing_days": "  "},
    )
    rules.refresh_from_db()
    assert rules.stated("franc") == Stated(False, "Circulaire d’exemple")
    assert rules.stated("licence_years") == Stated(3, "Usage d’exemple")
    assert rules.stated("answer_days") == stated("2018", "answer_days")
    assert rules.grounds == {"franc": "Circulaire d’exemple", "licence_years": "Usage d’exemple"}
    assert rules.departures == ["franc", "licence_years"]


def test_what_nothing_settles_says_so_until_the_campaign_gives_a_ground(campaign):
    assert establish(campaign, "2021").stated("franc") == Stated(True, UNSETTLED, False)


def test_an_overridden_value_without_a_ground_is_refused(campaign):
    given = {"filing_days": 20, "answer_days": 20, "franc": False}
    assert refused(campaign, "2018", given, {"franc": "Circulaire", "filing_days": " "}) == (
        "no_ground",
        "Dites sur quel motif la campagne s’écarte des règles 2018 : « délai pour déposer la saisine », « délai pour répondre aux "
        "propositions ».",
    )


def test_a_ground_without_a_value_is_refused(campaign):
    assert refused(campaign, "2018", {}, {"filing_days": "Arrêté d’exemple"}) == (
        "ground_alone",
        "Un motif est donné, mais aucune valeur de cette campagne : « délai pour déposer la saisine ».",
    )


def test_a_value_that_is_the_rule_sets_own_is_refused(campaign):
    assert refused(campaign, "2018", {"filing_days": 15}, {"filing_days": "Arrêté d’exemple"}) == (
        "no_override",
        "Cette valeur est déjà celle des règles 2018 : « délai pour déposer la saisine ».",
    )


OUT_OF_RANGE = [
    ("filing_days", 0),
    ("answer_days", 366),
    ("offers_required", 0),
    ("silence_months", 13),
    ("licence_years", 0),
    ("min_applications", -1),
    ("answer_clock", "never"),
    ("waiting_list", ""),
    ("franc", None),
]


@pytest.mark.parametrize(("name", "value"), OUT_OF_RANGE)
def test_a_value_out_of_range_is_refused(campaign, name, value):
    assert refused(campaign, "2018", {name: value}, {name: "Arrêté d’exemple"})[0] == "out_of_range"
    assert not CampaignRules.objects.exists()


@pytest.mark.parametrize("name", ["filing_hours", "version", "consultation"])
def test_what_is_no_rule_is_an_error(campaign, name):
    with pytest.raises(ValueError):
        establish(campaign, "2018", {name: 1}, {name: "Arrêté d’exemple"})


def test_where_nothing_changes_there_is_no_new_version(campaign):
    establish(campaign, "2018", {"franc": False}, {"franc": "Circulaire"})
    same = (campaign, "2018", {"franc": False}, {"franc": "Circulaire"})
    assert refused(*same) == ("unchanged", "Rien ne change par rapport à la version 1.")
    assert establish(campaign, "2018", {"franc": False}, {"franc": "Autre circulaire"}).version == 2
    assert establish(*same, source="Autre texte").version == 3
    assert establish(campaign, "2018").version == 4
    assert refused(campaign, "2018")[0] == "unchanged"
    assert establish(campaign, "2021").version == 5


def test_versions_are_numbered_by_campaign(campaign):
    other = factories.CampaignFactory(code="2027")
    numbered = [establish(campaign, "2018"), establish(other, "2023"), establish(campaign, "2021")]
    assert [rules.version for rules in numbered] == [1, 1, 2]


def test_a_preview_writes_nothing(campaign):
    establish(campaign)
    preview = next_rules(campaign=campaign, rule_set="2023", overrides={}, grounds={})
    assert (preview.version, preview.pk, CampaignRules.objects.count()) == (2, None, 1)


@pytest.mark.parametrize("statement", ["UPDATE referrals_campaignrules SET answer_days = 1", "DELETE FROM referrals_campaignrules"])
def test_the_database_itself_refuses_to_change_a_version(campaign, statement):
    rules = establish(campaign)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    rules.answer_days = 1
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        rules.save()
    rules.refresh_from_db()
    assert rules.answer_days == 15


def under(rule_set: str, code: str, overrides=None, grounds=None) -> Story:
    """Return a story told in a campaign of its own, under these rules. Every campaign opens on 15 June 2026."""
    campaign = factories.CampaignFactory(code=code, name=f"Campagne {code}")
    establish(campaign, rule_set, overrides, grounds)
    story = Story()
    story.campaign = campaign
    return story


def last_day(story: Story, kind: LimitKind, offer=None) -> date | None:
    limit = Limit.objects.filter(referral=story.id, kind=kind, offer=offer).last()
    return limit and limit.last_day


def test_two_campaigns_under_different_rules_run_side_by_side():
    """Filed the same day, offered seats the same days; every limit is franc, which no text settles, and so a day longer."""
    old = under("2018", "ancienne")
    new = under("2023", "nouvelle", {"filing_days": 20}, {"filing_days": "Arrêté d’exemple"})
    for story in (old, new):
        story.admissible()
    assert {story.referral.filed_at for story in (old, new)} == {instant("2026-06-20 10:00")}
    # The filing limit starts with the opening, on 15 June: 15 days, or the 20 of that campaign.
    assert [last_day(story, LimitKind.FILING) for story in (old, new)] == [date(2026, 7, 1), date(2026, 7, 6)]

    offers = {}
    for days in (16, 17, 18):  # 6, 7 and 8 July
        for story in (old, new):
            story.at = instant("2026-06-20 10:00") + timedelta(days=days)
            offers.setdefault(story, []).append(story.sent())
        if days == 16:
            assert last_day(old, LimitKind.ANSWER) is None  # two of the three due are still to come
            assert last_day(new, LimitKind.ANSWER, offers[new][0]) == date(2026, 7, 15)
    # 2018: one limit of 15 days for all, from the third. 2023: 8 days for each, from its own sending.
    assert last_day(old, LimitKind.ANSWER) == date(2026, 7, 24)
    assert [last_day(old, LimitKind.ANSWER, offer) for offer in offers[old]] == [None, None, None]
    assert last_day(new, LimitKind.ANSWER) is None
    assert [last_day(new, LimitKind.ANSWER, offer) for offer in offers[new]] == [
        date(2026, 7, 15),
        date(2026, 7, 16),
        date(2026, 7, 17),
    ]


def test_a_new_version_touches_no_case_that_is_filed():
    story = under("2018", "seule").filed()
    before = Referral.objects.values().get(pk=story.id), list(Limit.objects.values())
    establish(story.campaign, "2023", {"answer_days": 30}, {"answer_days": "Arrêté d’exemple"})
    assert (Referral.objects.values().get(pk=story.id), list(Limit.objects.values())) == before
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    story.at = instant("2026-07-06 10:00")
    for _ in range(3):
        story.sent()
    assert (story.referral.rules.version, last_day(story, LimitKind.ANSWER)) == (1, date(2026, 7, 22))


def test_who_begins_after_a_new_version_begins_under_it():
    story = under("2018", "seule").draft()
    establish(story.campaign, "2023")
    later = procedure.start_draft(student=factories.UserFactory(), campaign=story.campaign, at=story.at)
    assert [story.referral.rules.version, later.rules.version] == [1, 2]
