"""Problems and answers as JSON: text in, `Problem` out, and back. Pure. What is wrong is said with its place.

    {"offers_required": 3, "max_per_institution": 2,
     "students": [{"id": "s1", "waiting_since": "2026-07-01T10:00:00Z", "needed": 2, "origin": "0755976N"}],
     "vacancies": [{"id": "v1", "institution": "0755976N", "free": 2}],
     "pairs": [{"student": "s1", "vacancy": "v1", "score": 0.831}]}

Two more keys may be there: a vacancy's ``programme`` (without it, a programme of its own, named like the vacancy), and a student's
``held_at``, the offers she already has at an institution. Keys that are not known are ignored.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from .problem import NOWHERE, THOUSANDTHS, Assignment, Integers, Problem, canonical

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MOST_OFFERS = 100
MOST_SEATS = 1_000_000_000
TYPES = {dict: "un objet", list: "une liste", str: "un texte", int: "un entier"}


class Malformed(Exception):
    """The input is not a problem: where (``pairs[12].score``, or a line and a column) and, in French, why not."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__(f"{place} : {sentence}")
        self.place = place
        self.sentence = sentence


def digest(text: str) -> str:
    """Return the SHA-256 of ``text``, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_problem(content: bytes) -> Problem:
    """Read a problem. Raises Malformed."""
    document = _document(content)
    offers_required = _whole(_at(document, "offers_required"), "offers_required", least=1, most=MOST_OFFERS)
    most = _at(document, "max_per_institution")
    if most is not None:
        most = _whole(most, "max_per_institution", least=1, most=MOST_SEATS)
    institutions, students, programmes, vacancies = _Names(), _Names(), _Names(), _Names()
    columns = _students(document, students, institutions, offers_required)
    columns |= _vacancies(document, vacancies, programmes, institutions)
    columns |= _pairs(document, students, vacancies)
    return Problem(
        offers_required=offers_required,
        max_per_institution=most,
        institutions=tuple(institutions),
        students=tuple(students),
        programmes=tuple(programmes),
        vacancies=tuple(vacancies),
        **{name: np.array(values, np.int64) for name, values in columns.items()},
    )


class _Names(dict[str, int]):
    """Names by their number, given at the first look."""

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        return number


class _Numbers(dict[str, Decimal]):
    """Decimals by their text: a million scores have a thousand and one texts."""

    def __missing__(self, text: str) -> Decimal:
        self[text] = number = Decimal(text)
        return number


def _document(content: bytes) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"octet {error.start + 1}", "le fichier n’est pas en UTF-8.") from None
    if not text.strip():
        raise Malformed("fichier", "il est vide.")
    try:
        document = json.loads(text, parse_float=_Numbers().__getitem__)
    except json.JSONDecodeError as error:
        raise Malformed(f"ligne {error.lineno}, colonne {error.colno}", "ce n’est pas du JSON.") from None
    except (ValueError, ArithmeticError):
        raise Malformed("fichier", "un de ses nombres est démesuré.") from None
    except RecursionError:
        raise Malformed("fichier", "il est imbriqué trop profondément.") from None
    return _typed(document, dict, "fichier")


def _students(document: dict[str, Any], ids: _Names, institutions: _Names, offers_required: int) -> dict[str, list[int]]:
    since, needed, origin = [], [], []
    held: list[tuple[int, int, int]] = []
    for place, row in _rows(document, "students"):
        number = _new(ids, row, place)
        since.append(_instant(_at(row, "waiting_since", place), f"{place}.waiting_since"))
        needed.append(_whole(_at(row, "needed", place), f"{place}.needed", least=1, most=offers_required))
        home = _at(row, "origin", place)
        origin.append(NOWHERE if home is None else institutions[_text(home, f"{place}.origin")])
        for name, offers in _typed(row.get("held_at", {}), dict, f"{place}.held_at").items():
            count = _whole(offers, f"{place}.held_at[{json.dumps(name, ensure_ascii=False)}]", least=1, most=MOST_OFFERS)
            held.append((number, institutions[name], count))
    return {
        "waiting_since": since,
        "needed": needed,
        "origin": origin,
        "held_student": [row[0] for row in held],
        "held_institution": [row[1] for row in held],
        "held_offers": [row[2] for row in held],
    }


def _vacancies(document: dict[str, Any], ids: _Names, programmes: _Names, institutions: _Names) -> dict[str, list[int]]:
    institution, programme, free = [], [], []
    where: dict[int, int] = {}
    for place, row in _rows(document, "vacancies"):
        _new(ids, row, place)
        at = institutions[_text(_at(row, "institution", place), f"{place}.institution")]
        of = programmes[_text(row.get("programme", row["id"]), f"{place}.programme")]
        if where.setdefault(of, at) != at:
            raise Malformed(f"{place}.programme", "une autre place de cette formation est dans un autre établissement.")
        institution.append(at)
        programme.append(of)
        free.append(_whole(_at(row, "free", place), f"{place}.free", least=0, most=MOST_SEATS))
    return {"institution": institution, "programme": programme, "free": free}


def _pairs(document: dict[str, Any], students: _Names, vacancies: _Names) -> dict[str, list[int]]:
    student, vacancy, scores = [], [], []
    known: set[int] = set()
    for place, row in _rows(document, "pairs"):
        s = _known(students, row, "student", place)
        v = _known(vacancies, row, "vacancy", place)
        key = s * len(vacancies) + v
        if key in known:
            raise Malformed(place, f"« {row['student']} » et « {row['vacancy']} » forment déjà une paire.")
        known.add(key)
        student.append(s)
        vacancy.append(v)
        scores.append(_thousandths(_at(row, "score", place), place))
    return {"pair_student": student, "pair_vacancy": vacancy, "score": scores}


def _rows(document: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of the list of that name, each with its place."""
    for number, row in enumerate(_typed(_at(document, name), list, name)):
        place = f"{name}[{number}]"
        yield place, row if type(row) is dict else _typed(row, dict, place)


def _at(row: dict[str, Any], key: str, place: str = "") -> Any:
    if key not in row:
        raise Malformed(_inside(place, key), "cette clé manque.")
    return row[key]


def _inside(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _typed(value: Any, kind: type, place: str) -> Any:
    if type(value) is not kind:  # a boolean is no whole number
        raise Malformed(place, f"on attend {TYPES[kind]}.")
    return value


def _text(value: Any, place: str) -> str:
    if not _typed(value, str, place):
        raise Malformed(place, "ce texte est vide.")
    return value


def _whole(value: Any, place: str, *, least: int, most: int) -> int:
    if not least <= _typed(value, int, place) <= most:
        raise Malformed(place, f"on attend un entier de {least} à {most}.")
    return value


def _new(ids: _Names, row: dict[str, Any], place: str) -> int:
    """Number the row's id. Raises Malformed where another row has it."""
    name = _text(_at(row, "id", place), f"{place}.id")
    if name in ids:
        raise Malformed(f"{place}.id", f"« {name} » y est déjà.")
    return ids[name]


def _known(ids: _Names, row: dict[str, Any], key: str, place: str) -> int:
    """Return the number of the row that ``key`` names. Raises Malformed where there is none."""
    name = _text(_at(row, key, place), f"{place}.{key}")
    if name not in ids:
        raise Malformed(f"{place}.{key}", f"« {name} » n’est pas dans la liste.")
    return ids[name]


def _instant(value: Any, place: str) -> int:
    """Return an ISO 8601 instant in microseconds since 1970."""
    try:
        instant = datetime.fromisoformat(_text(value, place))
    except ValueError:
        raise Malformed(place, "ce n’est pas un instant, tel que 2026-07-01T10:00:00Z.") from None
    if instant.tzinfo is None:
        raise Malformed(place, "il manque à cet instant son décalage, tel que Z ou +02:00.")
    return (instant - EPOCH) // MICROSECOND


def _thousandths(value: Any, place: str) -> int:
    if (type(value) is int or type(value) is Decimal) and 0 <= value <= 1:
        thousandths = int(value * THOUSANDTHS)
        if Decimal(thousandths).scaleb(-3) == value:  # exactly, however long it was written
            return thousandths
    raise Malformed(f"{place}.score", "on attend un nombre de 0 à 1, de trois décimales au plus.")


def write_problem(problem: Problem) -> str:
    """Return the problem as compact JSON in canonical order: the same text in whatever order its rows came."""
    ordered, _ = canonical(problem)
    return _compact(
        {
            "offers_required": ordered.offers_required,
            "max_per_institution": ordered.max_per_institution,
            "students": list(_student_rows(ordered)),
            "vacancies": list(_vacancy_rows(ordered)),
            "pairs": [
                {"student": ordered.students[student], "vacancy": ordered.vacancies[vacancy], "score": score / THOUSANDTHS}
                for student, vacancy, score in _rows_of(ordered.pair_student, ordered.pair_vacancy, ordered.score)
            ],
        }
    )


def write_answer(problem: Problem, assignment: Assignment) -> str:
    """Return the choice as compact JSON: the students who waited longest first; counts at least to the third offer."""
    worth = assignment.summary
    one, *more = worth.with_at_least + (0, 0)[: max(0, 3 - len(worth.with_at_least))]
    student, vacancy = problem.pair_student[assignment.chosen], problem.pair_vacancy[assignment.chosen]
    return _compact(
        {
            "offers": [{"student": problem.students[s], "vacancy": problem.vacancies[v]} for s, v in _rows_of(student, vacancy)],
            "summary": {
                "with_1": one,
                "at_origin": worth.at_origin,
                **{f"with_{k}": count for k, count in enumerate(more, 2)},
                "score": worth.score / THOUSANDTHS,
            },
            "solver": assignment.solver,
            "seconds": round(assignment.seconds.total, 3),
        }
    )


def _student_rows(problem: Problem) -> Iterator[dict[str, Any]]:
    held: dict[int, dict[str, int]] = {}
    for student, institution, offers in _rows_of(problem.held_student, problem.held_institution, problem.held_offers):
        held.setdefault(student, {})[problem.institutions[institution]] = offers
    for student, (since, needed, origin) in enumerate(_rows_of(problem.waiting_since, problem.needed, problem.origin)):
        row = {
            "id": problem.students[student],
            "waiting_since": (EPOCH + since * MICROSECOND).replace(tzinfo=None).isoformat() + "Z",
            "needed": needed,
            "origin": None if origin == NOWHERE else problem.institutions[origin],
        }
        yield row | ({"held_at": held[student]} if student in held else {})


def _vacancy_rows(problem: Problem) -> Iterator[dict[str, Any]]:
    for vacancy, (institution, programme, free) in enumerate(_rows_of(problem.institution, problem.programme, problem.free)):
        name, shared = problem.vacancies[vacancy], problem.programmes[programme]
        row = {"id": name, "institution": problem.institutions[institution], "free": free}
        yield row | ({"programme": shared} if shared != name else {})


def _rows_of(*columns: Integers) -> Iterator[tuple[int, ...]]:
    return zip(*(column.tolist() for column in columns), strict=True)


def _compact(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))
