"""The offers, side by side, and her answer to each: a page that says what follows, then the verb; then what her enrolment needs."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vacancies.models import Attendance, Institution, Modality, Programme

from .. import procedure
from ..models import Document, DocumentKind, Limit, LimitKind, Offer, Referral
from ..rules.states import OfferState, State
from ..rules.suitability import great_circle
from ..wording import OFFER_STATES
from ..wording_matching import reasons_to_student
from . import forms
from .own import OwnForm, OwnReferral


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One offer as the student sees it.

    limit: None while no clock runs for it. km: None where a place is unknown. mobility_km: how far she said she would move; None
    where she did not. wished: she named its académie. why: what spoke for it when it was made.
    """

    offer: Offer
    label: str | Promise
    badge: str
    limit: Limit | None
    km: int | None
    mobility_km: int | None
    wished: bool
    other_region: bool
    why: list[str]

    @property
    def waits(self) -> bool:
        return self.offer.state == OfferState.SENT

    @property
    def remote(self) -> bool:
        """Taught at a distance: how far it is does not count."""
        return self.offer.vacancy.attendance == Attendance.REMOTE

    @property
    def too_far(self) -> bool:
        """Farther than she said she would move, as the search understands it: an académie she names is never too far."""
        if self.km is None or self.mobility_km is None:
            return False
        return self.km > self.mobility_km and not self.wished and not self.remote


def shown_offers(referral: Referral) -> list[Shown]:
    """Return the offers she was sent, those that wait for her first, with the limit that governs each."""
    running = referral.limits.live().filter(kind=LimitKind.ANSWER).select_related("offer__vacancy__programme__mention")
    limits = {limit.offer_id: limit for limit in running}
    offers = referral.offers.shown_to_student().select_related(
        "vacancy__programme__mention", "vacancy__programme__institution", "vacancy__programme__academy"
    )
    wished = set(referral.wished_academies.values_list("pk", flat=True))
    shown = [_shown(offer, referral, limits.get(offer.pk) or limits.get(None), wished) for offer in offers]
    return sorted(shown, key=lambda one: (not one.waits, one.offer.sent_at, one.offer.pk))


def _shown(offer: Offer, referral: Referral, limit: Limit | None, wished: set[str]) -> Shown:
    label, badge = OFFER_STATES[OfferState(offer.state)]
    programme = offer.vacancy.programme
    return Shown(
        offer=offer,
        label=HER_WORDS.get(OfferState(offer.state), label),
        badge=badge,
        limit=limit if offer.state == OfferState.SENT else None,
        km=kilometres(referral.licence_institution, programme),
        mobility_km=referral.mobility_km,
        wished=programme.academy_id in wished,
        other_region=programme.academy.region_id != referral.region_id,
        why=reasons_to_student(offer.suits),
    )


HER_WORDS = {
    OfferState.SENT: _("en attente de votre réponse"),
    OfferState.DECLINED: _("refusée par vous"),
    OfferState.RELEASED: _("libérée, sa place est rendue"),
}
"""Where the office's word for a state would sound odd to the student."""


def kilometres(start: Institution | None, end: Programme) -> int | None:
    """Return the great-circle distance between the licence's institution and a programme, in whole kilometres."""
    if start is None or None in (start.latitude, start.longitude, end.latitude, end.longitude):
        return None
    return round(float(great_circle((start.latitude, start.longitude), end.latitude, end.longitude)))


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The seat that is hers, and what its institution needs next.

    certificate: None where she accepted before there were any. confirmed_by: the day before which the institution owes the
    rectorate its word on the enrolment.
    """

    offer: Offer
    certificate: Document | None
    confirmed_by: date | None

    @property
    def owes_campus_contribution(self) -> bool:
        """Whether its formation asks for the CVEC: initial training, apprenticeship too (code de l’éducation, art. L. 841-5)."""
        return self.offer.vacancy.modality != Modality.CONTINUING


def accepted_offer(referral: Referral) -> Accepted | None:
    """Return the seat she has accepted and is not yet enrolled in; None where there is none."""
    if referral.state != State.ACCEPTED:
        return None
    programme = ("vacancy__programme__mention", "vacancy__programme__institution")
    offer = referral.offers.select_related(*programme).get(state=OfferState.ACCEPTED)
    certificates = referral.documents.filter(kind=DocumentKind.ACCEPTANCE, created_at=offer.answered_at)
    return Accepted(offer=offer, certificate=certificates.first(), confirmed_by=referral.due_on)


class OffersView(OwnReferral):
    """The offers side by side. The first reading is an event."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.referral.is_draft:
            return redirect(self.address("referral"))
        procedure.record_first_reading(self.referral.pk, by=self.her, at=self.at)
        offers = shown_offers(self.referral)
        context = {
            "referral": self.referral,
            "case": self.address("referral"),
            "offers": offers,
            "waiting": [one for one in offers if one.waits],
            "ended": [one for one in offers if not one.waits],
            "accepted": accepted_offer(self.referral),
        }
        return render(request, "student/offers.html", context)


class AnswerView(OwnForm):
    """Answer one offer: the page says what follows, the button does it."""

    @cached_property
    def offer(self) -> Offer:
        return get_object_or_404(self.referral.offers.shown_to_student(), key=self.kwargs["offer"])

    @cached_property
    def shown(self) -> list[Shown]:
        return shown_offers(self.referral)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.offer.state != OfferState.SENT:
            messages.info(request, gettext("Cette proposition n’attend plus de réponse."))
            return redirect(self.address("offers"))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {
            "one": next(one for one in self.shown if one.offer == self.offer),
            "others": [one for one in self.shown if one.waits and one.offer != self.offer],
        }

    def get_success_url(self) -> str:
        return self.address("offers")


class AcceptView(AnswerView):
    template_name = "student/accept.html"
    form_class = forms.ConfirmationForm
    done = _("Vous avez accepté cette proposition. Inscrivez-vous maintenant auprès de l’établissement.")

    def act(self, form: forms.ConfirmationForm) -> None:
        procedure.accept(self.referral.pk, offer_id=self.offer.pk, by=self.her, at=self.at)


class DeclineView(AnswerView):
    template_name = "student/decline.html"
    form_class = forms.DeclineForm
    done = _("Vous avez refusé cette proposition. Un courriel vous le confirme.")

    def act(self, form: forms.DeclineForm) -> None:
        procedure.decline(self.referral.pk, offer_id=self.offer.pk, **form.cleaned_data, by=self.her, at=self.at)
