"""One small form for each verb of the office. What a form has cleaned are the verb's own arguments, under their own names."""

from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate

from vacancies.models import AcademicRegion, LicenceMention

from ..documents.uploads import Unreadable, Upload, examine
from ..models import Channel, DocumentKind, Offer, Post, Referral, User
from ..models.document import GIVEN
from ..models.people import ACTOR_OF_ROLE
from ..procedure.decisions import CORRECTABLE
from ..rules.states import State

MAX_SUPPLY_DAYS = 90


class DeedForm(forms.Form):
    """A form about one referral, and one of its offers where the verb is about one."""

    error_css_class = "errors"
    required_css_class = "required"

    def __init__(self, *args: Any, referral: Referral, offer: Offer | None, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.referral = referral
        self.offer = offer
        self.user = user
        self.prepare()
        for field in self.fields.values():
            if not field.required:
                field.label = f"{field.label} (facultatif)"

    def prepare(self) -> None:
        """Fit the fields to the referral."""

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments. Call it once the form is valid."""
        return self.cleaned_data


class UploadField(forms.FileField):
    """A file, examined: it cleans to an `Upload`."""

    widget = forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"label": "Fichier", "help_text": "PDF, JPEG ou PNG."} | kwargs))

    def clean(self, data: Any, initial: Any = None) -> Upload:
        given = super().clean(data, initial)
        try:
            return examine(given)
        except Unreadable as problem:
            raise forms.ValidationError(problem.sentence, code="unreadable") from None


def long_text(label: str, *, required: bool = True, help_text: str = "", rows: int = 6) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"})
    )


def day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


def line(label: str, *, required: bool = True, help_text: str = "", max_length: int = 150) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=max_length,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class ProveLicence(DeedForm):
    licence_on = day("Licence obtenue le")
    upload = UploadField(label="Relevé de notes définitif")


class AddDocument(DeedForm):
    kind = forms.TypedChoiceField(
        label="Nature du document", coerce=DocumentKind, choices=[("", "Choisir"), *((kind.value, kind.label) for kind in GIVEN)]
    )
    upload = UploadField()


class RequestDocuments(DeedForm):
    wanted = long_text("Documents demandés", help_text="L’étudiant lit ce texte tel quel : dites ce qui manque, et pourquoi.")
    days = forms.IntegerField(
        label="Délai pour les envoyer, en jours",
        initial=15,
        min_value=1,
        max_value=MAX_SUPPLY_DAYS,
        help_text="À compter d’aujourd’hui.",
    )


class Resume(DeedForm):
    note = long_text("Note", required=False, help_text="Elle reste dans l’historique du dossier.", rows=3)


class Assign(DeedForm):
    to = forms.ModelChoiceField(User.objects.none(), label="Dossier suivi par", empty_label="Choisir")

    def prepare(self) -> None:
        posts = Post.objects.on(localdate()).filter(role__in=ACTOR_OF_ROLE, regions=self.referral.region)
        people = User.objects.filter(is_active=True, posts__in=posts).distinct().order_by("name", "email")
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people
        field.initial = self.referral.assigned_to or self.user


class DeclareAdmissible(DeedForm):
    note = long_text("Note", required=False, help_text="Elle reste dans l’historique du dossier.", rows=3)


class DeclareInadmissible(DeedForm):
    reasons = long_text(
        "Motifs, en droit et en fait", help_text="Ce texte figure dans la lettre de décision, avec les voies et délais de recours."
    )


class Ground(DeedForm):
    ground = long_text("Motif")


class RetractOffer(DeedForm):
    ground = long_text("Motif", help_text="Si la proposition est déjà envoyée, l’étudiant lit ce motif.")


class RecordAgreement(DeedForm):
    agreed_by = line("Accord donné par", help_text="Nom de la personne.")
    agreed_as = line(
        "En qualité de", help_text="Par exemple : président de l’université, responsable de la mention par délégation."
    )
    agreed_on = day("Date de l’accord")
    through = forms.TypedChoiceField(label="Reçu par", coerce=Channel, choices=[("", "Choisir"), *Channel.choices])

    def prepare(self) -> None:
        self.fields["agreed_on"].initial = localdate


class RecordRefusal(DeedForm):
    reason = long_text("Motif donné par l’établissement")


class SendOffer(DeedForm):
    message = long_text("Mot à l’étudiant", required=False, help_text="Il accompagne la proposition.")


class EndSearch(DeedForm):
    reason = long_text("Pourquoi aucune autre place ne viendra")


class Close(DeedForm):
    reasons = long_text(
        "Motifs, en droit et en fait", help_text="Ce texte figure dans la lettre de décision, avec les voies et délais de recours."
    )


class CorrectFacts(DeedForm):
    first_names = line("Prénoms")
    birth_name = line("Nom de naissance", max_length=100)
    usage_name = line("Nom d’usage", required=False, max_length=100)
    diploma_name = line("Nom figurant sur le diplôme", required=False, max_length=100)
    birth_date = day("Date de naissance")
    licence_mention = forms.ModelChoiceField(LicenceMention.objects.all(), label="Mention de licence", required=False)
    licence_on = day("Licence obtenue le")
    ground = long_text(
        "Motif de la correction", help_text="Les anciennes valeurs restent dans l’historique, avec ce motif.", rows=3
    )

    def prepare(self) -> None:
        if self.referral.state == State.AWAITING_LICENCE:
            del self.fields["licence_on"]  # obtaining it is a move of its own, with the transcript that proves it
        for column in CORRECTABLE.keys() & self.fields.keys():
            self.fields[column].initial = getattr(self.referral, column)

    def arguments(self) -> dict[str, Any]:
        facts: dict[str, str | date | LicenceMention] = {
            column: value for column, value in self.cleaned_data.items() if column in CORRECTABLE
        }
        return {"facts": facts, "ground": self.cleaned_data["ground"]}


class Transfer(DeedForm):
    region = forms.ModelChoiceField(AcademicRegion.objects.none(), label="Région académique compétente", empty_label="Choisir")
    ground = long_text("Motif", help_text="La région compétente est celle où la licence a été obtenue.")

    def prepare(self) -> None:
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = AcademicRegion.objects.exclude(pk=self.referral.region_id)
