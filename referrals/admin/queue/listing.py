"""The queue: the referrals of one's office, what falls due first on top, and the addresses of all that hangs on a file.

What its address may say is told in `referrals.admin.queue.filters`.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from vacancies.admin.open_links import OpenLinks

from ...models import Referral, SavedFilter
from ...rules.states import Action
from ..bulk.pages import AT_ONCE, BULK, bulk, bulk_report
from ..deeds.acting import act
from ..deeds.sending import send_agreed
from ..deeds.table import DEEDS, OFFER_DEEDS
from ..entry.pages import enter_request
from ..file.case_export import case_export, export_page
from ..file.document_pages import document_page, read_documents
from ..file.page import show_file
from ..request import OfficeRequest
from ..seats.search import search_seats
from .columns import (
    ALWAYS,
    DISPLAYED,
    SORTABLE,
    ColumnsForm,
    choose_columns,
    columns_of,
    related_to,
    ticked,
    with_offers_sent,
)
from .counting import AT_MOST
from .filters import FILTERS, ORDER, searched
from .saved import delete_filter, narrowing, save_filter


class BoundedPaginator(Paginator):
    """Counts no further than `AT_MOST`, and says where there is more."""

    @cached_property
    def _found(self) -> int:
        return self.object_list.order_by()[: AT_MOST + 1].count()

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        return min(self._found, AT_MOST)

    @property
    def is_cut(self) -> bool:
        return self._found > AT_MOST


@admin.register(Referral)
class ReferralAdmin(OpenLinks):
    list_filter = FILTERS
    list_per_page = 50
    list_max_show_all = 0
    paginator = BoundedPaginator
    show_full_result_count = False
    sortable_by = SORTABLE
    search_fields = ("number",)  # the box is there; `searched` answers
    search_help_text = "Numéro, nom de naissance ou d’usage, prénom, INE ; un mot avec @ cherche les adresses électroniques."
    actions = None

    def get_list_display(self, request: OfficeRequest) -> list[Callable]:  # type: ignore[override]
        return [ticked, *(DISPLAYED[key] for key in columns_of(request.user))]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> list[Callable]:
        return [DISPLAYED[key] for key in ALWAYS]

    def get_list_select_related(self, request: OfficeRequest) -> list[str]:  # type: ignore[override]
        return related_to(columns_of(request.user))

    def get_queryset(self, request: OfficeRequest) -> QuerySet[Referral]:  # type: ignore[override]
        referrals = Referral.objects.of_office(request.user)
        return with_offers_sent(referrals) if "offers" in columns_of(request.user) else referrals

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return searched(queryset, search_term), False

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return ORDER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Referral | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Referral | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """What the queue itself leads to, the file page and the search of seats; then one address for each action of the tables."""
        wrap = self.admin_site.admin_view
        own = [
            path("columns/", wrap(choose_columns), name="referrals_referral_columns"),
            path("filters/save/", wrap(save_filter), name="referrals_referral_save_filter"),
            path("filters/<int:filter_id>/delete/", wrap(delete_filter), name="referrals_referral_delete_filter"),
            path("bulk/report/", wrap(bulk_report), name="referrals_referral_bulk_report"),
            path("bulk/<slug:key>/", wrap(bulk), name="referrals_referral_bulk"),
            path("enter/", wrap(enter_request), name="referrals_referral_enter"),
            path("to-send/", wrap(send_agreed), name="referrals_referral_to_send"),
            path(f"<int:referral_id>/{Action.CONSULT}/", wrap(search_seats), name=f"referrals_referral_{Action.CONSULT}"),
            path("<int:referral_id>/export/", wrap(export_page), name="referrals_referral_export"),
            path("<int:referral_id>/export/<slug:edition>.<slug:form>", wrap(case_export), name="referrals_referral_export_file"),
        ]
        own += [
            path("<int:referral_id>/documents/", wrap(read_documents), name="referrals_referral_documents"),
            path(
                "<int:referral_id>/documents/<uuid:key>/<int:number>.png",
                wrap(document_page, cacheable=True),  # it says itself by whom, and asks again each time
                name="referrals_referral_page",
            ),
        ]
        for action in DEEDS:
            middle = "offers/<int:offer_id>/" if action in OFFER_DEEDS else ""
            address = f"<int:referral_id>/{middle}{action}/"
            own.append(path(address, wrap(act), {"action": action}, name=f"referrals_referral_{action}"))
        return own + super().get_urls()

    def changelist_view(self, request: OfficeRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        if not self.has_view_permission(request):
            raise Http404  # the medical adviser is inside the door, and this is not her queue
        query = narrowing(request.GET)
        page = {
            "title": "Saisines",
            "to_send": request.GET.get("pile") == "envoyer",
            "query": query,
            "saved_filters": SavedFilter.objects.filter(user=request.user),
            "columns_form": ColumnsForm(initial={"columns": columns_of(request.user)}),
            "bulk": BULK,
            "at_once": AT_ONCE,
        }
        return super().changelist_view(request, page | (extra_context or {}))

    def change_view(self, request: OfficeRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        return show_file(request, object_id)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history of a file is its own, on its page; the admin's log knows nothing of it."""
        return redirect("admin:referrals_referral_change", object_id)
