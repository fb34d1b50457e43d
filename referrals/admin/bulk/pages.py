"""Several files at once: chosen in the queue, looked at beforehand, done one by one, told row by row."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict

from ... import procedure
from ...models import Referral
from ...procedure import By, Refused
from ...rules.states import Action, State
from ...typed import forget_typed, typed_before
from ..deeds.acting import NOT_YOU, sentence_of
from ..deeds.buttons import acting
from ..deeds.table import DEEDS
from ..queue.columns import COLUMNS, queue_at, related_to, with_offers_sent
from ..queue.filters import ORDER
from ..queue.saved import narrowing
from ..request import OfficeRequest
from ..words import LABELS
from . import forms as bulk_forms
from . import steps as bulk_steps
from .export import export_of
from .steps import Foresee, Foreseen, foreseen_of

AT_ONCE = 100
"""Files in one go: a few seconds' work, and a page that one can read."""
RELATED = sorted({*related_to(list(COLUMNS)), "rules", "campaign", "student", "licence_academy__region"})
REPORT = "bulk_report"


class Bulk(NamedTuple):
    """What may be done to many files. verb: what is done to each; none where nothing changes, and who only reads may do it too."""

    label: str
    sentence: str
    form: type[bulk_forms.BulkForm]
    foresee: Foresee
    verb: Callable[..., Any] | None = None


CONSULTED = (
    "Pour chaque dossier, la place la mieux classée est réservée et son établissement consulté. L’étudiant n’est pas prévenu. Deux "
    "dossiers ne reçoivent jamais la même dernière place."
)
EXPORTED = (
    "Une ligne pour chaque dossier, avec toutes les colonnes. Ce fichier nomme des étudiants : ne le gardez que le temps utile."
)
BULK: dict[str, Bulk] = {
    Action.ASSIGN: Bulk("Attribuer", DEEDS[Action.ASSIGN].sentence, bulk_forms.AssignMany, bulk_steps.to_assign, procedure.assign),
    Action.REQUEST_DOCUMENTS: Bulk(
        "Demander des documents",
        DEEDS[Action.REQUEST_DOCUMENTS].sentence,
        bulk_forms.RequestDocumentsFromMany,
        bulk_steps.to_request,
        procedure.request_documents,
    ),
    Action.DECLARE_ADMISSIBLE: Bulk(
        "Déclarer recevables",
        DEEDS[Action.DECLARE_ADMISSIBLE].sentence,
        bulk_forms.DeclareMany,
        bulk_steps.to_declare,
        procedure.declare_admissible,
    ),
    Action.CONSULT: Bulk(
        "Consulter la première place", CONSULTED, bulk_forms.ConsultForMany, bulk_steps.to_consult, procedure.consult
    ),
    "export": Bulk("Exporter", EXPORTED, bulk_forms.ExportMany, bulk_steps.to_export),
}
"""Key in the address → what it does."""


def bulk(request: OfficeRequest, key: str) -> HttpResponse:
    """Show what would be done to the files chosen in the queue; once confirmed, do it, and say what came of each.

    Raises Http404 for who has no queue, and for what cannot be done to many.
    """
    if not request.user.has_perm("referrals.view_referral") or key not in BULK:
        raise Http404
    deed, by = BULK[key], acting(request.user)
    posted = request.POST if request.method == "POST" else typed_before(request) or QueryDict()
    referrals, more = chosen(request, posted)
    if not referrals or (deed.verb and by is None):
        messages.warning(request, "Cochez d’abord des dossiers : rien n’a été fait." if by or not deed.verb else NOT_YOU)
        return redirect(queue_at(request.GET.urlencode()))
    foreseen = preview(key, referrals, by, request)
    confirmed = request.method == "POST" and "confirmed" in posted
    form = deed.form(request.POST if confirmed else None, referrals=referrals, user=request.user, at=request.at)
    if confirmed and form.is_valid():
        forget_typed(request)
        if deed.verb is None:
            return export_of(referrals, form.cleaned_data["form"], at=request.at)
        if key == Action.CONSULT:
            came_of = done(deed.verb, seats_of(referrals, posted), {}, by, request)
        else:
            came_of = done(deed.verb, {one.pk: form.cleaned_data for one in referrals}, foreseen, by, request)
        request.session[REPORT] = {"key": key, "rows": came_of}
        return redirect("admin:referrals_referral_bulk_report")
    shown = [(one, LABELS[State(one.state)], foreseen[one.pk]) for one in referrals]
    page = {
        "title": deed.label,
        "deed": deed,
        "form": form,
        "rows": sorted(shown, key=lambda row: not row[-1].possible),
        "possible": sum(one.possible for one in foreseen.values()),
        "more": more,
        "at_once": AT_ONCE,
        "back": queue_at(narrowing(request.GET)),
        "subtitle": None,
    }
    return render(request, "admin/referrals/referral/bulk.html", admin.site.each_context(request) | page)


def preview(key: str, referrals: list[Referral], by: By | None, request: OfficeRequest) -> dict[int, Foreseen]:
    foresee = BULK[key].foresee
    return foreseen_of(Action(key), foresee, referrals, by, request.at) if BULK[key].verb else foresee(referrals, request.at)


def chosen(request: OfficeRequest, posted: MultiValueDict) -> tuple[list[Referral], bool]:
    """Return the files of one's office that were ticked, those of the page, or the first of the search; and whether there are more
    of them than can be taken at once. What is outside her region is not there.
    """
    if posted.get("which") == "search":
        found = of_search(request)
    else:
        named = posted.getlist("shown" if posted.get("which") == "page" else "file")
        ids = {number for text in named if (number := _whole_number(text))}
        found = Referral.objects.of_office(request.user).filter(pk__in=ids)
        found = found.order_by(*ORDER)
    related = found.select_related(*RELATED).prefetch_related("other_licences", "limits")
    referrals = list(with_offers_sent(related)[: AT_ONCE + 1])
    return referrals[:AT_ONCE], len(referrals) > AT_ONCE


def of_search(request: HttpRequest) -> QuerySet[Referral]:
    """Return the files of the search that the address says, in the order of the queue."""
    try:
        return admin.site.get_model_admin(Referral).get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        raise Http404 from None


def _whole_number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


def seats_of(referrals: list[Referral], posted: MultiValueDict) -> dict[int, dict[str, Any]]:
    """Return the seat that each file was shown with, as the verb's argument: none other is asked for in its place."""
    shown = {one.pk: _whole_number(posted.get(f"seat-{one.pk}")) for one in referrals}
    return {pk: {"vacancy_id": seat} for pk, seat in shown.items() if seat}


def done(
    verb: Callable[..., Any], about: dict[int, dict[str, Any]], foreseen: dict[int, Foreseen], by: By | None, request: OfficeRequest
) -> list[tuple[int, bool, str]]:
    """Do it to each file, in a transaction of its own; return what came of each: its id, whether it was done, why not.

    about: the verb's arguments for each file, by its id. foreseen: which of them are to be left alone.
    """
    rows = []
    for pk, arguments in about.items():
        if pk in foreseen and not foreseen[pk].possible:
            rows.append((pk, False, foreseen[pk].says))
            continue
        try:
            verb(pk, **arguments, by=by, at=request.at)
            rows.append((pk, True, ""))
        except Refused as refusal:
            rows.append((pk, False, sentence_of(refusal)))
    return rows


def bulk_report(request: OfficeRequest) -> HttpResponse:
    """Say what came of the last deed, row by row. Raises Http404 for who has no queue."""
    if not request.user.has_perm("referrals.view_referral"):
        raise Http404
    kept = request.session.get(REPORT)
    if not kept or request.method != "GET":
        return redirect("admin:referrals_referral_changelist")
    files = Referral.objects.of_office(request.user).in_bulk([pk for pk, _, _ in kept["rows"]])
    rows = [(files[pk], was_done, why) for pk, was_done, why in kept["rows"] if pk in files]
    page = {
        "title": f"{BULK[kept['key']].label} : ce qui a été fait",
        "rows": rows,
        "done": sum(was_done for _, was_done, _ in rows),
        "refused": sum(not was_done for _, was_done, _ in rows),
        "subtitle": None,
    }
    return render(request, "admin/referrals/referral/bulk_report.html", admin.site.each_context(request) | page)
