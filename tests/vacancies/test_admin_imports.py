"""Files in the office: who hands in what, what the page of one says, and what may be done to it."""

import csv
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals.models import Role
from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    LicenceMentionFactory,
    MasterMentionFactory,
    ProgrammeFactory,
    academy,
    instant,
    post,
    signed_in,
)
from tests.office.pages import said, text_of
from vacancies.admin.exports import cell
from vacancies.imports import acts
from vacancies.models import Compatibility, Difference, Import, ImportState, Outcome, Question

pytestmark = pytest.mark.django_db

AT = instant("2026-07-01 09:00")
TABLE = "Mention de licence;Mention de master;Remarque\nHistoire;Archives;\nHistoire;Inconnue au bataillon;\n=1+1;Archives;\n"


def address(page: str, *args) -> str:
    return reverse(f"admin:vacancies_import_{page}", args=args)


def file(content: str = TABLE, name: str = "table.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode())


def table(client: Client, content: str = TABLE) -> Import:
    """Hand a campaign's table in, and have a worker read it."""
    LicenceMentionFactory(name="Histoire")
    MasterMentionFactory(name="Archives")
    typed = {"kind": "compatibility", "campaign": CampaignFactory().pk, "file": file(content)}
    response = client.post(address("add"), typed)
    of = Import.objects.latest("pk")
    assert response["Location"] == address("change", of.pk)
    return work(of)


def work(of: Import) -> Import:
    """Do what a worker does, and return what has become of it."""
    acts.run(of.pk, at=AT)
    of.refresh_from_db()
    return of


def declaration(client: Client, where: str = "Lyon"):
    institution = InstitutionFactory(academy=academy(where))
    programme = ProgrammeFactory(institution=institution)
    content = f"Référence;Places vacantes\n{programme.reference};4\n"
    typed = {"campaign": CampaignFactory().pk, "institution": institution.pk, "file": file(content, "places.csv")}
    return client.post(address("add"), typed)


def act(client: Client, name: str, of: Import):
    of.refresh_from_db()
    return client.post(address(name, of.pk), {"plan": of.plan})


def downloaded(client: Client, of: Import) -> str:
    return b"".join(client.get(address("file", of.pk)).streaming_content).decode()


def buttons(response) -> list[str]:
    return [label for _, label, _ in response.context["buttons"]]


def test_from_a_file_to_a_table_and_back(nation):
    of = table(nation)
    page = nation.get(address("change", of.pk))
    assert (of.state, of.by, of.added, of.refused) == (ImportState.READY, "Nadia Nationale", 1, 2)
    assert buttons(page) == ["Appliquer", "Relire le fichier", "Abandonner"]
    act(nation, "apply", of)
    assert said(act(nation, "apply", of)) == ["L’application est demandée."] * 2  # a double click
    assert work(of).state == ImportState.APPLIED
    assert [str(row) for row in Compatibility.objects.all()] == ["Histoire → Archives"]
    page = nation.get(address("change", of.pk))
    assert (buttons(page), page.context["may_reverse"]) == ([], True)
    act(nation, "reverse", of)
    act(nation, "reverse", of)
    assert work(of).state == ImportState.REVERSED
    assert not Compatibility.objects.exists()


def test_what_no_longer_is_possible_is_said(nation):
    of = table(nation)
    act(nation, "abandon", of)
    refused = act(nation, "apply", of)
    assert (refused.status_code, refused["Location"]) == (302, address("change", of.pk))
    assert said(refused)[-1:] == ["Ce n’est plus possible : l’import est « abandonné »."]
    assert buttons(nation.get(address("change", of.pk))) == []


def test_the_same_file_handed_in_twice_is_one_import(nation):
    first = table(nation)
    assert table(nation).pk == first.pk
    assert Import.objects.count() == 1


def test_while_a_worker_has_it_the_page_comes_back_by_itself(nation):
    of = table(nation)
    ready = nation.get(address("change", of.pk))
    assert "Refresh" not in ready
    act(nation, "look-again", of)
    Import.objects.filter(pk=of.pk).update(phase="comparaison", done=3, total=12)
    reading = nation.get(address("change", of.pk))
    assert reading["Refresh"] == "2"
    assert '<progress id="progress" value="3" max="12">' in " ".join(reading.content.decode().split())
    assert "Comparaison : 3 sur 12" in text_of(reading)
    assert buttons(reading) == []


def test_a_file_that_cannot_be_read_says_why(nation):
    of = table(nation, "Colonne;Autre\n1;2\n")
    assert of.state == ImportState.REFUSED
    page = nation.get(address("change", of.pk))
    assert of.sentence in text_of(page)
    assert buttons(page) == ["Relire le fichier", "Abandonner"]


def test_a_file_that_changes_nothing_is_not_to_be_applied(nation):
    of = table(nation)
    act(nation, "apply", of)
    work(of)
    again = table(nation)
    page = nation.get(address("change", again.pk))
    assert (again.pk != of.pk, buttons(page)) == (True, ["Relire le fichier", "Abandonner"])
    assert "Ce fichier ne change rien à ce qui est en base." in text_of(page)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"kind": "declaration"}, "campaign", "Dites de quelle campagne il s’agit."),
        ({"kind": "declaration"}, "institution", "Dites de quel établissement sont ces places."),
        ({"kind": "compatibility"}, "campaign", "Dites de quelle campagne il s’agit."),
        ({"kind": "register", "file": None}, "file", "Ce champ est obligatoire."),
        ({"file": None}, "kind", "Ce champ est obligatoire."),
    ],
)
def test_what_lacks_is_said_beside_its_field(nation, typed, field, sentence):
    form = {name: value for name, value in ({"file": file()} | typed).items() if value is not None}
    response = nation.post(address("add"), form)
    assert response.status_code == 200
    assert response.context["form"].errors[field] == [sentence]
    assert not Import.objects.exists()


def test_a_file_too_large_is_said_beside_it(office):
    large = file("x" * (acts.LARGEST_DECLARATION + 1))
    typed = {"campaign": CampaignFactory().pk, "institution": InstitutionFactory().pk, "file": large}
    response = office.post(address("add"), typed)
    assert response.context["form"].errors["file"] == ["Le fichier pèse 5 Mo, au plus 5 Mo."]


def test_a_register_is_of_no_campaign_and_no_institution(nation):
    institution = InstitutionFactory()
    typed = {"kind": "register", "campaign": CampaignFactory().pk, "institution": institution.pk, "file": file(), "complete": "on"}
    assert nation.post(address("add"), typed).status_code == 302
    of = Import.objects.get()
    assert (of.campaign, of.institution, of.complete) == (None, None, True)


@pytest.mark.parametrize("who", ["office", "head"])
def test_an_office_hands_in_the_declarations_of_its_region_alone(request, who):
    client = request.getfixturevalue(who)
    page = client.get(address("add"))
    assert list(page.context["form"].fields) == ["institution", "campaign", "complete", "file"]
    html = page.content.decode()
    assert [html.count(words) for words in ("la déclaration d’un établissement", "compatibilité", "JSON")] == [1, 0, 0]
    assert declaration(client).status_code == 302
    foreign = declaration(client, "Strasbourg")
    assert list(foreign.context["form"].errors) == ["institution"]
    of = Import.objects.get()
    assert of.kind == "declaration"
    work(of)
    act(client, "apply", of)
    assert work(of).state == ImportState.APPLIED
    assert of.institution.programmes.get().vacancies.get().declared == 4


def test_a_kind_that_an_office_forges_is_a_declaration_all_the_same(office):
    institution = InstitutionFactory()
    typed = {"kind": "register", "campaign": CampaignFactory().pk, "institution": institution.pk, "file": file()}
    assert office.post(address("add"), typed).status_code == 302
    assert Import.objects.get().kind == "declaration"


def test_an_office_reads_what_others_handed_in_and_touches_nothing_of_it(office, nation):
    of = table(nation)
    page = office.get(address("change", of.pk))
    assert (page.status_code, buttons(page)) == (200, [])
    for name in ("apply", "abandon", "look-again", "reverse"):
        assert act(office, name, of).status_code == 403
    assert office.post(address("from_catalogue"), {"campaign": "2026"}).status_code == 403
    assert work(of).state == ImportState.READY
    assert downloaded(office, of) == TABLE
    elsewhere = signed_in(post(Role.CASEWORKER, region=academy("Strasbourg").region))
    declared = Import.objects.get(pk=declared_in_lyon(nation).pk)
    assert act(elsewhere, "abandon", declared).status_code == 403
    assert act(office, "abandon", declared).status_code == 302


def declared_in_lyon(nation: Client) -> Import:
    institution = InstitutionFactory()
    programme = ProgrammeFactory(institution=institution)
    content = f"Référence;Places vacantes\n{programme.reference};4\n"
    form = {"kind": "declaration", "campaign": "2026", "institution": institution.pk, "file": file(content, "places.csv")}
    assert nation.post(address("add"), form).status_code == 302
    return work(Import.objects.latest("pk"))


def test_who_has_no_office_finds_nothing(nation):
    of = table(nation)
    doctor = signed_in(post(Role.MEDICAL, region=academy("Lyon").region))
    adviser = signed_in(post(Role.ADVISER, institution=InstitutionFactory()))
    pages = [("change", of.pk), ("file", of.pk), ("report", of.pk)]
    assert [doctor.get(address(*page)).status_code for page in pages] == [404, 404, 404]
    assert doctor.get(address("add")).status_code == 403
    assert doctor.post(address("apply", of.pk)).status_code == 404
    assert [adviser.get(address(*page)).status_code for page in pages] == [302, 302, 302]


def test_only_a_post_acts_and_only_a_get_reads(nation):
    of = table(nation)
    assert {nation.get(address(name, of.pk)).status_code for name in ("apply", "abandon", "look-again", "reverse")} == {405}
    assert nation.get(address("from_catalogue")).status_code == 405
    assert nation.post(address("change", of.pk), {"state": "applied"}).status_code == 405
    assert nation.post(address("delete", of.pk), {"post": "yes"}).status_code == 403
    assert nation.get(address("change", 10**30)).status_code == 404
    assert nation.get(address("history", of.pk))["Location"] == address("change", of.pk)


def test_a_line_that_waits_for_an_answer_leads_to_its_question(nation):
    of = table(nation)
    page = nation.get(address("change", of.pk), {"sort": "refused"})
    question = Question.objects.get(text="Inconnue au bataillon")
    rows = [(row.line, row.column, row.question) for row, _ in page.context["shown"]]
    assert rows == [(3, "Mention de master", question), (4, "Mention de licence", None)]
    assert reverse("admin:vacancies_question_change", args=[question.pk]) in page.content.decode()
    assert "Dire ce que désigne « Inconnue au bataillon »" in text_of(page)


def test_what_needs_a_person_comes_first_and_the_other_sorts_are_tabs(nation):
    of = table(nation)
    page = nation.get(address("change", of.pk))
    assert page.context["outcome"] == "refused"
    assert [(str(sort), count, words) for sort, count, words in page.context["tabs"]] == [
        ("refused", 2, "lignes refusées"),
        ("added", 1, "ajout"),
    ]
    added = nation.get(address("change", of.pk), {"sort": "added"})
    assert "Histoire → Archives" in text_of(added)
    assert nation.get(address("change", of.pk), {"sort": "n’importe quoi", "page": "9999"}).status_code == 200


def test_each_changed_field_is_said_before_and_after(nation):
    of = table(nation)
    before = {"seats": 2, "valid_until": "2026-07-01", "language": "fr", "contact_name": ""}
    after = {"seats": 5, "valid_until": "2026-09-30", "language": "en", "contact_name": "Mme Exemple"}
    Import.objects.filter(pk=of.pk).update(kind="declaration", changed=1, institution=InstitutionFactory())
    Difference.objects.create(of=of, outcome=Outcome.CHANGED, line=2, label="Histoire", before=before, after=after)
    page = nation.get(address("change", of.pk), {"sort": "changed"})
    assert [str(field) for field in page.context["shown"][0][1]] == [
        "places déclarées : 2 → 5",
        "valable jusqu’au : 01/07/2026 → 30/09/2026",
        "contact : vide → Mme Exemple",
        "langue : français → anglais",
    ]


def test_codes_lists_and_years_are_said_in_words(nation):
    of = table(nation)
    institution = InstitutionFactory(name="Université Neuve")
    figures = {"capacity": 20, "candidates": 131, "proposals": None, "accepted": 0, "last_rank": 44}
    before = {
        "academy_id": "A10",
        "modalities": ["Initiale"],
        "any_licence": False,
        "intakes": {"2024": figures},
        "institution": "x",
    }
    after = {
        "academy_id": academy("Lyon").pk,
        "modalities": ["Initiale", "Apprentissage"],
        "any_licence": True,
        "intakes": {"2024": figures, "2025": figures | {"capacity": 25}},
        "institution": institution.pk,
    }
    Import.objects.filter(pk=of.pk).update(kind="mon_master", changed=1, withdrawn=1, campaign=None)
    Difference.objects.create(of=of, outcome=Outcome.CHANGED, line=2, label="Histoire", before=before, after=after)
    Difference.objects.create(of=of, outcome=Outcome.WITHDRAWN, label="Droit", before=before, after=None)
    page = nation.get(address("change", of.pk), {"sort": "changed"})
    assert [str(field) for field in page.context["shown"][0][1]] == [
        "établissement : x → Université Neuve",
        "modalités : + Apprentissage",
        "toutes licences : non → oui",
        "admissions des années passées : vide → 2025 : 25 places, 131 candidats, 0 acceptées, 44 dernier appelé",
    ]
    assert "absente du fichier Droit retiré" in text_of(nation.get(address("change", of.pk), {"sort": "withdrawn"}))


def test_as_many_queries_for_a_full_page_as_for_one_line(nation):
    def queries(of: Import) -> int:
        with CaptureQueriesContext(connection) as captured:
            page = nation.get(address("change", of.pk), {"sort": "refused"})
        assert len(page.context["shown"]) == min(50, of.differences.filter(outcome="refused").count())
        return len(captured)

    of = table(nation)
    queries(of)  # caches of the first request
    few = queries(of)
    Question.objects.bulk_create(Question(kind="master", text=f"M{n}", normalised=f"m{n}", asked_at=AT) for n in range(200))
    Difference.objects.bulk_create(
        Difference(of=of, outcome=Outcome.REFUSED, line=n, column="c", reason="r", key=["master", f"m{n}"]) for n in range(200)
    )
    Import.objects.filter(pk=of.pk).update(refused=202)
    assert queries(of) == few
    assert "page 1 sur 5" in text_of(nation.get(address("change", of.pk)))


def test_the_file_comes_back_as_it_came(nation):
    of = table(nation)
    response = nation.get(address("file", of.pk))
    assert b"".join(response.streaming_content).decode() == TABLE
    assert response["Content-Disposition"] == 'attachment; filename="table.csv"'
    assert (response["X-Content-Type-Options"], response["Content-Type"]) == ("nosniff", "application/octet-stream")
    of.file.delete(save=False)
    assert nation.get(address("file", of.pk)).status_code == 404


def test_the_report_is_a_table_in_which_nothing_is_a_formula(nation):
    of = table(nation)
    response = nation.get(address("report", of.pk))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text), delimiter=";"))
    assert rows[0] == ["sort", "ligne", "objet", "détail", "colonne", "raison", "candidats"]
    assert rows[1][:4] == ["ajout", "2", "Histoire → Archives", "mention de licence : Histoire | mention de master : Archives"]
    assert [row[:2] for row in rows[2:]] == [["ligne refusée", "3"], ["ligne refusée", "4"]]
    assert (response["X-Content-Type-Options"], response["Content-Disposition"]) == (
        "nosniff", f'attachment; filename="import-{of.pk}.csv"',
    )  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_looks_like_a_formula_gets_an_apostrophe(start):
    assert cell(f"{start}cmd") == f"'{start}cmd"
    assert [cell(value) for value in ("Histoire", "", None, -3)] == ["Histoire", "", "", -3]


def test_a_table_of_compatibility_begins_with_the_licences_of_the_catalogue(nation):
    programme = ProgrammeFactory(mention=MasterMentionFactory(name="Archives"))
    programme.recommended.add(LicenceMentionFactory(name="Histoire"))
    campaign = CampaignFactory()
    response = nation.post(address("from_catalogue"), {"campaign": campaign.pk})
    of = Import.objects.get()
    assert response["Location"] == address("change", of.pk)
    assert (work(of).kind, of.campaign, of.added, of.refused) == ("compatibility", campaign, 1, 0)
    assert nation.post(address("from_catalogue"), {"campaign": campaign.pk})["Location"] == address("change", of.pk)
    assert said(nation.post(address("from_catalogue"), {"campaign": "1900"})) == ["Dites de quelle campagne il s’agit."]


def test_the_list_says_where_each_is(nation):
    table(nation)
    declared_in_lyon(nation)
    page = nation.get(address("changelist"))
    assert page.status_code == 200
    words = text_of(page)
    assert "2 lignes refusées, 1 ajout" in words
    assert "à confirmer" in words
    found = nation.get(address("changelist"), {"q": "table nadia"}).context["cl"].result_list
    assert [of.name for of in found] == ["table.csv"]


def test_as_many_queries_for_a_long_list_as_for_a_short_one(nation):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            nation.get(address("changelist"))
        return len(captured)

    table(nation)
    declared_in_lyon(nation)
    queries()
    few = queries()
    declared_in_lyon(nation)
    assert queries() == few
