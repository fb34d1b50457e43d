"""Form fields that more than one audience fills in."""

from datetime import date
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

OBTAINED, EXPECTED = "obtained", "expected"
LICENCE_STATUS = [(OBTAINED, _("Je l’ai obtenue")), (EXPECTED, _("Je l’attends encore (jury à venir)"))]


class DayField(forms.DateField):
    """A day, typed as on paper; a wrong one stays on the screen as it was typed."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "off", "maxlength": 10})
        options.setdefault("error_messages", {"invalid": _("Écrivez une date qui existe, sous la forme jour/mois/année.")})
        super().__init__(widget=widget, **options)


_capitalised = lazy(capfirst, str)


def capitalised(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a model's choices as they begin a line."""
    return [(code, _capitalised(label)) for code, label in choices]


def wrong_licence_day(status: str, day: date, *, today: date) -> str:
    """Return why ``day`` cannot be that of a licence obtained, or expected; empty where it can."""
    if status == OBTAINED and day > today:
        return gettext("Cette date est dans l’avenir : si vous attendez encore la licence, dites-le juste au-dessus.")
    if status == EXPECTED and day < today:
        return gettext("Cette date est passée : indiquez celle du prochain jury.")
    return ""
