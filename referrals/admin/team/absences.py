"""Absences: each enters her own, a head anybody's of her region; dated, signed, and on the admin's log."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.timezone import localdate

from vacancies.admin.open_links import OpenLinks

from ...models import Absence, Post, User
from ...models.people import ACTOR_OF_ROLE
from ..deeds.forms import day
from ..queue.filters import colleagues_in
from ..request import OfficeRequest
from .moving import move_work
from .page import headed_by, regions_of, team
from .standing_still import standing_still


def regions_worked_in(user: User, *, on: date) -> set[str]:
    """Return the regions, by code, in whose office ``user`` works that day."""
    held = Post.objects.on(on).filter(user=user, role__in=ACTOR_OF_ROLE, regions__isnull=False)
    return set(held.values_list("regions", flat=True))


class AbsenceForm(forms.ModelForm):
    since = day("Premier jour d’absence")
    until = day("Dernier jour d’absence")

    class Meta:
        model = Absence
        fields = ("user", "since", "until", "substitute")

    def clean(self) -> dict[str, Any]:
        """Whose regions meet is another table's matter, and so is who else is away: no constraint can say either."""
        cleaned = super().clean() or self.cleaned_data
        user = self.instance.user if self.instance.pk else cleaned.get("user")
        since, until = cleaned.get("since") or self.instance.since, cleaned.get("until")
        substitute = cleaned.get("substitute")
        if user is None or until is None:
            return cleaned
        same_days = Absence.objects.exclude(pk=self.instance.pk).filter(since__lte=until, until__gte=since)
        if same_days.filter(user=user).exists():
            self.add_error("until", "Une autre absence couvre déjà une partie de ces jours : modifiez-la.")
        if substitute and substitute != user:
            if not regions_worked_in(user, on=since) & regions_worked_in(substitute, on=since):
                self.add_error("substitute", "Cette personne ne travaille pas dans la même région académique.")
            elif same_days.filter(user=substitute).exists():
                self.add_error("substitute", "Cette personne est elle-même absente une partie de ces jours.")
        return cleaned


@admin.register(Absence)
class AbsenceAdmin(OpenLinks):
    """One that has begun ends, early if need be; one still to come can be given up."""

    form = AbsenceForm
    list_display = ("user", "since", "until", "substitute", "by_name", "created_at")
    list_select_related = ("user", "substitute")
    list_per_page = 50
    list_max_show_all = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: OfficeRequest) -> QuerySet[Absence]:  # type: ignore[override]
        """Those of who works, or has worked, in one's regions."""
        held = Post.objects.filter(role__in=ACTOR_OF_ROLE, regions__in=regions_of(request.user))
        return Absence.objects.filter(user__in=held.values("user"))

    def get_readonly_fields(self, request: HttpRequest, obj: Absence | None = None) -> list[str]:
        return ["user", "since"] if obj and obj.since <= localdate() else ["user"] if obj else []

    def formfield_for_foreignkey(self, db_field: Any, request: OfficeRequest, **kwargs: Any) -> Any:  # type: ignore[override]
        """Herself, or for a head whoever works in a region she heads; stood in for by somebody of her own regions."""
        if db_field.name == "user":
            hers = colleagues_in(headed_by(request.user), at=request.at)
            kwargs["queryset"] = User.objects.filter(Q(pk__in=hers) | Q(pk=request.user.pk)).order_by("name", "email")
            kwargs["initial"] = request.GET.get("user") or request.user.pk
            kwargs["empty_label"] = None
        else:
            kwargs["queryset"] = colleagues_in(request.user.scope.regions, at=request.at)
            kwargs["empty_label"] = "personne : ce qui devient urgent ira au chef de service"
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _is_hers(self, request: OfficeRequest, obj: Absence | None) -> bool:
        if obj is None or obj.user_id == request.user.pk:
            return True
        return bool(headed_by(request.user) & regions_worked_in(obj.user, on=localdate(request.at)))

    def has_change_permission(self, request: OfficeRequest, obj: Absence | None = None) -> bool:  # type: ignore[override]
        is_over = obj is not None and obj.until < localdate(request.at)
        return super().has_change_permission(request, obj) and self._is_hers(request, obj) and not is_over

    def has_delete_permission(self, request: OfficeRequest, obj: Absence | None = None) -> bool:  # type: ignore[override]
        """What was, stays on record."""
        is_to_come = obj is not None and obj.since >= localdate(request.at)
        return super().has_delete_permission(request, obj) and self._is_hers(request, obj) and is_to_come

    def save_model(self, request: OfficeRequest, obj: Absence, form: Any, change: bool) -> None:  # type: ignore[override]
        if not change:
            obj.by_name = str(request.user)
            obj.created_at = request.at
        super().save_model(request, obj, form, change)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        return super().changelist_view(request, {"title": "Absences"} | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("equipe/", wrap(team), name="referrals_absence_team"),
            path("equipe/sans-suivi/", wrap(standing_still), name="referrals_absence_standing_still"),
            path("equipe/<int:user_id>/confier/", wrap(move_work), name="referrals_absence_move_work"),
        ]
        return own + super().get_urls()
