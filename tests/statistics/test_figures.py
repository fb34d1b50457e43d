"""The figures, beside stories whose every date is known; they go no further than their reader's scope."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.models import Offer, Referral, Role, StandingAgreement
from referrals.rules.states import ASKED, COUNTED, OfferState, State
from referrals.statistics.dimensions import DIMENSIONS
from referrals.statistics.figures import STATES, figures
from tests import factories
from tests.factories import instant
from tests.office.test_every_list import referrals as copies
from tests.story import LEAD_OFFER_TO, Story, in_state

pytestmark = pytest.mark.django_db

MONDAY = instant("2026-06-22 10:00")


def told(at=MONDAY, *, admissible_after: int, offered_after: int = 0, **options) -> Story:
    """A file declared admissible, and offered three seats a day from the other, so many days after it was filed."""
    story = Story(at=at, **options).filed()
    story.later(days=admissible_after)
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    if offered_after:
        story.at = at + timedelta(days=offered_after)
        for _ in range(3):
            story.sent()
            story.later(days=1)
    return story


@pytest.fixture
def campaign():
    return factories.CampaignFactory()


@pytest.fixture
def administrator():
    return factories.post(Role.ADMINISTRATOR)


def by(user, campaign, dimension: str) -> dict[str, dict]:
    found = figures(Referral.objects.of_office(user), campaign=campaign, by=DIMENSIONS[dimension])
    return {row.label: row.values for row in (*found.rows, found.whole)}


def some(values: dict, *keys: str) -> list:
    return [values[key] for key in keys]


def test_files_by_academie_with_the_days_to_each_step(campaign, administrator):
    first = told(admissible_after=2, offered_after=4)
    offer = first.referral.offers.first()
    procedure.accept(first.id, offer_id=offer.pk, by=first.her, at=MONDAY + timedelta(days=10))
    procedure.record_enrolment(
        first.id, offer_id=offer.pk, on=(MONDAY + timedelta(days=20)).date(), by=first.office, at=MONDAY + timedelta(days=25)
    )
    told(admissible_after=4, offered_after=8)
    told(admissible_after=12)
    in_state(State.INADMISSIBLE, academy="Grenoble")
    in_state(State.DRAFT)
    in_state(State.MERGED)  # the one that was kept counts
    found = by(administrator, campaign, "academie")
    counts = ("filed", "admissible", "inadmissible", "offered", "complete", "chose", "came")
    assert {label: some(values, *counts) for label, values in found.items()} == {
        "Grenoble": [1, 0, 1, 0, 0, 0, 0],
        "Lyon": [4, 3, 0, 2, 2, 1, 1],
        "Ensemble": [5, 3, 1, 2, 2, 1, 1],
    }
    days = ("to_admissible", "to_offer", "to_complete", "to_accepted", "to_enrolled")
    assert [[round(value, 6) for value in found["Lyon"][key]] for key in days] == [
        [4, 10.4],  # of 2, 4 and 12
        [6, 7.6],  # of 4 and 8
        [8, 9.6],  # of 6 and 10
        [10, 10],
        [20, 20],
    ]
    assert some(found["Grenoble"], *days) == [None] * 5


def test_an_offer_is_counted_by_how_it_ended(campaign, administrator):
    for state in OfferState:
        LEAD_OFFER_TO[state](Story(at=MONDAY).admissible())
    found = by(administrator, campaign, "region")["Ensemble"]
    kinds = ("sent", "accepted", "declined", "lapsed", "moot", "open", "enrolled")
    ended = Counter(Offer.objects.counted().values_list("state", flat=True))
    assert set(ended) == COUNTED
    taken = ended["accepted"] + ended["enrolled"] + ended["lost"]
    in_order = [ended[state] for state in ("declined", "expired", "released", "sent", "enrolled")]
    assert some(found, *kinds) == [ended.total(), taken, *in_order]
    assert found["sent"] == sum(some(found, "accepted", "declined", "lapsed", "moot", "open"))


def test_the_states_of_what_was_sent_part_it():
    parts = [STATES[name] for name in ("accepted", "declined", "lapsed", "moot", "open")]
    assert sorted(state for part in parts for state in part) == sorted(COUNTED) == STATES["counted"]
    assert not COUNTED & ASKED


def test_institutions_answer_by_the_masters_institution_and_mention(campaign, administrator):
    story = Story(at=MONDAY).admissible()
    asked = [story.consulting(vacancy=vacancy) for vacancy in (story.vacancy(), story.vacancy())]
    story.later(days=3)
    procedure.record_refusal(story.id, offer_id=asked[0].pk, reason="Complet.", by=story.office, at=story.at)
    story.agree(asked[1])
    other = factories.ProgrammeFactory(mention=factories.MasterMentionFactory(name="Archives"))
    story.consulting(vacancy=factories.VacancyFactory(programme=other, campaign=campaign))
    found = by(administrator, campaign, "etablissement-master")
    kinds = ("asked", "answered", "unanswered", "settled", "pending", "void", "to_answer")
    assert {label: some(values, *kinds) for label, values in found.items()} == {
        story.institution.name: [2, 2, 0, 2, 0, 0, [3.0, 3.0]],
        other.institution.name: [1, 0, 0, 0, 1, 0, None],
        "Ensemble": [3, 2, 0, 2, 1, 0, [3.0, 3.0]],
    }
    assert by(administrator, campaign, "mention-master")["Archives"]["asked"] == 1
    other.institution.successor = story.institution
    other.institution.save()
    merged = by(administrator, campaign, "etablissement-master")
    assert {label: values["asked"] for label, values in merged.items()} == {story.institution.name: 3, "Ensemble": 3}


def test_a_week_begins_on_the_monday_of_the_academie(campaign, administrator):
    for academy in ("Lyon", "La Réunion"):
        Story(at=instant("2026-06-21 23:00"), academy=academy).filed()  # Monday already in La Réunion
    found = by(administrator, campaign, "semaine")
    assert [(label, values["filed"]) for label, values in found.items()] == [("15/06/2026", 1), ("22/06/2026", 1), ("Ensemble", 2)]


def test_a_licence_of_no_list_has_its_row(campaign, administrator):
    Story(at=MONDAY).filed()
    Story(at=MONDAY).filed(licence_mention=None, licence_title="Arts du cirque")
    found = by(administrator, campaign, "mention")
    assert {label: values["filed"] for label, values in found.items()} == {
        "hors de la liste des mentions": 1,
        "Histoire": 1,
        "Ensemble": 2,
    }


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_no_further_than_the_readers_regions(campaign, administrator, dimension):
    for academy in ("Lyon", "Strasbourg"):
        in_state(State.OFFERED, academy=academy)
    head = factories.post(Role.HEAD, region=factories.academy("Lyon").region)
    nowhere = factories.post(Role.HEAD)
    counted = [by(user, campaign, dimension)["Ensemble"] for user in (administrator, head, nowhere)]
    assert [values["sent"] for values in counted] == [6, 3, 0]
    assert {len(by(user, campaign, dimension)) for user in (nowhere,)} == {1}


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_as_many_questions_for_a_hundred_files_as_for_one(campaign, administrator, dimension):
    story = in_state(State.OFFERED)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            by(administrator, campaign, dimension)
        return len(captured)

    asked()  # her posts
    one = asked()
    copies(story, 2)
    three = asked()
    copies(story, 97)
    assert (three, asked()) == (one, one)
    assert one <= 5


def test_a_seat_agreed_beforehand_was_not_asked(campaign, administrator):
    story = Story(at=MONDAY).admissible()
    offer = story.consulting()
    assert by(administrator, campaign, "region")["Ensemble"]["asked"] == 1
    day = story.at.date()
    agreement = StandingAgreement.objects.create(
        vacancy=offer.vacancy, seats=1, agreed_by="Nom", agreed_as="présidence", agreed_on=day, until=day + timedelta(days=30),
        by_name="Nom", created_at=story.at,
    )  # fmt: skip
    Offer.objects.filter(pk=offer.pk).update(standing=agreement)
    assert by(administrator, campaign, "region")["Ensemble"]["asked"] == 0
