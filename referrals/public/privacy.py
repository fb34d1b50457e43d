"""« Données personnelles »: why and how long data are kept, who reads them, and the rights of people; out of the tables of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vacancies.models import AcademicRegion

from ..privacy.purposes import PURPOSES, RIGHTS


@require_safe
def personal_data(request: HttpRequest) -> HttpResponse:
    regions = AcademicRegion.objects.order_by("name")
    return render(request, "public/personal_data.html", {"purposes": PURPOSES, "rights": RIGHTS, "regions": regions})
