"""What the matching says of those who are short and of seats left over: each code on a tiny instance, its claim on thousands."""

from collections import Counter
from random import Random

import pytest

from referrals.rules.matching.explanation import Cause, Explanation, Leftover, explain
from referrals.rules.matching.solving import solve
from tests.rules.matching_oracle import Choice, Document, matched, problem_of, random_document, rows, scores
from tests.rules.test_matching import SMALL, a_document


def explained(document: Document) -> Explanation:
    problem = problem_of(document)
    return explain(problem, solve(problem))


SERVED = {"needed": 1}
BOTH = {"programme": "both"}

SHORT = [
    ("no pair", a_document(("a", "X1", 1), a=SERVED, b={}), {}),
    ("nothing possible", a_document(("a", "X1", 1)) | {"pairs": []}, {"a": Cause.NO_POSSIBLE_SEAT}),
    ("all that was possible", a_document(("a", "X1", 1), ("a", "Y1", 1)), {"a": Cause.TOO_FEW_POSSIBLE}),
    ("two modalities are one", a_document(("a", "X1", 1), ("a", "X2", 1), X1=BOTH, X2=BOTH), {"a": Cause.TOO_FEW_POSSIBLE}),
    ("a seat is left, forbidden", a_document(("a", "X1", 1), ("a", "X2", 1), ("a", "X3", 1)), {"a": Cause.INSTITUTION_BOUND}),
    (
        "no seat would help",
        a_document(("a", "X1", 1), ("a", "X2", 1), ("a", "X3", 1), X3={"free": 0}),
        {"a": Cause.INSTITUTION_BOUND},
    ),
    (
        "in hand, and no more there",
        a_document(("a", "X1", 1), bound=1, a={"needed": 2, "held_at": {"X": 1}}),
        {"a": Cause.INSTITUTION_BOUND},
    ),
    ("to one who waited longer", a_document(("a", "X1", 1), ("b", "X1", 1), a=SERVED, b=SERVED), {"b": Cause.GIVEN_TO_OTHERS}),
    ("to others before", a_document(("a", "X1", 1), X1={"free": 0}), {"a": Cause.GIVEN_TO_OTHERS}),
    (
        "a seat more would help, the bound or not",
        a_document(("a", "X1", 1), ("a", "X2", 1), ("a", "X3", 1), ("a", "Y1", 1), X3={"free": 0}, Y1={"free": 0}),
        {"a": Cause.GIVEN_TO_OTHERS},
    ),
]


@pytest.mark.parametrize(("document", "expected"), [pytest.param(*case[1:], id=case[0]) for case in SHORT])
def test_what_holds_a_student(document, expected):
    assert explained(document).short == expected


LEFT = [
    ("no seat left", a_document(("a", "X1", 1)), {}),
    ("possible for nobody", a_document(("a", "X1", 1), X1={"free": 0}) | {"pairs": []}, {}),
    ("nobody", a_document(("a", "X1", 1)) | {"pairs": []}, {"X1": Leftover.NOBODY_POSSIBLE}),
    ("everybody has one", a_document(("a", "X1", 1), X1={"free": 2}), {"X1": Leftover.EVERYBODY_SERVED}),
    ("everybody has all", a_document(("a", "X1", 0.1), ("a", "Y1", 1), a=SERVED), {"X1": Leftover.EVERYBODY_SERVED}),
    ("the bound", a_document(("a", "X1", 0.1), ("a", "X2", 1), bound=1), {"X1": Leftover.INSTITUTION_BOUND}),
    ("the programme", a_document(("a", "X1", 0.1), ("a", "X2", 1), X1=BOTH, X2=BOTH), {"X1": Leftover.PROGRAMME_HELD}),
    (
        "the programme, though the bound would too",
        a_document(("a", "X1", 0.1), ("a", "X2", 1), bound=1, X1=BOTH, X2=BOTH),
        {"X1": Leftover.PROGRAMME_HELD},
    ),
]


@pytest.mark.parametrize(("document", "expected"), [pytest.param(*case[1:], id=case[0]) for case in LEFT])
def test_why_a_seat_is_left(document, expected):
    assert explained(document).left == expected


class Seen:
    """A choice, looked at from one pair at a time."""

    def __init__(self, document: Document, choice: Choice) -> None:
        self.document, self.choice, self.pairs = document, choice, set(scores(document))
        self.students, self.vacancies = rows(document, "students"), rows(document, "vacancies")
        self.taken = Counter(vacancy for _, vacancy in choice)
        self.given = Counter(student for student, _ in choice)

    def short(self, student: str) -> bool:
        return self.given[student] < self.students[student]["needed"]

    def left(self, vacancy: str) -> bool:
        return self.taken[vacancy] < self.vacancies[vacancy]["free"]

    def programme(self, vacancy: str) -> str:
        return self.vacancies[vacancy].get("programme", vacancy)

    def has_programme(self, student: str, vacancy: str) -> bool:
        return any(who == student and self.programme(what) == self.programme(vacancy) for who, what in self.choice)

    def is_bound(self, student: str, vacancy: str) -> bool:
        place, most = self.vacancies[vacancy]["institution"], self.document["max_per_institution"]
        there = sum(who == student and self.vacancies[what]["institution"] == place for who, what in self.choice)
        return most is not None and there + self.students[student].get("held_at", {}).get(place, 0) >= most

    def cause(self, student: str) -> Cause:
        own = [vacancy for who, vacancy in self.pairs if who == student]
        others = [vacancy for vacancy in own if not self.has_programme(student, vacancy)]
        if not own:
            return Cause.NO_POSSIBLE_SEAT
        if not others:
            return Cause.TOO_FEW_POSSIBLE
        if all(self.is_bound(student, vacancy) for vacancy in others) or any(map(self.left, others)):
            return Cause.INSTITUTION_BOUND
        return Cause.GIVEN_TO_OTHERS

    def leftover(self, vacancy: str) -> Leftover:
        possible = [student for student, what in self.pairs if what == vacancy]
        kept_out = [student for student in possible if self.short(student) and (student, vacancy) not in self.choice]
        if not possible:
            return Leftover.NOBODY_POSSIBLE
        if any(not self.has_programme(student, vacancy) for student in kept_out):
            return Leftover.INSTITUTION_BOUND
        return Leftover.PROGRAMME_HELD if kept_out else Leftover.EVERYBODY_SERVED


@pytest.mark.parametrize("block", range(2))
def test_every_claim_is_true(block):
    random, told = Random(f"explained {block}"), Counter()
    for _ in range(1000):
        document = random_document(random, **SMALL)
        seen, found = Seen(document, matched(document)[0]), explained(document)
        assert found.short == {student: seen.cause(student) for student in seen.students if seen.short(student)}, document
        assert found.left == {vacancy: seen.leftover(vacancy) for vacancy in seen.vacancies if seen.left(vacancy)}, document
        for student, vacancy in seen.pairs - seen.choice:
            if seen.short(student) and seen.left(vacancy) and not seen.has_programme(student, vacancy):
                assert seen.is_bound(student, vacancy), document
        told.update((*found.short.values(), *found.left.values()))
    assert set(told) == {*Cause, *Leftover}
