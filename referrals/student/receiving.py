"""Files that come in parts, on a line that may be lost: each part says where it begins, and nothing is sent twice.

A script does this; without one the form sends its files whole. What is whole waits for the form that claims it by its key.
Each part is stored as it came, before the row that lists it: it works on any storage, and a crash leaves but an orphan.
"""

import hashlib
import re

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from ..documents import storing
from ..documents.names import plain_name
from ..documents.uploads import Unreadable, refuse_size
from ..models import PartialUpload
from .own import OwnReferral

WAITING_AT_MOST = 40
"""Files of one referral that may be on their way at once; the oldest make room."""
LARGEST_PART = 1024 * 1024
PARTS_AT_MOST = 400
"""Of one file: sent in crumbs, it would have as many stored parts as it has bytes."""
SHA256 = re.compile(r"[0-9a-f]{64}")


def standing(partial: PartialUpload) -> dict[str, object]:
    """Return how far a file has come, as the script reads it."""
    return {"key": str(partial.key), "received": partial.received}


def refusal(sentence: str, *, status: int) -> JsonResponse:
    return JsonResponse({"sentence": sentence}, status=status)


class ReceiveView(OwnReferral):
    """Announces a file: its name, size and digest. The same file announced again is taken up where it was."""

    def post(self, request: HttpRequest, **kwargs: object) -> JsonResponse:
        said = request.POST
        size, digest = said.get("size", ""), said.get("sha256", "")
        if not (size.isascii() and size.isdecimal() and len(size) < 12 and SHA256.fullmatch(digest)):
            return refusal(gettext("Cet envoi n’est pas compris. Rechargez la page, puis recommencez."), status=400)
        try:
            refuse_size(int(size))
        except Unreadable as unreadable:
            return refusal(unreadable.sentence, status=422)
        waiting = self.referral.partial_uploads
        partial, _ = PartialUpload.objects.get_or_create(
            referral=self.referral,
            sha256=digest,
            name=plain_name(said.get("name", "")),
            defaults={"size": int(size), "created_at": self.at},
        )
        for former in waiting.exclude(pk=partial.pk).order_by("-created_at", "-pk")[WAITING_AT_MOST - 1 :]:
            former.delete()  # its parts are orphans
        return JsonResponse(standing(partial))


class PartView(OwnReferral):
    """Takes one part of an announced file. One that came before changes nothing; after a gap, the answer says where to go on."""

    def patch(self, request: HttpRequest, **kwargs: object) -> JsonResponse:
        offset, part = request.headers.get("Upload-Offset", ""), request.body
        if not (offset.isascii() and offset.isdecimal() and len(offset) < 12) or not 0 < len(part) <= LARGEST_PART:
            return refusal(gettext("Cet envoi n’est pas compris. Rechargez la page, puis recommencez."), status=400)
        with transaction.atomic():
            waiting = self.referral.partial_uploads.select_for_update(of=("self",), no_key=True)
            partial = get_object_or_404(waiting, key=self.kwargs["part"])
            end = int(offset) + len(part)
            if end <= partial.received:
                return JsonResponse(standing(partial))
            if int(offset) > partial.received or end > partial.size:
                return JsonResponse(standing(partial), status=409)
            partial.parts = [*partial.parts, storing.keep_part(part[partial.received - int(offset) :])]
            partial.received = end
            if len(partial.parts) > PARTS_AT_MOST or (partial.is_whole and not _is_what_was_announced(partial)):
                partial.parts, partial.received = [], 0
            partial.save(update_fields=["parts", "received"])
        return JsonResponse(standing(partial), status=409 if partial.received == 0 else 200)


def _is_what_was_announced(partial: PartialUpload) -> bool:
    with storing.joined(partial.parts) as file:
        return hashlib.file_digest(file.file, "sha256").hexdigest() == partial.sha256
