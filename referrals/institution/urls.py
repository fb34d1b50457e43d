"""The institutions' addresses."""

from django.urls import path

from . import files, requests, standing, views

app_name = "institution"
urlpatterns = [
    path("", views.ListView.as_view(), name="list"),
    path("fichier/", files.UploadView.as_view(), name="upload"),
    path("fichier/modele.<slug:shape>", files.TemplateView.as_view(), name="template"),
    path("fichier/<uuid:key>/", files.ImportView.as_view(), name="import"),
    path("demandes/", requests.RequestsView.as_view(), name="requests"),
    path("demandes/<uuid:key>/", requests.RequestView.as_view(), name="request"),
    path("accords/", standing.AgreementsView.as_view(), name="agreements"),
    path("accords/nouveau/", standing.AgreeView.as_view(), name="agree"),
    path("accords/<int:pk>/retirer/", standing.EndView.as_view(), name="end_agreement"),
    path("<slug:campaign>/confirmer/", views.ConfirmView.as_view(), name="confirm"),
    path("<slug:campaign>/parcours/<int:pk>/<slug:modality>/", views.DeclarationView.as_view(), name="declaration"),
]
