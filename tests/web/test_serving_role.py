"""A role that serves: the whole procedure, imports and erasure run under it, and it can neither change a table nor silence one."""

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from referrals.invariants import breaches
from referrals.models import Erasure, Role
from referrals.privacy import holding
from tests import factories
from tests.privacy.marked_story import LONG_AFTER, MarkedStory
from vacancies.imports import acts
from vacancies.models import ImportKind, ImportState

pytestmark = pytest.mark.django_db

SQL = (settings.BASE_DIR / "config" / "serving_role.sql").read_text()


def execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture(scope="module")
def role() -> None:
    """The role is there, as its administrator makes it; it stays, with nothing granted. Workers share the server: one by one."""
    to = connection.get_connection_params()
    try:
        server = psycopg.connect(host=to.get("host"), port=to.get("port"), user="postgres", dbname="postgres")
    except psycopg.OperationalError as error:
        pytest.skip(f"only who administers the server makes a role: {error}")
    with server:
        server.execute("SELECT pg_advisory_xact_lock(1)")
        if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'saisine_serves'").fetchone():
            server.execute(f"CREATE ROLE saisine_serves LOGIN; GRANT saisine_serves TO {to['user']}")


@pytest.fixture
def serving(role, db) -> None:
    """What README says was done; from here on the test is that role, until all of it is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        cursor.execute("SET LOCAL ROLE saisine_serves")


def test_it_serves_everything(serving):
    MarkedStory("canarimarqueur").told()
    at = factories.instant("2026-07-01 10:00")
    table = ContentFile(b"Mention de licence;Mention de master\nInconnue;Inconnue\n", "table.csv")
    of = acts.submit(kind=ImportKind.COMPATIBILITY, file=table, campaign=factories.CampaignFactory(), by="Nadia", at=at)
    acts.run(of.pk, at=at)
    of.refresh_from_db()
    assert of.state == ImportState.NOTHING
    client = factories.signed_in(factories.post(Role.ADMINISTRATOR))
    assert [client.get(page).status_code for page in ("/bureau/", "/compte/sessions/", "/sante/")] == [200] * 3
    cache.set("kept", 1)
    holding.run(at=LONG_AFTER, at_most=100)
    assert (cache.get("kept"), Erasure.objects.count() > 0, breaches(at=timezone.now())) == (1, True, [])


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE own (id int)",
        "ALTER TABLE referrals_user ADD COLUMN own int",
        "DROP TABLE referrals_limit CASCADE",
        "TRUNCATE referrals_event CASCADE",
        "ALTER TABLE referrals_event DISABLE TRIGGER USER",
        "DROP TRIGGER referrals_event_append_only ON referrals_event",
        "CREATE OR REPLACE FUNCTION referrals_event_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "DELETE FROM django_migrations",
        "CREATE ROLE another",
        "COPY referrals_user TO PROGRAM 'cat'",
    ],
)
def test_it_changes_no_table_and_silences_none(serving, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        execute(statement)
