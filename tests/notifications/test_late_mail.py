"""Nobody's clock runs untold: a mail that leaves on a later day moves the limit it announces."""

from datetime import date, timedelta

import pytest

from notifications import outbox
from notifications.models import Message
from referrals.models import Limit, LimitStatus
from tests.factories import instant
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered() -> Story:
    """Three offers sent in La Réunion on 6 July 2026 at noon, local time."""
    story = Story(academy="La Réunion", at=instant("2026-07-06 10:00 Europe/Paris"))
    story.offered(3)
    return story


@pytest.fixture
def announcement(offered) -> Message:
    return Message.objects.get(template="offers_complete")


def test_a_mail_of_the_same_local_day_leaves_the_limit_where_it_is(server, offered, announcement):
    at = instant("2026-07-06 23:59 Indian/Reunion")
    outbox.deliver(announcement.pk, at=at)
    (limit,) = Limit.objects.filter(kind="answer")
    announcement.refresh_from_db()
    assert limit.told_at == announcement.sent_at
    assert (limit.start, limit.last_day) == (date(2026, 7, 6), date(2026, 7, 21))
    assert Message.objects.filter(template="limit_moved").count() == 0


def test_a_mail_of_the_next_local_day_moves_it_and_says_so(server, offered, announcement):
    at = instant("2026-07-07 00:01 Indian/Reunion")  # in Paris it is still the sixth
    outbox.deliver(announcement.pk, at=at)
    outbox.report(Message.objects.get(pk=announcement.pk), at=at)
    first, moved = Limit.objects.filter(kind="answer").order_by("pk")
    announcement.refresh_from_db()
    assert (first.status, first.told_at) == (LimitStatus.SUPERSEDED, None)
    assert (moved.supersedes, moved.status, moved.told_at) == (first, LimitStatus.LIVE, announcement.sent_at)
    assert (moved.start, moved.last_day) == (date(2026, 7, 7), date(2026, 7, 22))
    assert moved.ends_at == instant("2026-07-23 00:00 Indian/Reunion")
    kinds = list(offered.referral.events.values_list("kind", flat=True))
    assert kinds[-2:] == ["mail_sent", "move_limit"]
    assert kinds.count("move_limit") == 1
    said = Message.objects.get(template="limit_moved")
    assert said.subject == "Votre délai court désormais jusqu’au 22\N{NO-BREAK SPACE}juillet"
    assert said.limit is None  # its leaving late must not move anything again


def test_a_failed_mail_sent_again_weeks_later_still_gives_the_whole_time(server, offered, announcement):
    server.replies = ["550 5.1.1 boîte inconnue"]
    outbox.deliver(announcement.pk, at=offered.at)
    later = offered.at + timedelta(days=20)  # past the end of the limit that nobody was told of
    assert offered.limit().told_at is None
    outbox.resend(Message.objects.get(pk=announcement.pk), at=later)
    outbox.deliver(announcement.pk, at=later)
    moved = offered.limit()
    assert (moved.start, moved.days) == (date(2026, 7, 26), 15)
    assert moved.told_at is not None


def test_a_slow_server_past_midnight_counts_as_the_next_day(server, offered, announcement, monkeypatch):
    ticks = iter([0.0, 90.0])
    monkeypatch.setattr(outbox, "monotonic", lambda: next(ticks))
    outbox.deliver(announcement.pk, at=instant("2026-07-06 23:59 Indian/Reunion"))
    assert offered.limit().start == date(2026, 7, 7)
