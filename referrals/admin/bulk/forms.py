"""What is said once for many files. What a form has cleaned are the verb's own arguments, under their own names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from ...models import Referral, User
from ..deeds.forms import MAX_SUPPLY_DAYS, long_text
from ..queue.filters import colleagues_in


class BulkForm(forms.Form):
    """A form about several referrals."""

    error_css_class = "errors"
    required_css_class = "required"

    def __init__(self, *args: Any, referrals: Sequence[Referral], user: User, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(referrals, user, at)

    def prepare(self, referrals: Sequence[Referral], user: User, at: datetime) -> None:
        """Fit the fields to the referrals."""


class AssignMany(BulkForm):
    to = forms.ModelChoiceField(User.objects.none(), label="Dossiers suivis par", empty_label="Choisir")
    note = long_text("Note (facultatif)", required=False, help_text="Elle reste dans l’historique de chaque dossier.", rows=3)

    def prepare(self, referrals: Sequence[Referral], user: User, at: datetime) -> None:
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues_in({referral.region_id or "" for referral in referrals}, at=at)
        field.initial = user


class RequestDocumentsFromMany(BulkForm):
    wanted = long_text("Documents demandés", help_text="Chaque étudiant lit ce texte tel quel : dites ce qui manque, et pourquoi.")
    days = forms.IntegerField(
        label="Délai pour les envoyer, en jours",
        initial=15,
        min_value=1,
        max_value=MAX_SUPPLY_DAYS,
        help_text="À compter d’aujourd’hui.",
    )


class DeclareMany(BulkForm):
    note = long_text("Note (facultatif)", required=False, help_text="Elle reste dans l’historique de chaque dossier.", rows=3)


class ConsultForMany(BulkForm):
    """Nothing to say: each file has its own seat."""


class ExportMany(BulkForm):
    form = forms.ChoiceField(
        label="Format",
        choices=[
            ("xlsx", "XLSX, pour un tableur"),
            ("ods", "ODS, pour un tableur"),
            ("csv", "CSV, séparé par des points-virgules"),
        ],
        initial="xlsx",
        widget=forms.RadioSelect,
    )
