"""Names of institutions: every name of the catalogue against a table labelled by hand, and names made to mislead."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.factories import InstitutionFactory, MasterMentionFactory, QuestionFactory
from vacancies.imports.reference import CATALOGUE
from vacancies.imports.report import Asked, LineRefused
from vacancies.imports.resolution import How, Mentions, Resolver, one_letter_apart, without_acronym, words
from vacancies.models import Institution, InstitutionName, MasterMention, QuestionKind

LABELS = Path(__file__).with_name("labelled-names.csv")
ELSEWHERE = Path(__file__).with_name("names-elsewhere.csv")
"""Names of institutions in ministry orders, the code and other data sets, labelled by hand; empty where nobody must be linked."""

pytestmark = pytest.mark.django_db


def meant(resolver: Resolver, name: str) -> str:
    """The code of the institution that ``name`` leads to, empty where it leads to none."""
    try:
        return resolver.resolve(name, column="").institution.uai
    except LineRefused:
        return ""


def labels_of(path: Path) -> dict[str, str]:
    with path.open() as file:
        return {row["name"]: row["uai"] for row in csv.DictReader(file)}


def precision_and_recall(labels: dict[str, str], found: dict[str, str]) -> tuple[float, float]:
    """Of the links made, the share that is right; of the links to make, the share that was made."""
    made = [name for name, uai in found.items() if uai]
    right = sum(found[name] == labels[name] for name in made)
    return right / len(made), right / sum(bool(uai) for uai in labels.values())


def test_the_240_rows_against_the_labels(reference):
    labels = labels_of(LABELS)
    with CATALOGUE.open(encoding="utf-8-sig") as file:
        names = [row["Nom officiel (long) de l’établissement accrédité"] for row in csv.DictReader(file)]
    resolver = Resolver()
    found = {name: meant(resolver, name) for name in names}
    assert found == labels
    assert precision_and_recall(labels, found) == (1.0, 1.0)
    assert Counter(bool(labels[name]) for name in names) == {True: 232, False: 8}


def test_names_of_orders_and_other_data_sets(reference):
    """The ministry's own style, in names that the 240 rows do not have; a few stay open, none leads astray."""
    labels, resolver = labels_of(ELSEWHERE), Resolver()
    found = {name: meant(resolver, name) for name in labels}
    assert [(name, found[name]) for name in labels if found[name] and found[name] != labels[name]] == []
    assert [name for name in labels if labels[name] and not found[name]] == [
        "Ecole nationale d'ingénieurs de Saint-Etienne",
        "Ecole nationale d'ingénieurs de Tarbes",
    ]
    precision, recall = precision_and_recall(labels, found)
    assert precision == 1.0
    assert recall > 0.95


def test_no_slip_of_a_letter_in_a_known_name_leads_astray(reference):
    """Each letter of each long word left out in turn; not of a name that is one acronym: there a letter makes another."""
    resolver = Resolver()
    wrong = []
    for name in InstitutionName.objects.select_related("institution__successor"):
        for match in re.finditer(r"[^\W\d_]{6,}", name.name if len(words(name.name)) > 1 else ""):
            for place in range(match.start() + 1, match.end()):
                slip = name.name[:place] + name.name[place + 1 :]
                ways = (found for _, found in resolver._ways(slip) if found)
                found = next(ways, set())
                if len(found) == 1 and name.institution not in found and not shares(resolver, name.normalised, found):
                    wrong.append((slip, found))
    assert wrong == []


def shares(resolver: Resolver, normalised: str, found: set) -> bool:
    """Whether the name itself, without the slip, is one of those found: some names are those of two institutions."""
    return bool(resolver._by_name.get(normalised, set()) & found)


def test_an_answer_is_remembered(reference):
    asked = "Conservatoire de nulle part"
    with pytest.raises(LineRefused) as refusal:
        Resolver().resolve(asked, column="Nom")
    assert refusal.value.asked == Asked(QuestionKind.INSTITUTION, asked)
    lyon = Institution.objects.get(uai="0691774D")
    QuestionFactory(text=asked, institution=lyon)
    found = Resolver().resolve(asked.upper(), column="Nom")
    assert (found.institution, found.how) == (lyon, How.ANSWER)


def test_an_answer_leads_to_who_stands_today(reference):
    former = InstitutionFactory(name="Université Ancienne", successor=Institution.objects.get(uai="0691774D"))
    QuestionFactory(text="L’Ancienne", institution=former)
    assert meant(Resolver(), "L’Ancienne") == "0691774D"


def test_what_a_person_has_set_aside_is_not_asked_again(reference):
    QuestionFactory(text="COMUE Bourgogne Franche-Comté", unrelated=True, answered_by="Maxime Modèle")
    with pytest.raises(LineRefused) as refusal:
        Resolver().resolve("COMUE BOURGOGNE FRANCHE-COMTE", column="Nom")
    assert (refusal.value.reason, refusal.value.asked) == (
        "établissement écarté par Maxime Modèle : « COMUE BOURGOGNE FRANCHE-COMTE »",
        None,
    )


MEEF = "Métiers de l'enseignement, de l'éducation et de la formation (MEEF)"
MIAGE = "Méthodes informatiques appliquées à la gestion des entreprises"


@pytest.fixture
def mentions(db) -> Callable[..., str]:
    """Resolve a title against some mentions; an empty string where a person is asked."""
    for name in (
        "Bio-informatique", "Analyse et politique économique", "Sciences de la vie et de la santé", "Éthologie",
        f"{MEEF}, 1er degré", "Droit public", "Droit privé", f"{MIAGE} - MIAGE",
    ):  # fmt: skip
        MasterMentionFactory(name=name)

    def resolve(title: str, *, new: bool = True) -> str:
        try:
            return Mentions(MasterMention).resolve(title, column="", new=new)
        except LineRefused:
            return ""

    return resolve


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("BIO-INFORMATIQUE", "Bio-informatique"),
        ("bioinformatique", "Bio-informatique"),
        ("ANALYSE ET POLITIQUES ECONOMIQUES", "Analyse et politique économique"),
        ("Sc. de la vie et de la santé", "Sciences de la vie et de la santé"),
        (f"MIAGE - {MIAGE}", f"{MIAGE} - MIAGE"),
        ("Droit publik", ""),  # a letter away from "Droit public": a person says which
        ("ETHNOLOGIE", ""),  # another subject, a letter away from éthologie: a person says so
        ("Droit social", "Droit social"),
        (f"{MEEF}, 2nd degré", f"{MEEF}, 2nd degré"),
    ],
)  # fmt: skip
def test_mentions(mentions, title, expected):
    assert mentions(title) == expected


def test_a_table_that_invents_no_mention_asks_for_each_unknown_one(mentions):
    assert [mentions("Droit social", new=False), mentions("droit public", new=False)] == ["", "Droit public"]


def test_the_answer_about_a_mention_is_remembered(mentions):
    QuestionFactory(kind=QuestionKind.MASTER, text="Ethnologie", unrelated=True)
    QuestionFactory(kind=QuestionKind.MASTER, text="Droit publik", master=MasterMention.objects.get(name="Droit public"))
    assert [mentions("ETHNOLOGIE"), mentions("Droit publik")] == ["ETHNOLOGIE", "Droit public"]


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
        ("universites", "universite", False),
        ("limoge", "limoges", True),
    ],
)
def test_one_letter_apart(one, other, expected):
    assert one_letter_apart(one, other) is one_letter_apart(other, one) is expected


def test_words():
    assert words("Université de Paris-XII") == words("UNIV. PARIS 12") == {"universite", "paris", "12"}
    assert without_acronym("Institut de l’espace (IE)") == "Institut de l’espace"
    assert without_acronym("Institut de l’espace (Lyon)") == "Institut de l’espace (Lyon)"


def test_a_link_that_rests_on_a_letter_is_shown_with_its_confidence(reference):
    shown = [finding for finding in reference["trouver-mon-master-programmes.csv"].set_aside if " lu comme " in finding.reason]
    assert {finding.reason for finding in shown} == {
        "« Universié Côte d'Azur » lu comme « Université Côte d'Azur » (confiance 95 %)"
    }
