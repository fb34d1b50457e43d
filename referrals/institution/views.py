"""What an institution sees and says of its own seats: the list, one declaration as a whole, and all of them confirmed."""

import hashlib
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from vacancies import seats
from vacancies.models import Campaign, Modality, Programme, Vacancy

from ..committed import in_the_way
from ..models import Offer, Role
from ..typed import forget_typed, typed_before
from . import board, held
from .declaring import Overtaken, count, declare, said, seen_of, validity
from .forms import BoardFilter, ConfirmForm, DeclarationForm, RowForm
from .own import OfCampaign, Own, closed, present_campaign

PAGE_SIZE = 25
KEYS = {"programme", "modality"}
"""What says which row of the list a number is typed in."""


class ListView(Own):
    """Her programmes, each with a number to change in place."""

    def get(self, request: HttpRequest) -> HttpResponse:
        waiting = typed_before(request)
        forget_typed(request)
        typed = RowForm(waiting) if waiting is not None and not self.over else None
        # What names no row is no number of this list, whoever posted it.
        return self.show(None if typed and KEYS & typed.errors.keys() else typed)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Declare the number of one row; what cannot be stays in its field, beside the reason."""
        if self.campaign is None:
            raise Http404
        if self.over:
            messages.error(request, closed(self.campaign))
            return redirect(request.get_full_path())
        form = RowForm(request.POST)
        if form.is_valid():
            programme = get_object_or_404(self.programmes(self.campaign), pk=form.cleaned_data["programme"])
            if vacancy := self.declare(form, programme):
                messages.success(request, said(vacancy, programme))
                anchor = board.Row(programme=programme, modality=Modality(vacancy.modality), vacancy=vacancy, mark=None).anchor
                return redirect(f"{request.get_full_path()}#{anchor}")
        elif KEYS & form.errors.keys():
            raise Http404
        return self.show(form)

    def declare(self, form: RowForm, programme: Programme) -> Vacancy | None:
        """Return what is declared from now on; None where it cannot be, and the form says why."""
        assert self.campaign is not None
        typed = form.cleaned_data
        try:
            return declare(
                programme=programme,
                campaign=self.campaign,
                modality=Modality(typed["modality"]),
                number=typed["seats"],
                seen=typed["seen"],
                by=self.by,
                at=self.at,
                today=self.today,
            )
        except Overtaken as overtaken:
            form.add_error("seats", overtaken.sentence)
            form.sees(overtaken.seen)
        except seats.BelowCommitted as refusal:
            form.add_error("seats", in_the_way(refusal, wanted=typed["seats"]))
        return None

    @cached_property
    def wanted(self) -> BoardFilter:
        wanted = BoardFilter(self.request.GET)
        wanted.full_clean()
        return wanted

    @cached_property
    def campaign(self) -> Campaign | None:
        return self.wanted.cleaned_data.get("campaign") or present_campaign(on=self.today)

    @property
    def over(self) -> bool:
        return self.campaign is not None and self.is_over(self.campaign)

    def show(self, typed: RowForm | None) -> HttpResponse:
        context: dict[str, Any] = {
            "filter": self.wanted,
            "campaign": self.campaign,
            "institutions": self.institutions,
            "page": None,
        }
        if self.campaign:
            context |= self.rows(self.campaign, typed)
        if typed:
            context["form"] = typed  # the page's title says that something is to be corrected
        context["adviser"] = Role.ADVISER in self.request.user.roles
        context["asked"] = Offer.objects.of_institution(self.request.user).waiting().count()
        return render(self.request, "institution/list.html", context)

    def rows(self, campaign: Campaign, typed: RowForm | None) -> dict[str, Any]:
        usable, hers = self.wanted.cleaned_data, self.programmes(campaign)
        text, show = usable.get("q", ""), usable.get("show", "")
        found = board.matching(hers, campaign, text=text, show=show, on=self.today)
        page = Paginator(found, PAGE_SIZE).get_page(self.request.GET.get("page"))
        entries = board.entries(page, campaign, on=self.today)
        return {
            "page": page,
            "entries": entries,
            "typed": typed and self._in_its_row(typed, entries, hers),
            "totals": board.totals(hers, self.vacancies(campaign), on=self.today),
            "over": self.is_over(campaign) and closed(campaign),
            "narrowed": bool(text or show),
            "several": len(self.scope) > 1,
            "most_seats": seats.MOST_SEATS,
        }

    def _in_its_row(self, typed: RowForm, entries: list[board.Entry], hers: Any) -> board.Row | None:
        """Put what was typed back where it was typed; where the page has no such row any more, it stands above."""
        key = (str(typed["programme"].value()), typed["modality"].value())
        row = next((row for entry in entries for row in entry.rows if (str(row.programme.pk), row.modality) == key), None)
        if row is None and typed.is_bound and typed["programme"].value():
            programme = hers.select_related("mention").filter(pk=typed.data["programme"]).first()
            row = programme and board.Row(programme=programme, modality=Modality(key[1]), vacancy=None, mark=None)
        if row:
            row.form = typed
        return row


class ConfirmView(OfCampaign):
    """Every number that was declared, to be confirmed in one act."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        declared = list(self.declared.select_related("programme__mention").order_by("programme__mention__normalised", "pk"))
        if not declared:
            messages.info(request, "Rien n’est encore déclaré dans cette campagne : il n’y a rien à confirmer.")
            return redirect(self.back)
        context = {
            "campaign": self.campaign,
            "over": self.over and closed(self.campaign),
            "rows": [(one, validity(one, self.campaign, today=self.today)) for one in declared],
            "free": sum(one.free for one in declared),
            "seen": seen_together(declared),
            "back": self.back,
        }
        return render(request, "institution/confirm.html", context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Confirm what the page showed; where a number has changed since, show the page again."""
        if self.over:
            messages.error(request, closed(self.campaign))
            return redirect(self.back)
        form = ConfirmForm(request.POST)
        with transaction.atomic():
            locked = list(self.declared.select_for_update(of=("self",), no_key=True).order_by("pk"))
            unchanged = form.is_valid() and form.cleaned_data["seen"] == seen_together(locked)
            for vacancy in locked if unchanged else []:
                until = validity(vacancy, self.campaign, today=self.today)
                seats.declare(vacancy_id=vacancy.pk, seats=vacancy.declared, valid_until=until, by=self.by, at=self.at)
        if unchanged:
            messages.success(request, f"C’est confirmé : {count(len(locked), 'déclaration')}.")
            return redirect(self.back)
        messages.error(request, "Des nombres ont changé depuis que cette page est affichée : rien n’a été confirmé. Les voici.")
        return redirect(request.path)

    @property
    def declared(self) -> Any:
        return self.vacancies(self.campaign).filter(declared_on__isnull=False)

    @property
    def back(self) -> str:
        return f"{reverse('institution:list')}?campaign={self.campaign.pk}"


def seen_together(vacancies: list[Vacancy]) -> str:
    """Return the digest of the numbers of ``vacancies``, whatever their order."""
    numbers = sorted((vacancy.pk, vacancy.declared) for vacancy in vacancies)
    return hashlib.sha256(repr(numbers).encode()).hexdigest()


class DeclarationView(OfCampaign, FormView):
    """One programme in one modality: everything that is declared of it, who has its seats, and its history."""

    template_name = "institution/declaration.html"
    form_class = DeclarationForm

    @cached_property
    def programme(self) -> Programme:
        hers = Programme.objects.filter(institution__in=self.scope).select_related("mention", "institution", "academy")
        return get_object_or_404(hers, pk=self.kwargs["pk"])

    @cached_property
    def modality(self) -> Modality:
        named = {slug: modality for modality, slug in board.SLUGS.items()}
        if self.kwargs["modality"] not in named:
            raise Http404
        return named[self.kwargs["modality"]]

    @cached_property
    def vacancies_by_modality(self) -> dict[str, Vacancy]:
        return {one.modality: one for one in Vacancy.objects.filter(campaign=self.campaign, programme=self.programme)}

    @property
    def vacancy(self) -> Vacancy | None:
        return self.vacancies_by_modality.get(self.modality)

    def get_initial(self) -> dict[str, Any]:
        standing = self.vacancy or Vacancy(contact_name="", contact_phone="")
        known = {name: getattr(standing, name) for name in DeclarationForm.DETAILS}
        until = validity(self.vacancy, self.campaign, today=self.today)
        seen = seen_of(self.vacancy)
        return known | {"seen": seen, "seats": seen, "valid_until": until}

    def get_form_kwargs(self) -> dict[str, Any]:
        options = super().get_form_kwargs() | {"today": self.today, "campaign": self.campaign}
        waiting = typed_before(self.request) if self.request.method == "GET" else None
        return options | {"data": waiting} if waiting is not None else options

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        others = [
            (modality, board.SLUGS[modality], self.vacancies_by_modality.get(modality), modality == self.modality)
            for modality in Modality
        ]
        return super().get_context_data(**context) | {
            "campaign": self.campaign,
            "programme": self.programme,
            "modality": self.modality,
            "modalities": others,
            "vacancy": self.vacancy,
            "mark": board.mark_of(self.vacancy, on=self.today),
            "over": self.over and closed(self.campaign),
            "holds": held.holds(self.vacancy) if self.vacancy else [],
            "lines": held.lines(self.vacancy) if self.vacancy else [],
            "agreements": self.vacancy.standing_agreements.on(self.today) if self.vacancy else [],
            "back": f"{reverse('institution:list')}?campaign={self.campaign.pk}",
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.programme, self.modality  # noqa: B018 - not found, before anything else is said
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.programme, self.modality  # noqa: B018
        if self.over:
            messages.error(request, closed(self.campaign))
            return redirect(request.path)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: DeclarationForm) -> HttpResponse:
        typed = form.cleaned_data
        try:
            vacancy = declare(
                programme=self.programme,
                campaign=self.campaign,
                modality=self.modality,
                number=typed["seats"],
                seen=typed["seen"],
                by=self.by,
                at=self.at,
                today=self.today,
                valid_until=typed["valid_until"] or seats.usual_validity(self.campaign, on=self.today),
                reason=typed["reason"],
                details=form.details,
            )
        except Overtaken as overtaken:
            form.add_error("seats", overtaken.sentence)
            form.sees(overtaken.seen)
            return self.form_invalid(form)
        except seats.BelowCommitted as refusal:
            form.add_error("seats", in_the_way(refusal, wanted=typed["seats"]))
            return self.form_invalid(form)
        forget_typed(self.request)
        messages.success(self.request, said(vacancy, self.programme))
        return redirect(self.request.path)
