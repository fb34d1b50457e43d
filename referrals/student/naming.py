"""Names typed by hand: an institution under a present or former name, a mention. Not the name exactly: it is asked again."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django import forms

from vacancies.models import Institution, InstitutionName, LicenceMention, MasterMention
from vacancies.search import find_institution, find_mention, institution_candidates, mention_candidates


class NameField(forms.CharField):
    """A name typed, or picked from the list ``datalist``; its value is what bears the name, or None.

    find: name → its bearer or None; candidates: name → the nearest bearers.
    """

    def __init__(
        self, *, find: Callable[[str], Any], candidates: Callable[[str], Iterable[Any]], datalist: str, **options: Any
    ) -> None:
        options.setdefault("max_length", 250)
        super().__init__(widget=forms.TextInput(attrs={"list": datalist, "autocomplete": "off"}), **options)
        self.find = find
        self.candidates = candidates

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = self.find(text)
        if found is None:
            raise forms.ValidationError(self._unknown(text))
        return found

    def _unknown(self, text: str) -> str:
        if nearest := [str(candidate) for candidate in self.candidates(text)]:
            return f"« {text} » n’est pas un nom de la liste. Les plus proches : {' ; '.join(nearest)}."
        return f"« {text} » n’est pas un nom de la liste, et rien ne lui ressemble. Vérifiez l’orthographe."

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else str(value)


def institution_field(**options: Any) -> NameField:
    return NameField(find=find_institution, candidates=institution_candidates, datalist="institutions", **options)


def licence_mention_field(**options: Any) -> NameField:
    return _mention_field(LicenceMention, datalist="licence-mentions", **options)


def master_mention_field(**options: Any) -> NameField:
    return _mention_field(MasterMention, datalist="master-mentions", **options)


def _mention_field(model: type[LicenceMention] | type[MasterMention], **options: Any) -> NameField:
    return NameField(find=partial(find_mention, model), candidates=partial(mention_candidates, model), **options)


NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "institutions": lambda: InstitutionName.objects.order_by("normalised").values_list("name", flat=True).distinct(),
    "licence-mentions": lambda: LicenceMention.objects.values_list("name", flat=True),
    "master-mentions": lambda: MasterMention.objects.values_list("name", flat=True),
}
"""What each list suggests."""


def suggestions(form: forms.Form) -> dict[str, Iterable[str]]:
    """Return the lists that the fields of ``form`` point to, once each: id of the list → names."""
    wanted = {field.widget.attrs["list"]: None for field in form.fields.values() if isinstance(field, NameField)}
    return {datalist: NAMES[datalist]() for datalist in wanted}


def academies_of(institution: Institution) -> set[str]:
    """Return the codes of the académies where the institution is known to teach; its own is always one."""
    taught = institution.programmes.values_list("academy", flat=True).distinct()
    declared = institution.other_academies.values_list("pk", flat=True)
    return {institution.academy_id, *taught, *declared}


def spans_academies(institution: Institution) -> bool:
    """Whether an académie has to be asked for: the institution's own would be a guess."""
    return len(academies_of(institution)) > 1
