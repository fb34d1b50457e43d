"""Files on storage that speaks S3: the same guarantees as on a disk, asked of a server that answers over HTTP.

The server is moto's, a process of its own on loopback: what a provider would run is the outermost edge, and stands outside here.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from config.storage import storage_of
from referrals import procedure, tasks
from referrals.documents import storing
from referrals.documents.letters import rendered
from referrals.documents.storing import stored
from referrals.models import DocumentKind, PartialUpload
from referrals.tasks import remove_orphan_files
from tests import factories
from tests.processes import free_port, wait_until
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import content_of
from tests.student.test_receiving import PDF, announced, arrived, part

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """A running server, as host and port."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path_factory.mktemp("s3") / "log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-west-3", **KEYS)
    try:
        wait_until(lambda: answers(client), what="the S3 server")
        yield f"127.0.0.1:{port}"
    finally:
        client.close()
        running.terminate()
        running.wait(20)


KEYS = {"aws_access_key_id": "essai", "aws_secret_access_key": "un/secret"}


def answers(client) -> bool:
    try:
        client.list_buckets()
    except Exception:
        return False
    return True


@pytest.fixture
def bucket(server, settings) -> Iterator[object]:
    """A bucket of the test's own, in which the site keeps its files."""
    name = f"saisine-{uuid4().hex[:8]}"
    session = boto3.resource("s3", endpoint_url=f"http://{server}", region_name="eu-west-3", **KEYS)
    bucket = session.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    address = f"s3+http://essai:un%2Fsecret@{server}/{name}?region=eu-west-3&encryption=AES256"
    settings.STORAGES = settings.STORAGES | {"default": storage_of(address)}
    yield bucket
    session.meta.client.close()


def keys(bucket) -> list[str]:
    return sorted(one.key for one in bucket.objects.all())


def test_a_document_lies_in_the_bucket_sealed_by_the_server_under_a_name_that_says_nothing(bucket):
    story = Story().filed()
    document = story.referral.transcript
    assert keys(bucket) == [document.file.name]
    assert document.name not in document.file.name
    kept = bucket.Object(document.file.name)
    assert kept.get()["Body"].read() == content_of(document)
    assert kept.server_side_encryption == "AES256"
    grants = kept.Acl().grants
    assert [grant["Permission"] for grant in grants if grant["Grantee"].get("URI")] == []


def test_it_is_streamed_by_the_site_and_never_linked_to(bucket):
    story = Story().filed()
    for user in (story.student, story.caseworker):
        response = factories.signed_in(user).get(f"/documents/{story.referral.transcript.key}/")
        assert (response.status_code, b"".join(response.streaming_content)[:5]) == (200, b"%PDF-")
    original = factories.signed_in(story.caseworker).get(f"/documents/{story.referral.transcript.key}/original/")
    assert sha256(b"".join(original.streaming_content)).hexdigest() == story.referral.transcript.sha256
    assert "Signature" not in default_storage.url(story.referral.transcript.file.name)


def test_a_letter_is_rendered_into_the_bucket_once(bucket):
    story = Story().filed()
    receipt = story.referral.documents.get(kind=DocumentKind.RECEIPT)
    first, second = rendered(receipt.pk), rendered(receipt.pk)
    assert first.file.name == second.file.name
    with stored(first.file.name) as file:
        assert sha256(file.read()).hexdigest() == first.sha256


def test_a_file_comes_in_parts_after_a_lost_line_too(bucket):
    story = Story()
    referral = procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at)
    her = Browser(story.student, referral)
    key = announced(her).json()["key"]
    assert part(her, key, 0, PDF[:300]).json() == {"key": key, "received": 300}
    assert part(her, key, 100, PDF[100:400]).json() == {"key": key, "received": 400}
    assert announced(her).json() == {"key": key, "received": 400}
    assert part(her, key, 400, PDF[400:]).json() == {"key": key, "received": len(PDF)}
    her.post("documents", {"kind": "cv", "file-recu": key})
    document = referral.documents.get()
    assert (content_of(document), document.sha256) == (PDF, sha256(PDF).hexdigest())
    assert keys(bucket) == [document.file.name]


def test_what_is_not_what_was_announced_begins_anew(bucket):
    story = Story()
    her = Browser(story.student, procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at))
    key = announced(her).json()["key"]
    assert part(her, key, 0, bytes(len(PDF))).json() == {"key": key, "received": 0}
    assert arrived(her) == key


def test_a_file_that_is_missing_is_missing(bucket):
    with pytest.raises(FileNotFoundError):
        stored("recus/nul")
    assert not storing.is_older("recus/nul", than=timezone.now())


def test_orphans_go_and_what_is_claimed_stays(bucket, monkeypatch):
    """Objects cannot be made to look old: the sweep is told that a day is nothing."""
    monkeypatch.setattr(tasks, "ORPHAN_AGE", timedelta(days=-1))
    story = Story(at=timezone.now()).filed()
    rendered(story.referral.documents.get(kind=DocumentKind.RECEIPT).pk)
    claimed = {name for name in story.referral.documents.values_list("file", flat=True) if name}
    waiting = PartialUpload.objects.create(
        referral=story.referral,
        name="a.pdf",
        size=9,
        received=4,
        sha256="0" * 64,
        parts=[storing.keep_part(b"%PDF")],
        created_at=timezone.now() + timedelta(days=2),
    )
    for folder in ("recus", "lettres", "parties", "imports", "appariements"):
        default_storage.save(f"{folder}/perdu", ContentFile(b"x"))
    remove_orphan_files()
    assert keys(bucket) == sorted({*claimed, *waiting.parts})


@pytest.mark.parametrize(
    "address",
    ["s3://hôte", "s3:///seau", "https://cle:secret@hote/seau", "s3://cle:secret@hote/seau?public=oui", "/srv/documents"],
)
def test_an_address_that_says_something_else_is_refused(address):
    with pytest.raises(ValueError, match="STORAGE_URL"):
        storage_of(address)


def test_what_an_address_says():
    options = storage_of("s3://CLE:un%2Bsecret@s3.exemple.fr/saisine?acl=")["OPTIONS"]
    told = {name: options[name] for name in ("access_key", "secret_key", "endpoint_url", "bucket_name", "default_acl")}
    assert told == {
        "access_key": "CLE",
        "secret_key": "un+secret",
        "endpoint_url": "https://s3.exemple.fr",
        "bucket_name": "saisine",
        "default_acl": None,
    }
    assert storage_of("s3://hote/seau")["OPTIONS"]["default_acl"] == "private"
    assert storage_of("")["BACKEND"].endswith("FileSystemStorage")
