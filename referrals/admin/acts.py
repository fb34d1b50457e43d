"""The log of acts: who did what to accounts, posts and reference data, and when. Read by the national administrator alone."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from vacancies.admin.scoped import ReadAdmin

from ..models import User

KINDS = {ADDITION: "ajout", CHANGE: "modification", DELETION: "suppression"}


class ByFilter(admin.SimpleListFilter):
    """Those who have acted; nobody picks one of twenty thousand accounts."""

    title = "auteur"
    parameter_name = "auteur"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        acted = User.objects.filter(pk__in=LogEntry.objects.values("user")).order_by("name", "email")
        return [(str(user.pk), str(user)) for user in acted]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return queryset.filter(user=int(value)) if value and value.isdecimal() and len(value) < 19 else queryset


class ThingFilter(admin.SimpleListFilter):
    title = "objet"
    parameter_name = "objet"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = ContentType.objects.filter(pk__in=LogEntry.objects.values("content_type")).order_by("app_label", "model")
        return [(str(kind.pk), kind.name) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return queryset.filter(content_type=int(value)) if value and value.isdecimal() and len(value) < 10 else queryset


class KindFilter(admin.SimpleListFilter):
    title = "acte"
    parameter_name = "acte"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(flag), words) for flag, words in KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        flags = {str(flag): flag for flag in KINDS}
        return queryset.filter(action_flag=flags[value]) if (value := self.value()) in flags else queryset


@admin.register(LogEntry)
class ActsAdmin(ReadAdmin):
    """Append-only: a trigger refuses what no page offers. What was done to a case is in its own history, not here."""

    list_display = ("action_time", "user", "kind", "thing", "object_repr", "said")
    list_display_links = None
    list_filter = (ByFilter, ThingFilter, KindFilter)
    list_select_related = ("user", "content_type")
    search_fields = words = ("object_repr", "change_message", "user__name", "user__email")
    search_help_text = "Ce qui est nommé, ce qui a changé, l’auteur."
    date_hierarchy = "action_time"
    ordering = ("-action_time", "-pk")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Raises Http404 for anybody else."""
        if not self.has_view_permission(request):
            raise Http404
        return super().changelist_view(request, {"title": "Journal des actes"} | (extra_context or {}))

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """An act is a line of the list, and has no page."""
        raise Http404

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    @admin.display(description="acte", ordering="action_flag")
    def kind(self, entry: LogEntry) -> str:
        return KINDS.get(entry.action_flag, "")

    @admin.display(description="objet")
    def thing(self, entry: LogEntry) -> str:
        return entry.content_type.name if entry.content_type else ""

    @admin.display(description="ce qui a été dit ou changé")
    def said(self, entry: LogEntry) -> str:
        return entry.get_change_message()
