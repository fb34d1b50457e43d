"""Where a campaign's files stand: how many are in each state, by the week they were filed in and the académie of their licence."""

from typing import Any

from django.db.models import Count, QuerySet

from vacancies.models import Campaign

from ..models import Referral
from .dimensions import week


def standing(files: QuerySet[Referral], *, campaign: Campaign) -> list[dict[str, Any]]:
    """Return rows of `state`, `week` (its Monday), `licence_academy` and `files`, over those of ``files`` filed in ``campaign``."""
    of_campaign = files.filter(campaign=campaign).order_by().annotate(week=week())
    return list(of_campaign.values("state", "week", "licence_academy").annotate(files=Count("pk")))
