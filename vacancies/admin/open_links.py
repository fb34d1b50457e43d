"""Links only to what their reader may open; what she may not open is not there."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse


class OpenLinks(admin.ModelAdmin):
    """What a page names and its reader may not open is named without a link. What is not hers does not exist, whatever it is."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Raises Http404: no right, no scope, no row."""
        found = super().get_object(request, object_id, from_field)
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        return found

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        shown = context["adminform"]
        named = {
            field.name: naming(field)
            for field in self.opts.get_fields()
            if isinstance(field, models.ForeignKey) and field.name in shown.readonly_fields and not self._opens(field, request)
        }
        shown.readonly_fields = [named.get(field, field) for field in shown.readonly_fields]
        shown.fieldsets = [
            (title, options | {"fields": [named.get(field, field) for field in options["fields"]]})
            for title, options in shown.fieldsets
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    def _opens(self, field: models.ForeignKey, request: HttpRequest) -> bool:
        model = field.related_model
        return self.admin_site.is_registered(model) and self.admin_site.get_model_admin(model).has_view_permission(request)


def naming(field: models.ForeignKey) -> Callable[[models.Model], str | None]:
    """Return a column that says the name of what ``field`` leads to."""

    @admin.display(description=field.verbose_name)
    def name(row: models.Model) -> str | None:
        led_to = getattr(row, field.name)
        return led_to and str(led_to)

    return name
