"""Who has not declared, and the totals: what is counted, for whom, in how many queries, and as a file."""

import csv
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals.models import Role
from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    MasterMentionFactory,
    ProgrammeFactory,
    VacancyFactory,
    academy,
    instant,
    post,
    signed_in,
)
from tests.office.pages import text_of
from vacancies import mergers, seats
from vacancies.models import Institution

pytestmark = pytest.mark.django_db

AT = instant("2026-07-01 09:00")
STALE = instant("2026-07-20 09:00")


@pytest.fixture
def country() -> dict[str, Institution]:
    """One that has declared for one programme of two, one that never has, one elsewhere; seats held and taken."""
    CampaignFactory(code="2025", name="Campagne 2025", opens_on=date(2025, 6, 15), search_until=date(2025, 10, 31))
    declares = InstitutionFactory(name="Déclare")
    history = ProgrammeFactory(institution=declares, mention=MasterMentionFactory(name="Histoire"))
    ProgrammeFactory(institution=declares, mention=MasterMentionFactory(name="Droit"))
    vacancy = VacancyFactory(programme=history, seats_declared=5)
    for n in (1, 2):
        seats.hold(vacancy_id=vacancy.pk, holder=f"00000000-0000-4000-8000-00000000000{n}", by="x", at=AT)
    seats.take(holder="00000000-0000-4000-8000-000000000001", by="x", at=AT)
    VacancyFactory(programme=history, modality="apprenticeship", seats_declared=3)
    silent = InstitutionFactory(name="Silencieuse", academy=academy("Grenoble"))
    ProgrammeFactory(institution=silent, mention=MasterMentionFactory(name="Droit"))
    ProgrammeFactory(institution=silent, mention=MasterMentionFactory(name="Retirée"), withdrawn=True)
    elsewhere = InstitutionFactory(name="Ailleurs", academy=academy("Strasbourg"))
    VacancyFactory(programme=ProgrammeFactory(institution=elsewhere, mention=MasterMentionFactory(name="Droit")), seats_declared=2)
    InstitutionFactory(name="Sans master")
    return {"declares": declares, "silent": silent, "elsewhere": elsewhere}


def address(page: str) -> str:
    return reverse(f"admin:vacancies_vacancy_{page}")


def declarations(client: Client, **query) -> list[tuple]:
    rows = client.get(address("declarations"), query).context["rows"]
    return [
        (
            row.institution.name, row.last, row.programmes, row.with_seats, row.stale, row.declared, row.held, row.taken, row.free,
        )
        for row in rows
    ]  # fmt: skip


def totals(client: Client, **query) -> list[tuple]:
    page = client.get(address("totals"), query).context
    rows = [*page["rows"], page["whole"]]
    return [
        (getattr(row, "name", "="), row.programmes, row.with_seats, row.declared, row.held, row.taken, row.free) for row in rows
    ]


JUNE = date(2026, 6, 15)


def test_who_never_declared_comes_first(nation, country):
    assert declarations(nation) == [
        ("Silencieuse", None, 1, 0, 0, 0, 0, 0, 0),
        ("Ailleurs", JUNE, 1, 1, 0, 2, 0, 0, 2),
        ("Déclare", JUNE, 2, 1, 0, 8, 1, 1, 6),
    ]  # fmt: skip
    assert "1 établissement sur 3 n’a rien déclaré pour cette campagne." in text_of(nation.get(address("declarations")))


@pytest.fixture(autouse=True)
def summer():
    with time_machine.travel(AT, tick=False):
        yield


def test_what_is_to_be_confirmed_is_counted(nation, country):
    with time_machine.travel(STALE, tick=False):
        client = signed_in(post(Role.ADMINISTRATOR))
        assert [(name, stale) for name, _, _, _, stale, *_ in declarations(client)] == [
            ("Silencieuse", 0),
            ("Ailleurs", 1),
            ("Déclare", 2),
        ]


def test_an_office_begins_with_its_region_and_may_look_at_the_others(office, country):
    assert [row[0] for row in declarations(office)] == ["Silencieuse", "Déclare"]
    assert [row[0] for row in declarations(office, region="R44")] == ["Ailleurs"]
    assert [row[0] for row in declarations(office, region="france")] == ["Silencieuse", "Ailleurs", "Déclare"]
    assert [row[0] for row in declarations(office, region="n’importe quoi")] == ["Silencieuse", "Déclare"]
    choices = office.get(address("declarations")).context["form"].fields["region"].choices
    assert choices == [
        ("", "Auvergne-Rhône-Alpes"), ("france", "toute la France"), ("R84", "Auvergne-Rhône-Alpes"), ("R44", "Grand Est"),
    ]  # fmt: skip


def test_another_campaign_knows_nothing_of_this_one(nation, country):
    assert {row[1] for row in declarations(nation, campaign="2025")} == {None}
    assert len(declarations(nation, campaign="1900")) == 3  # no such campaign: the latest


def test_each_leads_to_its_vacancies(nation, country):
    page = nation.get(address("declarations")).content.decode()
    there = f"{address('changelist')}?etablissement={country['declares'].pk}&amp;campaign__code__exact=2026"
    assert there in page
    found = nation.get(there.replace("&amp;", "&")).context["cl"].result_list
    assert sorted(vacancy.declared for vacancy in found) == [3, 5]


def test_what_was_taken_over_counts_for_the_successor(nation, country):
    former, heir = country["declares"], country["elsewhere"]
    heirs = ProgrammeFactory(institution=heir, mention=MasterMentionFactory(name="Histoire"))  # a twin: it stays
    mergers.merge(former=former.pk, successor=heir.pk, effective_on=date(2026, 1, 1), ground="x", by="x", at=AT)
    assert heirs.institution == heir
    assert declarations(nation) == [
        ("Silencieuse", None, 1, 0, 0, 0, 0, 0, 0),
        ("Ailleurs", JUNE, 4, 2, 0, 10, 1, 1, 8),
    ]  # fmt: skip


def test_totals_by_academie(nation, office, country):
    lyon, grenoble = ("Lyon", 2, 1, 8, 1, 1, 6), ("Grenoble", 1, 0, 0, 0, 0, 0)
    assert totals(nation) == [
        grenoble,
        lyon,
        ("Strasbourg", 1, 1, 2, 0, 0, 2),
        ("=", 4, 2, 10, 1, 1, 8),
    ]
    assert totals(office) == [grenoble, lyon, ("=", 3, 1, 8, 1, 1, 6)]


def test_totals_by_mention(nation, country):
    assert totals(nation, by="mention") == [
        ("Droit", 3, 1, 2, 0, 0, 2),
        ("Histoire", 1, 1, 8, 1, 1, 6),
        ("=", 4, 2, 10, 1, 1, 8),
    ]
    assert "Totaux par mention" in text_of(nation.get(address("totals"), {"by": "mention"}))


def test_a_hundred_mentions_to_a_page(nation, country):
    institution = country["declares"]
    for n in range(101):
        ProgrammeFactory(institution=institution, mention=MasterMentionFactory(name=f"Mention {n:03}"))
    page = nation.get(address("totals"), {"by": "mention", "page": "2"})
    assert len(page.context["rows"]) == 3
    assert "Ensemble de toutes les pages" in text_of(page)
    assert "?by=mention&amp;page=1" in page.content.decode()


def table(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text), delimiter=";"))


def test_the_declarations_as_a_file(nation, country):
    response = nation.get(address("declarations_csv"), {"region": "R84"})
    silent, declares = country["silent"].pk, country["declares"].pk
    assert table(response)[1:] == [
        [silent, "Silencieuse", "Grenoble", "1", "0", "0", "0", "0", "0", "0", ""],
        [declares, "Déclare", "Lyon", "2", "1", "8", "1", "1", "6", "0", "15/06/2026"],
    ]
    assert response["Content-Disposition"] == 'attachment; filename="declarations-2026.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_totals_as_a_file(nation, country):
    assert table(nation.get(address("totals_csv"), {"by": "mention"})) == [
        ["mention", "parcours", "parcours déclarés", "places déclarées", "réservées", "prises", "libres"],
        ["Droit", "3", "1", "2", "0", "0", "2"],
        ["Histoire", "1", "1", "8", "1", "1", "6"],
    ]


@pytest.mark.parametrize("page", ["declarations", "totals", "declarations_csv", "totals_csv"])
def test_who_has_no_office_reads_none_of_it(page):
    doctor = signed_in(post(Role.MEDICAL, region=academy("Lyon").region))
    adviser = signed_in(post(Role.ADVISER, institution=InstitutionFactory()))
    assert (doctor.get(address(page)).status_code, adviser.get(address(page)).status_code) == (403, 302)


@pytest.mark.parametrize("page", ["declarations", "totals", "declarations_csv", "totals_csv"])
def test_before_any_campaign_there_is_nothing_to_show(nation, page):
    assert nation.get(address(page)).status_code == 200


@pytest.mark.parametrize(("page", "by"), [("declarations", ""), ("totals", "academy"), ("totals", "mention")])
def test_as_many_queries_for_many_as_for_few(nation, country, page, by):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            nation.get(address(page), {"by": by})
        return len(captured)

    queries()  # caches of the first request
    few = queries()
    for where in ("Lyon", "Strasbourg", "La Réunion"):
        VacancyFactory(programme=ProgrammeFactory(institution=InstitutionFactory(academy=academy(where))))
    assert queries() == few
