"""What holds of every mail to a student, in French and in English: who wrote it knew these rules; here they are asked of all."""

import html
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db.models.signals import pre_save
from django.template import Context, Template
from django.utils import translation

from notifications import outbox, reminders
from notifications.catalogue import CATALOGUE
from notifications.models import Message
from notifications.receivers import HERS
from notifications.templatetags.french import typeset
from referrals.language import Language
from referrals.models import User
from referrals.templatetags.instants import end
from tests.factories import instant
from tests.notifications.conftest import UNDEFINED
from tests.notifications.test_catalogue import EVERYTHING, begun
from tests.story import Story

FRENCH = Path(settings.BASE_DIR) / "templates" / "mails"
ENGLISH = FRENCH / "en"
REMINDERS = {*reminders.TEMPLATES.values(), reminders.AWAITED}
TO_HER = {mail.template for mails in CATALOGUE.values() for mail in mails if mail.to in HERS} | REMINDERS


def speaks(story: Story, language: Language) -> Story:
    User.objects.filter(pk=story.student.pk).update(language=language)
    return story


@pytest.fixture(params=Language, ids=lambda language: language.value)
def language(request) -> Language:
    return request.param


@contextmanager
def everybody_reads(language: Language) -> Iterator[None]:
    """Every account opened meanwhile speaks ``language``: some stories have a second student."""

    def speak(instance: User, **kwargs) -> None:
        if instance._state.adding:
            instance.language = language

    pre_save.connect(speak, sender=User)
    yield
    pre_save.disconnect(speak, sender=User)


@pytest.fixture
def mails(db, language) -> list[Message]:
    """Every mail that an event causes to a student who reads ``language``."""
    with everybody_reads(language):
        for happens, _, options in EVERYTHING:
            happens(begun(options, academy="La Réunion"))
    found = list(Message.objects.filter(audience__in=HERS).select_related("limit"))
    assert {mail.template for mail in found} == TO_HER - REMINDERS
    return found


def test_mails_to_students(mails, language, client):
    """One walk through all of them: to cause them takes far longer than to read them. Others are written to in French always."""
    assert set(Message.objects.exclude(audience__in=HERS).values_list("language", flat=True)) == {"fr"}
    assert {mail.language for mail in mails} == {language}
    templates = defaultdict(set)
    for mail in mails:
        templates[mail.subject].add(mail.template)
        assert UNDEFINED not in f"{mail.subject}{mail.text}{mail.html}"
        assert f'<html lang="{language}">' in mail.html
        assert_both_parts_agree(mail)
        assert_nothing_watches(mail)
        if mail.limit:
            assert_it_says_until_when(mail, language)
    assert [names for names in templates.values() if len(names) > 1] == []  # a subject says which mail it is
    for address in {address for mail in mails for address in addresses(mail)}:
        client.get(urlsplit(address).path)
        assert "_auth_user_id" not in client.session


def addresses(mail: Message) -> list[str]:
    return re.findall(r"https?://[^\s<\"]+", mail.text)


def assert_both_parts_agree(mail: Message) -> None:
    body = re.sub(r"<(style|title)>.*?</\1>|<h1>.*?</h1>|<[^>]+>", " ", mail.html, flags=re.DOTALL)
    said = re.sub(r"\s+", "", html.unescape(body))
    for line in mail.text.splitlines():
        assert re.sub(r"\s+", "", line.removeprefix("– ")).removesuffix(":") in said


def assert_nothing_watches(mail: Message) -> None:
    """No picture, nothing loaded, no address but ours, and none that says who follows it."""
    assert re.findall(r"<(?:img|link|script|iframe|object)|url\(|src=", mail.html) == []
    assert re.findall(r'href="([^"]*)"', mail.html) == [address for address in addresses(mail) if f'href="{address}"' in mail.html]
    for address in addresses(mail):
        parts = urlsplit(address)
        assert (f"{parts.scheme}://{parts.netloc}", parts.query) == (settings.SITE_URL, "")


def assert_it_says_until_when(mail: Message, language: Language) -> None:
    """The day, the hour and whose clock it is, and where to act."""
    with translation.override(language):
        assert typeset(end(mail.limit)) in mail.text
    assert addresses(mail)


# English beside French


def test_every_mail_to_a_student_has_its_english_twin():
    partials = {path.stem for path in ENGLISH.glob("_*.txt")}
    assert {path.stem for path in ENGLISH.glob("*.txt")} - partials == TO_HER
    assert partials <= {path.stem for path in FRENCH.glob("_*.txt")}


@pytest.mark.parametrize("twin", sorted(ENGLISH.glob("*.txt")), ids=lambda path: path.stem)
def test_an_english_mail_says_the_same_things_under_the_same_conditions(twin):
    assert what_it_tells(twin) == what_it_tells(FRENCH / twin.name)


def what_it_tells(template: Path) -> tuple[list[str], set[str]]:
    """Return the variables that a template names, each as often as it does, and what it asks, repeats and takes in."""
    text = template.read_text().replace("mails/en/", "mails/")
    asked = set(re.findall(r"{%\s*((?:if|elif|for|extends|include|block) [^%]*?)\s*%}", text))
    return sorted(re.findall(r"{{\s*(.*?)\s*}}", text)), asked


@pytest.mark.django_db
def test_an_english_reminder():
    story = speaks(Story(academy="La Réunion"), Language.ENGLISH)
    story.offered()
    limit = story.told().limit()
    reminders.remind(limit, at=instant("2026-07-05 10:00 Indian/Reunion"))
    reminder = Message.objects.get(template="reminder_answer")
    assert (reminder.language, reminder.subject) == ("en", "Your answer: one day left, before the end of 6 July")
    assert "Three offers await your answer" in reminder.text
    assert "You have until tomorrow, Monday 6 July 2026 at 24:00 (Réunion time, UTC+4), to answer." in reminder.text


@pytest.mark.django_db
def test_what_a_draft_lacks_is_named_in_english():
    story = speaks(Story(), Language.ENGLISH).draft(first_names="")
    limit = story.limit("filing")
    reminders.remind(limit, at=instant("2026-06-26 10:00"))
    assert "Still missing:\n\n– your first names\n" in Message.objects.get(template="reminder_filing").text


@pytest.mark.django_db
def test_a_mail_leaves_with_its_language(server):
    story = speaks(Story(), Language.ENGLISH).filed()
    outbox.deliver(Message.objects.get(template="filed").pk, at=story.at)
    (received,) = server.to(story.student.email)
    assert received["Content-Language"] == "en"
    assert received["Subject"].startswith("Referral no. ")


def test_days_and_sizes_in_english():
    with translation.override("en"):
        said = Template("{% load french %}{{ day|short_day }}, {{ size|file_size }}, {{ number|in_words }}").render(
            Context({"day": instant("2026-08-01 10:00").date(), "size": 1_234_567, "number": 3})
        )
    assert said == "1 August, 1.2\N{NO-BREAK SPACE}MB, three"
