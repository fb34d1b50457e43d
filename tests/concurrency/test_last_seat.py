"""Forty holders, each clicking twice, for three seats: three held, three lines."""

from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest

from referrals.invariants import breaches
from tests import factories
from tests.concurrency.at_once import PATIENCE, at_once
from tests.factories import instant
from vacancies import seats
from vacancies.models import Line, Movement, Vacancy

pytestmark = pytest.mark.django_db(transaction=True)

AT = instant("2026-07-01 10:00")
HOLDERS, SEATS = 40, 3


def test_forty_holders_twice_each_for_three_seats():
    vacancy = factories.VacancyFactory(seats_declared=SEATS)
    holders = [uuid4() for _ in range(HOLDERS)]
    outcomes = at_once(*(partial(seats.hold, vacancy_id=vacancy.pk, holder=holder, by="x", at=AT) for holder in holders * 2))
    vacancy.refresh_from_db()
    held = Line.objects.filter(movement=Movement.HOLD)
    assert (vacancy.held, vacancy.free, held.count()) == (SEATS, 0, SEATS)
    assert {type(outcome) for outcome in outcomes} == {type(None), seats.NoSeatLeft}


def hold_by_reading_first(*, vacancy_id, holder, everybody_has_read):
    """How not to do it: look, then write what one has seen plus one."""
    vacancy = Vacancy.objects.get(pk=vacancy_id)
    everybody_has_read.wait()
    if vacancy.free < 1:
        raise seats.NoSeatLeft(vacancy_id)
    Line.objects.create(vacancy=vacancy, movement=Movement.HOLD, holder=holder, held=1, by="x", at=AT)
    Vacancy.objects.filter(pk=vacancy_id).update(held=vacancy.held + 1)


def test_control_reading_before_writing_oversells():
    vacancy = factories.VacancyFactory(seats_declared=SEATS)
    everybody_has_read = Barrier(HOLDERS, timeout=PATIENCE)
    calls = (
        partial(hold_by_reading_first, vacancy_id=vacancy.pk, holder=uuid4(), everybody_has_read=everybody_has_read)
        for _ in range(HOLDERS)
    )
    assert at_once(*calls) == [None] * HOLDERS
    assert Line.objects.filter(movement=Movement.HOLD).count() == HOLDERS > SEATS
    assert ("counters_equal_the_sum_of_the_lines", f"vacancy {vacancy.pk}") in breaches(at=AT)
