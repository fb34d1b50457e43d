"""The public list of vacancies. It answers nobody's request for a seat: those are proposed by the rectorate."""

from django import forms
from django.contrib.postgres.lookups import Unaccent
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from dsfr.forms import DsfrBaseForm

from .models import Academy, Campaign, Vacancy
from .search import containing

PAGE_SIZE = 25


class VacancyFilter(DsfrBaseForm):
    """What a reader narrows the list by. A value that cannot be used is said and left out; the others still count."""

    mention = forms.CharField(label="Mention ou parcours", max_length=250, required=False)
    town = forms.CharField(label="Ville", max_length=80, required=False)
    academy = forms.ModelChoiceField(
        label="Académie", queryset=Academy.objects.all(), required=False, empty_label="Toutes les académies"
    )
    campaign = forms.ModelChoiceField(label="Campagne", queryset=Campaign.objects.all(), required=False, empty_label="La dernière")

    @cached_property
    def chosen_campaign(self) -> Campaign | None:
        """The campaign asked for, else the last that has opened, else the first to come."""
        if asked := self.cleaned_data.get("campaign"):
            return asked
        by_opening = list(Campaign.objects.order_by("opens_on"))
        opened = [campaign for campaign in by_opening if campaign.opens_on <= timezone.localdate()]
        return (opened[-1:] or by_opening[:1] or [None])[0]

    def vacancies(self) -> QuerySet[Vacancy]:
        """Return the vacancies with a free seat that the usable values leave, by mention, then institution."""
        wanted = self.cleaned_data
        mention = containing(wanted.get("mention", ""), mention="programme__mention__normalised", others=["programme__track"])
        town = containing(wanted.get("town", ""), others=["programme__town"])
        academy = Q(programme__academy=wanted["academy"]) if wanted.get("academy") else Q()
        return (
            Vacancy.objects.filter(mention, town, academy, campaign=self.chosen_campaign, free__gt=0)
            .select_related("programme__mention", "programme__institution", "programme__academy")
            .order_by(
                "programme__mention__normalised",
                Lower(Unaccent("programme__institution__name")),
                Lower(Unaccent("programme__track")),
                "pk",
            )
        )


def vacancy_list(request: HttpRequest) -> HttpResponse:
    """Show the vacancies of a campaign by académie, mention and town, 25 to a page."""
    wanted = VacancyFilter(request.GET)
    wanted.full_clean()
    page = Paginator(wanted.vacancies(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "vacancies/list.html", {"form": wanted, "campaign": wanted.chosen_campaign, "page": page})
