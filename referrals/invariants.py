"""What must never be true. Asked every night, and after every test that breaks something on purpose.

Each invariant is a query for the rows that break it; an empty answer is the good one.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest

from vacancies.models import Import, ImportState, Line, Movement, Vacancy

from . import chains
from .models import (
    Document,
    Draft,
    DraftState,
    Event,
    Extension,
    Limit,
    LimitKind,
    LimitStatus,
    MatchingRun,
    Offer,
    Post,
    Referral,
    Role,
    RunState,
    StandingAgreement,
)
from .models.people import ACTOR_OF_ROLE
from .models.referral import UNDATED, WAITING
from .procedure.following import steps_of
from .rules.follow_up import Next
from .rules.states import ASKED, COUNTED, ENDED, FILED_ONCE, FOLLOWED, HOLDING, SEARCHED, TAKEN, OfferState, State

TELLING_TIME = timedelta(hours=24)
"""How long the mail that announces a limit may take before somebody must look."""

NEAR_THE_END = timedelta(days=14)
"""How long before the campaign's last date a file that lacks offers becomes the task of a head, by name."""

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
    wanted = set(Offer.objects.filter(state__in=TAKEN).values_list("hold", flat=True))
    for holder in sorted(taken ^ wanted, key=str):
        yield f"hold {holder}"


@invariant
def every_live_offer_is_of_its_referrals_campaign(at: datetime) -> Breaches:
    """A seat of another year is nobody's to offer."""
    live = Offer.objects.filter(state__in=HOLDING | TAKEN)
    for offer in live.exclude(vacancy__campaign=F("referral__campaign")):
        yield f"offer {offer.pk} of referral {offer.referral_id}"


@invariant
def no_programme_is_proposed_twice_to_a_student(at: datetime) -> Breaches:
    """Two modalities are two vacancies and one programme: a constraint sees to the vacancies alone."""
    live = Offer.objects.filter(state__in=HOLDING | TAKEN).order_by().values("referral", "vacancy__programme")
    for twice in live.annotate(offers=Count("pk")).filter(offers__gt=1):
        yield f"programme {twice['vacancy__programme']} to referral {twice['referral']}"


@invariant
def no_more_seats_are_asked_for_than_offers_are_due(at: datetime) -> Breaches:
    """Once all due were made, one at a time beyond them."""
    counted = Count("offers", filter=Q(offers__state__in=COUNTED, offers__sent_at__isnull=False), distinct=True)
    asked = Count("offers", filter=Q(offers__state__in=ASKED), distinct=True)
    searched = Referral.objects.filter(state__in=SEARCHED).annotate(counted=counted, asked=asked)
    due = Greatest(F("rules__offers_required") - F("counted"), 1)
    for referral in searched.filter(asked__gt=due):
        yield f"referral {referral.pk}"


@invariant
def no_standing_agreement_bears_more_offers_than_its_seats(at: datetime) -> Breaches:
    resting = Count("offers", filter=Q(offers__state__in=HOLDING | TAKEN))
    for agreement in StandingAgreement.objects.annotate(resting=resting).filter(resting__gt=F("seats")):
        yield f"standing agreement {agreement.pk}"


@invariant
def no_run_is_left_at_work(at: datetime) -> Breaches:
    """A worker takes minutes for a run or for the drafts somebody ordered: after an hour somebody must look."""
    long_ago = at - timedelta(hours=1)
    for run in MatchingRun.objects.filter(state=RunState.ORDERED, ordered_at__lt=long_ago):
        yield f"run {run.pk}"
    for draft in Draft.objects.filter(state=DraftState.ORDERED, decided_at__lt=long_ago):
        yield f"draft {draft.pk} of run {draft.run_id}"


@invariant
def who_has_declared_has_said_when(at: datetime) -> Breaches:
    """Or nobody would ever be asked to confirm it."""
    for vacancy in Vacancy.objects.filter(declared__gt=0, declared_on__isnull=True):
        yield f"vacancy {vacancy.pk}"


@invariant
def no_import_is_left_at_work(at: datetime) -> Breaches:
    """A worker takes minutes, and one that dies is replaced: after an hour somebody must look. One that is read once more counts
    from when it was handed in.
    """
    long_ago = at - timedelta(hours=1)
    asked = (
        Q(state=ImportState.READING, at__lt=long_ago)
        | Q(state=ImportState.APPLYING, decided_at__lt=long_ago)
        | Q(state=ImportState.REVERSING, reversed_at__lt=long_ago)
    )
    for of in Import.objects.filter(asked):
        yield f"import {of.pk}"


@invariant
def accepted_referrals_have_one_accepted_offer(at: datetime) -> Breaches:
    for state, offer_state in ((State.ACCEPTED, OfferState.ACCEPTED), (State.ENROLLED, OfferState.ENROLLED)):
        taken = Exists(Offer.objects.filter(referral=OuterRef("pk"), state=offer_state))
        for referral in Referral.objects.filter(Q(taken, ~Q(state=state)) | Q(~taken, state=state)):
            yield f"referral {referral.pk}"


@invariant
def ended_referrals_hold_nothing_and_wait_for_nothing(at: datetime) -> Breaches:
    holding = Exists(Offer.objects.filter(referral=OuterRef("pk"), state__in=HOLDING))
    waiting = Exists(Limit.objects.filter(referral=OuterRef("pk"), status=LimitStatus.LIVE))
    for referral in Referral.objects.filter(holding | waiting, state__in=ENDED):
        yield f"referral {referral.pk}"


@invariant
def who_must_answer_has_a_limit(at: datetime) -> Breaches:
    """In *offered* and *incomplete* a clock runs, and never elsewhere a common answer clock (an offer may have its own)."""
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
def every_confirmed_extension_is_applied(at: datetime) -> Breaches:
    """Its author may have lost her post before the sweep could act in her name: then somebody orders it anew."""
    for extension in Extension.objects.waiting().filter(confirmed_at__lt=at - timedelta(hours=1)):
        yield f"extension {extension.pk}"


@invariant
def no_seat_is_held_past_its_date(at: datetime) -> Breaches:
    """An unanswered consultation lapses; an agreement is sent or let go before its own date."""
    asked = Offer.objects.asked().filter(held_until__lt=at - timedelta(hours=1))
    for offer in asked:
        yield f"offer {offer.pk} of referral {offer.referral_id}"


@invariant
def every_filed_referral_has_its_receipt(at: datetime) -> Breaches:
    """Until its time is over, and with it that of everything else of its person."""
    receipt = Exists(Document.objects.filter(referral=OuterRef("pk"), kind="receipt"))
    for referral in Referral.objects.filter(~receipt, state__in=FILED_ONCE, erased_at__isnull=True):
        yield f"referral {referral.pk}"


@invariant
def nothing_that_tells_of_a_person_is_left_of_an_erased_referral(at: datetime) -> Breaches:
    erased = Referral.objects.filter(erased_at__isnull=False)
    said = Exists(Event.objects.filter(referral=OuterRef("pk")).exclude(note="", salt="", by_name=""))
    document = Exists(Document.objects.filter(referral=OuterRef("pk")))
    named = ~Q(first_names="", birth_name="", usage_name="", ine="", project="")
    for referral in erased.filter(said | document | named):
        yield f"referral {referral.pk}"


@invariant
def every_unserved_file_near_the_end_has_a_named_head(at: datetime) -> Breaches:
    """Where the region has a head; a file that has moved since yesterday waits for the next sweep."""
    yesterday = at - timedelta(days=1)
    head = Exists(Post.objects.on(at.date()).filter(role=Role.HEAD, regions=OuterRef("region"), user__is_active=True))
    moved = Exists(Event.objects.filter(referral=OuterRef("pk"), at__gt=yesterday))
    near = Referral.objects.filter(state__in=SEARCHED, campaign__search_until__lte=yesterday.date() + NEAR_THE_END)
    counted = near.annotate(counted=Count("offers", filter=Q(offers__state__in=COUNTED, offers__sent_at__isnull=False)))
    unserved = counted.filter(counted__lt=F("rules__offers_required"), escalated_to__isnull=True)
    for referral in unserved.filter(head, ~moved):
        yield f"referral {referral.pk}"


def undated(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    """Those of ``referrals`` that are followed, and have no holder or no next date."""
    return referrals.filter(UNDATED, state__in=FOLLOWED)


def misdated(referrals: QuerySet[Referral]) -> Iterator[tuple[Referral, Next]]:
    """Those of ``referrals`` whose holder or next date is not what the rules give, and what it should be."""
    followed = referrals.filter(~Q(holder=""), state__in=FOLLOWED, next_at__isnull=False).select_related("licence_academy")
    for batch in _batches(followed):
        for referral, step in zip(batch, steps_of(batch), strict=True):
            if (referral.holder, referral.next_at, referral.next_due) != (step.holder, step.at, step.what):
                yield referral, step


def ended_and_waiting(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    """Those of ``referrals`` about which nothing is to be done, and that still have a holder or a next date."""
    return referrals.filter(~Q(state__in=FOLLOWED), WAITING)


def unowned(referrals: QuerySet[Referral], *, on: date) -> QuerySet[Referral]:
    """Those of ``referrals`` that are followed by nobody who works in their region's office that day, away or not."""
    here = _posts(on).filter(regions=OuterRef("region"), user=OuterRef("assigned_to"))
    return referrals.filter(~Exists(here), state__in=FOLLOWED)


def _posts(on: date) -> QuerySet[Post]:
    return Post.objects.on(on).filter(role__in=ACTOR_OF_ROLE, user__is_active=True)


@invariant
def every_file_says_who_holds_it_and_until_when(at: datetime) -> Breaches:
    """Whoever is followed has a holder and a next date, and they are those that the rules give."""
    referrals = Referral.objects.order_by("pk")
    for referral in undated(referrals):
        yield f"referral {referral.pk} has no holder or no next date"
    for referral, step in misdated(referrals):
        yield f"referral {referral.pk} says {referral.next_due} {referral.next_at}, and should {step.what} {step.at}"
    for referral in ended_and_waiting(referrals):
        yield f"referral {referral.pk} has ended, and waits"


def _batches(referrals: QuerySet[Referral], size: int = 1000) -> Iterator[list[Referral]]:
    rows = referrals.iterator(chunk_size=size)
    while batch := list(islice(rows, size)):
        yield batch


@invariant
def every_followed_file_has_an_owner_at_work(at: datetime) -> Breaches:
    """Where the region has somebody at all; what has moved since yesterday waits for the next sweep."""
    staffed = Exists(_posts(at.date()).filter(regions=OuterRef("region")))
    moved = Exists(Event.objects.filter(referral=OuterRef("pk"), at__gt=at - timedelta(days=1)))
    for referral in unowned(Referral.objects.filter(staffed, ~moved), on=at.date()).order_by("pk"):
        yield f"referral {referral.pk}"


@invariant
def every_history_proves_itself(at: datetime) -> Breaches:
    """Each chain by its own links and by where the referral stands, and all of them by the anchors that seal their heads."""
    yield from map(str, chains.prove().breaches)
