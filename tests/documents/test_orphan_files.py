"""A file is written before the row that claims it: what no row claims a day later goes, and nothing else."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from referrals.models import PartialUpload
from referrals.tasks import ORPHAN_AGE, remove_orphan_files
from tests.story import Story
from vacancies.imports import acts
from vacancies.models import ImportKind

pytestmark = pytest.mark.django_db


FOLDERS = ("recus", "lettres", "parties", "imports", "appariements")


def aged(path: str, *, days: int) -> str:
    """Make a stored file look ``days`` old."""
    at = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(Path(default_storage.path(path)), (at, at))
    return path


@pytest.fixture
def stored(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_only_old_files_that_no_row_claims_go(stored):
    claimed = Story(at=timezone.now()).filed().referral.transcript.file.name
    handed_in = acts.submit(kind=ImportKind.REGISTER, file=ContentFile(b"x;y\n", "registre.csv"), by="Maxime", at=timezone.now())
    orphans = [default_storage.save(f"{folder}/perdu", ContentFile(b"x")) for folder in FOLDERS]
    young = default_storage.save("imports/jeune", ContentFile(b"x"))
    for path in (claimed, handed_in.file.name, *orphans):
        aged(path, days=ORPHAN_AGE.days + 1)
    remove_orphan_files()
    kept = {path: default_storage.exists(path) for path in (claimed, handed_in.file.name, young, *orphans)}
    assert kept == {claimed: True, handed_in.file.name: True, young: True} | dict.fromkeys(orphans, False)


def partial(story: Story, *, days: int) -> PartialUpload:
    """Return a file of which a part came, ``days`` ago."""
    path = default_storage.save("parties/moitie", ContentFile(b"%PDF"))
    at = timezone.now() - timedelta(days=days)
    digest = f"{days:064}"
    return PartialUpload.objects.create(
        referral=story.referral, name="releve.pdf", size=9, received=4, sha256=digest, parts=[aged(path, days=days)], created_at=at
    )


def test_a_file_that_nobody_sent_to_its_end_goes_after_a_day(stored):
    story = Story(at=timezone.now()).draft()
    old, young = partial(story, days=ORPHAN_AGE.days + 1), partial(story, days=0)
    remove_orphan_files()
    assert list(PartialUpload.objects.all()) == [young]
    assert [default_storage.exists(name) for one in (old, young) for name in one.parts] == [False, True]
