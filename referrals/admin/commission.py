"""The regional commission in the office: its sessions, the agenda of each, and the page of one file with its minutes."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from vacancies.models import AcademicRegion, Campaign

from .. import procedure
from ..models import CommissionCase, CommissionSession, Decision, Offer, Referral
from ..procedure import By, Refused
from ..procedure.offers import still_due
from ..rules.states import COUNTED, OfferState, State
from ..typed import forget_typed, typed_before
from ..wording import OFFER_STATES
from .deeds.acting import NOT_YOU, sentence_of
from .deeds.buttons import acting
from .deeds.forms import line, long_text
from .people import NeverDeleted
from .request import OfficeRequest
from .seats.found import SeatShown, find, shown

SEATS = 30
"""The best seats of a file that its page lists, and lets one choose from."""
BADGES = {"": "new", Decision.OFFERS: "success", Decision.ADJOURNED: "warning", Decision.NONE: "error"}


class CallForm(forms.Form):
    """A session to be called."""

    error_css_class = "errors"
    required_css_class = "required"

    campaign = forms.ModelChoiceField(Campaign.objects.order_by("-opens_on"), label="Campagne", empty_label=None)
    region = forms.ModelChoiceField(AcademicRegion.objects.none(), label="Région académique", empty_label=None)
    held_at = forms.DateTimeField(
        label="Date et heure",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Heure de Paris.",
    )
    place = line("Lieu", max_length=250)
    members = long_text("Membres", help_text="Une personne par ligne : nom, qualité, établissement.")

    def __init__(self, *args: Any, by: By, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = AcademicRegion.objects.filter(pk__in=by.scope.regions)


class MinutesForm(forms.Form):
    """What the commission decided of a file: the decision, its minutes, and for each seat proposed who agrees in session."""

    error_css_class = "errors"
    required_css_class = "required"

    decision = forms.TypedChoiceField(label="Décision", choices=Decision.choices, coerce=Decision, widget=forms.RadioSelect)
    minutes = long_text("Procès-verbal", help_text="Ce que la commission a examiné et pourquoi elle décide ainsi.")

    def __init__(self, *args: Any, seats: list[SeatShown], rows: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.seat.pk, f"{one.seat} ({one.score:g} sur 100)".replace(".", ",")) for one in seats]
        self.rows = rows
        for number in range(1, rows + 1):
            self.fields[f"vacancy_{number}"] = forms.TypedChoiceField(
                label=f"Place {number}", choices=[("", "aucune"), *choices], coerce=int, empty_value=None, required=False
            )
            self.fields[f"agreed_by_{number}"] = line("Accord donné en séance par", required=False)
            self.fields[f"agreed_as_{number}"] = line(
                "En qualité de", required=False, help_text="Par exemple : représentante de l’université."
            )

    def chosen(self) -> list[dict[str, Any]]:
        """Return what `offer_by_commission` asks of each seat that was chosen."""
        rows = range(1, self.rows + 1)
        return [
            {name: self.cleaned_data[f"{name}_{number}"] for name in ("vacancy_id", "agreed_by", "agreed_as")}
            for number in rows
            if self.cleaned_data.get(f"vacancy_{number}")
        ]

    def clean(self) -> dict[str, Any]:
        words = super().clean() or self.cleaned_data
        chosen = []
        for number in range(1, self.rows + 1):
            words[f"vacancy_id_{number}"] = vacancy = words.get(f"vacancy_{number}")
            for name in ("agreed_by", "agreed_as"):
                if vacancy and f"{name}_{number}" in words and not words[f"{name}_{number}"].strip():
                    self.add_error(f"{name}_{number}", "Dites qui donne l’accord de l’établissement, et en quelle qualité.")
            chosen += [vacancy] if vacancy else []
        if len(set(chosen)) < len(chosen):
            self.add_error(NON_FIELD_ERRORS, "La même place est choisie deux fois.")
        if (words.get("decision") == Decision.OFFERS) != bool(chosen) and "decision" in words:
            self.add_error("decision", "Une décision de proposer nomme au moins une place, et les autres n’en nomment aucune.")
        return words


@admin.register(CommissionSession)
class CommissionSessionAdmin(NeverDeleted):
    list_display = ("region", "campaign", "held_at", "place", "files")
    list_select_related = ("region", "campaign")
    list_filter = ("campaign",)

    def get_queryset(self, request: OfficeRequest) -> QuerySet[CommissionSession]:  # type: ignore[override]
        decided = Count("cases", filter=~Q(cases__decision=""))
        return CommissionSession.objects.visible_to(request.user).annotate(listed=Count("cases"), decided=decided)

    def has_change_permission(self, request: HttpRequest, obj: CommissionSession | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/complete/", wrap(self.complete), name="referrals_commissionsession_complete"),
            path("<int:pk>/dossier/<int:case_id>/", wrap(self.case), name="referrals_commissionsession_case"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Séances de la commission régionale"} | (extra_context or {}))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What it decided is on its own page, and in the history of each file."""
        return redirect("admin:referrals_commissionsession_change", object_id)

    @admin.display(description="dossiers décidés")
    def files(self, session: Any) -> str:
        return f"{session.decided} sur {session.listed}"

    def add_view(self, request: OfficeRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Call a session; the files that are with the commission are on its agenda at once."""
        by = acting(request.user)
        if by is None or not self.has_add_permission(request):
            raise PermissionDenied
        typed = typed_before(request)
        form = CallForm(request.POST or None, initial=typed.dict() if typed else None, by=by)
        if request.method == "POST" and form.is_valid():
            session = procedure.call_session(**form.cleaned_data, by=by, at=request.at)
            forget_typed(request)
            messages.success(request, "Séance convoquée.")
            return redirect("admin:referrals_commissionsession_change", session.pk)
        waiting = Referral.objects.of_office(request.user).filter(state=State.COMMISSION).count()
        page = {"title": "Convoquer la commission régionale", "subtitle": None, "session": None, "form": form, "media": form.media}
        context = self.admin_site.each_context(request) | page | {"waiting": waiting, "by": by}
        return render(request, "admin/referrals/commissionsession/call.html", context)

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """The session with its agenda, fit to be printed."""
        session = get_object_or_404(self.get_queryset(request), pk=object_id if object_id.isdecimal() else 0)
        page = {"title": "Séance de la commission régionale", "subtitle": None, "session": session, "rows": agenda(session)}
        page["reads_only"] = acting(request.user) is None
        return render(request, "admin/referrals/commissionsession/session.html", self.admin_site.each_context(request) | page)

    def complete(self, request: OfficeRequest, pk: int) -> HttpResponse:
        """Add the files that have come since."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        session = get_object_or_404(self.get_queryset(request), pk=pk)
        if acting(request.user) is None:
            raise PermissionDenied
        added = procedure.complete_agenda(session)
        messages.info(request, f"Dossiers ajoutés à l’ordre du jour : {added}.")
        return redirect("admin:referrals_commissionsession_change", pk)

    def case(self, request: OfficeRequest, pk: int, case_id: int) -> HttpResponse:
        """One file in session: what is known of it, the seats that suit, and the minutes."""
        session = get_object_or_404(self.get_queryset(request), pk=pk)
        related = ("campaign", "rules", "region", "licence_mention", "licence_institution", "licence_academy", "student")
        files = Referral.objects.of_office(request.user).select_related(*related)
        cases = session.cases.filter(referral__in=files).prefetch_related(Prefetch("referral", files))
        case = get_object_or_404(cases, pk=case_id)
        seats = best_seats(case.referral, request)
        typed = typed_before(request)
        known = {"decision": case.decision, "minutes": case.minutes}
        with_it = case.referral.state == State.COMMISSION
        form = MinutesForm(
            request.POST or None,
            initial=typed.dict() if typed else known,
            seats=seats,
            rows=max(still_due(case.referral), 0) if with_it else 0,
        )
        if request.method == "POST" and form.is_valid() and recorded(request, case, form):
            forget_typed(request)
            return redirect("admin:referrals_commissionsession_change", session.pk)
        context = {"title": f"Saisine {case.referral.number} en séance", "subtitle": None, "form": form, "media": form.media}
        context |= {"case": case, "session": session, "referral": case.referral, "seats": seats, "with_it": with_it}
        context |= {"offers": made_to(case.referral), "wishes": case.referral.wishes.select_related("mention")}
        context["file_address"] = reverse("admin:referrals_referral_change", args=[case.referral_id])
        return render(request, "admin/referrals/commissionsession/case.html", self.admin_site.each_context(request) | context)


def agenda(session: CommissionSession) -> list[dict[str, Any]]:
    """Return the files of the agenda, in order, each with its wishes, its offers and how many are still due."""
    cases = session.cases.select_related("referral__rules", "referral__licence_mention", "referral__licence_institution")
    return [
        {
            "case": case,
            "badge": BADGES[case.decision],
            "wishes": sorted(case.referral.wishes.all(), key=lambda wish: wish.rank),
            "due": case.referral.rules.offers_required
            - sum(offer.state in COUNTED and offer.sent_at is not None for offer in case.referral.offers.all()),
            "offers": [(offer, *OFFER_STATES[OfferState(offer.state)]) for offer in case.referral.offers.all()],
        }
        for case in cases.prefetch_related(
            "referral__wishes__mention",
            Prefetch("referral__offers", Offer.objects.select_related(*PROGRAMME)),
        )
    ]


PROGRAMME = ("vacancy__programme__mention", "vacancy__programme__institution")


def made_to(referral: Referral) -> list[tuple[Offer, str, str]]:
    """Return what was asked and offered so far, each with its state in words and its badge."""
    return [(offer, *OFFER_STATES[OfferState(offer.state)]) for offer in referral.offers.select_related(*PROGRAMME)]


def best_seats(referral: Referral, request: OfficeRequest) -> list[SeatShown]:
    """Return the seats that suit best, those that only a reason could justify last: a commission may pass over these."""
    found = find(referral, {"impossible": True})
    return [one for one in shown(found.rows[: 2 * SEATS], found, at=request.at, typed={}) if not one.barred][:SEATS]


def recorded(request: OfficeRequest, case: CommissionCase, form: MinutesForm) -> bool:
    """Record the minutes, then make each offer that was decided. Return whether the minutes are on record.

    What is refused of an offer is said seat by seat: the minutes stand, and the offer can still be made from the file.
    """
    by = acting(request.user)
    words = form.cleaned_data
    try:
        if by is None:
            raise Refused("not_yours", NOT_YOU)
        procedure.record_minutes(case.pk, decision=words["decision"], minutes=words["minutes"], by=by, at=request.at)
    except Refused as refusal:
        form.add_error(NON_FIELD_ERRORS, sentence_of(refusal))
        return False
    messages.success(request, f"Procès-verbal enregistré : saisine {case.referral.number}.")
    for seat in form.chosen():
        try:
            offer = procedure.offer_by_commission(case.pk, **seat, by=by, at=request.at)
            messages.success(request, f"Proposition envoyée : {offer.vacancy}.")
        except Refused as refusal:
            messages.error(request, f"Place {seat['vacancy_id']} non proposée : {sentence_of(refusal)}")
    return True
