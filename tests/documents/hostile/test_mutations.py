"""Sound files, spoilt: whatever comes of one is a doubt, a copy that keeps its promises, or an end of that process alone."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from referrals.documents.pages import NotDrawn, copy_of
from referrals.documents.uploads import Unreadable, examine, together
from referrals.models import Doubt
from tests.documents.hostile.mutations import SOUND, mutated

MANY, FEW = 100, 10


def outcomes(kind: str, count: int) -> dict[int, str]:
    """Return what came of each of the first mutations; a process that ends under one goes on with the next."""
    came: dict[int, str] = {}
    while len(came) < count:
        command = [sys.executable, "-m", "tests.documents.hostile.mutations", kind, str(len(came)), str(count)]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=os.environ, capture_output=True, text=True, check=False)
        came |= {int(number): what for number, what in (line.split() for line in done.stdout.splitlines())}
        if done.returncode < 0:
            came[len(came)] = f"ended by signal {-done.returncode}"
        else:
            assert done.returncode == 0, done.stderr[-2000:]
    return came


@pytest.mark.parametrize("kind", SOUND)
def test_what_is_spoilt_is_doubted_or_copied_safely(kind):
    came = outcomes(kind, MANY)
    assert sorted(came) == list(range(MANY))
    assert {"copied"} < set(came.values())  # some survive, some do not: else nothing was tried


@pytest.mark.parametrize("kind", SOUND)
def test_the_site_keeps_or_refuses_it_and_nothing_else(kind):
    for number in range(FEW):
        content = mutated(kind, number)
        try:
            upload = examine(ContentFile(content, name=f"{number}.{kind}"))
        except Unreadable:  # it has its sentence
            continue
        assert upload.doubt in ("", *Doubt)
        assert together([upload]).size > 0
        try:
            copy, content_type = copy_of(content, upload.content_type)
        except NotDrawn:
            continue
        assert copy.startswith({"application/pdf": b"%PDF-", "image/png": b"\x89PNG"}.get(content_type, b"\xff\xd8"))
