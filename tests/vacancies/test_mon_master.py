"""The "Mon Master" catalogue: real lines of its three editions, its JSON, and what becomes of programmes known before.

mon-master-2025.csv is the header and one line of the data set, as published (Licence Ouverte 2.0).
"""

import json
from io import BytesIO
from pathlib import Path

import pytest

from vacancies.imports.mon_master import MonMaster
from vacancies.imports.pipeline import compare, load, write
from vacancies.imports.report import Report
from vacancies.models import MasterMention, Programme, Question

LABELLED = Path(__file__).with_name("mon-master-2025.csv")
TECHNICAL_2023 = (
    "session;eta_uai;eta_nom;acad;acad_lib;acad_reg;acad_reg_lib;ifc;inm;mention;inmp;parcours;alternance;modalite_enseignement;"
    "lieux_formation;disci_master;discipline;disci_lib;secteur_disci;secteur_disci_lib;col;n_can;n_prop;n_accept;rang_dernier"
)
RECORD = {
    "session": "2025", "eta_uai": "0755976N", "eta_nom": "Université Paris Cité", "acad": "A01", "acad_lib": "Paris",
    "acad_reg": "R11", "acad_reg_lib": "Île-de-France", "ifc": "0900820SVFY8", "inm": "0900820S", "mention": "BIO-INFORMATIQUE",
    "inmp": "0900820-06Z", "parcours": "Biologie Informatique - Ingénierie de Plateforme en Biologie", "alternance": "0",
    "modalite_enseignement": ["INITIALE", "CONTINUE"],
    "lieux": "Université Paris Cité - PARIS (75)|UFR SDV - Campus Grands Moulins - PARIS (75)", "lieu_acad_lib": "Paris",
    "disci_lib": "Sciences de la vie, de la terre et de l'univers", "col": 30, "n_can_pp": 406, "n_accept_total": 19,
    "rang_dernier_appele_pp": 59, "pct_accept_femme": 84.2, "id_paysage": "5cZyU",
}  # fmt: skip
"""As the ministry's interface gave it in April 2026, but for columns that are not read."""

pytestmark = pytest.mark.django_db


def loaded(*records: dict, complete: bool = False) -> Report:
    file = BytesIO(json.dumps({"total_count": len(records), "results": records}).encode())
    reader = MonMaster()
    report = compare(reader, file, name="mon-master.json", complete=complete)
    write(reader, report.changes)
    return report


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.added, report.changed, report.withdrawn, report.unchanged, len(report.refused)


def test_the_csv_with_french_labels(reference):
    report = load(MonMaster(), LABELLED, name="mon-master.csv")
    assert (counts(report), report.refused, report.set_aside) == ((1, 0, 0, 0, 0), [], [])
    programme = Programme.objects.get(ifc="0900816NXK8P")
    assert (programme.institution_id, programme.mention.name, programme.track, programme.capacity) == (
        "0755976N", "Physique fondamentale et applications", "Physique appliquée", 18,
    )  # fmt: skip
    assert (programme.site, programme.town, programme.academy_id, programme.other_sites, programme.modalities) == (
        "UFR Physique – Campus Grands Moulins", "Paris", "A01", ["Université Paris Cité - PARIS (75)"], ["Formation initiale"],
    )  # fmt: skip
    assert programme.intakes == {
        "2025": {"capacity": 18, "candidates": 436, "proposals": 120, "accepted": 13, "last_rank": 225},
    }  # fmt: skip
    assert counts(load(MonMaster(), LABELLED, name="mon-master.csv")) == (0, 0, 0, 1, 0)


def test_the_json_of_the_interface(reference):
    loaded(RECORD)
    programme = Programme.objects.get(ifc="0900820SVFY8")
    # Known as "Bioinformatique", whatever its hyphen, accents and capitals.
    assert programme.mention.name in ("Bio-informatique", "Bioinformatique")
    assert MasterMention.objects.filter(name__istartswith="bio").filter(name__iendswith="informatique").count() == 1
    assert (programme.modalities, programme.town, programme.latitude is not None) == (
        ["Formation initiale", "Formation continue"],
        "Paris",
        True,
    )
    assert programme.intakes["2025"]["proposals"] is None


def test_the_names_of_2023(reference):
    lines = [
        TECHNICAL_2023,
        "2023;0755976N;Université Paris Cité;A01;Paris;R11;Île-de-France;0900821TSP26;0900821T;GENETIQUE;;;0;"
        "INITIALE,CONTINUE,HYBRIDE;UFR SDV - PARIS (75),Université Paris Cité - PARIS (75);Sc. fondamentales;09;Sciences;06;Santé;"
        "45;300.0;60.0;40.0;120",
        "2023;0753488J;Institut national des langues et civilisations orientales;A01;Paris;R11;Île-de-France;1900203WFHKM;1900203W;"
        "LANGUES, LITTERATURES ET CIVILISATIONS ETRANGERES ET REGIONALES;1900203-01F;Afrique et Océan Indien (LLCER);0;;"
        "INALCO - PARIS (75);Lettres;05;Langues;23;Langues;3;18.0;;;",
    ]
    report = load(MonMaster(), BytesIO("\n".join(lines).encode()), name="mon-master-2023.csv")
    assert (counts(report), report.refused) == ((2, 0, 0, 0, 0), [])
    genetics, africa = Programme.objects.filter(ifc__isnull=False).order_by("ifc")
    assert (genetics.modalities, genetics.track, genetics.other_sites) == (
        ["Formation initiale", "Formation continue", "En partie à distance"],
        "",
        ["Université Paris Cité - PARIS (75)"],
    )
    assert genetics.intakes == {"2023": {"capacity": 45, "candidates": 300, "proposals": 60, "accepted": 40, "last_rank": 120}}
    assert (africa.modalities, africa.capacity, africa.institution_id) == ([], 3, "0753488J")


def test_two_sessions_in_one_file(reference):
    """The later one describes the programme, whichever comes first; each leaves its figures."""
    earlier = RECORD | {"session": "2024", "col": 25, "parcours": "Ancien nom", "n_can_pp": 300}
    assert counts(loaded(RECORD, earlier)) == (1, 0, 0, 0, 0)
    programme = Programme.objects.get(ifc="0900820SVFY8")
    assert (programme.capacity, programme.track, list(programme.intakes)) == (30, RECORD["parcours"], ["2024", "2025"])
    assert (programme.intakes["2024"]["candidates"], programme.intakes["2025"]["candidates"]) == (300, 406)
    assert counts(loaded(earlier, RECORD)) == (0, 0, 0, 1, 0)
    # An older file afterwards brings nothing back.
    assert counts(loaded(earlier)) == (0, 0, 0, 1, 0)


def test_a_programme_that_the_latest_session_lacks_is_withdrawn(reference):
    ended = RECORD | {"session": "2024", "ifc": "0900820SOLD1", "parcours": "Fini"}
    loaded(RECORD, ended)
    assert dict(Programme.objects.filter(ifc__isnull=False).values_list("ifc", "withdrawn")) == {
        "0900820SVFY8": False,
        "0900820SOLD1": True,
    }


def test_a_refused_row_of_the_latest_session_withdraws_nothing(reference):
    report = loaded(RECORD | {"session": "2024"}, RECORD | {"col": "trente"}, RECORD | {"ifc": "0900820SAAAA"})
    assert len(report.refused) == 1
    assert Programme.objects.get(ifc="0900820SVFY8").withdrawn is False


def test_a_complete_file_withdraws_what_it_lacks_and_a_partial_one_does_not(reference):
    other = RECORD | {"ifc": "0900820SAAAA", "parcours": "Autre"}
    loaded(RECORD, other)
    assert counts(loaded(RECORD)) == (0, 0, 0, 1, 0)
    report = loaded(RECORD, complete=True)
    assert (counts(report), [change.label for change in report.changes]) == (
        (0, 0, 1, 1, 0),
        ["Bio-informatique, parcours Autre – Université Paris Cité"],
    )
    assert counts(loaded(RECORD, other, complete=True)) == (0, 1, 0, 1, 0)
    assert Programme.objects.filter(withdrawn=True).count() == 0


def test_a_known_programme_without_an_ifc_receives_it(reference):
    """And keeps what the other catalogue alone says: the licences it recommends, its page."""
    known = Programme.objects.filter(recommended__isnull=False).exclude(url="").order_by("pk").first()
    record = RECORD | {"eta_uai": known.institution_id, "mention": known.mention.name.upper(), "parcours": known.track}
    before = (known.url, set(known.recommended.all()))
    assert counts(loaded(record)) == (0, 1, 0, 0, 0)
    known.refresh_from_db()
    assert (known.ifc, (known.url, set(known.recommended.all()))) == ("0900820SVFY8", before)


def test_where_two_rows_might_be_the_known_programme_neither_is(reference):
    known = Programme.objects.filter(ifc__isnull=True, institution="0691774D").first()
    record = RECORD | {"eta_uai": "0691774D", "mention": known.mention.name.upper(), "parcours": known.track}
    assert counts(loaded(record, record | {"ifc": "0900820SZZZZ", "alternance": "1"})) == (2, 0, 0, 0, 0)
    known.refresh_from_db()
    assert known.ifc is None
    assert Programme.objects.get(ifc="0900820SZZZZ").modalities[-1] == "Alternance"


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ("ULCO - CALAIS", ("ULCO", "Calais", [])),
        ("Campus du Moufia - SAINT-DENIS CÉDEX 9 (97)", ("Campus du Moufia", "Saint-Denis", [])),
        ("NANTERRE  - NANTERRE  (92)", ("NANTERRE", "Nanterre", [])),
        (
            "Faculté de Droit, d'Economie et de Gestion - MALAKOFF (92)|Université Paris Cité - PARIS (75)",
            ("Faculté de Droit, d'Economie et de Gestion", "Malakoff", ["Université Paris Cité - PARIS (75)"]),
        ),
        (
            "Faculté de droit, d'économie - MALAKOFF (92),Université Paris Cité - PARIS (75)",
            ("Faculté de droit, d'économie", "Malakoff", ["Université Paris Cité - PARIS (75)"]),
        ),
        ("", ("", "Paris", [])),
        ("Sans ville", ("Sans ville", "Paris", [])),
    ],
)
def test_places_as_they_are_written(reference, places, expected):
    loaded(RECORD | {"lieux": places})
    programme = Programme.objects.get(ifc="0900820SVFY8")
    assert (programme.site, programme.town, programme.other_sites) == expected


def test_what_cannot_be_placed_says_where_and_why(reference):
    report = loaded(
        RECORD | {"session": "jadis"},
        RECORD | {"ifc": None},
        RECORD | {"mention": ""},
        RECORD | {"col": "beaucoup"},
        RECORD | {"eta_uai": "0000000X", "eta_nom": "Université d'Utopie"},
        RECORD | {"eta_uai": "0000000X", "eta_nom": "Université Paris-XII", "ifc": "0900820SUPEC"},
        RECORD,
        RECORD,
    )
    assert [(finding.line, finding.column, finding.reason) for finding in report.refused] == [
        (1, "Session", "session illisible : « jadis »"),
        (2, "Identifiant de la formation", "valeur absente"),
        (3, "Intitulé de la mention", "valeur absente"),
        (4, "Capacité offerte limitée par la formation", "nombre illisible : « beaucoup »"),
        (5, "Libellé de l'établissement", "établissement introuvable : « Université d'Utopie »"),
        (8, "", "session 2025 de cette formation déjà lue à la ligne 7"),
    ]
    assert set(Programme.objects.filter(ifc__isnull=False).values_list("ifc", "institution")) == {
        ("0900820SVFY8", "0755976N"),
        ("0900820SUPEC", "0941111X"),
    }
    assert [asked.text for asked in report.asked] == ["Université d'Utopie"]
    assert Question.objects.count() == 0  # asking is the act's
