"""What is written down of a request that came by letter, by e-mail or at the desk: the student's forms, in the office's words."""

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.forms.utils import ErrorDict

from ...fields import EXPECTED, OBTAINED, DayField, capitalised
from ...models import Arrival, CampaignRules
from ...student import forms as hers
from ..deeds.forms import UploadField

Words = dict[str, tuple[str, str]]
"""Field → label, help."""
AT_FIRST = 5
MORE = 5
"""Rows for applications: how many the page shows at first, and how many are added at once."""
MOST = 30


class EntryForm(forms.Form):
    """A part of the page. WORDS: what the office calls a field; NEEDED: those without which nobody could say who asks for what.

    EITHER: those left empty where another says it: nothing calls them optional. checked: whether it is to be found right or wrong;
    what comes back before it was sent is only shown.
    """

    WORDS: ClassVar[Words] = {}
    NEEDED: ClassVar[frozenset[str]] = frozenset()
    EITHER: ClassVar[frozenset[str]] = frozenset()
    bound_field_class = BoundField

    def __init__(self, *args: Any, checked: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)
        self.checked = checked
        for name, field in self.fields.items():
            field.label, field.help_text = self.WORDS.get(name, (field.label, field.help_text))
            field.required = field.required or name in self.NEEDED
            if not field.required and name not in self.EITHER and not isinstance(field, forms.BooleanField):
                field.label = f"{field.label} (facultatif)"
            if isinstance(field.widget, forms.TextInput) and not isinstance(field, DayField):
                field.widget.attrs["class"] = "vTextField"
        self._bound_fields_cache.clear()  # the student's forms have looked at theirs already, in their own words

    def full_clean(self) -> None:
        if self.checked:
            super().full_clean()
        else:
            self._errors = ErrorDict()


class ArrivalForm(EntryForm):
    through = forms.TypedChoiceField(
        label="Comment la demande est arrivée", choices=capitalised(Arrival.choices), coerce=Arrival, widget=forms.RadioSelect
    )
    arrived_on = DayField(label="Jour d’arrivée", help_text="Celui du cachet, du courriel ou de la visite. Exemple : 19/06/2026")
    arrived_time = forms.TimeField(
        label="Heure d’arrivée",
        help_text="À l’heure de l’académie de la licence. Exemple : 14:30",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_arrived_on(self) -> date:
        on: date = self.cleaned_data["arrived_on"]
        if on > self.today:
            raise forms.ValidationError("Cette date est dans l’avenir.")
        return on


class IdentityForm(EntryForm, hers.IdentityForm):
    WORDS: ClassVar[Words] = {
        "diploma_name": ("Nom figurant sur le diplôme", "S’il est différent de son nom actuel."),
        "ine": ("INE (identifiant national étudiant)", "11 caractères, sur le relevé de notes."),
    }
    NEEDED = frozenset({"first_names", "birth_name", "birth_date"})
    EITHER = frozenset({"email"})
    CONTACT = ("email", "no_address", "phone")

    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        help_text="Ses courriels y arrivent, et lui ouvrent son espace. Le compte qui a déjà cette adresse est le sien.",
        widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    no_address = forms.BooleanField(
        label="Cette personne n’a pas d’adresse électronique",
        required=False,
        help_text="Tout ce qui lui est annoncé devra lui être remis autrement.",
    )
    phone = forms.CharField(label="Téléphone", max_length=30, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if "email" in said and bool(said["email"]) == said["no_address"]:
            both = "Une adresse est indiquée : videz-la, ou décochez la case ci-dessous."
            neither = "Indiquez son adresse, ou cochez la case si elle n’en a pas."
            self.add_error("email", both if said["email"] else neither)
        return said

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.CONTACT}


class LicenceForm(EntryForm, hers.LicenceForm):
    WORDS: ClassVar[Words] = {
        "licence_site": ("Ville où elle a été préparée", ""),
        "licence_academy": (
            "Académie du site",
            "Elle désigne le rectorat compétent. À préciser si l’établissement a des sites dans plusieurs académies.",
        ),
        "status": ("État de la licence", ""),
        "licence_day": (
            "Date d’obtention, ou date à laquelle elle est attendue",
            "Celle du procès-verbal ou du relevé de notes, sinon celle du prochain jury. Exemple : 12/06/2026",
        ),
    }
    NEEDED = frozenset({"licence_institution", "licence_day"})
    EITHER = frozenset({"diploma", "licence_mention", "licence_title", "licence_academy", "status"})
    SITE_ASKED = "Cet établissement enseigne dans plusieurs académies : choisissez celle où la licence a été préparée."
    STATUS_ASKED = "Dites si la licence est obtenue, ou attendue."

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        status = self.fields["status"]
        assert isinstance(status, forms.ChoiceField)
        status.choices = [(OBTAINED, "Obtenue"), (EXPECTED, "Attendue (jury à venir)")]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not said.get("status") and "status" not in self.errors:
            self.add_error("status", self.STATUS_ASKED)
        if "licence_mention" in said and not said["licence_mention"] and not said.get("licence_title"):
            self.add_error("licence_mention", "Choisissez la mention dans la liste, ou écrivez l’intitulé juste au-dessous.")
        return said


class ApplicationForm(EntryForm, hers.ApplicationForm):
    """One application; its proof is added to the file afterwards."""

    WORDS: ClassVar[Words] = {
        "institution": ("Établissement", "Son nom, actuel ou ancien."),
        "on": ("Date de la réponse", "Vide si elle n’a reçu aucune réponse. Exemple : 10/06/2026"),
        "applied_on": ("Sans réponse : date de la candidature", "Le jour où le silence compte est calculé."),
    }
    EITHER = frozenset({"mention", "title", "on", "applied_on"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["proof"]


class ProjectForm(EntryForm, hers.ProjectForm):
    WORDS: ClassVar[Words] = {
        "project": ("Projet professionnel", "Dans ses mots à elle."),
        "wished_academies": ("Académies souhaitées", "Aucune case cochée : aucune préférence."),
        "mobility_km": ("Distance acceptée", ""),
        "has_contract": ("Contrat d’apprentissage, ou promesse", ""),
    }


class DocumentsForm(EntryForm):
    """Last on the page. A transcript that was chosen waits while something else is to be corrected."""

    transcript = UploadField(label="Relevé de notes de licence", help_text="Numérisé : PDF, JPEG ou PNG, 10 Mo au plus.")
    provisional = forms.BooleanField(label="C’est un relevé provisoire", required=False)
    late_reason = hers.long_text(
        label="Motif du retard", required=False, help_text="Si la demande arrive après le délai, et qu’elle dit pourquoi."
    )
    somebody_else = forms.BooleanField(label="C’est une autre personne : saisir quand même", required=False)

    def say_waiting(self, name: str) -> None:
        """Say beside its field that the transcript ``name`` has come."""
        again = "Il n’est pas à choisir de nouveau ; un autre fichier le remplace."
        self["transcript"].help_text = f"Déjà reçu : « {name} ». {again}"


class Rows(forms.BaseFormSet):
    """The applications: as many rows as the page shows; those left empty are none."""

    def stated(self) -> list[dict[str, Any]]:
        """Return the applications, column → value."""
        return [form.cleaned_data for form in self.forms if form.has_changed()]


ApplicationRows = forms.formset_factory(ApplicationForm, formset=Rows, extra=AT_FIRST, max_num=MOST, absolute_max=MOST)


class Entry:
    """All parts of the page as one form. today: the day of the office. refused: what the verb refused and no field is about."""

    def __init__(self, data: Any = None, files: Any = None, *, rules: CampaignRules, today: date, checked: bool = True) -> None:
        every: dict[str, Any] = {"use_required_attribute": False, "checked": checked}
        options = every | {"data": data, "files": files}
        self.arrival = ArrivalForm(**options, today=today)
        self.identity = IdentityForm(**options, today=today)
        self.licence = LicenceForm(**options, today=today)
        self.applications = ApplicationRows(data, prefix="candidatures", form_kwargs=every | {"today": today, "rules": rules})
        self.project = ProjectForm(**options, today=today)
        self.documents = DocumentsForm(**options)
        self.refused: list[str] = []

    @property
    def parts(self) -> list[Any]:
        return [self.arrival, self.identity, self.licence, *self.applications.forms, self.project, self.documents]

    def is_valid(self) -> bool:
        """Whether every part is; each is asked, so that all that is wrong shows at once."""
        return all([part.is_valid() for part in self.parts] + [self.applications.is_valid()])

    @property
    def errors(self) -> bool:
        """Whether something is to be corrected."""
        return bool(self.non_field_errors() or self.wrong_fields())

    def non_field_errors(self) -> list[str]:
        return [*self.refused, *self.applications.non_form_errors()]

    def wrong_fields(self) -> list[BoundField]:
        """Return the fields with an error, in the order of the page."""
        return [field for part in self.parts for field in part if field.errors]

    def arrived_at(self) -> datetime:
        """Return when it arrived, at the clock of the licence's académie. Call it, as the others, once all is valid."""
        said = self.arrival.cleaned_data
        return datetime.combine(said["arrived_on"], said["arrived_time"], self.licence.cleaned_data["licence_academy"].tz)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `procedure.enter` that the page says."""
        identity, project, documents = (part.cleaned_data for part in (self.identity, self.project, self.documents))
        columns = {name: project[name] for name in ("project", "mobility_km", "has_contract")}
        return {
            "email": identity["email"],
            "phone": identity["phone"],
            "facts": self.identity.facts() | self.licence.facts() | columns | {"late_reason": documents["late_reason"]},
            "applications": self.applications.stated(),
            "wishes": self.project.wishes(),
            "wished_academies": list(project["wished_academies"]),
            "transcript": documents["transcript"],
            "provisional": documents["provisional"],
            "through": self.arrival.cleaned_data["through"],
            "arrived_at": self.arrived_at(),
        }
