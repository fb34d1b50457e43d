"""What the tests of the vacancies share: the real files, loaded; files of a few lines; a campaign with seats."""

from collections.abc import Callable, Sequence
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client

from referrals.models import Role
from tests.factories import academy, post, signed_in
from vacancies.imports.catalogue import Catalogue
from vacancies.imports.reference import load_reference
from vacancies.imports.report import Report


@pytest.fixture
def reference(db) -> dict[str, Report]:
    """The project's reference data; the report of each file by its name."""
    reports = {report.file: report for report in load_reference()}
    with connection.cursor() as cursor:
        # Rolled back each time, the rows pile up dead; without fresh statistics the planner takes the tables for huge.
        cursor.execute("ANALYZE vacancies_institution, vacancies_institutionname, vacancies_programme")
    return reports


@pytest.fixture
def office(db) -> Client:
    """A caseworker of Lyon's region."""
    return signed_in(post(Role.CASEWORKER, region=academy("Lyon").region, name="Camille Exemple"))


@pytest.fixture
def head(db) -> Client:
    """A head of service of Lyon's region."""
    return signed_in(post(Role.HEAD, region=academy("Lyon").region, name="Hélène Cheffe"))


@pytest.fixture
def nation(db) -> Client:
    """A national administrator."""
    return signed_in(post(Role.ADMINISTRATOR, name="Nadia Nationale"))


CatalogueFile = Callable[..., BytesIO]


@pytest.fixture
def catalogue_file() -> CatalogueFile:
    """Return a catalogue of some lines, each given by the cells that differ from a plain one."""

    def write(*lines: dict[str, str] | str, labels: Sequence[str] = tuple(Catalogue.columns.values())) -> BytesIO:
        plain = {"institution": "Université Lyon-II", "mention": "Histoire", "town": "Lyon", "capacity": "30.0"}
        written = [";".join(labels)]
        for line in lines:
            cells = line if isinstance(line, str) else ";".join((plain | line).get(field, "") for field in Catalogue.columns)
            written.append(cells)
        return BytesIO("\n".join(written).encode())

    return write
