"""Names typed by hand: an institution under a present or former name, a mention. Not the name exactly: it is asked again.

As one types, a script proposes names (`suggesting`); without it, the nearest ones are offered to be ticked.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext

from vacancies.models import Institution, LicenceMention, MasterMention
from vacancies.search import find_institution, find_mention, institution_candidates, mention_candidates


class Ticked(str):
    """A name that was typed, and the key of the one that was ticked among the nearest."""

    key = ""


class NameInput(forms.TextInput):
    """A line of text of which the script `combobox.js` makes a box with proposals.

    What is ticked among the nearest counts for the text it was proposed for, and for no other.
    """

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        key = data.get(f"{name}-near", "")
        if not key or typed != data.get(f"{name}-typed"):
            return typed
        ticked = Ticked(typed)
        ticked.key = key
        return ticked


class NameField(forms.CharField):
    """A name typed, or picked from those proposed at ``kind``; its value is what bears the name, or None.

    find: name → its bearer or None; candidates: name → the nearest bearers. near: the nearest, once none bears the name exactly.
    """

    near: tuple[Any, ...] = ()

    def __init__(
        self, *, find: Callable[[str], Any], candidates: Callable[[str], Iterable[Any]], kind: str, **options: Any
    ) -> None:
        options.setdefault("max_length", 250)
        suggested = {"data-suggest": reverse_lazy("student:suggest", args=[kind]), "autocomplete": "off"}
        super().__init__(widget=NameInput(attrs=suggested), **options)
        self.find = find
        self.candidates = candidates
        self.kind = kind

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        near = tuple(self.candidates(text)) if isinstance(value, Ticked) else ()
        found = next((one for one in near if str(one.pk) == value.key), None) or self.find(text)
        if found is None:
            self.near = near or tuple(self.candidates(text))
            raise forms.ValidationError(self._unknown(text))
        return found

    def _unknown(self, text: str) -> str:
        if not self.near:
            sentence = gettext("« %(name)s » n’est pas un nom de la liste, et rien ne lui ressemble. Vérifiez l’orthographe.")
            return sentence % {"name": text}
        sentence = gettext("« %(name)s » n’est pas un nom de la liste. Les plus proches : %(nearest)s.")
        return sentence % {"name": text, "nearest": " ; ".join(str(candidate) for candidate in self.near)}

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else str(value)


def institution_field(**options: Any) -> NameField:
    return NameField(find=find_institution, candidates=institution_candidates, kind="etablissements", **options)


def licence_mention_field(**options: Any) -> NameField:
    return _mention_field(LicenceMention, kind="licences", **options)


def master_mention_field(**options: Any) -> NameField:
    return _mention_field(MasterMention, kind="masters", **options)


def _mention_field(model: type[LicenceMention] | type[MasterMention], **options: Any) -> NameField:
    return NameField(find=partial(find_mention, model), candidates=partial(mention_candidates, model), **options)


def track_field(**options: Any) -> forms.CharField:
    """A track in one's own words; those of the institution and the mention beside it are proposed."""
    suggested = {
        "data-suggest": reverse_lazy("student:suggest", args=["parcours"]),
        "data-suggest-with": "institution mention",
        "autocomplete": "off",
    }
    return forms.CharField(max_length=250, widget=forms.TextInput(attrs=suggested), **options)


def suggestions(form: forms.Form) -> dict[str, str]:
    """Return the kinds of names that are proposed in ``form``, each with the address that proposes them."""
    fields = [field for field in form.fields.values() if isinstance(field, NameField)]
    return {field.kind: str(field.widget.attrs["data-suggest"]) for field in fields}


def academies_of(institution: Institution) -> set[str]:
    """Return the codes of the académies where the institution is known to teach; its own is always one."""
    taught = institution.programmes.values_list("academy", flat=True).distinct()
    declared = institution.other_academies.values_list("pk", flat=True)
    return {institution.academy_id, *taught, *declared}


def spans_academies(institution: Institution) -> bool:
    """Whether an académie has to be asked for: the institution's own would be a guess."""
    return len(academies_of(institution)) > 1
