"""Public addresses of the vacancies."""

from django.urls import path

from . import views

app_name = "vacancies"
urlpatterns = [
    path("", views.vacancy_list, name="list"),
]
