"""Two people apply the same file at the same instant: it is applied once, and the other is shown that nothing is left to do."""

from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError

import pytest
from django.core.files.base import ContentFile

from tests import factories
from tests.concurrency.at_once import at_once
from vacancies.imports import acts
from vacancies.imports.catalogue import Catalogue
from vacancies.imports.reference import load_reference
from vacancies.models import Import, ImportKind, ImportState, Programme

pytestmark = pytest.mark.django_db(transaction=True)

AT = factories.instant("2026-07-01 10:00")


@pytest.fixture
def both() -> list[Import]:
    """One catalogue handed in by two people, read and confirmed by each."""
    load_reference()
    Programme.objects.all().delete()
    cells = {"institution": "Université Lyon-II", "mention": "Histoire", "town": "Lyon"}
    lines = [Catalogue.columns.values(), [cells.get(field, "") for field in Catalogue.columns]]
    content = "\n".join(";".join(line) for line in lines).encode()
    imports = [
        acts.submit(kind=ImportKind.CATALOGUE, file=ContentFile(content, "catalogue.csv"), by=by, at=AT)
        for by in ("Claude Modèle", "Maxime Modèle")
    ]
    for of in imports:
        acts.run(of.pk, at=AT)
        of.refresh_from_db()
        acts.confirm(of.key, plan=of.plan, by=of.by, at=AT)
    return imports


@pytest.fixture
def comparing_together(monkeypatch):
    """Both have compared before either writes, where nothing keeps them apart."""
    meet, compare = Barrier(2, timeout=3), acts.compare

    def compared(*args, **given):
        report = compare(*args, **given)
        with suppress(BrokenBarrierError):  # kept apart: the other has not come
            meet.wait()
        return report

    monkeypatch.setattr(acts, "compare", compared)


def outcomes(both: list[Import]) -> list[tuple[str, str]]:
    return sorted(Import.objects.filter(pk__in=[of.pk for of in both]).values_list("state", "sentence"))


def test_one_applies_and_the_other_is_shown_what_is_left(both, comparing_together):
    assert at_once(*[partial(acts.run, of.pk, at=AT) for of in both]) == [None, None]
    assert outcomes(both) == [(ImportState.APPLIED, ""), (ImportState.NOTHING, acts.SINCE)]
    assert Programme.objects.count() == 1
    shown = Import.objects.get(state=ImportState.NOTHING)
    assert (shown.changes_something, shown.unchanged) == (False, 1)


def test_control_without_the_lock_both_would_add_the_same(both, comparing_together, monkeypatch):
    monkeypatch.setattr(acts, "one_at_a_time", lambda: None)
    at_once(*[partial(acts.run, of.pk, at=AT) for of in both])
    twice = "Deux objets n’en feraient qu’un (parcours de M1) : la base a changé, ou le fichier nomme le même deux fois."
    assert outcomes(both) == [(ImportState.APPLIED, ""), (ImportState.READY, twice)]


def test_the_same_import_run_twice_at_once_is_run_once(both):
    of = both[0]
    assert at_once(*[partial(acts.run, of.pk, at=AT)] * 4) == [None] * 4
    of.refresh_from_db()
    assert (of.state, Programme.objects.count()) == (ImportState.APPLIED, 1)
