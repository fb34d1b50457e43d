"""What is hidden cannot be found again: each hidden cell is attacked with an integer programme over all that is published."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from referrals.rules.suppression import LEAST, TOTAL, Table, hidden, merged
from tests.rules.suppression_attack import ranges


def nation(table: Table) -> list[int]:
    return [sum(counts[column] for counts in table.leaves.values()) for column in table.columns]


def attacked(table: Table, concealed) -> dict:
    published = {cell: number for cell, number in table.cells().items() if cell not in concealed}
    return ranges(table, published, nation(table), sorted(concealed))


@st.composite
def tables(draw, *, grouped: bool) -> Table:
    columns = draw(st.integers(2, 4))
    number = st.one_of(st.integers(0, 6), st.integers(0, 40))
    rows = draw(st.lists(st.tuples(*[number] * columns), min_size=1, max_size=7))
    leaves = {f"r{place}": row for place, row in enumerate(rows) if sum(row)}
    assume(leaves)
    groups = {leaf: f"g{draw(st.integers(0, 2))}" for leaf in leaves} if grouped else {}
    table = Table(leaves=leaves, groups=groups)
    assume(min(nation(table)) >= LEAST)
    return table


@pytest.mark.parametrize("grouped", [False, True])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_nobody_finds_a_hidden_number(grouped, data):
    table = data.draw(tables(grouped=grouped))
    concealed = hidden(table)
    assume(concealed)  # some have nothing to hide, or cannot be published
    numbers = table.cells()
    assert {cell for cell, number in numbers.items() if number < LEAST} <= concealed
    for cell, (least, most) in attacked(table, concealed).items():
        assert least <= numbers[cell] <= most
        assert most - least >= LEAST, (cell, numbers[cell], least, most)
        assert most >= LEAST  # nor is she sure that it is a small one


THREE = Table(leaves={"Lyon": (3, 20, 30), "Nice": (12, 15, 40), "Lille": (50, 60, 70)})


def test_hiding_the_small_cell_alone_would_give_it_away():
    """The control: the attack finds what is hidden by itself, or with its own row alone."""
    assert attacked(THREE, {("Lyon", 0)}) == {("Lyon", 0): (3, 3)}
    assert attacked(THREE, {("Lyon", 0), ("Lyon", 1)})["Lyon", 0] == (3, 3)


def test_a_lone_small_cell_takes_three_others_with_it():
    assert hidden(THREE) == {("Lyon", 0), ("Lyon", 1), ("Nice", 0), ("Nice", 1)}


def test_small_cells_that_hide_each_other_are_not_enough():
    """Two ones and two zeros leave no room: the range would say that both are small."""
    table = Table(leaves={"a": (1, 1, 20), "b": (1, 1, 30), "c": (40, 40, 40)})
    small = {cell for cell, number in table.cells().items() if number < LEAST}
    assert {most for _, most in attacked(table, small).values()} == {2}
    assert small < hidden(table)


def test_where_nothing_is_small_everything_is_published():
    table = Table(leaves={"a": (5, 6), "b": (7, 50)}, groups={"a": "g", "b": "g"})
    assert hidden(table) == frozenset()


def test_an_academie_alone_in_its_region_is_hidden_with_it():
    table = Table(
        leaves={"Rennes": (2, 30), "Lyon": (30, 40), "Grenoble": (50, 60)},
        groups={"Rennes": "Bretagne", "Lyon": "AURA", "Grenoble": "AURA"},
    )
    found = hidden(table)
    assert {("Rennes", 0), ("Bretagne", 0), ("Rennes", 1), ("Bretagne", 1)} <= found
    assert {("AURA", 0), ("AURA", 1)} <= found  # else Bretagne would be the difference to the nation


def test_in_one_region_two_academies_hide_each_other_and_the_region_stands():
    table = Table(
        leaves={"Lyon": (2, 40), "Grenoble": (30, 60), "Rennes": (50, 60)},
        groups={"Lyon": "AURA", "Grenoble": "AURA", "Rennes": "Bretagne"},
    )
    assert hidden(table) == {(row, column) for row in ("Lyon", "Grenoble") for column in (0, 1)}


def test_a_row_of_few_persons_is_hidden_whole():
    table = Table(leaves={"a": (1, 2), "b": (20, 30), "c": (40, 50)})
    found = hidden(table)
    assert {("a", 0), ("a", 1), ("a", TOTAL), ("b", TOTAL)} <= found
    assert not any(row == "c" for row, _ in found)


@pytest.mark.parametrize("leaves", [{"a": (2, 30)}, {"a": (2, 4), "b": (3, 4)}])
def test_what_cannot_be_hidden_is_not_published(leaves):
    assert hidden(Table(leaves=leaves)) is None


@pytest.mark.parametrize(
    ("leaves", "groups", "shown"),
    [
        ({"a": (3, 0), "b": (4, 5), "c": (4, 2)}, {}, set()),
        ({"a": (3, 5), "b": (3, 4), "c": (5, 0)}, {"a": "H", "b": "H", "c": "G"}, set()),
        ({"a": (0, 7), "b": (6, 0), "c": (3, 2)}, {"a": "G", "b": "H", "c": "H"}, set()),
        ({"a": (1, 4), "b": (13, 2), "c": (14, 7)}, {"a": "G", "b": "H", "c": "G"}, {("G", 0), ("H", 0), ("b", 0)}),
        ({"a": (7, 1), "b": (16, 7), "c": (1, 23)}, {}, {("a", TOTAL), ("b", TOTAL), ("b", 0), ("b", 1), ("c", TOTAL)}),
        ({"a": (1, 13), "b": (4, 3), "c": (4, 13), "d": (2, 7)}, {}, {("a", 1), ("c", 1)}),
        ({"a": (4, 3), "b": (1, 24), "c": (3, 3), "d": (5, 0)}, {"a": "G", "b": "G", "c": "H", "d": "G"}, None),
        ({"a": (1, 3, 4), "b": (21, 7, 6), "c": (4, 2, 21), "d": (3, 5, 5)}, {}, {("b", 1), ("c", TOTAL)}),
        ({"a": (0, 5), "b": (0, 22), "c": (0, 3), "d": (15, 2), "e": (25, 10)}, {}, {("b", 1), ("e", TOTAL), ("e", 0), ("e", 1)}),
        ({"a": (5, 0, 6), "b": (17, 7, 5), "c": (1, 4, 3), "d": (0, 5, 0), "e": (0, 0, 1)}, {}, {("a", 2), ("b", 0), ("d", 1)}),
    ],
)  # fmt: skip
def test_what_is_left_to_read_of_tables_at_the_edges_of_the_search(leaves, groups, shown):
    """Each was chosen because a small change of the search hides other cells of it, gives up, or publishes what it should not."""
    table = Table(leaves=leaves, groups=groups)
    concealed = hidden(table)
    assert (None if concealed is None else table.cells().keys() - concealed) == shown
    assert all(most - least >= LEAST for least, most in attacked(table, concealed or ()).values())


@pytest.mark.parametrize(
    ("totals", "parts"),
    [
        ([40, 2, 0, 60, 3], [[0], [1, 2, 3, 4]]),
        ([5, 5, 5], [[0], [1], [2]]),
        ([0, 9, 4], [[0, 1, 2]]),
        ([2, 3], [[0, 1]]),
        ([2, 2, 0], []),
        ([], []),
    ],
)
def test_small_categories_of_the_nation_are_published_with_their_neighbours(totals, parts):
    assert merged(totals) == parts
