"""What the rules are told of a referral: every application counted once, under what it is."""

from datetime import date

import pytest

from referrals import procedure
from referrals.procedure.facts import filing_limit_from
from referrals.rules.eligibility import reasons
from tests import factories
from tests.factories import instant
from tests.story import Story

pytestmark = pytest.mark.django_db


def apply(story: Story, *, answer: str = "express", institution=None, **facts) -> None:
    """One more application; refused on 10 June unless ``facts`` say otherwise."""
    facts = {"on": date(2026, 6, 10)} | facts if answer == "express" else facts
    if not facts.keys() & {"mention", "title"}:
        facts["mention"] = factories.MasterMentionFactory()
    written = {"institution": institution or story.institution, "answer": answer} | facts
    procedure.save_application(story.id, facts=written, by=story.her, at=story.at)


def test_each_application_counts_under_what_became_of_it():
    story = Story().draft()  # one refusal
    apply(story)
    apply(story, answer="implied", applied_on=date(2026, 3, 1))
    apply(story, answer="implied", applied_on=date(2026, 4, 1))
    apply(story, answer="contract")
    apply(story, answer="waiting")
    apply(story, answer="admitted")
    facts = procedure.facts_of(story.referral, at=story.at)
    assert (facts.applications, facts.refusals, facts.under_contract, facts.waiting, facts.admitted) == (7, 2, 1, True, True)
    assert set(facts.silent_since) == {date(2026, 3, 1), date(2026, 4, 1)}


def test_mentions_and_institutions_count_once_each_whatever_the_letters_of_a_title():
    story = Story().draft()
    another = factories.InstitutionFactory()
    archives = story.referral.applications.get().mention
    apply(story, mention=archives, institution=another)
    apply(story, title="Master d’ethnomusicologie", institution=another)
    apply(story, title="MASTER D'ETHNOMUSICOLOGIE")
    facts = procedure.facts_of(story.referral, at=story.at)
    assert (facts.applications, facts.mentions, facts.institutions) == (4, 2, 2)


def programme(story: Story, mention, *recommended: str, any_licence: bool = False) -> None:
    track = factories.ProgrammeFactory(
        institution=story.institution, mention=mention, track=" et ".join(recommended), any_licence=any_licence
    )
    track.recommended.set([factories.LicenceMentionFactory(name=name) for name in recommended])


@pytest.mark.parametrize(
    ("tracks", "incompatible"),
    [
        ([], 0),  # nothing is known of it
        ([["Histoire"]], 0),
        ([["Droit", "Histoire"]], 0),
        ([["Droit"]], 1),
        ([["Droit"], ["Histoire"]], 0),
        ([["Droit"], []], 0),  # one track recommends nothing: it is taken to suit
        ([["Droit"], ["Gestion"]], 1),
    ],
)
def test_a_master_is_incompatible_where_all_its_tracks_recommend_other_licences(tracks, incompatible):
    story = Story(compatibility="condition").draft()  # a licence of Histoire
    for recommended in tracks:
        programme(story, story.referral.applications.get().mention, *recommended)
    assert procedure.facts_of(story.referral, at=story.at).incompatible == incompatible


def test_a_master_open_to_every_licence_suits_every_licence():
    story = Story(compatibility="condition").draft()
    programme(story, story.referral.applications.get().mention, "Droit", any_licence=True)
    assert procedure.facts_of(story.referral, at=story.at).incompatible == 0


def test_compatibility_is_not_looked_at_where_it_is_an_indication():
    story = Story(compatibility="indication").draft()
    programme(story, story.referral.applications.get().mention, "Droit")
    assert procedure.facts_of(story.referral, at=story.at).incompatible == 0


def test_once_filed_the_instant_of_filing_is_what_counts():
    story = Story().filed()
    facts = procedure.facts_of(story.referral, at=instant("2027-01-01 00:00"))
    assert (facts.at, facts.today) == (story.at, date(2026, 6, 20))


def test_the_day_is_the_academies_own():
    story = Story(academy="La Réunion", at=instant("2026-06-19 23:00")).draft()
    assert procedure.facts_of(story.referral, at=story.at).today == date(2026, 6, 20)


def test_the_only_university_of_a_region_is_known_by_the_region():
    story = Story(academy="La Réunion")
    story.academy.region.single_university = True
    story.academy.region.save()
    story.draft()
    assert procedure.facts_of(story.referral, at=story.at).single_university


def test_a_referral_sent_to_another_region_is_for_the_office_to_transfer():
    story = Story().filed()
    elsewhere = factories.academy("La Réunion").region
    procedure.transfer(story.id, region=elsewhere, ground="Essai.", by=story.office, at=story.at)
    facts = procedure.facts_of(story.referral, at=story.at)
    assert [reason.code for reason in reasons(facts, story.referral.rules.stated)] == ["not_competent"]


def test_another_referral_of_hers_is_seen_once_it_is_filed():
    story = Story().filed()
    withdrawn = story.referral
    procedure.withdraw(story.id, reason="", by=story.her, at=story.at)
    story.draft()
    assert not procedure.facts_of(withdrawn, at=story.at).another_live  # a draft is nobody else's to know of
    procedure.file(story.id, by=story.her, at=story.at)
    assert procedure.facts_of(withdrawn, at=story.at).another_live
    assert not procedure.facts_of(story.referral, at=story.at).another_live


@pytest.mark.parametrize(
    ("academy", "licence_on", "last_refusal", "start", "last_day", "skipped"),
    [
        ("Lyon", date(2026, 6, 12), None, date(2026, 6, 15), date(2026, 6, 30), []),
        ("Lyon", date(2026, 6, 12), date(2026, 6, 18), date(2026, 6, 18), date(2026, 7, 3), []),
        ("Lyon", date(2026, 6, 19), date(2026, 6, 18), date(2026, 6, 19), date(2026, 7, 6), ["2026-07-04", "2026-07-05"]),
        ("Martinique", date(2026, 6, 29), None, date(2026, 6, 29), date(2026, 7, 15), ["2026-07-14"]),
    ],
)
def test_the_limit_that_a_licence_would_give_is_shown_and_not_stored(academy, licence_on, last_refusal, start, last_day, skipped):
    story = Story()
    limit = filing_limit_from(
        rules=story.rules, academy=factories.academy(academy), licence_on=licence_on, last_refusal=last_refusal
    )
    assert (limit.pk, limit.start, limit.last_day, [day for day, _ in limit.skipped]) == (None, start, last_day, skipped)


def test_the_limit_shown_for_the_founding_licence_is_the_one_that_is_stored():
    story = Story(franc=True).draft()
    stored = story.referral.limits.get()
    shown = filing_limit_from(
        rules=story.rules, academy=story.academy, licence_on=date(2026, 6, 12), last_refusal=date(2026, 6, 10)
    )
    columns = ("kind", "start", "days", "franc", "zone", "calendar", "rule", "last_day", "ends_at", "skipped")
    assert [getattr(shown, name) for name in columns] == [getattr(stored, name) for name in columns]
