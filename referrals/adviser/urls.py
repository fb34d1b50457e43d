"""The advisers' addresses."""

from django.urls import path

from . import views

app_name = "adviser"
urlpatterns = [
    path("", views.referral_list, name="list"),
    path("<uuid:key>/", views.referral_page, name="referral"),
]
