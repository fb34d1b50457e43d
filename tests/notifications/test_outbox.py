"""Did it leave? Against a mail server that really receives."""

import errno
from datetime import timedelta
from smtplib import SMTPAuthenticationError, SMTPConnectError, SMTPDataError, SMTPNotSupportedError, SMTPServerDisconnected
from socket import gaierror

import pytest
from django.core.files.base import ContentFile

from notifications import outbox, tasks
from notifications.models import Audience, Fate, Message
from notifications.outbox import LEASE, WAITS
from referrals import procedure
from referrals.models import Document, DocumentKind
from referrals.tasks import SweepIncomplete
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story().filed()


@pytest.fixture
def receipt(story) -> Message:
    return Message.objects.get(template="filed")


def history(story: Story) -> list[str]:
    return list(story.referral.events.values_list("kind", flat=True))


def test_a_mail_arrives_with_both_parts_and_its_letter(server, story, receipt):
    outbox.deliver(receipt.pk, at=story.at)
    (mail,) = server.mails
    assert mail["To"] == story.student.email
    assert mail["From"] == "Saisine <ne-pas-repondre@saisine.example>"
    assert mail["Subject"].strip() == receipt.subject  # folded: a long one starts on the next line
    assert mail["Message-ID"] == f"<{receipt.message_id}@127.0.0.1>"
    assert mail["Date"] == "Sat, 20 Jun 2026 10:00:00 +0200"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "fr"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text.get_content().replace("\r\n", "\n") == receipt.text
    assert html.get_content().replace("\r\n", "\n").strip() == receipt.html.strip()
    (letter,) = mail.iter_attachments()
    document = Document.objects.get(kind=DocumentKind.RECEIPT)
    assert letter.get_filename() == document.name
    assert letter.get_content_type() == "application/pdf"
    with document.file.open() as stored:
        assert letter.get_payload(decode=True) == stored.read()


def test_what_left_is_written_into_the_history_once(server, story, receipt):
    outbox.deliver(receipt.pk, at=story.at)
    outbox.deliver(receipt.pk, at=story.at)
    tasks.report_outcomes()
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.attempts, receipt.recorded_at) == (Fate.SENT, 1, story.at)
    assert story.at <= receipt.sent_at < story.at + timedelta(seconds=30)
    assert history(story).count("mail_sent") == 1
    event = story.referral.events.last()
    assert event.payload == {"message": str(receipt.message_id), "to_student": True, "note": event.payload["note"]}
    assert event.at == receipt.sent_at
    assert len(server.mails) == 1


def test_an_answer_of_an_institution_goes_to_the_caseworker(server, story):
    story.referral.refresh_from_db()
    Message.objects.all().delete()
    message = story_frees_a_seat()
    outbox.deliver(message.pk, at=message.created_at)
    (mail,) = server.mails
    assert mail["Reply-To"] == message.reply_to


def story_frees_a_seat() -> Message:
    other = Story()
    other.admissible()
    offer = other.consulting()
    procedure.retract_offer(other.id, offer_id=offer.pk, ground="Erreur.", by=other.office, at=other.at)
    return Message.objects.get(audience=Audience.INSTITUTION)


def test_a_passing_refusal_is_tried_again_with_growing_waits(server, story, receipt):
    at = story.at
    for number, wait in enumerate(WAITS, 1):
        server.replies = ["451 4.3.0 revenez plus tard"]
        outbox.deliver(receipt.pk, at=at)
        receipt.refresh_from_db()
        assert (receipt.fate, receipt.attempts, receipt.next_attempt_at) == (Fate.PENDING, number, at + wait)
        assert receipt.reason == "451 4.3.0 revenez plus tard"
        outbox.deliver(receipt.pk, at=at + wait - timedelta(seconds=1))  # not its turn yet
        receipt.refresh_from_db()
        assert receipt.attempts == number
        at += wait
    assert list(WAITS) == sorted(WAITS)
    assert history(story).count("mail_failed") == 0
    server.replies = ["451 4.3.0 revenez plus tard"]
    outbox.deliver(receipt.pk, at=at)
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.reason, receipt.failed_at) == (Fate.FAILED, "451 4.3.0 revenez plus tard", at)
    assert history(story).count("mail_failed") == 1


@pytest.mark.parametrize("number", [errno.EHOSTUNREACH, errno.ENETUNREACH])
def test_a_network_that_is_gone_for_a_while_fails_nothing(number):
    assert outbox.passing(OSError(number, "no network"))
    assert not outbox.passing(FileNotFoundError(errno.ENOENT, "no letter"))


def test_a_mail_whose_limit_runs_no_longer_does_not_leave(server):
    story = Story()
    *_, third = story.offered()
    announcing = Message.objects.get(limit=story.limit())
    procedure.retract_offer(story.id, offer_id=third.pk, ground="Erreur.", by=story.office, at=story.at)
    outbox.deliver(announcing.pk, at=story.at + timedelta(days=3))
    announcing.refresh_from_db()
    assert (announcing.fate, announcing.reason, server.mails) == (Fate.FAILED, outbox.STALE, [])


def test_a_second_try_bears_the_same_message_id(server, story, receipt):
    server.replies = ["451 4.3.0 revenez plus tard"]
    outbox.deliver(receipt.pk, at=story.at)
    outbox.deliver(receipt.pk, at=story.at + WAITS[0])
    (mail,) = server.mails
    assert mail["Message-ID"] == f"<{receipt.message_id}@127.0.0.1>"
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.reason) == (Fate.SENT, "")


def test_a_refusal_for_good_fails_with_its_reason(server, story, receipt):
    server.replies = ["550 5.1.1 boîte inconnue"]
    outbox.deliver(receipt.pk, at=story.at)
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.reason, receipt.failed_at) == (Fate.FAILED, "550 5.1.1 boîte inconnue", story.at)
    event = story.referral.events.last()
    assert (event.kind, event.note) == ("mail_failed", f"{receipt.subject} : 550 5.1.1 boîte inconnue")
    assert receipt in Message.objects.visible_to(story.caseworker)


def test_a_failed_mail_is_sent_again_to_the_present_address(server, story, receipt):
    server.replies = ["550 5.1.1 boîte inconnue"]
    outbox.deliver(receipt.pk, at=story.at)
    story.student.email = "nouvelle@exemple.fr"
    story.student.save()
    receipt.refresh_from_db()
    later = story.at + timedelta(hours=3)
    assert outbox.resend(receipt, at=later)
    outbox.deliver(receipt.pk, at=later)
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.to, receipt.attempts) == (Fate.SENT, "nouvelle@exemple.fr", 1)
    assert [mail["To"] for mail in server.mails] == ["nouvelle@exemple.fr"]
    assert history(story)[-2:] == ["mail_failed", "mail_sent"]


def test_what_left_or_is_leaving_is_not_sent_again(server, story, receipt):
    outbox.claim(receipt.pk, at=story.at)
    assert not outbox.resend(receipt, at=story.at)
    outbox.deliver(receipt.pk, at=story.at + LEASE)
    assert not outbox.resend(receipt, at=story.at + LEASE)
    assert len(server.mails) == 1


def test_no_server_at_all_is_a_passing_error(settings, story, receipt):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    outbox.deliver(receipt.pk, at=story.at)
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.next_attempt_at) == (Fate.PENDING, story.at + WAITS[0])


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (SMTPServerDisconnected(), True),
        (SMTPConnectError(554, b"not now"), True),
        (SMTPAuthenticationError(535, b"our own password is wrong"), True),
        (SMTPDataError(452, b"disk full"), True),
        (SMTPDataError(554, b"spam"), False),
        (SMTPNotSupportedError(), False),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (gaierror(), True),
        (FileNotFoundError(), False),
        (ValueError(), False),
    ],
    ids=repr,
)
def test_the_closed_list_of_passing_errors(error, passes):
    assert outbox.passing(error) == passes


def test_a_letter_that_cannot_be_rendered_fails_and_says_so(server, story, receipt, monkeypatch):
    def broken(document, **options):
        raise RuntimeError("no font")

    monkeypatch.setattr("referrals.documents.letters.pdf_of", broken)
    outbox.deliver(receipt.pk, at=story.at)
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.reason) == (Fate.FAILED, "RuntimeError: no font")
    assert server.mails == []


def test_a_worker_that_died_leaves_the_mail_to_the_next_one(server, story, receipt):
    outbox.claim(receipt.pk, at=story.at)  # and nothing more: the machine stopped
    outbox.deliver(receipt.pk, at=story.at + LEASE - timedelta(seconds=1))
    assert server.mails == []
    outbox.deliver(receipt.pk, at=story.at + LEASE)
    assert len(server.mails) == 1


def test_a_crash_between_the_mail_and_the_history_is_swept(server, story, receipt, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "record_mail", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            outbox.deliver(receipt.pk, at=story.at)
    assert history(story).count("mail_sent") == 0
    tasks.report_outcomes()
    tasks.report_outcomes()
    assert history(story).count("mail_sent") == 1
    assert len(server.mails) == 1


def test_the_sweep_sends_what_is_due_and_counts_what_it_could_not(server, story, receipt, monkeypatch):
    Story().filed()
    failing = Message.objects.exclude(pk=receipt.pk).get()
    honest = outbox.deliver

    def deliver(pk, *, at):
        if pk == failing.pk:
            raise RuntimeError
        honest(pk, at=at)

    monkeypatch.setattr(outbox, "deliver", deliver)
    with pytest.raises(SweepIncomplete) as incomplete:
        tasks.send_due()
    assert incomplete.value.args == ("send_due", [failing.pk])
    assert [mail["To"] for mail in server.mails] == [receipt.to]


def test_a_stale_mail_is_not_sent(server, story, receipt):
    Message.objects.update(not_after=story.at)
    outbox.deliver(receipt.pk, at=story.at)
    receipt.refresh_from_db()
    assert (receipt.fate, receipt.reason) == (Fate.FAILED, outbox.STALE)
    assert server.mails == []


def test_a_letter_already_rendered_is_sent_as_it_stands(server, story, receipt):
    document = receipt.attachment
    document.file.save("lettres/deja.pdf", ContentFile(b"%PDF-deja"), save=False)
    document.sha256 = "0" * 64
    document.save()
    outbox.deliver(receipt.pk, at=story.at)
    (letter,) = server.mails[0].iter_attachments()
    assert letter.get_payload(decode=True) == b"%PDF-deja"
