"""The institutions' addresses."""

from django.urls import path

from . import files, views

app_name = "institution"
urlpatterns = [
    path("", views.ListView.as_view(), name="list"),
    path("fichier/", files.UploadView.as_view(), name="upload"),
    path("fichier/modele.<slug:shape>", files.TemplateView.as_view(), name="template"),
    path("fichier/<uuid:key>/", files.ImportView.as_view(), name="import"),
    path("<slug:campaign>/confirmer/", views.ConfirmView.as_view(), name="confirm"),
    path("<slug:campaign>/parcours/<int:pk>/<slug:modality>/", views.DeclarationView.as_view(), name="declaration"),
]
