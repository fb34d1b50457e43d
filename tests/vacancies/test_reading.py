"""Bytes in, numbered rows out: marks, delimiters, labels, and lines that are none."""

from io import BytesIO

import pytest

from vacancies.imports.reading import Broken, read
from vacancies.imports.report import FileRefused

COLUMNS = {"name": "Nom officiel", "seats": "Capacité d’accueil"}


def rows(content: bytes) -> list[tuple[int, str, str] | tuple[int, str]]:
    """Each row as (line, name, seats), each broken one as (line, why)."""
    return [
        (row.line, row.refusal.reason) if isinstance(row, Broken) else (row.line, row.cells["name"], row.cells["seats"])
        for row in read(BytesIO(content), columns=COLUMNS)
    ]


@pytest.mark.parametrize(
    "content",
    [
        "Nom officiel;Capacité d’accueil\nÉcole;3\n".encode(),
        b"\xef\xbb\xbf" + "Nom officiel;Capacité d’accueil\r\nÉcole;3\r\n".encode(),
        "Nom officiel,Capacité d’accueil\nÉcole,3".encode(),
        "Nom officiel\tCapacité d’accueil\nÉcole\t3\n".encode(),
        "Nom officiel;Capacité d’accueil\nÉcole;3\n".encode("cp1252"),
        "CAPACITE D'ACCUEIL;autre;nom officiel\n 3 ;x;École\n".encode(),
        'Nom officiel;Capacité d’accueil\n"École";"3"\n\n'.encode(),
    ],
    ids=["plain", "mark and CRLF", "commas", "tabs", "Windows", "other order and case", "quotes and a blank line"],
)
def test_one_row_however_it_is_written(content):
    assert rows(content) == [(2, "École", "3")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"seul", "1 colonne au lieu de 2"),
        (b"a;b;c", "3 colonnes au lieu de 2"),
        (b'"jamais ferm\xc3\xa9;3', "un guillemet n’est pas fermé ou est mal placé"),
        (b'x;"jamais ferm\xc3\xa9', "un guillemet n’est pas fermé ou est mal placé"),
        (b'"a"b;3', "un guillemet n’est pas fermé ou est mal placé"),
        (b"\xc9cole;3", "la ligne contient des caractères illisibles"),
        (b"a\x00b;3", "la ligne contient des caractères illisibles"),
        (b"x;" + b"3" * 200_000, "la ligne est trop longue"),
    ],
)
def test_a_broken_line_is_refused_alone(line, why):
    content = "Nom officiel;Capacité d’accueil\nÉcole;3\n".encode() + line + '\nLycée;4\n"Deux\nlignes";5\nFin;6'.encode()
    assert rows(content) == [(2, "École", "3"), (3, why), (4, "Lycée", "4"), (5, "Deux lignes", "5"), (7, "Fin", "6")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "le fichier est vide"),
        (b"\xef\xbb\xbf\n", "le fichier est vide"),
        (b"Nom officiel;Places\nx;3\n", "colonne absente : « Capacité d’accueil »"),
        (b"\xff\xfeN\x00o\x00m\x00", "colonne absente : « Nom officiel », « Capacité d’accueil »"),
    ],
)
def test_another_file_is_refused_whole(content, why):
    with pytest.raises(FileRefused) as refusal:
        rows(content)
    assert str(refusal.value) == why
