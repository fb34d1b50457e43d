"""Seats that are held or taken, and for which offers: what stands in the way of an institution that declares fewer."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from vacancies.seats import BelowCommitted

from .models import Offer


def offers_of(holders: Iterable[UUID]) -> QuerySet[Offer]:
    """Return the offers behind the opaque holders of seats, the oldest consultation first."""
    return Offer.objects.filter(hold__in=list(holders)).select_related("referral").order_by("consulted_at", "pk")


def in_the_way(refusal: BelowCommitted, *, wanted: int) -> str:
    """Return why ``wanted`` seats cannot be declared, naming the offers by the number of their referral and their state."""
    named = ", ".join(f"{offer.referral.number} ({offer.get_state_display()})" for offer in offers_of(refusal.holders)) or "aucune"
    count = refusal.committed
    are = "places sont déjà réservées ou prises" if count > 1 else "place est déjà réservée ou prise"
    return f"{count} {are} : on ne peut pas en déclarer {wanted}. Propositions concernées : {named}."
