"""The template: every programme with its numbers of today, in three formats; handed in as it is, nothing of it is refused."""

import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from django.core.files.base import ContentFile
from openpyxl import load_workbook

from referrals.models import Role
from tests import factories
from tests.institution.conftest import TODAY, entering, outcomes, standing, worked
from vacancies import mergers, seats
from vacancies.imports import acts
from vacancies.imports.declaration import Declaration
from vacancies.imports.reading import read
from vacancies.imports.template import EXPLAINED, GUIDE, PLACES, SHAPES, template
from vacancies.models import Import, ImportKind, ImportState, Modality, Vacancy

pytestmark = pytest.mark.django_db

ADDRESS = "/etablissement/fichier/modele."
AWKWARD = 'Arts ; lettres "et" langues, l’été'
SHAPE = pytest.mark.parametrize("shape", list(SHAPES))


@pytest.fixture
def catalogue(university, vacancy):
    """Programmes of every sort: stale, never declared, two modalities, longer than usual, withdrawn, awkward to write down."""
    vacancy.contact_name, vacancy.contact_email, vacancy.contact_phone = "Sacha D’Exemple", "s@u.exemple", "+33 1 99 00 00 00"
    vacancy.save()
    factories.ProgrammeFactory(
        institution=university,
        mention__name='Arts ; lettres "et" langues, l’été',
        track="Ligne\tune",
        site="Site de l’Île",
        ifc="2100042X",
    )
    factories.ProgrammeFactory(institution=university, mention__name="Abandonné", withdrawn=True)
    twice = factories.ProgrammeFactory(institution=university, mention__name="Droit", ifc="0012345")
    for modality, number in ((Modality.INITIAL, 0), (Modality.APPRENTICESHIP, 3)):
        factories.VacancyFactory(programme=twice, modality=modality, seats_declared=number)
    late = factories.VacancyFactory(
        programme__institution=university, programme__mention__name="Zoologie", language="en", attendance="remote", seats_declared=9
    )
    seats.declare(vacancy_id=late.pk, seats=9, by="x", at=TODAY, valid_until=date(2026, 10, 31))
    factories.VacancyFactory()
    return twice


def cells(shape: str, content: bytes) -> list[tuple[str, ...]]:
    """What the reader finds: reference, modality, seats, valid until."""
    rows = read(BytesIO(content), columns=Declaration.columns)
    names = ("campaign", "modality", "seats", "valid_until", "contact_name", "language", "attendance")
    return [tuple(row.cells[name] for name in names) for row in rows]


@SHAPE
def test_it_has_every_programme_and_its_numbers(her, catalogue, shape):
    response = her.get(ADDRESS + shape)
    assert response["Content-Type"] == SHAPES[shape][1]
    assert response["Content-Disposition"].startswith('attachment; filename="places-2026-')
    late = {"csv": "31/10/2026"}.get(shape, "2026-10-31")
    assert cells(shape, response.content) == [
        ("2026", "formation initiale", "", "", "", "", ""),
        ("2026", "formation initiale", "0", "", "", "français", "sur place"),
        ("2026", "apprentissage", "3", "", "", "français", "sur place"),
        ("2026", "formation initiale", "2", "", "Sacha D’Exemple", "français", "sur place"),
        ("2026", "formation initiale", "9", late, "", "anglais", "à distance"),
    ]


@SHAPE
@pytest.mark.parametrize("complete", [False, True])
def test_handed_in_as_it_is_it_confirms_and_refuses_nothing(her, catalogue, hand_in, vacancy, shape, complete):
    before = {one.pk: (one.declared, one.contact_phone) for one in Vacancy.objects.all()}
    content = her.get(ADDRESS + shape).content
    of = hand_in(ContentFile(content, name=f"modele.{shape}"), **({"complete": "on"} if complete else {}))
    assert (of.state, of.sentence, outcomes(of)) == (ImportState.READY, "", {"changed": 3})
    her.post(f"/etablissement/fichier/{of.key}/", {"act": "confirm", "plan": of.plan})
    assert worked(of).state == ImportState.APPLIED
    assert {one.pk: (one.declared, one.contact_phone) for one in Vacancy.objects.all()} == before
    assert standing(vacancy) == (2, TODAY.date(), date(2026, 8, 19))
    again = hand_in(ContentFile(her.get(ADDRESS + shape).content, name=f"modele.{shape}"))
    assert (again.changes_something, again.unchanged, outcomes(again)) == (False, 4, {})


@SHAPE
def test_what_a_spreadsheet_would_compute_is_left_out_and_stays_as_it_was(university, campaign, vacancy, shape):
    Vacancy.objects.filter(pk=vacancy.pk).update(contact_name="=HYPERLINK(1)", contact_phone="+33199000000")
    content = template(shape, institution=university, campaign=campaign, on=TODAY.date())
    (row,) = read(BytesIO(content), columns=Declaration.columns)
    phone = "" if shape == "csv" else "+33199000000"  # a text in a workbook stays a text; in a CSV it would become a number
    assert (row.cells["contact_name"], row.cells["contact_phone"]) == ("", phone)
    of = acts.submit(
        kind=ImportKind.DECLARATION,
        file=ContentFile(content, name="m"),
        institution=university,
        campaign=campaign,
        by="x",
        at=TODAY,
    )
    acts.confirm(worked(of).key, plan=worked(of).plan, by="x", at=TODAY)
    assert worked(of).state == ImportState.APPLIED
    vacancy.refresh_from_db()
    assert (vacancy.contact_name, vacancy.contact_phone) == ("=HYPERLINK(1)", "+33199000000")


def test_a_csv_opens_in_excel(her, catalogue):
    content = her.get(ADDRESS + "csv").content
    assert content.startswith(b"\xef\xbb\xbfCampagne;R\xc3\xa9f\xc3\xa9rence;Mention;Parcours;")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][:7] == [
        "2026",
        "2100042X",
        'Arts ; lettres "et" langues, l’été',
        "Ligne une",
        "Site de l’Île",
        "Lyon",
        "formation initiale",
    ]


def test_a_workbook_explains_each_column_and_offers_the_choices(her, catalogue):
    workbook = load_workbook(BytesIO(her.get(ADDRESS + "xlsx").content))
    assert workbook.sheetnames == [PLACES, GUIDE]
    places, guide = workbook.worksheets
    labels = [str(label) for label in Declaration.columns.values()]
    assert [cell.value for cell in places[1]] == labels
    assert [row[0].value for row in guide.iter_rows(min_row=2)] == labels
    assert list(EXPLAINED) == list(Declaration.columns)
    rules = {str(rule.sqref): (rule.type, rule.formula1) for rule in places.data_validations.dataValidation}
    assert rules == {
        "G2:G206": ("list", '"formation initiale,formation continue,apprentissage"'),
        "H2:H206": ("whole", "0"),
        "N2:N206": ("list", '"français,anglais,français et anglais,autre langue"'),
        "O2:O206": ("list", '"sur place,en partie à distance,à distance"'),
    }
    types = {cell.data_type for row in places.iter_rows(min_row=2) for cell in row if cell.value is not None}
    assert types == {"s", "n", "d"}


def test_only_hers_and_only_what_exists(her, vacancy, university):
    other = factories.InstitutionFactory()
    assert her.get(ADDRESS + "pdf").status_code == 404
    assert her.get(ADDRESS + "csv", {"institution": other.pk}).status_code == 404
    assert her.get(ADDRESS + "csv", {"campaign": "1917"}).status_code == 404
    assert her.get(ADDRESS + "csv", {"institution": university.pk, "campaign": "2026"}).status_code == 200


def test_after_a_merger_it_has_both_ones_programmes(vacancy, university):
    successor = factories.InstitutionFactory()
    factories.ProgrammeFactory(institution=successor, mention__name="Archives")
    mergers.merge(
        former=university.pk, successor=successor.pk, effective_on=date(2026, 7, 1), ground="décret", by="ministère", at=TODAY
    )
    content = entering(factories.post(Role.INSTITUTION, institution=successor)).get(ADDRESS + "ods").content
    mentions = [row.cells["mention"] for row in read(BytesIO(content), columns=Declaration.columns)]
    assert mentions == ["Archives", "Histoire de l'art"]
    assert Import.objects.count() == 0
