"""The rules of a campaign: a change is a new version, previewed beside the one in force; the old ones stay as they were."""

from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render

from vacancies.models import Campaign

from .. import procedure
from ..models import CampaignRules
from ..procedure import Refused
from ..procedure.campaign_rules import next_rules
from ..rules.rule_sets import ALLOWED, LAST_OFFERS, LATEST, RULE_SETS, TABLE, Stated, stated
from ..typed import forget_typed, typed_before
from ..wording_rules import RULES, SECTIONS, in_sections, line_of
from .people import NeverDeleted
from .request import OfficeRequest


class StartForm(forms.Form):
    """From which campaign and which rule set the new version starts."""

    campaign = forms.ModelChoiceField(Campaign.objects.all(), label="Campagne", empty_label=None)
    rule_set = forms.ChoiceField(label="Règles de départ", choices=[(name, name) for name in RULE_SETS])


class Row(NamedTuple):
    """One rule in the form: what the rule set says, and the two fields beside it."""

    label: str
    usual: str
    stated: Stated
    value: BoundField
    ground: BoundField


def _value_field(name: str) -> forms.Field:
    """Return the field for the campaign's own value; left empty, the rule set's value stands."""
    wording, allowed = RULES[name], ALLOWED[name]
    label = f"Valeur de cette campagne : {wording.label}"
    if isinstance(allowed, range):
        attributes = {"aria-label": label, "class": "vIntegerField"}
        widget = forms.NumberInput(attrs=attributes)
        return forms.IntegerField(label=label, required=False, min_value=allowed[0], max_value=allowed[-1], widget=widget)
    values = {str(value): value for value in allowed}
    choices = [("", "inchangée"), *((code, wording.say(value)) for code, value in values.items())]
    widget = forms.Select(attrs={"aria-label": label})
    return forms.TypedChoiceField(label=label, required=False, choices=choices, coerce=values.__getitem__, widget=widget)


def _ground_field(name: str) -> forms.CharField:
    label = f"Motif : {RULES[name].label}"
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"aria-label": label, "rows": 2}))


class VersionForm(forms.Form):
    """A new version: for each rule, the campaign's own value where it departs from the rule set, and on what ground."""

    campaign = forms.ModelChoiceField(Campaign.objects.all(), widget=forms.HiddenInput)
    rule_set = forms.ChoiceField(choices=[(name, name) for name in RULE_SETS], widget=forms.HiddenInput)
    source = forms.CharField(
        label="Texte sur lequel cette version se fonde",
        required=False,
        max_length=250,
        help_text="Vide : celui des règles de départ.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TABLE:
            self.fields[f"value_{name}"] = _value_field(name)
            self.fields[f"ground_{name}"] = _ground_field(name)

    def arguments(self) -> dict[str, Any]:
        """Return what `next_rules` and `establish_rules` ask for. The form must be valid."""
        answers = self.cleaned_data
        return {
            "campaign": answers["campaign"],
            "rule_set": answers["rule_set"],
            "source": answers["source"],
            "overrides": {name: answers[f"value_{name}"] for name in TABLE if self[f"value_{name}"].data},
            "grounds": {name: answers[f"ground_{name}"] for name in TABLE},
        }

    def sections(self, rule_set: str) -> list[tuple[str, list[Row]]]:
        return [(title, [self._row(name, rule_set) for name in section]) for title, section in SECTIONS.items()]

    def _row(self, name: str, rule_set: str) -> Row:
        wording, here = RULES[name], stated(rule_set, name)
        return Row(wording.label, wording.say(here.value), here, self[f"value_{name}"], self[f"ground_{name}"])


def newest_of(campaign: Campaign) -> CampaignRules | None:
    return CampaignRules.objects.filter(campaign=campaign).order_by("-version").first()


def opened(request: HttpRequest, default: Campaign) -> VersionForm:
    """Return the form as it opens: what was typed before the session ended, else the newest version's own values.

    A version that starts from another rule set than the newest one starts with no value of its own.
    """
    if (typed := typed_before(request)) is not None:
        messages.info(request, "Votre session avait pris fin : voici ce que vous aviez saisi. Rien n’avait encore été fait.")
        return VersionForm(typed)
    start = StartForm(request.GET)
    campaign = start.cleaned_data["campaign"] if start.is_valid() else default
    newest = newest_of(campaign)
    rule_set = start.cleaned_data["rule_set"] if start.is_valid() else newest.rule_set if newest else LATEST
    initial: dict[str, Any] = {"campaign": campaign.pk, "rule_set": rule_set}
    if newest and newest.rule_set == rule_set:
        initial |= {f"value_{name}": str(getattr(newest, name)) for name in newest.departures}
        initial |= {f"ground_{name}": newest.stated(name).source for name in newest.departures}
        initial["source"] = newest.source
    return VersionForm(initial=initial)


class Change(NamedTuple):
    """One rule that the new version changes. before: empty for a campaign's first version."""

    label: str
    before: str
    after: str
    source: str
    settled: bool


def changes(before: CampaignRules | None, after: CampaignRules) -> list[Change]:
    """Return the rules whose value, or whose source or ground, differs between two versions."""
    found = []
    for name in TABLE:
        old, new = before and before.stated(name), after.stated(name)
        if old != new:
            line = line_of(after, name)
            said = RULES[name].say(old.value) if old else ""
            found.append(Change(line.label, said, line.value, line.source, line.settled))
    return found


def in_words(changed: list[Change]) -> str:
    """Return what the admin's log says of a new version."""
    return " ; ".join(f"{one.label} : {f'{one.before} → ' if one.before else ''}{one.after}" for one in changed)


@admin.register(CampaignRules)
class CampaignRulesAdmin(NeverDeleted):
    list_display = ("campaign", "version", "rule_set", "own_values", "by_name", "created_at")
    list_display_links = ("campaign", "version")
    list_select_related = ("campaign",)
    ordering = ("-campaign__opens_on", "-version")

    @admin.display(description="valeurs propres à la campagne")
    def own_values(self, rules: CampaignRules) -> str:
        return ", ".join(str(RULES[name].label) for name in rules.departures) or "aucune"

    def has_change_permission(self, request: HttpRequest, obj: CampaignRules | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Règles de campagne"} | (extra_context or {}))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A version has no history: it never changes."""
        return redirect("admin:referrals_campaignrules_change", object_id)

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Show one version. The law is no secret: whoever works in the office may read the rules of the file before her."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not object_id.isdecimal():
            raise Http404
        rules = get_object_or_404(CampaignRules.objects.select_related("campaign"), pk=int(object_id))
        page = {"title": str(rules), "rules": rules, "sections": in_sections(rules), "last_offers": LAST_OFFERS}
        return self._page(request, "version", page | {"may_list": self.has_view_permission(request)})

    def add_view(self, request: OfficeRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Write a new version: the form, a preview of what changes, then done."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._posted(request)
        campaign = Campaign.objects.first()
        if campaign is None:
            messages.warning(request, "Créez d’abord une campagne.")
            return redirect("admin:referrals_campaignrules_changelist")
        return self._form(request, opened(request, campaign))

    def _posted(self, request: OfficeRequest) -> HttpResponse:
        form = VersionForm(request.POST)
        if not form.is_valid() or "edit" in request.POST:
            return self._form(request, form)
        try:
            if "establish" not in request.POST:
                return self._preview(request, form, next_rules(**form.arguments()))
            before = newest_of(form.cleaned_data["campaign"])
            rules = procedure.establish_rules(**form.arguments(), by_name=str(request.user), at=request.at)
        except Refused as refusal:
            form.add_error(NON_FIELD_ERRORS, refusal.sentence)
            return self._form(request, form)
        self.log_addition(request, rules, f"Version {rules.version} établie. {in_words(changes(before, rules))}")
        forget_typed(request)
        messages.success(
            request, f"Version {rules.version} établie : elle vaut pour les saisines commencées à partir de maintenant."
        )
        return redirect("admin:referrals_campaignrules_change", rules.pk)

    def _form(self, request: OfficeRequest, form: VersionForm) -> HttpResponse:
        start = StartForm({name: form[name].value() for name in ("campaign", "rule_set")})
        page: dict[str, Any] = {
            "title": "Nouvelle version des règles",
            "form": form,
            "start": start,
            "newest": None,
            "sections": [],
        }
        if start.is_valid():
            page["newest"] = newest_of(start.cleaned_data["campaign"])
            page["sections"] = form.sections(start.cleaned_data["rule_set"])
        return self._page(request, "form", page)

    def _preview(self, request: OfficeRequest, form: VersionForm, rules: CampaignRules) -> HttpResponse:
        before = newest_of(rules.campaign)
        page = {
            "title": f"Ce qui change : {rules}",
            "form": form,
            "rules": rules,
            "before": before,
            "changes": changes(before, rules),
        }
        return self._page(request, "preview", page)

    def _page(self, request: OfficeRequest, name: str, page: dict[str, Any]) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"subtitle": None}
        return render(request, f"admin/referrals/campaignrules/{name}.html", context | page)
