"""The seats as the office declares them: a number refused because seats are held or taken names the offers that have them.

The vacancies' own admin knows a holder as an opaque UUID; here it is an offer.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localdate

from vacancies.admin.ledger import Declaration, VacancyAdmin
from vacancies.models import Line, Vacancy
from vacancies.seats import BelowCommitted, holders

from ...committed import in_the_way, offers_of
from ...models import Offer, Referral


class DeclarationNamingOffers(Declaration):
    def why_not(self, refusal: BelowCommitted, *, wanted: int) -> str:
        return in_the_way(refusal, wanted=wanted)


admin.site.unregister(Vacancy)


@admin.register(Vacancy)
class OfficeVacancyAdmin(VacancyAdmin):
    """The vacancies, each with the offers that have its seats and the way to its movements."""

    form = DeclarationNamingOffers
    counters = (*VacancyAdmin.counters, "held_by", "agreed_beforehand", "movements")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the vacancy with what its page says of it to this reader: a file beyond her scope is named, and not opened."""
        vacancy = super().get_object(request, object_id, from_field)
        vacancy.offers_holding = list(offers_of(holders(vacancy.pk)))
        vacancy.open_to_her = self._open_to(request, vacancy.offers_holding)
        her_lines = self.admin_site.get_model_admin(Line).get_queryset(request)
        vacancy.lines_to_read = her_lines.filter(vacancy=vacancy.pk).count()
        return vacancy

    def _open_to(self, request: HttpRequest, offers: list[Offer]) -> set[Any]:
        files = self.admin_site.get_model_admin(Referral)
        if not offers or not files.has_view_permission(request):
            return set()
        hers = files.get_queryset(request).filter(pk__in=[offer.referral_id for offer in offers])
        return set(hers.values_list("pk", flat=True))

    @admin.display(description="qui a ces places")
    def held_by(self, vacancy: Any) -> str:
        rows = [(self._file(offer, vacancy.open_to_her), offer.get_state_display()) for offer in vacancy.offers_holding]
        return format_html_join(mark_safe("<br>"), "{} : {}", rows) or "personne"

    def _file(self, offer: Offer, open_to_her: set[Any]) -> str:
        number = str(offer.referral.number)
        if offer.referral_id not in open_to_her:
            return number
        return format_html('<a href="{}">{}</a>', reverse("admin:referrals_referral_change", args=[offer.referral_id]), number)

    @admin.display(description="accords permanents")
    def agreed_beforehand(self, vacancy: Vacancy) -> str:
        in_force = vacancy.standing_agreements.on(localdate(timezone=vacancy.programme.academy.tz))
        rows = [(one.seats, f"{one.until:%d/%m/%Y}", one.agreed_by, one.agreed_as) for one in in_force]
        return format_html_join(mark_safe("<br>"), "{} au plus, jusqu’au {} ({}, {})", rows) or "aucun en vigueur"

    @admin.display(description="mouvements")
    def movements(self, vacancy: Any) -> str:
        if not vacancy.lines_to_read:
            return "aucun dans votre périmètre"
        address = reverse("admin:vacancies_line_changelist", query={"vacancy__id__exact": vacancy.pk})
        return format_html('<a href="{}">L’historique de ces places ({})</a>', address, vacancy.lines_to_read)
