"""Declaring by file: the template, what is handed in, its differences, and what became of it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from vacancies.imports import acts
from vacancies.imports.declaration import Declaration
from vacancies.imports.report import FileRefused
from vacancies.imports.template import SHAPES, template
from vacancies.imports.wording import Wording
from vacancies.models import Campaign, Import, ImportKind, ImportState, Outcome

from ..downloads import NOT_A_PAGE
from ..models import Offer
from ..rules.states import HOLDING, TAKEN
from . import differences
from .forms import UploadForm
from .own import Own, closed, present_campaign

PAGE_SIZE = 20
COMMITTED = "réservée"
"""What a reason says where seats that are held or taken are in the way, and no other reason says."""
EVERY = 2
"""Seconds after which the page of an import at work comes anew."""
PHASES = {
    "": "En attente",
    acts.SCANNER_AWAITED: "L’antivirus ne répond pas encore",
    "lecture": "Lecture du fichier",
    "comparaison": "Comparaison",
    "écriture": "Écriture",
}


class Files(Own):
    """The pages of her institutions' files."""

    @property
    def imports(self) -> QuerySet[Import]:
        hers = Import.objects.filter(kind=ImportKind.DECLARATION, institution__in=self.scope)
        return hers.select_related("campaign", "institution__academy")

    @cached_property
    def campaigns(self) -> list[Campaign]:
        """Those in which seats can still be declared, the present one first."""
        open_ones = list(Campaign.objects.filter(search_until__gte=self.today).order_by("-opens_on"))
        present = present_campaign(on=self.today)
        return sorted(open_ones, key=lambda campaign: campaign != present)


class UploadView(Files, FormView):
    """A file to hand in, the template to begin with, and what was handed in before."""

    template_name = "institution/upload.html"
    form_class = UploadForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"institutions": self.institutions, "campaigns": self.campaigns}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        page = Paginator(self.imports, PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**context) | {
            "page": page,
            "campaigns": self.campaigns,
            "institutions": self.institutions,
            "shapes": list(SHAPES),
            "several": len(self.institutions) > 1,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.campaigns:
            messages.error(request, "Aucune campagne n’est en cours : aucun fichier ne peut être déposé.")
            return redirect(request.path)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: UploadForm) -> HttpResponse:
        typed = form.cleaned_data
        try:
            of = acts.submit(
                kind=ImportKind.DECLARATION,
                file=typed["file"],
                institution=typed["institution"],
                campaign=typed["campaign"],
                complete=typed["complete"],
                by=self.by,
                at=self.at,
            )
        except FileRefused as refusal:
            form.add_error("file", f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.")
            return self.form_invalid(form)
        return redirect("institution:import", key=of.key)


class TemplateView(Files):
    """The template, with her programmes and what they have declared."""

    def get(self, request: HttpRequest, shape: str) -> HttpResponse:
        if shape not in SHAPES:
            raise Http404
        campaign = self._one(self.campaigns, "campaign")
        institution = self._one(self.institutions, "institution")
        content = template(shape, institution=institution, campaign=campaign, on=self.today)
        name = f"places-{campaign.pk}-{institution.pk}.{shape}"
        return HttpResponse(
            content,
            content_type=SHAPES[shape][1],
            headers=NOT_A_PAGE | {"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _one(self, rows: list[Any], name: str) -> Any:
        """Return that of ``rows`` which the address names, the first where it names none."""
        wanted = self.request.GET.get(name, "")
        found = next((row for row in rows if wanted in ("", row.pk)), None)
        if found is None:
            raise Http404
        return found


class ImportView(Files):
    """One file: what it would change, to be applied or let go; then what it changed, perhaps to be undone."""

    @cached_property
    def of(self) -> Import:
        return get_object_or_404(self.imports, key=self.kwargs["key"])

    @property
    def campaign(self) -> Campaign:
        assert self.of.campaign is not None, "a constraint says so"
        return self.of.campaign

    @property
    def zone(self) -> str:
        assert self.of.institution is not None, "a constraint says so"
        return self.of.institution.academy.zone

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        of = self.of
        context: dict[str, Any] = {
            "of": of,
            "institution": of.institution,
            "campaign": self.campaign,
            "over": self.is_over(self.campaign) and closed(self.campaign),
            "zone": self.zone,
            "phase": PHASES.get(of.phase, PHASES[""]),
        }
        if not of.at_work and of.state != ImportState.REFUSED:
            context |= self.report()
        response = render(request, "institution/import.html", context)
        if of.at_work:
            response.headers["Refresh"] = str(EVERY)
        return response

    def report(self) -> dict[str, Any]:
        """Return the differences, group by group: the first of each, or one group page by page."""
        counts, wanted = differences.counts(self.of), self.request.GET.get("group", "")
        if wanted and wanted not in counts:
            raise Http404
        done = self.of.state in (ImportState.APPLIED, ImportState.REVERSED)
        groups, wording, named = [], Wording(self.of.kind), self._in_the_way()
        for group in differences.GROUPS:
            if not counts[group.slug] or wanted not in ("", group.slug):
                continue
            found = differences.of_group(self.of, group.slug)
            size = differences.PAGE_SIZE if wanted else differences.ON_FIRST_PAGE
            page = Paginator(found, size).get_page(self.request.GET.get("page") if wanted else 1)
            rows = [(one, wording.fields(one), named.get(tuple(one.key), [])) for one in page]
            title = group.after if done else group.before
            groups.append({"group": group, "title": title, "page": page, "rows": rows, "count": counts[group.slug]})
        tiles = [(group, counts[group.slug]) for group in differences.GROUPS if counts[group.slug]]
        return {"groups": groups, "tiles": tiles, "wanted": wanted, "done": done}

    def _in_the_way(self) -> dict[tuple[str, ...], list[Offer]]:
        """Return, by the key of a number refused because seats are held or taken, the offers that have them."""
        numbers = self.of.differences.filter(outcome=Outcome.REFUSED, column=Declaration.columns["seats"]).exclude(key=[])
        refused = numbers.filter(reason__contains=COMMITTED)
        keys = {tuple(key) for key in refused.values_list("key", flat=True)}
        if not keys:
            return {}
        taking = Offer.objects.filter(
            state__in=HOLDING | TAKEN, vacancy__campaign=self.campaign, vacancy__programme__institution__in=self.scope
        )
        found: dict[tuple[str, ...], list[Offer]] = {}
        for offer in taking.select_related("referral", "vacancy__programme").order_by("consulted_at", "pk"):
            key = (offer.vacancy.programme.reference, str(offer.vacancy.modality))
            if key in keys:
                found.setdefault(key, []).append(offer)
        return found

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Apply it, let it go, or undo it, as the button says."""
        act = {"confirm": acts.confirm, "abandon": acts.abandon, "reverse": acts.reverse}.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        page = reverse("institution:import", kwargs={"key": self.of.key})
        if self.is_over(self.campaign):
            messages.error(request, closed(self.campaign))
            return redirect(page)
        try:
            # What she applies is what her page showed.
            shown = {"plan": request.POST.get("plan", "")} if act is acts.confirm else {}
            of = act(self.of.key, **shown, by=self.by, at=self.at)
        except acts.NotPossible as refusal:
            messages.error(request, str(refusal))
            return redirect(page)
        if of.state == ImportState.ABANDONED:
            messages.success(request, f"Le fichier « {of.name} » est abandonné : rien n’a été appliqué.")
            return redirect("institution:upload")
        return redirect(page)
