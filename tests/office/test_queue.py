"""The queue: one's own region, what falls due first, and the same number of queries however long it is."""

from datetime import date, timedelta
from html import unescape
from re import sub

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.procedure import CLOCK
from referrals.rules.states import State
from tests.factories import instant
from tests.story import Story, in_state

QUEUE = "/bureau/referrals/referral/"


def listed(client, query: str = "") -> list[str]:
    """The numbers of the files in the queue, in its order."""
    response = client.get(f"{QUEUE}{query}")
    assert response.status_code == 200
    return [referral.number for referral in response.context["cl"].result_list]


def test_only_filed_referrals_of_ones_own_region(enter, stranger, administrator):
    ours, theirs = in_state(State.FILED), in_state(State.FILED, academy="Strasbourg")
    in_state(State.DRAFT)
    assert listed(enter(ours.caseworker)) == [ours.referral.number]
    assert listed(enter(stranger)) == [theirs.referral.number]
    assert listed(enter(administrator)) == [ours.referral.number, theirs.referral.number]


def test_what_falls_due_first_is_on_top_then_the_oldest_then_what_has_ended(enter, head):
    closed = in_state(State.CLOSED)
    offered = in_state(State.OFFERED)  # 15 days to answer
    incomplete = in_state(State.INCOMPLETE)  # 10 days to supply
    consulted = in_state(State.ADMISSIBLE)
    consulted.consulting()  # the seat is held for 7 days
    young = Story().later(days=1)
    young.filed()
    old = in_state(State.FILED)
    assert listed(enter(head)) == [story.referral.number for story in (consulted, incomplete, offered, old, young, closed)]


def test_a_date_the_office_set_counts_like_a_limit_and_an_acceptance_waits_for_its_enrolment(enter, head, time_machine):
    time_machine.move_to(instant("2026-06-22 12:00"), tick=False)
    offered = in_state(State.OFFERED)  # until 6 July
    accepted = in_state(State.ACCEPTED)  # the enrolment is due by 20 July
    reopened = in_state(State.CLOSED)
    procedure.reopen(reopened.id, ground="Recours.", due_on=date(2026, 6, 21), by=reopened.office, at=reopened.at)
    withdrawn, filed = in_state(State.WITHDRAWN), in_state(State.FILED)
    client = enter(head)
    assert listed(client) == [story.referral.number for story in (reopened, offered, accepted, filed, withdrawn)]
    assert columns(client) == {
        reopened.referral.number: "dépassé 21/06/2026 à traiter par le rectorat",
        offered.referral.number: "06/07/2026 réponse aux propositions",
        accepted.referral.number: "20/07/2026 inscription à confirmer par l’établissement",
        filed.referral.number: "déposée il y a 2 jours",
        withdrawn.referral.number: "—",
    }


def test_the_day_the_office_set_ends_at_midnight_of_the_academie(enter, administrator):
    """Two files due on one day: in La Réunion it ends first."""
    paris, reunion = in_state(State.CLOSED), in_state(State.CLOSED, academy="La Réunion")
    for story in (paris, reunion):
        procedure.reopen(story.id, ground="Recours.", due_on=date(2026, 7, 1), by=story.office, at=story.at)
    assert listed(enter(administrator)) == [reunion.referral.number, paris.referral.number]


def columns(client) -> dict[str, str]:
    """What the queue says falls due, by the number of the file."""
    page = client.get(QUEUE)
    queue = page.context["cl"]
    return {row.number: text(queue.model_admin.due(row)) for row in queue.result_list}


def text(html: str) -> str:
    return " ".join(unescape(sub(r"<[^>]+>", " ", html)).split())


def test_the_head_to_whom_a_file_was_escalated_is_named(enter, head):
    story = in_state(State.ADMISSIBLE)
    procedure.escalate(story.id, by=CLOCK, at=story.at)
    page = enter(story.caseworker).get(QUEUE).content.decode()
    assert "signalé à Hélène Cheffe" in page


def test_the_columns_say_who_what_and_until_when(enter, head):
    story = Story()
    story.filed(usage_name="Éluard")
    procedure.request_documents(story.id, wanted="Le relevé.", days=10, by=story.office, at=story.at)
    page = enter(head).get(QUEUE).content.decode()
    for words in ("Éluard Zoé", "naissance : D’Exemple", "documents demandés", "Histoire", "20/06/2026", "30/06/2026", "personne"):
        assert words in page


@pytest.mark.parametrize(
    "words", ["eluard", "ÉLUARD", "d’exemple", "0123456789A", "zoe eluard", "NUMBER", "EMAIL"], ids=lambda words: words.lower()
)
def test_search_finds_names_without_accents_number_ine_and_address(enter, head, words):
    story = Story()
    story.filed(usage_name="Éluard", ine="0123456789A")
    other = Story()
    other.filed(birth_name="Autre", first_names="Ada")
    asked = {"NUMBER": story.referral.number, "EMAIL": story.student.email}.get(words, words)
    assert listed(enter(head), f"?q={asked}") == [story.referral.number]


def test_filters_by_state_academy_and_follower(enter, head):
    lyon, grenoble = in_state(State.FILED), in_state(State.ADMISSIBLE, academy="Grenoble")
    procedure.assign(lyon.id, to=head, by=lyon.office, at=lyon.at)
    client = enter(head)
    assert listed(client, "?etat=admissible") == [grenoble.referral.number]
    assert listed(client, "?academie=A10") == [lyon.referral.number]
    assert listed(client, "?suivi=moi") == [lyon.referral.number]
    assert listed(client, "?suivi=personne") == [grenoble.referral.number]


def test_the_academies_offered_are_those_of_the_region(enter, head, stranger):
    response = enter(head).get(QUEUE)
    offered = [spec.lookup_choices for spec in response.context["cl"].filter_specs if spec.title == "académie"]
    assert offered == [[("A10", "Lyon")]]


def test_three_files_cost_no_more_queries_than_one(enter, head):
    def queries() -> int:
        client = enter(head)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(QUEUE).status_code == 200
        return len(captured)

    in_state(State.OFFERED)
    one = queries()
    in_state(State.INCOMPLETE)
    consulted = in_state(State.ADMISSIBLE)
    consulted.consulting()
    procedure.assign(consulted.id, to=head, by=consulted.office, at=consulted.at)
    assert queries() == one
    assert one <= 12


def test_fifty_on_a_page(enter, head):
    for number in range(51):
        story = Story()
        story.at += timedelta(minutes=number)
        story.filed()
    client = enter(head)
    assert (len(listed(client)), len(listed(client, "?p=2"))) == (50, 1)


@pytest.mark.parametrize("address", ["add/", "{id}/delete/"])
def test_nothing_is_added_or_deleted_here(enter, head, address):
    story = in_state(State.FILED)
    assert enter(head).post(f"{QUEUE}{address.format(id=story.id)}", {"post": "yes"}).status_code == 403


def test_no_action_in_bulk(enter, head):
    in_state(State.FILED)
    assert enter(head).get(QUEUE).context["action_form"] is None
