"""« Mes données »: she takes away all that is held of her, corrects how she is reached, has erased what nobody needs any more."""

from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from dsfr.forms import DsfrBaseForm

from ..accounts.confirming import confirmed
from ..downloads import attachment
from ..language import Language
from ..models import Referral, User
from ..privacy.exporting import write_export
from ..privacy.holding import erase_all_of, why_kept


class ReachedForm(DsfrBaseForm, forms.ModelForm):
    """How she is called and reached; her address has a page of its own, which confirms it."""

    name = forms.CharField(label=gettext_lazy("Nom affiché"), max_length=150, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Téléphone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Langue des pages et des courriels"), choices=Language)

    class Meta:
        model = User
        fields = ("name", "phone", "language")


@login_required
@never_cache
def my_data(request: HttpRequest) -> HttpResponse:
    """Show what she may do with her data, and take a correction of how she is reached."""
    form = ReachedForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        if form.has_changed():
            form.save()
            _leave_a_trace(request.user, form.changed_data)
        messages.success(request, gettext("Vos coordonnées sont à jour."))
        return redirect("student:my_data")
    referrals = Referral.objects.of_student(request.user).order_by("pk")
    context: dict[str, Any] = {
        "form": form,
        "account": User.objects.get(pk=request.user.pk),
        "filed": [referral for referral in referrals if not referral.is_draft],
        "kept": why_kept(request.user, at=request.at),
    }
    return render(request, "student/my_data.html", context)


def _leave_a_trace(user: User, changed: list[str]) -> None:
    """Note in the log which of her columns she has changed, and never what they hold."""
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr=f"compte {user.pk}",
        action_flag=CHANGE,
        change_message=f"Rectifié par la personne elle-même : {', '.join(changed)}.",
    )


@require_safe
@login_required
@confirmed(reading=True)
@never_cache
def export(request: HttpRequest) -> HttpResponseBase:
    """Give everything as one ZIP, made for her now, and kept by nobody."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it, and then it is gone
    write_export(request.user, file, at=request.at)
    file.seek(0)
    return attachment(file, name=f"mes-donnees-{_day(request.at)}.zip")


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


@require_POST
@login_required
@confirmed
def erase_me(request: HttpRequest) -> HttpResponse:
    """Erase her drafts and her account at once, where no filed case is still needed; else say why not."""
    user: User = request.user
    why = why_kept(user, at=request.at)
    if not why and "sure" not in request.POST:
        why = gettext("Cochez d’abord la case : rien de ce qui est effacé ne se retrouve.")
    if why:
        messages.error(request, why)
        return redirect("student:my_data")
    logout(request)
    erase_all_of(user, at=request.at)
    messages.success(request, gettext("Votre compte et vos brouillons sont effacés. Il n’en reste rien."))
    return redirect("home")
