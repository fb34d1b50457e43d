"""What must never be true. Asked every night, and after every test that breaks something on purpose.

Each invariant is a query for the rows that break it; an empty answer is the good one.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from vacancies.models import Line, Movement, Vacancy

from .models import Document, Event, Limit, LimitKind, LimitStatus, Offer, Referral
from .models.history import note_digest
from .rules.states import ENDED, FILED_ONCE, HOLDING, OfferState, State

TELLING_TIME = timedelta(hours=24)
"""How long the mail that announces a limit may take before somebody must look."""

Breaches = Iterator[str]
INVARIANTS: dict[str, Callable[[datetime], Breaches]] = {}


def invariant(ask: Callable[[datetime], Breaches]) -> Callable[[datetime], Breaches]:
    """Enter a question into the list, under its own name."""
    INVARIANTS[ask.__name__] = ask
    return ask


def breaches(*, at: datetime) -> list[tuple[str, str]]:
    """Return every breach at ``at``: the invariant's name, and what breaks it."""
    return [(name, breach) for name, ask in INVARIANTS.items() for breach in ask(at)]


@invariant
def counters_equal_the_sum_of_the_lines(at: datetime) -> Breaches:
    sums = {name: Coalesce(Sum(f"lines__{name}"), 0) for name in ("declared", "held", "taken")}
    totals = Vacancy.objects.annotate(**{f"sum_{name}": total for name, total in sums.items()})
    wrong = ~Q(declared=F("sum_declared")) | ~Q(held=F("sum_held")) | ~Q(taken=F("sum_taken"))
    for vacancy in totals.filter(wrong):
        yield f"vacancy {vacancy.pk}"


@invariant
def every_held_seat_has_its_offer(at: datetime) -> Breaches:
    """Neither an offer without its seat, nor a seat held for nobody."""
    held = Line.objects.filter(movement=Movement.HOLD)
    moved_on = Line.objects.filter(holder=OuterRef("holder"), movement__in=[Movement.TAKE, Movement.FREE])
    still_held = set(held.filter(~Exists(moved_on)).values_list("holder", flat=True))
    wanted = set(Offer.objects.filter(state__in=HOLDING).values_list("hold", flat=True))
    for holder in sorted(still_held ^ wanted, key=str):
        yield f"hold {holder}"


@invariant
def every_accepted_offer_has_taken_its_seat(at: datetime) -> Breaches:
    returned = Line.objects.filter(holder=OuterRef("holder"), movement=Movement.GIVE_BACK)
    taken = set(Line.objects.filter(~Exists(returned), movement=Movement.TAKE).values_list("holder", flat=True))
    wanted = set(Offer.objects.filter(state=OfferState.ACCEPTED).values_list("hold", flat=True))
    for holder in sorted(taken ^ wanted, key=str):
        yield f"hold {holder}"


@invariant
def accepted_referrals_have_one_accepted_offer(at: datetime) -> Breaches:
    accepted = Exists(Offer.objects.filter(referral=OuterRef("pk"), state=OfferState.ACCEPTED))
    for referral in Referral.objects.filter(Q(accepted, ~Q(state=State.ACCEPTED)) | Q(~accepted, state=State.ACCEPTED)):
        yield f"referral {referral.pk}"


@invariant
def ended_referrals_hold_nothing_and_wait_for_nothing(at: datetime) -> Breaches:
    holding = Exists(Offer.objects.filter(referral=OuterRef("pk"), state__in=HOLDING))
    waiting = Exists(Limit.objects.filter(referral=OuterRef("pk"), status=LimitStatus.LIVE))
    for referral in Referral.objects.filter(holding | waiting, state__in=ENDED):
        yield f"referral {referral.pk}"


@invariant
def who_must_answer_has_a_limit(at: datetime) -> Breaches:
    """In *offered* and *incomplete* a clock runs, and never elsewhere a common answer clock."""
    live = Limit.objects.filter(referral=OuterRef("pk"), status=LimitStatus.LIVE)
    answer, supply = Exists(live.filter(kind=LimitKind.ANSWER)), Exists(live.filter(kind=LimitKind.SUPPLY))
    common = Exists(live.filter(kind=LimitKind.ANSWER, offer__isnull=True))
    wrong = (
        Q(~answer, state=State.OFFERED)
        | Q(~supply, state=State.INCOMPLETE)
        | (Q(common) & ~Q(state=State.OFFERED))
        | (Q(supply) & ~Q(state=State.INCOMPLETE))
    )
    for referral in Referral.objects.filter(wrong):
        yield f"referral {referral.pk}"


@invariant
def no_clock_runs_untold(at: datetime) -> Breaches:
    announced = Limit.objects.live().exclude(kind=LimitKind.FILING)
    for limit in announced.filter(told_at__isnull=True, created_at__lt=at - TELLING_TIME):
        yield f"limit {limit.pk} of referral {limit.referral_id}"


@invariant
def nothing_overdue_is_left_open(at: datetime) -> Breaches:
    late = Limit.objects.overdue(at=at - timedelta(hours=1)).filter(Q(kind=LimitKind.FILING) | Q(told_at__isnull=False))
    for limit in late:
        yield f"limit {limit.pk} of referral {limit.referral_id}"


@invariant
def no_seat_is_held_past_its_date(at: datetime) -> Breaches:
    """An unanswered consultation lapses; an agreement is sent or let go before its own date."""
    asked = Offer.objects.asked().filter(held_until__lt=at - timedelta(hours=1))
    for offer in asked:
        yield f"offer {offer.pk} of referral {offer.referral_id}"


@invariant
def every_filed_referral_has_its_receipt(at: datetime) -> Breaches:
    receipt = Exists(Document.objects.filter(referral=OuterRef("pk"), kind="receipt"))
    for referral in Referral.objects.filter(~receipt, state__in=FILED_ONCE):
        yield f"referral {referral.pk}"


@invariant
def every_history_proves_itself(at: datetime) -> Breaches:
    """Each event hashes to its hash, follows the one before, and its note, while it stands, is the one that was written."""
    events = Event.objects.order_by("referral_id", "seq").iterator()
    for referral_id, chain in groupby(events, key=attrgetter("referral_id")):
        previous = ""
        for seq, event in enumerate(chain, 1):
            forged = event.note and event.payload.get("note") != note_digest(note=event.note, salt=event.salt)
            if event.seq != seq or event.previous != previous or event.hash != event.computed_hash() or forged:
                yield f"event {event.seq} of referral {referral_id}"
                break
            previous = event.hash
