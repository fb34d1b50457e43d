"""The forms of the ways back: facts, applications, the founding licence, the region, the account."""

import re
from datetime import date
from typing import Any

from django import forms

from vacancies.models import AcademicRegion, Academy, LicenceMention, MasterMention

from ...models import Answer, Application, Diploma, OtherLicence, Referral
from ...procedure.corrections import CORRECTABLE, OF_AN_APPLICATION
from ...procedure.facts import filing_limit_from
from ...procedure.limits import last_refusal
from ...rules.states import State
from .base import DeedForm
from .forms import InstitutionField, day, line, long_text, written


def _ground(label: str) -> forms.CharField:
    return long_text(label, help_text="Les anciennes valeurs restent dans l’historique, avec ce motif.", rows=3)


class CorrectFacts(DeedForm):
    either = frozenset({"licence_mention", "licence_title"})
    first_names = line("Prénoms")
    birth_name = line("Nom de naissance", max_length=100)
    usage_name = line("Nom d’usage", required=False, max_length=100)
    diploma_name = line("Nom figurant sur le diplôme", required=False, max_length=100)
    birth_date = day("Date de naissance")
    ine = line("INE", required=False, max_length=20)
    diploma = forms.ChoiceField(label="Nature du diplôme", choices=[("", "Non indiquée"), *Diploma.choices], required=False)
    licence_mention = forms.ModelChoiceField(
        LicenceMention.objects.all(), label="Mention de licence", required=False, empty_label="Hors de la liste"
    )
    licence_title = line("Intitulé de la licence, hors de la liste des mentions", required=False, max_length=250)
    licence_institution = InstitutionField(label="Établissement de la licence")
    licence_site = line("Ville du site", required=False, max_length=80)
    licence_academy = forms.ModelChoiceField(
        Academy.objects.all(),
        label="Académie du site",
        empty_label=None,
        help_text="Elle donne l’heure et les jours fériés des délais.",
    )
    licence_on = day("Licence obtenue le")
    ground = _ground("Motif de la correction")

    def prepare(self) -> None:
        if self.referral.state == State.AWAITING_LICENCE:
            del self.fields["licence_on"]  # obtaining it is a move of its own, with the transcript that proves it
        self.start_from_file({column: getattr(self.referral, column) for column in CORRECTABLE.keys() & self.fields.keys()})
        _institution(self, "licence_institution").start_from(self.referral.licence_institution)

    def clean_ine(self) -> str:
        return re.sub(r"[\s.-]", "", self.cleaned_data["ine"]).upper()

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if "licence_mention" in answers and not answers["licence_mention"] and not answers.get("licence_title"):
            self.add_error("licence_mention", "Choisissez la mention de la licence, ou écrivez son intitulé juste au-dessous.")
        return answers

    def arguments(self) -> dict[str, Any]:
        facts = {column: value for column, value in self.cleaned_data.items() if column in CORRECTABLE}
        return {"facts": facts, "ground": self.cleaned_data["ground"]}


def _institution(form: DeedForm, name: str) -> InstitutionField:
    field = form.fields[name]
    assert isinstance(field, InstitutionField)
    return field


class CorrectApplication(DeedForm):
    """One application she stated, where the address names it; else a new one."""

    from_address = frozenset({"application"})
    either = frozenset({"mention", "title", "on", "applied_on"})
    application = forms.ModelChoiceField(Application.objects.none(), required=False, widget=forms.HiddenInput)
    institution = InstitutionField(label="Établissement")
    mention = forms.ModelChoiceField(
        MasterMention.objects.all(), label="Mention de master", required=False, empty_label="Hors de la liste"
    )
    title = line("Intitulé du master, hors de la liste des mentions", required=False, max_length=250)
    track = line("Parcours", required=False, max_length=250)
    answer = forms.ChoiceField(label="Réponse", choices=Answer.choices, widget=forms.RadioSelect, initial=Answer.EXPRESS)
    on = day(
        "Réponse du", required=False, help_text="D’un refus reçu, sa date. D’une candidature sans réponse, le jour est calculé."
    )
    applied_on = day("Sans réponse : candidature du", required=False)
    ground = _ground("Motif")

    def prepare(self) -> None:
        field = self.fields["application"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.referral.applications.select_related("institution", "mention")
        self.stated = self._named_by(field)
        if self.stated is not None:
            self.start_from_file({column: getattr(self.stated, column) for column in OF_AN_APPLICATION})
            _institution(self, "institution").start_from(self.stated.institution)

    def _named_by(self, field: forms.ModelChoiceField) -> Application | None:
        """Return the application that the address or what was posted names; None for a new one, and for none of this file."""
        try:
            return field.clean(self["application"].value())
        except forms.ValidationError:
            return None

    def known(self) -> list[tuple[str, str]]:
        return [("Candidature", str(self.stated) if self.stated else "nouvelle, ajoutée au dossier")]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if "mention" in answers and not answers["mention"] and not answers.get("title"):
            self.add_error("mention", "Choisissez la mention du master, ou écrivez son intitulé juste au-dessous.")
        if answers.get("answer") == Answer.IMPLIED:
            if not answers.get("applied_on") and "applied_on" not in self.errors:
                self.add_error("applied_on", "Indiquez la date de la candidature restée sans réponse.")
            return answers
        answers["applied_on"] = None
        if answers.get("answer") == Answer.EXPRESS and "on" in answers and not answers["on"]:
            self.add_error("on", "Indiquez la date du refus.")
        if (answers.get("on") or self.today) > self.today:
            self.add_error("on", "Cette date est dans l’avenir.")
        return answers

    def arguments(self) -> dict[str, Any]:
        answers = self.cleaned_data
        return {
            "application_id": answers["application"] and answers["application"].pk,
            "facts": {column: answers[column] for column in OF_AN_APPLICATION},
            "ground": answers["ground"],
        }


class ChooseLicence(DeedForm):
    other_licence_id = forms.TypedChoiceField(label="Licence qui fonde la saisine", coerce=int, widget=forms.RadioSelect)
    ground = long_text("Motif", rows=3)

    def prepare(self) -> None:
        others = self.referral.other_licences.filter(on__isnull=False).select_related("mention", "institution", "academy__region")
        refused_on = last_refusal(self.referral, at=self.at)
        self.offer_choices("other_licence_id", [(other.pk, self._what_it_gives(other, refused_on)) for other in others])

    def _what_it_gives(self, other: OtherLicence, refused_on: date | None) -> str:
        limit = filing_limit_from(rules=self.referral.rules, academy=other.academy, licence_on=other.on, last_refusal=refused_on)
        gives = f"région {other.academy.region}, dépôt jusqu’au {written(limit.last_day)}"
        return f"{other}, obtenue le {written(other.on)} : {gives}"

    def known(self) -> list[tuple[str, str]]:
        return [("Licence d’aujourd’hui", f"{self.referral.licence_name} – {self.referral.licence_institution}")]


class Transfer(DeedForm):
    region = forms.ModelChoiceField(AcademicRegion.objects.none(), label="Région académique compétente", empty_label="Choisir")
    ground = long_text("Motif", help_text="La région compétente est celle où la licence a été obtenue.")

    def prepare(self) -> None:
        field = self.fields["region"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = AcademicRegion.objects.exclude(pk=self.referral.region_id)
        if self._of_the_licence != self.referral.region:
            field.initial = self._of_the_licence.pk

    @property
    def _of_the_licence(self) -> AcademicRegion:
        assert self.referral.licence_academy is not None, "a filed referral says where its licence was prepared"
        return self.referral.licence_academy.region

    def known(self) -> list[tuple[str, str]]:
        return [("Région de la licence", f"{self._of_the_licence}, académie de {self.referral.licence_academy}")]


class Absorb(DeedForm):
    number = line("Numéro de l’autre saisine", max_length=30, help_text="Elle prend fin ; celle-ci demeure.")
    ground = long_text("Motif", help_text="Ce qui établit que c’est la même personne.", rows=3)

    def clean_number(self) -> Referral:
        typed = self.cleaned_data["number"]
        other = Referral.objects.of_office(self.user).filter(number__iexact=typed).first()
        if other is None:
            raise forms.ValidationError(f"Aucune saisine de votre région ne porte le numéro « {typed} ».")
        return other

    def arguments(self) -> dict[str, Any]:
        return {"other_id": self.cleaned_data["number"].pk, "ground": self.cleaned_data["ground"]}


class OfTheAccount(DeedForm):
    """To freeze the account, or to open it again."""

    ground = long_text("Motif", rows=3)

    def known(self) -> list[tuple[str, str]]:
        return [("Compte", self.referral.student.email)]


class ChangeAddress(DeedForm):
    address = forms.EmailField(
        label="Nouvelle adresse électronique", widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off"})
    )
    checked = long_text(
        "Comment l’identité a été vérifiée", help_text="Pièce présentée, rappel au numéro connu du dossier.", rows=3
    )

    def known(self) -> list[tuple[str, str]]:
        return [("Adresse d’aujourd’hui", self.referral.student.email)]
