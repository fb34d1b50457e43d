"""The history: append-only, chained, and forgetful of names without losing its proof."""

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from hashlib import sha256
from io import StringIO
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from psycopg.types.json import Jsonb

from notifications.models import Message
from referrals import chains, procedure
from referrals.chains import anchor_heads, digest_of, first_flaw
from referrals.invariants import breaches
from referrals.models import Anchor, CampaignRules, Event, Referral, SealedHead
from referrals.rules.states import State
from referrals.tasks import anchor_history
from tests.concurrency.at_once import PATIENCE, at_once
from tests.factories import instant
from tests.story import FILED_AT, Story, in_state

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


@contextmanager
def behind_the_triggers_back(table: str = "referrals_event"):
    """What somebody could do who owns the database; yields its cursor."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        yield cursor
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")


def take_out(event: Event) -> None:
    Message.objects.filter(event=event).update(event=None)
    with behind_the_triggers_back() as cursor:
        cursor.execute("DELETE FROM referrals_event WHERE id = %s", [event.pk])


def rewrite(chain: list[Event]) -> None:
    """Write the events as they are now, with hashes that fit them and each other."""
    previous = ""
    with behind_the_triggers_back() as cursor:
        for event in chain:
            event.previous = previous
            previous = event.hash = event.computed_hash()
            cursor.execute(
                "UPDATE referrals_event SET payload = %s, previous = %s, hash = %s WHERE id = %s",
                [Jsonb(event.payload), event.previous, event.hash, event.pk],
            )


def rewrite_anchors() -> None:
    """Write every anchor anew over the heads as they are now, each sealing the one before."""
    previous = ""
    with behind_the_triggers_back("referrals_sealedhead") as cursor:
        cursor.execute(
            "UPDATE referrals_sealedhead head SET hash = event.hash FROM referrals_event event"
            " WHERE (event.referral_id, event.strand, event.seq) = (head.referral_id, head.strand, head.seq)"
        )
    with behind_the_triggers_back("referrals_anchor") as cursor:
        for anchor in Anchor.objects.all():
            heads = anchor.heads.order_by("referral_id", "strand", "seq").values_list("referral_id", "strand", "seq", "hash")
            digest = digest_of(previous=previous, at=anchor.at, heads=heads)
            cursor.execute("UPDATE referrals_anchor SET previous = %s, digest = %s WHERE id = %s", [previous, digest, anchor.pk])
            previous = digest


def found() -> list[str]:
    """What the nightly question says of the history."""
    return [breach for name, breach in breaches(at=FILED_AT) if name == "every_history_proves_itself"]


@pytest.mark.parametrize("state", list(State))
def test_every_history_leads_to_where_its_referral_stands(state):
    in_state(state)
    assert found() == []


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ("payload = '{\"late\": true}'", "altered"),
        ("at = at - interval '1 day'", "altered"),
        ("actor = 'clock'", "altered"),
        ("hash = repeat('0', 64)", "altered"),
        ("previous = repeat('0', 64)", "unlinked"),
        ("note = 'un autre motif'", "note altered"),
    ],
)
def test_a_row_tampered_with_behind_the_triggers_back_is_caught(change, flaw):
    story = in_state(State.INADMISSIBLE)
    event = story.referral.events.get(kind="declare_inadmissible")
    with behind_the_triggers_back() as cursor:
        cursor.execute(f"UPDATE referrals_event SET {change} WHERE id = %s", [event.pk])
    assert found() == [f"event {event.seq} of referral {story.id}: {flaw}"]


def test_an_event_taken_out_of_the_midst_is_missed_by_the_next_one():
    story = in_state(State.INADMISSIBLE)
    take_out(story.referral.events.get(seq=2))
    assert found() == [f"event 3 of referral {story.id}: missing"]


def test_a_last_event_taken_out_is_missed_by_the_state_it_led_to():
    story = in_state(State.INADMISSIBLE)
    last = story.referral.events.get(kind="declare_inadmissible")
    take_out(last)
    assert found() == [f"event {last.seq - 1} of referral {story.id}: elsewhere"]


def test_a_last_event_that_moved_nothing_is_missed_by_the_anchor_alone():
    story = Story().filed()
    procedure.assign(story.id, to=story.caseworker, by=story.office, at=story.at)
    anchor_heads(at=story.at)
    last = story.referral.events.get(kind="assign")
    take_out(last)
    assert first_flaw(story.referral.events.all(), stands_in=story.referral.state) is None
    assert found() == [f"event {last.seq} of referral {story.id}: sealed head gone"]


def test_a_chain_rewritten_whole_holds_by_itself_and_is_caught_by_the_anchor_alone():
    story = in_state(State.INADMISSIBLE)
    anchor_heads(at=story.at)
    chain = list(story.referral.events.all())
    chain[2].payload |= {"late": True}
    rewrite(chain)
    assert first_flaw(story.referral.events.all(), stands_in=story.referral.state) is None
    assert found() == [f"event {len(chain)} of referral {story.id}: sealed head rewritten"]


def test_anchors_rewritten_too_are_caught_by_a_digest_kept_elsewhere():
    story = in_state(State.INADMISSIBLE)
    kept = anchor_heads(at=story.at).digest
    chain = list(story.referral.events.all())
    chain[2].payload |= {"late": True}
    rewrite(chain)
    rewrite_anchors()
    assert found() == []
    with pytest.raises(CommandError) as refused:
        call_command("verify_history", expect=kept, stdout=StringIO())
    assert str(refused.value) == (
        f"Aucun scellé ne porte l’empreinte « {kept} » : elle est mal recopiée, ou les scellés ont été réécrits depuis."
    )


def test_a_history_gone_altogether_is_missed():
    story = Story().draft()
    for event in story.referral.events.order_by("-seq"):
        take_out(event)
    assert found() == [f"referral {story.id}: no history"]


def test_a_state_written_by_hand_is_caught():
    story = Story().filed()
    Referral.objects.filter(pk=story.id).update(state=State.ADMISSIBLE)
    assert found() == [f"event {story.referral.events.count()} of referral {story.id}: elsewhere"]


def test_each_strand_is_a_chain_of_its_own_and_a_breach_does_not_say_which():
    story = Story().filed()
    procedure.request_health(story.id, words="Besoin d’une place proche.", by=story.her, at=story.at)
    event = story.referral.events.of_health().first()
    with behind_the_triggers_back() as cursor:
        cursor.execute("UPDATE referrals_event SET at = at - interval '1 day' WHERE id = %s", [event.pk])
    assert found() == [f"event 1 of referral {story.id}: altered"]


def sealed(anchor: Anchor) -> list[tuple[int, str, int]]:
    return list(anchor.heads.order_by("referral_id", "strand").values_list("referral_id", "strand", "seq"))


def test_an_anchor_seals_the_chains_that_have_grown_and_the_anchor_before():
    still, grows = Story().filed(), Story().filed()
    procedure.request_health(grows.id, words="Besoin d’une place proche.", by=grows.her, at=grows.at)
    first = anchor_heads(at=FILED_AT)
    assert sealed(first) == [(still.id, "case", 3), (grows.id, "case", 3), (grows.id, "health", 1)]
    procedure.declare_admissible(grows.id, note="", by=grows.office, at=grows.at)
    second = anchor_heads(at=FILED_AT + timedelta(days=1))
    assert sealed(second) == [(grows.id, "case", 4)]
    assert (first.previous, second.previous) == ("", first.digest)
    assert found() == []


def test_nothing_grown_is_no_anchor():
    Story().filed()
    assert [anchor_heads(at=FILED_AT) is None for _ in range(3)] == [False, True, True]
    assert Anchor.objects.count() == 1


def test_an_anchors_digest_is_that_of_a_text_anybody_can_write():
    story = Story().draft()
    anchor = anchor_heads(at=instant("2026-06-20 10:00"))
    head = story.referral.events.latest("seq")
    text = f"\n2026-06-20T08:00:00+00:00\n{story.id} case 2 {head.hash}\n"
    assert anchor.digest == sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("table", "change", "flaw"),
    [
        ("referrals_anchor", "at = at - interval '1 day'", "anchor altered"),
        ("referrals_anchor", "previous = repeat('0', 64), digest = repeat('0', 64)", "anchor unlinked"),
        ("referrals_sealedhead", "seq = 2", "anchor altered"),
    ],
)
def test_a_changed_anchor_is_caught(table, change, flaw):
    Story().filed()
    anchor = anchor_heads(at=FILED_AT)
    with behind_the_triggers_back(table) as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")
    assert f"anchor {anchor.pk}: {flaw}" in found()


def test_an_anchor_taken_out_of_the_midst_is_missed_by_the_next_one():
    story = Story().filed()
    anchors = []
    for days in range(3):
        anchors.append(anchor_heads(at=FILED_AT + timedelta(days=days)))
        procedure.assign(story.id, to=story.caseworker, by=story.office, at=story.at)
    for table, column in (("referrals_sealedhead", "anchor_id"), ("referrals_anchor", "id")):
        with behind_the_triggers_back(table) as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [anchors[1].pk])
    assert found() == [f"anchor {anchors[2].pk}: anchor unlinked"]


def test_anchors_are_append_only():
    Story().filed()
    anchor_heads(at=FILED_AT)
    for rows, change in ((Anchor.objects, {"digest": "0"}), (SealedHead.objects, {"seq": 1})):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM referrals_sealedhead")


def test_the_nightly_task_logs_the_digest_out_of_the_database(caplog):
    Story().filed()
    with caplog.at_level("INFO", logger="referrals.chains"):
        anchor_history()
        anchor_history()
    digest = Anchor.objects.get().digest
    assert [record.getMessage() for record in caplog.records] == [f"history anchored, heads sealed: 1, digest: {digest}"]


@pytest.mark.django_db(transaction=True)
def test_two_anchors_at_once_take_turns_and_the_second_finds_nothing():
    Story().filed()
    seal = partial(anchor_heads, at=FILED_AT)
    assert sorted(type(outcome).__name__ for outcome in at_once(seal, seal)) == ["Anchor", "NoneType"]
    assert found() == []


@pytest.mark.django_db(transaction=True)
def test_without_turns_two_anchors_would_seal_the_same_head(monkeypatch):
    """The control: with the guard off, the database has to stop one of them."""
    Story().filed()
    both_have_chosen, choose = Barrier(2, timeout=PATIENCE), chains._heads_to_seal

    def choose_together():
        heads = list(choose())
        both_have_chosen.wait()
        return heads

    monkeypatch.setattr(chains, "_take_turns", lambda: None)
    monkeypatch.setattr(chains, "_heads_to_seal", choose_together)
    seal = partial(anchor_heads, at=FILED_AT)
    assert sorted(type(outcome).__name__ for outcome in at_once(seal, seal)) == ["Anchor", "IntegrityError"]


def verified(**options) -> list[str]:
    out = StringIO()
    call_command("verify_history", stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_command_says_what_it_has_proved():
    Story().filed()
    assert verified() == [
        "Chaînes vérifiées : 1 ; événements : 3.",
        "Scellés vérifiés : 0 ; têtes de chaîne scellées : 0.",
        "Aucun scellé pour le moment.",
        "L’historique est intact.",
    ]
    anchor = anchor_heads(at=FILED_AT)
    assert verified(expect=f" {anchor.digest.upper()} ") == [
        "Chaînes vérifiées : 1 ; événements : 3.",
        "Scellés vérifiés : 1 ; têtes de chaîne scellées : 1.",
        f"Dernier scellé, le 20/06/2026 à 10:00:00 CEST : {anchor.digest}",
        "L’historique est intact.",
    ]


def test_the_command_names_each_breach_and_fails():
    filed, draft = Story().filed(), Story().draft()
    anchor = anchor_heads(at=FILED_AT)
    Referral.objects.filter(pk=filed.id).update(state=State.ADMISSIBLE)
    with behind_the_triggers_back() as cursor:
        cursor.execute("UPDATE referrals_event SET at = at - interval '1 day' WHERE referral_id = %s AND seq = 2", [draft.id])
    with behind_the_triggers_back("referrals_anchor") as cursor:
        cursor.execute("UPDATE referrals_anchor SET at = at - interval '1 day'")
    with pytest.raises(CommandError) as refused:
        call_command("verify_history", stdout=StringIO())
    assert refused.value.returncode == 1
    assert str(refused.value).splitlines() == [
        f"Scellé {anchor.pk} : ce scellé ne donne plus l’empreinte écrite avec lui.",
        f"Saisine {filed.referral.number}, événement 3 : la saisine n’est pas dans l’état auquel son historique a conduit.",
        f"Saisine sans numéro (identifiant {draft.id}), événement 2 : cet événement ne donne plus l’empreinte écrite avec lui.",
    ]


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
