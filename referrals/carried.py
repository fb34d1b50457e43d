"""What a visitor answered to « Puis-je saisir le recteur ? » waits in her session, and begins her draft where she starts one.

It is kept nowhere else, holds no name, and goes with the session.
"""

from datetime import date
from typing import Any

from django.http import HttpRequest

from vacancies.models import Academy

from .models import Referral

KEPT = "may_i_refer"


def carry(request: HttpRequest, *, typed: dict[str, str], facts: dict[str, Any]) -> None:
    """Keep the answers as typed, and what of them is a draft's (column → value)."""
    in_json = {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}
    request.session[KEPT] = {"typed": typed, "facts": in_json}


def typed_answers(request: HttpRequest) -> dict[str, str]:
    """Return the answers as they were typed; empty where there are none."""
    return request.session.get(KEPT, {}).get("typed", {})


def begin_with(request: HttpRequest, referral: Referral) -> dict[str, Any]:
    """Return what the answers give to a draft that says nothing of its licence yet, and let them go; else nothing."""
    if referral.diploma or referral.licence_academy_id or referral.licence_on or referral.licence_expected_on:
        return {}
    facts = request.session.pop(KEPT, {}).get("facts", {})
    academy = Academy.objects.filter(pk=facts.get("licence_academy")).first()
    if academy is None:
        return {}
    days = {name: facts[name] and date.fromisoformat(facts[name]) for name in ("licence_on", "licence_expected_on")}
    return {"diploma": facts["diploma"], "licence_academy": academy} | days
