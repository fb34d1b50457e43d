"""The three rule sets, value by value: the table below is typed by hand from the procedure's reference, not from the code."""

import pytest

from referrals.models import CampaignRules
from referrals.rules.rule_sets import (
    ALLOWED,
    RULE_SETS,
    TABLE,
    TEXTS,
    AnswerClock,
    Compatibility,
    Silence,
    WaitingList,
    stated,
    values_of,
)
from referrals.wording_rules import RULES, in_sections, line_of

LAST_DUE, EACH_OFFER = AnswerClock
ACCEPTED, REFUSED = Silence
COUNTS, BLOCKS = WaitingList
CONDITION, INDICATION = Compatibility

REFERENCE = [
    # value                     2018        2021       2023
    ("filing_days", 15, 15, 15),
    ("answer_days", 15, 15, 8),
    ("answer_clock", LAST_DUE, LAST_DUE, EACH_OFFER),
    ("franc", True, True, True),
    ("offers_required", 3, 3, 3),
    ("min_applications", 1, 5, 5),
    ("min_refusals", 0, 0, 5),
    ("min_mentions", 1, 2, 2),
    ("min_institutions", 1, 2, 2),
    ("min_applications_single", 1, 2, 2),
    ("compatibility", INDICATION, CONDITION, INDICATION),
    ("silence", ACCEPTED, REFUSED, REFUSED),
    ("silence_months", 2, 4, 4),
    ("waiting_list", COUNTS, COUNTS, BLOCKS),
    ("licence_years", None, 3, 3),
    ("nationwide", False, False, True),
    ("commission", False, True, True),
    ("health_days", 8, 8, 8),
    ("consultation_working_days", 5, 5, 5),
    ("enrolment_days", 30, 30, 30),
    ("examination_days", 15, 15, 15),
    ("search_days", 30, 30, 30),
    ("score_floor", 25, 25, 25),
    ("max_per_institution", 2, 2, 2),
    ("refused_again", False, False, False),
]

READINGS = [
    # What the texts leave open: value, rule set, the readings known, the one that favours the student, and why it does.
    ("answer_days", "2021", {8, 15}, 15, "more time to answer"),
    ("answer_clock", "2021", {LAST_DUE, EACH_OFFER}, LAST_DUE, "the limit starts later, for all offers together"),
    ("franc", "2018", {True, False}, True, "every limit ends a day later"),
    ("franc", "2021", {True, False}, True, "every limit ends a day later"),
    ("franc", "2023", {True, False}, True, "every limit ends a day later"),
    ("min_applications", "2018", {1, 2}, 1, "fewer applications are asked for"),
    ("min_applications_single", "2018", {1, 2}, 1, "fewer applications are asked for"),
    ("compatibility", "2021", {CONDITION}, CONDITION, "asked of five applications, not of all: no value says « all »"),
    ("silence", "2021", {ACCEPTED, REFUSED}, REFUSED, "an application nobody answered does not close the referral"),
    ("silence_months", "2021", {2, 4}, 4, "the refusal, and the filing limit that it may start, come later"),
    ("waiting_list", "2018", {COUNTS, BLOCKS}, COUNTS, "a waiting list does not close the referral"),
    ("licence_years", "2018", {3, None}, None, "no licence is too old"),
]


def test_the_reference_names_every_value_once():
    assert [name for name, *_ in REFERENCE] == list(TABLE)


@pytest.mark.parametrize(("name", "of_2018", "of_2021", "of_2023"), REFERENCE)
def test_each_value_is_the_one_of_the_reference(name, of_2018, of_2021, of_2023):
    assert [stated(rule_set, name).value for rule_set in RULE_SETS] == [of_2018, of_2021, of_2023]


@pytest.mark.parametrize("rule_set", RULE_SETS)
@pytest.mark.parametrize("name", TABLE)
def test_each_value_knows_its_source_and_is_one_that_a_campaign_may_have(name, rule_set):
    assert stated(rule_set, name).source.strip() != ""
    assert stated(rule_set, name).value in ALLOWED[name]


def test_the_texts_are_cited_with_the_date_they_were_signed():
    assert TEXTS == {
        "2018": "Onisep, 27 juin 2018 ; arrêté du 17 mai 2018",
        "2021": "Décret n° 2021-629 du 19 mai 2021, en vigueur le 22 mai 2021",
        "2023": "Décret n° 2023-179 du 15 mars 2023, en vigueur le 17 mars 2023",
    }


FLAGGED = {("min_refusals", "2023")}
"""Two official texts differ: the stricter one is stated, so that she is warned, and the warning says that the point is open."""


def test_what_the_texts_leave_open_is_marked_and_nothing_else():
    unsettled = {(name, rule_set) for name in TABLE for rule_set in RULE_SETS if not stated(rule_set, name).settled}
    assert unsettled == {(name, rule_set) for name, rule_set, *_ in READINGS} | FLAGGED


@pytest.mark.parametrize(("name", "rule_set", "readings", "favourable", "why"), READINGS)
def test_what_the_texts_leave_open_stands_in_the_students_favour(name, rule_set, readings, favourable, why):
    assert stated(rule_set, name).value == favourable, why
    assert readings <= set(ALLOWED[name])  # a campaign may take the other reading, on a ground


def test_the_table_names_the_columns_of_a_campaigns_rules():
    about_the_version = {"id", "campaign", "version", "rule_set", "source", "grounds", "by_name", "created_at"}
    columns = {field.name for field in CampaignRules._meta.concrete_fields}
    assert set(TABLE) == set(ALLOWED) == set(RULES) == columns - about_the_version


def test_a_version_begun_with_nothing_said_is_the_rule_set_of_2018():
    untold = CampaignRules()
    assert {name: getattr(untold, name) for name in TABLE} == values_of("2018")
    assert (untold.rule_set, untold.departures) == ("2018", [])


def test_an_unknown_rule_set_or_value_is_an_error():
    with pytest.raises(ValueError):
        stated("2017", "filing_days")
    with pytest.raises(KeyError):
        stated("2018", "filing_hours")


SAID = [
    ("filing_days", 15, "15 jours"),
    ("filing_days", 1, "1 jour"),
    ("answer_clock", "last_due", "la dernière des propositions dues, pour toutes"),
    ("answer_clock", "each_offer", "chaque proposition, pour elle seule"),
    ("franc", True, "oui : ni le jour de départ ni le dernier ne comptent"),
    ("franc", False, "non : seul le jour de départ ne compte pas"),
    ("offers_required", 3, "3 au moins"),
    ("min_applications", 5, "5 au moins"),
    ("min_refusals", 0, "aucun nombre exigé, si aucune réponse n’est positive"),
    ("min_mentions", 1, "aucune condition"),
    ("min_mentions", 2, "2 au moins"),
    ("compatibility", "condition", "une condition"),
    ("silence", "refused", "refus"),
    ("silence_months", 4, "4 mois"),
    ("waiting_list", "blocks", "empêche la saisine"),
    ("licence_years", None, "aucune condition"),
    ("licence_years", 3, "3 années universitaires au plus"),
    ("commission", True, "oui"),
    ("nationwide", False, "non"),
]


@pytest.mark.parametrize(("name", "value", "words"), SAID)
def test_each_value_is_said_in_plain_french(name, value, words):
    assert RULES[name].say(value) == words


def test_every_value_a_campaign_may_have_can_be_said():
    said = {RULES[name].say(value) for name, allowed in ALLOWED.items() for value in allowed}
    assert {words for words in said if not words.strip() or "_" in words} == set()


def test_a_departure_shows_its_ground_and_what_is_usual():
    rules = CampaignRules(rule_set="2018", filing_days=20, grounds={"filing_days": "Arrêté d’exemple"}, source="Un texte")
    line = line_of(rules, "filing_days")
    assert (line.value, line.source, line.settled, line.usual) == ("20 jours", "Arrêté d’exemple", True, "15 jours")
    other = line_of(rules, "franc")
    assert (other.settled, other.usual) == (False, "")


def test_the_screens_show_every_rule_once():
    shown = [line.name for _, lines in in_sections(CampaignRules()) for line in lines]
    assert sorted(shown) == sorted(TABLE)
