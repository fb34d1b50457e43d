"""The rules her own referral stands under: the version it began with, whatever the campaign's rules have become since."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..rules.rule_sets import LAST_OFFERS
from ..wording_rules import in_sections
from .own import OwnReferral


class RulesView(OwnReferral):
    """Every rule of the referral's own version, with its source."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rules = self.referral.rules
        context = {"referral": self.referral, "rules": rules, "sections": in_sections(rules), "last_offers": LAST_OFFERS}
        return render(request, "student/rules.html", context)
