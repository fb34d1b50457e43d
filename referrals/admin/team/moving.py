"""Work moved from one person to others: all or some of her files, looked at beforehand, given one by one, told row by row."""

from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate

from ... import procedure
from ...models import Referral, User
from ...procedure import Refused
from ...procedure.assigning import Sharing
from ...rules.states import FOLLOWED, Action, State
from ..bulk.pages import REPORT
from ..deeds.acting import sentence_of
from ..deeds.buttons import acting
from ..deeds.forms import line
from ..queue.filters import ORDER, colleagues_in
from ..request import OfficeRequest
from ..words import LABELS
from .page import headed_by

AT_ONCE = 300
"""Files in one go: some seconds' work."""
BY_RULE = "regle"


class MoveForm(forms.Form):
    """Which files, and to whom."""

    error_css_class = "errors"
    required_css_class = "required"

    to = forms.ChoiceField(label="À qui")
    states = forms.MultipleChoiceField(
        label="Seulement dans ces états (facultatif)", required=False, widget=forms.CheckboxSelectMultiple
    )
    count = forms.IntegerField(
        label="Seulement les premiers (facultatif)",
        required=False,
        min_value=1,
        max_value=AT_ONCE,
        help_text=f"Combien de dossiers, les plus urgents d’abord. Vide : tous, {AT_ONCE} à la fois au plus.",
    )
    note = line("Note (facultatif)", required=False, max_length=250, help_text="Elle reste dans l’historique de chaque dossier.")

    def __init__(self, *args: Any, people: list[User], states: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to, which = self.fields["to"], self.fields["states"]
        assert isinstance(to, forms.ChoiceField)
        assert isinstance(which, forms.MultipleChoiceField)
        to.choices = [
            ("", "Choisir"),
            (BY_RULE, "partagés selon les règles d’attribution et la charge"),
            *((str(user.pk), str(user)) for user in people),
        ]
        which.choices = [(state.value, LABELS[state]) for state in State if state in states]


class Foreseen(NamedTuple):
    """to: who would get the file; None where nobody can."""

    referral: Referral
    to: User | None


def move_work(request: OfficeRequest, user_id: int) -> HttpResponse:
    """Show what would be moved from whom to whom; once confirmed, move it. Raises Http404 for who heads none of her regions."""
    headed = headed_by(request.user)
    files = Referral.objects.of_office(request.user).filter(region__in=headed, state__in=FOLLOWED, assigned_to=user_id)
    here = colleagues_in(headed, at=request.at)
    of_whom = User.objects.filter(pk__in=here.values("pk")) | User.objects.filter(pk__in=files.values("assigned_to"))
    owner = get_object_or_404(of_whom, pk=user_id)
    if request.method == "POST" and "confirmed" in request.POST:
        return moved(request, files)
    asked = "to" in request.GET
    people = list(here.exclude(pk=owner.pk))
    states = list(files.order_by().values_list("state", flat=True).distinct())
    form = MoveForm(request.GET if asked else None, people=people, states=states)
    rows: list[Foreseen] = []
    if asked and form.is_valid():
        rows = foreseen(files, form.cleaned_data, people, owner, at=request.at)
    page = {
        "title": f"Confier les dossiers de {owner}",
        "subtitle": None,
        "owner": owner,
        "files": files.count(),
        "form": form,
        "rows": rows,
        "possible": sum(row.to is not None for row in rows),
        "asked": asked and form.is_valid(),
    }
    return render(request, "admin/team/move_work.html", admin.site.each_context(request) | page)


def foreseen(files: QuerySet[Referral], wanted: dict[str, Any], people: list[User], owner: User, *, at: datetime) -> list[Foreseen]:
    """Return the files that would be moved, the most urgent first, and to whom each."""
    if wanted["states"]:
        files = files.filter(state__in=wanted["states"])
    chosen = list(files.select_related("licence_academy").order_by(*ORDER)[: wanted["count"] or AT_ONCE])
    if wanted["to"] != BY_RULE:
        to = next(user for user in people if str(user.pk) == wanted["to"])
        return [Foreseen(referral, to) for referral in chosen]
    sharing = {region: Sharing(region, on=localdate(at)) for region in {referral.region_id or "" for referral in chosen}}
    return [Foreseen(one, sharing[one.region_id or ""].give(one, instead_of=owner.pk)) for one in chosen]


def moved(request: OfficeRequest, files: QuerySet[Referral]) -> HttpResponse:
    """Give each file to whom it was shown with, in a transaction of its own; what has left her hands meanwhile is left alone."""
    by = acting(request.user)
    named = [text for text in request.POST.getlist("file") if text.isdecimal() and len(text) < 19][:AT_ONCE]
    still_hers = files.in_bulk([int(text) for text in named])
    people = colleagues_in(headed_by(request.user), at=request.at).in_bulk()
    rows: list[tuple[int, bool, str]] = []
    for pk in still_hers:
        to = people.get(_whole(request.POST.get(f"to-{pk}", "")))
        try:
            if to is None or by is None:
                raise Refused("nobody_else", "Cette personne ne travaille plus dans votre région.")
            procedure.assign(pk, to=to, by=by, at=request.at, note=request.POST.get("note", "")[:250])
            rows.append((pk, True, f"Suivi par {to}."))
        except Refused as refusal:
            rows.append((pk, False, sentence_of(refusal)))
    if len(still_hers) < len(set(named)):
        messages.warning(request, "Certains dossiers avaient changé de mains entre-temps : ils restent où ils sont.")
    request.session[REPORT] = {"key": Action.ASSIGN, "rows": rows}
    return redirect("admin:referrals_referral_bulk_report")


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
