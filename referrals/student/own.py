"""Pages of one student's own referral: who may open them, in whose name they act, and what was typed is never lost."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.views import View
from django.views.generic import FormView

from ..models import Referral
from ..procedure import By, Refused
from ..typed import forget_typed, keep_typed, typed_before
from .naming import suggestions
from .uploads import forget_received, keep_chosen, take_received, warnings_of


class OwnReferral(LoginRequiredMixin, View):
    """A page about one referral of the signed-in student. Anybody else's is not found."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.referral  # noqa: B018 - not found, before anything else is said
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def referral(self) -> Referral:
        mine = Referral.objects.of_student(self.request.user).select_related(
            "campaign", "rules", "region", "licence_mention", "licence_institution", "licence_academy", "transcript"
        )
        return get_object_or_404(mine, key=self.kwargs["key"])

    @property
    def her(self) -> By:
        return By.student(self.request.user)

    @property
    def at(self) -> datetime:
        return self.request.at

    @property
    def today(self) -> date:
        """The calendar day of the request, in the académie of the licence where it is known."""
        academy = self.referral.licence_academy
        return timezone.localdate(self.at, academy.tz if academy else None)

    def address(self, name: str, **more: Any) -> str:
        """Return the address of another page of the same referral."""
        return reverse(f"student:{name}", kwargs={"key": self.referral.key, **more})


class OwnForm(OwnReferral, FormView):
    """A form about one's own referral. What is posted without a session comes back after the login; a refusal keeps it too.

    Subclasses give ``act``, which calls the verb and may raise Refused.
    """

    done = ""
    """Said once it is done."""

    def handle_no_permission(self) -> HttpResponse:
        if self.request.method == "POST":
            keep_typed(self.request)
        return super().handle_no_permission()

    @cached_property
    def restored(self) -> Any:
        """What was typed before the login, where this page shows it again."""
        return typed_before(self.request) if self.request.method in ("GET", "HEAD") else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        take_received(request, self.referral)
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        options = super().get_form_kwargs() | {"today": self.today}
        return options | {"data": self.restored} if self.restored is not None else options

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        context = super().get_context_data(**context)
        form = context["form"]
        return context | {
            "referral": self.referral,
            "restored": self.restored is not None,
            "has_file": form.is_multipart(),
            "suggestions": suggestions(form),
            "case": self.address("referral"),
        }

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            self.act(form)
        except Refused as refused:
            form.add_error(None, refused.sentence)
            return self.form_invalid(form)
        forget_typed(self.request)
        forget_received(self.request, self.referral)
        for warning in warnings_of(form.cleaned_data.values()):
            messages.warning(self.request, warning)
        if self.done:
            messages.success(self.request, self.done)
        return redirect(self.get_success_url())

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        keep_chosen(self.request, self.referral, form, at=self.at)
        return super().form_invalid(form)

    def act(self, form: Any) -> None:
        raise NotImplementedError

    def get_success_url(self) -> str:
        return self.address("referral")


class DraftOnly(OwnReferral):
    """A page of a draft: once filed, its answers are read on the case's page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not self.referral.is_draft:
            messages.info(request, gettext("Cette saisine est déposée : ses réponses ne se modifient plus."))
            return redirect(self.address("referral"))
        return super().dispatch(request, *args, **kwargs)


class Removal(DraftOnly):
    """A button that takes something out of the draft; opened as a page, it leads back to the list."""

    back = ""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return redirect(self.address(self.back))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            self.remove()
        except Refused as refused:
            messages.error(request, refused.sentence)
        return redirect(self.address(self.back))

    def remove(self) -> None:
        raise NotImplementedError
