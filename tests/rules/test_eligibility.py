"""May she refer? One table for each criterion, at both of its edges, under each of the three rule sets.

She asks on 20 June 2024 at 10:00 in Lyon, for the academic year 2024-2025; each line says what differs from the plain case.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.models import Diploma
from referrals.rules import rule_sets
from referrals.rules.eligibility import (
    DIPLOMAS,
    UNSETTLED_SAYS,
    Facts,
    academic_year_start,
    last_implied_refusal,
    reasons,
    rules_asked,
)
from referrals.rules.rule_sets import DECREE_2021, DECREE_2023, LAW, Compatibility, Silence, Stated, WaitingList
from tests.factories import instant

PLAIN = Facts(
    at=instant("2024-06-20 10:00"),
    today=date(2024, 6, 20),
    diploma="national",
    licence_on=date(2024, 6, 12),
    licence_expected_on=None,
    applications=5,
    refusals=5,
    mentions=2,
    institutions=2,
    academic_year_starts_on=academic_year_start(2024),
    opens_on=date(2024, 6, 15),
    filing_ends_at=instant("2024-07-02 00:00"),
)
"""A national licence of this month, five refusals in two mentions and two institutions, five days after the opening."""

OK = ""


def codes(facts: Facts, rule_set: str) -> str:
    return " ".join(reason.code for reason in reasons(facts, partial(rule_sets.stated, rule_set)))


def check(changes: dict, *expected: str) -> None:
    """Compare the reasons under 2018, 2021 and 2023 with ``expected``."""
    facts = replace(PLAIN, **changes)
    assert tuple(codes(facts, rule_set) for rule_set in rule_sets.RULE_SETS) == expected


def test_the_plain_case_meets_every_rule_set():
    check({}, OK, OK, OK)


@pytest.mark.parametrize(
    ("diploma", "under_2018", "under_2021", "under_2023"),
    [
        ("national", OK, OK, OK),
        ("professional", "diploma", "diploma", "diploma"),
        ("foreign", "diploma", "diploma", "diploma"),
        ("other", "diploma", "diploma", "diploma"),
        ("", "diploma", "diploma", "diploma"),
    ],
)
def test_the_diploma_is_a_national_licence(diploma, under_2018, under_2021, under_2023):
    check({"diploma": diploma}, under_2018, under_2021, under_2023)


def test_every_diploma_a_student_may_name_is_decided():
    assert DIPLOMAS.keys() == {*Diploma.values, ""} - {Diploma.NATIONAL}


@pytest.mark.parametrize(
    ("obtained_on", "under_2018", "under_2021", "under_2023"),
    [
        # For 2024-2025 three years go back to 2021-2022, which began on 1 September 2021.
        (date(2024, 6, 12), OK, OK, OK),
        (date(2022, 7, 1), OK, OK, OK),
        (date(2021, 9, 1), OK, OK, OK),
        (date(2021, 8, 31), OK, "licence_too_old", "licence_too_old"),
        (date(2021, 7, 1), OK, "licence_too_old", "licence_too_old"),
        (date(2005, 7, 1), OK, "licence_too_old", "licence_too_old"),
    ],
)
def test_the_licence_is_of_the_last_three_academic_years(obtained_on, under_2018, under_2021, under_2023):
    check({"licence_on": obtained_on}, under_2018, under_2021, under_2023)


@pytest.mark.parametrize(
    ("year", "oldest"), [(2024, date(2021, 9, 1)), (2025, date(2022, 9, 1)), (2026, date(2023, 9, 1)), (2027, date(2024, 9, 1))]
)
def test_the_oldest_licence_moves_on_with_each_year(year, oldest):
    facts = replace(PLAIN, academic_year_starts_on=academic_year_start(year))
    assert codes(replace(facts, licence_on=oldest), "2023") == OK
    assert codes(replace(facts, licence_on=oldest - timedelta(days=1)), "2023") == "licence_too_old"


@pytest.mark.parametrize(
    ("obtained_on", "expected_on", "expected"),
    [
        (date(2024, 6, 12), None, OK),
        (None, date(2024, 7, 10), OK),  # still awaited: one may file without it
        (None, None, "no_licence"),
    ],
)
def test_a_licence_still_awaited_is_no_reason(obtained_on, expected_on, expected):
    check({"licence_on": obtained_on, "licence_expected_on": expected_on}, expected, expected, expected)


@pytest.mark.parametrize(("admitted", "expected"), [(False, OK), (True, "admitted")])
def test_one_positive_answer_is_a_reason_whatever_the_rest(admitted, expected):
    check({"admitted": admitted}, expected, expected, expected)


@pytest.mark.parametrize(
    ("applications", "under_2018", "under_2021", "under_2023"),
    [
        (5, OK, OK, "too_few_refusals"),
        (4, OK, "too_few_applications", "too_few_applications too_few_refusals"),
        (1, OK, "too_few_applications", "too_few_applications too_few_refusals"),
        (0, "too_few_applications", "too_few_applications", "too_few_applications too_few_refusals"),
    ],
)
def test_how_many_applications_are_asked_for(applications, under_2018, under_2021, under_2023):
    check({"applications": applications, "refusals": 0}, under_2018, under_2021, under_2023)


@pytest.mark.parametrize(
    ("refusals", "under_2018", "under_2021", "under_2023"),
    [
        # The decree of 2023 says five refusals, the official questions and answers say applications: she is warned, and told so.
        (5, OK, OK, OK),
        (4, OK, OK, "too_few_refusals"),
        (0, OK, OK, "too_few_refusals"),
    ],
)
def test_how_many_refusals_are_asked_for(refusals, under_2018, under_2021, under_2023):
    check({"refusals": refusals}, under_2018, under_2021, under_2023)


def test_five_applications_of_which_four_are_refused_are_a_point_the_texts_leave_open():
    [reason] = reasons(replace(PLAIN, refusals=4), partial(rule_sets.stated, "2023"))
    assert (reason.settled, reason.sentence) == (
        False,
        "Vous avez indiqué 4 refus ; il en faut au moins 5. "
        "Les textes ne tranchent pas ce point : il peut se lire en votre faveur.",
    )


@pytest.mark.parametrize(
    ("mentions", "institutions", "under_2018", "under_2021", "under_2023"),
    [
        (2, 2, OK, OK, OK),
        (1, 2, OK, "too_few_mentions", "too_few_mentions"),
        (2, 1, OK, "too_few_institutions", "too_few_institutions"),
        (1, 1, OK, "too_few_mentions too_few_institutions", "too_few_mentions too_few_institutions"),
    ],
)
def test_how_many_mentions_and_institutions_are_asked_for(mentions, institutions, under_2018, under_2021, under_2023):
    check({"mentions": mentions, "institutions": institutions}, under_2018, under_2021, under_2023)


@pytest.mark.parametrize(
    ("applications", "under_2018", "under_2021", "under_2023"),
    [
        (2, OK, OK, OK),
        (1, OK, "too_few_applications", "too_few_applications"),
        (0, "too_few_applications", "too_few_applications", "too_few_applications"),
    ],
)
def test_where_one_university_serves_the_region_two_applications_do_and_no_more_is_asked(
    applications, under_2018, under_2021, under_2023
):
    alone = {"single_university": True, "refusals": 0, "mentions": 1, "institutions": 1}
    check(alone | {"applications": applications}, under_2018, under_2021, under_2023)


@pytest.mark.parametrize(
    ("applied_on", "under_2018", "under_2021", "under_2023"),
    [
        # Under 2018 two months of silence accept (CRPA, art. L. 231-1); since then four months refuse. Today is 20 June.
        (date(2024, 2, 20), "silence_accepts", OK, OK),
        (date(2024, 2, 21), "silence_accepts", "not_yet_refused", "not_yet_refused too_few_refusals"),
        (date(2024, 4, 20), "silence_accepts", "not_yet_refused", "not_yet_refused too_few_refusals"),
        (date(2024, 4, 21), OK, "not_yet_refused", "not_yet_refused too_few_refusals"),
        (date(2024, 6, 19), OK, "not_yet_refused", "not_yet_refused too_few_refusals"),
    ],
)
def test_what_a_universitys_silence_means_and_from_which_day(applied_on, under_2018, under_2021, under_2023):
    check({"refusals": 4, "silent_since": (applied_on,)}, under_2018, under_2021, under_2023)


def test_a_silence_says_the_day_on_which_it_will_count():
    facts = replace(PLAIN, silent_since=(date(2024, 4, 20), date(2024, 2, 1), date(2024, 3, 1)))
    [reason] = reasons(facts, partial(rule_sets.stated, "2023"))
    assert reason.sentence == "Sans réponse, vos candidatures ne compteront comme refusées que le 01/07/2024 et le 20/08/2024."
    [accepted] = reasons(facts, partial(rule_sets.stated, "2018"))
    assert accepted.sentence == (
        "Restée sans réponse 2 mois, votre candidature est acceptée depuis le 01/04/2024 : ce silence est une réponse positive."
    )
    assert accepted.cure.startswith("Demandez à l’université une attestation de cette acceptation (CRPA, art. L. 232-3)")


@pytest.mark.parametrize(
    ("rule_set", "applied_on", "refused_on"),
    [
        ("2018", (date(2024, 1, 15),), None),
        ("2021", (date(2024, 1, 15), date(2024, 2, 20)), date(2024, 6, 20)),
        ("2021", (date(2024, 1, 15), date(2024, 2, 21)), date(2024, 5, 15)),  # the other is refused tomorrow
        ("2023", (date(2024, 1, 15), date(2023, 10, 31)), date(2024, 5, 15)),
        ("2023", (date(2023, 10, 31),), date(2024, 2, 29)),
        ("2023", (), None),
    ],
)
def test_the_last_implied_refusal(rule_set, applied_on, refused_on):
    stated = partial(rule_sets.stated, rule_set)
    assert last_implied_refusal(applied_on, stated, today=date(2024, 6, 20)) == refused_on


@pytest.mark.parametrize(
    ("changes", "under_2018", "under_2021", "under_2023"),
    [
        ({"waiting": False}, OK, OK, OK),
        ({"waiting": True, "refusals": 4}, OK, OK, "waiting_list too_few_refusals"),
        ({"under_contract": 1, "refusals": 4}, OK, OK, OK),  # looking for an apprenticeship contract never blocks
    ],
)
def test_a_waiting_list_blocks_since_2023_and_the_search_for_a_contract_never_does(changes, under_2018, under_2021, under_2023):
    check(changes, under_2018, under_2021, under_2023)


@pytest.mark.parametrize(
    ("applications", "incompatible", "under_2021"),
    [
        # The text seems to ask it of all applications, the official page of five: five do.
        (5, 0, OK),
        (6, 1, OK),
        (5, 1, "too_few_compatible"),
        (8, 4, "too_few_compatible"),
        (8, 3, OK),
    ],
)
def test_compatibility_is_a_condition_under_2021_alone(applications, incompatible, under_2021):
    check({"applications": applications, "incompatible": incompatible}, OK, under_2021, OK)


@pytest.mark.parametrize(("applications", "under_2021"), [(3, OK), (2, "too_few_compatible")])
def test_where_one_university_serves_the_region_two_compatible_applications_do(applications, under_2021):
    alone = {"single_university": True, "incompatible": 1, "mentions": 1, "institutions": 1}
    check(alone | {"applications": applications}, OK, under_2021, OK)


@pytest.mark.parametrize(("today", "expected"), [(date(2024, 6, 14), "not_open"), (date(2024, 6, 15), OK), (date(2024, 6, 16), OK)])
def test_nothing_is_filed_before_the_platform_opens(today, expected):
    check({"today": today}, expected, expected, expected)


@pytest.mark.parametrize(
    ("at", "ends_at", "expected"),
    [
        ("2024-07-01 23:59", "2024-07-02 00:00", OK),
        ("2024-07-02 00:00", "2024-07-02 00:00", "late"),
        ("2024-07-02 01:59", "2024-07-02 00:00 America/Martinique", OK),
        ("2024-07-02 06:00", "2024-07-02 00:00 America/Martinique", "late"),
        ("2030-01-01 00:00", None, OK),  # no limit can be computed yet
    ],
)
def test_the_filing_limit_is_an_instant(at, ends_at, expected):
    check({"at": instant(at), "filing_ends_at": ends_at and instant(ends_at)}, expected, expected, expected)


def test_one_referral_in_a_campaign_and_where_the_licence_was_obtained():
    check({"another_live": True}, *["another_live"] * 3)
    check({"competent": False}, *["not_competent"] * 3)


def test_every_reason_is_said_at_once_with_its_source_and_its_cure():
    facts = replace(
        PLAIN,
        today=date(2024, 6, 1),
        at=instant("2024-07-03 10:00"),
        diploma="foreign",
        licence_on=date(2019, 7, 1),
        applications=3,
        refusals=0,
        silent_since=(date(2024, 5, 1),),
        waiting=True,
        admitted=True,
        mentions=1,
        institutions=1,
        incompatible=1,
        another_live=True,
        competent=False,
    )
    found = reasons(facts, partial(rule_sets.stated, "2021"))
    assert " ".join(reason.code for reason in found) == (
        "diploma licence_too_old admitted not_yet_refused too_few_applications too_few_mentions too_few_institutions "
        "too_few_compatible not_open late another_live not_competent"
    )
    assert [reason.code for reason in found if not (reason.sentence and reason.source and reason.cure)] == []


@pytest.mark.parametrize(
    ("changes", "rule_set", "source"),
    [
        ({"applications": 4}, "2021", DECREE_2021),
        ({"mentions": 1}, "2023", DECREE_2023),
        ({"admitted": True}, "2023", LAW),
        ({"competent": False}, "2018", f"{LAW} ; CRPA, art. L. 114-2"),
        ({"silent_since": (date(2024, 1, 1),)}, "2018", "CRPA, art. L. 231-1"),
    ],
)
def test_a_reason_carries_the_source_of_the_value_it_rests_on(changes, rule_set, source):
    [reason] = reasons(replace(PLAIN, **changes), partial(rule_sets.stated, rule_set))
    assert (reason.source, reason.settled, UNSETTLED_SAYS in reason.sentence) == (source, True, False)


def test_what_the_texts_do_not_settle_is_said_so():
    facts = replace(PLAIN, incompatible=5, silent_since=(date(2024, 6, 1),))
    found = reasons(facts, partial(rule_sets.stated, "2021"))
    assert [(reason.code, reason.settled) for reason in found] == [("not_yet_refused", False), ("too_few_compatible", False)]
    assert all(reason.sentence.endswith(UNSETTLED_SAYS) for reason in found)


GROUND = "Arrêté du recteur du 3 mai 2024"


def overridden(**values):
    """The rules of a campaign that departs from 2023 in some values, on a ground."""

    def stated(name: str) -> Stated:
        return Stated(values[name], GROUND) if name in values else rule_sets.stated("2023", name)

    return stated


@pytest.mark.parametrize(
    ("facts", "values", "expected"),
    [
        ({"refusals": 4}, {"min_refusals": 5}, "too_few_refusals"),
        ({"refusals": 5}, {"min_refusals": 5}, OK),
        # What counts as a refusal: an implied one from its day on, and an admission that waits for a contract.
        ({"refusals": 3, "under_contract": 1, "silent_since": (date(2024, 2, 20),)}, {"min_refusals": 5}, OK),
        (
            {"refusals": 4, "silent_since": (date(2024, 2, 21),)},
            {"min_refusals": 5},
            "not_yet_refused too_few_refusals",
        ),
        (
            {"refusals": 4, "silent_since": (date(2024, 2, 20),)},
            {"min_refusals": 5, "silence": Silence.ACCEPTED},
            "silence_accepts too_few_refusals",
        ),
        ({"refusals": 0}, {"min_refusals": 1}, "too_few_refusals"),
        ({"refusals": 1, "applications": 2, "single_university": True}, {"min_refusals": 5}, OK),
        ({"refusals": 2, "applications": 2, "single_university": True}, {"min_refusals": 5}, OK),
        ({"waiting": True}, {"waiting_list": WaitingList.COUNTS}, OK),
        ({"incompatible": 1}, {"compatibility": Compatibility.CONDITION}, "too_few_compatible"),
        ({"licence_on": date(2019, 7, 1)}, {"licence_years": None}, OK),
        ({"licence_on": date(2023, 8, 31)}, {"licence_years": 1}, "licence_too_old"),
        ({"silent_since": (date(2024, 4, 20),)}, {"silence_months": 2}, OK),
        ({"mentions": 2}, {"min_mentions": 3}, "too_few_mentions"),
    ],
)
def test_a_campaign_may_depart_from_its_rule_set(facts, values, expected):
    found = reasons(replace(PLAIN, **facts), overridden(**values))
    assert " ".join(reason.code for reason in found) == expected


def test_a_departure_is_sourced_by_its_ground():
    [reason] = reasons(replace(PLAIN, mentions=2), overridden(min_mentions=3))
    assert (reason.source, reason.settled, reason.sentence) == (
        GROUND,
        True,
        "Vous avez indiqué 2 mentions différentes ; il en faut au moins 3.",
    )


@pytest.mark.parametrize(
    ("rule_set", "anywhere", "with_one_university"),
    [
        ("2018", ["min_applications"], ["min_applications"]),
        ("2021", ["min_applications", "min_mentions", "min_institutions"], ["min_applications_single"]),
        ("2023", ["min_applications", "min_refusals", "min_mentions", "min_institutions"], ["min_applications_single"]),
    ],
)
def test_what_is_asked_for_by_number(rule_set, anywhere, with_one_university):
    stated = partial(rule_sets.stated, rule_set)
    assert rules_asked(stated, single_university=False) == anywhere
    assert rules_asked(stated, single_university=True) == with_one_university


some_days = st.dates(date(2023, 9, 1), date(2024, 6, 20))
some_facts = st.builds(
    Facts,
    at=st.just(PLAIN.at),
    today=st.just(PLAIN.today),
    diploma=st.sampled_from(["national", *DIPLOMAS]),
    licence_on=st.none() | st.dates(date(2018, 1, 1), date(2024, 6, 20)),
    licence_expected_on=st.none() | st.just(date(2024, 7, 10)),
    single_university=st.booleans(),
    applications=st.integers(0, 8),
    refusals=st.integers(0, 8),
    under_contract=st.integers(0, 2),
    silent_since=st.lists(some_days, max_size=3).map(tuple),
    waiting=st.booleans(),
    admitted=st.booleans(),
    mentions=st.integers(0, 4),
    institutions=st.integers(0, 4),
    incompatible=st.integers(0, 8),
    academic_year_starts_on=st.just(PLAIN.academic_year_starts_on),
    opens_on=st.dates(date(2024, 6, 1), date(2024, 7, 1)),
    filing_ends_at=st.none() | st.sampled_from([instant("2024-06-20 00:00"), instant("2024-06-21 00:00")]),
    another_live=st.booleans(),
    competent=st.booleans(),
)


def earlier(facts: Facts) -> tuple[date, ...]:
    return tuple(day - timedelta(days=1) for day in facts.silent_since)


BETTER = {
    "the diploma is a national licence": lambda facts: {"diploma": "national"},
    "the licence is the latest possible": lambda facts: {"licence_on": facts.today},
    "a licence is awaited": lambda facts: {"licence_expected_on": date(2024, 7, 10)},
    "one more refusal": lambda facts: {"applications": facts.applications + 1, "refusals": facts.refusals + 1},
    "one more application under contract": lambda facts: {
        "applications": facts.applications + 1,
        "under_contract": facts.under_contract + 1,
    },
    "one more mention": lambda facts: {"mentions": facts.mentions + 1},
    "one more institution": lambda facts: {"institutions": facts.institutions + 1},
    "one more is compatible": lambda facts: {"incompatible": max(0, facts.incompatible - 1)},
    "the silences are answered by refusals": lambda facts: {
        "silent_since": (),
        "refusals": facts.refusals + len(facts.silent_since),
    },
    "no longer on a waiting list": lambda facts: {"waiting": False},
    "no longer admitted": lambda facts: {"admitted": False},
    "one university serves the region": lambda facts: {"single_university": True},
    "the platform is open": lambda facts: {"opens_on": facts.today},
    "the limit ends later": lambda facts: {"filing_ends_at": facts.filing_ends_at and facts.filing_ends_at + timedelta(days=1)},
    "no other referral": lambda facts: {"another_live": False},
    "the right region": lambda facts: {"competent": True},
}


@pytest.mark.parametrize("rule_set", rule_sets.RULE_SETS)
@pytest.mark.parametrize("better", BETTER)
@given(facts=some_facts)
def test_a_fact_that_gets_better_never_adds_a_reason(rule_set, better, facts):
    improved = replace(facts, **BETTER[better](facts))
    assert set(codes(improved, rule_set).split()) <= set(codes(facts, rule_set).split())


@pytest.mark.parametrize("rule_set", ["2021", "2023"])
@given(facts=some_facts)
def test_where_silence_refuses_an_older_one_is_never_worse(rule_set, facts):
    improved = replace(facts, silent_since=earlier(facts))
    assert set(codes(improved, rule_set).split()) <= set(codes(facts, rule_set).split())
