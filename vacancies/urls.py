"""Public addresses of the vacancies."""

from django.urls import path

from . import views

app_name = "vacancies"
urlpatterns = [
    path("", views.vacancy_list, name="list"),
    path("donnees.csv", views.as_csv, name="csv"),
    path("donnees.json", views.as_json, name="json"),
]
