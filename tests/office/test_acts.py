"""The log of acts: everything the administration changes is in it, nobody rewrites it, and one role reads it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection, transaction

from referrals.models import Role
from tests import factories
from tests.office.pages import text_of
from tests.story import Story

LOG = "/bureau/admin/logentry/"


@pytest.fixture
def logged(enter, administrator):
    """An act of the administrator's on an account, and one on a region."""
    account = factories.UserFactory(email="titulaire@exemple.fr", name="Titulaire")
    client = enter(administrator)
    client.post(f"/bureau/referrals/user/{account.pk}/change/", {"name": "Titulaire Exemple", "phone": "", "is_active": "on"})
    region = factories.academy("Lyon").region
    client.post(f"/bureau/vacancies/academicregion/{region.pk}/change/", {"name": region.name, "page": "https://rectorat.example"})
    assert LogEntry.objects.count() == 2
    return client


def test_the_administrator_reads_who_did_what_with_what_stood_there_before(logged, administrator):
    page = text_of(logged.get(LOG))
    assert str(administrator) in page
    assert "Nom affiché : « Titulaire » → « Titulaire Exemple »" in page
    assert "Page de la procédure : vide → « https://rectorat.example »" in page


def test_she_narrows_it_by_who_by_what_and_by_words(logged, administrator):
    entry = LogEntry.objects.get(object_repr__startswith="Titulaire")
    other = factories.UserFactory()
    narrowed = {
        f"auteur={administrator.pk}": 2,
        f"auteur={other.pk}": 0,
        f"objet={entry.content_type_id}": 1,
        "acte=2": 2,
        "acte=3": 0,
        "q=titulaire": 1,
        "auteur=x&objet=y&acte=z": 2,
    }
    assert {query: logged.get(f"{LOG}?{query}").context["cl"].result_count for query in narrowed} == narrowed


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.HEAD, Role.MEDICAL])
def test_it_does_not_exist_for_anybody_else(enter, role):
    reader = enter(factories.post(role, region=factories.academy().region))
    assert [reader.get(f"{LOG}{page}").status_code for page in ("", "1/change/", "1/history/")] == [404, 404, 404]
    assert "Journal" not in reader.get("/bureau/").content.decode()


def test_nobody_writes_in_it(logged):
    entry = LogEntry.objects.first()
    assert entry is not None
    pages = (f"{entry.pk}/change/", f"{entry.pk}/history/", f"{entry.pk}/delete/", "add/")
    assert [logged.get(f"{LOG}{page}").status_code for page in pages] == [404, 404, 403, 403]


CHANGES = {
    "delete": "DELETE FROM django_admin_log",
    "other words": "UPDATE django_admin_log SET change_message = 'Autre chose'",
    "another author": "UPDATE django_admin_log SET object_repr = 'effacé', change_message = '', user_id = %s",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_it_is_append_only(logged, statement):
    other = factories.UserFactory()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [other.pk] if "%s" in statement else None)


def test_the_words_about_a_case_whose_time_is_over_are_destroyed_and_nothing_else(logged):
    before = list(LogEntry.objects.order_by("pk").values_list("pk", "user", "action_time", "object_id"))
    LogEntry.objects.update(object_repr="effacé", change_message="")
    assert list(LogEntry.objects.order_by("pk").values_list("pk", "user", "action_time", "object_id")) == before


def test_a_case_has_its_own_history_and_is_not_in_it(enter):
    story = Story().filed()
    enter(story.caseworker).post(f"/bureau/referrals/referral/{story.id}/write_note/", {"text": "Vu au guichet."})
    assert story.referral.events.filter(kind="write_note").exists()
    assert not LogEntry.objects.exists()
