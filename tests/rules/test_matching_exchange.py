"""The JSON of a problem: what is read, what is refused and where, and that writing it loses nothing."""

import json
import subprocess
import sys
from random import Random

import pytest
from django.conf import settings

from referrals.rules.matching.exchange import Malformed, digest, read_problem, write_answer, write_problem
from referrals.rules.matching.solving import solve
from tests.rules.matching_oracle import problem_of, random_document
from tests.rules.test_matching import SMALL

EXAMPLE = """
{"offers_required": 3, "max_per_institution": 2,
 "students": [{"id": "s1", "waiting_since": "2026-07-01T10:00:00Z", "needed": 2, "origin": "0755976N"},
              {"id": "é2", "waiting_since": "2026-07-01T12:00:00.000001+02:00", "needed": 3, "origin": null,
               "held_at": {"R00": 1}}],
 "vacancies": [{"id": "v2", "institution": "R00", "free": 0, "programme": "v1"},
               {"id": "v1", "institution": "R00", "free": 2, "seen_by": "nobody"}],
 "pairs": [{"student": "é2", "vacancy": "v2", "score": 1}, {"student": "s1", "vacancy": "v1", "score": 0.831}],
 "comment": "ignored"}
"""
CANONICAL = (
    '{"offers_required":3,"max_per_institution":2,"students":['
    '{"id":"s1","waiting_since":"2026-07-01T10:00:00Z","needed":2,"origin":"0755976N"},'
    '{"id":"\\u00e92","waiting_since":"2026-07-01T10:00:00.000001Z","needed":3,"origin":null,"held_at":{"R00":1}}],'
    '"vacancies":[{"id":"v1","institution":"R00","free":2},{"id":"v2","institution":"R00","free":0,"programme":"v1"}],'
    '"pairs":[{"student":"s1","vacancy":"v1","score":0.831},{"student":"\\u00e92","vacancy":"v2","score":1.0}]}'
)


def test_what_is_read():
    problem = read_problem(EXAMPLE.encode())
    assert (problem.offers_required, problem.max_per_institution) == (3, 2)
    assert (problem.students, problem.vacancies) == (("s1", "é2"), ("v2", "v1"))
    assert problem.institutions == ("0755976N", "R00")
    assert problem.programmes == ("v1",)
    columns = ("waiting_since", "needed", "origin", "institution", "programme", "free", "pair_student", "pair_vacancy", "score")
    assert {name: getattr(problem, name).tolist() for name in (*columns, "held_student", "held_institution", "held_offers")} == {
        "waiting_since": [1782900000000000, 1782900000000001],
        "needed": [2, 3],
        "origin": [0, -1],
        "institution": [1, 1],
        "programme": [0, 0],
        "free": [0, 2],
        "pair_student": [1, 0],
        "pair_vacancy": [0, 1],
        "score": [1000, 831],
        "held_student": [1],
        "held_institution": [1],
        "held_offers": [1],
    }


def test_what_is_written_is_in_canonical_order_and_reads_the_same():
    assert write_problem(read_problem(EXAMPLE.encode())) == CANONICAL
    assert write_problem(read_problem(CANONICAL.encode())) == CANONICAL
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_any_problem_reads_as_it_was_written():
    random = Random("written")
    for _ in range(200):
        problem = problem_of(random_document(random, **SMALL))
        text = write_problem(problem)
        assert write_problem(read_problem(text.encode())) == text
        assert solve(read_problem(text.encode())).summary == solve(problem).summary


def test_the_answer():
    problem = read_problem(EXAMPLE.encode())
    answer = json.loads(write_answer(problem, solve(problem)))
    assert answer.pop("seconds") >= 0
    assert answer == {
        "offers": [{"student": "s1", "vacancy": "v1"}],
        "summary": {"with_1": 1, "at_origin": 0, "with_2": 1, "with_3": 0, "score": 0.831},
        "solver": "OR-Tools SimpleMinCostFlow 9.15.6755",
    }


@pytest.mark.parametrize(
    ("required", "counts"), [(1, ["with_1", "with_2", "with_3"]), (5, ["with_1", "with_2", "with_3", "with_4", "with_5"])]
)
def test_the_counts_of_the_answer(required, counts):
    problem = problem_of({"offers_required": required, "max_per_institution": None, "students": [], "vacancies": [], "pairs": []})
    names = list(json.loads(write_answer(problem, solve(problem)))["summary"])
    assert names == [counts[0], "at_origin", *counts[1:], "score"]


def changed(path: str, text: str) -> bytes:
    """Return the example as JSON with ``text`` where ``path`` leads, such as ``students 0 id``; without it, where empty."""
    document = json.loads(EXAMPLE)
    *steps, last = (int(step) if step.isdigit() else step for step in path.split())
    at = document
    for step in steps:
        at = at[step]
    if text:
        at[last] = "the place"
    else:
        del at[last]
    return json.dumps(document).replace('"the place"', text).encode()


@pytest.mark.parametrize("written", ["0", "1", "0.5", "1.0", "0.8310", "0.831000000000000000000000000000000000", "5e-1", "0e9"])
def test_scores_that_are_read(written):
    assert read_problem(changed("pairs 0 score", written)).score[0] == round(float(written) * 1000)


INSTANTS = ("2026-07-01T10:00:00Z", "2026-07-01T10:00+00:00", "2026-07-01T12:00:00.000+02:00", "20260701T100000Z")


@pytest.mark.parametrize("written", INSTANTS)
def test_instants_that_are_read(written):
    assert read_problem(changed("students 0 waiting_since", f'"{written}"')).waiting_since[0] == 1782900000000000


def test_a_byte_order_mark_and_a_missing_bound():
    assert read_problem(b"\xef\xbb\xbf" + changed("max_per_institution", "null")).max_per_institution is None


MISSING = "cette clé manque."
SCORE = "on attend un nombre de 0 à 1, de trois décimales au plus."
INSTANT = "ce n’est pas un instant, tel que 2026-07-01T10:00:00Z."
NO_OFFSET = "il manque à cet instant son décalage, tel que Z ou +02:00."
TWO_PLACES = "une autre place de cette formation est dans un autre établissement."
NO_SCORES = (
    *("-0.001", "1.001", "0.8311", "0.83100000000000000000000000000000001", "1e999", "1e-999"),
    *("NaN", "Infinity", "-Infinity", "true", "null", '"0.5"'),
)

MALFORMED = [
    *((key, "", key, MISSING) for key in ("offers_required", "max_per_institution", "students", "vacancies", "pairs")),
    ("students 1 id", "", "students[1].id", MISSING),
    ("students 0 waiting_since", "", "students[0].waiting_since", MISSING),
    ("students 0 needed", "", "students[0].needed", MISSING),
    ("students 0 origin", "", "students[0].origin", MISSING),
    ("vacancies 1 institution", "", "vacancies[1].institution", MISSING),
    ("vacancies 1 free", "", "vacancies[1].free", MISSING),
    ("pairs 1 student", "", "pairs[1].student", MISSING),
    ("pairs 1 vacancy", "", "pairs[1].vacancy", MISSING),
    ("pairs 1 score", "", "pairs[1].score", MISSING),
    ("offers_required", "0", "offers_required", "on attend un entier de 1 à 100."),
    ("offers_required", "true", "offers_required", "on attend un entier."),
    ("offers_required", "3.0", "offers_required", "on attend un entier."),
    ("offers_required", '"3"', "offers_required", "on attend un entier."),
    ("max_per_institution", "0", "max_per_institution", "on attend un entier de 1 à 1000000000."),
    ("max_per_institution", "false", "max_per_institution", "on attend un entier."),
    ("students", "{}", "students", "on attend une liste."),
    ("vacancies", "null", "vacancies", "on attend une liste."),
    ("students 0", "[]", "students[0]", "on attend un objet."),
    ("pairs 1", "12", "pairs[1]", "on attend un objet."),
    ("students 0 id", "1", "students[0].id", "on attend un texte."),
    ("students 0 id", '""', "students[0].id", "ce texte est vide."),
    ("students 1 id", '"s1"', "students[1].id", "« s1 » y est déjà."),
    (
        "students 0 waiting_since",
        '"2026-07-01T10:00:00"',
        "students[0].waiting_since",
        NO_OFFSET,
    ),
    (
        "students 0 waiting_since",
        '"2026-07-01"',
        "students[0].waiting_since",
        NO_OFFSET,
    ),
    ("students 0 waiting_since", '"hier"', "students[0].waiting_since", INSTANT),
    ("students 0 waiting_since", '"2026-02-30T10:00:00Z"', "students[0].waiting_since", INSTANT),
    ("students 0 waiting_since", "1782900000", "students[0].waiting_since", "on attend un texte."),
    ("students 0 needed", "0", "students[0].needed", "on attend un entier de 1 à 3."),
    ("students 0 needed", "4", "students[0].needed", "on attend un entier de 1 à 3."),
    ("students 0 needed", "true", "students[0].needed", "on attend un entier."),
    ("students 0 origin", "7", "students[0].origin", "on attend un texte."),
    ("students 1 held_at", "[]", "students[1].held_at", "on attend un objet."),
    ("students 1 held_at R00", "0", 'students[1].held_at["R00"]', "on attend un entier de 1 à 100."),
    ("vacancies 0 id", '"v1"', "vacancies[1].id", "« v1 » y est déjà."),
    ("vacancies 0 institution", "null", "vacancies[0].institution", "on attend un texte."),
    (
        "vacancies 0 institution",
        '"U"',
        "vacancies[1].programme",
        "une autre place de cette formation est dans un autre établissement.",
    ),
    ("vacancies 0 free", "-1", "vacancies[0].free", "on attend un entier de 0 à 1000000000."),
    ("vacancies 0 free", "1e99", "vacancies[0].free", "on attend un entier."),
    ("vacancies 0 free", "9" * 30, "vacancies[0].free", "on attend un entier de 0 à 1000000000."),
    ("vacancies 0 programme", "null", "vacancies[0].programme", "on attend un texte."),
    ("pairs 0 student", '"s9"', "pairs[0].student", "« s9 » n’est pas dans la liste."),
    ("pairs 0 vacancy", '"v9"', "pairs[0].vacancy", "« v9 » n’est pas dans la liste."),
    ("pairs 0 vacancy", "[]", "pairs[0].vacancy", "on attend un texte."),
    ("pairs 1", '{"student": "é2", "vacancy": "v2", "score": 0}', "pairs[1]", "« é2 » et « v2 » forment déjà une paire."),
    *(("pairs 1 score", written, "pairs[1].score", SCORE) for written in NO_SCORES),
    ("pairs 1 score", "1e99999999999999999999", "fichier", "un de ses nombres est démesuré."),
    ("pairs 1 score", "9" * 5000, "fichier", "un de ses nombres est démesuré."),
]


@pytest.mark.parametrize(("path", "text", "place", "sentence"), MALFORMED)
def test_what_is_refused_inside(path, text, place, sentence):
    with pytest.raises(Malformed) as refused:
        read_problem(changed(path, text))
    assert (refused.value.place, refused.value.sentence) == (place, sentence)
    assert str(refused.value) == f"{place} : {sentence}"


@pytest.mark.parametrize(
    ("content", "place", "sentence"),
    [
        (b"", "fichier", "il est vide."),
        (b" \n ", "fichier", "il est vide."),
        (b"\xef\xbb\xbf", "fichier", "il est vide."),
        (b"\xe9", "octet 1", "le fichier n’est pas en UTF-8."),
        ('{"é": "'.encode() + b"\xe9" + b'"}', "octet 9", "le fichier n’est pas en UTF-8."),
        ("{}".encode("utf-16"), "octet 1", "le fichier n’est pas en UTF-8."),
        (b"[]", "fichier", "on attend un objet."),
        (b"null", "fichier", "on attend un objet."),
        (b"{}", "offers_required", MISSING),
        (b'{"offers_required": 3,\n "students": [}', "ligne 2, colonne 15", "ce n’est pas du JSON."),
        (b'{"offers_required": 3', "ligne 1, colonne 22", "ce n’est pas du JSON."),
        (b"{} {}", "ligne 1, colonne 4", "ce n’est pas du JSON."),
        (b"[" * 100_000, "fichier", "il est imbriqué trop profondément."),
    ],
)
def test_what_is_refused_as_a_whole(content, place, sentence):
    with pytest.raises(Malformed) as refused:
        read_problem(content)
    assert (refused.value.place, refused.value.sentence) == (place, sentence)


def test_reading_and_writing_do_not_load_the_solver():
    said = "import sys; import referrals.rules.matching.exchange; print('ortools' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", said], cwd=settings.BASE_DIR, capture_output=True, check=True)
    assert ended.stdout.split() == [b"False"]
