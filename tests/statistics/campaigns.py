"""Campaigns of many files."""

from uuid import uuid4

from referrals.models import Referral
from referrals.rules.states import State
from tests.office.test_every_list import referrals as copies
from tests.story import in_state


def many(state: State, count: int, **changes) -> list[Referral]:
    """Return ``count`` files like one that the verbs led to ``state``, each with an offer where that one has some."""
    story = in_state(state)
    Referral.objects.filter(pk=story.id).update(**changes)
    files, offer = copies(story, count - 1), story.referral.offers.first()
    for file in files if offer else ():
        offer.pk, offer.key, offer.hold, offer.referral = None, uuid4(), uuid4(), file
        offer.save(force_insert=True)
    return [story.referral, *files]
