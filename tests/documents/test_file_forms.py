"""Every form that takes a file, and what reads it first."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

import referrals
import vacancies
from referrals.admin.deeds import forms as office
from referrals.student import uploads as student
from tests.documents import pictures
from tests.documents.hostile import pdfs

EXAMINED, IMPORTED, COMPARED = "examined", "read by the import, in a worker", "compared with a letter's digest, and not kept"
OTHERWISE = {
    "referrals.institution.forms.UploadForm.file": IMPORTED,
    "vacancies.admin.uploads.UploadForm.file": IMPORTED,
    "referrals.public.verifying.FileForm.file": COMPARED,
}
"""The import's reader has limits of its own: `tests/vacancies/test_shapes.py`."""


def file_fields() -> dict[str, forms.FileField]:
    """Return each field that takes a file, by the form it stands in."""
    for package in (referrals, vacancies):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and ".management" not in module.name:
                import_module(module.name)
    found, waiting = {}, [forms.Form, forms.ModelForm]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.split(".")[0] in ("referrals", "vacancies"):
            fields = getattr(kind, "base_fields", {})
            found |= {
                f"{kind.__module__}.{kind.__name__}.{name}": field
                for name, field in fields.items()
                if isinstance(field, forms.FileField)
            }
    return found


def read_by(name: str, field: forms.FileField) -> str:
    return EXAMINED if isinstance(field, office.UploadField | student.UploadField) else OTHERWISE.get(name, "nobody")


def test_each_file_is_read_by_somebody_who_has_limits():
    read = {name: read_by(name, field) for name, field in file_fields().items()}
    assert "nobody" not in read.values()
    assert {name for name, how in read.items() if how != EXAMINED} == set(OTHERWISE)
    assert len(read) >= 10


def test_no_file_is_taken_past_a_form():
    """Who touches the files of a request hands them to a form."""
    root = Path(settings.BASE_DIR)
    sources = [path for room in ("referrals", "vacancies", "notifications") for path in (root / room).rglob("*.py")]
    touching = {str(path.relative_to(root)) for path in sources if re.search(r"request\.FILES", path.read_text())}
    assert touching == {
        "referrals/admin/deeds/acting.py",
        "referrals/admin/entry/pages.py",
        "referrals/admin/entry/waiting.py",  # it puts one that waits among those that the form is handed
        "referrals/public/verifying.py",
        "referrals/student/draft.py",  # it leaves out a proof that waits already
        "referrals/student/uploads.py",
        "vacancies/admin/imports.py",
    }


@pytest.mark.parametrize("name", [name for name, field in file_fields().items() if read_by(name, field) == EXAMINED])
def test_each_refuses_what_is_no_document(name):
    field = file_fields()[name]
    for content in (b"MZ" + bytes(300), pictures.word(), b""):
        file = SimpleUploadedFile("relevé.pdf", content)
        with pytest.raises(forms.ValidationError):
            field.clean(file if isinstance(field, office.UploadField) else [file])


@pytest.mark.parametrize("content", [pdfs.LOCKED["a password"], pdfs.BROKEN["no page"], pdfs.BROKEN["unpacks twice"]])
def test_the_office_has_to_do_better_at_once_and_the_student_is_heard(content):
    file = SimpleUploadedFile("relevé.pdf", content)
    with pytest.raises(forms.ValidationError):
        office.UploadField().clean(file)
    assert student.UploadField().clean([file]).doubt
