"""A request on the ground of health is itself confidential: with it or without it, nobody else reads one word that differs.

The same story is told twice from the same numbers, once with a request, its documents, its mails and a favourable opinion, once
without. Everything that can be reached from each reader's first page is read in both, exports included, and compared whole.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from io import BytesIO
from itertools import zip_longest
from urllib.parse import urljoin, urlsplit
from zipfile import ZipFile, is_zipfile

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from notifications import consultations, outbox
from notifications.models import Message
from referrals import procedure
from referrals.documents import letters
from referrals.models import Document, Event, Referral, Role, User
from referrals.procedure import By
from referrals.rules.states import State
from referrals.typesetting import unbroken
from tests import factories
from tests.office.pages import file_of
from tests.procedure.test_health import NEEDS, WORDS, ask, conclude, doctor_of, give, seat_that_was_refused
from tests.story import FILED_AT, Story

pytestmark = pytest.mark.django_db

GROUND = re.compile(r"sant[eé]\b|handicap|m[eé]dec|m[eé]dic|health|D\. ?612-36-3-1", re.IGNORECASE)
"""Words that would tell the ground."""


@pytest.fixture(autouse=True)
def nothing_else_differs(caplog, monkeypatch):
    """A mail takes no time to leave; letters' codes are counted, not drawn. Undefined variables are heard of by the tests of each
    page; here they only cost time.
    """
    monkeypatch.setattr(outbox, "monotonic", lambda: 0.0)
    monkeypatch.setattr(letters, "new_code", lambda: f"{Document.objects.exclude(code=None).count():016d}")
    caplog.set_level(logging.WARNING, "django.template")


# One story, told twice


def tell(*, asks: bool, until: State) -> Story:
    """A story that her university follows, up to ``until``. ``asks``: with a request to the medical adviser and all it brings."""
    story = Story().draft(adviser_consent=True)
    doctor = doctor_of(story)
    seat_that_was_refused(story)
    if asks:
        ask(story)
        give(story)
    procedure.file(story.id, by=story.her, at=story.at)
    procedure.assign(story.id, to=story.caseworker, by=story.office, at=story.later(hours=1).at)
    if asks:
        conclude(story, doctor)
        give(story.later(minutes=1))
        conclude(story.later(minutes=1), doctor)
        document = story.referral.documents.confidential().last()
        procedure.record_health_reading(story.id, document_id=document.pk, by=By.medical(doctor), at=story.at)
        story.later(minutes=-2)
    if until != State.FILED:
        procedure.declare_admissible(story.id, note="Vu.", by=story.office, at=story.later(hours=1).at)
        offers = [story.sent() for _ in range(3)]
        story.consulting()
        send_mails(story)
        procedure.record_first_reading(story.id, by=story.her, at=story.later(hours=1).at)
    if until == State.ACCEPTED:
        procedure.accept(story.id, offer_id=offers[0].pk, by=story.her, at=story.at)
    send_mails(story)
    assert story.referral.state == until
    return story


def send_mails(story: Story) -> None:
    for pk in Message.objects.order_by("pk").values_list("pk", flat=True):
        outbox.deliver(pk, at=story.at)


def as_needs(story: Story) -> None:
    """Give the office the needs that the opinion would have given."""
    Referral.objects.filter(pk=story.id).update(needs=NEEDS)


@contextmanager
def undone() -> Iterator[None]:
    """Undo what happens inside, and let every counter start from the same number again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences")
        counters = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT last_value, is_called FROM {name}")
            counters[name] = cursor.fetchone()
        for factory in (factories.UserFactory, factories.InstitutionFactory, factories.MasterMentionFactory):
            factory.reset_sequence(1_000, force=True)
        here = transaction.savepoint()
        yield
        transaction.savepoint_rollback(here)
        for name, (last, called) in counters.items():
            cursor.execute("SELECT setval(%s, %s, %s)", [name, last, called])


def in_both_worlds(look: Callable[[Story], dict], *, until: State, needs_told: bool = True) -> tuple[dict, dict]:
    """Return what ``look`` sees with a request, and without one. The office knows the needs in both, unless told otherwise."""
    seen = []
    for asks in (True, False):
        with time_machine.travel(FILED_AT, tick=False) as traveller, undone():
            story = tell(asks=asks, until=until)
            if needs_told and not asks:
                as_needs(story)
            traveller.move_to(story.at)
            seen.append(look(story))
    return seen[0], seen[1]


# Everything a reader can reach


RANDOM = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "KEY"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\b[0-9a-f]{32}\b", "SALT"),
    (r"<strong>[0-9a-f]{12}</strong>", "REFERENCE"),
    (r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN"),
    (r"/notifications/message/\d+/", "/notifications/message/PK/"),
    (r'(name="_selected_action" value=)"\d+"', r"\1PK"),
    (r'"document": \d+', '"document": PK'),
    (r"(Votre code du jour\s: <strong>)\d{3}&nbsp;\d{3}", r"\1CODE"),  # of the referral's own random key
    (r'"size": \d{5,}', '"size": OF A PDF'),
)
"""What chance decides, or the rank in a table of mails or documents, and not the story; a PDF is as long as its digests pack."""
LEFT_OUT = re.compile(
    r"/static/|/compte/|/bureau/logout/|/bureau/jsi18n/|/ma-saisine/[^/]+/(confidentiel|dossier)"
    r"|/bureau/vacancies/(licencemention|mastermention|institution|programme|academy|academicregion)/"
    r"|/bureau/vacancies/line/\d+/|.*/history/|.*/export/\w+\.pdf"
)
"""No page of the story: what knows no person; of hers, the confidential page and her own export; and what a ZIP holds anyway."""
EXPORTS = re.compile(r".*/export/")
LIST = re.compile(r"/bureau/\w+/\w+/$")


def plain(text: str) -> str:
    for pattern, name in RANDOM:
        text = re.sub(pattern, name, text)
    return text


def readable(content: bytes) -> list[str]:
    """Return the words of a page, a file or an archive, line by line."""
    if is_zipfile(BytesIO(content)):
        archive = ZipFile(BytesIO(content))
        return [line for inside in sorted(archive.namelist()) for line in (inside, *readable(archive.read(inside)))]
    if content.startswith(b"%PDF"):
        text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    else:
        text = content.decode(errors="replace")
    return [line for line in map(str.strip, plain(text).splitlines()) if line]


def reachable(user: User | None, door: str, *, but: re.Pattern = LEFT_OUT) -> dict[str, list[str]]:
    """Follow every link from ``door`` and return what is read there, by address; a list's own filters only cut the same list."""
    client, pages, waiting, known = Client(), {}, [door], {door}
    if user:
        client.force_login(user)
    while waiting:
        address = waiting.pop(0)
        response = client.get(address)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        answer = plain(f"{response.status_code} {response.get('Location', '')}")
        pages.setdefault(plain(address), []).extend([answer, *readable(content)])
        links = [response.get("Location", "")]
        if response.get("Content-Type", "").startswith("text/html"):
            links += map(unescape, re.findall(r'<(?:a|form)[^>]*\b(?:href|action)="([^"]+)"', content.decode()))
        for target in (urljoin(address, link).partition("#")[0] for link in links):
            ours = target.startswith("/") and not urlsplit(target).netloc and not LEFT_OUT.match(target) and not but.match(target)
            cuts_a_list = "?" in target and ("?" in address or LIST.match(address))
            if ours and not cuts_a_list and target not in known:
                known.add(target)
                waiting.append(target)
    return pages


def of_the_caseworker(story: Story) -> dict:
    return reachable(story.caseworker, "/bureau/")


def of_the_head(story: Story) -> dict:
    user = factories.post(Role.HEAD, email="cheffe@exemple.fr", region=story.academy.region)
    return reachable(user, "/bureau/", but=EXPORTS)  # the caseworker's


def of_the_administrator(story: Story) -> dict:
    return reachable(factories.post(Role.ADMINISTRATOR, email="nationale@exemple.fr"), "/bureau/", but=EXPORTS)


def of_her_university(story: Story) -> dict:
    return reachable(factories.post(Role.ADVISER, institution=story.institution, email="scuio@exemple.fr"), "/suivi/")


def of_the_institution_asked(story: Story) -> dict:
    user = factories.post(Role.INSTITUTION, institution=story.institution, email="masters@exemple.fr")
    return reachable(user, "/etablissement/")


def of_herself(story: Story) -> dict:
    return reachable(story.student, "/ma-saisine/")


def of_anybody(story: Story) -> dict:
    return reachable(None, "/")


def same(pages: tuple[dict, dict]) -> set[str]:
    """Hold two worlds against each other, page by page and line by line. Return the addresses compared."""
    with_it, without_it = pages
    assert sorted(with_it) == sorted(without_it)
    different = {
        address: [pair for pair in zip_longest(map(str, with_it[address]), map(str, without_it[address])) if len(set(pair)) > 1]
        for address in with_it
        if with_it[address] != without_it[address]
    }
    assert different == {}
    return set(with_it)


def test_the_caseworkers_pages_lists_and_exports_are_the_same_to_the_letter():
    compared = same(in_both_worlds(of_the_caseworker, until=State.ACCEPTED))
    key = max(int(number) for address in compared for number in re.findall(r"/referral/(\d+)/change/", address))
    assert compared > {
        "/bureau/",
        "/bureau/referrals/referral/",
        f"/bureau/referrals/referral/{key}/change/",
        f"/bureau/referrals/referral/{key}/export/court.zip",
        f"/bureau/referrals/referral/{key}/export/internal.zip",
        f"/bureau/referrals/referral/{key}/export/student.zip",
        "/bureau/notifications/message/",
        "/bureau/notifications/message/PK/change/",
        "/bureau/vacancies/line/",
        "/documents/KEY/",
    }


@pytest.mark.parametrize("until", [State.FILED, State.OFFERED])
@pytest.mark.parametrize("look", [of_the_head, of_the_administrator])
def test_so_are_the_heads_and_the_administrators(look, until):
    """The search for seats among them, where a formation that refused her waits to be asked again."""
    compared = same(in_both_worlds(look, until=until))
    searches = any(address.endswith("/consult/") for address in compared)
    assert searches == (look is of_the_head and until == State.OFFERED)


@pytest.mark.parametrize("look", [of_her_university, of_anybody])
def test_so_are_those_of_her_university_and_of_the_public(look):
    same(in_both_worlds(look, until=State.ACCEPTED))


@pytest.mark.parametrize("until", [State.OFFERED, State.ACCEPTED])
def test_so_are_those_of_the_institution_that_is_asked(until):
    compared = same(in_both_worlds(of_the_institution_asked, until=until))
    assert compared > {"/etablissement/demandes/", "/etablissement/demandes/KEY/", "/documents/KEY/"}


@pytest.mark.parametrize("until", [State.OFFERED, State.ACCEPTED])
def test_so_are_all_of_her_own_but_the_confidential_one(until):
    """What lies open on her screen tells nobody."""
    same(in_both_worlds(of_herself, until=until))


def test_the_one_thing_the_office_reads_of_a_favourable_opinion_is_the_needs():
    """And the comparison is not blind: it finds this one difference, and no other."""

    def file_and_queue(story: Story) -> dict:
        client = Client()
        client.force_login(story.caseworker)
        queue = reverse("admin:referrals_referral_changelist")
        return {address: readable(client.get(address).content) for address in (file_of(story.referral), queue)}

    with_it, without_it = in_both_worlds(file_and_queue, until=State.OFFERED, needs_told=False)
    different = {line for address in with_it for line in set(with_it[address]) ^ set(without_it[address])}
    assert different == {
        "<h3>Besoins à respecter</h3>",
        f"<p>{unbroken(NEEDS)}</p>",
        "<strong>besoins à respecter</strong>, plus bas",
    }


# What is written and sent


def stored(story: Story) -> dict:
    """Every mail that is not of the branch, to whoever; the history, the limits and the letters of the case, as they are stored."""
    documents, limits, offers = story.referral.documents, story.referral.limits, story.referral.offers
    columns = ("audience", "to", "reply_to", "template", "subject", "text", "html", "fate", "created_at", "sent_at")
    return {
        "mails": [plain(str(mail)) for mail in Message.objects.of_case().order_by("pk").values_list(*columns)],
        "history": [
            [event.seq, event.kind, event.actor, event.by_name, event.at, event.note, said_in(event)]
            for event in story.referral.events.of_case().order_by("seq")
        ],
        "limits": list(limits.values_list("kind", "start", "days", "rule", "last_day", "ends_at", "told_at", "status")),
        "letters": [plain(str(letter.content)) for letter in documents.letters()],
        "documents": list(documents.with_the_file().values_list("kind", "name", "created_at")),
        "seats": list(offers.values_list("state", "consulted_because", "vacancy__held", "vacancy__taken")),
    }


def said_in(event: Event) -> dict:
    """What an event says, but the ids of tables that hold the branch's rows too, and the salted digest of its note."""
    return {name: plain(str(value)) for name, value in event.payload.items() if name not in ("document", "message", "note")}


@pytest.mark.parametrize("until", [State.FILED, State.ACCEPTED])
def test_mails_history_limits_letters_and_seats_are_the_same(until):
    same(in_both_worlds(stored, until=until))


def test_the_branch_writes_to_the_student_and_the_medical_adviser_alone_and_under_neutral_subjects():
    story = tell(asks=True, until=State.ACCEPTED)
    of_the_branch = Message.objects.filter(event__strand="health")
    assert set(of_the_branch.values_list("audience", "subject")) == {
        ("medical", "Une demande vous attend"),
        ("student", "Un message vous attend"),
    }
    for role in (Role.CASEWORKER, Role.HEAD, Role.ADMINISTRATOR):
        reader = factories.post(role, region=story.academy.region)
        assert not of_the_branch.filter(pk__in=Message.objects.visible_to(reader)).exists()


def test_no_mail_of_any_kind_names_the_ground_or_what_was_said_of_it():
    tell(asks=True, until=State.ACCEPTED)
    for message in Message.objects.all():
        everything = f"{message.subject}\n{message.text}\n{message.html}\n{message.template}"
        assert (message.template, GROUND.findall(everything)) == (message.template, [])
        assert [text for text in (NEEDS, WORDS, "certificat") if text in everything] == []


def test_an_institution_is_asked_without_the_needs_or_the_branch_being_named():
    story = tell(asks=True, until=State.OFFERED)  # a fourth is being asked
    at = story.at.replace(hour=9) + timedelta(days=3)  # a Tuesday
    for digest in consultations.due(at=at):
        consultations.ask(digest, at=at)
    asked = Message.objects.filter(audience__in=["institution", "consulted"])
    assert asked.filter(audience="consulted").count() == 1
    assert [mail.subject for mail in asked if NEEDS in mail.text or GROUND.search(mail.text)] == []


def test_the_fate_of_the_branchs_mails_is_noted_on_its_own_chain():
    story = tell(asks=True, until=State.ACCEPTED)
    keys = {str(key) for key in Message.objects.filter(event__strand="health").values_list("message_id", flat=True)}
    noted = {
        strand: {event.payload["message"] for event in story.referral.events.filter(strand=strand, kind="mail_sent")}
        for strand in ("case", "health")
    }
    assert noted["health"] == keys
    assert noted["case"] & keys == set()


# What nobody finds, even who knows the address


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.HEAD, Role.ADMINISTRATOR])
def test_the_branchs_mails_and_documents_are_not_found_by_their_address_either(role):
    story = tell(asks=True, until=State.OFFERED)
    client = Client()
    client.force_login(factories.post(role, region=story.academy.region))
    for message in Message.objects.filter(event__strand="health"):
        response = client.get(reverse("admin:notifications_message_change", args=[message.pk]))
        assert response.status_code == 404
    for document in Document.objects.filter(kind="health"):
        assert client.get(reverse("document", args=[document.key])).status_code == 404


def test_a_request_in_a_draft_is_known_to_nobody():
    story = Story().draft()
    doctor = doctor_of(story)
    ask(story)
    give(story)
    document = Document.objects.get(kind="health")
    readers = [doctor, story.caseworker, factories.post(Role.ADMINISTRATOR)]
    assert [Document.objects.visible_to(reader).filter(pk=document.pk).exists() for reader in readers] == [False, False, False]
    assert Message.objects.count() == 0
