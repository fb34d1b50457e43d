"""The attacker: she knows everything published, which rows exist, and the arithmetic of tables. HiGHS tells her what is left open.

She shares no code with the rule: only the table's layout.
"""

from collections.abc import Iterable

import highspy

from referrals.rules.suppression import TOTAL, Cell, Table


def ranges(table: Table, published: dict[Cell, int], nation: Iterable[int], cells: Iterable[Cell]) -> dict[Cell, tuple[int, int]]:
    """Return the least and the greatest number that each of ``cells`` may have, for who knows what is ``published``."""
    model = highspy.Highs()
    model.silent()
    columns = len(list(nation))
    places = {
        (leaf, column): place for place, (leaf, column) in enumerate((leaf, c) for leaf in table.leaves for c in range(columns))
    }
    for place in range(len(places)):
        model.addVar(0, highspy.kHighsInf)
        model.changeColIntegrality(place, highspy.HighsVarType.kInteger)

    def terms(cell: Cell) -> list[int]:
        row, column = cell
        leaves = [leaf for leaf in table.leaves if row in (leaf, table.groups.get(leaf))]
        return [places[leaf, c] for leaf in leaves for c in range(columns) if column in (c, TOTAL)]

    def say(found: list[int], least: float, most: float) -> None:
        model.addRow(least, most, len(found), found, [1.0] * len(found))

    for column, total in enumerate(nation):
        say([places[leaf, column] for leaf in table.leaves], total, total)
    for leaf in table.leaves:
        say(terms((leaf, TOTAL)), 1, highspy.kHighsInf)
    for cell, number in published.items():
        say(terms(cell), number, number)
    found = {}
    for cell in cells:
        costs = [float(place in terms(cell)) for place in range(len(places))]
        model.changeColsCost(len(places), list(range(len(places))), costs)
        ends = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            model.changeObjectiveSense(sense)
            model.run()
            assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
            ends.append(round(model.getInfo().objective_function_value))
        found[cell] = (ends[0], ends[1])
    return found
