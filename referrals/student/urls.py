"""The student's addresses. A referral's pages all hold its key."""

from django.urls import include, path

from . import case, draft, offers

of_a_referral = [
    path("", case.ReferralView.as_view(), name="referral"),
    path("identite/", draft.IdentityView.as_view(), name="identity"),
    path("licence/", draft.LicenceView.as_view(), name="licence"),
    path("refus/", draft.RefusalsView.as_view(), name="refusals"),
    path("refus/ajouter/", draft.RefusalView.as_view(), name="add_refusal"),
    path("refus/<int:pk>/", draft.RefusalView.as_view(), name="refusal"),
    path("refus/<int:pk>/retirer/", draft.RemoveRefusal.as_view(), name="remove_refusal"),
    path("projet/", draft.ProjectView.as_view(), name="project"),
    path("documents/", draft.DocumentsView.as_view(), name="documents"),
    path("documents/<uuid:document>/retirer/", draft.RemoveDocument.as_view(), name="remove_document"),
    path("verifier/", draft.CheckView.as_view(), name="check"),
    path("ajouter-un-document/", case.AddDocumentView.as_view(), name="add_document"),
    path("documents-envoyes/", case.SupplyView.as_view(), name="supply"),
    path("licence-obtenue/", case.ProveLicenceView.as_view(), name="prove_licence"),
    path("suivi-scuio/", case.ConsentView.as_view(), name="consent"),
    path("retirer/", case.WithdrawView.as_view(), name="withdraw"),
    path("propositions/", offers.OffersView.as_view(), name="offers"),
    path("propositions/<uuid:offer>/accepter/", offers.AcceptView.as_view(), name="accept"),
    path("propositions/<uuid:offer>/refuser/", offers.DeclineView.as_view(), name="decline"),
]

app_name = "student"
urlpatterns = [
    path("", draft.home, name="home"),
    path("commencer/", draft.start, name="start"),
    path("<uuid:key>/", include(of_a_referral)),
]
