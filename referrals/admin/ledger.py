"""The seats as the office declares them: a number refused because seats are held or taken names the offers that have them.

The vacancies' own admin knows a holder as an opaque UUID; here it is an offer.
"""

from django.contrib import admin

from vacancies.admin.ledger import Declaration, VacancyAdmin
from vacancies.models import Vacancy
from vacancies.seats import BelowCommitted

from ..committed import in_the_way, offers_of


class DeclarationNamingOffers(Declaration):
    def why_not(self, refusal: BelowCommitted, *, wanted: int) -> str:
        if not offers_of(refusal.holders).exists():  # then there is nobody to name
            return super().why_not(refusal, wanted=wanted)
        return in_the_way(refusal, wanted=wanted)


admin.site.unregister(Vacancy)


@admin.register(Vacancy)
class OfficeVacancyAdmin(VacancyAdmin):
    form = DeclarationNamingOffers
