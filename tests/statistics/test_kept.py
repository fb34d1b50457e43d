"""What reads every file of a campaign is counted once, and then by a worker while the old is read."""

from datetime import timedelta

import pytest
from celery import current_app
from django.core.cache import cache
from django.utils import timezone

from referrals.models import Referral, Role
from referrals.rules.states import State
from referrals.statistics.kept import COUNTS, FRESH, KEPT, NATION, Kept, count_anew, kept, where_of
from tests import factories
from tests.notifications.conftest import broker_at
from tests.processes import environment, wait_until, worker
from tests.story import in_state

A_SECOND = timedelta(seconds=1)


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_kept(transactional_db):
    cache.clear()
    current_app.control.purge()
    yield
    current_app.control.purge()


@pytest.fixture
def campaign():
    return factories.CampaignFactory()


def filed(found: Kept) -> int:
    return found.found.whole.values["filed"]


def read(campaign, *, where: str = NATION, after: timedelta = timedelta()) -> Kept:
    return kept("academie", campaign=campaign, where=where, at=timezone.now() + after)


def test_for_a_minute_it_is_read_as_it_was_counted(campaign):
    in_state(State.FILED)
    first = read(campaign)
    in_state(State.FILED)
    current_app.control.purge()  # the mails of the filing
    again = read(campaign, after=FRESH - A_SECOND)
    assert (filed(first), again, current_app.control.purge()) == (1, first, 0)


def test_after_a_minute_the_old_is_read_with_its_time_and_one_worker_is_asked_however_many_read(campaign, tmp_path):
    in_state(State.FILED)
    first = read(campaign)
    in_state(State.FILED)
    late = [read(campaign, after=FRESH) for _ in range(3)]
    assert late == [first._replace(being_renewed=True)] * 3
    with worker(env=environment(mail_port=1), log=tmp_path / "worker.log"):
        wait_until(lambda: read(campaign).at > first.at, what="the new count")
    assert filed(read(campaign)) == 2


def test_after_a_night_who_asks_first_waits_for_the_count(campaign):
    first = read(campaign)
    in_state(State.FILED)
    cache.touch(f"kept:academie:{campaign.pk}:{NATION}", timeout=-1)  # as twelve hours do
    assert (filed(first), filed(read(campaign))) == (0, 1)
    assert timedelta(hours=9) < KEPT < timedelta(days=1)


def test_without_a_broker_the_old_is_read(campaign, caplog):
    first = read(campaign)
    with broker_at("redis+socket:///nowhere/valkey.sock"):
        assert read(campaign, after=FRESH) == first._replace(being_renewed=True)
    said = [record.getMessage().split(" (")[0] for record in caplog.records if record.name == "referrals.statistics.kept"]
    assert said == ["figures not counted anew, the next reader asks again"]


@pytest.mark.parametrize("what", COUNTS)
def test_each_count_goes_as_far_as_the_regions_asked_for(campaign, what):
    in_state(State.OFFERED)
    in_state(State.FILED, academy="Strasbourg")
    in_state(State.DRAFT, academy="Strasbourg")
    lyon, strasbourg = (factories.academy(name).region_id for name in ("Lyon", "Strasbourg"))
    for where, files, offers in (
        (where_of(None), 2, 3),
        (where_of(frozenset({lyon, strasbourg})), 2, 3),
        (where_of(frozenset({strasbourg})), 1, 0),
        (where_of(frozenset()), 0, 0),
    ):
        found = count_anew(what, campaign.pk, where).found
        counted = sum(row["files"] for row in found) if isinstance(found, list) else found.whole.values
        if isinstance(counted, dict):
            assert (counted.get("filed", files), counted["sent"]) == (files, offers)
        else:
            assert counted == files


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.HEAD, Role.ADMINISTRATOR])
def test_the_regions_of_a_scope_are_the_files_its_office_sees(campaign, role):
    for academy in ("Lyon", "Grenoble", "Strasbourg"):
        in_state(State.FILED, academy=academy)
    user = factories.post(role, region=None if role == Role.ADMINISTRATOR else factories.academy("Lyon").region)
    where = where_of(None if user.scope.nation else user.scope.regions)
    assert filed(read(campaign, where=where)) == Referral.objects.of_office(user).count()
