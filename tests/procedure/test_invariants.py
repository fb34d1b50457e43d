"""What must never be true of seats and imports, and is seen when it is."""

from datetime import timedelta

import pytest

from referrals.invariants import breaches
from referrals.models import Draft, DraftState, MatchingRun, Offer, RunState, StandingAgreement
from tests import factories
from tests.factories import instant
from tests.story import Story
from vacancies import seats
from vacancies.models import Import, ImportState, Vacancy

pytestmark = pytest.mark.django_db
AT = instant("2026-07-01 10:00")


def test_a_live_offer_of_another_campaign():
    story = Story().admissible()
    offer = story.consulting()
    assert breaches(at=story.at) == []
    other = factories.CampaignFactory(code="2025", name="Campagne 2025")
    Vacancy.objects.filter(pk=offer.vacancy_id).update(campaign=other)
    assert breaches(at=story.at) == [("every_live_offer_is_of_its_referrals_campaign", f"offer {offer.pk} of referral {story.id}")]


def test_an_offer_that_has_ended_may_be_of_whatever_campaign():
    story = Story().admissible()
    offer = story.consulting()
    other = factories.CampaignFactory(code="2025", name="Campagne 2025")
    Vacancy.objects.filter(pk=offer.vacancy_id).update(campaign=other)
    Offer.objects.filter(pk=offer.pk).update(state="refused")
    assert "every_live_offer_is_of_its_referrals_campaign" not in dict(breaches(at=story.at))


def test_one_programme_twice_to_one_student():
    """Two vacancies, so no constraint stands in the way. Somebody else may be proposed the same."""
    story, another = Story().admissible(), Story().admissible()
    first, second = story.consulting(), story.consulting()
    another.consulting(vacancy=factories.VacancyFactory(programme=first.vacancy.programme, modality="continuing"))
    assert breaches(at=story.at) == []
    Vacancy.objects.filter(pk=second.vacancy_id).update(programme=first.vacancy.programme, modality="apprenticeship")
    assert breaches(at=story.at) == [
        ("no_programme_is_proposed_twice_to_a_student", f"programme {first.vacancy.programme_id} to referral {story.id}")
    ]


def test_seats_that_nobody_dated():
    vacancy = factories.VacancyFactory()
    Vacancy.objects.filter(pk=vacancy.pk).update(declared_on=None, valid_until=None)
    assert breaches(at=AT) == [("who_has_declared_has_said_when", f"vacancy {vacancy.pk}")]


def test_a_vacancy_without_a_seat_need_not_be_dated():
    Vacancy.objects.create(programme=factories.ProgrammeFactory(), campaign=factories.CampaignFactory())
    assert breaches(at=AT) == []


DATED = {ImportState.READING: "at", ImportState.APPLYING: "decided_at", ImportState.REVERSING: "reversed_at"}
"""Since when a worker has been asked for."""


@pytest.mark.parametrize("state", ImportState)
@pytest.mark.parametrize(("minutes", "left"), [(60, False), (61, True)])
def test_an_import_that_no_worker_ends(state, minutes, left):
    """Handed in a week ago, and asked for what it waits for some minutes ago."""
    days = {column: AT - timedelta(days=7) for column in ("at", "decided_at", "reversed_at")}
    days[DATED.get(state, "at")] = AT - timedelta(minutes=minutes)
    of = Import.objects.create(kind="register", name="registre.csv", digest="0" * 64, by="Nadia Nationale", state=state, **days)
    expected = [("no_import_is_left_at_work", f"import {of.pk}")] if left and state in DATED else []
    assert (breaches(at=AT), of.at_work) == (expected, state in DATED)


def test_more_seats_asked_for_than_offers_due():
    """Three are due and two were made: one may be asked for, and a second one is seen."""
    story = Story()
    story.offered(2)
    first, second = story.consulting(), factories.VacancyFactory(campaign=story.campaign)
    assert breaches(at=story.at) == []
    offer = Offer(referral=story.referral, vacancy=second, consulted_at=story.at, held_until=first.held_until)
    seats.hold(vacancy_id=second.pk, holder=offer.hold, by="exemple", at=story.at)
    offer.save()
    assert breaches(at=story.at) == [("no_more_seats_are_asked_for_than_offers_are_due", f"referral {story.id}")]


def test_a_standing_agreement_that_bears_too_many():
    story = Story().admissible()
    offers = [story.consulting() for _ in range(2)]
    agreement = StandingAgreement.objects.create(
        vacancy=offers[0].vacancy,
        seats=1,
        agreed_by="Nom",
        agreed_as="présidente",
        agreed_on=AT.date(),
        until=AT.date(),
        created_at=AT,
    )
    Offer.objects.filter(pk=offers[0].pk).update(standing=agreement)
    assert breaches(at=story.at) == []
    Offer.objects.filter(pk=offers[1].pk).update(standing=agreement)
    assert breaches(at=story.at) == [
        ("no_standing_agreement_bears_more_offers_than_its_seats", f"standing agreement {agreement.pk}")
    ]


@pytest.mark.parametrize(("minutes", "left"), [(60, False), (61, True)])
def test_a_run_and_a_draft_that_no_worker_ends(minutes, left):
    story, since = Story(at=AT).admissible(), AT - timedelta(minutes=minutes)
    about = {"campaign": story.campaign, "region": story.academy.region, "ordered_by": story.caseworker, "ordered_at": since}
    run = MatchingRun.objects.create(**about)
    done = MatchingRun.objects.create(**about, state=RunState.FAILED, failure="Interrompue.")
    draft = Draft.objects.create(
        run=done,
        referral=story.referral,
        vacancy=story.vacancy(),
        score=500,
        state=DraftState.ORDERED,
        decided_by=story.caseworker,
        decided_at=since,
    )
    name = "no_run_is_left_at_work"
    assert breaches(at=AT) == ([(name, f"run {run.pk}"), (name, f"draft {draft.pk} of run {done.pk}")] if left else [])
