"""« Saisir une demande reçue »: what came by letter, by e-mail or at the desk is entered in the student's name, once."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.timezone import localdate

from ... import procedure
from ...current import current_rules
from ...models import Answer, CampaignRules, Referral
from ...procedure import By, Refused
from ...rules.states import LIVE
from ...student.naming import suggestions
from ...typed import forget_typed, typed_before
from ..deeds.acting import MANY_DIGITS, sentence_of
from ..deeds.buttons import acting
from ..request import OfficeRequest
from .forms import MORE, MOST, Entry
from .waiting import FIELD, drop_waiting, keep_waiting, take_waiting, waiting_for

BESIDE = {
    "arrives_later": ("arrival", "arrived_time"),
    "not_open": ("arrival", "arrived_on"),
    "not_of_the_region": ("licence", "licence_institution"),
    "of_an_office": ("identity", "email"),
    "another_live": ("identity", "email"),
}
"""Code of a refusal → the part and the field that it is about."""
ROWS = "candidatures-TOTAL_FORMS"
ENTERED = "Demande saisie : saisine {number}. L’accusé de réception est dans les documents du dossier."
TO_BE_HANDED = "Cette personne n’a pas d’adresse électronique : imprimez l’accusé de réception, et remettez-le-lui."


def enter_request(request: OfficeRequest) -> HttpResponse:
    """Show the form, or enter the request and go to its file. Raises Http404 for who does not act for a rectorate."""
    by = acting(request.user)
    if by is None:
        raise Http404
    rules = current_rules(on=localdate(request.at))
    if rules is None or rules.campaign.opens_on > localdate(request.at):
        return _page(request, None, campaign=None)
    if request.method == "POST" and "more" not in request.POST:
        return _enter(request, rules, by)
    typed = _with_more_rows(request.POST) if request.method == "POST" else typed_before(request)
    key = _key(typed)
    if request.method == "POST":
        keep_waiting(request, key=key)
    entry = Entry(typed, rules=rules, today=localdate(request.at), checked=False)
    restored = typed is not None and request.method == "GET"
    return _page(request, entry, campaign=rules.campaign, key=key, restored=restored)


def _enter(request: OfficeRequest, rules: CampaignRules, by: By) -> HttpResponse:
    key = _key(request.POST)
    take_waiting(request, key=key)
    entry = Entry(request.POST, request.FILES, rules=rules, today=localdate(request.at))
    found: list[Referral] = []
    if entry.is_valid():
        found = found_again(entry, request, rules, key=key)
        if not found and (referral := _entered(entry, rules, key=key, by=by, request=request)):
            forget_typed(request)
            _say(referral, request)
            return redirect("admin:referrals_referral_change", referral.pk)
    if FIELD in entry.documents.errors:
        drop_waiting(request, key=key)
    else:
        keep_waiting(request, key=key)
    found = found or with_this_address(entry, request, rules)
    return _page(request, entry, campaign=rules.campaign, key=key, found=found)


def _key(data: MultiValueDict | None) -> UUID:
    """Return the key that the page gave the referral to be: sent twice, it is entered once."""
    try:
        return UUID((data or {}).get("key", ""))
    except ValueError:
        return uuid4()


def _with_more_rows(data: QueryDict) -> QueryDict:
    """Return what was sent, with room for more applications."""
    said = data.get(ROWS, "")
    rows = min(int(said), MOST) if said.isdecimal() and len(said) < MANY_DIGITS else 0
    wider = data.copy()
    wider[ROWS] = str(min(rows + MORE, MOST))
    for row in range(rows, MOST):
        wider.setdefault(f"candidatures-{row}-answer", Answer.EXPRESS)
    return wider


def _live(request: OfficeRequest, rules: CampaignRules) -> QuerySet[Referral]:
    return Referral.objects.of_office(request.user).filter(campaign=rules.campaign, state__in=LIVE)


def found_again(entry: Entry, request: OfficeRequest, rules: CampaignRules, *, key: UUID) -> list[Referral]:
    """Return the live files of one's office that seem to be of the same person, until it is said that she is somebody else."""
    if entry.documents.cleaned_data["somebody_else"]:
        return []
    her = entry.identity.cleaned_data
    same = Q(birth_name__iexact=her["birth_name"], first_names__iexact=her["first_names"], birth_date=her["birth_date"])
    if her["ine"]:
        same |= Q(ine=her["ine"])
    return list(_live(request, rules).filter(same).exclude(key=key).order_by("pk"))


def with_this_address(entry: Entry, request: OfficeRequest, rules: CampaignRules) -> list[Referral]:
    """Return the live file of one's office whose student has the address that was typed."""
    email = entry.identity.data.get("email", "").strip().lower()
    return list(_live(request, rules).filter(student__email=email)) if email else []


def _entered(entry: Entry, rules: CampaignRules, *, key: UUID, by: By, request: OfficeRequest) -> Referral | None:
    """Call the verb. Where it refuses, its sentence stands beside the field it is about, and nothing is done."""
    try:
        return procedure.enter(campaign=rules.campaign, **entry.arguments(), key=key, by=by, at=request.at)
    except Refused as refusal:
        if refusal.code in BESIDE:
            part, field = BESIDE[refusal.code]
            getattr(entry, part).add_error(field, sentence_of(refusal))
        else:
            entry.refused.append(sentence_of(refusal))
        return None


def _say(referral: Referral, request: OfficeRequest) -> None:
    messages.success(request, ENTERED.format(number=referral.number))
    if not referral.student.has_address:
        messages.warning(request, TO_BE_HANDED)


def _page(request: OfficeRequest, entry: Entry | None, **more: Any) -> HttpResponse:
    lists: dict[str, Any] = {}
    waits = waiting_for(request, key=more["key"]) if entry else ""
    if entry and waits:
        entry.documents.say_waiting(waits)
    for part in entry.parts if entry else []:
        lists |= suggestions(part)
    page = {
        "title": "Saisir une demande reçue",
        "subtitle": None,
        "entry": entry,
        "suggestions": lists,
        "found": [],
        "waits": waits,
        "restored": False,
    }
    return render(request, "admin/entry/enter.html", admin.site.each_context(request) | page | more)
