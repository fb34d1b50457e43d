"""Who has looked at her documents: the service and the role, day by day. Nobody's name is kept for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from ..models import Document, Role
from ..readings import Told, readings_of
from .own import OwnReferral

ROLES = {
    Role.CASEWORKER: gettext_lazy("gestionnaire"),
    Role.HEAD: gettext_lazy("chef de service"),
    Role.ADMINISTRATOR: gettext_lazy("administration nationale"),
    Role.INSTITUTION: gettext_lazy("établissement consulté pour une place"),
    Role.ADVISER: gettext_lazy("service d’orientation"),
}
"""What she reads of the role; every one of `referrals.readings.READERS`."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """One document, and who looked at it on which day, the latest first; two colleagues on one day are told once."""

    document: Document
    by: list[tuple[date, str, str]]


class ReadingsView(OwnReferral):
    """Her documents, each with those who read it. What is confidential has its own page, and its own history there."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        context = {"referral": self.referral, "case": self.address("referral"), "read": read(readings_of(self.referral))}
        return render(request, "student/readings.html", context)


def read(readings: Iterable[Told]) -> list[Read]:
    """Group ``readings``, the latest day first, by their documents, the oldest document first."""
    by: dict[Document, dict[tuple[date, str, str], None]] = {}
    for one in readings:
        by.setdefault(one.document, {})[one.on, one.service, str(ROLES[one.role])] = None
    return [Read(document=document, by=list(by[document])) for document in sorted(by, key=lambda document: document.pk)]
