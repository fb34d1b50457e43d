"""The site, and a bare Django view with one query."""

from django.http import JsonResponse
from django.urls import path

from config.urls import urlpatterns as site
from vacancies.models import Institution


def bare(request) -> JsonResponse:
    return JsonResponse({"name": Institution.objects.values_list("name", flat=True).first()})


urlpatterns = [*site, path("nue/", bare)]
