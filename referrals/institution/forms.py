"""What an institution fills in: a number in its list, the whole of one declaration, a file."""

from datetime import date
from typing import Any

from django import forms
from django.db import models
from dsfr.forms import DsfrBaseForm

from vacancies.models import Attendance, Campaign, Institution, Language, LicenceMention, Line, Modality, Vacancy
from vacancies.seats import MOST_SEATS, VALID_FOR

from ..fields import DayField, capitalised
from ..models import StandingAgreement
from .declaring import count


class Show(models.TextChoices):
    """Which of the programmes the list shows."""

    TO_CONFIRM = "to_confirm", "À confirmer"
    NEVER = "never", "Jamais déclarés"
    FREE = "free", "Avec des places libres"
    COMMITTED = "committed", "Avec des places réservées ou prises"


def plain(field: forms.Field) -> forms.Field:
    """Nothing has to be typed to search: no field is called optional."""
    field.required = False
    field.asked = True
    return field


class BoardFilter(DsfrBaseForm):
    """What the list is narrowed by. A value that cannot be used is said and left out; the others still count."""

    q = plain(forms.CharField(label="Chercher un parcours", max_length=250))
    show = plain(forms.ChoiceField(label="Montrer", choices=[("", "Tous les parcours"), *Show.choices]))
    campaign = plain(forms.ModelChoiceField(label="Campagne", queryset=Campaign.objects.all(), empty_label="La dernière"))


class ShowRequests(models.TextChoices):
    """Which of the requests the queue shows."""

    WAITING = "waiting", "Réponse attendue"
    LATE = "late", "Sans réponse à temps"
    OTHER = "other", "Avec une réponse, ou sans objet"


class RequestsFilter(DsfrBaseForm):
    """What the queue is narrowed by."""

    q = plain(forms.CharField(label="Chercher un parcours ou un numéro", max_length=250))
    show = plain(forms.ChoiceField(label="Montrer", choices=[("", "Toutes les demandes"), *ShowRequests.choices]))


class SeatsField(forms.IntegerField):
    """A number of seats still vacant."""

    def __init__(self, **options: Any) -> None:
        sentences = {
            "required": "Indiquez un nombre de places, 0 s’il n’y en a plus.",
            "invalid": "Écrivez un nombre entier, par exemple 3.",
            "min_value": "Un nombre de places n’est pas négatif.",
            "max_value": f"Au plus {MOST_SEATS} places : vérifiez ce nombre.",
        }
        widget = forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(min_value=0, max_value=MOST_SEATS, error_messages=sentences, widget=widget, **options)


class Seen(forms.Form):
    """seen: the number the page showed, empty for none."""

    seen = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)

    def sees(self, number: str) -> None:
        """Show again what was typed, beside the number that stands by now."""
        self.data = self.data.copy()
        self.data["seen"] = number


class RowForm(Seen):
    """One number of the list."""

    programme = forms.IntegerField()
    modality = forms.ChoiceField(choices=Modality.choices)
    seats = SeatsField(label="Places déclarées")


class ConfirmForm(forms.Form):
    """seen: the digest of the numbers the page showed."""

    seen = forms.CharField(max_length=64)


class DeclarationForm(Seen, DsfrBaseForm):
    """One declaration as a whole. Of what she left as the page showed it, nothing is written."""

    DETAILS = ("contact_name", "contact_email", "contact_phone", "language", "attendance")

    seats = SeatsField(
        label="Places déclarées",
        help_text="Celles qui sont réservées ou prises y sont comprises. Le même nombre le confirme.",
    )
    valid_until = DayField(label="Valable jusqu’au", required=False)
    reason = forms.CharField(
        label="Motif",
        max_length=Line._meta.get_field("reason").max_length,
        required=False,
        help_text="Il reste dans l’historique des places : « désistement en septembre ».",
    )
    contact_name = forms.CharField(
        label="Personne à contacter",
        max_length=Vacancy._meta.get_field("contact_name").max_length,
        required=False,
        show_hidden_initial=True,
    )
    contact_email = forms.EmailField(
        label="Adresse électronique",
        max_length=Vacancy._meta.get_field("contact_email").max_length,
        required=False,
        show_hidden_initial=True,
        help_text="Les demandes d’accord du rectorat y sont envoyées.",
    )
    contact_phone = forms.CharField(
        label="Téléphone",
        max_length=Vacancy._meta.get_field("contact_phone").max_length,
        required=False,
        show_hidden_initial=True,
    )
    language = forms.ChoiceField(label="Langue d’enseignement", choices=capitalised(Language.choices), show_hidden_initial=True)
    attendance = forms.ChoiceField(label="Présence", choices=capitalised(Attendance.choices), show_hidden_initial=True)

    def __init__(self, *args: Any, today: date, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today, self._last = today, campaign.search_until
        self.fields[
            "valid_until"
        ].help_text = f"Au plus tard le {self._last:%d/%m/%Y}. Vide : {VALID_FOR.days} jours. Passé ce jour, il faudra confirmer."

    def clean_valid_until(self) -> date | None:
        until: date | None = self.cleaned_data["valid_until"]
        if until and not self._today <= until <= self._last:
            raise forms.ValidationError(f"Cette date doit être comprise entre aujourd’hui et le {self._last:%d/%m/%Y}.")
        return until

    @property
    def details(self) -> dict[str, Any]:
        """The other columns that she changed."""
        return {name: self.cleaned_data[name] for name in self.DETAILS if name in self.changed_data}


class UploadForm(DsfrBaseForm):
    """A file with many declarations, for one institution and one campaign."""

    institution = forms.ModelChoiceField(label="Établissement", queryset=Institution.objects.none(), empty_label=None)
    campaign = forms.ModelChoiceField(label="Campagne", queryset=Campaign.objects.none(), empty_label=None)
    file = forms.FileField(
        label="Fichier rempli",
        allow_empty_file=True,
        help_text="CSV, XLSX ou ODS, 5 Mo au plus. Rien n’est appliqué avant que vous ayez vu les différences.",
        error_messages={"required": "Choisissez un fichier."},
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.ods"}),
    )
    complete = forms.BooleanField(
        label="Ce fichier est complet : ce qui n’y figure plus passe à zéro place",
        required=False,
        help_text="Sans cette case, les parcours absents du fichier restent comme ils sont.",
    )

    def __init__(self, *args: Any, institutions: list[Institution], campaigns: list[Campaign], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("institution", institutions), ("campaign", campaigns)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            model = Institution if name == "institution" else Campaign
            field.queryset = model.objects.filter(pk__in=[row.pk for row in rows])
            if len(rows) == 1:
                field.widget, field.initial = forms.HiddenInput(), rows[0].pk


class OfferedVacancyField(forms.ModelChoiceField):
    def label_from_instance(self, vacancy: Vacancy) -> str:
        how = f", {vacancy.get_modality_display()}" if vacancy.modality != Modality.INITIAL else ""
        where = f" ({vacancy.programme.town})" if vacancy.programme.town else ""
        return f"{vacancy.programme.title}{how}{where} : {count(vacancy.declared, 'place déclarée')}"


class StandingForm(DsfrBaseForm):
    """An agreement given beforehand. What it has cleaned are the verb's own arguments, but the day."""

    vacancy = OfferedVacancyField(queryset=Vacancy.objects.none(), label="Parcours", empty_label="Choisir")
    licences = forms.ModelMultipleChoiceField(
        queryset=LicenceMention.objects.order_by("normalised"),
        label="Licences admises",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune case cochée : tout étudiant dont la saisine est recevable, quelle que soit sa licence.",
    )
    seats = forms.IntegerField(label="Nombre de places, au plus", min_value=1, max_value=MOST_SEATS)
    until = DayField(label="Valable jusqu’au", help_text="Ce jour compris, et au plus tard le dernier jour de la campagne.")
    agreed_by = forms.CharField(label="Accord donné par", max_length=StandingAgreement._meta.get_field("agreed_by").max_length)
    agreed_as = forms.CharField(label="En qualité de", max_length=StandingAgreement._meta.get_field("agreed_as").max_length)

    def __init__(self, *args: Any, vacancies: models.QuerySet[Vacancy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vacancy"].queryset = vacancies
        self.fields["licences"].asked = True
        self.fields["licences"].widget.in_columns = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        vacancy, seats = cleaned.get("vacancy"), cleaned.get("seats")
        if vacancy and seats and seats > vacancy.declared:
            self.add_error("seats", f"Ce parcours n’a que {count(vacancy.declared, 'place déclarée')}.")
        return cleaned
