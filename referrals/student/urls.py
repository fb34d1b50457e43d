"""The student's addresses. A referral's pages all hold its key."""

from django.urls import include, path

from . import case, case_export, draft, following, health, licences, messages, offers, rules, speaking

of_a_referral = [
    path("", case.ReferralView.as_view(), name="referral"),
    path("identite/", draft.IdentityView.as_view(), name="identity"),
    path("licence/", licences.LicenceView.as_view(), name="licence"),
    path("licence/autre/", licences.AddLicenceView.as_view(), name="add_licence"),
    path("licence/<int:pk>/fonder/", licences.FoundOn.as_view(), name="found_on"),
    path("licence/<int:pk>/retirer/", licences.RemoveLicence.as_view(), name="remove_licence"),
    path("candidatures/", draft.ApplicationsView.as_view(), name="applications"),
    path("candidatures/ajouter/", draft.ApplicationView.as_view(), name="add_application"),
    path("candidatures/<int:pk>/", draft.ApplicationView.as_view(), name="application"),
    path("candidatures/<int:pk>/retirer/", draft.RemoveApplication.as_view(), name="remove_application"),
    path("projet/", draft.ProjectView.as_view(), name="project"),
    path("documents/", draft.DocumentsView.as_view(), name="documents"),
    path("documents/<uuid:document>/retirer/", draft.RemoveDocument.as_view(), name="remove_document"),
    path("verifier/", draft.CheckView.as_view(), name="check"),
    path("ajouter-un-document/", case.AddDocumentView.as_view(), name="add_document"),
    path("documents-envoyes/", case.SupplyView.as_view(), name="supply"),
    path("licence-obtenue/", case.ProveLicenceView.as_view(), name="prove_licence"),
    path("autre-jury/", case.PostponeLicenceView.as_view(), name="postpone_licence"),
    path("licence-non-obtenue/", case.ReportFailureView.as_view(), name="report_failure"),
    path("messages/", messages.MessagesView.as_view(), name="messages"),
    path("mandat/", speaking.MandateView.as_view(), name="mandate"),
    path("mandat/fin/", speaking.EndMandateView.as_view(), name="end_mandate"),
    path("suivi-scuio/", following.FollowingView.as_view(), name="consent"),
    path("brouillon-partage/", following.ShareDraftView.as_view(), name="share_draft"),
    path("confidentiel/", health.HealthView.as_view(), name="health"),
    path("confidentiel/retirer/", health.EndHealthView.as_view(), name="end_health"),
    path("regles/", rules.RulesView.as_view(), name="rules"),
    path("dossier/", case_export.CaseExportView.as_view(), name="case_export"),
    path("dossier.<slug:form>", case_export.CaseFileView.as_view(), name="case_file"),
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
