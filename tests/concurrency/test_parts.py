"""Two devices, or an impatient script, send the same part at once: the file has each byte once."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from django.db import connection, connections, transaction

from referrals import procedure
from referrals.documents.storing import joined, keep_part
from referrals.models import PartialUpload
from tests import factories
from tests.processes import wait_until
from tests.story import Story
from tests.student.conftest import Browser

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = factories.pdf(pages=3)
PART = 300
"""Bytes of a part."""


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone()[0] > 0


def test_a_part_that_comes_while_the_same_is_written_waits_and_changes_nothing():
    story = Story()
    her = Browser(story.student, procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at))
    told = {"name": "releve.pdf", "size": len(CONTENT), "sha256": sha256(CONTENT).hexdigest()}
    key = her.post("receive", told).json()["key"]

    def sends() -> dict:
        try:
            address, offset = her.address("receive_part", part=key), {"Upload-Offset": "0"}
            return her.client.patch(address, CONTENT[:PART], content_type="application/octet-stream", headers=offset).json()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as beside:
        with transaction.atomic():  # the other device, at the end of the part after
            partial = PartialUpload.objects.select_for_update(no_key=True).get(key=key)
            late = beside.submit(sends)
            wait_until(lambda: late.done() or somebody_waits_for_us(), what="the second part at the lock")
            partial.parts = [keep_part(CONTENT[:PART]), keep_part(CONTENT[PART : 2 * PART])]
            partial.received = 2 * PART
            partial.save()
        assert late.result() == {"key": key, "received": 2 * PART}
    partial.refresh_from_db()
    assert (partial.received, len(partial.parts)) == (2 * PART, 2)
    with joined(partial.parts) as begun:
        assert begun.read() == CONTENT[: 2 * PART]
