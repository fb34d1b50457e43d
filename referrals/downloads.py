"""How a case file leaves by the web: made for this reader, kept by nobody on the way."""

from tempfile import TemporaryFile

from django.http import FileResponse

from .documents.case_archive import WRITERS
from .documents.editions import CaseFile
from .language import in_french


def download(case: CaseFile, *, form: str) -> FileResponse:
    """Return the case file as an attachment; ``form`` is one of `WRITERS`."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it, and then it is gone
    with in_french():
        WRITERS[form](case, file)
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{case.stem}.{form}",
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
