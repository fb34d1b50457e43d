"""The dashboards: the figures of one's own files, sorted, with their definitions, and as files that no spreadsheet executes."""

import csv
from html import unescape
from io import BytesIO, StringIO
from re import DOTALL, findall, sub

import odfdo
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from referrals.admin.figures.dashboards import DRAWN, SHAPES, columns_of
from referrals.models import Role
from referrals.rules.states import State
from referrals.statistics.dimensions import DIMENSIONS
from referrals.statistics.measures import DENOMINATORS, SECTIONS, Measure
from tests import factories
from tests.office.pages import text_of
from tests.office.test_every_list import referrals as copies
from tests.story import in_state

pytestmark = pytest.mark.django_db

PAGE = "/bureau/referrals/publication/chiffres/"


@pytest.fixture(autouse=True)
def nothing_kept():
    """What is counted is kept for the next readers."""
    cache.clear()


def table(response, section: int = 0) -> dict[str, list[str]]:
    """Return the rows of one of the page's tables: label → cells."""
    tables = findall(r"<table.*?</table>", response.content.decode(), DOTALL)
    rows = findall(r"<tr>\s*<th scope=\"row\">(.*?)</th>(.*?)</tr>", tables[section], DOTALL)
    return {
        " ".join(words(label)): [" ".join(words(cell)) for cell in findall(r"<td.*?</td>", cells, DOTALL)] for label, cells in rows
    }


def words(html: str) -> list[str]:
    return unescape(sub(r"<[^>]+>", " ", html)).split()


def test_the_head_reads_her_regions_and_the_administrator_the_nation(enter, head, administrator):
    in_state(State.OFFERED)
    in_state(State.FILED, academy="Grenoble")
    in_state(State.ENROLLED, academy="Strasbourg")
    page = enter(head).get(PAGE, {"par": "academie"})
    assert table(page) == {
        "Grenoble": ["1", "0 0 %", "0 0 %", "0", "0"],
        "Lyon": ["1", "1 100 %", "0 0 %", "1 100 %", "1 100 %"],
        "Ensemble": ["2", "1 50 %", "0 0 %", "1 100 %", "1 100 %"],
    }
    assert table(page, 2)["Lyon"] == ["3", "0 0 %", "0 0 %", "0 0 %", "0 0 %", "3 100 %", "0"]
    assert list(table(enter(administrator).get(PAGE))) == ["Auvergne-Rhône-Alpes", "Grand Est", "Ensemble"]
    one = enter(administrator).get(PAGE, {"region": factories.academy("Strasbourg").region_id})
    assert list(table(one)) == ["Grand Est", "Ensemble"]


@pytest.mark.parametrize("who", ["caseworker", "head"])
def test_a_region_that_is_not_hers_does_not_exist(enter, head, story, who):
    user = {"caseworker": story.caseworker, "head": head}[who]
    elsewhere = factories.academy("Strasbourg").region_id
    assert enter(user).get(PAGE, {"region": elsewhere}).status_code == 404
    assert enter(user).get(f"{PAGE.rstrip('/')}.csv", {"region": elsewhere}).status_code == 404


def test_who_works_in_no_office_finds_nothing(enter):
    medical = factories.post(Role.MEDICAL, region=factories.academy().region)
    assert enter(medical).get(PAGE).status_code == 404
    assert enter(medical).get("/bureau/referrals/publication/").status_code == 404
    assert enter(factories.UserFactory()).get(PAGE).status_code == 302


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_figure_has_its_chart_its_table_and_its_definition(enter, head, by):
    in_state(State.ENROLLED)
    page = enter(head).get(PAGE, {"par": by})
    shown = [section for section in SECTIONS if section.of_offers or not DIMENSIONS[by].of_offers]
    html, text = page.content.decode(), text_of(page)
    assert html.count("<figure data-chart=") == html.count("<table") == len(shown)
    for section in shown:
        for figure in section.figures:
            assert figure.definition in text
            assert not figure.of or DENOMINATORS[figure.of] in text


def test_a_share_is_rounded(enter, head):
    for state in (State.FILED, State.ADMISSIBLE, State.ADMISSIBLE):
        in_state(state)
    assert table(enter(head).get(PAGE))["Ensemble"][:2] == ["3", "2 67 %"]


def test_every_denominator_is_counted():
    counts = {figure.key for section in SECTIONS for figure in section.figures if isinstance(figure, Measure)}
    shares = {figure.of for section in SECTIONS for figure in section.figures if figure.of}
    assert shares <= DENOMINATORS.keys()
    assert counts <= DENOMINATORS.keys()


def test_sorted_by_any_column(enter, administrator):
    for academy, files in (("Lyon", 1), ("Grenoble", 3), ("Strasbourg", 2)):
        for _ in range(files):
            in_state(State.FILED, academy=academy)
    in_state(State.ADMISSIBLE, academy="Strasbourg")

    def order(sort: str) -> list[str]:
        return list(table(enter(administrator).get(PAGE, {"par": "academie", "tri": sort})))

    assert order("") == order("nom") == order("n’importe quoi") == ["Grenoble", "Lyon", "Strasbourg", "Ensemble"]
    assert order("-nom") == ["Strasbourg", "Lyon", "Grenoble", "Ensemble"]
    assert order("filed")[0] == "Lyon"
    assert order("-admissible")[0] == "Strasbourg"
    assert order("to_admissible") == order("-to_admissible-90") == ["Strasbourg", "Grenoble", "Lyon", "Ensemble"]


def test_a_row_leads_to_its_files_where_the_queue_can_show_them(enter, head):
    in_state(State.FILED)
    client = enter(head)
    for by, query in {
        "academie": "academie=A10&campagne=2026",
        "semaine": "semaine=2026-06-15&campagne=2026",
        "mention": None,
    }.items():
        links = findall(r'href="/bureau/referrals/referral/\?([^"]+)"', client.get(PAGE, {"par": by}).content.decode())
        assert [link.replace("&amp;", "&") for link in links] == ([query] * len(SECTIONS) if query else [])
        if query:
            assert client.get(f"/bureau/referrals/referral/?{query}").context["cl"].result_count == 1


def test_what_is_beyond_the_drawing_stands_in_the_table(enter, administrator):
    story = in_state(State.FILED)
    files = copies(story, DRAWN)
    for rank, file in enumerate(files):
        file.licence_mention = factories.LicenceMentionFactory(name=f"Mention {rank:02d}")
        file.save()
    page = enter(administrator).get(PAGE, {"par": "mention"})
    assert len(table(page)) == DRAWN + 2
    assert page.content.decode().count('<tbody data-drawn="no">') == len(SECTIONS)


@pytest.mark.parametrize("shape", SHAPES)
def test_taken_away_with_every_figure_and_no_formula(enter, head, shape):
    story = in_state(State.FILED)
    type(story.institution).objects.filter(pk=story.institution.pk).update(name="=1+1")
    response = enter(head).get(f"{PAGE.rstrip('/')}.{shape}", {"par": "etablissement"})
    assert response["Content-Disposition"].endswith(f'.{shape}"')
    heading, *lines = rows_of(response, shape)
    columns = [column for section in SECTIONS for column in columns_of(section)]
    shares = [column for column in columns if isinstance(column.figure, Measure) and column.figure.of]
    assert len(heading) == len(set(heading)) == 1 + len(columns) + len(shares)
    assert [line[0] for line in lines] == ["'=1+1", "Ensemble"]
    assert lines[0][1:4] == (["1", "0", "0,0"] if shape == "csv" else [1, 0, 0])
    if shape == "xlsx":
        sheet = load_workbook(BytesIO(response.content))["Définitions"]
        assert sheet.max_row == 1 + sum(len(section.figures) for section in SECTIONS)


def rows_of(response, shape: str) -> list[list]:
    if shape == "csv":
        content = b"".join(response.streaming_content).decode("utf-8-sig")
        return list(csv.reader(StringIO(content), delimiter=";"))
    if shape == "xlsx":
        return [list(row) for row in load_workbook(BytesIO(response.content))["Chiffres"].iter_rows(values_only=True)]
    return odfdo.Document(BytesIO(response.content)).body.tables[0].get_values()


def test_an_unknown_shape_and_an_empty_site(enter, administrator):
    client = enter(administrator)
    assert "Aucune campagne n’est encore créée." in text_of(client.get(PAGE))
    assert client.get(f"{PAGE.rstrip('/')}.csv").status_code == 404
    factories.CampaignFactory()
    assert "Aucune saisine n’est encore déposée ici." in text_of(client.get(PAGE))
    assert client.get(f"{PAGE.rstrip('/')}.pdf").status_code == 404


@pytest.mark.parametrize("by", DIMENSIONS)
def test_the_page_costs_the_same_for_one_file_three_and_a_hundred(enter, administrator, by):
    def queries() -> tuple[int, int]:
        """Of who counts, and of who reads what is kept."""
        cache.clear()
        both = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(PAGE, {"par": by}).status_code == 200
            both.append(len(captured))
        return both[0], both[1]

    client = enter(administrator)
    story = in_state(State.OFFERED)
    queries()
    one = queries()
    copies(story, 2)
    three = queries()
    copies(story, 97)
    assert (three, queries()) == (one, one)
    assert max(one[0] - 23, one[1] - 13) <= 0, one


def test_stories_of_other_campaigns_do_not_count(enter, administrator):
    in_state(State.FILED)
    factories.CampaignFactory(code="2027", name="Campagne 2027", opens_on="2027-06-15", search_until="2027-10-31")
    client = enter(administrator)
    assert "Aucune saisine n’est encore déposée ici." in text_of(client.get(PAGE))  # the newest unless asked otherwise
    assert list(table(client.get(PAGE, {"campagne": "2026"}))) == ["Auvergne-Rhône-Alpes", "Ensemble"]


def test_what_is_kept_is_kept_for_each_reader_apart(enter, head, administrator):
    in_state(State.FILED)
    in_state(State.FILED, academy="Strasbourg")
    read = [table(enter(user).get(PAGE))["Ensemble"][0] for user in (administrator, head, administrator)]
    elsewhere = factories.post(Role.HEAD, region=factories.academy("Strasbourg").region)
    assert [*read, next(iter(table(enter(elsewhere).get(PAGE))))] == ["2", "1", "2", "Grand Est"]
