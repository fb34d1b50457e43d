"""The real files: how many rows come in, which do not and why; lines of our own making; a second run that changes nothing."""

from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from tests.factories import InstitutionFactory, academy
from vacancies.imports.catalogue import Catalogue
from vacancies.imports.pipeline import load
from vacancies.imports.reference import load_reference
from vacancies.imports.register import OtherAcademies, Register
from vacancies.imports.report import FileRefused
from vacancies.models import (
    AcademicRegion,
    Academy,
    Institution,
    InstitutionName,
    LicenceMention,
    MasterMention,
    Programme,
    Vacancy,
)

REGISTER = "etablissements-enseignement-superieur.csv"
CATALOGUE = "trouver-mon-master-programmes.csv"

pytestmark = pytest.mark.django_db


def counts(report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, len(report.refused)


def test_the_real_files_come_in(reference):
    assert {name: counts(report) for name, report in reference.items()} == {
        "regions.csv": (20, 0, 0, 0),
        "academies.csv": (32, 0, 0, 0),
        REGISTER: (227, 0, 0, 23),
        "former-names.csv": (131, 0, 2, 0),
        "other-academies.csv": (1, 0, 0, 0),
        CATALOGUE: (230, 0, 0, 10),
    }
    models = [AcademicRegion, Academy, Institution, InstitutionName, MasterMention, LicenceMention, Programme, Vacancy]
    assert [model.objects.count() for model in models] == [20, 32, 227, 812, 226, 48, 230, 0]


def test_a_second_run_changes_nothing(reference):
    assert [counts(report) for report in load_reference()] == [
        (0, 0, 20, 0),
        (0, 0, 32, 0),
        (0, 0, 227, 23),
        (0, 0, 133, 0),
        (0, 0, 1, 0),
        (0, 0, 230, 10),
    ]


def test_institutions_without_a_code_or_abroad_are_refused(reference):
    reasons = [finding.reason for finding in reference[REGISTER].refused]
    assert sorted(reasons) == sorted(
        ["code UAI absent, et le reste de la ligne est vide"] * 18
        + ["code UAI absent : « Groupe Institut catholique d'arts et métiers »"]
        + [
            f"établissement à l’étranger, hors de toute académie : « {name} »"
            for name in (
                "École française de Rome",
                "École française d'Athènes",
                "Casa de Velázquez de Madrid",
                "Institut français d'archéologie orientale du Caire",
            )
        ]
    )


def test_each_refused_programme_says_where_and_why(reference):
    refused = [(finding.line, finding.column, finding.reason) for finding in reference[CATALOGUE].refused]
    name, town = Catalogue.columns["institution"], Catalogue.columns["town"]
    comue, ensta = "COMUE Bourgogne Franche-Comté", "Ecole nationale supérieure des techniques avancées ParisTech"
    lumieres = "Communauté d'universités et établissements Université Paris Lumières"
    insa = "Institut national des sciences appliquées de Rennes"
    assert refused == [
        (28, name, f"établissement introuvable : « {comue} »"),
        (85, name, f"établissement introuvable : « {lumieres} »"),
        (103, town, "formation à l’étranger, hors de toute académie : Hanoï"),
        (146, name, f"établissement introuvable : « {insa} »"),
        (179, name, f"établissement introuvable : « {comue} »"),
        (220, name, f"établissement introuvable : « {ensta} »"),
        (228, name, "établissement introuvable : « Ecole des hautes études en santé publique »"),
        (231, town, "formation à l’étranger, hors de toute académie : Hanoï"),
        (236, name, f"établissement introuvable : « {insa} »"),
        (238, name, f"établissement introuvable : « {ensta} »"),
    ]
    assert str(reference[CATALOGUE].refused[0]) == (
        f"ligne 28, colonne « {name} » : établissement introuvable : « {comue} ». "
        "Candidats : Université de Franche-Comté (0251215K)."
    )


def test_a_point_that_is_elsewhere_is_set_aside_and_its_line_kept(reference):
    elsewhere = [finding for finding in reference[CATALOGUE].set_aside if finding.column == Catalogue.columns["point"]]
    assert [(finding.line, finding.reason) for finding in elsewhere] == [
        (43, "coordonnées hors du territoire de l’académie (Guyane)"),
        (159, "coordonnées à 314 km de Paris"),
        (227, "coordonnées à 194 km de Limoges"),
    ]


def test_an_institution_as_the_register_has_it(reference):
    upec = Institution.objects.get(uai="0941111X")
    assert (upec.name, upec.academy.name, upec.town, upec.latitude, upec.longitude, upec.former_uais) == (
        "Université Paris-Est Créteil", "Créteil", "Créteil", 48.78852, 2.4437, [],
    )  # fmt: skip
    assert set(upec.names.values_list("name", flat=True)) == {
        "Université Paris-Est Créteil",
        "Université de Paris XII",
        "Université Paris-XII",
        "Université Paris-XII Val-de-Marne",
        "Université Paris-Est Créteil Val-de-Marne",
        "Paris 12 Val de Marne University",
        "UPEC",
    }
    assert upec.website == "https://www.u-pec.fr/"
    paris_8 = Institution.objects.get(uai="0931827F")
    assert paris_8.former_uais == ["0751724S"]


def test_the_town_says_which_academy(reference):
    elsewhere = [
        (programme.institution.name.split(",")[0], programme.town, programme.academy.name)
        for programme in Programme.objects.select_related("institution", "academy").order_by("town")
        if programme.academy_id != programme.institution.academy_id
    ]
    assert elsewhere == [
        ("Conservatoire national des arts et métiers", "Angoulême", "Poitiers"),
        ("Université de Montpellier", "Cayenne", "Guyane"),
        ("École des hautes études en sciences sociales", "Marseille", "Aix-Marseille"),
        ("Institut national d'enseignement supérieur pour l'agriculture", "Rennes", "Rennes"),
        ("Université Paris Nanterre", "Saint-Denis", "Créteil"),
        ("Institut Mines-Télécom", "Toulouse", "Toulouse"),
    ]


def test_towns_are_written_as_in_france(reference, catalogue_file):
    cases = [
        ("UNIVERSITE DES ANTILLES", "SCHOELCHER CEDEX", "Schœlcher", "Martinique"),
        ("UNIVERSITE DES ANTILLES", "Fort de France", "Fort-de-France", "Martinique"),
        ("UNIVERSITE DES ANTILLES", "POINTE A PITRE", "Pointe-à-Pitre", "Guadeloupe"),
        ("Université de La Réunion", "SAINT DENIS CEDEX 9", "Saint-Denis", "La Réunion"),
        ("Université Paris-VIII", "ST DENIS", "Saint-Denis", "Créteil"),
        ("Université Lyon-II", "BOURG EN BRESSE", "Bourg en Bresse", "Lyon"),
        ("Université Lyon-II", "", "", "Lyon"),
    ]
    lines = [{"institution": name, "town": town, "mention": f"Essai {n}"} for n, (name, town, *_) in enumerate(cases)]
    assert counts(load(Catalogue(), catalogue_file(*lines), name="x")) == (7, 0, 0, 0)
    written = Programme.objects.filter(mention__name__startswith="Essai ").order_by("mention__name")
    assert list(written.values_list("town", "academy__name")) == [(town, name) for _, _, town, name in cases]


def test_points(reference):
    """Exchanged halves are put right; without a point, that of the town; none where neither is known."""
    assert Programme.objects.filter(latitude=43.615803, longitude=3.872114, town="Montpellier").count() == 3
    assert Programme.objects.filter(town="Créteil", latitude=48.78852, longitude=2.4437).count() == 5
    assert Programme.objects.filter(latitude=None).count() == 16


def test_recommended_licences(reference):
    with_some = Programme.objects.annotate(n=Count("recommended")).filter(n__gt=0)
    assert (with_some.count(), Programme.recommended.through.objects.count()) == (54, 197)
    assert Programme.objects.filter(any_licence=True).count() == 2
    assert not LicenceMention.objects.filter(normalised="toutes licences").exists()
    law = Programme.objects.get(mention__name="Administration et liquidation d'entreprises en difficulté")
    assert list(law.recommended.values_list("name", flat=True)) == ["Droit"]


def test_a_programme_as_the_catalogue_has_it(reference):
    programme = Programme.objects.get(track="Commerce électronique", institution="0941111X")
    assert (str(programme.mention), programme.site, programme.town, programme.capacity, programme.modalities) == (
        "Administration et échanges internationaux",
        "Université Paris-XII",
        "Créteil",
        380,
        ["Formation initiale", "Formation continue", "Alternance", "Apprentissage"],
    )


def test_good_lines_are_not_lost_among_broken_ones(reference, catalogue_file):
    before = Programme.objects.count()
    report = load(
        Catalogue(),
        catalogue_file(
            {"mention": "Mention d’essai"},
            "une;ligne;trop;courte",
            {"mention": ""},
            {"mention": "…"},
            {"institution": ""},
            {"institution": "Université de Nulle-Part"},
            {"institution": "UCA"},
            {"capacity": "trente"},
            {"capacity": "30.5"},
            {"capacity": "-1"},
            {"mention": "M" * 251},
            {"mention": "MENTION D'ESSAI"},
            {"mention": "Mention d’essai", "track": "Parcours", "capacity": ""},
            {"mention": "Essai", "point": "ici", "url": "javascript:alert(1)"},
        ),
        name="essai.csv",
    )
    assert [(finding.line, finding.reason) for finding in report.refused] == [
        (3, f"4 colonnes au lieu de {len(Catalogue.columns)}"),
        (4, "valeur absente"),
        (5, "valeur absente"),
        (6, "valeur absente"),
        (7, "établissement introuvable : « Université de Nulle-Part »"),
        (8, "établissement introuvable : « UCA »"),
        (9, "nombre illisible : « trente »"),
        (10, "nombre illisible : « 30.5 »"),
        (11, "nombre illisible : « -1 »"),
        (12, "251 caractères, au plus 250"),
        (13, "déjà lu à la ligne 2"),
    ]
    assert [(finding.line, finding.reason) for finding in report.set_aside] == [
        (15, "coordonnées illisibles : « ici »"),
        (15, "adresse de page incorrecte"),
    ]
    assert counts(report) == (3, 0, 0, 11)
    assert Programme.objects.count() == before + 3


def test_what_changed_is_changed_and_counted_once(reference, catalogue_file):
    line = {"mention": "Mention d’essai", "licences": "Droit|Histoire"}
    load(Catalogue(), catalogue_file(line), name="x")
    programme = Programme.objects.get(mention__name="Mention d’essai")
    report = load(Catalogue(), catalogue_file(line | {"capacity": "12", "licences": "Droit|Toutes licences"}), name="x")
    assert counts(report) == (0, 1, 0, 0)
    programme.refresh_from_db()
    assert (programme.capacity, programme.any_licence) == (12, True)
    assert list(programme.recommended.values_list("name", flat=True)) == ["Droit"]
    assert counts(load(Catalogue(), catalogue_file(line | {"capacity": "12", "licences": "Droit"}), name="x")) == (0, 1, 0, 0)


def test_the_same_programme_in_other_letters_is_the_same(reference, catalogue_file):
    load(Catalogue(), catalogue_file({"mention": "Mention d’essai", "track": "Économie", "town": "ST ETIENNE"}), name="x")
    report = load(
        Catalogue(), catalogue_file({"mention": "MENTION D'ESSAI", "track": "Économie", "town": "Saint-Étienne"}), name="x"
    )
    assert counts(report) == (0, 0, 1, 0)
    assert MasterMention.objects.filter(normalised="mention d essai").count() == 1


def register_file(*lines: dict[str, str]) -> BytesIO:
    rows = [";".join(Register.columns.values())]
    rows += [";".join(f'"{line.get(field, "")}"' for field in Register.columns) for line in lines]
    return BytesIO("\n".join(rows).encode())


def test_the_register_adds_names_and_takes_none_away(db):
    academy("Lyon")
    line = {"uai": "0690000A", "name": "Université Neuve", "academy": "A10", "other_names": "Ancienne université;UN"}
    assert counts(load(Register(), register_file(line), name="x")) == (1, 0, 0, 0)
    InstitutionName.objects.create(institution_id="0690000A", name="Nom retenu par une personne")
    assert counts(load(Register(), register_file(line | {"other_names": "Université neuve"}), name="x")) == (0, 0, 1, 0)
    assert counts(load(Register(), register_file(line | {"short_name": "Neuve"}), name="x")) == (0, 1, 0, 0)
    assert set(InstitutionName.objects.values_list("name", flat=True)) == {
        "Université Neuve", "Ancienne université", "UN", "Nom retenu par une personne", "Neuve",
    }  # fmt: skip


def test_the_register_gives_a_web_site_and_takes_none_away(db):
    academy("Lyon")
    line = {"uai": "0690000A", "name": "Université Neuve", "academy": "A10"}
    load(Register(), register_file(line | {"website": "https://neuve.example/"}), name="x")
    assert counts(load(Register(), register_file(line), name="x")) == (0, 0, 1, 0)
    report = load(Register(), register_file(line | {"website": "javascript:alert(1)"}), name="x")
    assert [finding.reason for finding in report.set_aside] == ["adresse illisible : « javascript:alert(1) »"]
    assert Institution.objects.get().website == "https://neuve.example/"


def test_broken_lines_of_the_register(db):
    academy("Lyon")
    report = load(
        Register(),
        register_file(
            {"uai": "069", "name": "x", "academy": "A10"},
            {"uai": "0690000A", "name": "", "academy": "A10"},
            {"uai": "0690000A", "name": "x", "academy": "A99"},
            {"uai": "0690000A", "name": "x", "academy": "A10", "point": "45,5 et 4,8"},
            {"uai": "0690000A", "name": "y", "academy": "A10"},
        ),
        name="x",
    )
    assert [finding.reason for finding in report.refused] == [
        "code UAI mal formé : « 069 »",
        "valeur absente",
        "académie inconnue : « A99 »",
        "déjà lu à la ligne 5",
    ]
    assert [finding.reason for finding in report.set_aside] == ["coordonnées illisibles : « 45,5 et 4,8 »"]
    assert list(Institution.objects.values_list("name", "latitude")) == [("x", None)]


def test_an_institution_of_two_academies_is_known_by_the_projects_own_table(reference):
    antilles = Institution.objects.get(uai="9710585J")
    assert (antilles.academy.name, [academy.name for academy in antilles.other_academies.all()]) == ("Guadeloupe", ["Martinique"])


def test_broken_lines_of_the_other_academies(db):
    institution = InstitutionFactory(academy=academy("Lyon"))
    academy("La Réunion")
    lines = [f"{institution.uai},{code}" for code in ("A28", "A28", "A99", "A10")] + ["9999999X,A28"]
    report = load(OtherAcademies(), BytesIO("\n".join(["uai,academy", *lines]).encode()), name="x")
    assert [finding.reason for finding in report.refused] == [
        "déjà lu à la ligne 2",
        "académie inconnue : « A99 »",
        "c’est déjà l’académie de l’établissement",
        "code UAI inconnu : « 9999999X »",
    ]
    assert [academy.pk for academy in institution.other_academies.all()] == ["A28"]


def test_nothing_is_applied_when_one_file_is_no_file(db, tmp_path):
    wrong = tmp_path / "autre.csv"
    wrong.write_text("a;b\n1;2\n")
    with pytest.raises(FileRefused, match=r"autre\.csv : colonne absente"):
        load_reference(catalogue=wrong)
    assert AcademicRegion.objects.count() == 0


def test_a_few_queries_however_many_rows(reference, catalogue_file, django_assert_max_num_queries):
    lines = [{"mention": f"Mention {n}", "licences": f"Licence {n}|Droit"} for n in range(300)]
    with django_assert_max_num_queries(30):
        assert counts(load(Catalogue(), catalogue_file(*lines), name="x")) == (300, 0, 0, 0)


def test_the_command_prints_a_report(db):
    out = StringIO()
    call_command("load_reference", quiet=True, stdout=out)
    assert out.getvalue().splitlines() == [
        "regions.csv, lignes : 20 ajoutées, 0 modifiées, 0 inchangées, 0 refusées",
        "academies.csv, lignes : 32 ajoutées, 0 modifiées, 0 inchangées, 0 refusées",
        f"{REGISTER}, lignes : 227 ajoutées, 0 modifiées, 0 inchangées, 23 refusées",
        "former-names.csv, lignes : 131 ajoutées, 0 modifiées, 2 inchangées, 0 refusées",
        "other-academies.csv, lignes : 1 ajoutées, 0 modifiées, 0 inchangées, 0 refusées",
        f"{CATALOGUE}, lignes : 230 ajoutées, 0 modifiées, 0 inchangées, 10 refusées",
    ]
    out = StringIO()
    call_command("load_reference", stdout=out)
    printed = out.getvalue().splitlines()
    assert len(printed) == 6 + (1 + 23) + (1 + 10) + (1 + 4)
    assert printed[6] == f"Lignes refusées – {REGISTER}"


def test_the_command_says_why_nothing_was_loaded(db, tmp_path):
    with pytest.raises(CommandError, match=r"Rien n’a été chargé\. .*absent\.csv"):
        call_command("load_reference", catalogue=tmp_path / "absent.csv")


def test_a_merged_institution_s_programmes_go_to_its_successor(reference, catalogue_file):
    heir = InstitutionFactory(uai="0690001B", academy=Academy.objects.get(name="Lyon"))
    Institution.objects.filter(uai="0691775E").update(successor=heir)
    assert counts(load(Catalogue(), catalogue_file({"mention": "Mention d’essai"}), name="x")) == (1, 0, 0, 0)
    assert Programme.objects.get(mention__name="Mention d’essai").institution == heir
