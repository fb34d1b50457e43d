"""The history: append-only, chained, and forgetful of names without losing its proof."""

import pytest
from django.db import DatabaseError, connection, transaction

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import CampaignRules, Event
from referrals.rules.states import State
from tests.factories import instant
from tests.story import Story, in_state

pytestmark = pytest.mark.django_db


def test_each_event_follows_the_one_before():
    story = in_state(State.ACCEPTED)
    events = list(story.referral.events.all())
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.previous for event in events[1:]] == [event.hash for event in events[:-1]]
    assert [event.kind for event in events[:4]] == ["start", "add_document", "file", "declare_admissible"]


@pytest.mark.parametrize("change", [{"at": instant("2026-06-19 10:00")}, {"kind": "withdraw"}, {"note": "autre"}, {"payload": {}}])
def test_no_event_is_ever_rewritten(change):
    Story().filed()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.filter(kind="file").update(**change)


def test_no_event_is_ever_deleted():
    Story().filed()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM referrals_event")


def test_rules_in_force_are_immutable():
    Story()
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        CampaignRules.objects.update(answer_days=1)


def test_names_and_notes_may_be_destroyed_and_the_chain_still_verifies():
    story = in_state(State.WITHDRAWN)
    Event.objects.update(note="", salt="", by_name="")
    assert breaches(at=story.at) == []


@pytest.mark.parametrize("column", ["payload", "note"])
def test_a_row_tampered_with_behind_the_triggers_back_is_caught(column):
    story = in_state(State.INADMISSIBLE)
    tampered = {"payload": "'{\"late\": true}'", "note": "'un autre motif'"}[column]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE referrals_event DISABLE TRIGGER referrals_event_append_only")
        cursor.execute(f"UPDATE referrals_event SET {column} = {tampered} WHERE kind = 'declare_inadmissible'")
        cursor.execute("ALTER TABLE referrals_event ENABLE TRIGGER referrals_event_append_only")
    last = story.referral.events.get(kind="declare_inadmissible")
    assert breaches(at=story.at) == [("every_history_proves_itself", f"event {last.seq} of referral {story.id}")]


def test_the_first_reading_is_an_event_and_the_second_is_none():
    story = Story()
    story.offered(2)
    for _ in range(2):
        procedure.record_first_reading(story.id, by=story.her, at=story.at)
    events = story.referral.events.filter(kind="first_reading")
    assert [len(event.payload["offers"]) for event in events] == [2]


def test_what_raises_leaves_nothing(monkeypatch):
    story = Story().draft()
    before = story.referral.events.count()
    monkeypatch.setattr(procedure.filing, "write_letter", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        procedure.file(story.id, by=story.her, at=story.at)
    assert (story.referral.state, story.referral.number, story.referral.events.count()) == (State.DRAFT, None, before)
