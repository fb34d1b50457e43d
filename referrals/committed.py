"""Seats that are held or taken, and for which offers: what stands in the way of an institution that declares fewer."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from vacancies.seats import BelowCommitted, below

from .models import Offer


def offers_of(holders: Iterable[UUID]) -> QuerySet[Offer]:
    """Return the offers behind the opaque holders of seats, the oldest consultation first."""
    return Offer.objects.filter(hold__in=list(holders)).select_related("referral").order_by("consulted_at", "pk")


def in_the_way(refusal: BelowCommitted, *, wanted: int) -> str:
    """Return why ``wanted`` seats cannot be declared, naming the offers by the number of their referral and their state."""
    why = below(committed=refusal.committed, wanted=wanted)
    named = ", ".join(f"{offer.referral.number} ({offer.get_state_display()})" for offer in offers_of(refusal.holders))
    return f"{why}. Propositions concernées : {named}." if named else f"{why}."
