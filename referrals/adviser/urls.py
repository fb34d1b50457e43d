"""The advisers' addresses. Those of a referral all hold its key."""

from django.urls import include, path

from . import case, drafts, interview, views

of_a_referral = [
    path("", case.ReferralPage.as_view(), name="referral"),
    path("ecrire/", case.AdviseStudent.as_view(), name="advise_student"),
    path("avis/", case.AdviseOffice.as_view(), name="advise_office"),
    path("entretien.pdf", interview.InterviewView.as_view(), name="interview"),
    path("identite/", drafts.IdentityView.as_view(), name="identity"),
    path("licence/", drafts.LicenceView.as_view(), name="licence"),
    path("candidatures/", drafts.ApplicationsView.as_view(), name="applications"),
    path("candidatures/ajouter/", drafts.ApplicationView.as_view(), name="add_application"),
    path("candidatures/<int:pk>/", drafts.ApplicationView.as_view(), name="application"),
    path("candidatures/<int:pk>/retirer/", drafts.RemoveApplication.as_view(), name="remove_application"),
    path("projet/", drafts.ProjectView.as_view(), name="project"),
]

app_name = "adviser"
urlpatterns = [
    path("", views.referral_list, name="list"),
    path("brouillons/", views.draft_list, name="drafts"),
    path("<uuid:key>/", include(of_a_referral)),
]
