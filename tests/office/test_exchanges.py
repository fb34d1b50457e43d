"""What was said about a file, on its page: with the student, among colleagues, searched in French; and its history, filtered."""

from html import unescape
from re import DOTALL, findall, search, sub

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.admin.file.history_filters import GROUPS
from referrals.caller_codes import code_of
from referrals.models import Caller, Channel, EventKind
from referrals.models.history import SAID
from referrals.rules.states import Action, State
from tests import factories
from tests.office.pages import file_of, text_of
from tests.story import Story, in_state
from vacancies.full_text import French, french_query


def conversation() -> Story:
    story = in_state(State.FILED)
    by = {"by": story.office, "at": story.at}
    procedure.write_to_office(
        story.id, text="J’envoie mes relevés complets.", by=story.her, at=story.at, uploads=[factories.upload("semestre-5.pdf")]
    )
    procedure.write_note(story.id, text="Son relevé du second semestre manquait.", **by)
    procedure.write_to_student(story.id, text="Merci, tout est là.", **by)
    procedure.record_contact(story.id, channel=Channel.PHONE, caller=Caller.FAMILY, note="Sa mère : la procédure seule.", **by)
    procedure.send_letter(story.id, subject="Attestation", text="Vous avez déposé une saisine.", **by)
    return story


def said(response) -> tuple[list[str], list[str]]:
    """What stands on each side, the latest first."""
    exchanges = response.context["exchanges"]
    return [one.event.note for one in exchanges.messages], [one.event.note for one in exchanges.notes]


def test_messages_stand_on_one_side_and_notes_on_the_other_with_what_was_attached(enter):
    story = conversation()
    response = enter(story.caseworker).get(file_of(story.referral))
    assert said(response) == (
        [
            "Attestation\nVous avez déposé une saisine.",
            "Sa mère : la procédure seule.",
            "Merci, tout est là.",
            "J’envoie mes relevés complets.",
        ],
        ["Son relevé du second semestre manquait."],
    )
    attached = [[document.name for document in one.attached] for one in response.context["exchanges"].messages]
    assert attached == [[f"courrier-{story.referral.number}.pdf"], [], [], ["semestre-5.pdf"]]
    assert [one.comes_in for one in response.context["exchanges"].messages] == [False, False, False, True]
    assert "Message de l’étudiant" in text_of(response)


@pytest.mark.parametrize(
    ("words", "messages", "notes"),
    [
        ("relevé", ["J’envoie mes relevés complets."], ["Son relevé du second semestre manquait."]),
        ("RELEVES semestre", [], ["Son relevé du second semestre manquait."]),
        ("mere", ["Sa mère : la procédure seule."], []),
        ("girafe", [], []),
        ("' ; --", [], []),
    ],
)
def test_a_search_finds_words_however_they_are_inflected(enter, words, messages, notes):
    story = conversation()
    response = enter(story.caseworker).get(file_of(story.referral), {"dit": words})
    assert said(response) == (messages, notes)
    assert "Dans les échanges" not in text_of(response)  # a name for who does not see, not a text


def test_a_search_finds_nothing_of_another_file(enter):
    story, other = conversation(), in_state(State.FILED)
    procedure.write_note(other.id, text="Une girafe.", by=other.office, at=other.at)
    assert said(enter(story.caseworker).get(file_of(story.referral), {"dit": "girafe"})) == ([], [])


def test_a_hundred_messages_cost_as_many_queries_as_one(enter):
    story = in_state(State.FILED)
    client = enter(story.caseworker)

    def asked(words: str = "") -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(file_of(story.referral), {"dit": words}).status_code == 200
        return len(captured)

    def write(count: int) -> None:
        for _ in range(count):
            procedure.write_note(story.id, text="Une note.", by=story.office, at=story.at)

    asked()
    costs = []
    for count in (1, 2, 97):
        write(count)
        costs.append((asked(), asked("note")))
    assert costs == [costs[0]] * 3


# The history


def kinds(response) -> list[str]:
    return [entry["event"].kind for entry in response.context["history"]]


def test_every_event_that_the_office_reads_is_in_one_group():
    grouped = [kind for _, group in GROUPS.values() for kind in group]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == {*EventKind.ALL} - {*EventKind.CONFIDENTIAL}


def test_the_history_is_kept_to_a_kind_to_an_author_to_words(enter):
    story = conversation()
    client = enter(story.caseworker)
    everything = kinds(client.get(file_of(story.referral)))
    exchanges = ["send_letter", "record_contact", "write_to_student", "write_note", "write_to_office"]
    assert [kind for kind in everything if kind in exchanges] == exchanges
    for asked, expected in (
        ({"groupe": "echanges"}, exchanges),
        ({"groupe": "echanges", "qui": "Camille Exemple"}, exchanges[:-1]),
        ({"qui": story.student.email, "groupe": "echanges"}, ["write_to_office"]),
        ({"texte": "SECOND semestre"}, ["write_note"]),
        ({"texte": "telephone"}, ["record_contact"]),
        ({"groupe": "delais"}, []),
        ({"groupe": "inconnu"}, everything),
    ):
        assert kinds(client.get(file_of(story.referral), asked)) == expected


def test_a_filtered_history_says_how_much_it_leaves_out(enter):
    story = conversation()
    client = enter(story.caseworker)
    total = story.referral.events.of_case().count()
    assert f"5 événements sur {total}." in text_of(client.get(file_of(story.referral), {"groupe": "echanges"}))
    assert "événements sur" not in text_of(client.get(file_of(story.referral)))


def test_a_contact_says_with_whom_and_whether_the_code_was_right(enter):
    story = in_state(State.FILED)
    by = {"by": story.office, "at": story.at}
    code = code_of(story.referral, on=story.at.date())
    procedure.record_contact(story.id, channel=Channel.PHONE, note="Elle a lu.", code=code, **by)
    procedure.record_contact(story.id, channel=Channel.PHONE, caller=Caller.FAMILY, note="Son père.", **by)
    page = enter(story.caseworker).get(file_of(story.referral)).content.decode()
    latest = findall(r"<li>(.*?)</li>", search(r"<ol class=\"history\".*?</ol>", page, DOTALL)[0], DOTALL)[:2]
    contact = "Contact avec l’étudiant 20 juin 2026 à 10:00, Camille Exemple par téléphone"
    assert [" ".join(unescape(sub(r"<[^>]+>", " ", line)).split()) for line in latest] == [
        f"{contact} avec un parent ou un proche, sans mandat Son père.",
        f"{contact} code vérifié Elle a lu.",
    ]


def test_the_search_uses_the_index_of_what_is_said(db):
    story = conversation()
    said = story.referral.events.model.objects.filter(kind__in=SAID).alias(said=French("note")).filter(said=french_query("relevé"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    assert "event_said" in said.explain()
    assert {Action(event.kind) for event in said} == {Action.WRITE_TO_OFFICE, Action.WRITE_NOTE}
