"""What reads every file of a campaign: counted once, kept with its time, and counted anew by a worker while the old is read.

Who asks first waits until it is counted; nobody after her does, however many files there are.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from celery import current_app
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from vacancies.models import Campaign

from ..models import Referral
from ..models.referral import FILED
from .dimensions import DIMENSIONS
from .figures import figures
from .standing import standing

log = logging.getLogger(__name__)

FRESH = timedelta(minutes=1)
"""What is older is counted anew as soon as somebody reads it."""
KEPT = timedelta(hours=12)
"""Over night nobody reads it, and the first of the morning waits rather than read what is of yesterday."""

NATION = "france"
STANDING = "standing"
COUNTS: dict[str, Callable[..., Any]] = {STANDING: standing} | {
    key: partial(figures, by=dimension) for key, dimension in DIMENSIONS.items()
}
"""What is counted of a campaign's files: where they stand, and the figures by each dimension, under its key."""


class Kept(NamedTuple):
    """at: when it was counted. being_renewed: it is no longer fresh, and a worker counts it anew."""

    found: Any
    at: datetime
    being_renewed: bool = False


def kept(what: str, *, campaign: Campaign, where: str, at: datetime) -> Kept:
    """Return a count of ``COUNTS`` over the files of ``campaign``; where: as `where_of` says."""
    key = _key(what, campaign.pk, where)
    found = cache.get(key)
    if found is None:
        return count_anew(what, campaign.pk, where)
    if at - found.at < FRESH:
        return found
    if cache.add(f"{key}:asked", True, FRESH.total_seconds()):
        _ask(what, campaign.pk, where)
    return found._replace(being_renewed=True)


def where_of(regions: frozenset[str] | None) -> str:
    """Return the word for these regions; for None, for the whole nation."""
    return NATION if regions is None else "-".join(sorted(regions))


def count_anew(what: str, campaign: str, where: str) -> Kept:
    """Count, and keep it for the next readers."""
    at = timezone.now()
    files = Referral.objects.filter(FILED)
    if where != NATION:
        files = files.filter(region__in=where.split("-"))
    counted = Kept(COUNTS[what](files, campaign=Campaign.objects.get(pk=campaign)), at)
    cache.set(_key(what, campaign, where), counted, KEPT.total_seconds())
    return counted


def _key(what: str, campaign: str, where: str) -> str:
    return f"kept:{what}:{campaign}:{where}"


def _ask(what: str, campaign: str, where: str) -> None:
    """Without a broker what is kept stays readable, with its time on it."""
    try:
        current_app.send_task("referrals.count_anew", args=[what, campaign, where], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("figures not counted anew, the next reader asks again (%s)", error)
