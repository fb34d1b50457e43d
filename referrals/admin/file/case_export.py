"""Taking a whole case out of the office: its editions, each as PDF and as ZIP. Nothing confidential is in any of them."""

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from ...documents.case_archive import WRITERS
from ...documents.case_file import case_file
from ...documents.editions import EDITIONS, Edition
from ...downloads import download
from ...models import Referral
from ...readings import record_readings
from ..request import OfficeRequest

FOR_THE_OFFICE: dict[str, Edition] = {code: replace(edition, health=False) for code, edition in EDITIONS.items()}
"""The student's own edition as she may be handed it here: its confidential part she takes from her own pages alone."""


def export_page(request: OfficeRequest, referral_id: int) -> HttpResponse:
    """Say what each edition holds, and lead to its files. Raises Http404 outside the office's perimeter."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    referral = get_object_or_404(Referral.objects.of_office(request.user), pk=referral_id)
    page: dict[str, Any] = admin.site.each_context(request) | {
        "title": "Exporter le dossier",
        "subtitle": None,
        "referral": referral,
        "file_address": reverse("admin:referrals_referral_change", args=[referral.pk]),
        "editions": [
            (edition, [(form.upper(), _address(referral, edition, form)) for form in WRITERS])
            for edition in FOR_THE_OFFICE.values()
        ],
    }
    return render(request, "admin/referrals/referral/export.html", page)


def case_export(request: OfficeRequest, referral_id: int, edition: str, form: str) -> HttpResponse:
    """Give one edition as one file. Raises Http404 outside the office's perimeter, or for what is not made."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    referral = get_object_or_404(Referral.objects.of_office(request.user), pk=referral_id)
    if edition not in FOR_THE_OFFICE or form not in WRITERS:
        raise Http404
    if form == "zip":  # the documents themselves are in it
        record_readings(list(referral.documents.with_the_file()), user=request.user, at=request.at)
    return download(case_file(referral.pk, edition=FOR_THE_OFFICE[edition], at=request.at), form=form)


def _address(referral: Referral, edition: Edition, form: str) -> str:
    return reverse("admin:referrals_referral_export_file", args=[referral.pk, edition.code, form])
