"""Standing agreements: what an institution agrees to beforehand, so that it is not asked student by student."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.views.generic import FormView

from vacancies.models import Vacancy

from .. import procedure
from ..models import StandingAgreement
from ..procedure import By, Refused
from ..rules.states import HOLDING, TAKEN
from ..typed import forget_typed, typed_before
from .forms import StandingForm
from .own import Own
from .requests import signature_of


class Agreements(Own):
    """A page of her institutions' standing agreements."""

    @property
    def agreements(self) -> QuerySet[StandingAgreement]:
        return StandingAgreement.objects.filter(vacancy__programme__institution__in=self.scope)


class AgreementsView(Agreements):
    """Those in force, then those that are over."""

    def get(self, request: HttpRequest) -> HttpResponse:
        used = Count("offers", filter=Q(offers__state__in=HOLDING | TAKEN))
        found = self.agreements.annotate(used=used).select_related(
            "vacancy__campaign", "vacancy__programme__mention", "vacancy__programme__institution", "vacancy__programme__academy"
        )
        rows = list(found.prefetch_related("licences"))
        in_force = [row for row in rows if row.ended_at is None and row.until >= self.today]
        context = {
            "in_force": in_force,
            "over": [row for row in rows if row not in in_force],
            "several": len(self.scope) > 1,
        }
        return render(request, "institution/agreements.html", context)


class AgreeView(Agreements, FormView):
    """Agree beforehand."""

    template_name = "institution/agree.html"
    form_class = StandingForm

    @cached_property
    def offered(self) -> QuerySet[Vacancy]:
        """Her seats of campaigns in which places are still looked for."""
        declared = Vacancy.objects.filter(
            programme__institution__in=self.scope, declared__gt=0, campaign__search_until__gte=self.today
        )
        return declared.select_related("campaign", "programme__mention", "programme__academy").order_by(
            "programme__mention__normalised", "programme__track", "pk"
        )

    def get_initial(self) -> dict[str, Any]:
        last = self.offered.order_by("campaign__search_until").values_list("campaign__search_until", flat=True).first()
        return signature_of(self.request.user) | {"until": last}

    def get_form_kwargs(self) -> dict[str, Any]:
        options = super().get_form_kwargs() | {"vacancies": self.offered}
        return options | {"data": self.restored} if self.restored is not None else options

    @cached_property
    def restored(self) -> Any:
        """What was typed before the login, where this page shows it again."""
        return typed_before(self.request) if self.request.method == "GET" else None

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {
            "any_seat": self.offered.exists(),
            "restored": self.restored is not None,
            "has_file": False,
        }

    def form_valid(self, form: StandingForm) -> HttpResponse:
        given = dict(form.cleaned_data)
        vacancy = given.pop("vacancy")
        agreed_on: date = self.at.astimezone(vacancy.programme.academy.tz).date()
        by = By.institution(self.request.user)
        try:
            procedure.agree_beforehand(vacancy_id=vacancy.pk, agreed_on=agreed_on, by=by, at=self.at, **given)
        except Refused as refused:
            form.add_error("until" if refused.code == "agreement_end" else None, refused.sentence)
            return self.form_invalid(form)
        forget_typed(self.request)
        messages.success(self.request, "L’accord permanent est enregistré : ces étudiants ne vous seront plus demandés un à un.")
        return redirect("institution:agreements")


class EndView(Agreements):
    """Withdraw an agreement; opened as a page, it leads back to the list."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.agreement  # noqa: B018 - not found, before anything else is said
        return redirect("institution:agreements")

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        procedure.end_standing_agreement(self.agreement.pk, by=By.institution(request.user), at=self.at)
        messages.success(request, "L’accord permanent est retiré. Les places déjà accordées le restent.")
        return redirect("institution:agreements")

    @cached_property
    def agreement(self) -> StandingAgreement:
        return get_object_or_404(self.agreements, pk=self.kwargs["pk"])
