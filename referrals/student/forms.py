"""The student's forms, one for each step. A draft may be left incomplete: only what cannot be understood is refused."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from dsfr.forms import DsfrBaseForm

from vacancies.models import Academy

from ..fields import EXPECTED, LICENCE_STATUS, OBTAINED, DayField, capitalised, wrong_licence_day
from ..models import Answer, CampaignRules, Diploma, DocumentKind
from ..models.document import GIVEN
from ..procedure.founding import COLUMNS
from ..rules.rule_sets import Silence
from ..rules.suitability import DeclineCause
from ..wording_matching import DECLINE_CAUSES
from .naming import academies_of, institution_field, licence_mention_field, master_mention_field, spans_academies, track_field
from .uploads import UploadField

WISHES = 5
LONGEST_TEXT = 10_000
INE_FORMATS = re.compile(r"\d{10}[A-Z]|\d{9}[A-Z]{2}|\d[0-9A-Z]{9}\d")
"""Of schools, of the national register since 2018, of universities before it."""
REFUSED_IN = _("Au bout de %(months)s mois sans réponse, la candidature est refusée ; le jour est calculé pour vous.")
ACCEPTED_IN = _("Au bout de %(months)s mois sans réponse, la candidature est acceptée ; le jour est calculé pour vous.")
DAY = _("Exemple : 29/02/2004")


def asked(field: forms.Field) -> forms.Field:
    """Mark a field that a draft may leave empty and a filing may not: it is not called optional."""
    field.required = False
    field.asked = True
    return field


def long_text(**options: Any) -> forms.CharField:
    return forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 6}), **options)


class StepForm(DsfrBaseForm):
    """One step. ``today``: the local date of the request.

    Where a form writes in the draft, ``said`` returns the arguments of `save_draft` that the fields ``names`` give, or all of them;
    what has an error gives none.
    """

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def sure(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the answers of these fields that are without error, once it was asked whether all is valid."""
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data and name not in self.errors}

    def settled(self, names: Iterable[str]) -> set[str]:
        """Return those of the fields of which ``said`` leaves nothing unsaid."""
        return set(self.sure(names))


def asking(form: type[StepForm], *names: str) -> type[StepForm]:
    """Return a form that asks the questions ``names`` of ``form`` alone: one page of a step, with the rules of the whole."""

    class Page(form):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for name in self.fields.keys() - set(names):
                del self.fields[name]

    return Page


class IdentityForm(StepForm):
    first_names = asked(forms.CharField(label=_("Prénoms"), max_length=150, help_text=_("Dans l’ordre de l’état civil.")))
    birth_name = asked(forms.CharField(label=_("Nom de naissance"), max_length=100))
    usage_name = forms.CharField(label=_("Nom d’usage"), max_length=100, required=False, help_text=_("S’il est différent."))
    diploma_name = forms.CharField(
        label=_("Nom figurant sur le diplôme"),
        max_length=100,
        required=False,
        help_text=_("S’il est différent de votre nom actuel."),
    )
    birth_date = asked(DayField(label=_("Date de naissance"), help_text=DAY))
    ine = forms.CharField(
        label=_("INE (identifiant national étudiant)"),
        max_length=20,
        required=False,
        help_text=_("11 caractères, sur votre relevé de notes ou votre carte d’étudiant. Sans lui, vous pouvez déposer."),
    )

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        if born and born >= self.today:
            raise forms.ValidationError(gettext("Cette date est dans l’avenir."))
        return born

    def clean_ine(self) -> str:
        return re.sub(r"[\s.-]", "", self.cleaned_data["ine"]).upper()

    def said(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        return {"facts": self.sure(names or self.fields)}

    def doubt_about_ine(self) -> str:
        """Return what seems wrong with the INE; nothing is refused for it."""
        ine = self.cleaned_data["ine"]
        if not ine or INE_FORMATS.fullmatch(ine):
            return ""
        return gettext(
            "L’INE « %(ine)s » n’a pas la forme habituelle (11 caractères, par exemple 10 chiffres et une lettre). "
            "Il est enregistré tel quel : vérifiez-le sur votre relevé de notes."
        ) % {"ine": ine}


class LicenceForm(StepForm):
    COLUMNS = ("diploma", "licence_mention", "licence_title", "licence_institution", "licence_site", "licence_academy")
    """Those it fills as they are; the day is one of two."""
    SITE_ASKED: str | Promise = _("Cet établissement enseigne dans plusieurs académies : choisissez celle où vous avez étudié.")
    STATUS_ASKED: str | Promise = _("Dites si cette date est celle où vous avez obtenu la licence, ou celle où vous l’attendez.")

    diploma = asked(forms.ChoiceField(label=_("Nature du diplôme"), choices=capitalised(Diploma.choices), widget=forms.RadioSelect))
    licence_mention = asked(
        licence_mention_field(
            label=_("Mention de la licence"), help_text=_("Tapez les premières lettres, puis choisissez dans la liste.")
        )
    )
    licence_title = forms.CharField(
        label=_("Intitulé du diplôme, si la mention n’est pas dans la liste"),
        max_length=250,
        required=False,
        help_text=_("Laissez alors la mention vide."),
    )
    licence_institution = asked(
        institution_field(
            label=_("Établissement qui délivre la licence"),
            help_text=_("Son nom actuel ou un ancien nom, par exemple avant une fusion."),
        )
    )
    licence_site = forms.CharField(label=_("Ville où vous avez étudié"), max_length=80, required=False)
    licence_academy = forms.ModelChoiceField(
        label=_("Académie du site"),
        queryset=Academy.objects.all(),
        required=False,
        empty_label=_("Celle de l’établissement"),
        help_text=_(
            "Elle désigne le rectorat compétent, l’heure et les jours fériés de vos délais. "
            "À préciser si votre établissement a des sites dans plusieurs académies."
        ),
    )
    status = asked(
        forms.ChoiceField(
            label=_("Votre licence"),
            choices=LICENCE_STATUS,
            widget=forms.RadioSelect,
        )
    )
    licence_day = asked(
        DayField(
            label=_("Date d’obtention, ou date à laquelle vous l’attendez"),
            help_text=_("Celle du procès-verbal ou du relevé de notes, sinon celle du prochain jury. Exemple : 12/06/2026"),
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
        facts: dict[str, Any] = self.said()["facts"]
        return facts

    def said(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        names = set(names or self.fields)
        if "licence_institution" in names:
            names.add("licence_academy")  # found with it
        facts = self.sure(name for name in self.COLUMNS if name in names)
        day = self.sure(("status", "licence_day"))
        if names & {"status", "licence_day"} and len(day) == 2:
            facts["licence_on"] = day["licence_day"] if day["status"] == OBTAINED else None
            facts["licence_expected_on"] = day["licence_day"] if day["status"] == EXPECTED else None
        return {"facts": facts}

    def settled(self, names: Iterable[str]) -> set[str]:
        dated = self.sure(("status", "licence_day"))
        return super().settled(names) - (set() if len(dated) == 2 and dated["licence_day"] else {"status", "licence_day"})


DiplomaForm = asking(LicenceForm, "diploma", "licence_mention", "licence_title")
LicencePlaceForm = asking(LicenceForm, "licence_institution", "licence_site", "licence_academy")
LicenceDayForm = asking(LicenceForm, "status", "licence_day")


class OtherLicenceForm(LicenceForm):
    """A licence on which the referral is not founded: it is kept whole or not at all."""

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        needed = {
            "licence_mention": (answers.get("licence_mention") or answers.get("licence_title"), gettext("Indiquez la mention.")),
            "licence_institution": (answers.get("licence_institution"), gettext("Indiquez l’établissement.")),
            "status": (answers.get("status"), gettext("Dites si vous l’avez obtenue ou si vous l’attendez.")),
            "licence_day": (answers.get("licence_day"), gettext("Indiquez la date.")),
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
    TOGETHER = (("institution",), ("mention", "title"), ("track",), ("answer", "on", "applied_on"))
    """What makes sense together alone is saved together, or not yet."""

    institution = institution_field(label=_("Établissement"), help_text=_("Celui auquel vous avez candidaté."))
    mention = asked(
        master_mention_field(
            label=_("Mention de master"), help_text=_("Tapez les premières lettres, puis choisissez dans la liste.")
        )
    )
    title = forms.CharField(
        label=_("Intitulé du master, si la mention n’est pas dans la liste"),
        max_length=250,
        required=False,
        help_text=_("Laissez alors la mention vide."),
    )
    track = track_field(label=_("Parcours"), required=False)
    answer = forms.ChoiceField(
        label=_("Qu’est devenue cette candidature ?"),
        choices=capitalised(Answer.choices),
        widget=forms.RadioSelect,
        initial=Answer.EXPRESS,
    )
    on = asked(
        DayField(
            label=_("Date de la réponse reçue"),
            help_text=_("Celle du courriel, de la lettre ou de la plateforme. Exemple : 10/06/2026"),
        )
    )
    proof = UploadField(
        label=_("Justificatif"),
        required=False,
        help_text=_("Si vous en avez un : il n’est pas exigé. PDF, JPEG ou PNG, 10 Mo au plus."),
    )

    def __init__(self, *args: Any, rules: CampaignRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meaning = (REFUSED_IN if rules.silence == Silence.REFUSED else ACCEPTED_IN) % {"months": rules.silence_months}
        self.fields["applied_on"] = asked(DayField(label=_("Sans réponse : date de votre candidature"), help_text=meaning))
        self.order_fields([*self.COLUMNS, "proof"])

    def clean_on(self) -> date | None:
        return self._past("on")

    def clean_applied_on(self) -> date | None:
        return self._past("applied_on")

    def _past(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day and day > self.today:
            raise forms.ValidationError(gettext("Cette date est dans l’avenir."))
        return day

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if "mention" in answers and not answers["mention"] and not answers.get("title"):
            self.add_error(
                "mention", gettext("Choisissez la mention du master dans la liste, ou écrivez son intitulé juste au-dessous.")
            )
        silent = answers.get("answer") == Answer.IMPLIED
        if silent and "applied_on" in answers and not answers["applied_on"]:
            self.add_error("applied_on", gettext("Indiquez la date de la candidature restée sans réponse."))
        if answers.get("answer") == Answer.EXPRESS and "on" in answers and not answers["on"]:
            self.add_error("on", gettext("Indiquez la date du refus."))
        for_another_answer = "on" if silent else "applied_on"  # the page may not even show it
        answers[for_another_answer] = None
        self.errors.pop(for_another_answer, None)
        return answers

    def said(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the columns to write: those of the fields ``names``, with what they only make sense with."""
        groups = [group for group in self.TOGETHER if set(group) & set(names) and len(self.sure(group)) == len(group)]
        return self.sure(name for group in groups for name in group)


class ProjectForm(StepForm):
    COLUMNS = ("project", "mobility_km", "has_contract")
    ANYWHERE = ""

    project = long_text(
        label=_("Votre projet professionnel"),
        required=False,
        help_text=_("Ce que vous voulez faire, et ce qui dans votre parcours vous y prépare. Le rectorat s’en sert pour chercher."),
    )
    wished_academies = forms.ModelMultipleChoiceField(
        label=_("Académies où vous aimeriez étudier"),
        queryset=Academy.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Aucune case cochée : aucune préférence."),
    )
    mobility_km = forms.TypedChoiceField(
        label=_("Jusqu’où pouvez-vous aller ?"),
        choices=[
            ("30", _("À 30 km au plus")),
            ("100", _("À 100 km au plus")),
            ("300", _("À 300 km au plus")),
            (ANYWHERE, _("Partout")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )

    has_contract = forms.BooleanField(
        label=_("J’ai un contrat d’apprentissage, ou une promesse"),
        required=False,
        help_text=_("Sans cela, aucune place en apprentissage ne vous sera proposée d’office."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in range(1, WISHES + 1):
            label = gettext("Vœu %(rank)s : mention de master") % {"rank": rank}
            self.fields[f"wish_{rank}"] = master_mention_field(label=label, required=False)
        self.order_fields(["project", *self.wish_names, "mobility_km", "wished_academies", "has_contract"])
        for name in self.wish_names:
            self.fields[name].widget.attrs["class"] = "fr-input"
        self.fields["wished_academies"].widget.in_columns = True

    @property
    def wish_names(self) -> list[str]:
        return [f"wish_{rank}" for rank in range(1, WISHES + 1)]

    def said(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        names = set(names or self.fields)
        said: dict[str, Any] = {"facts": self.sure(name for name in self.COLUMNS if name in names)}
        if names & set(self.wish_names) and len(self.sure(self.wish_names)) == WISHES:
            said["wishes"] = self.wishes()
        return said | {name: list(chosen) for name, chosen in self.sure(names & {"wished_academies"}).items()}

    def settled(self, names: Iterable[str]) -> set[str]:
        wishes = set(self.wish_names)
        return super().settled(names) - (set() if len(self.sure(wishes)) == WISHES else wishes)

    def wishes(self) -> list[Any]:
        """Return the mentions wished for, in order, each once."""
        named = (self.cleaned_data[name] for name in self.wish_names)
        return list(dict.fromkeys(mention for mention in named if mention))


ProjectTextForm = asking(ProjectForm, "project")
WishesForm = asking(ProjectForm, *(f"wish_{rank}" for rank in range(1, WISHES + 1)))
MobilityForm = asking(ProjectForm, "mobility_km", "wished_academies", "has_contract")


class DocumentForm(StepForm):
    kind = forms.ChoiceField(label=_("Nature du document"), choices=[(kind.value, kind.label) for kind in GIVEN])
    file = UploadField(label=_("Fichier"))

    @property
    def chosen(self) -> DocumentKind:
        return DocumentKind(self.cleaned_data["kind"])


class ReplacementForm(StepForm):
    file = UploadField(label=_("Nouveau fichier"))


class FilingForm(StepForm):
    late_reason = long_text(
        label=_("Pourquoi déposez-vous après la fin du délai ?"),
        required=False,
        help_text=_("Le rectorat lit cette raison et décide."),
    )
    adviser_consent = forms.BooleanField(
        label=_("J’accepte que le service d’orientation de mon université (SCUIO-BAIP) suive ma saisine"),
        required=False,
        help_text=_(
            "Il verrait l’état de votre saisine, son historique et ses délais ; aucun document, aucun message. "
            "Vous pouvez changer d’avis à tout moment."
        ),
    )

    def __init__(self, *args: Any, late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not late:
            del self.fields["late_reason"]

    def said(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        return {"facts": self.sure(names or self.fields)}


class LicenceProofForm(StepForm):
    licence_on = DayField(label=_("Date d’obtention de la licence"), help_text=_("Exemple : 10/07/2026"))
    file = UploadField(label=_("Relevé de notes définitif"))

    def clean_licence_on(self) -> date:
        on: date = self.cleaned_data["licence_on"]
        if on > self.today:
            raise forms.ValidationError(gettext("Cette date est dans l’avenir."))
        return on


class NextJuryForm(StepForm):
    expected_on = DayField(label=_("Date du prochain jury"), help_text=_("Exemple : 04/09/2026"))
    note = long_text(label=_("Précisions pour le rectorat"), required=False)

    def clean_expected_on(self) -> date:
        on: date = self.cleaned_data["expected_on"]
        if on < self.today:
            raise forms.ValidationError(gettext("Cette date est passée : indiquez celle du prochain jury."))
        return on


class WordsForm(StepForm):
    note = long_text(label=_("Ce que vous voulez dire au rectorat"), required=False)


class ReasonForm(StepForm):
    reason = long_text(label=_("Votre raison"), required=False)


class DeclineForm(StepForm):
    """Why she declines: one cause, which the search goes by, and her own words. Both are left to her."""

    cause = forms.TypedChoiceField(
        label=_("Pourquoi refusez-vous ?"),
        help_text=_("Rien ne vous oblige à le dire. Le rectorat ne vous proposera plus d’office ce que vous écartez ainsi."),
        choices=capitalised([(cause.value, DECLINE_CAUSES[cause]) for cause in DeclineCause]),
        coerce=DeclineCause,
        empty_value=DeclineCause.OTHER,
        required=False,
        widget=forms.RadioSelect,
    )
    reason = long_text(label=_("Votre raison, en vos mots"), required=False)


class ConfirmationForm(StepForm):
    """Nothing to fill in: the page says what follows, and the button does it."""
