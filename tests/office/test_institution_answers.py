"""How institutions answer, as the office reads it: exact numbers, denominators, working days; and their standing agreements."""

import csv
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.admin.seats.institution_answers import working_days
from referrals.models import Channel, Offer, Role
from referrals.procedure import CLOCK
from tests import factories
from tests.factories import instant
from tests.office.pages import text_of
from tests.story import Story
from vacancies import mergers

pytestmark = pytest.mark.django_db

PAGE = "/bureau/referrals/standingagreement/reponses/"
CSV = "/bureau/referrals/standingagreement/reponses.csv"
LIST = "/bureau/referrals/standingagreement/"
NOW = instant("2026-07-20 10:00")
COLUMNS = ("requests", "agreed", "refused", "if_only", "unanswered", "waiting", "moot", "standing")


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(NOW, tick=False):
        yield


def ask(university, *, at: str = "2026-07-08 10:00", academy: str = "Lyon") -> tuple[Story, Offer]:
    """A request of 8 July, a Wednesday, about a student of her own."""
    story = Story(academy=academy)
    story.admissible()
    story.at, story.institution = instant(at), university
    return story, story.consulting()


def answer(asked: tuple[Story, Offer], verb: str, *, at: str, **words) -> None:
    story, offer = asked
    if verb == "record_agreement":
        words = {"agreed_by": "X", "agreed_as": "présidente", "agreed_on": instant(at).date(), "through": Channel.MAIL}
    getattr(procedure, verb)(story.id, offer_id=offer.pk, by=story.office, at=instant(at), **words)


def agree_beforehand(university, story: Story) -> None:
    story.institution = university
    procedure.agree_beforehand(
        vacancy_id=(vacancy := story.vacancy()).pk,
        licences=[],
        seats=1,
        agreed_by="Présidente",
        agreed_as="présidente",
        agreed_on=NOW.date(),
        until=date(2026, 9, 30),
        by=story.office,
        at=NOW,
    )
    story.at = NOW
    story.consulting(vacancy=vacancy)


@pytest.fixture
def quick(db):
    """Agreed after a working day, and sent; refused after three, the 14th being a holiday; agreed the same day; one beforehand."""
    university = factories.InstitutionFactory(name="Université Rapide")
    sent = ask(university)
    answer(sent, "record_agreement", at="2026-07-09 09:00")
    procedure.send_offer(sent[0].id, offer_id=sent[1].pk, message="", by=sent[0].office, at=instant("2026-07-09 10:00"))
    answer(ask(university, at="2026-07-10 10:00"), "record_refusal", at="2026-07-16 09:00", reason="Complet.")
    answer(ask(university), "record_agreement", at="2026-07-08 18:00")
    beforehand = Story()
    beforehand.admissible()
    agree_beforehand(university, beforehand)
    return university


@pytest.fixture
def silent(db):
    """Two kept silent; one said « if » after two working days, then nothing; one waits; one was taken back; one agreed late."""
    university = factories.InstitutionFactory(name="Université Muette")
    for _ in range(2):
        story, offer = ask(university)
        procedure.lapse_consultation(story.id, offer_id=offer.pk, by=CLOCK, at=offer.held_until)
    answer(ask(university), "record_condition", at="2026-07-10 10:00", condition="S’il réussit le test.")
    ask(university, at="2026-07-17 10:00")
    answer(ask(university), "retract_offer", at="2026-07-09 10:00", ground="Erreur.")
    late = ask(university)
    procedure.lapse_consultation(late[0].id, offer_id=late[1].pk, by=CLOCK, at=late[1].held_until)
    answer(late, "record_agreement", at="2026-07-17 10:00")
    return university


def counts(row) -> dict[str, int]:
    return {name: getattr(row, name) for name in COLUMNS if getattr(row, name)}


def test_each_request_counts_once_the_silent_on_top(enter, head, quick, silent):
    rows = enter(head).get(PAGE).context["rows"]
    assert [row.institution for row in rows] == [silent, quick]
    assert [counts(row) for row in rows] == [
        {"requests": 6, "agreed": 1, "if_only": 1, "unanswered": 2, "waiting": 1, "moot": 1},
        {"requests": 3, "agreed": 2, "refused": 1, "standing": 1},
    ]
    assert [(row.answered, row.due, row.rate) for row in rows] == [(2, 4, "50 %"), (3, 3, "100 %")]
    assert [sorted(row.days) for row in rows] == [[2, 6], [0, 1, 3]]
    assert [row.median_days for row in rows] == ["4", "1"]


def test_the_page_gives_the_denominators_and_the_whole(enter, head, quick, silent):
    response = enter(head).get(PAGE)
    text, whole = text_of(response), response.context["whole"]
    assert counts(whole) == {
        "requests": 9,
        "agreed": 3,
        "refused": 1,
        "if_only": 1,
        "unanswered": 2,
        "waiting": 1,
        "moot": 1,
        "standing": 1,
    }
    for words in (
        "9 demandes : 5 avec une réponse, 2 sans réponse à l’échéance, 1 en attente, 1 sans objet.",
        "2 sur 4 (50 %) 4 j",
        "3 sur 3 (100 %) 1 j",
        "5 sur 7 (71 %) 2 j",
    ):
        assert words in text, words


def test_nobody_was_asked(enter, head, quick):
    factories.CampaignFactory(code="2027", name="Campagne 2027", opens_on=date(2027, 6, 15), search_until=date(2027, 10, 31))
    client = enter(head)
    assert "Aucun établissement n’a été consulté ici." in text_of(client.get(PAGE, {"campaign": "2027"}))
    assert counts(client.get(PAGE, {"campaign": "2026"}).context["whole"])["requests"] == 3


def test_a_region_begins_with_its_own_and_the_nation_with_all(enter, head, administrator, quick):
    other = factories.InstitutionFactory(name="Université d’Alsace", academy=factories.academy("Strasbourg"))
    answer(ask(other, academy="Strasbourg"), "record_refusal", at="2026-07-09 10:00", reason="Complet.")

    def named(user, **asked) -> list[str]:
        return [row.institution.name for row in enter(user).get(PAGE, asked).context["rows"]]

    assert [named(head), named(head, region="R44")] == [["Université Rapide"], ["Université d’Alsace"]]
    assert named(administrator) == ["Université Rapide", "Université d’Alsace"]


def test_after_a_merger_it_is_the_successors(enter, head, quick):
    successor = factories.InstitutionFactory(name="Université du Successeur")
    mergers.merge(former=quick.pk, successor=successor.pk, effective_on=NOW.date(), ground="décret", by="x", at=NOW)
    (row,) = enter(head).get(PAGE).context["rows"]
    assert (row.institution, row.requests, row.standing) == (successor, 3, 1)


def test_it_leaves_as_a_file(enter, head, quick):
    response = enter(head).get(CSV)
    lines = list(csv.reader(response.getvalue().decode("utf-8-sig").splitlines(), delimiter=";"))
    assert lines == [
        [
            "code UAI", "établissement", "académie", "demandes", "accords", "refus", "sous condition", "sans réponse", "en attente",
            "sans objet", "réponses", "échues", "délai médian en jours ouvrés", "par accord permanent",
        ],
        [quick.pk, "Université Rapide", "Lyon", "3", "2", "1", "0", "0", "0", "0", "3", "3", "1", "1"],
    ]  # fmt: skip


@pytest.mark.parametrize("address", [PAGE, CSV, LIST])
def test_it_is_the_offices(client, enter, quick, address):
    assert client.get(address).url.startswith("/bureau/login/")
    medical = factories.post(Role.MEDICAL, region=factories.academy().region)
    assert enter(medical).get(address).status_code in (403, 404)
    for user in (factories.post(Role.INSTITUTION, institution=quick), factories.UserFactory()):
        assert enter(user).get(address).status_code == 302


def test_the_first_page_leads_there(enter, head):
    assert f'href="{PAGE}"' in enter(head).get("/bureau/").content.decode()


def test_it_costs_the_same_whatever_there_is_to_count(enter, head, quick):
    client = enter(head)
    client.get(PAGE)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE)
        return len(asked)

    before = queries()
    for _ in range(2):
        ask(factories.InstitutionFactory())
    assert (queries(), len(client.get(PAGE).context["rows"])) == (before, 3)


@pytest.mark.parametrize(
    ("start", "end", "calendar", "days"),
    [
        (date(2026, 7, 10), date(2026, 7, 10), "metropole", 0),
        (date(2026, 7, 10), date(2026, 7, 12), "metropole", 0),
        (date(2026, 7, 10), date(2026, 7, 15), "metropole", 2),
        (date(2026, 12, 24), date(2026, 12, 28), "metropole", 1),
        (date(2025, 12, 24), date(2025, 12, 26), "metropole", 1),
        (date(2025, 12, 24), date(2025, 12, 26), "alsace-moselle", 0),
    ],
)
def test_working_days_are_those_of_the_academy(start, end, calendar, days):
    assert working_days(start, end, calendar) == days


# Standing agreements


def test_an_office_reads_its_regions_standing_agreements_and_changes_none(enter, head, stranger, administrator, quick):
    seen = [enter(user).get(LIST) for user in (head, administrator, stranger)]
    assert [len(response.context["cl"].result_list) for response in seen] == [1, 1, 0]
    agreement = seen[0].context["cl"].result_list[0]
    for words in ("toutes 1 sur 1 Présidente, présidente", "du 20/07/2026 au 30/09/2026"):
        assert words in text_of(seen[0]), words
    story = Story()
    procedure.end_standing_agreement(agreement.pk, by=story.office, at=NOW)
    assert "retiré le 20/07/2026 par Camille Exemple" in text_of(enter(head).get(LIST))
    page = f"{LIST}{agreement.pk}/change/"
    assert [enter(user).get(page).url for user in (head, stranger)] == [LIST, LIST]
    assert [enter(head).post(page, {}).url, enter(head).get(f"{LIST}add/").status_code] == [LIST, 403]
