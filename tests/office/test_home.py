"""The first page: each number is that of the list it leads to, and what others did is told until she says that she has seen it."""

from datetime import timedelta
from html import unescape
from re import DOTALL, findall, search, sub

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from referrals import procedure
from referrals.admin.queue.counting import AT_MOST, Counted, counted
from referrals.admin.queue.listing import AT_MOST as PAGED
from referrals.models import Absence, Referral, Role, User
from referrals.procedure import By
from referrals.rules.states import FILED_ONCE, FOLLOWED, State
from tests import factories
from tests.factories import instant
from tests.office.pages import file_of, text_of
from tests.office.test_every_list import referrals as copies
from tests.story import Story, in_state

pytestmark = pytest.mark.django_db

HOME = "/bureau/"
QUEUE = "/bureau/referrals/referral/"
TODAY = instant("2026-07-03 09:00")


@pytest.fixture(autouse=True)
def nothing_kept():
    """What is counted is kept for the next readers."""
    cache.clear()


def numbers(response) -> list[tuple[str, int]]:
    """Return every link of the page into the queue: what it asks for, and the number it says."""
    links = findall(rf'<a href="{QUEUE}\?([^"]+)">(.*?)</a>', response.content.decode(), DOTALL)
    read = [(unescape(query), search(r"\d+", sub(r"<[^>]+>", " ", text))) for query, text in links]
    return [(query, int(said.group())) for query, said in read if said]


def due(response) -> dict[str, list[int]]:
    """Return, for each row of what is due, how many files: late, today, within a week."""
    return {row.label: [cell.counted.files for cell in row.cells] for row in response.context["home"]["due"]}


def waiting(response) -> dict[str, dict[str, list[int]]]:
    """Return whose files wait, for whom, and how many of each age, then all."""
    return {
        of.label: {row.label: [cell.counted.files for cell in row.cells] for row in of.rows}
        for of in response.context["home"]["waiting"]
    }


@pytest.fixture
def away(db) -> User:
    return factories.post(Role.CASEWORKER, region=factories.academy().region, name="Sacha Absente")


@pytest.fixture
def caseworker(away) -> User:
    """Who stands in for the one who is away."""
    user = factories.post(Role.CASEWORKER, region=factories.academy().region, name="Camille Présente")
    Absence.objects.create(user=away, substitute=user, since="2026-06-01", until="2026-12-31")
    return user


def follow(story: Story, user: User) -> Story:
    procedure.assign(story.id, to=user, by=By.office(user), at=story.at)
    return story


def files_everywhere(*followers: User) -> None:
    """A file in every state, of two académies, each followed by one of ``followers`` or nobody; and one of another region."""
    for rank, state in enumerate(sorted(FILED_ONCE)):
        story = in_state(
            state, academy="Grenoble" if rank % 4 == 0 else "Lyon", at=instant("2026-06-16 10:00") + rank * timedelta(days=1)
        )
        owner = [*followers, None][rank % (len(followers) + 1)]
        if owner and state in FOLLOWED:
            follow(story, owner)
    in_state(State.FILED, academy="Strasbourg")


@pytest.mark.parametrize("who", ["caseworker", "head", "administrator"])
def test_every_number_leads_to_as_many_files(enter, away, caseworker, head, administrator, who, time_machine):
    files_everywhere(caseworker, away)
    time_machine.move_to(TODAY, tick=False)
    client = enter({"caseworker": caseworker, "head": head, "administrator": administrator}[who])
    said = numbers(client.get(HOME))
    listed = [(query, client.get(f"{QUEUE}?{query}").context["cl"].result_count) for query, _ in said]
    assert listed == said
    assert sum(number > 0 for _, number in said) >= 25
    asked = {part.split("=")[0] for query, _ in said for part in query.split("&")}
    assert asked == {"pile", "echeance", "attente", "age", "etat", "campagne", "semaine", "academie", "suivi"}


def test_what_is_due_is_hers_then_that_of_whom_she_stands_in_for_then_everybodys(enter, away, caseworker, time_machine):
    follow(Story(at=instant("2026-06-17 10:00")).filed(), caseworker)  # to be examined by the 2nd of July: late
    follow(Story(at=instant("2026-06-18 10:00")).filed(), away)  # by the 3rd: today
    Story(at=instant("2026-06-20 10:00")).filed()  # by the 5th, nobody follows it
    time_machine.move_to(TODAY, tick=False)
    page = enter(caseworker).get(HOME)
    assert due(page) == {
        "Mes dossiers": [1, 0, 0],
        "Je remplace Sacha Absente": [0, 1, 1],
        "Toute l’équipe (Auvergne-Rhône-Alpes)": [1, 1, 2],
    }
    assert due(enter(away).get(HOME)) == {
        "Mes dossiers": [0, 1, 1],
        "Toute l’équipe (Auvergne-Rhône-Alpes)": [1, 1, 2],
    }


def test_today_is_the_day_of_the_academie(enter, administrator, time_machine):
    Story(at=instant("2026-06-18 10:00"), academy="La Réunion").filed()  # due on the 3rd, over at 22:00 in Paris
    for moment, expected in {
        "2026-07-02 21:59": [0, 0, 1],  # the 2nd in La Réunion
        "2026-07-02 22:00": [0, 1, 1],
        "2026-07-03 21:59": [0, 1, 1],
        "2026-07-03 22:00": [1, 0, 0],
    }.items():
        time_machine.move_to(instant(moment), tick=False)
        assert (moment, due(enter(administrator).get(HOME))) == (moment, {"Toute la France": expected})


def test_who_waits_for_whom_and_how_old_the_files_are(enter, caseworker, time_machine):
    for day in ("16", "17", "18", "30"):
        story = follow(Story(at=instant(f"2026-06-{day} 23:30")).filed(), caseworker)
    procedure.request_documents(story.id, wanted="Tout.", days=40, by=story.office, at=story.at)
    in_state(State.ACCEPTED, at=instant("2026-06-17 10:00"))
    time_machine.move_to(instant("2026-07-17 09:00"), tick=False)  # the 17th of June is 30 days ago, the 16th 31
    nobody = [0, 0, 0, 0]
    assert waiting(enter(caseworker).get(HOME))["Mes dossiers"] == {
        "l’étudiant": [0, 1, 0, 1],
        "l’établissement": nobody,
        "le rectorat": [0, 2, 1, 3],
    }
    time_machine.move_to(instant("2026-07-14 23:59"), tick=False)  # the 30th is 14 days ago: under a fortnight
    team = waiting(enter(caseworker).get(HOME))["Toute l’équipe (Auvergne-Rhône-Alpes)"]
    assert team == {"l’étudiant": [1, 0, 0, 1], "l’établissement": [0, 1, 0, 1], "le rectorat": [0, 3, 0, 3]}


@pytest.mark.parametrize("monday", ["2026-06-15", "2026-06-22", "2026-13-45", "demain"])
def test_a_week_begins_on_the_monday_of_the_academie(enter, administrator, monday):
    """Sunday the 21st at 23:00 in Paris is Monday in La Réunion."""
    for academy in ("Lyon", "La Réunion"):
        Story(at=instant("2026-06-21 23:00"), academy=academy).filed()
    listed = enter(administrator).get(f"{QUEUE}?semaine={monday}").context["cl"].result_list
    expected = {"2026-06-15": ["A10"], "2026-06-22": ["A28"]}.get(monday, [])
    assert [referral.licence_academy_id for referral in listed] == expected


def test_the_charts_say_what_the_regions_campaign_has_come_to(enter, caseworker, time_machine):
    Story(at=instant("2026-06-16 10:00")).filed()
    in_state(State.WITHDRAWN, at=instant("2026-06-30 10:00"), academy="Grenoble")
    in_state(State.FILED, academy="Strasbourg")
    time_machine.move_to(TODAY, tick=False)
    page = enter(caseworker).get(HOME)
    charts = {chart.title: [(bar.label, bar.files) for bar in chart.bars] for chart in page.context["home"]["charts"].drawn}
    assert charts == {
        "Où en sont les dossiers": [("déposée", 1), ("retirée", 1)],
        "Saisines déposées, par semaine": [("15/06", 1), ("22/06", 0), ("29/06", 1)],
        "Saisines déposées, par académie": [("Grenoble", 1), ("Lyon", 1)],
    }
    assert findall(r'<figure data-chart="(\w+)"', page.content.decode()) == ["across", "bar", "across"]


def test_without_a_campaign_or_a_file_the_page_says_so(enter, caseworker):
    assert enter(caseworker).get(HOME).context["home"]["charts"] is None
    Story()
    text = text_of(enter(caseworker).get(HOME))
    assert text.count("Aucune saisine.") == 2
    assert "Rien de nouveau." in text


# What happened since she last looked


def news(response) -> list[str]:
    return [f"{event.referral.number} {event.kind}" for event in response.context["home"]["news"].events]


def test_what_others_did_in_her_files_is_told_the_latest_first_until_she_has_seen_it(enter, away, caseworker, time_machine):
    hers, stood_in, other = (Story(at=instant("2026-06-30 10:00")).draft() for _ in range(3))
    for story in (hers, stood_in, other):  # the transcript of a draft is no news
        procedure.file(story.id, by=story.her, at=story.later(hours=1).at)
    follow(hers, caseworker)
    follow(stood_in, away)
    for story in (hers, stood_in, other):
        procedure.write_to_office(story.id, text="Avez-vous reçu ?", uploads=(), by=story.her, at=story.later(days=1).at)
    time_machine.move_to(TODAY, tick=False)
    client = enter(caseworker)
    page = client.get(HOME)
    expected = [
        f"{stood_in.referral.number} write_to_office",
        f"{hers.referral.number} write_to_office",
        f"{stood_in.referral.number} assign",
        f"{stood_in.referral.number} file",
        f"{hers.referral.number} file",
    ]
    assert news(page) == expected
    assert "Avez-vous reçu ?" in text_of(page)
    assert file_of(hers.referral) in page.content.decode()
    assert client.post(f"{HOME}vu/", {"until": TODAY.isoformat()})["Location"] == HOME
    assert news(client.get(HOME)) == []
    time_machine.move_to(TODAY + timedelta(hours=1), tick=False)
    procedure.withdraw(hers.id, reason="", by=hers.her, at=timezone.now())  # it is nobody's to follow any more
    procedure.write_to_office(stood_in.id, text="Merci.", uploads=(), by=stood_in.her, at=timezone.now())
    assert news(client.get(HOME)) == [f"{stood_in.referral.number} write_to_office"]


@pytest.mark.parametrize(
    ("until", "seen"),
    [
        ("2026-07-02T08:00:00+00:00", "2026-07-02 10:00"),
        ("2027-01-01T00:00:00+00:00", "2026-07-03 09:00"),  # nobody has seen what is to come
        ("2026-06-01T00:00:00+00:00", "2026-07-01 00:00"),  # nor unseen what she had
        ("2026-07-02T08:00:00", "2026-07-01 00:00"),
        ("n’importe quoi", "2026-07-01 00:00"),
        ("", "2026-07-01 00:00"),
    ],
)
def test_seen_is_what_was_on_the_page(enter, caseworker, time_machine, until, seen):
    time_machine.move_to(TODAY, tick=False)
    User.objects.filter(pk=caseworker.pk).update(looked_at=instant("2026-07-01 00:00"))
    enter(caseworker).post(f"{HOME}vu/", {"until": until})
    caseworker.refresh_from_db()
    assert caseworker.looked_at == instant(seen)


def test_reading_the_page_is_not_having_seen_it(enter, caseworker):
    client = enter(caseworker)
    client.get(HOME)
    assert client.get(f"{HOME}vu/")["Location"] == HOME
    caseworker.refresh_from_db()
    assert caseworker.looked_at is None


def test_the_national_administrator_follows_no_file_and_has_no_news(enter, administrator):
    page = enter(administrator).get(HOME)
    assert (page.context["home"]["news"], list(due(page))) == (None, ["Toute la France"])


# What it costs


def test_lists_are_counted_at_once_and_no_further_than_one_turns_pages():
    story = Story().filed()
    copies(story, 3)
    with CaptureQueriesContext(connection) as asked:
        found = counted(
            {"all": Referral.objects.all(), "none": Referral.objects.none(), "new": Referral.objects.filter(state="draft")}
        )
    assert found == {"all": Counted(4, False), "none": Counted(0, False), "new": Counted(0, False)}
    assert len(asked) == 1
    copies(story, AT_MOST - 4)
    assert counted({"all": Referral.objects.all()}) == {"all": Counted(AT_MOST, False)}
    copies(story, 1)
    assert counted({"all": Referral.objects.all()}) == {"all": Counted(AT_MOST, True)}
    assert counted({}) == {}


def test_beyond_the_queues_pages_the_number_says_more(enter, time_machine):
    assert AT_MOST == PAGED
    story = in_state(State.FILED)
    copies(story, AT_MOST)
    text = text_of(enter(story.caseworker).get(HOME))
    assert "plus de 300 À examiner" in text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("who", ["caseworker", "head", "administrator"])
def test_the_page_costs_the_same_for_one_file_three_and_a_hundred(enter, caseworker, head, administrator, who):
    def queries() -> tuple[int, int]:
        """Of who counts, and of who reads what is kept."""
        cache.clear()
        both = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(HOME).status_code == 200
            both.append(len(captured))
        return both[0], both[1]

    client = enter({"caseworker": caseworker, "head": head, "administrator": administrator}[who])
    story = follow(Story(at=timezone.now() - timedelta(days=1)).filed(), caseworker)
    queries()  # the session and the look-ups Django keeps
    one = queries()
    copies(story, 2)
    three = queries()
    copies(story, 97)
    assert (three, queries()) == (one, one)
    assert max(one[0] - 22, one[1] - 15) <= 0, one
