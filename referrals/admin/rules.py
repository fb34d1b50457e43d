"""The rules of a campaign: a change is a new version, and the versions that were stay as they were."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest

from vacancies.models import Campaign

from ..models import CampaignRules
from .people import NeverDeleted


@admin.register(CampaignRules)
class CampaignRulesAdmin(NeverDeleted):
    list_display = ("campaign", "version", "filing_days", "offers_required", "answer_days", "franc", "nationwide", "created_at")
    list_select_related = ("campaign",)
    ordering = ("campaign", "-version")
    fields = (
        "campaign",
        "filing_days",
        "answer_days",
        "offers_required",
        "franc",
        "nationwide",
        "consultation_days",
        "source",
    )

    def get_fields(self, request: HttpRequest, obj: CampaignRules | None = None) -> list[str]:
        return ["campaign", "version", *self.fields[1:], "created_at"] if obj else list(self.fields)

    def has_change_permission(self, request: HttpRequest, obj: CampaignRules | None = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start from the rules in force: what is not changed stays. The source is to be given anew."""
        newest = CampaignRules.objects.order_by("-campaign__opens_on", "-version").first()
        given = super().get_changeform_initial_data(request)
        return {name: getattr(newest, name) for name in self.fields if name != "source"} | given if newest else given

    def save_model(self, request: HttpRequest, obj: CampaignRules, form: forms.ModelForm, change: bool) -> None:
        """Number the version, under the campaign's lock: two at once are two versions."""
        Campaign.objects.select_for_update(no_key=True).get(pk=obj.campaign_id)
        newest = CampaignRules.objects.filter(campaign=obj.campaign).aggregate(version=Max("version"))["version"]
        obj.version = (newest or 0) + 1
        super().save_model(request, obj, form, change)
