"""How a form field is laid out: its snippet of the State's design system, its class, and where its error link leads."""

from django import forms, template
from django.forms import BoundField

register = template.Library()

SNIPPETS = "dsfr/form_field_snippets"
CLASSES = (
    (forms.RadioSelect, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.CheckboxInput, ""),
    (forms.Select, "fr-select"),
    (forms.FileInput, "fr-upload"),
    (forms.Widget, "fr-input"),
)
"""The class of each widget; the first that fits."""


@register.filter
def snippet(field: BoundField) -> str:
    """Return the template of a field's group: label, hint, widget, errors."""
    match field.field.widget:
        case forms.CheckboxSelectMultiple():  # before RadioSelect, of which it is a kind
            return f"{SNIPPETS}/checkboxselectmultiple_snippet.html"
        case forms.RadioSelect():
            return f"{SNIPPETS}/radioselect_snippet.html"
        case forms.CheckboxInput():
            return f"{SNIPPETS}/checkbox_snippet.html"
        case _:
            return f"{SNIPPETS}/input_snippet.html"


@register.filter
def dressed(field: BoundField) -> BoundField:
    """Return the field, its widget wearing the design system's class; hints and errors are linked by Django itself."""
    widget = field.field.widget
    wanted = next(name for kind, name in CLASSES if isinstance(widget, kind))
    if wanted and wanted not in widget.attrs.get("class", "").split():
        widget.attrs["class"] = f"{widget.attrs.get('class', '')} {wanted}".strip()
    widget.attrs.pop("placeholder", None)  # a hint that vanishes while one types is none
    return field


@register.filter
def group(field: BoundField) -> str:
    """Return the class of the group around the field."""
    match field.field.widget:
        case forms.Select():
            return "fr-select-group"
        case forms.FileInput():
            return "fr-upload-group"
        case _:
            return "fr-input-group"


@register.filter
def error_id(field: BoundField) -> str:
    """Return the id that Django gives as the field's ``aria-describedby`` where it has errors."""
    return f"{field.auto_id}_error"


@register.filter
def first_id(field: BoundField) -> str:
    """Return the id of the first thing to fill in: for a group of choices, its first choice, where it has any."""
    choices = field.subwidgets
    return field.id_for_label or (choices[0].id_for_label if choices else "") or field.auto_id


@register.filter
def is_optional(field: BoundField) -> bool:
    """Whether the reader may leave the field empty. ``asked``: not needed to save, but needed in the end."""
    return not field.field.required and not getattr(field.field, "asked", False)


@register.filter
def near(field: BoundField) -> list[dict[str, str]]:
    """Return what resembles the name that was typed: key, name, and the académie that tells institutions apart."""
    return [
        {"key": str(one.pk), "name": str(one), "academy": str(getattr(one, "academy", ""))}
        for one in getattr(field.field, "near", ())
    ]
