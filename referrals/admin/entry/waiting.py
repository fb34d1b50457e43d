"""The transcript of a request that is being entered is chosen once: it waits while something else is to be corrected.

It lies sealed among the files that are on their way, and the session of whoever enters alone knows where. No row claims it: it goes
with the orphans, a day later. Until then a page that is sent twice finds it twice.
"""

from uuid import UUID

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile

from ...documents import storing
from ...documents.names import plain_name
from ...documents.uploads import Unreadable, refuse_size
from ..request import OfficeRequest

FIELD = "transcript"
WAITING = "transcripts_being_entered"
"""Of a session: key of a page → name of the file that waits for it, and what it is stored under."""
PAGES = 3
"""How many pages may wait at once."""


def waiting_for(request: OfficeRequest, *, key: UUID) -> str:
    """Return the name of the file that waits for the page ``key``; empty where none does."""
    name, _part = request.session.get(WAITING, {}).get(str(key), ("", ""))
    return str(name)


def take_waiting(request: OfficeRequest, *, key: UUID) -> None:
    """Put the file that waits for the page among those it sends, unless another was chosen."""
    name, part = request.session.get(WAITING, {}).get(str(key), ("", ""))
    if not part or request.FILES.get(FIELD):
        return
    try:
        content = storing.stored(part)
    except FileNotFoundError:
        return
    request.FILES.appendlist(FIELD, File(content.file, name=name))  # closed with the request


def keep_waiting(request: OfficeRequest, *, key: UUID) -> None:
    """The page is shown again: a file that was chosen on it waits, unless it is empty or too large."""
    chosen = request.FILES.get(FIELD)
    if not isinstance(chosen, UploadedFile):
        return
    try:
        refuse_size(chosen.size or 0)
    except Unreadable:
        return
    chosen.seek(0)
    held = _without(request, key)
    held[str(key)] = [plain_name(chosen.name or ""), storing.keep_part(chosen.read())]
    request.session[WAITING] = dict([*held.items()][-PAGES:])


def drop_waiting(request: OfficeRequest, *, key: UUID) -> None:
    """The file cannot serve: another is to be chosen."""
    request.session[WAITING] = _without(request, key)


def _without(request: OfficeRequest, key: UUID) -> dict[str, list[str]]:
    return {page: held for page, held in request.session.get(WAITING, {}).items() if page != str(key)}
