"""Workbooks and viruses: no file that was handed in is read, applied or given back before ClamAV has seen it."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referrals.documents.scanning import LATE
from referrals.models import Role
from tests.documents.scanner import EICAR
from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    MasterMentionFactory,
    ProgrammeFactory,
    academy,
    instant,
    post,
    signed_in,
)
from tests.office.pages import text_of
from tests.vacancies.spreadsheets import ods, xlsx
from vacancies.imports import acts
from vacancies.models import Import, ImportKind, ImportState, Institution, Vacancy

pytestmark = pytest.mark.django_db

AT = instant("2026-07-01 10:00")
NOWHERE = "unix:///nowhere/clamd.sock"
VIRUS = EICAR.decode()
HEAD, LINE = ["Mention", "Places déclarées"], ["Histoire", 3]
CSV = b"Mention;Places d\xc3\xa9clar\xc3\xa9es\nHistoire;3\n"
SENTENCE = (
    "L’antivirus a trouvé un virus dans ce fichier : il n’a pas été lu. Faites contrôler l’ordinateur d’où il vient, "
    "puis déposez un fichier sain."
)


@pytest.fixture
def university() -> Institution:
    university = InstitutionFactory(name="Université d’Ici", uai="0000001A", academy=academy("Lyon"))
    ProgrammeFactory(institution=university, mention=MasterMentionFactory(name="Histoire"))
    return university


def handed_in(university: Institution, content: bytes) -> Import:
    of_the = {"kind": ImportKind.DECLARATION, "campaign": CampaignFactory(), "institution": university}
    return worked(acts.submit(file=ContentFile(content, "places.csv"), by="Claude", at=AT, **of_the))


def worked(of: Import) -> Import:
    acts.run(of.pk, at=AT)
    of.refresh_from_db()
    return of


INFECTED = {
    "csv": EICAR,
    "csv, after lines": CSV + EICAR,
    "xlsx": xlsx([HEAD, [*LINE, VIRUS]]),
    "ods": ods([HEAD, [*LINE, VIRUS]]),
}


@pytest.mark.parametrize("shape", INFECTED)
def test_an_infected_file_is_refused_and_never_read(scanned, university, shape, monkeypatch):
    monkeypatch.setattr(acts, "compare", lambda *_, **__: pytest.fail("it was read"))
    of = handed_in(university, INFECTED[shape])
    assert (of.state, of.sentence, of.differences.count()) == (ImportState.REFUSED, SENTENCE, 0)


@pytest.mark.parametrize("content", [CSV, xlsx([HEAD, LINE]), ods([HEAD, LINE])], ids=["csv", "xlsx", "ods"])
def test_a_sound_one_is_read_and_applied(scanned, university, content):
    of = handed_in(university, content)
    assert (of.state, of.added) == (ImportState.READY, 1)
    acts.confirm(of.key, plan=of.plan, by="Claude", at=AT)
    assert (worked(of).state, Vacancy.objects.get().declared) == (ImportState.APPLIED, 3)


def test_until_the_scanner_answers_a_file_waits_unread_and_the_alarm_is_seen(settings, daemon, university):
    settings.CLAMAV_URL = NOWHERE
    of = handed_in(university, CSV)
    for _ in range(acts.MOST_ATTEMPTS + 1):
        worked(of)
    assert (of.state, of.phase, of.attempts, of.differences.count()) == (ImportState.READING, acts.SCANNER_AWAITED, 0, 0)
    assert acts.waiting(at=AT) == [of.pk]
    Import.objects.update(at=timezone.now())
    assert Client().get("/sante/").content == b"ok"
    Import.objects.update(at=timezone.now() - LATE - timedelta(minutes=1))
    assert Client().get("/sante/").content == b"ok, but files wait for the virus scanner"
    settings.CLAMAV_URL = daemon  # it is up again
    assert (worked(of).state, Client().get("/sante/").content) == (ImportState.READY, b"ok")


def test_the_institution_reads_why_it_waits_and_what_was_found(settings, daemon, university):
    hers = signed_in(post(Role.INSTITUTION, institution=university))
    settings.CLAMAV_URL = NOWHERE
    of = handed_in(university, INFECTED["xlsx"])
    page = reverse("institution:import", args=[of.key])
    assert "L’antivirus ne répond pas encore" in text_of(hers.get(page))
    settings.CLAMAV_URL = daemon
    worked(of)
    assert SENTENCE in text_of(hers.get(page))


def test_what_was_shown_is_scanned_again_before_it_is_applied(settings, daemon, university):
    """It was read while there was no scanner, or before the scanner knew this virus."""
    of = handed_in(university, xlsx([HEAD, LINE], before=[[[VIRUS]]]))
    assert of.state == ImportState.READY
    settings.CLAMAV_URL = daemon
    acts.confirm(of.key, plan=of.plan, by="Claude", at=AT)
    assert (worked(of).state, of.sentence, Vacancy.objects.count()) == (ImportState.READY, SENTENCE, 0)


def test_the_office_is_given_none_that_is_infected_or_not_yet_scanned(settings, daemon, university):
    office = signed_in(post(Role.CASEWORKER, region=academy("Lyon").region))
    sound, infected = handed_in(university, CSV), handed_in(university, INFECTED["xlsx"])
    files = [reverse("admin:vacancies_import_file", args=[of.pk]) for of in (sound, infected)]
    assert [office.get(file).getvalue() for file in files] == [CSV, INFECTED["xlsx"]]  # there is no scanner
    settings.CLAMAV_URL = daemon
    assert office.get(files[0]).getvalue() == CSV
    assert SENTENCE in text_of(office.get(files[1], follow=True))
    settings.CLAMAV_URL = NOWHERE
    for file in files:
        answer = office.get(file, follow=True)
        assert (answer["Content-Type"], "L’antivirus ne répond pas" in text_of(answer)) == ("text/html; charset=utf-8", True)
