"""Who answers for an institution's seats: the address it gave with one, else its accounts; and the colleague it lets answer."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import cached_property

from vacancies.mergers import stands, successors

from .models import Offer, Post, Role, User
from .models.people import PostQuerySet


class Answering:
    """Who answers on one day, for however many offers: accounts and mergers are asked of the database once, and only if needed."""

    def __init__(self, *, on: date) -> None:
        self.on = on

    @cached_property
    def _after(self) -> dict[str, str]:
        return successors()

    @cached_property
    def _accounts(self) -> dict[str, list[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for uai, email in _held(self.on).filter(user__is_active=True).values_list("institution", "user__email"):
            found[stands(uai, self._after)].add(email)
        return {uai: sorted(emails) for uai, emails in found.items()}

    def accounts(self, offer: Offer) -> list[str]:
        """Return the addresses of the accounts of its institution, before and after mergers."""
        return self._accounts.get(stands(offer.vacancy.programme.institution_id, self._after), [])

    def asked(self, offer: Offer) -> list[str]:
        """Return whom its institution is written to at: the address given with the seat, else its accounts."""
        contact = offer.vacancy.contact_email
        return [contact] if contact else self.accounts(offer)

    def may_answer(self, offer: Offer) -> list[str]:
        """Return, in lower case, who may answer by a link: those asked, and the colleague they have chosen."""
        asked = [*self.asked(offer), *([offer.delegated_to] if offer.delegated_to else [])]
        return list(dict.fromkeys(address.lower() for address in asked))


def answering_for(offer: Offer, *, on: date) -> list[str]:
    """Return the address given with the offered seat, else those of the accounts of its institution that day."""
    return Answering(on=on).asked(offer)


def declarants(institutions: Collection[str], *, on: date) -> list[str]:
    """Return the addresses of those who answer for the seats of ``institutions`` that day, by an account of theirs."""
    answering = User.objects.filter(is_active=True, posts__in=_held(on).filter(institution__in=institutions))
    return list(answering.distinct().order_by("email").values_list("email", flat=True))


def _held(on: date) -> PostQuerySet:
    return Post.objects.on(on).filter(role=Role.INSTITUTION)
