"""How files leave by the web: as attachments that no browser runs or keeps, under a name that says what they are.

What somebody gave is handed to others as a copy in which nothing runs; as it came, it is an original, and is called so.
"""

from io import BytesIO
from tempfile import TemporaryFile
from typing import IO

from django.http import FileResponse

from vacancies.admin.exports import NOT_A_PAGE

from .documents.case_archive import WRITERS
from .documents.editions import CaseFile
from .documents.names import name_of_download
from .documents.pages import copy_of
from .documents.storing import served
from .language import in_french
from .models import Document

ORIGINAL = "original"


def attachment(file: IO[bytes], *, name: str, content_type: str | None = None) -> FileResponse:
    """Return ``file`` as an attachment, which is closed once it is sent."""
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type, headers=NOT_A_PAGE)


def original(document: Document, *, mark: str = ORIGINAL) -> FileResponse:
    """Return a document as it came, byte for byte. mark: what its name begins with. Raises Withheld."""
    name = name_of_download(document.name, document.content_type, mark=mark)
    return attachment(served(document), name=name, content_type=document.content_type)


def copy(document: Document) -> FileResponse:
    """Return a copy of a document in which nothing runs and nothing hides. Raises Withheld, NotDrawn."""
    with served(document) as file:
        content, content_type = copy_of(file.read(), document.content_type)
    return attachment(BytesIO(content), name=name_of_download(document.name, content_type), content_type=content_type)


def download(case: CaseFile, *, form: str) -> FileResponse:
    """Return the case file as an attachment; ``form`` is one of `WRITERS`. It is made for this reader, and kept by nobody."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it, and then it is gone
    with in_french():
        WRITERS[form](case, file)
    file.seek(0)
    return attachment(file, name=f"{case.stem}.{form}")
