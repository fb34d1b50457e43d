"""Spreadsheets and JSON: the same rows whatever the shape, and a sentence for what is none."""

import json
from datetime import date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.vacancies.spreadsheets import archive, ods, ods_of, ods_row, xlsx
from vacancies.imports.reading import MOST_BYTES, Broken, read
from vacancies.imports.report import FileRefused
from vacancies.imports.tables import Column

COLUMNS = {
    "name": Column("Nom officiel", "etab_nom"),
    "seats": Column("Places", "Nombre de places"),
    "note": Column("Remarque", optional=True),
}
LABELS = ["Nom officiel", "Places", "Remarque"]


def rows(content: bytes) -> list[tuple]:
    """Each row as (line, name, seats, note), each broken one as (line, column, why)."""
    return [
        (row.line, row.refusal.column, row.refusal.reason) if isinstance(row, Broken) else (row.line, *row.cells.values())
        for row in read(BytesIO(content), columns=COLUMNS)
    ]


def refusal(content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        rows(content)
    return str(refused.value)


ONE = [["Nom officiel", "Places", "Remarque"], ["École d’Ici", 3, "vu"]]
TITLED = [["Déclaration 2026"], [], *ONE]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (xlsx(ONE), 2),
        (xlsx([["NOM OFFICIEL", "nombre de places", "remarque"], ["École d’Ici", 3.0, "vu"]]), 2),
        (xlsx(TITLED), 4),
        (xlsx(ONE, before=[[["Mode d’emploi"], ["Lisez-moi"]]]), 2),
        (ods(ONE), 2),
        (ods(TITLED), 4),
        ("sep=;\r\nNom officiel;Places;Remarque\r\nÉcole d’Ici;3;vu\r\n".encode("cp1252"), 3),
        ("Déclaration 2026;;\n\nNom officiel;Places;Remarque\nÉcole d’Ici;3;vu\n".encode(), 4),
        ("\ufeffNom officiel\tPlaces\tRemarque\r\nÉcole d’Ici\t3\tvu\r\n".encode("utf-16-le"), 2),
        ("Nom officiel;Places;Remarque;;;\nÉcole d’Ici;3;vu;;;\n".encode(), 2),
        (json.dumps([{"etab_nom": "École d’Ici", "Places": 3, "Remarque": "vu"}]).encode(), 1),
        (json.dumps({"total_count": 1, "results": [{"etab_nom": "École d’Ici", "places": 3.0, "remarque": ["vu"]}]}).encode(), 1),
        (json.dumps({"records": [{"fields": {"etab_nom": "École d’Ici", "places": "3", "remarque": "vu"}}]}).encode(), 1),
    ],
    ids=[
        "xlsx", "xlsx, aliases and a float", "xlsx, title", "xlsx, second sheet", "ods", "ods, title", "Excel's sep= line",
        "csv, title", "UTF-16", "empty columns", "json list", "json results", "json records",
    ],
)  # fmt: skip
def test_one_row_whatever_the_shape(content, line):
    assert rows(content) == [(line, "École d’Ici", "3", "vu")]


def test_the_last_optional_cells_may_be_missing():
    assert rows("Nom officiel;Places;Remarque\nÉcole;3\nLycée\n".encode()) == [
        (2, "École", "3", ""),
        (3, "", "1 colonne au lieu de 3"),
    ]


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        (3, "3"),
        (2.5, "2.5"),
        (True, "oui"),
        (date(2026, 10, 31), "2026-10-31"),
        (datetime(2026, 10, 31, 0, 0), "2026-10-31"),  # noqa: DTZ001 - a spreadsheet knows no zone
        ("deux\nlignes", "deux lignes"),
        (None, ""),
    ],
)
@pytest.mark.parametrize("shape", [xlsx, ods])
def test_values_of_a_spreadsheet(shape, value, read_as):
    assert rows(shape([LABELS, ["École", 3, value]])) == [(2, "École", "3", read_as)]


def test_json_says_nothing_by_null_and_lists_by_a_bar():
    records = [
        {"etab_nom": "É", "places": None, "remarque": ["INITIALE", "CONTINUE"]},
        {"etab_nom": "B", "places": False},
        "x",
        None,
    ]
    assert rows(json.dumps(records).encode()) == [
        (1, "É", "", "INITIALE|CONTINUE"),
        (2, "B", "0", ""),
        (3, "", "ce n’est pas un enregistrement"),
        (4, "", "ce n’est pas un enregistrement"),
    ]


FORMULA = "une formule au lieu d’une valeur : recopiez la valeur"


@pytest.mark.parametrize(
    "content",
    [
        xlsx([LABELS, ["École", "=1+2", ""], ["Lycée", 4, ""]]),
        "Nom officiel;Places\nÉcole;=1+2\nLycée;4\n".encode(),
        ods_of(
            ods_row(*LABELS)
            + "<table:table-row><table:table-cell><text:p>École</text:p></table:table-cell>"
            + '<table:table-cell table:formula="of:=1+2" office:value-type="float" office:value="3"/></table:table-row>'
            + ods_row("Lycée", "4")
        ),
    ],
    ids=["xlsx", "csv", "ods"],
)
def test_a_formula_is_refused_alone(content):
    assert rows(content) == [(2, "Places", FORMULA), (3, "Lycée", "4", "")]


def test_a_formula_beside_the_columns_that_are_read_does_no_harm():
    assert rows(xlsx([[*LABELS, "Total"], ["École", 3, "", "=SUM(B:B)"]])) == [(2, "École", "3", "")]


def test_a_comment_on_a_cell_is_not_its_text():
    comment = "<office:annotation><text:p>à revoir</text:p></office:annotation>"
    row = f'<table:table-row><table:table-cell office:value-type="string">{comment}<text:p>École</text:p></table:table-cell>'
    row += '<table:table-cell office:value-type="float" office:value="3.0"/></table:table-row>'
    assert rows(ods_of(ods_row(*LABELS) + row)) == [(2, "École", "3", "")]


def test_a_million_empty_rows_and_columns_cost_nothing():
    cells = '<table:table-cell table:number-columns-repeated="16384"/>'
    wide = f'<table:table-row table:number-rows-repeated="1048576">{cells}</table:table-row>'
    assert rows(ods_of(ods_row(*LABELS) + wide + ods_row("École", "3"))) == [(1048578, "École", "3", "")]


def test_a_very_long_cell_is_refused_alone_however_often_it_comes():
    long = "x" * 1_000_000
    found = rows(ods_of(ods_row(*LABELS) + ods_row("École", "3", long, times=150_000) + ods_row("Lycée", "4")))
    assert (len(found), found[0]) == (150_001, (2, "Remarque", "cellule de 1000000 caractères, au plus 5000"))
    assert found[-1] == (150_002, "Lycée", "4", "")


def test_as_many_labels_as_records_cost_nothing():
    records = [{"etab_nom": "École", "places": 3}, *({f"libellé {number}": number} for number in range(30_000))]
    assert rows(json.dumps(records).encode()) == [(1, "École", "3", "")]


def test_a_line_a_thousand_million_down_is_too_far():
    far = '<table:table-row table:number-rows-repeated="99999999999"><table:table-cell/></table:table-row>'
    assert refusal(ods_of(ods_row(*LABELS) + far + ods_row("École", "3"))) == "plus de 1200000 lignes, vides ou non"


def test_lists_in_lists_and_half_letters_are_refused_alone():
    deep = json.dumps([{"etab_nom": "É", "places": 1, "remarque": 1}]).replace(": 1}", ": " + "[" * 900 + "]" * 900 + "}")
    assert rows(deep.encode()) == [(1, "", "des valeurs sont emboîtées trop profondément")]
    half = b'[{"etab_nom": {"a": "\\ud800"}, "places": 1}]'
    assert rows(half) == [(1, '{"a": "?"}', "1", "")]


def test_one_row_repeated_a_million_times_is_too_many():
    assert refusal(ods_of(ods_row(*LABELS) + ods_row("École", "3", times=1_000_000))) == "plus de 200000 lignes"


def test_what_the_workbook_says_of_its_own_size_is_not_believed():
    parts = {}
    with ZipFile(BytesIO(xlsx(ONE))) as zipped:
        for name in zipped.namelist():
            parts[name] = zipped.read(name).replace(b'<dimension ref="A1:C2"', b'<dimension ref="A1:XFD1048576"')
    assert rows(archive(parts)) == [(2, "École d’Ici", "3", "vu")]


def bomb() -> bytes:
    """A workbook of some hundred kilobytes that unpacks to 200 MB."""
    parts = {}
    with ZipFile(BytesIO(xlsx(ONE))) as zipped:
        for name in zipped.namelist():
            parts[name] = zipped.read(name)
    return archive(parts | {"xl/media/image.bin": bytes(200_000_000)})


def billion_laughs() -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l9;</x>'
    return archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": xml.encode()})


DAMAGED = "le classeur est abîmé : ouvrez-le et enregistrez-le de nouveau"
TOO_MUCH = "ce classeur se déplierait en un fichier démesuré : il n’est pas ouvert"
NO_TABLE = "c’est une archive ou un document, non un tableau : envoyez un fichier CSV, XLSX ou ODS"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb, TOO_MUCH),
        (lambda: archive({f"part{n}": b"" for n in range(3000)}), TOO_MUCH),
        (billion_laughs, DAMAGED),
        (lambda: xlsx(ONE)[:2000], DAMAGED),
        (lambda: archive({"xl/workbook.xml": b"<not a workbook"}), DAMAGED),
        (lambda: archive({"word/document.xml": b"<w/>"}), NO_TABLE),
        (lambda: archive({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}), NO_TABLE),
        (lambda: xlsx([["autre", "chose"], [1, 2]]), "colonne absente : « Nom officiel », « Places »"),
        (lambda: xlsx([[]]), "le fichier est vide"),
        (lambda: ods_of(""), "le fichier est vide"),
        (
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
            "c’est un ancien classeur Excel (.xls), ou un classeur protégé par un mot de passe : "
            "enregistrez-le en .xlsx, sans mot de passe",
        ),
        (lambda: b"%PDF-1.7\n", "c’est un PDF : envoyez le tableau en CSV, XLSX ou ODS"),
        (lambda: b"\xff\xd8\xff\xe0", "c’est une image : envoyez le tableau en CSV, XLSX ou ODS"),
        (
            lambda: b"<html><table><tr><td>3</td></tr></table></html>",
            "c’est une page web ou un document XML : enregistrez le tableau en CSV, XLSX ou ODS",
        ),
        (lambda: b'{"results": [', "le fichier JSON est abîmé ou incomplet"),
        (lambda: b'{"error": "quota"}', "ce JSON n’est pas une liste d’enregistrements"),
        (lambda: b"[]", "le fichier est vide"),
        (lambda: b'[{"a":' * 100_000, "le fichier JSON est abîmé ou incomplet"),
        (lambda: b'[{"etab_nom": "x"}]', "colonne absente : « Places »"),
        (lambda: b"Nom officiel;Places\n" + b"x;1\n" * (MOST_BYTES // 4), "le fichier dépasse 60 Mo"),
        (lambda: b"Nom officiel;Places\n" + b"x;1\n" * 200_001, "plus de 200000 lignes"),
    ],
    ids=[
        "zip bomb", "too many parts", "billion laughs", "cut short", "no workbook", "word", "odt", "other columns", "empty xlsx",
        "empty ods", "xls", "pdf", "jpeg", "html", "json cut", "json error", "json empty", "json deep", "json columns", "too large",
        "too long",
    ],
)  # fmt: skip
def test_a_file_in_the_wrong_shape_gets_its_sentence(content, why):
    assert refusal(content()) == why
