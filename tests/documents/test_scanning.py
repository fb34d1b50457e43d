"""Viruses: nobody gets a file before ClamAV has seen it, nobody gets one it found something in, and nothing else waits for it."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pikepdf
import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import Message
from referrals import procedure
from referrals.documents import scanning
from referrals.documents.case_archive import write_zip
from referrals.documents.case_file import case_file
from referrals.documents.editions import EDITIONS
from referrals.models import Document, Doubt, Role, Scan
from referrals.rules.states import State
from referrals.tasks import SweepIncomplete, scan_document, scan_files
from tests import factories
from tests.documents.scanner import EICAR
from tests.office.pages import file_of
from tests.office.pages import text_of as office_text
from tests.processes import environment, mailbox, wait_until, worker
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import text_of
from vacancies import antivirus

pytestmark = pytest.mark.django_db
NOWHERE = "unix:///nowhere/clamd.sock"


@pytest.fixture
def down(settings) -> None:
    settings.CLAMAV_URL = NOWHERE


def infected_pdf() -> bytes:
    """A sound PDF that carries the test file."""
    written, pdf = BytesIO(), pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments["facture.txt"] = EICAR
    pdf.save(written, compress_streams=False)
    return written.getvalue()


def given(story: Story, content: bytes | None = None, name: str = "cv.pdf", kind: str = "cv") -> Document:
    procedure.add_document(story.id, kind=kind, upload=factories.upload(name, content), by=story.her, at=story.at)
    return story.referral.documents.latest("pk")


def fetched(user, document: Document, end: str = ""):
    return factories.signed_in(user).get(f"/documents/{document.key}/{end}")


def everybody(story: Story) -> list:
    return [story.student, story.caseworker]


@pytest.mark.parametrize(
    ("content", "virus"),
    [(b"bonjour", ""), (factories.pdf(), ""), (EICAR, "Eicar-Test.UNOFFICIAL"), (infected_pdf(), "Eicar-Test.UNOFFICIAL")],
    ids=["text", "pdf", "eicar", "in a pdf"],
)
def test_the_daemon_is_asked_over_its_socket(scanned, content, virus):
    assert antivirus.virus_in(BytesIO(content)) == virus


def test_a_large_file_goes_in_pieces(scanned):
    assert antivirus.virus_in(BytesIO(bytes(3 * antivirus.CHUNK + 7) + EICAR)) in ("", "Eicar-Test.UNOFFICIAL")
    assert antivirus.virus_in(BytesIO(infected_pdf() + bytes(10 * antivirus.CHUNK))) == "Eicar-Test.UNOFFICIAL"


def test_a_daemon_that_is_down_or_says_something_else_is_down(down, settings, scanned):
    settings.CLAMAV_URL = NOWHERE
    for asked in (antivirus.require_scanner, lambda: antivirus.virus_in(BytesIO(b"x"))):
        with pytest.raises(antivirus.ScannerDown):
            asked()
    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    with pytest.raises(antivirus.ScannerDown):
        antivirus.require_scanner()
    settings.CLAMAV_URL = scanned
    antivirus.require_scanner()


def test_until_it_was_scanned_nobody_gets_it_and_it_counts_all_the_same(scanned):
    story = Story().draft()
    document = given(story)
    procedure.file(story.id, by=story.her, at=story.at)
    assert (document.scan, story.referral.state) == (Scan.WAITING, State.FILED)
    for user in everybody(story):
        for end in ("", "original/"):
            response = fetched(user, document, end)
            assert response.status_code == 422
            assert "L’antivirus contrôle ce fichier." in text_of(response)
    page = reverse("admin:referrals_referral_page", args=[story.id, document.key, 1])
    assert factories.signed_in(story.caseworker).get(page).status_code == 422
    with ZipFile(zipped(story)) as archive:
        assert not [name for name in archive.namelist() if name.endswith("cv.pdf")]
    assert "en cours de contrôle" in office_text(factories.signed_in(story.caseworker).get(file_of(story.referral)))

    scan_document(document.pk)
    document.refresh_from_db()
    assert (document.scan, document.doubt, document.scanned_at is not None) == (Scan.CLEAN, "", True)
    for user in everybody(story):
        assert b"".join(fetched(user, document).streaming_content).startswith(b"%PDF")
    with ZipFile(zipped(story)) as archive:
        assert [name for name in archive.namelist() if name.endswith("cv.pdf")]


def zipped(story: Story) -> BytesIO:
    written = BytesIO()
    write_zip(case_file(story.id, edition=EDITIONS["student"], at=story.at), written)
    return written


def test_an_infected_file_is_served_to_nobody_and_its_student_is_told(scanned):
    story = Story().draft()
    document = given(story, infected_pdf())
    procedure.file(story.id, by=story.her, at=story.at)
    scan_files()
    document.refresh_from_db()
    assert (document.scan, document.doubt, story.referral.state) == (Scan.INFECTED, Doubt.INFECTED, State.FILED)
    for user in everybody(story):
        for end in ("", "original/"):
            response = fetched(user, document, end)
            assert (response.status_code, b"%PDF" in response.content) == (422, False)
    event = story.referral.events.of_case().get(kind="file_blocked")
    assert (event.actor, event.payload) == ("clock", {"document": document.pk, "virus": "Eicar-Test.UNOFFICIAL"})
    mail = Message.objects.get(event=event)
    assert (mail.to, mail.subject) == (
        story.student.email,
        "Un virus dans un de vos fichiers\N{NO-BREAK SPACE}: envoyez-en un autre",
    )
    assert "curriculum vitae" in mail.text
    assert "bloqué par l’antivirus" in office_text(factories.signed_in(story.caseworker).get(file_of(story.referral)))
    assert "L’antivirus a trouvé un virus dans ce fichier" in text_of(Browser(story.student, story.referral).get("referral"))


def test_a_verdict_is_written_once_and_not_of_what_was_taken_back(scanned):
    story = Story().draft()
    document = given(story, infected_pdf())
    for _ in range(2):
        scan_document(document.pk)
    assert story.referral.events.filter(kind="file_blocked").count() == 1
    taken_back = given(story, infected_pdf(), "autre.pdf", "other")
    procedure.remove_document(story.id, document_id=taken_back.pk, by=story.her, at=story.at)
    scan_document(taken_back.pk)
    taken_back.refresh_from_db()
    assert (taken_back.scan, story.referral.events.filter(kind="file_blocked").count()) == (Scan.INFECTED, 1)


def test_what_is_confidential_is_told_in_confidence(scanned):
    story = Story().filed()
    procedure.request_health(story.id, words="Une gêne.", by=story.her, at=story.at)
    document = procedure.add_health_document(
        story.id, upload=factories.upload("certificat.pdf", infected_pdf()), by=story.her, at=story.at
    )
    doctor = factories.post(Role.MEDICAL, region=story.academy.region)
    assert fetched(doctor, document).status_code == 422
    scan_document(document.pk)
    assert not story.referral.events.of_case().filter(kind__contains="blocked").exists()
    event = story.referral.events.of_health().get(kind="health_file_blocked")
    assert list(Message.objects.filter(event=event).values_list("subject", flat=True)) == ["Un message vous attend"]
    assert fetched(doctor, document).status_code == 422


def test_while_the_scanner_is_down_files_wait_filings_stand_and_the_alarm_is_seen(down, daemon, settings):
    story = Story().draft()
    document = given(story)
    procedure.file(story.id, by=story.her, at=story.at)
    with pytest.raises(antivirus.ScannerDown):
        scan_files()
    document.refresh_from_db()
    assert (document.scan, story.referral.state) == (Scan.WAITING, State.FILED)
    Document.objects.filter(pk=document.pk).update(created_at=timezone.now())
    Document.objects.exclude(pk=document.pk).filter(scan=Scan.WAITING).update(scan=Scan.CLEAN)
    assert Client().get("/sante/").content == b"ok"
    Document.objects.filter(pk=document.pk).update(created_at=timezone.now() - scanning.LATE - timedelta(minutes=1))
    assert Client().get("/sante/").content == b"ok, but files wait for the virus scanner"
    settings.CLAMAV_URL = daemon  # it is up again: the sweep of the next minute
    scan_files()
    document.refresh_from_db()
    assert (document.scan, Client().get("/sante/").content) == (Scan.CLEAN, b"ok")


def test_a_lost_file_stops_no_other(scanned):
    story = Story().draft()
    lost, other = given(story), given(story, name="autre.pdf", kind="other")
    lost.file.storage.delete(lost.file.name)
    with pytest.raises(SweepIncomplete):
        scan_files()
    assert [Document.objects.get(pk=one.pk).scan for one in (lost, other)] == [Scan.WAITING, Scan.CLEAN]


def test_without_a_scanner_files_are_served_and_the_office_is_told(settings):
    story = Story().draft()
    document = given(story)
    procedure.file(story.id, by=story.her, at=story.at)
    assert document.scan == Scan.NONE
    assert b"".join(fetched(story.caseworker, document).streaming_content).startswith(b"%PDF")
    assert "non contrôlé par un antivirus" in office_text(factories.signed_in(story.caseworker).get(file_of(story.referral)))
    Document.objects.filter(pk=document.pk).update(scan=Scan.WAITING)  # there was one, and it was taken away
    scan_files()
    document.refresh_from_db()
    assert document.scan == Scan.NONE


def test_files_older_than_the_scanner_are_scanned_too(scanned, settings):
    settings.CLAMAV_URL = ""
    story = Story().draft()
    document = given(story, infected_pdf())
    settings.CLAMAV_URL = scanned
    scan_files()
    document.refresh_from_db()
    assert (document.scan, document.doubt) == (Scan.INFECTED, Doubt.INFECTED)


@pytest.mark.django_db(transaction=True)
def test_a_worker_scans_what_has_just_arrived(scanned, tmp_path):
    current_app.control.purge()
    with mailbox() as box, worker(env=environment(mail_port=box.port) | {"CLAMAV_URL": scanned}, log=tmp_path / "worker.log"):
        story = Story(at=timezone.now()).draft()
        document = given(story, infected_pdf())
        wait_until(lambda: Document.objects.get(pk=document.pk).scan == Scan.INFECTED, what="the scan")
        wait_until(lambda: box.to(story.student.email), what="the mail that asks for another copy")
    assert Document.objects.filter(scan=Scan.WAITING).count() == 0
    current_app.control.purge()
