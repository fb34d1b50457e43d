"""When its time is over nothing is left of a person, anywhere; the figures, the chains and the seats are what they were."""

from contextlib import contextmanager, suppress
from threading import Event as Flag
from threading import Thread

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from referrals import chains, procedure, tasks
from referrals.invariants import breaches
from referrals.models import DocumentKind, Erasure, ErasureRun, LegalHold, Referral, User
from referrals.privacy import erasing, holding
from referrals.statistics.dimensions import DIMENSIONS
from referrals.statistics.figures import figures
from tests import factories
from tests.factories import instant
from tests.privacy.marked_story import LONG_AFTER, MarkedStory, found
from tests.story import Story

pytestmark = pytest.mark.django_db(transaction=True)


EVERYWHERE = [
    "account_emailaddress",
    "django_admin_log",
    "notifications_message",
    "referrals_document",
    "referrals_event",
    "referrals_extension",
    "referrals_offer",
    "referrals_referral",
    "referrals_savedfilter",
    "referrals_user",
    *["file recus"] * 3,
]
"""Where the mark stands before: a story that left some of it out would prove nothing. What is confidential is sealed: not there."""


@pytest.fixture
def gone() -> MarkedStory:
    return MarkedStory("canarimarqueur").told()


def all_figures(campaign) -> dict:
    return {key: figures(Referral.objects.all(), campaign=campaign, by=dimension) for key, dimension in DIMENSIONS.items()}


class Died(Exception):
    """The connection to the database was lost."""


@contextmanager
def dying_at_write(number: int):
    """Let the connection die at the n-th statement that writes."""
    writes = iter(range(1, 10_000))

    def execute(go, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")) and next(writes) == number:
            raise Died(sql)
        return go(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


@contextmanager
def in_another_thread(lock):
    """Hold what ``lock`` locks, in a transaction of another connection."""
    held, done = Flag(), Flag()

    def work():
        with transaction.atomic():
            lock()
            held.set()
            done.wait(30)
        connection.close()

    thread = Thread(target=work)
    thread.start()
    assert held.wait(30)
    yield
    done.set()
    thread.join()


def _tables() -> list[str]:
    return [table for table in connection.introspection.table_names() if not table.startswith("django_migrations")]


def serialised() -> dict[str, list[str]]:
    """Return every row of every table, as a backup of the database holds them."""
    rows = {}
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f'SELECT row_to_json(rows)::text FROM "{table}" AS rows')
            rows[table] = [row for (row,) in cursor.fetchall()]
    return rows


def restore(backup: dict[str, list[str]]) -> None:
    """Put every row back as it was; triggers rest meanwhile, as in a restoration, and constraints are asked at its end."""
    _triggers("DISABLE", backup)
    with transaction.atomic(), connection.cursor() as cursor:
        for table in backup:
            cursor.execute(f'DELETE FROM "{table}"')
        for table, rows in backup.items():
            for row in rows:
                columns = writable(cursor, table)
                names = ", ".join(f'"{name}"' for name in columns)
                cursor.execute(
                    f'INSERT INTO "{table}" ({names}) OVERRIDING SYSTEM VALUE '
                    f'SELECT {names} FROM json_populate_record(NULL::"{table}", %s::json)',
                    [row],
                )

    _triggers("ENABLE", backup)


def _triggers(what: str, tables) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" {what} TRIGGER USER')


def writable(cursor, table: str) -> list[str]:
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table])
    return [name for (name,) in cursor.fetchall()]


def hold(story, *, until="2029-12-31", **what) -> LegalHold:
    signed = {"ground": "Recours devant le tribunal administratif.", "by_name": "Dominique Exemple", "set_at": story.at}
    return LegalHold.objects.create(**(what or {"referral": story.referral}), until=until, **signed)


def test_nothing_is_left_of_one_and_everything_of_the_other(gone):
    kept = MarkedStory("serinmarqueur").told()
    hold(kept)
    chains.anchor_heads(at=kept.at)
    before, here, there = all_figures(gone.campaign), found(gone.mark), found(kept.mark)
    assert here == EVERYWHERE
    assert breaches(at=LONG_AFTER) == []

    holding.run(at=LONG_AFTER)

    assert found(gone.mark) == []
    assert found(kept.mark) == there
    assert all_figures(gone.campaign) == before
    assert breaches(at=LONG_AFTER) == []
    proof = chains.prove()
    assert (proof.breaches, proof.chains, proof.anchors) == ([], 4, 1)
    assert not User.objects.filter(pk=gone.student.pk).exists()
    holding.run(at=instant("2030-01-01 01:30"))  # the hold has run out by itself
    assert found(kept.mark) == []
    assert (all_figures(gone.campaign), breaches(at=LONG_AFTER)) == (before, [])


def test_each_category_goes_when_its_own_time_is_over(gone):
    """The last day of the campaign is 31 October 2026."""
    referral = gone.id
    seen = []
    for day in ("2027-04-30", "2027-05-01", "2027-10-31", "2027-11-01", "2028-10-31", "2028-11-01"):
        record = holding.run(at=instant(f"{day} 12:00"))
        seen.append((day, sorted(record.counts) if record else []))
    assert seen == [
        ("2027-04-30", []),
        ("2027-05-01", ["health"]),
        ("2027-10-31", []),
        ("2027-11-01", ["documents"]),
        ("2028-10-31", []),
        ("2028-11-01", ["account", "case"]),
    ]
    keys = Erasure.objects.order_by("pk").values_list("category", "rule")
    assert list(keys)[:3] == [
        ("health", "6 mois après la fin de la campagne"),
        ("documents", "12 mois après la fin de la campagne"),
        ("case", "24 mois après la fin de la campagne"),
    ]
    assert Referral.objects.get(pk=referral).erased_at is not None


def test_the_confidential_part_goes_first_and_the_rest_stays(gone):
    holding.run(at=instant("2027-05-01 12:00"))
    referral = gone.referral
    assert (hasattr(referral, "health"), referral.needs) == (False, "")
    assert set(referral.events.of_health().values_list("note", "salt", "by_name")) == {("", "", "")}
    assert referral.documents.filter(kind=DocumentKind.HEALTH).count() == 0
    assert referral.documents.filter(kind=DocumentKind.CV).count() == 1
    assert (referral.birth_name, breaches(at=LONG_AFTER)) == ("D’canarimarqueur", [])


def test_a_draft_goes_a_month_after_the_campaign_and_its_student_later():
    story = Story().draft(project="Devenir archiviste.")
    files = [document.file for document in story.referral.documents.all()]
    assert holding.run(at=instant("2026-11-30 12:00")) is None
    record = holding.run(at=instant("2026-12-01 12:00"))
    assert record.counts == {"draft": {"2026": 1}}
    assert (story.referral.project, [file.storage.exists(file.name) for file in files]) == ("", [False])
    assert User.objects.filter(pk=story.student.pk).exists()
    assert breaches(at=instant("2026-12-01 12:00")) == []


def test_the_dry_run_says_what_the_run_does_and_does_nothing(gone, capsys):
    waiting = Story().admissible()
    hold(MarkedStory("serinmarqueur").told())
    before = found(gone.mark)
    outlook = holding.outlook(at=LONG_AFTER)
    assert outlook == {
        "going": {
            "draft": {}, "health": {"2026": 1}, "documents": {"2026": 1}, "case": {"2026": 1}, "mails": {}, "account": {},
        },
        "held": {"draft": {}, "health": {"2026": 1}, "documents": {"2026": 1}, "case": {"2026": 1}},
        "unsettled": {"case": {"2026": 1}},
    }  # fmt: skip
    assert found(gone.mark) == before
    record = holding.run(at=LONG_AFTER)
    done = {category: counts for category, counts in outlook["going"].items() if counts}
    assert record.counts == done | {"account": {"-": 1}}  # whose case went in the same run
    assert waiting.referral.erased_at is None
    call_command("retention")
    assert "À effacer" in capsys.readouterr().out


@pytest.mark.parametrize("reach", ["campaign", "region"])
def test_a_hold_on_a_campaign_or_its_region_keeps_its_files(gone, reach):
    region = gone.academy.region if reach == "region" else None
    hold(gone, campaign=gone.campaign, region=region)
    assert holding.run(at=LONG_AFTER) is None
    assert found(gone.mark) == EVERYWHERE


def test_a_hold_on_another_region_keeps_nothing(gone):
    hold(gone, campaign=gone.campaign, region=factories.academy("Strasbourg").region)
    holding.run(at=LONG_AFTER)
    assert found(gone.mark) == []


def test_an_appeal_holds_a_file_until_its_date_and_lifting_it_lets_go(gone):
    """A decision of 21 September 2026 taken to the administrative court: held until the judgment is final, say 30 June 2029."""
    appeal = hold(gone, until="2029-06-30")
    assert holding.run(at=instant("2029-06-30 12:00")) is None
    appeal.lifted_at, appeal.lifted_by, appeal.lifted_because = LONG_AFTER, "Dominique Exemple", "Jugement définitif."
    appeal.save()
    holding.run(at=LONG_AFTER)
    assert found(gone.mark) == []


def test_run_twice_it_does_nothing_the_second_time(gone):
    holding.run(at=LONG_AFTER)
    left = list(Erasure.objects.order_by("pk").values_list("key", "category", "at"))
    assert holding.run(at=LONG_AFTER) is None
    assert list(Erasure.objects.order_by("pk").values_list("key", "category", "at")) == left
    assert ErasureRun.objects.count() == 1


def test_what_somebody_else_has_locked_is_passed_over(gone):
    """Two runs at once: the second waits for nobody, and the next night finds what it passed over."""
    with in_another_thread(lambda: Referral.objects.select_for_update().get(pk=gone.id)):
        assert holding.run(at=LONG_AFTER) is None
    holding.run(at=LONG_AFTER)
    assert found(gone.mark) == []


@pytest.mark.parametrize("at_write", range(4, 40, 5))
def test_a_crash_anywhere_leaves_a_whole_that_the_next_run_finishes(at_write):
    """The connection dies at some write: all of a file's category is gone, or nothing of it."""
    story = Story().filed()
    procedure.withdraw(story.id, reason="Plus besoin.", by=story.her, at=story.at)
    with dying_at_write(at_write), suppress(Died):
        holding.run(at=LONG_AFTER)
    assert breaches(at=LONG_AFTER) == []
    referral = story.referral
    assert bool(referral.erased_at) == (referral.birth_name == "") == (not referral.documents.exists())
    holding.run(at=LONG_AFTER)
    assert story.referral.birth_name == ""
    assert breaches(at=LONG_AFTER) == []


def test_after_a_backup_is_restored_what_was_erased_is_erased_anew(gone):
    """The rows come back as they stood, and the list in the database too; the one beside the documents is not the database's."""
    backup = serialised()
    holding.run(at=LONG_AFTER)
    assert found(gone.mark) == []
    restore(backup)
    assert "referrals_referral" in found(gone.mark)
    assert Erasure.objects.count() == 0
    holding.run(at=instant("2026-12-24 01:30"))  # long before anything would fall due: the list alone says so
    assert found(gone.mark) == []
    assert breaches(at=LONG_AFTER) == []


def test_an_erased_file_is_nobodys_to_act_on(gone):
    holding.run(at=LONG_AFTER)
    with pytest.raises(procedure.Refused) as refused:
        procedure.write_note(gone.id, text="Encore un mot.", by=gone.office, at=LONG_AFTER)
    assert refused.value.code == "not_yours"


def test_every_page_of_the_office_still_opens(gone):
    referral, number = gone.id, gone.referral.number
    holding.run(at=LONG_AFTER)
    client = factories.signed_in(gone.signer)
    page = client.get(reverse("admin:referrals_referral_change", args=[referral])).content.decode()
    assert "Effacé le 02/11/2028 (24 mois après la fin de la campagne)" in page
    assert client.get(reverse("admin:referrals_referral_changelist")).status_code == 200
    assert number in page
    answers = {}
    for pattern in admin.site.urls[0]:
        for one in getattr(pattern, "url_patterns", []):
            wanted = set(one.pattern.converters)
            if (one.name or "").startswith("referrals_referral_") and wanted in ({"referral_id"}, {"object_id"}):
                address = reverse(f"admin:{one.name}", args=[referral])
                answers[one.name] = client.get(address).status_code
    assert len(answers) > 20
    assert {name: code for name, code in answers.items() if code not in (200, 302, 403, 404, 405)} == {}


def test_every_relation_of_a_referral_is_decided():
    """Whoever hangs something new on a referral says here what becomes of it."""
    relations = [field for field in Referral._meta.get_fields(include_hidden=True) if field.auto_created and not field.concrete]
    named = {field.get_accessor_name() for field in relations}
    assert {name for name in named if not name.endswith("+")} == {*erasing.GO, *erasing.LEFT, *erasing.STAY, "documents", "health"}


def test_every_column_of_a_referral_is_emptied_or_says_nothing_of_a_person():
    kept = {
        "id", "key", "number", "student", "campaign", "rules", "state", "region", "diploma", "licence_mention",
        "licence_institution", "licence_academy", "created_at", "filed_at", "admissible_at",
        "search_ended_at", "due_on", "holder", "next_at", "next_due",
        "merged_into", "documents_erased_at", "erased_at",
    }  # fmt: skip
    assert {field.name for field in Referral._meta.concrete_fields} == kept | set(erasing.EMPTIED)


def test_the_task_of_the_night_runs(gone):
    tasks.erase_overdue()
    assert found(gone.mark) == EVERYWHERE  # nothing is due today
