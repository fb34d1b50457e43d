"""Is a seat left? The only writer of a vacancy's counters.

`hold`, `take`, `free` and `give_back` belong in the transaction that has locked the holder's own row: it puts one holder's
movements in order. Seats are scarce between holders; there the UPDATE's WHERE decides and the CHECK proves.
Doing a movement twice is doing it once.
"""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Min, Sum

from .models import Campaign, Line, Movement, Vacancy

MOST_SEATS = 1_000
"""More than any programme has ever had: beyond, somebody has mistaken a column."""
VALID_FOR = timedelta(days=30)
"""Older declarations are marked, and their institution is asked to confirm them."""


class NoSeatLeft(Exception):
    """Every declared seat is held or taken."""


class BelowCommitted(Exception):
    """The institution would declare fewer seats than are held or taken.

    holders: those who have them, opaque here.
    """

    def __init__(self, committed: int, holders: list[UUID]) -> None:
        super().__init__(committed)
        self.committed = committed
        self.holders = holders


def below(*, committed: int, wanted: int) -> str:
    """Return why ``wanted`` seats cannot be declared, as a French sentence without its full stop."""
    are = "places sont déjà réservées ou prises" if committed > 1 else "place est déjà réservée ou prise"
    return f"{committed} {are} : on ne peut pas en déclarer {wanted}"


class NotHeld(Exception):
    """This holder has no seat on which the movement could act: a fault of the caller."""


EFFECTS: dict[Movement, dict[str, int]] = {
    Movement.HOLD: {"held": 1},
    Movement.TAKE: {"held": -1, "taken": 1},
    Movement.FREE: {"held": -1},
    Movement.GIVE_BACK: {"taken": -1},
}
"""What each movement of a holder adds to the counters."""


def vacancy_of(*, programme_id: int, campaign_id: str, modality: str) -> Vacancy:
    """Return the vacancy of a programme in a campaign and modality, opened with no seat where there is none yet."""
    return Vacancy.objects.get_or_create(programme_id=programme_id, campaign_id=campaign_id, modality=modality)[0]


def declare(*, vacancy_id: int, seats: int, by: str, at: datetime, reason: str = "", valid_until: date | None = None) -> None:
    """Set the number of declared seats to ``seats``, valid until ``valid_until`` (by default `usual_validity`).

    Declaring the same number again confirms it, from today on; the same until the same day, twice in a day, writes no second line.
    Raises BelowCommitted; ValueError for a number out of 0 … `MOST_SEATS`.
    """
    if not 0 <= seats <= MOST_SEATS:
        raise ValueError(seats)
    with transaction.atomic():
        vacancy = _locked(vacancy_id, wanted=seats)
        today = at.astimezone(vacancy.programme.academy.tz).date()
        until = max(valid_until or usual_validity(vacancy.campaign, on=today), today)
        if (seats, today, until) == (vacancy.declared, vacancy.declared_on, vacancy.valid_until):
            return
        _declare(vacancy, seats=seats, on=today, until=until, by=by, at=at, reason=reason)


def redeclare(
    *, vacancy_id: int, seats: int, declared_on: date | None, valid_until: date | None, by: str, at: datetime, reason: str
) -> None:
    """Write a declaration with the dates it bears: a file's, of the day it was handed in, or those that stood before it.

    Raises BelowCommitted.
    """
    with transaction.atomic():
        vacancy = _locked(vacancy_id, wanted=seats)
        _declare(vacancy, seats=seats, on=declared_on, until=valid_until, by=by, at=at, reason=reason)


def _locked(vacancy_id: int, *, wanted: int) -> Vacancy:
    """Return the vacancy, locked, where ``wanted`` seats may be declared. Raises BelowCommitted."""
    locked = Vacancy.objects.select_for_update(of=("self",), no_key=True)
    vacancy = locked.select_related("campaign", "programme__academy").get(pk=vacancy_id)
    if wanted < vacancy.held + vacancy.taken:
        raise BelowCommitted(vacancy.held + vacancy.taken, holders(vacancy_id))
    return vacancy


def _declare(vacancy: Vacancy, *, seats: int, on: date | None, until: date | None, by: str, at: datetime, reason: str) -> None:
    Line.objects.create(
        vacancy=vacancy,
        movement=Movement.DECLARE,
        holder=uuid4(),
        declared=seats - vacancy.declared,
        valid_until=until,
        by=by,
        at=at,
        reason=reason,
    )
    Vacancy.objects.filter(pk=vacancy.pk).update(declared=seats, declared_on=on, valid_until=until)


def usual_validity(campaign: Campaign, *, on: date) -> date:
    """Return how long a declaration made on that day is relied on, where the institution does not say."""
    return max(on, min(on + VALID_FOR, campaign.search_until))


def holders(vacancy_id: int) -> list[UUID]:
    """Return those who hold or have taken a seat of the vacancy, the first to come first."""
    lines = Line.objects.filter(vacancy=vacancy_id).exclude(movement=Movement.DECLARE)
    left = lines.values("holder").annotate(seats=Sum("held") + Sum("taken"), since=Min("at"))
    return list(left.filter(seats__gt=0).order_by("since", "holder").values_list("holder", flat=True))


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
