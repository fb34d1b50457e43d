"""The queue: the referrals of one's office, what falls due first on top, and the addresses of all that hangs on a file."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Case, DateTimeField, F, Func, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Least
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.timezone import localdate

from vacancies.models import Academy

from ..models import Limit, LimitKind, Offer, Referral
from ..rules.states import ENDED, FILED_ONCE, Action, OfferState, State
from ..wording import STATES
from .acting import act
from .case_export import case_export, export_page
from .deeds import DEEDS, OFFER_DEEDS
from .file_page import show_file
from .piles import mine, piles_of
from .seat_search import search_seats
from .sending import send_agreed
from .site import OfficeRequest
from .words import LABELS, due_for


class StateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, label) for state, label in LABELS.items() if state in FILED_ONCE]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(state=self.value()) if self.value() else queryset


class PileFilter(admin.SimpleListFilter):
    title = "ce qui attend"
    parameter_name = "pile"

    def lookups(self, request: OfficeRequest, model_admin: Any) -> list[tuple[str, str]]:  # type: ignore[override]
        return [(key, pile.label) for key, pile in piles_of(request.user).items()]

    def queryset(self, request: OfficeRequest, queryset: QuerySet) -> QuerySet:  # type: ignore[override]
        pile = piles_of(request.user).get(self.value() or "")
        return queryset.filter(pile.holds(request.user, request.at)) if pile else queryset


class FollowedFilter(admin.SimpleListFilter):
    title = "suivi"
    parameter_name = "suivi"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("moi", "mes dossiers en cours"), ("personne", "dossiers non attribués")]

    def queryset(self, request: OfficeRequest, queryset: QuerySet) -> QuerySet:  # type: ignore[override]
        match self.value():
            case "moi":
                return queryset.filter(mine(request.user))
            case "personne":
                return queryset.filter(assigned_to__isnull=True)
        return queryset


class AcademyFilter(admin.SimpleListFilter):
    title = "académie"
    parameter_name = "academie"

    def lookups(self, request: OfficeRequest, model_admin: Any) -> list[tuple[str, str]]:  # type: ignore[override]
        scope = request.user.scope
        academies = Academy.objects.all() if scope.nation else Academy.objects.filter(region__in=scope.regions)
        return list(academies.values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(licence_academy=self.value()) if self.value() else queryset


def with_due(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    """Annotate what falls due next: ``limit_day`` and ``limit_kind`` of the nearest live limit, ``seat_until`` of the first seat
    held for a consultation, ``office_until`` of the day the office set, ``due_at`` the nearest of the three; ``over`` is 1 for a
    file nobody has to touch any more.
    """
    live = Limit.objects.live().filter(referral=OuterRef("pk")).order_by("ends_at")
    consulted = Offer.objects.filter(referral=OuterRef("pk"), state=OfferState.CONSULTING).order_by("held_until")
    return referrals.annotate(
        limit_day=Subquery(live.values("last_day")[:1]),
        limit_kind=Subquery(live.values("kind")[:1]),
        limit_ends_at=Subquery(live.values("ends_at")[:1]),
        seat_until=Subquery(consulted.values("held_until")[:1]),
        office_until=Func(
            F("licence_academy__zone"), F("due_on") + timedelta(days=1), function="timezone", output_field=DateTimeField()
        ),
        due_at=Least("limit_ends_at", "seat_until", "office_until"),
        over=Case(When(state__in=ENDED, due_on__isnull=True, then=Value(1)), default=Value(0)),
    )


@admin.register(Referral)
class ReferralAdmin(admin.ModelAdmin):
    list_display = ("number", "name", "state_badge", "licence_mention", "licence_institution", "filed_on", "due", "followed_by")
    list_display_links = ("number", "name")
    list_filter = (PileFilter, FollowedFilter, StateFilter, AcademyFilter)
    list_select_related = ("licence_mention", "licence_institution", "licence_academy", "assigned_to", "escalated_to")
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    search_fields = (
        "number",
        "birth_name__unaccent__icontains",
        "usage_name__unaccent__icontains",
        "first_names__unaccent__icontains",
        "ine",
        "student__email",
    )
    search_help_text = "Numéro, nom de naissance ou d’usage, prénom, INE ou adresse électronique."
    actions = None

    def get_queryset(self, request: OfficeRequest) -> QuerySet[Referral]:  # type: ignore[override]
        return with_due(Referral.objects.of_office(request.user))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return ["over", F("due_at").asc(nulls_last=True), "filed_at", "pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Referral | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Referral | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """The file page and the search of seats; then one address for each action of the tables."""
        wrap = self.admin_site.admin_view
        own = [path(f"<int:referral_id>/{Action.CONSULT}/", wrap(search_seats), name=f"referrals_referral_{Action.CONSULT}")]
        own += [
            path("to-send/", wrap(send_agreed), name="referrals_referral_to_send"),
            path("<int:referral_id>/export/", wrap(export_page), name="referrals_referral_export"),
            path("<int:referral_id>/export/<slug:edition>.<slug:form>", wrap(case_export), name="referrals_referral_export_file"),
        ]
        for action in DEEDS:
            middle = "offers/<int:offer_id>/" if action in OFFER_DEEDS else ""
            address = f"<int:referral_id>/{middle}{action}/"
            own.append(path(address, wrap(act), {"action": action}, name=f"referrals_referral_{action}"))
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404  # the medical adviser is inside the door, and this is not her queue
        page = {"title": "Saisines", "to_send": request.GET.get("pile") == "envoyer"}
        return super().changelist_view(request, page | (extra_context or {}))

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        return show_file(request, object_id)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history of a file is its own, on its page; the admin's log knows nothing of it."""
        return redirect("admin:referrals_referral_change", object_id)

    @admin.display(description="nom", ordering="birth_name")
    def name(self, referral: Referral) -> str:
        if referral.usage_name and referral.usage_name != referral.birth_name:
            born = format_html('<br><span class="quiet small">naissance : {}</span>', referral.birth_name)
            return format_html("{} {}{}", referral.usage_name, referral.first_names, born)
        return f"{referral.birth_name} {referral.first_names}"

    @admin.display(description="état", ordering="state")
    def state_badge(self, referral: Referral) -> str:
        state = State(referral.state)
        return format_html('<span class="badge badge-{}">{}</span>', STATES[state].badge, LABELS[state])

    @admin.display(description="déposée le", ordering="filed_at")
    def filed_on(self, referral: Any) -> str:
        return f"{referral.filed_at.astimezone(referral.licence_academy.tz):%d/%m/%Y}"

    @admin.display(description="échéance", ordering="due_at")
    def due(self, referral: Any) -> str:
        """The nearest of the live limit, the held seat and the office's own date; else how old the file is."""
        tz = referral.licence_academy.tz
        if referral.due_at is None:
            days = (localdate() - localdate(referral.filed_at)).days
            age = f"il y a {days} jour{'s' if days > 1 else ''}" if days else "aujourd’hui"
            return "—" if referral.over else f"déposée {age}"
        if referral.due_at == referral.seat_until:
            last_moment = referral.seat_until - timedelta(seconds=1)
            day, what = last_moment.astimezone(tz).date(), "réponse de l’établissement"
        elif referral.due_at == referral.limit_ends_at:
            day, what = referral.limit_day, LimitKind(referral.limit_kind).label
        else:
            day, what = referral.due_on, due_for(referral.state)
        late = format_html('<strong class="late">{}</strong> ', "dépassé") if day < localdate(timezone=tz) else ""
        return format_html('{}{}<br><span class="quiet small">{}</span>', late, f"{day:%d/%m/%Y}", what)

    @admin.display(description="suivi par", ordering="assigned_to__name")
    def followed_by(self, referral: Referral) -> str:
        """Who follows it, and the head to whom it was escalated."""
        follows = str(referral.assigned_to or "personne")
        if referral.escalated_to is None:
            return follows
        return format_html('{}<br><span class="quiet small">signalé à {}</span>', follows, referral.escalated_to)
