"""How institutions answer: their standing agreements, and, for a campaign, who agrees, who refuses, who keeps silent, how fast.

Counted in a fixed number of queries, whatever there is to count.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from statistics import median
from typing import Any

from django.contrib import admin
from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.timezone import localdate

from vacancies.admin.declarations import OWN, CampaignForm
from vacancies.admin.exports import csv_file
from vacancies.mergers import stands, successors
from vacancies.models import Campaign, Institution

from ...models import Event, Offer, StandingAgreement
from ...rules.calendars import closed_in
from ...rules.states import HOLDING, TAKEN, Action, OfferState
from ..people import NeverDeleted
from ..request import OfficeRequest

ANSWERS = (Action.RECORD_AGREEMENT, Action.RECORD_REFUSAL, Action.RECORD_CONDITION)
COUNTED = (
    *("state", "standing", "agreed_by", "condition", "consulted_at", "vacancy__programme__institution"),
    *("vacancy__programme__academy__zone", "vacancy__programme__academy__calendar"),
)
"""What of an offer is read to count it."""


@dataclass(kw_only=True)
class Answers:
    """How the requests to one institution, or to all, ended. Each is counted once, by what stands last.

    agreed: though the offer may have ended otherwise since. if_only: a condition and nothing after it, in time or not. moot: taken
    back, or no longer needed, before any answer. standing: offers under a standing agreement, which were never asked; no request.
    days: for each request answered, the working days from the request to the first answer on record; 0 on the same day.
    """

    agreed: int = 0
    refused: int = 0
    if_only: int = 0
    unanswered: int = 0
    waiting: int = 0
    moot: int = 0
    standing: int = 0
    days: list[int] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.agreed + self.refused + self.if_only + self.unanswered + self.waiting + self.moot

    @property
    def answered(self) -> int:
        return self.agreed + self.refused + self.if_only

    @property
    def due(self) -> int:
        """The requests whose answer is known or overdue: the denominator of the rate."""
        return self.answered + self.unanswered

    @property
    def rate(self) -> str:
        """« 83 % », rounded to the nearest; empty where nothing was due yet."""
        return f"{(200 * self.answered + self.due) // (2 * self.due)} %" if self.due else ""

    @property
    def median_days(self) -> str:
        """« 2 », « 2,5 »; empty without an answer."""
        return number_format(f"{median(self.days):g}") if self.days else ""

    def add(self, other: "Answers") -> None:
        for name in Answers.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(kw_only=True)
class OfInstitution(Answers):
    institution: Institution

    @property
    def most_silent(self) -> tuple[Any, ...]:
        return -self.unanswered, -self.waiting, self.institution.name


def answers_by_institution(*, campaign: Campaign, institutions: QuerySet[Institution]) -> list[OfInstitution]:
    """Return how each of ``institutions`` that was asked, or agreed beforehand, has answered in ``campaign``; the silent on top.

    What was asked of an institution that was taken over counts for the one that answers for it.
    """
    after = successors()
    found = {one.pk: OfInstitution(institution=one) for one in institutions.select_related("academy")}
    first = dict(
        Event.objects.of_case()
        .filter(kind__in=ANSWERS, referral__campaign=campaign)
        .order_by()
        .values_list("payload__offer")
        .annotate(first=Min("at"))
    )
    offers = Offer.objects.filter(referral__campaign=campaign).select_related("vacancy__programme__academy").only(*COUNTED)
    for offer in offers.order_by():
        programme = offer.vacancy.programme
        if one := found.get(stands(programme.institution_id, after)):
            how = kind_of(offer)
            setattr(one, how, getattr(one, how) + 1)
            if how in ("agreed", "refused", "if_only"):
                tz = programme.academy.tz
                asked, answered = offer.consulted_at.astimezone(tz).date(), first[offer.pk].astimezone(tz).date()
                one.days.append(working_days(asked, answered, programme.academy.calendar))
    return sorted((one for one in found.values() if one.requests or one.standing), key=lambda one: one.most_silent)


def kind_of(offer: Offer) -> str:
    """Return under which column of `Answers` an offer counts."""
    if offer.standing_id:
        return "standing"
    if offer.agreed_by:
        return "agreed"
    if offer.state == OfferState.REFUSED:
        return "refused"
    if offer.state in (OfferState.CONSULTING, OfferState.UNANSWERED) and offer.condition:
        return "if_only"
    return {OfferState.CONSULTING: "waiting", OfferState.UNANSWERED: "unanswered"}.get(OfferState(offer.state), "moot")


@cache
def working_days(start: date, end: date, calendar: str) -> int:
    """Return how many working days of ``calendar`` follow ``start``, up to ``end`` included.

    >>> working_days(date(2026, 7, 10), date(2026, 7, 15), "metropole")
    2
    """
    closed: Callable[[date], str | None] = closed_in(calendar)
    return sum(not closed(start + timedelta(days=day)) for day in range(1, (end - start).days + 1))


def in_all(rows: Iterable[Answers]) -> Answers:
    whole = Answers()
    for row in rows:
        whole.add(row)
    return whole


@admin.register(StandingAgreement)
class StandingAgreementAdmin(NeverDeleted):
    """The standing agreements of the office's regions, to be read: their institution gives and ends them."""

    list_display = ("seat", "academy", "for_licences", "used", "given_by", "validity")
    list_display_links = None
    list_select_related = (
        "vacancy__programme__mention",
        "vacancy__programme__institution",
        "vacancy__programme__academy",
    )
    list_filter = (("vacancy__campaign", admin.RelatedOnlyFieldListFilter),)

    def get_queryset(self, request: OfficeRequest) -> QuerySet[StandingAgreement]:  # type: ignore[override]
        scope = request.user.scope
        hers = Q() if scope.nation else Q(vacancy__programme__academy__region__in=scope.regions)
        resting = Count("offers", filter=Q(offers__state__in=HOLDING | TAKEN), distinct=True)
        return StandingAgreement.objects.filter(hers).annotate(resting=resting).prefetch_related("licences")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: StandingAgreement | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Accords permanents"} | (extra_context or {}))

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """The list says all of it."""
        return redirect("admin:referrals_standingagreement_changelist")

    @admin.display(description="place")
    def seat(self, agreement: StandingAgreement) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:vacancies_vacancy_change", args=[agreement.vacancy_id]), agreement.vacancy
        )

    @admin.display(description="académie")
    def academy(self, agreement: StandingAgreement) -> str:
        return str(agreement.vacancy.programme.academy)

    @admin.display(description="licences")
    def for_licences(self, agreement: StandingAgreement) -> str:
        return ", ".join(str(licence) for licence in agreement.licences.all()) or "toutes"

    @admin.display(description="places")
    def used(self, agreement: Any) -> str:
        return f"{agreement.resting} sur {agreement.seats}"

    @admin.display(description="accord donné par")
    def given_by(self, agreement: StandingAgreement) -> str:
        return f"{agreement.agreed_by}, {agreement.agreed_as}"

    @admin.display(description="valable", ordering="until")
    def validity(self, agreement: StandingAgreement) -> str:
        between = f"du {agreement.agreed_on:%d/%m/%Y} au {agreement.until:%d/%m/%Y}"
        if agreement.ended_at is None:
            return between
        return f"{between}, retiré le {localdate(agreement.ended_at):%d/%m/%Y} par {agreement.ended_by}"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("reponses/", wrap(self.answers), name="referrals_standingagreement_answers"),
            path("reponses.csv", wrap(self.answers_csv), name="referrals_standingagreement_answers_csv"),
        ]
        return own + super().get_urls()

    def answers(self, request: OfficeRequest) -> HttpResponse:
        """Show how the institutions of a campaign and territory answer, the silent on top."""
        form, campaign, rows = self._asked(request)
        page = {
            "title": "Réponses des établissements",
            "subtitle": None,
            "form": form,
            "campaign": campaign,
            "rows": rows,
            "whole": in_all(rows),
            "query": request.GET.urlencode(),
        }
        template = "admin/referrals/standingagreement/answers.html"
        return render(request, template, self.admin_site.each_context(request) | page)

    def answers_csv(self, request: OfficeRequest) -> StreamingHttpResponse:
        _, campaign, rows = self._asked(request)
        labels = (
            "code UAI", "établissement", "académie", "demandes", "accords", "refus", "sous condition", "sans réponse", "en attente",
            "sans objet", "réponses", "échues", "délai médian en jours ouvrés", "par accord permanent",
        )  # fmt: skip
        lines = (
            (
                row.institution.pk, row.institution.name, row.institution.academy.name, row.requests, row.agreed, row.refused,
                row.if_only, row.unanswered, row.waiting, row.moot, row.answered, row.due, row.median_days, row.standing,
            )
            for row in rows
        )  # fmt: skip
        return csv_file(f"reponses-{campaign.pk if campaign else 'vide'}.csv", labels, lines)

    def _asked(self, request: OfficeRequest) -> tuple[CampaignForm, Campaign | None, list[OfInstitution]]:
        if not self.has_view_permission(request):
            raise Http404
        latest = Campaign.objects.first()
        asked = {"campaign": request.GET.get("campaign") or (latest and latest.pk), "region": request.GET.get("region", OWN)}
        form = CampaignForm(asked, scope=request.user.scope)
        form.full_clean()
        campaign = form.cleaned_data.get("campaign") or latest
        if campaign is None:
            return form, None, []
        institutions = Institution.objects.filter(form.where("academy__region"))
        return form, campaign, answers_by_institution(campaign=campaign, institutions=institutions)
