"""Regions: who decides there, and before which court one appeals."""

from io import BytesIO

import pytest

from vacancies.imports.pipeline import load
from vacancies.imports.territory import Regions
from vacancies.models import AcademicRegion

pytestmark = pytest.mark.django_db

LABELS = "code,name,single_university,vice_rectorate,court"


def bring_in(*lines: str):
    return load(Regions(), BytesIO("\n".join([LABELS, *lines]).encode()), name="regions.csv")


def test_the_two_pacific_territories_have_a_vice_rectorate(reference):
    assert set(AcademicRegion.objects.filter(vice_rectorate=True).values_list("name", flat=True)) == {
        "Nouvelle-Calédonie",
        "Polynésie française",
    }


def test_every_court_is_named_as_the_code_names_it(reference):
    courts = dict(AcademicRegion.objects.values_list("code", "court"))
    assert all(court.startswith(("tribunal administratif de ", "tribunal administratif d’")) for court in courts.values())
    assert [courts[code] for code in ("R84", "R24", "R93", "R94", "R01", "R988")] == [
        "tribunal administratif de Lyon",
        "tribunal administratif d’Orléans",
        "tribunal administratif de Marseille",
        "tribunal administratif de Bastia",
        "tribunal administratif de la Guadeloupe",
        "tribunal administratif de Nouvelle-Calédonie",
    ]


def test_an_empty_court_leaves_what_an_administrator_wrote():
    bring_in("R84,Auvergne-Rhône-Alpes,non,non,")
    AcademicRegion.objects.update(court="tribunal administratif de Lyon", address="92 rue de l’Exemple")
    report = bring_in("R84,Auvergne-Rhône-Alpes,non,non,")
    assert (report.changed, report.unchanged) == (0, 1)
    region = AcademicRegion.objects.get()
    assert (region.court, region.address) == ("tribunal administratif de Lyon", "92 rue de l’Exemple")


def test_a_court_of_the_file_comes_in():
    bring_in("R84,Auvergne-Rhône-Alpes,non,non,")
    assert bring_in("R84,Auvergne-Rhône-Alpes,non,non,tribunal administratif de Lyon").changed == 1
    assert AcademicRegion.objects.get().court == "tribunal administratif de Lyon"


def test_neither_yes_nor_no_is_refused():
    report = bring_in("R84,Auvergne-Rhône-Alpes,non,peut-être,")
    assert [(finding.column, finding.reason) for finding in report.refused] == [("vice_rectorate", "ni « oui » ni « non »")]
