"""An institution takes its last seat back while the office holds it: one of the two is told, and nobody is oversold."""

from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError

from referrals import procedure
from referrals.invariants import breaches
from tests.concurrency.at_once import PATIENCE, at_once
from tests.story import Story
from vacancies import seats
from vacancies.models import Line, Movement, Vacancy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story() -> Story:
    return Story().admissible()


def counters(vacancy: Vacancy) -> tuple[int, int, int]:
    vacancy.refresh_from_db()
    return vacancy.declared, vacancy.held, vacancy.free


@pytest.mark.parametrize("left", [1, 3])
def test_the_institution_lowers_while_the_office_holds_the_last_seat(story, left):
    """Of ``left`` seats all but one are held by others."""
    vacancy = story.vacancy(seats=left)
    for _ in range(left - 1):
        Story().admissible().consulting(vacancy=vacancy)
    consulting = partial(procedure.consult, story.id, vacancy_id=vacancy.pk, by=story.office, at=story.at)
    lowering = partial(seats.declare, vacancy_id=vacancy.pk, seats=left - 1, by="Scolarité", at=story.at)
    held, lowered = at_once(consulting, lowering)
    if isinstance(held, procedure.Refused):
        assert (held.code, lowered) == ("no_seat", None)
        assert counters(vacancy) == (left - 1, left - 1, 0)
    else:
        assert isinstance(lowered, seats.BelowCommitted)
        assert (lowered.committed, set(lowered.holders)) == (left, set(vacancy.offers.values_list("hold", flat=True)))
        assert counters(vacancy) == (left, left, 0)
    assert breaches(at=story.at) == []


def test_many_hold_while_it_lowers(story):
    """Ten seats, ten holders, and a declaration of four at the same instant."""
    vacancy = story.vacancy(seats=10)
    holding = [partial(seats.hold, vacancy_id=vacancy.pk, holder=uuid4(), by="x", at=story.at) for _ in range(10)]
    *held, lowered = at_once(*holding, partial(seats.declare, vacancy_id=vacancy.pk, seats=4, by="x", at=story.at))
    count = held.count(None)
    assert {type(outcome) for outcome in held} <= {type(None), seats.NoSeatLeft}
    if lowered is None:
        assert (count <= 4, counters(vacancy)) == (True, (4, count, 4 - count))
    else:
        assert isinstance(lowered, seats.BelowCommitted)
        assert (lowered.committed > 4, counters(vacancy)) == (True, (10, 10, 0))
    assert Line.objects.filter(movement=Movement.HOLD).count() == count


def test_two_declarations_at_once_leave_the_lines_in_order(story):
    """Each difference is counted from what the other has left."""
    vacancy = story.vacancy(seats=1)
    declaring = [partial(seats.declare, vacancy_id=vacancy.pk, seats=number, by="x", at=story.at) for number in range(2, 10)]
    assert at_once(*declaring) == [None] * 8
    assert ("counters_equal_the_sum_of_the_lines", f"vacancy {vacancy.pk}") not in breaches(at=story.at)


def declare_by_reading_first(*, vacancy_id: int, number: int, everybody_has_read: Barrier) -> None:
    """How not to do it: look without a lock, then write."""
    vacancy = Vacancy.objects.get(pk=vacancy_id)
    everybody_has_read.wait()
    if number < vacancy.held + vacancy.taken:
        raise seats.BelowCommitted(vacancy.held + vacancy.taken, [])
    Line.objects.create(
        vacancy=vacancy, movement=Movement.DECLARE, holder=uuid4(), declared=number - vacancy.declared, by="x", at=Story().at
    )
    Vacancy.objects.filter(pk=vacancy_id).update(declared=number)


def hold_by_reading_first(*, vacancy_id: int, everybody_has_read: Barrier) -> None:
    vacancy = Vacancy.objects.get(pk=vacancy_id)
    everybody_has_read.wait()
    if vacancy.free < 1:
        raise seats.NoSeatLeft(vacancy_id)
    Vacancy.objects.filter(pk=vacancy_id).update(held=vacancy.held + 1)


def test_control_without_the_guard_both_pass_and_the_database_alone_stops_the_overselling(story):
    vacancy = story.vacancy(seats=1)
    everybody_has_read = Barrier(2, timeout=PATIENCE)
    outcomes = at_once(
        partial(hold_by_reading_first, vacancy_id=vacancy.pk, everybody_has_read=everybody_has_read),
        partial(declare_by_reading_first, vacancy_id=vacancy.pk, number=0, everybody_has_read=everybody_has_read),
    )
    (stopped,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(stopped, IntegrityError)  # neither was told: a constraint broke
    assert "vacancy_never_oversold" in str(stopped)


def test_control_without_the_lock_two_declarations_lose_a_difference(story):
    vacancy = story.vacancy(seats=1)
    everybody_has_read = Barrier(2, timeout=PATIENCE)
    declaring = [
        partial(declare_by_reading_first, vacancy_id=vacancy.pk, number=number, everybody_has_read=everybody_has_read)
        for number in (5, 9)
    ]
    assert at_once(*declaring) == [None, None]
    assert ("counters_equal_the_sum_of_the_lines", f"vacancy {vacancy.pk}") in breaches(at=story.at)
