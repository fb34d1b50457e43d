"""How far a list goes, how it is searched, and what may be chosen from it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.contrib.auth import get_permission_codename
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import capfirst

from ..mergers import stands, successors
from ..models import InstitutionName
from ..names import normalise
from ..search import containing
from .open_links import OpenLinks
from .signed import Signed


class OnlyKeys(AutocompleteMixin):
    """Shows a refused form again without what is no key; the stock one asks the database for it, and breaks."""

    def optgroups(self, name: str, value: list[str], attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [one for one in value if self._is_key(one)], attr)

    def _is_key(self, text: str) -> bool:
        try:
            self.field.remote_field.model._meta.pk.to_python(text)
        except ValidationError:
            return False
        return "\0" not in text


class Completed(OnlyKeys, AutocompleteSelect):
    pass


class CompletedMany(OnlyKeys, AutocompleteSelectMultiple):
    pass


class ScopedAdmin(OpenLinks, Signed):
    """A list that goes as far as its reader's scope; what lies beyond does not exist for her.

    region, institution: look-ups of the two codes, as `Scope.q` takes them; None where the rows are everybody's.
    nationwide: every office reads all the rows; only those of her scope are hers to change, and to choose in a form.
    words: look-ups searched blind to accents; normalised: the one stored as `names.normalise` sees it; codes: those of which a
    word is the whole; named: the look-up of an institution, found by its code and by every name that it, or one it took over,
    has or had.
    """

    region: str | None = None
    institution: str | None = None
    nationwide = False
    words: tuple[str, ...] = ()
    normalised = ""
    codes: tuple[str, ...] = ()
    named = ""
    list_per_page = 50
    show_full_result_count = False

    class Media:
        js = ("scripts/completed.js",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows if self.nationwide else self.hers(rows, request)

    def hers(self, rows: models.QuerySet, request: HttpRequest) -> models.QuerySet:
        """Return those of ``rows`` that lie within the reader's scope."""
        if self.region is None or self.institution is None:
            return rows
        return rows.filter(request.user.scope.q(region=self.region, institution=self.institution))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.{get_permission_codename('change', self.opts)}", obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs) -> forms.ModelChoiceField:
        """Offer, and accept, only what lies within the reader's scope."""
        model = db_field.related_model
        if self.admin_site.is_registered(model) and isinstance(related := self.admin_site.get_model_admin(model), ScopedAdmin):
            kwargs.setdefault("queryset", related.hers(related.get_queryset(request), request))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Completed(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", CompletedMany(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple[models.QuerySet, bool]:
        """Return the rows that have every word; completing a form's field, only those it would accept."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            queryset = self.hers(queryset, request)
        words = normalise(search_term).split()
        after = successors() if words and self.named else {}
        for word in words:
            found = containing(word, mention=self.normalised, others=self.words)
            for code in self.codes:
                found |= models.Q(**{f"{code}__iexact": word})
            if self.named:
                found |= models.Q(**{f"{self.named}__in": called(word, after)})
            queryset = queryset.filter(found)
        return queryset, False

    def one(self, request: HttpRequest, pk: str | int) -> Any:
        """Return the row of a page of our own, with what the list shows of it. Raises Http404: no right, no scope, no row."""
        if not self.has_view_permission(request) or not str(pk).isdecimal() or len(str(pk)) > 18:
            raise Http404
        return get_object_or_404(self.get_queryset(request).select_related(*self.list_select_related or ()), pk=int(pk))

    def page(self, request: HttpRequest, template: str, **shown: Any) -> HttpResponse:
        """Render a page of our own in the office's frame."""
        context = self.admin_site.each_context(request) | {"subtitle": None, "opts": self.opts, "media": self.media} | shown
        return render(request, f"admin/vacancies/{template}.html", context)


class ReadAdmin(ScopedAdmin):
    """Rows to be read: no form of the stock admin writes them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


def called(word: str, after: Mapping[str, str]) -> set[str]:
    """Return the codes of the institutions that ``word`` is the code of, or is in a name of, and of who took them over."""
    known = models.Q(normalised__contains=word) | models.Q(institution=word.upper())
    found = set(InstitutionName.objects.filter(known).values_list("institution", flat=True))
    return found | {stands(uai, after) for uai in found}


class DayField(forms.DateField):
    """A day, picked in the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)
