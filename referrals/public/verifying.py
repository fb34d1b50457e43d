"""« Vérifier un document »: whoever holds a letter sees that it is authentic, by its code. Never whose it is."""

import hashlib
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.files import File
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from dsfr.forms import DsfrBaseForm

from ..documents.codes import LENGTH, grouped, is_code, signs
from ..models import Document

LARGEST = settings.UPLOAD_MAX_BYTES
AROUND_A_FILE = 64 * 1024
"""Octets that a request may hold besides its file."""
TOO_LARGE = _("Ce fichier est trop grand : aucun document d’ici ne pèse plus de 10 Mo.")


class CodeForm(DsfrBaseForm):
    """The code, as somebody reads it off a page: spaces, hyphens, small letters and look-alikes are understood."""

    code = forms.CharField(
        label=_("Code du document"),
        max_length=200,
        help_text=_("Seize lettres et chiffres, en tête et en bas du document. Exemple : 7K3M-0QZX-B4TD-96HE"),
        error_messages={"required": _("Tapez le code imprimé sur le document.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        *_beginning, typed = self.cleaned_data["code"].rstrip("/").split("/")  # somebody may paste the whole address
        code = signs(typed)
        if len(code) != LENGTH:
            words = ngettext(
                "Le code a %(wanted)s lettres et chiffres ; vous en avez tapé %(number)s.",
                "Le code a %(wanted)s lettres et chiffres ; vous en avez tapé %(number)s.",
                len(code),
            )
            raise forms.ValidationError(words % {"wanted": LENGTH, "number": len(code)})
        if not is_code(code):
            raise forms.ValidationError(_("Ce code contient un signe qu’aucun code n’a. Relisez-le sur le document."))
        return code


class FileForm(DsfrBaseForm):
    """The PDF to be held against the archived one. It is read, and not kept."""

    file = forms.FileField(
        label=_("Le PDF que vous avez"),
        help_text=_("10 Mo au plus. Le fichier est comparé, puis oublié : il n’est pas conservé."),
        allow_empty_file=True,
        error_messages={"required": _("Choisissez un fichier.")},
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
    )

    def clean_file(self) -> File:
        file: File = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return file


@never_cache
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code, and lead to its page."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("verify_letter", grouped(form.cleaned_data["code"]))
    return render(request, "public/verify.html", {"form": form})


@csrf_exempt  # it changes nothing; and the check of a token would read a file of any size first
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_letter(request: HttpRequest, code: str) -> HttpResponse:
    """Say of the letter that bears ``code`` its number, kind and date, and whether a PDF is the archived one, byte for byte."""
    letter = Document.objects.letters().filter(code=signs(code)).first()
    if letter is None:
        return render(request, "public/verify_unknown.html", {"form": CodeForm()}, status=404)
    form = _compared(request) if request.method == "POST" else FileForm()
    context: dict[str, Any] = {"form": form, "kind": letter.get_kind_display(), "code": grouped(letter.code), "same": None}
    context |= {"number": letter.content["number"], "on": datetime.fromisoformat(letter.content["at"]).date()}
    if form.is_bound and form.is_valid():
        context["same"] = hashlib.file_digest(form.cleaned_data["file"], "sha256").hexdigest() == letter.sha256
    return render(request, "public/verified.html", context)


def _compared(request: HttpRequest) -> FileForm:
    """Return the form with the file it was sent; one that is too large is not even read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) <= LARGEST + AROUND_A_FILE:
        return FileForm(request.POST, request.FILES)
    form = FileForm({})
    form.fields["file"].error_messages["required"] = TOO_LARGE
    return form
