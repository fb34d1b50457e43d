"""Names of institutions: every name of the catalogue against a table labelled by hand, and names made to mislead."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from tests.factories import InstitutionFactory
from vacancies.imports.reference import CATALOGUE
from vacancies.imports.report import LineRefused
from vacancies.imports.resolution import How, Resolver, one_letter_apart, without_acronym, words
from vacancies.models import InstitutionName

LABELS = Path(__file__).with_name("labelled-names.csv")

pytestmark = pytest.mark.django_db


def meant(resolver: Resolver, name: str) -> str:
    """The code of the institution that ``name`` leads to, empty where it leads to none."""
    try:
        return resolver.resolve(name, column="").institution.uai
    except LineRefused:
        return ""


def test_the_240_rows_against_the_labels(reference):
    with LABELS.open() as file:
        labels = {row["name"]: row["uai"] for row in csv.DictReader(file)}
    with CATALOGUE.open(encoding="utf-8-sig") as file:
        names = [row["Nom officiel (long) de l’établissement accrédité"] for row in csv.DictReader(file)]
    resolver = Resolver()
    assert {name: meant(resolver, name) for name in names} == labels
    assert Counter(bool(labels[name]) for name in names) == {True: 232, False: 8}


def test_by_which_way(reference):
    resolver = Resolver()
    ways = {
        "Université Lyon-I": How.NAME,
        "Université Paris-VII": How.NAME,
        "Université d'Aix-Marseille": How.WORDS,
        "UNIVERSITE SORBONNE UNIVERSITE": How.WORDS,
        "Université Paris 8": How.WORDS,
        "Institut supérieur de l'aéronautique et de l'espace (ISAE)": How.WORDS,
        "Universié Côte d'Azur": How.MISSPELT,
        "Université de Limoge": How.MISSPELT,
    }
    assert {name: resolver.resolve(name, column="").how for name in ways} == ways


def test_a_name_that_is_not_certain_stays_open(reference):
    names = [
        "Université de Lyon",  # a community of several
        "Université de Toulouse",
        "Université Paris-Est",
        "Normandie Université",
        "Université Sorbonne Paris Cité",
        "COMUE Bourgogne Franche-Comté",
        "Université Antilles-Guyane",  # parted in two
        "Ecole normale supérieure",  # not that of Lyon
        "Ecole normale supérieure de Rennes",
        "Ecole polytechnique",
        "INSA de Rennes",
        "Institut national des sciences appliquées de Rennes",
        "Institut d'études politiques de Strasbourg",
        "Ecole centrale de Nantes",
        "École supérieure d'agriculture (Toulouse)",
        "Institut Mines-Télécom Business School",
        "Université Paris 14",
        "UCA",  # two of them
        "INP",
        "Sorbonne",
        "Paris",
        "Université",
        "",
    ]
    resolver = Resolver()
    assert [name for name in names if meant(resolver, name)] == []


def test_no_name_of_one_institution_leads_to_another_once_it_is_forgotten(reference):
    """Leave each name out in turn: what the others say of it is right, or nothing."""
    resolver = Resolver()
    wrong = []
    for name in InstitutionName.objects.select_related("institution"):
        known_by = [
            institutions
            for institutions in (resolver._by_name.get(name.normalised), resolver._by_words.get(words(name.name)))
            if institutions and name.institution in institutions
        ]
        for institutions in known_by:
            institutions.discard(name.institution)
        found = next((found for _, found in resolver._ways(name.name) if found), {name.institution})
        if len(found) == 1 and found != {name.institution}:
            wrong.append((name.name, found))
        for institutions in known_by:
            institutions.add(name.institution)
    assert wrong == []


def test_a_shared_name_says_who_shares_it():
    InstitutionFactory(name="Université d’Ici", uai="0000001A", names=["École du Fleuve"])
    InstitutionFactory(name="Université de Là", uai="0000002B", names=["Ecole du fleuve"])
    with pytest.raises(LineRefused) as refusal:
        Resolver().resolve("ÉCOLE DU FLEUVE", column="Nom")
    assert (refusal.value.reason, refusal.value.column, refusal.value.candidates) == (
        "nom partagé par plusieurs établissements : « ÉCOLE DU FLEUVE »",
        "Nom",
        ("Université de Là (0000002B)", "Université d’Ici (0000001A)"),
    )


def test_a_successor_answers_for_those_it_succeeded():
    heir = InstitutionFactory(name="Université Nouvelle")
    middle = InstitutionFactory(name="Université Moyenne", successor=heir)
    InstitutionFactory(name="Université Ancienne", uai="0000009J", successor=middle, former_uais=["0000008H"])
    resolver = Resolver()
    assert [meant(resolver, name) for name in ("Université Ancienne", "Université Moyenne")] == [heir.uai, heir.uai]
    assert [resolver.by_uai(uai, column="") for uai in ("0000009J", "0000008H")] == [heir, heir]


def test_codes_present_former_shared_and_unknown(reference):
    resolver = Resolver()
    assert resolver.by_uai("0691775E", column="").name == "Université Lumière - Lyon 2"
    assert resolver.by_uai("0911101C", column="").name == "Université Paris-Saclay"
    # A present code wins over the same as somebody's former one: Guyane left the Antilles, which kept it.
    assert resolver.by_uai("9710585J", column="").name == "Université des Antilles"
    reasons = []
    for uai in ("9840303G", "0000000X"):
        with pytest.raises(LineRefused) as refusal:
            resolver.by_uai(uai, column="")
        reasons.append((refusal.value.reason, len(refusal.value.candidates)))
    assert reasons == [("ancien code UAI de plusieurs établissements : « 9840303G »", 2), ("code UAI inconnu : « 0000000X »", 0)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("universite", "universie", True),
        ("universite", "univresite", True),
        ("universite", "universitte", True),
        ("universite", "universita", True),
        ("universite", "universite", True),
        ("toulon", "toulouse", False),
        ("rennes", "reims", False),
        ("nantes", "mantes", False),
        ("caen", "cean", False),
        ("paris12", "paris13", False),
    ],
)
def test_one_letter_apart(one, other, expected):
    assert one_letter_apart(one, other) is one_letter_apart(other, one) is expected


def test_words():
    assert words("Université de Paris-XII") == words("UNIV. PARIS 12") == {"universite", "paris", "12"}
    assert without_acronym("Institut de l’espace (IE)") == "Institut de l’espace"
    assert without_acronym("Institut de l’espace (Lyon)") == "Institut de l’espace (Lyon)"
