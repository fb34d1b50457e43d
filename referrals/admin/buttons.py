"""Which actions the tables allow now, to this person, on this file or offer: the buttons, and nothing beside the tables."""

from ..models import Offer, Referral, User
from ..procedure import By, Refused
from ..rules.states import MOVES, OFFER_MOVES, Action


def acting(user: User) -> By | None:
    """Return ``user`` in the rectorate's name; None for who only reads (the national administrator)."""
    try:
        return By.office(user)
    except Refused:
        return None


def actions_on(referral: Referral, by: By | None) -> list[Action]:
    """Return what ``by`` may do to the referral itself, in the order of the procedure."""
    if by is None or not by.may_touch(referral):
        return []
    return [
        action
        for action, move in MOVES.items()
        if action not in OFFER_MOVES and by.actor in move.actors and referral.state in move.sources
    ]


def actions_on_offer(offer: Offer, referral: Referral, by: By | None) -> list[Action]:
    """Return what ``by`` may do to one of the referral's offers: both tables must allow it."""
    if by is None or not by.may_touch(referral):
        return []
    return [
        action
        for action, move in OFFER_MOVES.items()
        if by.actor in move.actors and offer.state in move.sources and referral.state in MOVES[action].sources
    ]
