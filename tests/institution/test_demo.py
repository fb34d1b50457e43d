"""The demonstration's university has something of everything for its clerk, the campaign before is published, and playing it again
changes nothing.
"""

from io import StringIO

import pytest
from django.core.management import call_command

from referrals.models import Publication, Referral, User
from referrals.statistics.publishing import TABLES
from tests.institution.conftest import entering
from vacancies.imports.reference import load_reference
from vacancies.models import Line, Vacancy

pytestmark = pytest.mark.django_db(transaction=True)


def played() -> tuple[str, list[int]]:
    """Play it; return what it prints, and how many rows there are."""
    printed = StringIO()
    call_command("demo", stdout=printed)
    return printed.getvalue(), [model.objects.count() for model in (Vacancy, Line, Referral, User, Publication)]


def test_the_clerk_finds_declared_stale_full_and_never_declared_programmes():
    load_reference()
    printed = [played(), played()]
    assert printed[0] == printed[1]
    assert printed[0][0].count("etablissement@universite.example") == 1
    response = entering(User.objects.get(email="etablissement@universite.example")).get("/etablissement/")
    marks = {row.mark and row.mark[0] for entry in response.context["entries"] for row in entry.rows}
    assert marks == {"jamais déclarée", "à confirmer", "complet", None}


def test_the_clerk_has_requests_to_answer():
    load_reference()
    played()
    requests = (
        entering(User.objects.get(email="etablissement@universite.example")).get("/etablissement/demandes/").context["requests"]
    )
    labels = [one.label for one in requests]
    assert labels[:3] == ["réponse attendue"] * 3
    assert [one.offer.condition for one in requests if one.offer.condition] == ["S’il réussit notre test de langue."]
    assert labels.count("refus donné") == 1


def test_the_campaign_before_is_published_with_some_numbers_shown_and_some_hidden(client):
    load_reference()
    printed, _ = played()
    assert "ancien" not in printed  # nobody is to sign in as one of its students
    publication, figures = (client.get("/statistiques/").context[name] for name in ("publication", "figures"))
    assert publication == Publication.objects.get()
    assert figures["ensemble"] == {"deposees": 31, "issues": [11, 11, 9]}
    assert [delay["etape"] for delay in figures["delais"]] == ["Recevabilité"]
    for table in figures["tableaux"]:
        numbers = [number for line in table["lignes"] for number in line["issues"]]
        assert (None in numbers, set(numbers) != {None}) == (True, True), table["nom"]
    assert len(figures["tableaux"]) == len(TABLES)
