"""Two weeks before the campaign's last date, a file that lacks offers becomes the task of a head, by name."""

import pytest
import time_machine

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Role, User
from referrals.procedure import CLOCK
from referrals.rules.states import State
from referrals.tasks import escalate_unserved
from tests import factories
from tests.factories import instant
from tests.story import Story, in_state

pytestmark = pytest.mark.django_db

UNNAMED = "every_unserved_file_near_the_end_has_a_named_head"


def sweep(at: str) -> None:
    with time_machine.travel(instant(at), tick=False):
        escalate_unserved()


def named(story: Story) -> User | None:
    return story.referral.escalated_to


def broken(at: str) -> list[str]:
    return [breach for name, breach in breaches(at=instant(at)) if name == UNNAMED]


@pytest.mark.parametrize(
    ("academy", "zone"),
    [("Lyon", "Europe/Paris"), ("La Réunion", "Indian/Reunion"), ("Martinique", "America/Martinique")],
)
def test_from_the_fourteenth_day_before_the_last_in_the_academies_own_calendar(academy, zone):
    """The campaign ends on 31 October: from 17 October on, local time."""
    story = Story(academy=academy).admissible()
    head = story.signer
    sweep(f"2026-10-16 23:59 {zone}")
    assert named(story) is None
    sweep(f"2026-10-17 00:00 {zone}")
    assert (named(story), story.referral.due_on) == (head, story.campaign.search_until)
    sweep(f"2026-10-18 00:00 {zone}")
    assert story.referral.events.filter(kind="escalate").count() == 1


def test_a_last_date_that_has_passed_is_no_reason_to_forget():
    story = Story().admissible()
    head = story.signer
    sweep("2026-12-24 02:30")
    assert named(story) == head


def test_wherever_seats_are_still_looked_for():
    """Searched, ended without the offers due, or with the commission."""
    ended, commission = Story().admissible(), in_state(State.COMMISSION)
    procedure.end_search(ended.id, reason="Aucune place.", by=ended.office, at=ended.at)
    assert ended.signer.is_active
    sweep("2026-10-17 02:30")
    assert [ended.referral.state, commission.referral.state] == [State.EXHAUSTED, State.COMMISSION]
    assert None not in (named(ended), named(commission))


def test_who_was_served_or_is_no_longer_searched_for_is_left_in_peace():
    served, waiting = Story(), Story()
    assert served.signer.is_active
    served.offered(3)
    waiting.filed()
    sweep("2026-10-17 02:30")
    assert [named(served), named(waiting)] == [None, None]


def test_a_region_without_a_head_stops_no_other():
    here, elsewhere = Story().admissible(), Story(academy="La Réunion").admissible()
    head = elsewhere.signer
    sweep("2026-10-17 02:30")
    assert [named(here), named(elsewhere)] == [None, head]


def test_files_are_shared_among_the_heads():
    stories = [Story().admissible() for _ in range(4)]
    heads = {stories[0].signer, factories.post(Role.HEAD, region=stories[0].academy.region, name="Sacha Exemple")}
    sweep("2026-10-17 02:30")
    given = [named(story) for story in stories]
    assert {head: given.count(head) for head in heads} == dict.fromkeys(heads, 2)


def test_the_invariant_asks_where_there_is_a_head_and_the_sweep_has_had_its_turn():
    story = Story().admissible()
    assert broken("2026-10-20 03:30") == []  # nobody to name
    head = story.signer
    assert broken("2026-10-17 03:30") == []  # the sweep of this day came an hour ago
    assert broken("2026-10-18 03:30") == [f"referral {story.id}"]
    sweep("2026-10-18 04:00")
    assert named(story) == head
    assert broken("2026-10-18 05:00") == []


def test_a_file_that_has_just_come_back_waits_for_the_next_sweep():
    story = Story()
    first, *_ = story.offered(3)
    assert story.signer.is_active
    story.at = instant("2026-10-20 03:00")
    procedure.retract_offer(story.id, offer_id=first.pk, ground="Fermée.", by=story.office, at=story.at)
    assert broken("2026-10-20 03:30") == []
    assert broken("2026-10-21 03:30") == [f"referral {story.id}"]
    procedure.escalate(story.id, by=CLOCK, at=instant("2026-10-21 03:40"))
    assert broken("2026-10-21 03:50") == []
