"""One request of the rectorate, answered from a mail's link: no account, no document, no student's name, nothing medical.

Opening it changes nothing, for scanners of mail open every link; only a form that is sent answers.
"""

from http import HTTPStatus
from typing import Any

from django.core.signing import BadSignature, SignatureExpired
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import add_never_cache_headers
from django.utils.timezone import localdate
from django.views import View

from .. import answer_links
from ..answering import Answering
from ..models import Channel, Offer
from ..procedure import By, Refused
from ..rules.states import OfferState
from . import answers

TOO_OLD = "Ce lien date de plus de deux mois : il ne permet plus de répondre."
NOT_ASKED_ANY_MORE = (
    "Ce lien avait été envoyé à une adresse qui ne répond plus pour cette formation : la demande est suivie par quelqu’un d’autre."
)


class AnswerByLink(View):
    """Show the request and take its answer. The link dies with the answer, with the request, and with age."""

    http_method_names = ("get", "head", "post")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = self._dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    def _dispatch(self, request: HttpRequest, *args: Any, token: str) -> HttpResponse:
        try:
            key, self.to = answer_links.read(token)
        except SignatureExpired:
            return self.over(TOO_OLD)
        except BadSignature:
            raise Http404 from None
        self.offer = offer_of(key)
        if why := self.why_dead():
            return self.over(why)
        return super().dispatch(request, *args)

    def why_dead(self) -> str:
        """Return why the link answers no more; empty while it does."""
        offer = self.offer
        if not answers.answers_to(offer, initial={}):
            return answers.stands(offer)
        today = localdate(self.request.at, offer.vacancy.programme.academy.tz)
        return "" if self.to.lower() in Answering(on=today).may_answer(offer) else NOT_ASKED_ANY_MORE

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(answers.answers_to(self.offer, initial={}))

    def post(self, request: HttpRequest) -> HttpResponse:
        forms = answers.answers_to(self.offer, request.POST, initial={})
        given = forms.get(request.POST.get("answer", ""))
        if given is None or not given.is_valid():
            return self.show(forms, given)
        try:
            done = answers.give(given, self.offer, by=By.by_link(self.offer, to=self.to), at=request.at, through=Channel.LINK)
        except Refused as refused:
            self.offer = offer_of(self.offer.key)
            if why := self.why_dead():
                return self.over(why)
            given.add_error(None, refused.sentence)
            return self.show(forms, given)
        waits = self.offer.state == OfferState.CONSULTING
        return render(self.request, "institution/answered_by_link.html", {"offer": self.offer, "done": done, "waits": waits})

    def show(self, forms: dict[str, answers.AnswerForm], given: answers.AnswerForm | None = None) -> HttpResponse:
        context: dict[str, Any] = {
            "offer": self.offer,
            "late": self.offer.state == OfferState.UNANSWERED,
            "forms": forms.values(),
            "to": self.to,
        }
        if given:
            context["form"] = given  # the page's title says that something is to be corrected
        return render(self.request, "institution/by_link.html", context)

    def over(self, why: str) -> HttpResponse:
        return render(self.request, "institution/link_over.html", {"why": why}, status=HTTPStatus.GONE)


def offer_of(key: Any) -> Offer:
    """Return the offer with what its page says of it. Raises Http404."""
    offers = Offer.objects.select_related(
        "vacancy__programme__mention",
        "vacancy__programme__institution",
        "vacancy__programme__academy",
        "referral__region",
        "referral__licence_mention",
        "referral__licence_institution",
        "referral__licence_academy",
    )
    return get_object_or_404(offers, key=key)
