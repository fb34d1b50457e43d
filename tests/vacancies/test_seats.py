"""The ledger: each movement, twice, out of turn, and against what is committed."""

from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.models import Sum

from tests.factories import CampaignFactory, InstitutionFactory, ProgrammeFactory, VacancyFactory, academy, instant
from vacancies import seats
from vacancies.models import Line, Modality, Movement, Vacancy

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


def dates(vacancy: Vacancy) -> tuple[date, date]:
    vacancy.refresh_from_db()
    return vacancy.declared_on, vacancy.valid_until


def test_the_same_number_again_confirms_it_by_a_line_and_once_a_day(vacancy):
    assert dates(vacancy) == (date(2026, 6, 15), date(2026, 7, 15))
    for hour in ("09:00", "09:00", "17:00"):
        seats.declare(vacancy_id=vacancy.pk, seats=2, by="Scolarité", at=instant(f"2026-07-20 {hour}"))
    assert list(vacancy.lines.values_list("declared", "by", "valid_until")) == [
        (2, "exemple", date(2026, 7, 15)),
        (0, "Scolarité", date(2026, 8, 19)),
    ]
    assert (dates(vacancy), counters(vacancy)) == ((date(2026, 7, 20), date(2026, 8, 19)), (2, 0, 0, 2))


def test_putting_a_declaration_back_puts_its_dates_back(vacancy):
    back = {"declared_on": date(2026, 6, 1), "valid_until": date(2026, 6, 10), "by": "x", "at": instant("2026-07-20 09:00")}
    seats.redeclare(vacancy_id=vacancy.pk, seats=1, reason="annulation", **back)
    assert (dates(vacancy), counters(vacancy)) == ((date(2026, 6, 1), date(2026, 6, 10)), (1, 0, 0, 1))
    seats.hold(vacancy_id=vacancy.pk, holder=uuid4(), **WHO)
    with pytest.raises(seats.BelowCommitted):
        seats.redeclare(vacancy_id=vacancy.pk, seats=0, reason="annulation", **back)


def test_a_declaration_of_nothing_is_dated_too():
    vacancy = seats.vacancy_of(programme_id=ProgrammeFactory().pk, campaign_id=CampaignFactory().pk, modality=Modality.INITIAL)
    assert dates(vacancy) == (None, None)
    seats.declare(vacancy_id=vacancy.pk, seats=0, **WHO)
    assert (dates(vacancy), vacancy.declared, movements(vacancy)) == ((date(2026, 7, 1), date(2026, 7, 31)), 0, ["declare"])


@pytest.mark.parametrize(
    ("on", "until"),
    [
        ("2026-07-01", date(2026, 7, 31)),
        ("2026-10-01", date(2026, 10, 31)),
        ("2026-10-02", date(2026, 10, 31)),
        ("2026-10-31", date(2026, 10, 31)),
        ("2026-11-05", date(2026, 11, 5)),
    ],
    ids=["thirty days", "just the last day", "not beyond the campaign", "its last day", "after it"],
)
def test_how_long_a_declaration_is_valid_where_nobody_says(vacancy, on, until):
    seats.declare(vacancy_id=vacancy.pk, seats=1, by="x", at=instant(f"{on} 12:00"))
    assert dates(vacancy) == (date.fromisoformat(on), until)


@pytest.mark.parametrize(
    ("said", "until"),
    [
        (date(2026, 7, 2), date(2026, 7, 2)),
        (date(2026, 10, 31), date(2026, 10, 31)),
        (date(2026, 7, 1), date(2026, 7, 1)),
        (date(2026, 6, 1), date(2026, 7, 1)),  # never before the day it is made
    ],
)
def test_how_long_it_is_valid_where_the_institution_says(vacancy, said, until):
    seats.declare(vacancy_id=vacancy.pk, seats=1, valid_until=said, **WHO)
    assert dates(vacancy) == (date(2026, 7, 1), until)


@pytest.mark.parametrize(
    ("where", "at", "on"),
    [
        ("Lyon", "2026-07-01 21:59", date(2026, 7, 1)),
        ("Lyon", "2026-07-01 22:00", date(2026, 7, 2)),
        ("La Réunion", "2026-07-01 19:59", date(2026, 7, 1)),
        ("La Réunion", "2026-07-01 20:00", date(2026, 7, 2)),
        ("Nouvelle-Calédonie", "2026-07-01 12:59", date(2026, 7, 1)),
        ("Nouvelle-Calédonie", "2026-07-01 13:00", date(2026, 7, 2)),
        ("Martinique", "2026-07-02 03:59", date(2026, 7, 1)),
        ("Martinique", "2026-07-02 04:00", date(2026, 7, 2)),
    ],
)
def test_the_day_is_that_of_the_academie_where_it_is_taught(where, at, on):
    """Whatever the académie of the institution; ``at`` is UTC."""
    programme = ProgrammeFactory(institution=InstitutionFactory(), academy=academy(where))
    vacancy = VacancyFactory(programme=programme)
    seats.declare(vacancy_id=vacancy.pk, seats=1, by="x", at=instant(f"{at} UTC"))
    assert dates(vacancy)[0] == on


@pytest.mark.parametrize(("number", "allowed"), [(-1, False), (0, True), (1000, True), (1001, False)])
def test_out_of_range_is_a_fault_of_the_caller(vacancy, number, allowed):
    assert seats.MOST_SEATS == 1000
    if allowed:
        seats.declare(vacancy_id=vacancy.pk, seats=number, **WHO)
        assert counters(vacancy) == (number, 0, 0, number)
    else:
        with pytest.raises(ValueError, match=str(number)):
            seats.declare(vacancy_id=vacancy.pk, seats=number, **WHO)
        assert (counters(vacancy), dates(vacancy)) == ((2, 0, 0, 2), (date(2026, 6, 15), date(2026, 7, 15)))


def moved(vacancy: Vacancy, *names: str, at: datetime) -> UUID:
    """Lead a new holder through the movements, all at one instant."""
    holder = uuid4()
    for name in names:
        if name == "hold":
            seats.hold(vacancy_id=vacancy.pk, holder=holder, by="x", at=at)
        else:
            getattr(seats, name)(holder=holder, by="x", at=at)
    return holder


def test_those_in_the_way_are_those_who_hold_or_have_taken_the_first_to_come_first():
    vacancy = VacancyFactory(seats_declared=6)
    days = [instant(f"2026-07-{day:02d} 09:00") for day in range(1, 7)]
    late = moved(vacancy, "hold", at=days[4])
    first = moved(vacancy, "hold", "take", at=days[0])
    moved(vacancy, "hold", "free", at=days[1])
    second = moved(vacancy, "hold", at=days[2])
    moved(vacancy, "hold", "take", "give_back", at=days[3])
    moved(VacancyFactory(), "hold", at=days[0])  # of another vacancy
    seats.take(holder=late, by="x", at=days[5])  # taken last, it came when it was held
    assert seats.holders(vacancy.pk) == [first, second, late]
    with pytest.raises(seats.BelowCommitted) as refusal:
        seats.declare(vacancy_id=vacancy.pk, seats=2, **WHO)
    assert (refusal.value.committed, refusal.value.holders) == (3, [first, second, late])
    seats.declare(vacancy_id=vacancy.pk, seats=3, **WHO)
    assert counters(vacancy) == (3, 1, 2, 0)


def test_a_refusal_confirms_nothing(vacancy):
    MOVES["hold"](vacancy, uuid4())
    with pytest.raises(seats.BelowCommitted):
        seats.declare(vacancy_id=vacancy.pk, seats=0, valid_until=date(2026, 9, 1), **WHO)
    assert (dates(vacancy), movements(vacancy)) == ((date(2026, 6, 15), date(2026, 7, 15)), ["declare", "hold"])


def test_nobody_holds_anything_of_an_untouched_vacancy(vacancy):
    assert seats.holders(vacancy.pk) == []


@pytest.mark.parametrize(
    ("on", "held", "stale"),
    [
        (date(2026, 7, 15), 0, False),
        (date(2026, 7, 16), 0, True),
        (date(2026, 7, 16), 1, True),
        (date(2026, 7, 16), 2, False),  # nothing left to rely on
    ],
)
def test_what_is_out_of_date(vacancy, on, held, stale):
    for _ in range(held):
        MOVES["hold"](vacancy, uuid4())
    vacancy.refresh_from_db()
    assert (vacancy.is_stale(on=on), Vacancy.objects.stale(on=on).exists()) == (stale, stale)


def test_what_was_never_declared_is_not_out_of_date():
    vacancy = seats.vacancy_of(programme_id=ProgrammeFactory().pk, campaign_id=CampaignFactory().pk, modality=Modality.INITIAL)
    on = date(2030, 1, 1)
    assert (vacancy.is_stale(on=on), Vacancy.objects.stale(on=on).exists()) == (False, False)


def test_two_modalities_are_two_vacancies_each_with_its_own_seats(vacancy):
    def of(modality: Modality) -> Vacancy:
        return seats.vacancy_of(programme_id=vacancy.programme_id, campaign_id=vacancy.campaign_id, modality=modality)

    other = of(Modality.APPRENTICESHIP)
    assert (of(Modality.INITIAL), of(Modality.APPRENTICESHIP), other == vacancy) == (vacancy, other, False)
    seats.declare(vacancy_id=other.pk, seats=5, **WHO)
    MOVES["hold"](other, uuid4())
    assert (counters(vacancy), counters(other)) == ((2, 0, 0, 2), (5, 1, 0, 4))
    assert str(other) == f"{vacancy} (apprentissage)"


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"valid_until": date(2026, 6, 14)}, "vacancy_valid_from_its_declaration"),
        ({"declared_on": None}, "vacancy_valid_from_its_declaration"),
        ({"valid_until": None}, "vacancy_valid_from_its_declaration"),
    ],
)
def test_the_database_itself_keeps_the_dates_together(vacancy, columns, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Vacancy.objects.filter(pk=vacancy.pk).update(**columns)


def test_a_modality_is_declared_once_a_campaign(vacancy):
    with pytest.raises(IntegrityError, match="vacancy_once_a_campaign_and_modality"), transaction.atomic():
        Vacancy.objects.create(programme=vacancy.programme, campaign=vacancy.campaign)
