"""The columns of the queue: one table, from which each person chooses her own; what leaves for a spreadsheet reads it too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from ...models import Offer, Referral, User
from ...rules.follow_up import Due, Holder
from ...rules.states import State
from ...wording import DUES, HOLDERS, STATES
from ..request import OfficeRequest
from ..words import LABELS


class Column(NamedTuple):
    """says: of a file, in plain words. shows: the same as HTML, where the screen says more than a cell of a spreadsheet does.

    related: what has to be read with the file. order: what it is sorted by; none where that would read every file.
    """

    label: str
    says: Callable[[Any], str | int]
    shows: Callable[[Any], str] | None = None
    related: tuple[str, ...] = ()
    order: str | None = None


def _name(referral: Referral) -> str:
    born = f" (naissance : {referral.birth_name})" if _has_two_names(referral) else ""
    return f"{referral.usage_name or referral.birth_name} {referral.first_names}{born}"


def _name_in_two_lines(referral: Referral) -> str:
    if not _has_two_names(referral):
        return _name(referral)
    born = format_html('<br><span class="quiet small">naissance : {}</span>', referral.birth_name)
    return format_html("{} {}{}", referral.usage_name, referral.first_names, born)


def _has_two_names(referral: Referral) -> bool:
    return bool(referral.usage_name) and referral.usage_name != referral.birth_name


def _badge(referral: Referral) -> str:
    state = State(referral.state)
    return format_html('<span class="badge badge-{}">{}</span>', STATES[state].badge, LABELS[state])


def _due(referral: Referral) -> str:
    """The last day of the file's next date, in the académie's zone, and what for."""
    if referral.next_at is None:
        return "—"
    late = "dépassé, " if _is_late(referral) else ""
    return f"{late}{_last_day(referral)} : {DUES[Due(referral.next_due)]}"


def _due_in_two_lines(referral: Referral) -> str:
    if referral.next_at is None:
        return "—"
    late = format_html('<strong class="late">{}</strong> ', "dépassé") if _is_late(referral) else ""
    return format_html('{}{}<br><span class="quiet small">{}</span>', late, _last_day(referral), DUES[Due(referral.next_due)])


def _is_late(referral: Referral) -> bool:
    return referral.next_at is not None and referral.next_at <= timezone.now()


def _last_day(referral: Any) -> str:
    return f"{(referral.next_at - timedelta(seconds=1)).astimezone(referral.licence_academy.tz):%d/%m/%Y}"


def _filed_on(referral: Any) -> str:
    return f"{referral.filed_at.astimezone(referral.licence_academy.tz):%d/%m/%Y}"


def _age(referral: Any) -> int:
    """Days since it was filed, in the académie's calendar."""
    tz = referral.licence_academy.tz
    return (timezone.localdate(timezone=tz) - timezone.localdate(referral.filed_at, tz)).days


def _followed_by(referral: Referral) -> str:
    escalated = f" (signalé à {referral.escalated_to})" if referral.escalated_to else ""
    return f"{referral.assigned_to or 'personne'}{escalated}"


def _followed_by_in_two_lines(referral: Referral) -> str:
    """Who follows it, and the head to whom it was escalated."""
    follows = str(referral.assigned_to or "personne")
    if referral.escalated_to is None:
        return follows
    return format_html('{}<br><span class="quiet small">signalé à {}</span>', follows, referral.escalated_to)


def _entered(referral: Referral) -> str:
    """Who entered it in the student's place, and how it had come."""
    if referral.entered_by is None:
        return ""
    return f"{referral.entered_by}, reçue par {referral.get_arrived_through_display()}"


ZONE = ("licence_academy",)
COLUMNS: dict[str, Column] = {
    "number": Column("saisine", lambda referral: referral.number, order="number"),
    "name": Column("nom", _name, _name_in_two_lines, order="birth_name"),
    "state": Column("état", lambda referral: LABELS[State(referral.state)], _badge),
    "due": Column("échéance", _due, _due_in_two_lines, ZONE, "next_at"),
    "holder": Column("en attente de", lambda referral: HOLDERS[Holder(referral.holder)]),
    "licence": Column("licence", lambda referral: referral.licence_name, related=("licence_mention",)),
    "institution": Column(
        "établissement de la licence",
        lambda referral: str(referral.licence_institution),
        related=("licence_institution",),
    ),
    "filed_on": Column("déposée le", _filed_on, related=ZONE, order="filed_at"),
    "followed_by": Column("suivi par", _followed_by, _followed_by_in_two_lines, ("assigned_to", "escalated_to")),
    "academy": Column("académie", lambda referral: str(referral.licence_academy), related=ZONE),
    "region": Column("région académique", lambda referral: str(referral.region), related=("region",)),
    "campaign": Column("campagne", lambda referral: str(referral.campaign), related=("campaign",)),
    "age": Column("âge, en jours", _age, related=ZONE),
    "offers": Column("propositions envoyées", lambda referral: referral.offers_sent),
    "escalated_to": Column("signalée à", lambda referral: str(referral.escalated_to or ""), related=("escalated_to",)),
    "entered": Column("saisie pour l’étudiant par", _entered, related=("entered_by",)),
    "mandated": Column("personne mandatée", lambda referral: referral.mandated),
    "adviser": Column("suivi SCUIO-BAIP", lambda referral: "oui" if referral.adviser_consent else "non"),
    "ine": Column("INE", lambda referral: referral.ine),
    "email": Column("adresse électronique", lambda referral: referral.student.email, related=("student",)),
}
"""Key, kept in `User.queue_columns` → the column. In the order of the screen."""
ALWAYS = ("number", "name")
"""Without these one would not know which file a row is."""
USUAL = (*ALWAYS, "state", "due", "holder", "licence", "institution", "filed_on", "followed_by")
"""What is shown to who has chosen nothing."""


def _displayed(key: str, column: Column) -> Callable[[Any], Any]:
    """Return what the admin's list calls for each row. The label before the value is for a screen too narrow to have a heading."""

    def show(referral: Any) -> Any:
        value = (column.shows or column.says)(referral)
        return value if key in ALWAYS else format_html('<span class="column-label">{} : </span>{}', column.label, value)

    show.__name__ = key
    return admin.display(description=column.label, ordering=column.order)(show)


DISPLAYED = {key: _displayed(key, column) for key, column in COLUMNS.items()}
SORTABLE = [DISPLAYED[key] for key, column in COLUMNS.items() if column.order]


@admin.display(description="cocher")
def ticked(referral: Referral) -> str:
    """The box by which a file is chosen among others."""
    box = '<input type="checkbox" name="file" value="{}" aria-label="Cocher {}">'
    return format_html(box, referral.pk, referral.number)


def columns_of(user: User) -> list[str]:
    """Return the keys of the columns that ``user`` is shown, in the order of the screen."""
    chosen = {*ALWAYS, *user.queue_columns} if user.queue_columns else USUAL
    return [key for key in COLUMNS if key in chosen]


def related_to(keys: list[str]) -> list[str]:
    """Return what these columns read besides the file itself."""
    return sorted({name for key in keys for name in COLUMNS[key].related})


def with_offers_sent(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    """Annotate ``offers_sent``: how many offers were sent and not retracted."""
    sent = Offer.objects.counted().filter(referral=OuterRef("pk")).order_by().values("referral").annotate(n=Count("pk"))
    return referrals.annotate(offers_sent=Coalesce(Subquery(sent.values("n")), 0))


class ColumnsForm(forms.Form):
    columns = forms.MultipleChoiceField(
        label="Colonnes affichées",
        required=False,
        choices=[(key, column.label) for key, column in COLUMNS.items() if key not in ALWAYS],
        widget=forms.CheckboxSelectMultiple,
    )


@require_POST
def choose_columns(request: OfficeRequest) -> HttpResponse:
    """Keep the columns that were ticked, or go back to the usual ones; then show the same list again.

    Raises Http404 for who has no queue.
    """
    if not request.user.has_perm("referrals.view_referral"):
        raise Http404
    form = ColumnsForm(request.POST)
    if form.is_valid():
        request.user.queue_columns = [] if "usual" in request.POST else [*ALWAYS, *form.cleaned_data["columns"]]
        request.user.save(update_fields=["queue_columns"])
        messages.success(request, "Vos colonnes sont enregistrées.")
    else:
        messages.error(request, "Une de ces colonnes n’existe pas : rien n’a été changé.")
    return redirect(queue_at(request.POST.get("query", "")))


def queue_at(query: str) -> str:
    """Return the address of the queue narrowed by ``query``, whatever is typed there: it never leads elsewhere."""
    address, parsed = reverse("admin:referrals_referral_changelist"), QueryDict(query[:500]).urlencode()
    return f"{address}?{parsed}" if parsed else address
