"""The ledger: each movement, twice, out of turn, and against what is committed."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.models import Sum

from tests.factories import VacancyFactory, instant
from vacancies import seats
from vacancies.models import Line, Movement, Vacancy

AT = instant("2026-07-01 09:00")
WHO = {"by": "Camille Exemple", "at": AT}

pytestmark = pytest.mark.django_db


@pytest.fixture
def vacancy() -> Vacancy:
    """Two declared seats."""
    return VacancyFactory(seats_declared=2)


def counters(vacancy: Vacancy) -> tuple[int, int, int, int]:
    """Declared, held, taken, free; the first three proved by the sums of the lines."""
    vacancy.refresh_from_db()
    sums = Line.objects.filter(vacancy=vacancy).aggregate(declared=Sum("declared"), held=Sum("held"), taken=Sum("taken"))
    assert sums == {"declared": vacancy.declared, "held": vacancy.held, "taken": vacancy.taken}
    return vacancy.declared, vacancy.held, vacancy.taken, vacancy.free


def movements(vacancy: Vacancy) -> list[str]:
    return list(vacancy.lines.order_by("pk").values_list("movement", flat=True))


MOVES = {
    "hold": lambda vacancy, holder: seats.hold(vacancy_id=vacancy.pk, holder=holder, **WHO),
    "take": lambda vacancy, holder: seats.take(holder=holder, **WHO),
    "free": lambda vacancy, holder: seats.free(holder=holder, **WHO),
    "give_back": lambda vacancy, holder: seats.give_back(holder=holder, **WHO),
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([], (2, 0, 0, 2)),
        (["hold"], (2, 1, 0, 1)),
        (["hold", "free"], (2, 0, 0, 2)),
        (["hold", "take"], (2, 0, 1, 1)),
        (["hold", "take", "give_back"], (2, 0, 0, 2)),
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_each_movement_once_or_twice(vacancy, path, expected, times):
    holder = uuid4()
    for name in path:
        for _ in range(times):
            MOVES[name](vacancy, holder)
    assert counters(vacancy) == expected
    assert movements(vacancy) == ["declare", *path]


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ([], "take"),
        ([], "free"),
        ([], "give_back"),
        (["hold"], "give_back"),
        (["hold", "free"], "take"),
        (["hold", "free"], "give_back"),
        (["hold", "take"], "free"),
    ],
)
def test_a_movement_out_of_turn_is_refused_and_leaves_nothing(vacancy, path, refused):
    holder = uuid4()
    for name in path:
        MOVES[name](vacancy, holder)
    before = counters(vacancy)
    with pytest.raises(seats.NotHeld), transaction.atomic():
        MOVES[refused](vacancy, holder)
    assert counters(vacancy) == before
    assert movements(vacancy) == ["declare", *path]


def test_the_last_seat_goes_once(vacancy):
    first, second, third = uuid4(), uuid4(), uuid4()
    MOVES["hold"](vacancy, first)
    MOVES["hold"](vacancy, second)
    with pytest.raises(seats.NoSeatLeft), transaction.atomic():
        MOVES["hold"](vacancy, third)
    assert counters(vacancy) == (2, 2, 0, 0)
    MOVES["free"](vacancy, first)
    MOVES["hold"](vacancy, third)
    assert counters(vacancy) == (2, 2, 0, 0)


def test_a_taken_seat_is_no_free_one(vacancy):
    seats.declare(vacancy_id=vacancy.pk, seats=1, **WHO)
    holder = uuid4()
    MOVES["hold"](vacancy, holder)
    MOVES["take"](vacancy, holder)
    with pytest.raises(seats.NoSeatLeft), transaction.atomic():
        MOVES["hold"](vacancy, uuid4())
    assert counters(vacancy) == (1, 0, 1, 0)


def test_declaring_writes_the_difference_and_why(vacancy):
    seats.declare(vacancy_id=vacancy.pk, seats=5, reason="désistements", **WHO)
    seats.declare(vacancy_id=vacancy.pk, seats=5, **WHO)
    seats.declare(vacancy_id=vacancy.pk, seats=1, **WHO)
    assert counters(vacancy) == (1, 0, 0, 1)
    lines = vacancy.lines.order_by("pk").values_list("movement", "declared", "reason")
    assert list(lines)[1:] == [("declare", 3, "désistements"), ("declare", -4, "")]


def test_declaring_below_what_is_committed_says_how_many_are(vacancy):
    held, taken = uuid4(), uuid4()
    MOVES["hold"](vacancy, held)
    MOVES["hold"](vacancy, taken)
    MOVES["take"](vacancy, taken)
    with pytest.raises(seats.BelowCommitted) as refusal:
        seats.declare(vacancy_id=vacancy.pk, seats=1, **WHO)
    assert refusal.value.committed == 2
    assert counters(vacancy) == (2, 1, 1, 0)


def test_a_line_says_who_and_when(vacancy):
    holder = uuid4()
    MOVES["hold"](vacancy, holder)
    line = Line.objects.get(holder=holder)
    assert (line.by, line.at, line.held, line.get_movement_display()) == ("Camille Exemple", AT, 1, "réservation")


@pytest.mark.parametrize("write", ["UPDATE vacancies_line SET held = 0", "DELETE FROM vacancies_line"])
def test_lines_are_append_only(vacancy, write):
    with pytest.raises((InternalError, IntegrityError), match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(write)
    assert movements(vacancy) == ["declare"]


def test_a_line_moves_what_it_says(vacancy):
    with pytest.raises(IntegrityError, match="line_moves_what_it_says"), transaction.atomic():
        Line.objects.create(vacancy=vacancy, movement=Movement.HOLD, holder=uuid4(), held=2, **WHO)


def test_the_database_itself_never_oversells(vacancy):
    with pytest.raises(IntegrityError, match="vacancy_never_oversold"), transaction.atomic():
        Vacancy.objects.filter(pk=vacancy.pk).update(held=3)
