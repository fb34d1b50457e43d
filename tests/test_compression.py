"""Pages leave compressed; documents as they are."""

import gzip

import pytest

from tests.factories import signed_in
from tests.story import Story

pytestmark = pytest.mark.django_db
ASKS = {"headers": {"accept-encoding": "gzip, br"}}


def test_a_page_is_compressed_for_whoever_can_read_it(client):
    compressed, plain = client.get("/mentions-legales/", **ASKS), client.get("/mentions-legales/")
    assert (compressed.headers["Content-Encoding"], plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert gzip.decompress(compressed.content) == plain.content
    assert "Accept-Encoding" in compressed.headers["Vary"]


def test_the_same_page_is_never_twice_as_long(client):
    """What it hides cannot be told from its length."""
    assert len({len(client.get("/mentions-legales/", **ASKS).content) for _ in range(20)}) > 1


def test_a_document_says_how_long_it_is():
    story = Story().draft()
    response = signed_in(story.student).get(f"/documents/{story.referral.transcript.key}/", **ASKS)
    assert response.headers.get("Content-Encoding") is None
    assert int(response.headers["Content-Length"]) == len(b"".join(response.streaming_content))
