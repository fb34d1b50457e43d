"""The queue: one's own region, what falls due first, and the same number of queries however long it is."""

from datetime import date, timedelta
from html import unescape
from re import sub
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from referrals import procedure
from referrals.admin.queue.columns import ALWAYS, COLUMNS, USUAL
from referrals.admin.queue.counting import AT_MOST
from referrals.admin.queue.listing import BoundedPaginator
from referrals.models import Absence, Referral, User
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
    offered = in_state(State.OFFERED)  # 15 days to answer, until Monday the 6th of July
    incomplete = in_state(State.INCOMPLETE)  # 10 days to supply
    consulted = in_state(State.ADMISSIBLE)
    consulted.consulting()  # the seat is held for 7 days
    young = Story().later(days=1)
    young.filed()  # 15 days to examine it: until the 6th of July too
    old = in_state(State.FILED)
    assert listed(enter(head)) == [story.referral.number for story in (consulted, incomplete, old, offered, young, closed)]


def test_a_date_the_office_set_counts_like_a_limit_and_an_acceptance_waits_for_its_enrolment(enter, head, time_machine):
    time_machine.move_to(instant("2026-06-22 12:00"), tick=False)
    offered = in_state(State.OFFERED)
    accepted = in_state(State.ACCEPTED)  # the enrolment is due by 20 July
    reopened = in_state(State.CLOSED)
    procedure.reopen(reopened.id, ground="Recours.", due_on=date(2026, 6, 21), by=reopened.office, at=reopened.at)
    withdrawn, filed = in_state(State.WITHDRAWN), in_state(State.FILED)
    client = enter(head)
    assert columns(client) == {
        reopened.referral.number: "dépassé 21/06/2026 à traiter par le rectorat",
        filed.referral.number: "05/07/2026 à traiter par le rectorat",
        offered.referral.number: "06/07/2026 réponse de l’étudiant",
        accepted.referral.number: "20/07/2026 inscription à confirmer par l’établissement",
        withdrawn.referral.number: "—",
    }
    assert list(columns(client)) == listed(client)


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
    return {row.number: text(COLUMNS["due"].shows(row)) for row in queue.result_list}


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
    page = text(enter(head).get(QUEUE).content.decode())
    for words in ("Éluard Zoé", "naissance : D’Exemple", "documents demandés", "Histoire", "20/06/2026", "30/06/2026", "personne"):
        assert words in page


@pytest.mark.parametrize(
    "words",
    ["eluard", "ÉLUARD", "d’exemple", "0123456789A", "zoe eluard", "NUMBER", "NUMBER IN LOWER CASE", "RANK", "EMAIL"],
    ids=lambda words: words.lower(),
)
def test_search_finds_names_without_accents_number_ine_and_address(enter, head, words):
    story = Story()
    story.filed(usage_name="Éluard", ine="0123456789A")
    other = Story()
    other.filed(birth_name="Autre", first_names="Ada")
    asked = {
        "NUMBER": story.referral.number,
        "NUMBER IN LOWER CASE": story.referral.number.lower(),
        "RANK": story.referral.number[5:],
        "EMAIL": story.student.email,
    }.get(words, words)
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


def queries(client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(QUEUE).status_code == 200
    return sum(
        "SAVEPOINT" not in query["sql"] for query in captured
    )  # a real request has none: it is no part of a test's transaction


@pytest.mark.parametrize("chosen", [[], list(COLUMNS)], ids=["usual columns", "every column"])
def test_a_hundred_files_cost_no_more_queries_than_one(enter, head, chosen):
    head.queue_columns = chosen
    head.save()
    consulted = in_state(State.ADMISSIBLE)
    consulted.consulting()
    procedure.assign(consulted.id, to=head, by=consulted.office, at=consulted.at)
    procedure.escalate(consulted.id, by=CLOCK, at=consulted.at)
    client = enter(head)
    one = queries(client)
    in_state(State.OFFERED)
    in_state(State.INCOMPLETE)
    three = queries(client)
    copies(consulted, 97)
    assert (three, queries(client)) == (one, one)
    assert one <= 12


def copies(story: Story, count: int) -> list[Referral]:
    """Files like the story's, each of another student and of another day."""
    students = User.objects.bulk_create(User(email=f"{uuid4().hex}@exemple.fr", password="!") for _ in range(count))
    files = []
    for rank, student in enumerate(students):
        file = Referral.objects.get(pk=story.id)
        file.pk, file.key, file.number, file.student = None, uuid4(), f"2026-{uuid4().hex[:12]}", student
        file.filed_at += timedelta(minutes=rank + 1)
        files.append(file)
    return Referral.objects.bulk_create(files)


def test_fifty_on_a_page(enter, head):
    story = in_state(State.FILED)
    numbers = [story.referral.number, *(file.number for file in copies(story, 50))]
    client = enter(head)
    assert (listed(client), listed(client, "?p=2")) == (numbers[:50], numbers[50:])


def test_no_more_than_three_hundred_are_counted_and_the_page_says_so(enter, head):
    story = in_state(State.FILED)
    copies(story, AT_MOST - 1)
    client = enter(head)
    assert "300 saisines" in text(client.get(QUEUE).content.decode())
    copies_of_another = in_state(State.FILED)
    pages = BoundedPaginator(Referral.objects.order_by("pk"), 50)
    assert (pages.count, pages.num_pages, pages.is_cut) == (300, 6, True)
    assert "plus de 300 saisines" in text(client.get(QUEUE).content.decode())
    assert listed(client, f"?q={copies_of_another.referral.number}") == [copies_of_another.referral.number]


@pytest.mark.parametrize("address", ["add/", "{id}/delete/"])
def test_nothing_is_added_or_deleted_here(enter, head, address):
    story = in_state(State.FILED)
    assert enter(head).post(f"{QUEUE}{address.format(id=story.id)}", {"post": "yes"}).status_code == 403


def test_one_chooses_ones_columns_and_goes_back_to_the_usual_ones(enter, head):
    story = in_state(State.FILED)
    client, other = enter(head), enter(story.caseworker)
    answer = client.post(f"{QUEUE}columns/", {"columns": ["email", "age"], "query": "suivi=personne&p=3"})
    assert (answer.status_code, answer["Location"]) == (302, f"{QUEUE}?suivi=personne&p=3")
    assert headings(client) == ["cocher", *(COLUMNS[key].label for key in (*ALWAYS, "age", "email"))]
    assert story.student.email in client.get(QUEUE).content.decode()
    assert headings(other) == ["cocher", *(COLUMNS[key].label for key in USUAL)]
    client.post(f"{QUEUE}columns/", {"usual": "yes", "columns": ["age"]})
    assert headings(client) == headings(other)


def headings(client) -> list[str]:
    return [column.short_description for column in client.get(QUEUE).context["cl"].list_display]


def test_a_column_that_does_not_exist_changes_nothing(enter, head):
    client = enter(head)
    client.post(f"{QUEUE}columns/", {"columns": ["password"], "query": "//ailleurs.example/"})
    head.refresh_from_db()
    assert head.queue_columns == []


def test_every_column_says_what_it_means(enter, head, time_machine):
    time_machine.move_to(instant("2026-06-25 12:00"), tick=False)
    story = Story()
    story.filed(usage_name="Éluard", ine="0123456789A")
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    story.sent()
    procedure.assign(story.id, to=head, by=story.office, at=story.at)
    procedure.escalate(story.id, by=CLOCK, at=story.at)
    Referral.objects.filter(pk=story.id).update(entered_by=head, arrived_through="letter", mandated="Paul D’Exemple")
    head.queue_columns = list(COLUMNS)
    head.save()
    (file,) = enter(head).get(QUEUE).context["cl"].result_list
    assert {key: column.says(file) for key, column in COLUMNS.items()} == {
        "number": story.referral.number,
        "name": "Éluard Zoé (naissance : D’Exemple)",
        "state": "recevable, recherche en cours",
        "due": "31/10/2026 : à traiter par le rectorat",
        "holder": "le rectorat",
        "licence": "Histoire",
        "institution": story.institution.name,
        "filed_on": "20/06/2026",
        "followed_by": "Hélène Cheffe (signalé à Hélène Cheffe)",
        "academy": "Lyon",
        "region": "Auvergne-Rhône-Alpes",
        "campaign": "Campagne 2026",
        "age": 5,
        "offers": 1,
        "escalated_to": "Hélène Cheffe",
        "entered": "Hélène Cheffe, reçue par courrier",
        "mandated": "Paul D’Exemple",
        "adviser": "non",
        "ine": "0123456789A",
        "email": story.student.email,
    }


def test_filters_by_who_holds_the_file(enter, head):
    filed, incomplete, consulted = in_state(State.FILED), in_state(State.INCOMPLETE), in_state(State.ADMISSIBLE)
    consulted.consulting()
    client = enter(head)
    held = {key: listed(client, f"?attente={key}") for key in ("rectorat", "etudiant", "etablissement")}
    assert held == {
        "rectorat": [filed.referral.number],
        "etudiant": [incomplete.referral.number],
        "etablissement": [consulted.referral.number],
    }


def test_filters_by_what_is_due_in_the_days_of_the_academie(enter, administrator, time_machine):
    """At 21:00 in Paris it is the next day in La Réunion."""
    paris, reunion = in_state(State.CLOSED), in_state(State.CLOSED, academy="La Réunion")
    for story in (paris, reunion):
        procedure.reopen(story.id, ground="Recours.", due_on=date(2026, 7, 1), by=story.office, at=story.at)
    for now, due in {
        "2026-06-24 12:00": {"retard": [], "aujourdhui": [], "semaine": []},
        "2026-06-24 23:00": {"retard": [], "aujourdhui": [], "semaine": [reunion]},
        "2026-06-30 21:00": {"retard": [], "aujourdhui": [], "semaine": [reunion, paris]},
        "2026-06-30 23:00": {"retard": [], "aujourdhui": [reunion], "semaine": [reunion, paris]},
        "2026-07-01 12:00": {"retard": [], "aujourdhui": [reunion, paris], "semaine": [reunion, paris]},
        "2026-07-01 22:00": {"retard": [reunion], "aujourdhui": [paris], "semaine": [paris]},
        "2026-07-02 00:00": {"retard": [reunion, paris], "aujourdhui": [], "semaine": []},
    }.items():
        time_machine.move_to(instant(now), tick=False)
        client = enter(administrator)
        numbers = {key: [story.referral.number for story in stories] for key, stories in due.items()}
        assert {key: listed(client, f"?echeance={key}") for key in due} == numbers, now


def test_filters_by_a_colleague_by_whom_i_stand_in_for_and_by_campaign(enter, head):
    story, other = in_state(State.FILED), in_state(State.FILED)
    story.followed()
    client = enter(head)
    assert listed(client, f"?suivi={story.caseworker.pk}") == [story.referral.number]
    assert listed(client, "?suivi=remplace") == []
    Absence.objects.create(user=story.caseworker, until=timezone.localdate(), substitute=head)
    assert listed(client, "?suivi=remplace") == [story.referral.number]
    assert listed(client, "?campagne=2026") == [story.referral.number, other.referral.number]


def test_filters_by_age_and_by_the_week_of_filing(enter, head, time_machine):
    time_machine.move_to(instant("2026-07-06 12:00"), tick=False)
    old, young = in_state(State.FILED), Story(at=instant("2026-06-22 00:30"))
    young.filed()
    client = enter(head)
    assert {key: listed(client, f"?age={key}") for key in ("moins-15", "15-30", "plus-30")} == {
        "moins-15": [young.referral.number],
        "15-30": [old.referral.number],
        "plus-30": [],
    }
    assert [listed(client, f"?semaine={monday}") for monday in ("2026-06-15", "2026-06-22", "2026-06-29")] == [
        [old.referral.number],
        [young.referral.number],
        [],
    ]


@pytest.mark.parametrize(
    "query", ["suivi=999999", "age=1", "etat=draft", "pile=rien", "academie=A15", "campagne=1", "attente=tous"]
)
def test_a_value_that_means_nothing_narrows_nothing_and_widens_nothing(enter, head, query):
    ours = in_state(State.FILED)
    in_state(State.FILED, academy="Strasbourg")
    assert listed(enter(head), f"?{query}") == [ours.referral.number]


def test_a_search_of_no_word_or_of_no_day_finds_nothing(enter, head):
    in_state(State.FILED)
    assert [listed(enter(head), query) for query in ("?q=%E2%80%99", "?semaine=hier")] == [[], []]


@pytest.mark.parametrize("words", ["Zoé Lâ", "lâ zoé", "o’brien", "O'BRIEN la", "eluard brien", "@EXEMPLE.FR zoe"])
def test_words_in_any_order_short_names_and_parts(enter, head, words):
    story = Story()
    story.filed(usage_name="Éluard", birth_name="O’Brien", first_names="Zoé Lâ")
    other = Story()
    other.filed(birth_name="Lavande", first_names="Ada")
    assert listed(enter(head), f"?q={words}") == [story.referral.number]


OUTSIDE = ("", "?q={number}", "?q={name}", "?q={email}", "?q={ine}", "?etat=filed", "?academie={academy}", "?suivi={follower}",
           "?suivi=personne", "?attente=rectorat", "?echeance=retard", "?pile=examiner", "?campagne=2026", "?region=R44",
           "?o=-1", "?id__gte=1", "?student={student}")  # fmt: skip
"""Ways to ask for a student of another region."""


@pytest.mark.parametrize("query", OUTSIDE)
def test_no_student_of_another_region_is_seen_counted_searched_or_filtered(enter, head, query):
    """The page is the same, to the letter, as if she did not exist; only what was typed may come back."""
    theirs = Story(academy="Strasbourg")
    theirs.filed(birth_name="Étrangère", ine="9876543210Z")
    if "follower" in query:
        theirs.followed()
    asked = query.format(
        number=theirs.referral.number,
        name="etrangere",
        email=theirs.student.email,
        ine="9876543210Z",
        academy="A15",
        follower=theirs.caseworker.pk,
        student=theirs.student.pk,
    )
    client = enter(head)
    response = client.get(f"{QUEUE}{asked}")
    if response.status_code == 302:  # a filter that does not exist
        assert response["Location"] == "/bureau/referrals/referral/?e=1"
        return
    queue = response.context["cl"]
    assert (list(queue.result_list), queue.result_count, queue.paginator.is_cut) == ([], 0, False)
    page = response.content.decode()
    assert [word for word in ("Étrangère", theirs.student.name or "Sans nom", "Strasbourg") if word in page] == []
