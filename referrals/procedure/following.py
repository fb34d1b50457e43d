"""Each file says who holds it and until when: brought up to date by whatever moves it, in the same transaction."""

from collections import defaultdict
from collections.abc import Iterable

from ..models import Limit, LimitKind, Offer, Referral
from ..rules.follow_up import NOTHING_DUE, Next, Standing, next_step
from ..rules.states import ASKED, OfferState, State

COLUMNS = ("holder", "next_at", "next_due")


def follow(referrals: Iterable[Referral]) -> None:
    """Write who holds each of ``referrals`` and its next date; their rows are locked by the caller."""
    referrals = list(referrals)
    moved = [referral for referral, next_ in zip(referrals, steps_of(referrals), strict=True) if _set(referral, next_)]
    Referral.objects.bulk_update(moved, COLUMNS, batch_size=1000)


def steps_of(referrals: list[Referral]) -> list[Next]:
    """Return who holds each of ``referrals`` and its next date, as what is stored of them says now: two queries for all."""
    limits, offers = defaultdict(list), defaultdict(list)
    running = Limit.objects.live().filter(referral__in=referrals, kind__in=(LimitKind.ANSWER, LimitKind.SUPPLY))
    for referral_id, kind, ends_at in running.values_list("referral", "kind", "ends_at"):
        limits[referral_id].append((kind, ends_at))
    asked = Offer.objects.filter(referral__in=referrals, state__in=ASKED)
    for referral_id, state, held_until in asked.values_list("referral", "state", "held_until"):
        offers[referral_id].append((state, held_until))
    return [
        next_step(
            Standing(
                state=State(referral.state),
                zone=referral.licence_academy.tz,
                due_on=referral.due_on,
                licence_expected_on=referral.licence_expected_on,
                licence_failed=referral.state == State.AWAITING_LICENCE and referral.licence_failed_at is not None,
                prepared=bool(referral.prepared_action),
                limits=limits[referral.pk],
                held_until=[until for state, until in offers[referral.pk] if state == OfferState.CONSULTING],
                agreed=any(state == OfferState.AGREED for state, _ in offers[referral.pk]),
            )
        )
        if referral.licence_academy
        else NOTHING_DUE
        for referral in referrals
    ]


def _set(referral: Referral, next_: Next) -> bool:
    """Set the columns of ``referral``; return whether any of them changes."""
    former = tuple(getattr(referral, name) for name in COLUMNS)
    referral.holder, referral.next_at, referral.next_due = next_.holder.value, next_.at, next_.what.value
    return former != (referral.holder, referral.next_at, referral.next_due)
