"""The student's forms, one for each step. A draft may be left incomplete: only what cannot be understood is refused."""

import re
from datetime import date
from typing import Any

from django import forms
from dsfr.forms import DsfrBaseForm

from vacancies.models import Academy

from ..documents.uploads import Unreadable, Upload, examine
from ..fields import EXPECTED, LICENCE_STATUS, OBTAINED, DayField, capitalised, wrong_licence_day
from ..models import Answer, CampaignRules, Diploma, DocumentKind
from ..models.document import GIVEN
from ..procedure.founding import COLUMNS
from ..rules.rule_sets import Silence
from ..rules.suitability import DeclineCause
from ..wording_matching import DECLINE_CAUSES
from .naming import academies_of, institution_field, licence_mention_field, master_mention_field, spans_academies

WISHES = 5
LONGEST_TEXT = 10_000
INE_FORMATS = re.compile(r"\d{10}[A-Z]|\d{9}[A-Z]{2}|\d[0-9A-Z]{9}\d")
"""Of schools, of the national register since 2018, of universities before it."""
DAY = "Exemple : 29/02/2004"


def asked(field: forms.Field) -> forms.Field:
    """Mark a field that a draft may leave empty and a filing may not: it is not called optional."""
    field.required = False
    field.asked = True
    return field


class UploadField(forms.FileField):
    """A file; its value is the examined `Upload`."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "PDF, JPEG ou PNG, 10 Mo au plus.")
        options.setdefault("error_messages", {"required": "Choisissez un fichier."})
        super().__init__(allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}), **options)

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return examine(file)
        except Unreadable as unreadable:
            raise forms.ValidationError(unreadable.sentence) from None


def long_text(**options: Any) -> forms.CharField:
    return forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 6}), **options)


class StepForm(DsfrBaseForm):
    """One step. ``today``: the local date of the request."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today


class IdentityForm(StepForm):
    first_names = asked(forms.CharField(label="Prénoms", max_length=150, help_text="Dans l’ordre de l’état civil."))
    birth_name = asked(forms.CharField(label="Nom de naissance", max_length=100))
    usage_name = forms.CharField(label="Nom d’usage", max_length=100, required=False, help_text="S’il est différent.")
    diploma_name = forms.CharField(
        label="Nom figurant sur le diplôme", max_length=100, required=False, help_text="S’il est différent de votre nom actuel."
    )
    birth_date = asked(DayField(label="Date de naissance", help_text=DAY))
    ine = forms.CharField(
        label="INE (identifiant national étudiant)",
        max_length=20,
        required=False,
        help_text="11 caractères, sur votre relevé de notes ou votre carte d’étudiant. Sans lui, vous pouvez déposer.",
    )

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        if born and born >= self.today:
            raise forms.ValidationError("Cette date est dans l’avenir.")
        return born

    def clean_ine(self) -> str:
        return re.sub(r"[\s.-]", "", self.cleaned_data["ine"]).upper()

    def doubt_about_ine(self) -> str:
        """Return what seems wrong with the INE; nothing is refused for it."""
        ine = self.cleaned_data["ine"]
        if not ine or INE_FORMATS.fullmatch(ine):
            return ""
        return (
            f"L’INE « {ine} » n’a pas la forme habituelle (11 caractères, par exemple 10 chiffres et une lettre). "
            "Il est enregistré tel quel : vérifiez-le sur votre relevé de notes."
        )


class LicenceForm(StepForm):
    COLUMNS = ("diploma", "licence_mention", "licence_title", "licence_institution", "licence_site", "licence_academy")
    """Those it fills as they are; the day is one of two."""
    SITE_ASKED = "Cet établissement enseigne dans plusieurs académies : choisissez celle où vous avez étudié."
    STATUS_ASKED = "Dites si cette date est celle où vous avez obtenu la licence, ou celle où vous l’attendez."

    diploma = asked(forms.ChoiceField(label="Nature du diplôme", choices=capitalised(Diploma.choices), widget=forms.RadioSelect))
    licence_mention = asked(
        licence_mention_field(
            label="Mention de la licence", help_text="Tapez les premières lettres, puis choisissez dans la liste."
        )
    )
    licence_title = forms.CharField(
        label="Intitulé du diplôme, si la mention n’est pas dans la liste",
        max_length=250,
        required=False,
        help_text="Laissez alors la mention vide.",
    )
    licence_institution = asked(
        institution_field(
            label="Établissement qui délivre la licence", help_text="Son nom actuel ou un ancien nom, par exemple avant une fusion."
        )
    )
    licence_site = forms.CharField(label="Ville où vous avez étudié", max_length=80, required=False)
    licence_academy = forms.ModelChoiceField(
        label="Académie du site",
        queryset=Academy.objects.all(),
        required=False,
        empty_label="Celle de l’établissement",
        help_text="Elle désigne le rectorat compétent, l’heure et les jours fériés de vos délais. "
        "À préciser si votre établissement a des sites dans plusieurs académies.",
    )
    status = asked(
        forms.ChoiceField(
            label="Votre licence",
            choices=LICENCE_STATUS,
            widget=forms.RadioSelect,
        )
    )
    licence_day = asked(
        DayField(
            label="Date d’obtention, ou date à laquelle vous l’attendez",
            help_text="Celle du procès-verbal ou du relevé de notes, sinon celle du prochain jury. Exemple : 12/06/2026",
        )
    )

    def __init__(self, *args: Any, saved: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.saved = saved
        self.academy_was_changed = False

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        self._place(answers)
        status, on = answers.get("status"), answers.get("licence_day")
        if on and not status:
            self.add_error("status", self.STATUS_ASKED)
        elif on and (wrong := wrong_licence_day(status, on, today=self.today)):
            self.add_error("licence_day", wrong)
        return answers

    def _place(self, answers: dict[str, Any]) -> None:
        """Find the académie of the site: the one chosen, else the institution's own where there can be no doubt."""
        institution, academy = answers.get("licence_institution"), answers.get("licence_academy")
        if institution is None:
            return
        stale = (
            self.saved is not None
            and academy is not None
            and institution.pk != self.saved.licence_institution_id
            and academy.pk == self.saved.licence_academy_id
            and academy.pk not in academies_of(institution)
        )
        if stale:
            academy, self.academy_was_changed = None, True
        if academy is None and spans_academies(institution):
            self.add_error("licence_academy", self.SITE_ASKED)
        else:
            answers["licence_academy"] = academy or institution.academy

    def facts(self) -> dict[str, Any]:
        """Return the columns to write."""
        answers = self.cleaned_data
        return {name: answers[name] for name in self.COLUMNS} | {
            "licence_on": answers["licence_day"] if answers["status"] == OBTAINED else None,
            "licence_expected_on": answers["licence_day"] if answers["status"] == EXPECTED else None,
        }


class OtherLicenceForm(LicenceForm):
    """A licence on which the referral is not founded: it is kept whole or not at all."""

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        needed = {
            "licence_mention": (answers.get("licence_mention") or answers.get("licence_title"), "Indiquez la mention."),
            "licence_institution": (answers.get("licence_institution"), "Indiquez l’établissement."),
            "status": (answers.get("status"), "Dites si vous l’avez obtenue ou si vous l’attendez."),
            "licence_day": (answers.get("licence_day"), "Indiquez la date."),
        }
        for name, (given, sentence) in needed.items():
            if not given and name not in self.errors:
                self.add_error(name, sentence)
        return answers

    def facts(self) -> dict[str, Any]:
        """Return the columns of the other licence."""
        facts = super().facts()
        return {column: facts[of_referral] for column, of_referral in COLUMNS.items()}


class ApplicationForm(StepForm):
    """An application and what became of it. ``rules``: those of the referral, for what a silence means."""

    COLUMNS = ("institution", "mention", "title", "track", "answer", "on", "applied_on")

    institution = institution_field(label="Établissement", help_text="Celui auquel vous avez candidaté.")
    mention = asked(
        master_mention_field(label="Mention de master", help_text="Tapez les premières lettres, puis choisissez dans la liste.")
    )
    title = forms.CharField(
        label="Intitulé du master, si la mention n’est pas dans la liste",
        max_length=250,
        required=False,
        help_text="Laissez alors la mention vide.",
    )
    track = forms.CharField(label="Parcours", max_length=250, required=False)
    answer = forms.ChoiceField(
        label="Qu’est devenue cette candidature ?",
        choices=capitalised(Answer.choices),
        widget=forms.RadioSelect,
        initial=Answer.EXPRESS,
    )
    on = asked(
        DayField(
            label="Date de la réponse reçue",
            help_text="Celle du courriel, de la lettre ou de la plateforme ; vide si vous n’avez reçu aucune réponse. "
            "Exemple : 10/06/2026",
        )
    )
    proof = UploadField(
        label="Justificatif", required=False, help_text="Si vous en avez un : il n’est pas exigé. PDF, JPEG ou PNG, 10 Mo au plus."
    )

    def __init__(self, *args: Any, rules: CampaignRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        becomes = "refusée" if rules.silence == Silence.REFUSED else "acceptée"
        meaning = (
            f"Au bout de {rules.silence_months} mois sans réponse, la candidature est {becomes} ; le jour est calculé pour vous."
        )
        self.fields["applied_on"] = asked(DayField(label="Sans réponse : date de votre candidature", help_text=meaning))
        self.order_fields([*self.COLUMNS, "proof"])

    def clean_on(self) -> date | None:
        return self._past("on")

    def clean_applied_on(self) -> date | None:
        return self._past("applied_on")

    def _past(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day and day > self.today:
            raise forms.ValidationError("Cette date est dans l’avenir.")
        return day

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if "mention" in answers and not answers["mention"] and not answers.get("title"):
            self.add_error("mention", "Choisissez la mention du master dans la liste, ou écrivez son intitulé juste au-dessous.")
        silent = answers.get("answer") == Answer.IMPLIED
        if silent and "applied_on" in answers and not answers["applied_on"]:
            self.add_error("applied_on", "Indiquez la date de la candidature restée sans réponse.")
        if answers.get("answer") == Answer.EXPRESS and "on" in answers and not answers["on"]:
            self.add_error("on", "Indiquez la date du refus.")
        answers["on" if silent else "applied_on"] = None  # the other kind of answer's day
        return answers


class ProjectForm(StepForm):
    ANYWHERE = ""

    project = long_text(
        label="Votre projet professionnel",
        required=False,
        help_text="Ce que vous voulez faire, et ce qui dans votre parcours vous y prépare. Le rectorat s’en sert pour chercher.",
    )
    wished_academies = forms.ModelMultipleChoiceField(
        label="Académies où vous aimeriez étudier",
        queryset=Academy.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune case cochée : aucune préférence.",
    )
    mobility_km = forms.TypedChoiceField(
        label="Jusqu’où pouvez-vous aller ?",
        choices=[("30", "À 30 km au plus"), ("100", "À 100 km au plus"), ("300", "À 300 km au plus"), (ANYWHERE, "Partout")],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )

    has_contract = forms.BooleanField(
        label="J’ai un contrat d’apprentissage, ou une promesse",
        required=False,
        help_text="Sans cela, aucune place en apprentissage ne vous sera proposée d’office.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in range(1, WISHES + 1):
            self.fields[f"wish_{rank}"] = master_mention_field(label=f"Vœu {rank} : mention de master", required=False)
        self.order_fields(["project", *self.wish_names, "mobility_km", "wished_academies", "has_contract"])
        for name in self.wish_names:
            self.fields[name].widget.attrs["class"] = "fr-input"
        self.fields["wished_academies"].widget.in_columns = True

    @property
    def wish_names(self) -> list[str]:
        return [f"wish_{rank}" for rank in range(1, WISHES + 1)]

    def wishes(self) -> list[Any]:
        """Return the mentions wished for, in order, each once."""
        named = (self.cleaned_data[name] for name in self.wish_names)
        return list(dict.fromkeys(mention for mention in named if mention))


class DocumentForm(StepForm):
    kind = forms.ChoiceField(label="Nature du document", choices=[(kind.value, kind.label) for kind in GIVEN])
    file = UploadField(label="Fichier")

    @property
    def chosen(self) -> DocumentKind:
        return DocumentKind(self.cleaned_data["kind"])


class FilingForm(StepForm):
    late_reason = long_text(
        label="Pourquoi déposez-vous après la fin du délai ?", required=False, help_text="Le rectorat lit cette raison et décide."
    )
    adviser_consent = forms.BooleanField(
        label="J’accepte que le service d’orientation de mon université (SCUIO-BAIP) suive ma saisine",
        required=False,
        help_text="Il verrait l’état de votre saisine, son historique et ses délais ; aucun document, aucun message. "
        "Vous pouvez changer d’avis à tout moment.",
    )

    def __init__(self, *args: Any, late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not late:
            del self.fields["late_reason"]


class LicenceProofForm(StepForm):
    licence_on = DayField(label="Date d’obtention de la licence", help_text="Exemple : 10/07/2026")
    file = UploadField(label="Relevé de notes définitif")

    def clean_licence_on(self) -> date:
        on: date = self.cleaned_data["licence_on"]
        if on > self.today:
            raise forms.ValidationError("Cette date est dans l’avenir.")
        return on


class NextJuryForm(StepForm):
    expected_on = DayField(label="Date du prochain jury", help_text="Exemple : 04/09/2026")
    note = long_text(label="Précisions pour le rectorat", required=False)

    def clean_expected_on(self) -> date:
        on: date = self.cleaned_data["expected_on"]
        if on < self.today:
            raise forms.ValidationError("Cette date est passée : indiquez celle du prochain jury.")
        return on


class WordsForm(StepForm):
    note = long_text(label="Ce que vous voulez dire au rectorat", required=False)


class ReasonForm(StepForm):
    reason = long_text(label="Votre raison", required=False)


class DeclineForm(StepForm):
    """Why she declines: one cause, which the search goes by, and her own words. Both are left to her."""

    cause = forms.TypedChoiceField(
        label="Pourquoi refusez-vous ?",
        help_text="Rien ne vous oblige à le dire. Le rectorat ne vous proposera plus d’office ce que vous écartez ainsi.",
        choices=capitalised([(cause.value, DECLINE_CAUSES[cause]) for cause in DeclineCause]),
        coerce=DeclineCause,
        empty_value=DeclineCause.OTHER,
        required=False,
        widget=forms.RadioSelect,
    )
    reason = long_text(label="Votre raison, en vos mots", required=False)


class ConfirmationForm(StepForm):
    """Nothing to fill in: the page says what follows, and the button does it."""
