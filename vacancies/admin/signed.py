"""What the admin's log says of a change: each field with what it was and what it is now. When and by whom, the log says itself."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst

NOTHING = "vide"


class Signed(admin.ModelAdmin):
    """A list of which every change is dated and signed, with what stood there before."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Return the log's message; what is added is its own description."""
        if add:
            return super().construct_change_message(request, form, formsets, add)
        said = [*changes_of(form), *(line for formset in formsets or () for line in _in_rows(formset))]
        return " ; ".join(said) or "Rien n’a changé."


def changes_of(form: forms.BaseForm) -> list[str]:
    """Return for each field that was changed what it was and what it is now: « Nom : « Lyon » → « Lyon I » »."""
    said = []
    for name in form.changed_data:
        if name in form.cleaned_data:
            field = form.fields[name]
            before, after = _said(field, _before(form, name)), _said(field, form.cleaned_data[name])
            if before != after:  # else two ways to leave it empty
                said.append(f"{capfirst(form[name].label)} : {before} → {after}")
    return said


def _before(form: forms.BaseForm, name: str) -> Any:
    """Return what stood in the field, read again where the form kept but its key."""
    value, field = form.get_initial_for_field(form.fields[name], name), form.fields[name]
    if isinstance(field, forms.ModelMultipleChoiceField):
        return value or []
    if isinstance(field, forms.ModelChoiceField):
        key = field.to_field_name or "pk"
        return None if value in (None, "") else field.queryset.model._default_manager.filter(**{key: value}).first()
    return value


def _said(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        value = dict(field.choices).get(value, value)  # type: ignore[arg-type, call-overload]
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "oui" if value else "non"
        case date():
            return f"{value:%d/%m/%Y}"
        case str():
            return f"« {value} »"
        case Iterable():
            return ", ".join(f"« {one} »" for one in value) or NOTHING
    return f"« {value} »"


def _in_rows(formset: Any) -> list[str]:
    """Return what happened to the rows that the page shows below its own fields."""
    name = capfirst(formset.model._meta.verbose_name)
    added = [f"{name} « {one} » : ajouté" for one in formset.new_objects]
    taken_away = [f"{name} « {one} » : supprimé" for one in formset.deleted_objects]
    changed = [
        f"{name} : {line}"
        for form in formset.initial_forms
        if form.has_changed() and form.instance not in formset.deleted_objects
        for line in changes_of(form)
    ]
    return added + changed + taken_away
