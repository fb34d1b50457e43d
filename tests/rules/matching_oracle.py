"""The matching told a second time, from the words of the request alone: plain, slow, on documents as the command reads them.

A document is what `json.loads` gives; a choice is a set of (student, vacancy) ids.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from referrals.rules.matching.exchange import read_problem
from referrals.rules.matching.problem import Problem
from referrals.rules.matching.solving import solve

Document = dict[str, Any]
Choice = frozenset[tuple[str, str]]


def problem_of(document: Document) -> Problem:
    return read_problem(json.dumps(document).encode())


def matched(document: Document) -> tuple[Choice, tuple[int, ...]]:
    """Return what the project chooses, and the figures it claims."""
    problem = problem_of(document)
    assignment = solve(problem)
    pairs = zip(problem.pair_student[assignment.chosen], problem.pair_vacancy[assignment.chosen], strict=True)
    choice = [(problem.students[s], problem.vacancies[v]) for s, v in pairs]
    assert len(set(choice)) == len(choice)
    return frozenset(choice), assignment.summary.figures


def rows(document: Document, name: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in document[name]}


def scores(document: Document) -> dict[tuple[str, str], int]:
    """Return the score of each possible pair, in thousandths."""
    return {(pair["student"], pair["vacancy"]): round(pair["score"] * 1000) for pair in document["pairs"]}


def is_possible(document: Document, choice: Choice) -> bool:
    """Free seats, needs, possible pairs, one vacancy of a programme, the bound of an institution."""
    students, vacancies, possible = rows(document, "students"), rows(document, "vacancies"), scores(document)
    bound = document["max_per_institution"]
    taken = Counter(vacancy for _, vacancy in choice)
    given = Counter(student for student, _ in choice)
    programmes = Counter((student, vacancies[vacancy].get("programme", vacancy)) for student, vacancy in choice)
    places = Counter((student, vacancies[vacancy]["institution"]) for student, vacancy in choice)
    return (
        all(pair in possible for pair in choice)
        and all(count <= vacancies[vacancy]["free"] for vacancy, count in taken.items())
        and all(count <= students[student]["needed"] for student, count in given.items())
        and all(count == 1 for count in programmes.values())
        and all(
            bound is None or count + students[student].get("held_at", {}).get(place, 0) <= bound
            for (student, place), count in places.items()
        )
    )


def figures(document: Document, choice: Choice) -> tuple[int, ...]:
    """Return the levels, the first first; of two choices the better one is the greater tuple."""
    vacancies, score = rows(document, "vacancies"), scores(document)
    required = document["offers_required"]
    given = Counter(student for student, _ in choice)
    holds = [required - student["needed"] + given[student["id"]] for student in document["students"]]
    origin = {student["id"]: student["origin"] for student in document["students"]}
    served = {student for student, vacancy in choice if vacancies[vacancy]["institution"] == origin[student]}
    one, *more = (sum(count >= k for count in holds) for k in range(1, required + 1))
    return (one, len(served), *more, sum(score[pair] for pair in choice))


def possible_choices(document: Document) -> Iterator[Choice]:
    """Yield every possible choice. A part of a possible choice is possible, so what is not is never added to."""

    def extended(choice: Choice, pairs: list[tuple[str, str]]) -> Iterator[Choice]:
        yield choice
        for number, pair in enumerate(pairs):
            if is_possible(document, choice | {pair}):
                yield from extended(choice | {pair}, pairs[number + 1 :])

    return extended(frozenset(), sorted(scores(document)))


def longer_waiting(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each two students of whom the first has waited longer."""
    since = {student["id"]: datetime.fromisoformat(student["waiting_since"]) for student in document["students"]}
    for first in since:
        for second in since:
            if since[first] < since[second]:
                yield first, second


def blocking_exchanges(document: Document, choice: Choice) -> Iterator[Choice]:
    """Yield what would come of each direct exchange that a longer-waiting student could ask for, all figures staying as they are.

    She takes a seat of one who has waited less; or gives one of hers for it, which scores less for her.
    """
    score, before = scores(document), figures(document, choice)
    for long, short in longer_waiting(document):
        for vacancy in (vacancy for student, vacancy in choice if student == short):
            if (long, vacancy) not in score or (long, vacancy) in choice:
                continue
            taken = (choice - {(short, vacancy)}) | {(long, vacancy)}
            given = [own for student, own in choice if student == long and score[long, own] < score[long, vacancy]]
            swapped = [(taken - {(long, own)}) | {(short, own)} for own in given if (short, own) not in choice]
            for after in (taken, *swapped):
                if is_possible(document, after) and figures(document, after) == before:
                    yield after


def better_between_two(document: Document, choice: Choice, equals: list[Choice]) -> Iterator[Choice]:
    """Yield those of the ``equals`` in figures that only two students tell apart, and that serve the longer waiting better.

    More than direct exchanges: any number of their seats may move between them, and to and from seats left free.
    """
    score = scores(document)

    def served(by: Choice, who: str) -> tuple[int, int]:
        own = [pair for pair in by if pair[0] == who]
        return len(own), sum(score[pair] for pair in own)

    for other in equals:
        apart = {student for student, _ in choice ^ other}
        for long, short in longer_waiting(document):
            if apart == {long, short} and served(other, long) > served(choice, long):
                yield other


def greedy(document: Document) -> Choice:
    """Serve the students in the order of waiting, each with the best seats that are left."""
    score, choice = scores(document), frozenset()
    for student in sorted(document["students"], key=lambda row: (row["waiting_since"], row["id"])):
        for pair in sorted((pair for pair in score if pair[0] == student["id"]), key=lambda pair: (-score[pair], pair)):
            if is_possible(document, choice | {pair}):
                choice |= {pair}
    return choice


def random_document(random: Random, *, students: int, vacancies: int, institutions: int, pairs: int) -> Document:
    """Return a problem of at most these sizes, with many equals: few scores, few instants, few seats."""
    required = random.choice((1, 2, 3, 3, 4))
    places = [f"u{n}" for n in range(random.randint(1, institutions))]
    offered = [random_vacancy(random, f"v{n}", places) for n in range(random.randint(1, vacancies))]
    waiting = [random_student(random, f"s{n}", places, required) for n in range(random.randint(1, students))]
    every = [(student["id"], vacancy["id"]) for student in waiting for vacancy in offered]
    few = sorted(random.sample((0, 100, 250, 500, 501, 750, 1000), 3))
    return {
        "offers_required": required,
        "max_per_institution": random.choice((None, 1, 1, 2, 3)),
        "students": waiting,
        "vacancies": offered,
        "pairs": [
            {"student": student, "vacancy": vacancy, "score": random.choice(few) / 1000}
            for student, vacancy in random.sample(every, min(len(every), random.randint(0, pairs)))
        ],
    }


def random_vacancy(random: Random, name: str, places: list[str]) -> dict[str, Any]:
    place = random.choice(places)
    vacancy = {"id": name, "institution": place, "free": random.choice((0, 1, 1, 1, 2, 3))}
    return vacancy | ({"programme": f"{place}, the one with modalities"} if random.random() < 0.3 else {})


def random_student(random: Random, name: str, places: list[str], required: int) -> dict[str, Any]:
    needed = random.randint(1, required)
    held = {"held_at": {random.choice(places): 1}} if needed < required and random.random() < 0.3 else {}
    return {
        "id": name,
        "waiting_since": f"2026-07-0{random.randint(1, 4)}T10:00:00Z",
        "needed": needed,
        "origin": random.choice((None, "elsewhere", *places, *places)),
    } | held
