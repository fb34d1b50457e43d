"""The fields in which she chooses, drops or photographs files; what already came counts as chosen, in parts or with a page that was
sent back to her to be corrected.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..documents import storing
from ..documents.names import plain_name
from ..documents.uploads import Unreadable, Upload, examine, together
from ..models import PartialUpload, Referral

RECEIVED = "-recu"
"""The end of the name under which a form gives the keys of the files that came in parts, instead of the files."""
WAITING_AT_MOST = 40
"""Files of one referral that may wait at once for their form."""
PAGES_AT_ONCE = 20
FILES_AT_ONCE = 5
ACCEPTED = "application/pdf,image/jpeg,image/png,image/webp,image/heic,image/heif,.pdf,.jpg,.jpeg,.png,.webp,.heic,.heif"
WORDS = {
    "waiting": _("Déjà reçu, vous n’avez pas à le choisir de nouveau. Décochez pour retirer :"),
    "photo": _("Ou photographiez le document :"),
    "drop": _("ou glissez vos fichiers ici"),
    "chosen": _("Fichiers choisis, dans l’ordre :"),
    "up": _("Monter {name}"),
    "down": _("Descendre {name}"),
    "remove": _("Retirer {name}"),
    "empty": _("« {name} » est vide : il n’a pas été ajouté."),
    "large": _("« {name} » pèse {size} Mo ; la limite est de {limit} Mo. Il n’a pas été ajouté."),
    "other": _(
        "« {name} » n’est ni un PDF ni une photo : il n’a pas été ajouté. Ouvrez-le, enregistrez-le en PDF, puis choisissez le PDF."
    ),
    "preparing": _("Préparation de « {name} »"),
    "sending": _("Envoi de « {name} » ({number} sur {total})"),
    "lost": _("La connexion est perdue. Gardez cette page ouverte : l’envoi reprendra où il en était."),
    "sent": _("Tout est arrivé, on vérifie…"),
    "stop": _("Arrêter l’envoi"),
    "stopped": _("Envoi arrêté. Rien n’a été ajouté."),
}
"""What the script `uploading.js` says."""


class FilesInput(forms.FileInput):
    """Chooses several files, or takes a photograph; the script makes it a place to drop them, and sends them in parts."""

    allow_multiple_selected = True
    template_name = "student/_files_input.html"
    waiting: tuple[PartialUpload, ...] = ()
    """Those that came with a page on which something was to be corrected: nobody chooses them again."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        limit = settings.UPLOAD_MAX_BYTES
        shown = {"words": WORDS, "limit": limit, "received": name + RECEIVED, "waiting": self.waiting}
        return super().get_context(name, value, attrs) | shown

    def value_from_datadict(self, data: Any, files: MultiValueDict, name: str) -> list[File]:
        return [file for file in files.getlist(name) if file] if isinstance(files, MultiValueDict) else files.get(name, [])

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files


class UploadField(forms.FileField):
    """A document: one file, or several that make one; its value is the `Upload`."""

    at_once = PAGES_AT_ONCE
    hint = _("PDF ou photos, 10 Mo au plus chacun. Les fichiers choisis ensemble font un seul document.")

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", self.hint)
        options.setdefault("error_messages", {"required": _("Choisissez un fichier.")})
        widget = FilesInput(attrs={"accept": ACCEPTED, "multiple": True})
        super().__init__(allow_empty_file=True, widget=widget, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data or []
        if not files:
            self.validate(None)
            return self.none()
        if len(files) > self.at_once:
            raise forms.ValidationError(self.too_many())
        try:
            return self.whole(examined(files))
        except Unreadable as unreadable:
            raise forms.ValidationError(unreadable.sentence) from None

    def none(self) -> Any:
        return None

    def whole(self, given: list[Upload]) -> Any:
        return together(given)

    def too_many(self) -> str:
        return gettext("Choisissez %(count)s fichiers au plus ; les autres peuvent suivre ensuite.") % {"count": self.at_once}


class UploadsField(UploadField):
    """Several documents at once; its value is the list of them."""

    at_once = FILES_AT_ONCE

    def none(self) -> list[Upload]:
        return []

    def whole(self, given: list[Upload]) -> list[Upload]:
        return [together([upload]) for upload in given]

    def too_many(self) -> str:
        return gettext("Joignez %(count)s fichiers au plus ; les autres peuvent suivre dans un second message.") % {
            "count": self.at_once
        }


def examined(files: list[File]) -> list[Upload]:
    """Return each file as it really is. Raises ValidationError, which names those that cannot serve where there are several."""
    given, wrong = [], []
    for file in files:
        try:
            given.append(examine(file))
        except Unreadable as unreadable:
            named = {"name": plain_name(file.name or ""), "problem": unreadable.sentence}
            wrong.append(gettext("%(name)s : %(problem)s") % named if len(files) > 1 else unreadable.sentence)
    if wrong:
        raise forms.ValidationError(wrong)
    return given


def warnings_of(answers: Iterable[Any]) -> list[str]:
    """Return what is to be said at once of the doubtful files among the answers of a form."""
    given = [upload for answer in answers for upload in (answer if isinstance(answer, list) else [answer])]
    return [upload.warning for upload in given if isinstance(upload, Upload) and upload.doubt]


def brings_files(request: HttpRequest) -> bool:
    """Whether a posted form has files, whole or by their keys."""
    return bool(request.FILES) or any(name.endswith(RECEIVED) for name in request.POST)


def take_received(request: HttpRequest, referral: Referral) -> None:
    """Put among the files of a posted form those whose keys it gives: they came in parts for this referral, and are whole."""
    arrived = {str(partial.key): partial for partial in _arrived(request, referral)}
    for name, keys in request.POST.lists():
        if name.endswith(RECEIVED):
            for partial in (arrived[key] for key in keys if key in arrived):
                file = File(storing.joined(partial.parts).file, name=partial.name)
                request.FILES.appendlist(name.removesuffix(RECEIVED), file)  # closed with the request


def keep_chosen(request: HttpRequest, referral: Referral, form: forms.Form, *, at: datetime) -> None:
    """A form is shown again: what came with it and can serve waits, whole or in parts, and is offered as already received."""
    if referral.student_id != request.user.pk:
        return
    for name, field in form.fields.items():
        if not isinstance(field, UploadField):
            continue
        posted = form.add_prefix(name)
        came = [partial for partial in _arrived(request, referral) if str(partial.key) in request.POST.getlist(posted + RECEIVED)]
        new = [file for file in request.FILES.getlist(posted) if isinstance(file, UploadedFile)]
        if name in form.errors:
            came = [partial for partial in came if _serves(File(storing.joined(partial.parts).file, name=partial.name))]
            new = [file for file in new if _serves(file)]
        came += [_set_aside(file, referral, at=at) for file in new[: max(0, WAITING_AT_MOST - referral.partial_uploads.count())]]
        field.widget.waiting = tuple(dict.fromkeys(came))


def _serves(file: File) -> bool:
    try:
        examine(file)
    except Unreadable:
        return False
    return True


def _set_aside(file: UploadedFile, referral: Referral, *, at: datetime) -> PartialUpload:
    file.seek(0)
    content = file.read()
    partial, _first_time = PartialUpload.objects.get_or_create(
        referral=referral,
        sha256=sha256(content).hexdigest(),
        name=plain_name(file.name or ""),
        defaults={"size": len(content), "created_at": at},
    )
    if not partial.is_whole:
        storing.forget(partial.parts)
        partial.parts, partial.received = [storing.keep_part(content)], len(content)
        partial.save(update_fields=["parts", "received"])
    return partial


def forget_received(request: HttpRequest, referral: Referral) -> None:
    """The form was done: what came in parts for it is a document now."""
    for partial in _arrived(request, referral):
        partial.delete()
        storing.forget(partial.parts)


def _arrived(request: HttpRequest, referral: Referral) -> list[PartialUpload]:
    named = {key for name, keys in request.POST.lists() if name.endswith(RECEIVED) for key in keys}
    keys = [key for key in named if _is_key(key)]
    if not keys or referral.student_id != request.user.pk:
        return []
    return [partial for partial in referral.partial_uploads.filter(key__in=keys) if partial.is_whole]


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
