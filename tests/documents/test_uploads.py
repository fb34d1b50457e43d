"""Whatever the bytes, a file is either read or refused with a sentence: never a crash."""

import random
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from referrals.documents.uploads import Unreadable, examine
from tests import factories


def png() -> bytes:
    written = BytesIO()
    Image.new("RGB", (64, 64), "white").save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize("sound", [factories.pdf(), png()], ids=["pdf", "png"])
def test_a_damaged_file_gets_a_sentence_and_never_a_crash(sound):
    chance = random.Random(20180629)
    refused = 0
    for _ in range(600):
        broken = bytearray(sound)
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(8, len(broken))] = chance.randrange(256)
        try:
            examine(ContentFile(bytes(broken), name="releve.pdf"))
        except Unreadable as unreadable:
            refused += bool(unreadable.sentence)
    assert refused > 0
