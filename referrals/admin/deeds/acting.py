"""The page of one verb: what will happen and who will be told, its small form, and the verb's own answer.

Two people may have the same file open: the second is shown what the first did, loses nothing of what she typed, and confirms again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from ...models import Offer, Referral
from ...procedure import By, Refused
from ...procedure.decisions import signatory
from ...procedure.moving import CHANGED, Seen, written_since
from ...rules.states import DECIDED_BY_LETTER, Action
from ...typed import forget_typed, typed_before
from ...wording import ACTIONS
from ..file.document_pages import shown_of
from ..file.history import told
from ..request import OfficeRequest
from ..words import TO_DO
from .base import DeedForm
from .buttons import acting, actions_on, actions_on_offer
from .table import BESIDE_DOCUMENTS, DEEDS, OFFER_DEEDS

RELATED = ("campaign", "rules__campaign", "region", "student", "prepared_by", "licence_academy__region", "licence_institution")
PROGRAMME = ("vacancy__programme__mention", "vacancy__programme__institution", "vacancy__programme__academy")
NOT_NOW = "« {} » n’est pas possible dans l’état actuel du dossier."
NOT_YOU = "Vous pouvez lire ce dossier, mais pas agir sur lui."


def act(request: OfficeRequest, referral_id: int, action: Action, offer_id: int | None = None) -> HttpResponse:
    """Show the form of ``action``, or do it and go back to the file."""
    referral = get_object_or_404(Referral.objects.of_office(request.user).select_related(*RELATED), pk=referral_id)
    offer = get_object_or_404(referral.offers.select_related("vacancy__programme"), pk=offer_id) if action in OFFER_DEEDS else None
    by = acting(request.user)
    form_of = DEEDS[action].form
    typed = typed_before(request) if request.method == "GET" else None
    seen = seen_by(referral, request.POST or typed or {})
    about: dict[str, Any] = {"referral": referral, "offer": offer, "user": request.user, "by": by and replace(by, seen=seen)}
    if request.method == "POST":
        form = form_of(request.POST, request.FILES, **about, at=request.at)
        if written_since(seen, other_than=request.user.pk).exists():
            form.follow_the_file()
        if form.is_valid() and form.is_read_over() and done(form, action, request):
            forget_typed(request)
            messages.success(request, f"{ACTIONS[action][1]}.")
            return back_from(referral, request)
    else:
        if refusal := why_not(action, referral, offer, by):
            messages.warning(request, refusal)
            return back_from(referral, request)
        if typed is not None:
            messages.info(request, "Votre session avait pris fin : voici ce que vous aviez saisi. Rien n’avait encore été fait.")
        named = {name: request.GET[name] for name in form_of.from_address if name in request.GET}
        form = form_of(initial=typed.dict() if typed else named, **about, at=request.at)
        form.start_from_text(request.GET.get("texte", ""))
    return render(request, "admin/referrals/referral/act.html", page_of(form, action, request, seen=seen))


def seen_by(referral: Referral, given: Mapping[str, Any]) -> Seen:
    """Return how far the page that sent ``given`` had shown the history; all of it, where none says so."""
    said = str(given.get("seen", ""))
    return Seen(referral.pk, int(said) if said.isdecimal() and len(said) < MANY_DIGITS else last_seq(referral))


MANY_DIGITS = 10


def last_seq(referral: Referral) -> int:
    return referral.events.of_case().order_by("-seq").values_list("seq", flat=True).first() or 0


def why_not(action: Action, referral: Referral, offer: Offer | None, by: By | None) -> str:
    """Return why ``action`` is not to be offered now; empty when it may be."""
    if by is None or not by.may_touch(referral):
        return NOT_YOU
    allowed = actions_on_offer(offer, referral, by) if offer else actions_on(referral, by)
    if action in allowed:
        return ""
    return (action in DECIDED_BY_LETTER and why_not_sign(by, referral)) or NOT_NOW.format(TO_DO[action])


def why_not_sign(by: By, referral: Referral) -> str:
    """Return why ``by`` may not sign a letter of ``referral``; empty for who may."""
    try:
        signatory(by, referral)
    except Refused as refusal:
        return refusal.sentence
    return ""


def done(form: DeedForm, action: Action, request: OfficeRequest) -> bool:
    """Call the verb. Where it refuses, its sentence becomes the form's own error, and what was typed stays."""
    subject = {"offer_id": form.offer.pk} if form.offer else {}
    if form.by is None:
        form.add_error(NON_FIELD_ERRORS, NOT_YOU)
        return False
    try:
        DEEDS[action].verb(form.referral.pk, **subject, **form.arguments(), by=form.by, at=request.at)
    except Refused as refusal:
        if refusal.code != CHANGED:  # the page tells what has changed
            form.add_error(NON_FIELD_ERRORS, sentence_of(refusal))
        return False
    return True


def sentence_of(refusal: Refused) -> str:
    """Return what the refusal says, with its legal source."""
    return f"{refusal.sentence} ({refusal.source})" if refusal.source else refusal.sentence


def back_from(referral: Referral, request: OfficeRequest) -> HttpResponse:
    """Go back to the file, or to the queue where it has gone to another office."""
    if Referral.objects.of_office(request.user).filter(pk=referral.pk).exists():
        return redirect("admin:referrals_referral_change", referral.pk)
    return redirect("admin:referrals_referral_changelist")


def page_of(form: DeedForm, action: Action, request: OfficeRequest, *, seen: Seen) -> dict[str, Any]:
    referral = form.referral
    return admin.site.each_context(request) | {
        "title": TO_DO[action],
        "subtitle": None,
        "form": form,
        "known": form.known(),
        "label": form.label_of_button or TO_DO[action],
        "sentence": DEEDS[action].sentence,
        "unreachable": not referral.student.has_address,
        "referral": referral,
        "offer": form.offer,
        "meanwhile": meanwhile(referral, seen, request),
        "seen": last_seq(referral),
        "texts": form.texts(),
        "viewer": shown_of(referral, first=request.GET.get("document", "")) if action in BESIDE_DOCUMENTS else [],
        "file_address": reverse("admin:referrals_referral_change", args=[referral.pk]),
        "media": form.media,
    }


def meanwhile(referral: Referral, seen: Seen, request: OfficeRequest) -> list[dict[str, Any]]:
    """Return what others have written in the file since its reader saw it, the first first, in words."""
    events = list(written_since(seen, other_than=request.user.pk).order_by("seq"))
    if not events:
        return []
    offers = {offer.pk: str(offer) for offer in referral.offers.select_related(*PROGRAMME)}
    return told(events, referral, offers=offers, limits=referral.limits.in_bulk(), referrals={})
