"""The searches of the queue that somebody keeps under a name: her own, and nobody else's."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from ...models import SavedFilter
from ..request import OfficeRequest
from .columns import queue_at
from .filters import PARAMETERS


class SaveFilter(forms.ModelForm):
    class Meta:
        model = SavedFilter
        fields = ("name",)


def narrowing(query: QueryDict) -> str:
    """Return what of an address of the queue narrows or sorts it, always in the same order: neither the page nor what is empty."""
    kept = QueryDict(mutable=True)
    for name in PARAMETERS:
        if value := query.get(name, "").strip():
            kept[name] = value
    return kept.urlencode()


@require_POST
def save_filter(request: OfficeRequest) -> HttpResponse:
    """Keep the search of the address ``query`` under a name, and show it again.

    Raises Http404 for who has no queue.
    """
    _her_queue(request)
    saved = SavedFilter(user=request.user, query=narrowing(QueryDict(request.POST.get("query", ""))))
    form = SaveFilter(request.POST, instance=saved)
    if form.is_valid():
        try:
            saved.full_clean()
            saved.save()
            messages.success(request, f"Filtre « {saved} » enregistré.")
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
    else:
        messages.error(request, "Donnez à ce filtre un nom de 60 caractères au plus : il n’a pas été enregistré.")
    return redirect(queue_at(saved.query))


@require_POST
def delete_filter(request: OfficeRequest, filter_id: int) -> HttpResponse:
    """Forget one of her own, and show the queue as it was.

    Raises Http404 for somebody else's, and for who has no queue.
    """
    _her_queue(request)
    saved = get_object_or_404(SavedFilter, pk=filter_id, user=request.user)
    saved.delete()
    messages.success(request, f"Filtre « {saved} » supprimé.")
    return redirect(queue_at(request.POST.get("query", "")))


def _her_queue(request: OfficeRequest) -> None:
    if not request.user.has_perm("referrals.view_referral"):
        raise Http404
