"""Files that come in: handed in here, read by a worker, looked at, then applied, let go or undone. Nothing is typed over."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from ..antivirus import ScannerDown
from ..imports import acts
from ..imports.compatibility import recommended_in_the_catalogue
from ..imports.report import FileRefused
from ..imports.wording import LABELS, Wording, lines
from ..models import Import, ImportKind, ImportState, Institution, Outcome
from .exports import NOT_A_PAGE, csv_file
from .scoped import ScopedAdmin
from .uploads import FromCatalogueForm, UploadForm

ON_A_PAGE = 50
LOOK_AGAIN_IN = 2
"""Seconds after which the page of an import at work comes back by itself."""
BADGES = {
    ImportState.READING: "info",
    ImportState.REFUSED: "error",
    ImportState.READY: "new",
    ImportState.NOTHING: "none",
    ImportState.ABANDONED: "none",
    ImportState.APPLYING: "info",
    ImportState.APPLIED: "success",
    ImportState.REVERSING: "info",
    ImportState.REVERSED: "warning",
}
TABS = {
    Outcome.REFUSED: ("ligne refusée", "lignes refusées"),
    Outcome.SET_ASIDE: ("valeur à vérifier", "valeurs à vérifier"),
    Outcome.ADDED: ("ajout", "ajouts"),
    Outcome.CHANGED: ("modification", "modifications"),
    Outcome.WITHDRAWN: ("retrait", "retraits"),
}
"""What a person has to see to comes first."""
NOT_SCANNED = "L’antivirus ne répond pas : ce fichier ne s’ouvre pas avant qu’il l’ait contrôlé. Revenez dans quelques minutes."


class Act(NamedTuple):
    """One thing that may be done to an import. label: its button. done: what is said once it was asked for."""

    verb: Callable[..., Import]
    label: str
    sources: frozenset[ImportState]
    done: str


ACTS: dict[str, Act] = {
    "apply": Act(acts.confirm, "Appliquer", frozenset({ImportState.READY}), "L’application est demandée."),
    "look-again": Act(
        acts.look_again,
        "Relire le fichier",
        frozenset({ImportState.READY, ImportState.REFUSED, ImportState.NOTHING}),
        "La lecture est demandée.",
    ),
    "abandon": Act(
        acts.abandon,
        "Abandonner",
        frozenset({ImportState.READY, ImportState.REFUSED, ImportState.NOTHING}),
        "Import abandonné : rien n’a été appliqué.",
    ),
    "reverse": Act(acts.reverse, "Annuler l’import", frozenset({ImportState.APPLIED}), "L’annulation est demandée."),
}


def sentence_of(refusal: FileRefused) -> str:
    text = str(refusal)
    return f"{text[:1].upper()}{text[1:]}."


@admin.register(Import)
class ImportAdmin(ScopedAdmin):
    """Read by every office; seen to by those whose scope its institution lies in, or the nation's where it has none."""

    region, institution = "institution__academy__region", "institution"
    nationwide = True
    autocomplete_fields = ("institution",)
    list_display = ("name", "kind", "about", "standing", "counts", "by", "at")
    list_filter = ("kind", "state", "campaign")
    list_select_related = ("campaign", "institution")
    search_fields = words = ("name", "by", "institution__name")
    named = "institution"
    change_list_template = "admin/vacancies/import/change_list.html"

    @admin.display(description="de")
    def about(self, of: Import) -> str:
        return ", ".join(str(part) for part in (of.institution, of.campaign) if part) or "la France entière"

    @admin.display(description="état", ordering="state")
    def standing(self, of: Import) -> str:
        return format_html('<span class="badge badge-{}">{}</span>', BADGES[ImportState(of.state)], of.get_state_display())

    @admin.display(description="ce qu’il fait")
    def counts(self, of: Import) -> str:
        return ", ".join(f"{count} {words}" for _, count, words in counted(of) if count) or "—"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("from-catalogue/", wrap(self.from_catalogue), name="vacancies_import_from_catalogue"),
            path("<int:pk>/file/", wrap(self.file), name="vacancies_import_file"),
            path("<int:pk>/report.csv", wrap(self.report), name="vacancies_import_report"),
        ]
        for act in ACTS:
            own.append(path(f"<int:pk>/{act}/", wrap(self.act), {"act": act}, name=f"vacancies_import_{act}"))
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Hand a file in; the next page says what it would change."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        nation = request.user.scope.nation
        institutions = self.admin_site.get_model_admin(Institution)
        form = UploadForm(
            *((request.POST, request.FILES) if request.method == "POST" else ()),
            site=self.admin_site,
            nation=nation,
            institutions=institutions.hers(Institution.objects.all(), request),
        )
        if request.method == "POST" and form.is_valid():
            try:
                of = acts.submit(**form.cleaned_data, by=str(request.user), at=request.at)
            except FileRefused as refusal:
                form.add_error("file", sentence_of(refusal))
            else:
                self.log_addition(request, of, "Fichier déposé.")
                return redirect("admin:vacancies_import_change", of.pk)
        start = FromCatalogueForm() if nation else None
        title = "Déposer un fichier" if nation else "Déclarer des places pour un établissement, par fichier"
        return self.page(request, "import/upload", title=title, form=form, start=start, media=self.media + form.media)

    def from_catalogue(self, request: HttpRequest) -> HttpResponse:
        """Begin a campaign's table of compatibility with the licences that the catalogue recommends."""
        if not self.has_add_permission(request) or not request.user.scope.nation:
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = FromCatalogueForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Dites de quelle campagne il s’agit.")
            return redirect("admin:vacancies_import_add")
        file = ContentFile(recommended_in_the_catalogue(), name="licences-conseillees.csv")
        campaign = form.cleaned_data["campaign"]
        try:
            of = acts.submit(kind=ImportKind.COMPATIBILITY, file=file, campaign=campaign, by=str(request.user), at=request.at)
        except FileRefused as refusal:
            messages.error(request, sentence_of(refusal))
            return redirect("admin:vacancies_import_add")
        self.log_addition(request, of, "Table commencée à partir du catalogue.")
        return redirect("admin:vacancies_import_change", of.pk)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show where it is, and what it changes. While a worker has it, the page comes back by itself."""
        of = self.one(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = self.page(request, "import/import", **self._shown(of, request))
        if of.at_work:
            response["Refresh"] = str(LOOK_AGAIN_IN)
        return response

    def _shown(self, of: Import, request: HttpRequest) -> dict[str, Any]:
        tabs = [(outcome, count, words) for outcome, count, words in counted(of) if count]
        asked = request.GET.get("sort", "")
        outcome = asked if asked in Outcome.values else next((str(first) for first, _, _ in tabs), "")
        rows = Paginator(of.differences.filter(outcome=outcome).select_related("question"), ON_A_PAGE).get_page(
            request.GET.get("page")
        )
        wording = Wording(of.kind)
        may = self.has_change_permission(request, of)
        buttons = [
            (reverse(f"admin:vacancies_import_{name}", args=[of.pk]), act.label, name == "apply")
            for name, act in ACTS.items()
            if may and of.state in act.sources and name != "reverse" and (name != "apply" or of.changes_something)
        ]
        return {
            "title": str(of),
            "of": of,
            "badge": BADGES[ImportState(of.state)],
            "tabs": tabs,
            "outcome": outcome,
            "rows": rows,
            "shown": [(row, wording.fields(row)) for row in rows],
            "buttons": buttons,
            "may_reverse": may and of.state in ACTS["reverse"].sources,
            "nothing": of.state == ImportState.NOTHING,
        }

    def act(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Do one of `ACTS`, and go back to the page. Twice is once."""
        of = self.one(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request, of):
            raise PermissionDenied
        try:
            # What she applies is what her page showed.
            shown = {"plan": request.POST.get("plan", "")} if act == "apply" else {}
            ACTS[act].verb(of.key, **shown, by=str(request.user), at=request.at)
            self.log_change(request, of, ACTS[act].done)
            messages.success(request, ACTS[act].done)
        except acts.NotPossible as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:vacancies_import_change", of.pk)

    def file(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Give the file back as it came, unless the virus scanner finds something in it, or does not answer."""
        of = self.one(request, pk)
        try:
            with acts.opened(of):
                stored = of.file.storage.open(of.file.name)  # anew: what was opened for the scanner is closed
        except FileNotFoundError:
            raise Http404 from None
        except (FileRefused, ScannerDown) as refusal:
            messages.error(request, NOT_SCANNED if isinstance(refusal, ScannerDown) else sentence_of(refusal))
            return redirect("admin:vacancies_import_change", of.pk)
        kind = "application/octet-stream"
        return FileResponse(stored, as_attachment=True, filename=of.name, content_type=kind, headers=NOT_A_PAGE)

    def report(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Give every difference as a table."""
        of = self.one(request, pk)
        rows: QuerySet = of.differences.order_by("pk")
        return csv_file(f"import-{of.pk}.csv", LABELS, lines(of.kind, rows.iterator()))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who did what to it is on its own page; the admin's log knows nothing of it."""
        return redirect("admin:vacancies_import_change", self.one(request, object_id).pk)


def counted(of: Import) -> list[tuple[Outcome, int, str]]:
    """Return how many differences there are of each sort, with the word for that many."""
    counts = [(outcome, getattr(of, str(outcome)), words) for outcome, words in TABS.items()]
    return [(outcome, count, many if count > 1 else one) for outcome, count, (one, many) in counts]
