"""Pages of an institution's own programmes: who may open them, and what is hers, before and after mergers."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.views import View

from vacancies.mergers import stands, successors
from vacancies.models import Campaign, Institution, Programme, Vacancy
from vacancies.names import normalise

from ..models import Role
from ..typed import keep_typed

HERS = frozenset({Role.INSTITUTION})


class Own(LoginRequiredMixin, View):
    """A page of somebody who declares an institution's seats. Strangers sign in; anybody else finds nothing."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and Role.INSTITUTION not in request.user.roles:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def handle_no_permission(self) -> HttpResponse:
        if self.request.method == "POST":
            keep_typed(self.request)
        return super().handle_no_permission()

    @property
    def by(self) -> str:
        return str(self.request.user)

    @property
    def at(self) -> datetime:
        return self.request.at

    @cached_property
    def scope(self) -> frozenset[str]:
        """The codes of the institutions she answers for, each with all that it has taken over or become."""
        return self.request.user.scope_as(HERS).institutions

    @cached_property
    def institutions(self) -> list[Institution]:
        """Those that stand today, by name: a declaration is handed in for one of them."""
        after = successors()
        codes = {stands(post.institution_id, after) for post in self.request.user.posts_held if post.role in HERS}
        found = Institution.objects.filter(pk__in=codes).select_related("academy")
        return sorted(found, key=lambda institution: normalise(institution.name))

    @property
    def today(self) -> date:
        """The calendar day of the request where she works."""
        return timezone.localdate(self.at, self.institutions[0].academy.tz)

    def programmes(self, campaign: Campaign) -> QuerySet[Programme]:
        """Her programmes: those of the catalogue, and those it no longer has of which seats were declared."""
        declared = Vacancy.objects.filter(campaign=campaign, programme=OuterRef("pk"))
        return Programme.objects.filter(Q(withdrawn=False) | Q(Exists(declared)), institution__in=self.scope)

    def vacancies(self, campaign: Campaign) -> QuerySet[Vacancy]:
        return Vacancy.objects.filter(campaign=campaign, programme__institution__in=self.scope)

    def is_over(self, campaign: Campaign) -> bool:
        """Whether what was declared can only be read any more."""
        return self.today > campaign.search_until


class OfCampaign(Own):
    """A page whose address names the campaign."""

    @cached_property
    def campaign(self) -> Campaign:
        return get_object_or_404(Campaign, pk=self.kwargs["campaign"])

    @property
    def over(self) -> bool:
        return self.is_over(self.campaign)


def present_campaign(*, on: date) -> Campaign | None:
    """Return the campaign that has opened last by ``on``, else the first to come; None where there is none."""
    by_opening = list(Campaign.objects.order_by("opens_on", "pk"))
    opened = [campaign for campaign in by_opening if campaign.opens_on <= on]
    return (opened[-1:] or by_opening[:1] or [None])[0]


def closed(campaign: Campaign) -> str:
    """Return why nothing can be declared any more."""
    return (
        f"La recherche de places de « {campaign} » est close depuis le {campaign.search_until:%d/%m/%Y} : "
        "vos déclarations se lisent, elles ne se changent plus."
    )
