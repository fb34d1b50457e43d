"""What an institution is asked: the queue of requests, and each with what it may know of the student, and its answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property

from vacancies.search import containing

from ..models import Channel, Event, Offer, Role, User
from ..models.offer import LATE, READ
from ..procedure import By, Refused
from ..rules.states import HOLDING, SEARCHED, TAKEN, Action, OfferState
from ..typed import forget_typed, typed_before
from ..wording import OFFER_STATES
from .answers import ANSWERS_AND_DELEGATION, AnswerForm, answers_to, give, may, stands
from .forms import RequestsFilter, ShowRequests
from .own import Own

PAGE_SIZE = 25
NEAR = timedelta(days=2)
"""What falls due within it is marked."""
OVERDUE, SOON = ("délai passé", "error"), ("à répondre vite", "warning")
"""Marks: their words and their badge."""
HER_WORDS = {
    OfferState.CONSULTING: "réponse attendue",
    OfferState.AGREED: "accord donné",
    OfferState.REFUSED: "refus donné",
    OfferState.UNANSWERED: "sans réponse à temps",
    OfferState.SENT: "proposée à l’étudiant",
    OfferState.ACCEPTED: "acceptée par l’étudiant",
}
"""Where the office's word for a state would sound odd to the institution."""
SHOWN = {
    ShowRequests.WAITING: Q(state=OfferState.CONSULTING),
    ShowRequests.LATE: LATE,
    ShowRequests.OTHER: ~Q(state=OfferState.CONSULTING) & ~LATE,
}
IN_TURN = Case(When(SHOWN[ShowRequests.WAITING], then=Value(0)), When(LATE, then=Value(1)), default=Value(2))
DUE = Case(When(state=OfferState.CONSULTING, then=F("held_until")))
RELATED = (
    "vacancy__programme__mention",
    "vacancy__programme__institution",
    "vacancy__programme__academy",
    "referral__licence_mention",
    "referral__licence_institution",
    "referral__licence_academy",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as the institution sees it. answered_at: of the answer that stands; None where there is none."""

    offer: Offer
    answered_at: datetime | None
    at: datetime

    @property
    def label(self) -> str:
        state = OfferState(self.offer.state)
        return HER_WORDS.get(state, OFFER_STATES[state][0])

    @property
    def badge(self) -> str:
        return "new" if self.waits else OFFER_STATES[OfferState(self.offer.state)][1]

    @property
    def waits(self) -> bool:
        return self.offer.state == OfferState.CONSULTING

    @property
    def is_late(self) -> bool:
        """Whether it was not answered in time, and still may be."""
        return self.offer.state == OfferState.UNANSWERED and self.offer.referral.state in SEARCHED

    @property
    def is_read(self) -> bool:
        """Whether the institution may read of the student what it was asked about; see `OfferQuerySet.read`."""
        return self.offer.state in READ or self.is_late

    @property
    def hurry(self) -> tuple[str, str] | None:
        if not self.waits or self.offer.held_until > self.at + NEAR:
            return None
        return OVERDUE if self.offer.held_until <= self.at else SOON

    @property
    def seat(self) -> str:
        """What has become of the seat that was held."""
        if self.offer.state in TAKEN:
            return "prise"
        return "réservée" if self.offer.state in HOLDING else "libérée"

    @property
    def asked_on(self) -> date:
        return self.offer.consulted_at.astimezone(self.offer.vacancy.programme.academy.tz).date()

    @property
    def zone(self) -> str:
        return self.offer.vacancy.programme.academy.zone


def shown(offers: Iterable[Offer], *, at: datetime) -> list[Request]:
    """Return ``offers`` with the instants of their answers; one query."""
    offers = list(offers)
    answers = Event.objects.of_case().filter(
        referral__in={offer.referral_id for offer in offers},
        kind__in=(Action.RECORD_AGREEMENT, Action.RECORD_REFUSAL),
        payload__offer__in=[offer.pk for offer in offers],
    )
    answered = dict(answers.order_by("at", "seq").values_list("payload__offer", "at"))
    return [
        Request(offer=offer, answered_at=offer.consulted_at if offer.standing_id else answered.get(offer.pk), at=at)
        for offer in offers
    ]


def signature_of(user: User) -> dict[str, str]:
    """Return the name and quality in which ``user`` agrees, as far as her account knows them."""
    hers = [post.capacity for post in user.posts_held if post.role == Role.INSTITUTION and post.capacity]
    return {"agreed_by": user.name, "agreed_as": next(iter(hers), "")}


class Requests(Own):
    """A page of what her institutions are asked."""

    @property
    def offers(self) -> QuerySet[Offer]:
        return Offer.objects.of_institution(self.request.user).select_related(*RELATED)


class RequestsView(Requests):
    """The queue: what waits for an answer, the first due on top; what was not answered in time; then the rest, the latest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = RequestsFilter(request.GET)
        wanted.full_clean()
        text, show = wanted.cleaned_data.get("q", ""), wanted.cleaned_data.get("show", "")
        words = containing(
            text,
            mention="vacancy__programme__mention__normalised",
            others=("vacancy__programme__track", "vacancy__programme__town", "referral__number"),
        )
        found = self.offers.filter(words, SHOWN[ShowRequests(show)] if show else Q())
        ordered = found.annotate(turn=IN_TURN, due=DUE).order_by("turn", F("due").asc(nulls_last=True), "-consulted_at", "-pk")
        page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            "filter": wanted,
            "page": page,
            "requests": shown(page, at=self.at),
            "waiting": self.offers.waiting().count(),
            "narrowed": bool(text or show),
            "several": len(self.scope) > 1,
        }
        return render(request, "institution/requests.html", context)


class RequestView(Requests):
    """One request: whom it is about, as long as that is the institution's business, and the answers it may give."""

    @cached_property
    def offer(self) -> Offer:
        return get_object_or_404(self.offers, key=self.kwargs["key"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        waiting = typed_before(request)
        return self.show(self.answers(waiting), restored=waiting is not None)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Give one answer. What was typed stays beside the reason why it cannot be."""
        if request.POST.get("answer") not in {one.answer for one in ANSWERS_AND_DELEGATION}:
            raise Http404
        answers = self.answers(request.POST)
        form = answers.get(request.POST["answer"])
        if form is None:
            return self.leave(messages.WARNING, stands(self.offer))
        if not form.is_valid():
            return self.show(answers)
        try:
            said = give(form, self.offer, by=By.institution(request.user), at=self.at, through=Channel.PORTAL)
        except Refused as refused:
            if may(form.action, self.offer):
                form.add_error(None, refused.sentence)
                return self.show(answers)
            return self.leave(messages.WARNING, refused.sentence)
        return self.leave(messages.SUCCESS, said)

    def answers(self, data: Any) -> dict[str, AnswerForm]:
        return answers_to(self.offer, data, initial=signature_of(self.request.user), among=ANSWERS_AND_DELEGATION)

    def leave(self, level: int, sentence: str) -> HttpResponse:
        """Say it on the next page: this one while the request still waits, else the queue."""
        forget_typed(self.request)
        messages.add_message(self.request, level, sentence)
        return redirect(self.request.path if self.offer.state == OfferState.CONSULTING else "institution:requests")

    def show(self, answers: dict[str, AnswerForm], *, restored: bool = False) -> HttpResponse:
        (request,) = shown([self.offer], at=self.at)
        context: dict[str, Any] = {"one": request, "answers": answers.values(), "restored": restored, "has_file": False}
        if typed := next((form for form in answers.values() if form.is_bound), None):
            context["form"] = typed  # the page's title says that something is to be corrected
        if request.is_read:
            referral = self.offer.referral
            context |= {
                "wishes": referral.wishes.select_related("mention"),
                "documents": referral.documents.for_institutions(),
            }
        return render(self.request, "institution/request.html", context)
