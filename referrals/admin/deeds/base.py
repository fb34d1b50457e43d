"""What the form of every verb has: whom it is about, what it starts from, and what is asked of it before the verb is called."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from ...models import Offer, Referral, StandardText, TextKind, User
from ...procedure import By
from ...procedure.limits import local_date
from ...standard_texts import Written, fill


class DeedForm(forms.Form):
    """A form about one referral, and one of its offers where the verb is about one. ``today``: the académie's own day.

    from_address: the fields that a link to the page may fill in. either: those left empty where another says it: nothing calls
    them optional. text_kind, filled_from: the standard texts one may start from, and which of their columns fills which field.
    layout: the template that shows the fields. label_of_button: where it is not the act itself.
    """

    error_css_class = "errors"
    required_css_class = "required"
    from_address: ClassVar[frozenset[str]] = frozenset()
    either: ClassVar[frozenset[str]] = frozenset()
    text_kind: ClassVar[TextKind | None] = None
    filled_from: ClassVar[Mapping[str, str]] = {"text": "text"}
    layout: ClassVar[str] = "admin/referrals/referral/_deed_fields.html"
    label_of_button = ""

    def __init__(
        self, *args: Any, referral: Referral, offer: Offer | None, user: User, by: By | None, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.referral = referral
        self.offer = offer
        self.user = user
        self.by = by
        self.at = at
        self.today = local_date(referral, at)
        self.prepare()
        for name, field in self.fields.items():
            if not field.required and name not in self.either:
                field.label = f"{field.label} (facultatif)"

    def prepare(self) -> None:
        """Fit the fields to the referral."""

    def known(self) -> list[tuple[str, str]]:
        """Return what one should have before one's eyes while filling it in: what it is, what it says."""
        return []

    def texts(self) -> list[StandardText]:
        """Return the standard texts one may start from: the region's own, then the nation's."""
        if self.text_kind is None:
            return []
        return list(StandardText.objects.offered(self.referral, kind=self.text_kind))

    def start_from_text(self, chosen: str) -> None:
        """Start from the standard text whose id is ``chosen``, its variables filled; one that is not offered changes nothing."""
        text = next((text for text in self.texts() if str(text.pk) == chosen), None)
        if text is not None:
            written = Written(referral=self.referral, by_name=str(self.user), on=self.today)
            for name, source in self.filled_from.items():
                self.initial[name] = fill(getattr(text, source), written)

    def is_read_over(self) -> bool:
        """Whether nothing is left to be read over before the verb is called. Call it once the form is valid."""
        return True

    def start_from_file(self, values: Mapping[str, Any]) -> None:
        """Show what the file says now. The page remembers what it showed: see `follow_the_file`."""
        for name, value in values.items():
            self.fields[name].initial = value
            self.fields[name].show_hidden_initial = True

    def follow_the_file(self) -> None:
        """Where she left a value as her page showed it, take the one the file has now: what others corrected meanwhile stands."""
        data = self.data.copy()
        for name, field in self.fields.items():
            bound = self[name]
            if field.show_hidden_initial and bound.html_initial_name in data and name not in self.changed_data:
                now = field.prepare_value(bound.initial)
                data[bound.html_name] = data[bound.html_initial_name] = "" if now is None else str(now)
        self.data = data

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments. Call it once the form is valid."""
        return self.cleaned_data

    def offer_choices(self, name: str, choices: list[tuple[Any, str]]) -> None:
        """Give the field its choices; where there is but one, it is taken already."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        if len(choices) == 1:
            field.initial = choices[0][0]
