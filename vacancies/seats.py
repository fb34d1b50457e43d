"""Is a seat left? The only writer of a vacancy's counters.

`hold`, `take`, `free` and `give_back` belong in the transaction that has locked the holder's own row: it puts one holder's
movements in order. Seats are scarce between holders; there the UPDATE's WHERE decides and the CHECK proves.
Doing a movement twice is doing it once.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from .models import Line, Movement, Vacancy


class NoSeatLeft(Exception):
    """Every declared seat is held or taken."""


class BelowCommitted(Exception):
    """The institution would declare fewer seats than are held or taken."""

    def __init__(self, committed: int) -> None:
        super().__init__(committed)
        self.committed = committed


class NotHeld(Exception):
    """This holder has no seat on which the movement could act: a fault of the caller."""


EFFECTS: dict[Movement, dict[str, int]] = {
    Movement.HOLD: {"held": 1},
    Movement.TAKE: {"held": -1, "taken": 1},
    Movement.FREE: {"held": -1},
    Movement.GIVE_BACK: {"taken": -1},
}
"""What each movement of a holder adds to the counters."""


def declare(*, vacancy_id: int, seats: int, by: str, at: datetime, reason: str = "") -> None:
    """Set the number of declared seats to ``seats``; declaring the same number again changes nothing.

    Raises BelowCommitted.
    """
    with transaction.atomic():
        vacancy = Vacancy.objects.select_for_update(of=("self",), no_key=True).get(pk=vacancy_id)
        if seats < vacancy.held + vacancy.taken:
            raise BelowCommitted(vacancy.held + vacancy.taken)
        if difference := seats - vacancy.declared:
            Line.objects.create(
                vacancy=vacancy, movement=Movement.DECLARE, holder=uuid4(), declared=difference, by=by, at=at, reason=reason
            )
            Vacancy.objects.filter(pk=vacancy_id).update(declared=seats)


@transaction.atomic
def hold(*, vacancy_id: int, holder: UUID, by: str, at: datetime) -> None:
    """Hold one free seat for ``holder``.

    Raises NoSeatLeft.
    """
    if not _write_line(Movement.HOLD, vacancy_id=vacancy_id, holder=holder, by=by, at=at):
        return
    with_a_free_seat = Vacancy.objects.filter(pk=vacancy_id, declared__gt=F("held") + F("taken"))
    if not with_a_free_seat.update(held=F("held") + 1):
        raise NoSeatLeft(vacancy_id)


def take(*, holder: UUID, by: str, at: datetime) -> None:
    """Turn the seat that ``holder`` holds into a taken one."""
    _move(Movement.TAKE, after=Movement.HOLD, unless=Movement.FREE, holder=holder, by=by, at=at)


def free(*, holder: UUID, by: str, at: datetime) -> None:
    """Give up the seat that ``holder`` holds."""
    _move(Movement.FREE, after=Movement.HOLD, unless=Movement.TAKE, holder=holder, by=by, at=at)


def give_back(*, holder: UUID, by: str, at: datetime) -> None:
    """Return the seat that ``holder`` has taken: an acceptance undone, an enrolment lost."""
    _move(Movement.GIVE_BACK, after=Movement.TAKE, unless=None, holder=holder, by=by, at=at)


@transaction.atomic
def _move(movement: Movement, *, after: Movement, unless: Movement | None, holder: UUID, by: str, at: datetime) -> None:
    done = dict(Line.objects.filter(holder=holder).values_list("movement", "vacancy_id"))
    if movement in done:
        return
    if after not in done or unless in done:
        raise NotHeld(f"{movement} for {holder}: {sorted(done)}")
    vacancy_id = done[after]
    if _write_line(movement, vacancy_id=vacancy_id, holder=holder, by=by, at=at):
        Vacancy.objects.filter(pk=vacancy_id).update(**{name: F(name) + change for name, change in EFFECTS[movement].items()})


def _write_line(movement: Movement, *, vacancy_id: int, holder: UUID, by: str, at: datetime) -> bool:
    """Write the line of ``movement``; False where it stood already."""
    _, first_time = Line.objects.get_or_create(
        holder=holder,
        movement=movement,
        defaults={"vacancy_id": vacancy_id, "by": by, "at": at} | EFFECTS[movement],
    )
    return first_time
