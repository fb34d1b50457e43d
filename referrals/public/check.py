"""« Puis-je saisir le recteur ? »: a few questions, answered under the current campaign's rules, without an account.

The answers stay in the visitor's session: none is in an address, in a log or in a table of ours.
"""

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from dsfr.forms import DsfrBaseForm

from vacancies.models import Academy

from ..carried import carry, typed_answers
from ..current import current_rules
from ..fields import EXPECTED, LICENCE_STATUS, OBTAINED, DayField, capitalised, wrong_licence_day
from ..models import CampaignRules, Diploma, Limit
from ..procedure.facts import filing_limit_from, live_filed
from ..rules.eligibility import Facts, Reason, academic_year_start, last_implied_refusal, reasons, rules_asked
from ..rules.rule_sets import Compatibility, Silence, WaitingList
from ..wording_rules import SECTIONS, Line, line_of
from .views import LARGEST_MB

MOST = 99
YES_OR_NO = [("no", _("Non")), ("yes", _("Oui"))]
SILENT_SINCE = {
    Silence.REFUSED: (
        _("Date de la plus récente de ces candidatures sans réponse"),
        _("S’il y en a. Au bout de %(months)s mois, ce silence vaut refus."),
    ),
    Silence.ACCEPTED: (
        _("Date de la plus ancienne de ces candidatures sans réponse"),
        _("S’il y en a. Au bout de %(months)s mois, ce silence vaut acceptation."),
    ),
}
"""The label and the hint of its field, by what a silence means."""
WHO_MAY_REFER, UNTIL_WHEN = "Qui peut saisir le recteur", ("filing_days", "franc")


def number(**options: Any) -> forms.IntegerField:
    options.setdefault("error_messages", {"invalid": _("Écrivez un nombre, en chiffres.")})
    return forms.IntegerField(min_value=0, max_value=MOST, **options)


def yes_or_no(**options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=YES_OR_NO, widget=forms.RadioSelect, **options)


class CheckForm(DsfrBaseForm):
    """What the rules need to know, and no more: a question that ``rules`` do not ask is left out. at: when it is asked."""

    diploma = forms.ChoiceField(
        label=_("De quelle licence, ou de quel diplôme, s’agit-il ?"),
        choices=capitalised(Diploma.choices),
        widget=forms.RadioSelect,
    )
    status = forms.ChoiceField(label=_("L’avez-vous obtenue ?"), choices=LICENCE_STATUS, widget=forms.RadioSelect)
    licence_day = DayField(
        label=_("Date d’obtention, ou date à laquelle vous l’attendez"),
        help_text=_("Celle du procès-verbal ou du relevé de notes, sinon celle du prochain jury. Exemple : 12/06/2026"),
    )
    academy = forms.ModelChoiceField(
        label=_("Dans quelle académie l’avez-vous préparée ?"),
        queryset=Academy.objects.select_related("region"),
        empty_label=_("Choisissez"),
        help_text=_("Celle du site où vous avez étudié, pas celle où vous habitez : elle désigne le rectorat compétent."),
    )
    applications = number(
        label=_("À combien de masters (M1) avez-vous candidaté cette année ?"),
        help_text=_("Quelle que soit la réponse, même sans réponse."),
    )
    mentions = number(
        label=_("Sur combien de mentions de master différentes portent-elles ?"),
        help_text=_("Histoire et Archives, par exemple, en font deux."),
    )
    institutions = number(label=_("Dans combien d’établissements différents ?"))
    incompatible = number(
        label=_("Combien de ces masters ne conseillent pas votre licence ?"),
        required=False,
        help_text=_("D’après la fiche du master. Laissez vide si vous ne savez pas."),
    )
    refusals = number(label=_("Combien de refus avez-vous reçus ?"))
    last_refusal_on = DayField(
        label=_("Date du dernier refus reçu"), required=False, help_text=_("Si vous en avez reçu. Exemple : 10/06/2026")
    )
    silent = number(label=_("Combien de candidatures sont restées sans réponse ?"), help_text=_("Hors liste d’attente."))
    waiting = yes_or_no(label=_("Êtes-vous sur une liste d’attente ?"))
    admitted = yes_or_no(
        label=_("Avez-vous reçu une admission ?"),
        help_text=_("Une admission sous réserve d’un contrat d’apprentissage que vous n’avez pas trouvé n’en est pas une."),
    )

    def __init__(self, *args: Any, rules: CampaignRules, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        self.at = at
        # Of several silences, the one that decides: the last to refuse, or the first to accept.
        label, means = SILENT_SINCE[Silence(rules.silence)]
        self.fields["silent_since"] = DayField(label=label, required=False, help_text=means % {"months": rules.silence_months})
        names = list(self.base_fields)
        names.insert(names.index("silent") + 1, "silent_since")
        self.order_fields(names)
        asked = rules_asked(rules.stated, single_university=False)
        unasked = {
            "waiting": rules.waiting_list != WaitingList.BLOCKS,
            "mentions": "min_mentions" not in asked,
            "institutions": "min_institutions" not in asked,
            "incompatible": rules.compatibility != Compatibility.CONDITION,
        }
        for name in [name for name, left_out in unasked.items() if left_out]:
            del self.fields[name]
        for field in self.fields.values():
            field.error_messages["required"] = gettext("Répondez à cette question.")

    @property
    def today(self) -> date:
        """The calendar day, in the académie where it is known."""
        academy = self.cleaned_data.get("academy")
        return timezone.localdate(self.at, academy.tz if academy else None)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        status, day = answers.get("status"), answers.get("licence_day")
        if status and day and (wrong := wrong_licence_day(status, day, today=self.today)):
            self.add_error("licence_day", wrong)
        for count, name in (("refusals", "last_refusal_on"), ("silent", "silent_since")):
            dated = answers.get(name)
            if answers.get(count) and not dated and name not in self.errors:
                self.add_error(name, gettext("Indiquez cette date."))
            elif dated and dated > self.today:
                self.add_error(name, gettext("Cette date est dans l’avenir."))
        self._count(answers)
        return answers

    def _count(self, answers: dict[str, Any]) -> None:
        """Refuse what cannot be among the applications made."""
        applications = answers.get("applications")
        if applications is None:
            return
        for name in ("refusals", "silent", "mentions", "institutions", "incompatible"):
            if (answers.get(name) or 0) > applications:
                self.add_error(name, gettext("Ce nombre dépasse celui de vos candidatures."))
        if not self.errors and answers["refusals"] + answers["silent"] > applications:
            self.add_error("applications", gettext("Vos refus et vos candidatures sans réponse sont plus nombreux."))

    def of_a_draft(self) -> dict[str, Any]:
        """Return what of the answers a draft can take over (column → value, the académie by its code)."""
        answers = self.cleaned_data
        return {
            "diploma": answers["diploma"],
            "licence_on": answers["licence_day"] if answers["status"] == OBTAINED else None,
            "licence_expected_on": answers["licence_day"] if answers["status"] == EXPECTED else None,
            "licence_academy": answers["academy"].pk,
        }

    @property
    def silences(self) -> tuple[date, ...]:
        """When the applications nobody answered were made: of all of them, the day that decides."""
        answers = self.cleaned_data
        return (answers["silent_since"],) * answers["silent"]

    def limit(self) -> Limit | None:
        """Return the filing limit; None while the licence is awaited."""
        answers = self.cleaned_data
        if answers["status"] != OBTAINED:
            return None
        received = answers["last_refusal_on"] if answers["refusals"] else None
        implied = last_implied_refusal(self.silences, self.rules.stated, today=self.today)
        return filing_limit_from(
            rules=self.rules,
            academy=answers["academy"],
            licence_on=answers["licence_day"],
            last_refusal=max((day for day in (received, implied) if day), default=None),
        )

    def facts(self, *, limit: Limit | None, another_live: bool) -> Facts:
        answers = self.cleaned_data
        campaign, licence = self.rules.campaign, self.of_a_draft()
        return Facts(
            at=self.at,
            today=self.today,
            diploma=licence["diploma"],
            licence_on=licence["licence_on"],
            licence_expected_on=licence["licence_expected_on"],
            single_university=answers["academy"].region.single_university,
            applications=answers["applications"],
            refusals=answers["refusals"],
            silent_since=self.silences,
            waiting=answers.get("waiting") == "yes",
            admitted=answers["admitted"] == "yes",
            mentions=answers.get("mentions") or 0,
            institutions=answers.get("institutions") or 0,
            incompatible=answers.get("incompatible") or 0,
            academic_year_starts_on=academic_year_start(campaign.search_until.year),
            opens_on=campaign.opens_on,
            filing_ends_at=limit.ends_at if limit else None,
            another_live=another_live,
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def may_i_refer(request: HttpRequest) -> HttpResponse:
    """Ask, and lead to the answer."""
    rules = current_rules(on=timezone.localdate(request.at))
    if rules is None:
        return render(request, "public/may_i_refer.html", {"rules": None})
    typed = request.POST if request.method == "POST" else None
    form = CheckForm(typed, initial=typed_answers(request), rules=rules, at=request.at)
    if request.method == "POST" and form.is_valid():
        carry(request, typed={name: request.POST.get(name, "") for name in form.fields}, facts=form.of_a_draft())
        return redirect("may_i_refer_answer")
    return render(request, "public/may_i_refer.html", {"rules": rules, "form": form})


@never_cache
@require_safe
def answer(request: HttpRequest) -> HttpResponse:
    """Answer what the visitor's session holds; without it, ask."""
    rules, typed = current_rules(on=timezone.localdate(request.at)), typed_answers(request)
    if rules is None or not typed:
        return redirect("may_i_refer")
    form = CheckForm(typed, rules=rules, at=request.at)
    if not form.is_valid():  # the day or the rules have changed since
        return redirect("may_i_refer")
    limit, hers = (
        form.limit(),
        request.user.is_authenticated and live_filed(student_id=request.user.pk, campaign_id=rules.campaign_id),
    )
    found = reasons(form.facts(limit=limit, another_live=bool(hers)), rules.stated)
    context = {
        "rules": rules,
        "academy": form.cleaned_data["academy"],
        "in_one_sentence": in_one_sentence(found),
        "reasons": found,
        "limit": limit,
        "filing": [line_of(rules, name) for name in UNTIL_WHEN],
        "unsettled": unsettled(rules),
        "largest": LARGEST_MB,
        "may_start": not request.user.is_authenticated or request.user.is_student,
    }
    return render(request, "public/answer.html", context)


def in_one_sentence(found: tuple[Reason, ...]) -> str:
    against = sum(reason.settled for reason in found)
    if against:
        return ngettext(
            "D’après vos réponses, un point s’oppose à votre saisine.",
            "D’après vos réponses, %(count)s points s’opposent à votre saisine.",
            against,
        ) % {"count": against}
    if found:
        return gettext("D’après vos réponses, vous pouvez saisir le recteur, bien que les textes ne tranchent pas tout.")
    return gettext("D’après vos réponses, vous pouvez saisir le recteur.")


def unsettled(rules: CampaignRules) -> list[Line]:
    """Return what the texts leave open among the rules that say who may refer and until when."""
    lines = (line_of(rules, name) for name in [*SECTIONS[WHO_MAY_REFER], *UNTIL_WHEN])
    return [line for line in lines if not line.settled]
