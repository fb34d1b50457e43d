"""The rules in force, for anybody to read: each value in plain French, with its legal source."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..current import current_rules
from ..rules.rule_sets import LAST_OFFERS
from ..wording_rules import in_sections


@require_safe
def rules_in_force(request: HttpRequest) -> HttpResponse:
    """Show the newest rules of the current campaign; say so where none is announced."""
    rules = current_rules(on=timezone.localdate(request.at))
    sections = in_sections(rules) if rules else []
    return render(request, "public/rules.html", {"rules": rules, "sections": sections, "last_offers": LAST_OFFERS})
